//! A Responses request: what the gateway reads of it, and the edits that every same-dialect call makes.
//! In: a body. Out: `ResponsesRequest`, or a 400 that names the member. Invariants: only the members of spec 04 §2.1 are checked,
//! and only for their JSON kind; everything else is the provider's business (04-B5, B20).

use bytes::Bytes;
use vocabulary::ApiError;

use super::history::open_and_strip;
use crate::json::{Edits, Kind, RawObject, RawValue};
use crate::request::{Head, Text, check, check_integer, check_string, scan, wrong_kind};

/// A decoded Responses request: the scanned body and what the gateway must know of it.
#[derive(Clone, Debug)]
pub struct ResponsesRequest {
    head: Head,
    stream: bool,
    background: bool,
    store: bool,
}

impl ResponsesRequest {
    /// Scans and checks a body.
    ///
    /// # Errors
    /// 400 `invalid request body: …` with the JSON path as `param`; 400 `model is required`; the conflicts of spec 04 §2.2.
    pub fn decode(body: Bytes) -> Result<Self, ApiError> {
        let object = scan(body)?;
        check_shape(&object)?;
        let text = |key: &str| object.get(key).and_then(Text::of);
        let (model, provider) = (text("model"), text("provider"));
        let head = Head::new(object, model, provider)?;
        check_conversation(head.object())?;
        let flag = |key: &str| head.object().get(key).and_then(|value| value.as_bool());
        let (stream, background) = (flag("stream") == Some(true), flag("background") == Some(true));
        let store = flag("store") != Some(false);
        Ok(Self { head, stream, background, store })
    }

    /// The scanned body, and whom it is for.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// `stream` is true.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// `background` is true.
    pub fn background(&self) -> bool {
        self.background
    }

    /// False only if `store` is false.
    pub fn store(&self) -> bool {
        self.store
    }

    /// The edits 1 of spec 01 §8.2; `stream_options` is never added (04 §2.1 rule 3).
    pub fn edit_for_upstream(&self, model: &str) -> Edits<'_> {
        let mut edits = self.head.edit_for_upstream(model, &["stream", "background", "store"]);
        open_and_strip(&mut edits);
        edits
    }
}

/// Which JSON kind a member must have; null is absence.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    TextOrObject,
    Integer,
    Number,
    Bool,
    Object,
    Objects,
    Texts,
    /// Only its items are looked at: what else it may be depends on the provider.
    Input,
}

const SHAPES: &[(&str, Shape)] = &[
    ("model", Shape::Text),
    ("provider", Shape::TextOrObject),
    ("input", Shape::Input),
    ("instructions", Shape::Text),
    ("tools", Shape::Objects),
    ("tool_choice", Shape::TextOrObject),
    ("parallel_tool_calls", Shape::Bool),
    ("temperature", Shape::Number),
    ("top_p", Shape::Number),
    ("max_output_tokens", Shape::Integer),
    ("stream", Shape::Bool),
    ("stream_options", Shape::Object),
    ("metadata", Shape::Object),
    ("reasoning", Shape::Object),
    ("text", Shape::Object),
    ("include", Shape::Texts),
    ("user", Shape::Text),
    ("service_tier", Shape::Text),
    ("store", Shape::Bool),
    ("previous_response_id", Shape::Text),
    ("conversation", Shape::TextOrObject),
    ("top_logprobs", Shape::Integer),
    ("truncation", Shape::Text),
    ("prompt_cache_retention", Shape::Text),
    ("safety_identifier", Shape::Text),
];

/// Checks the kinds of the members of spec 04 §2.1; of duplicates, the last counts.
pub(super) fn check_shape(object: &RawObject) -> Result<(), ApiError> {
    let mut found = [None; SHAPES.len()];
    for member in object.members() {
        let key = member.key_bytes();
        let index = SHAPES.iter().position(|(name, _)| name.as_bytes() == &*key);
        if let Some(place) = index.and_then(|index| found.get_mut(index)) {
            *place = Some(member.value());
        }
    }
    for ((key, shape), value) in SHAPES.iter().zip(found) {
        check_member(key, *shape, value)?;
    }
    let effort = object.get("reasoning").and_then(|reasoning| reasoning.get("effort"));
    check_string(effort, "reasoning.effort")
}

fn check_member(key: &str, shape: Shape, value: Option<RawValue<'_>>) -> Result<(), ApiError> {
    let is = |kind: Kind| move |value: &RawValue<'_>| value.kind() == kind;
    match shape {
        Shape::Text => check_string(value, key),
        Shape::TextOrObject => {
            let right = |value: &RawValue<'_>| matches!(value.kind(), Kind::String | Kind::Object);
            check(value, key, right, "must be a string or an object")
        }
        Shape::Integer => check_integer(value, key),
        Shape::Number => check(value, key, is(Kind::Number), "must be a number"),
        Shape::Bool => check(value, key, is(Kind::Bool), "must be a boolean"),
        Shape::Object => check(value, key, is(Kind::Object), "must be an object"),
        Shape::Input => check_elements(key, value, Kind::Object, "must be an object"),
        Shape::Objects | Shape::Texts => {
            check(value, key, is(Kind::Array), "must be an array")?;
            let texts = matches!(shape, Shape::Texts);
            let (kind, rule) =
                if texts { (Kind::String, "must be a string") } else { (Kind::Object, "must be an object") };
            check_elements(key, value, kind, rule)
        }
    }
}

fn check_elements(key: &str, value: Option<RawValue<'_>>, kind: Kind, rule: &str) -> Result<(), ApiError> {
    let mut elements = value.iter().flat_map(RawValue::elements);
    match elements.position(|element| element.kind() != kind) {
        Some(index) => Err(wrong_kind(format!("{key}[{index}]"), rule)),
        None => Ok(()),
    }
}

/// The conflicts of spec 04 §2.2 that need no store.
fn check_conversation(object: &RawObject) -> Result<(), ApiError> {
    let member = |key: &str| object.get(key).filter(|value| !value.is_null());
    let Some(conversation) = member("conversation") else { return Ok(()) };
    let is_blank = |value: RawValue<'_>| value.as_str().is_none_or(|text| text.trim().is_empty());
    if member("previous_response_id").is_some_and(|previous| !is_blank(previous)) {
        let message = "previous_response_id cannot be used together with conversation";
        return Err(ApiError::invalid_request(message).with_param("previous_response_id"));
    }
    let id = if conversation.kind() == Kind::Object { conversation.get("id") } else { Some(conversation) };
    if id.is_none_or(is_blank) {
        return Err(ApiError::invalid_request("conversation id is required").with_param("conversation"));
    }
    let is_input = |value: RawValue<'_>| matches!(value.kind(), Kind::String | Kind::Array);
    match member("input") {
        Some(input) if !is_input(input) => {
            let message = "input must be a string or an array of input items";
            Err(ApiError::invalid_request(message).with_param("input"))
        }
        _ => Ok(()),
    }
}
