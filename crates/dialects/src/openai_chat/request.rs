//! A chat request: what the gateway reads of it, and the edits that every same-dialect call makes.
//! In: a body. Out: `ChatRequest`, or a 400 that names the member. Invariants: only the members of spec 01 §8.1 are checked, and
//! only for their JSON kind; an unknown content part passes (B6); an object `provider` is no hint but passes (B7).

use bytes::Bytes;
use vocabulary::ApiError;

use crate::json::{Edits, Kind, RawObject, RawValue};
use crate::request::{Head, Text, check, check_integer, check_provider, check_string, scan, wrong_kind};

/// A decoded chat request: the scanned body and what the gateway must know of it.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    head: Head,
    stream: bool,
    include_usage: bool,
    has_parts: bool,
}

/// Whether the upstream must report usage in a stream although the client did not ask for it (spec 01 §9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageWish {
    /// `stream_options` stays as the client sent it.
    AsSent,
    /// `stream_options.include_usage` becomes true, its other members stay.
    Include,
}

impl ChatRequest {
    /// Scans and checks a body.
    ///
    /// # Errors
    /// 400 `invalid request body: …` with the JSON path as `param`; 400 `model is required`.
    pub fn decode(body: Bytes) -> Result<Self, ApiError> {
        let object = scan(body)?;
        let fields = Fields::of(&object);
        fields.check()?;
        let has_parts = check_messages(fields.messages)?;
        let is_true = |value: Option<RawValue<'_>>| value.and_then(|value| value.as_bool()) == Some(true);
        let (model, provider) = (fields.model.and_then(Text::of), fields.provider.and_then(Text::of));
        let stream = is_true(fields.stream);
        let include_usage = is_true(fields.stream_options.and_then(|options| options.get("include_usage")));
        let head = Head::new(object, model, provider)?;
        Ok(Self { head, stream, include_usage, has_parts })
    }

    /// The scanned body, and whom it is for.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// `stream` is true.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// `stream_options.include_usage` is true: the client wants to see usage in the stream.
    pub fn include_usage(&self) -> bool {
        self.include_usage
    }

    /// The edits 1, 2 and 4 of spec 01 §8.2, to be continued with what the provider's row declares.
    pub fn edit_for_upstream(&self, model: &str, usage: UsageWish) -> Edits<'_> {
        let mut edits = self.head.edit_for_upstream(model, &["stream", "stream_options"]);
        if usage == UsageWish::Include && !self.include_usage {
            self.include_usage_in(&mut edits);
        }
        if self.has_parts {
            self.respell_parts(&mut edits);
        }
        edits
    }

    fn include_usage_in(&self, edits: &mut Edits<'_>) {
        const INCLUDE: &[u8] = br#"{"include_usage":true}"#;
        let options =
            self.head.object().get("stream_options").filter(|options| options.kind() == Kind::Object);
        let with_usage = options.and_then(|options| {
            let options = RawObject::scan(options.slice()).ok()?;
            let mut edits = options.edit();
            edits.set("include_usage", &b"true"[..]);
            Some(Bytes::from(edits.finish().concat()))
        });
        edits.set("stream_options", with_usage.unwrap_or(Bytes::from_static(INCLUDE)));
    }

    /// Parts spelt as the Responses API spells them: `input_text` becomes `text`, `input_image` becomes `image_url`.
    fn respell_parts(&self, edits: &mut Edits<'_>) {
        let messages =
            self.head.object().get("messages").into_iter().flat_map(|messages| messages.elements());
        for part in
            messages.filter_map(|message| message.get("content")).flat_map(|content| content.elements())
        {
            let Some(part_type) = part.get("type") else { continue };
            match part_type.as_str().as_deref() {
                Some("input_text") => edits.replace(part_type.range(), &br#""text""#[..]),
                Some("input_image") => {
                    edits.replace(part_type.range(), &br#""image_url""#[..]);
                    if let Some(url) = part.get("image_url").filter(|url| url.kind() == Kind::String) {
                        edits.replace(url.range(), [br#"{"url":"#, url.bytes(), b"}"].concat());
                    }
                }
                _ => {}
            }
        }
    }
}

/// The parsed members of spec 01 §8.1; of duplicates, the last.
#[derive(Default)]
struct Fields<'a> {
    model: Option<RawValue<'a>>,
    provider: Option<RawValue<'a>>,
    messages: Option<RawValue<'a>>,
    temperature: Option<RawValue<'a>>,
    top_p: Option<RawValue<'a>>,
    max_tokens: Option<RawValue<'a>>,
    tools: Option<RawValue<'a>>,
    parallel_tool_calls: Option<RawValue<'a>>,
    stream: Option<RawValue<'a>>,
    stream_options: Option<RawValue<'a>>,
    reasoning: Option<RawValue<'a>>,
    user: Option<RawValue<'a>>,
    service_tier: Option<RawValue<'a>>,
}

impl<'a> Fields<'a> {
    fn of(object: &'a RawObject) -> Self {
        let mut fields = Self::default();
        for member in object.members() {
            let field = match &*member.key_bytes() {
                b"model" => &mut fields.model,
                b"provider" => &mut fields.provider,
                b"messages" => &mut fields.messages,
                b"temperature" => &mut fields.temperature,
                b"top_p" => &mut fields.top_p,
                b"max_tokens" => &mut fields.max_tokens,
                b"tools" => &mut fields.tools,
                b"parallel_tool_calls" => &mut fields.parallel_tool_calls,
                b"stream" => &mut fields.stream,
                b"stream_options" => &mut fields.stream_options,
                b"reasoning" => &mut fields.reasoning,
                b"user" => &mut fields.user,
                b"service_tier" => &mut fields.service_tier,
                _ => continue,
            };
            *field = Some(member.value());
        }
        fields
    }

    /// Checks every member but the messages.
    fn check(&self) -> Result<(), ApiError> {
        let is = |kind: Kind| move |value: &RawValue<'_>| value.kind() == kind;
        check_string(self.model, "model")?;
        check_provider(self.provider)?;
        check(self.temperature, "temperature", is(Kind::Number), "must be a number")?;
        check(self.top_p, "top_p", is(Kind::Number), "must be a number")?;
        check_integer(self.max_tokens, "max_tokens")?;
        check(self.parallel_tool_calls, "parallel_tool_calls", is(Kind::Bool), "must be a boolean")?;
        check(self.stream, "stream", is(Kind::Bool), "must be a boolean")?;
        check(self.stream_options, "stream_options", is(Kind::Object), "must be an object")?;
        let include_usage = self.stream_options.and_then(|options| options.get("include_usage"));
        check(include_usage, "stream_options.include_usage", is(Kind::Bool), "must be a boolean")?;
        check(self.reasoning, "reasoning", is(Kind::Object), "must be an object")?;
        check_string(self.reasoning.and_then(|reasoning| reasoning.get("effort")), "reasoning.effort")?;
        check_string(self.user, "user")?;
        check_string(self.service_tier, "service_tier")?;
        check(self.tools, "tools", is(Kind::Array), "must be an array")?;
        let mut tools = self.tools.iter().flat_map(RawValue::elements);
        match tools.position(|tool| tool.kind() != Kind::Object) {
            Some(index) => Err(wrong_kind(format!("tools[{index}]"), "must be an object")),
            None => Ok(()),
        }
    }
}

/// Checks the messages. True if the content of one is an array of parts.
fn check_messages(messages: Option<RawValue<'_>>) -> Result<bool, ApiError> {
    check(messages, "messages", |value| value.kind() == Kind::Array, "must be an array")?;
    let mut has_parts = false;
    for (index, message) in messages.iter().flat_map(RawValue::elements).enumerate() {
        if message.kind() != Kind::Object {
            return Err(wrong_kind(format!("messages[{index}]"), "must be an object"));
        }
        match check_message(message) {
            Ok(content) => has_parts |= content == Some(Kind::Array),
            Err((member, rule)) => return Err(wrong_kind(format!("messages[{index}].{member}"), rule)),
        }
    }
    Ok(has_parts)
}

/// The kind of a message's content; or the member that is wrong, and why.
fn check_message(message: RawValue<'_>) -> Result<Option<Kind>, (&'static str, &'static str)> {
    let (mut role, mut content, mut tool_calls, mut tool_call_id) = (None, None, None, None);
    for (key, value) in message.raw_members() {
        match key {
            b"role" => role = Some(value.kind()),
            b"content" => content = Some(value.kind()),
            b"tool_calls" => tool_calls = Some(value.kind()),
            b"tool_call_id" => tool_call_id = Some(value.kind()),
            _ => {}
        }
    }
    let is =
        |found: Option<Kind>, wanted: Kind| found.is_none_or(|kind| kind == wanted || kind == Kind::Null);
    if !is(content, Kind::String) && content != Some(Kind::Array) {
        return Err(("content", "must be a string or array of content parts"));
    }
    if !is(role, Kind::String) {
        return Err(("role", "must be a string"));
    }
    if !is(tool_calls, Kind::Array) {
        return Err(("tool_calls", "must be an array"));
    }
    if !is(tool_call_id, Kind::String) {
        return Err(("tool_call_id", "must be a string"));
    }
    Ok(content)
}
