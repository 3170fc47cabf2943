//! A client's request to the conversation: everything but input items and tools (spec 03 §13.1, §13.2, B26 to B28, 04-B6).
//! In: a scanned body. Out: a `Request`. Invariants: what only Responses has is noted, the refused ones first and in the order of
//! 03 §13.1, then everything in request order; members that the conversation cannot hold whole stay in `extras`.

use std::borrow::Cow;
use std::collections::HashMap;

use vocabulary::{ApiError, Dialect};

use super::items::filled;
use super::request::check_shape;
use super::{INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS, decode_input, decode_tools};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Effort, Extras, Json, LogprobsWish, OutputFormat, Part, ReasoningWish, Request, Role, Text, Turn,
};
use crate::json::{Kind, RawObject, RawValue};
use crate::request::{check, check_string, wrong_kind};

/// Reads a request.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_request(body: &RawObject) -> Result<Request, ApiError> {
    check_shape(body)?;
    let mut decoder = Decoder { body, request: Request::default(), extras: Vec::new(), instructions: None };
    decoder.note_refusals();
    if body.get("input").is_none_or(|input| input.is_null()) {
        return Err(decode_input::unsupported_input());
    }
    for (key, value) in last_members(body).into_iter().filter(|(_, value)| !value.is_null()) {
        decoder.read(&key, value)?;
    }
    Ok(decoder.finish())
}

/// The members of an object, of duplicates the last one, in the order of their first appearance.
fn last_members(object: &RawObject) -> Vec<(Cow<'_, str>, RawValue<'_>)> {
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut members: Vec<(Cow<'_, str>, RawValue<'_>)> = Vec::new();
    for member in object.members() {
        let place = *places.entry(member.key()).or_insert(members.len());
        match members.get_mut(place) {
            Some((_, value)) => *value = member.value(),
            None => members.push((member.key(), member.value())),
        }
    }
    members
}

struct Decoder<'a> {
    body: &'a RawObject,
    request: Request,
    extras: Vec<(Text, Json)>,
    instructions: Option<Text>,
}

impl Decoder<'_> {
    /// What no other dialect takes, in the order of 03 §13.1.
    fn note_refusals(&mut self) {
        let body = self.body;
        let member = |key: &str| body.get(key).filter(|value| !is_void(*value));
        let mut note = |key: &str, feature| {
            if member(key).is_some() {
                self.request.note(feature, key);
            }
        };
        note("previous_response_id", Feature::PreviousResponse);
        note("conversation", Feature::Conversation);
        if body.get("include").is_some_and(|include| asks_for(include, INCLUDE_LOGPROBS)) {
            self.request.note(Feature::ResponsesLogprobs, "include");
        }
        let mut note = |key: &str, feature| {
            if member(key).is_some() {
                self.request.note(feature, key);
            }
        };
        note("prompt", Feature::PromptTemplate);
        note("context_management", Feature::ContextManagement);
        note("top_logprobs", Feature::ResponsesLogprobs);
        if body.get("text").is_some_and(|text| !is_plain_text_member(text)) {
            self.request.note(Feature::TextMember, "text");
        }
    }

    fn read(&mut self, key: &str, value: RawValue<'_>) -> Result<(), ApiError> {
        let request = &mut self.request;
        match key {
            "model" | "provider" => {}
            "input" => decode_input::read(value, request)?,
            "instructions" => self.instructions = value.as_text().filter(|text| !text.is_empty()),
            "tools" => decode_tools::read(value, key, request)?,
            "tool_choice" => {
                let names = self.body.get("tools").map(decode_tools::names);
                if !decode_tools::read_choice(value, names.as_deref(), request)? {
                    self.keep(key, value);
                }
            }
            "text" => self.read_text(value)?,
            "reasoning" => self.read_reasoning(value)?,
            "include" => self.read_include(value),
            "stream" => request.stream = value.as_bool() == Some(true),
            "background" if value.as_bool() == Some(false) => self.keep(key, value),
            _ if self.read_setting(key, value)? => {}
            _ => {
                self.note_member(key, value);
                self.keep(key, value);
            }
        }
        Ok(())
    }

    /// Members that several dialects have. False if it is none of them.
    fn read_setting(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        let request = &mut self.request;
        let words = value.as_text().filter(|text| !text.is_empty());
        let feature = match key {
            "temperature" => {
                request.sampling.temperature = Some(Json::of(value));
                Feature::Temperature
            }
            "top_p" => {
                request.sampling.top_p = Some(Json::of(value));
                Feature::TopP
            }
            "max_output_tokens" => {
                let limit = value.as_u64().ok_or_else(|| wrong_kind(key, "must be a positive integer"))?;
                request.max_output_tokens = Some(limit);
                Feature::MaxOutputTokens
            }
            "parallel_tool_calls" => {
                request.parallel_tool_calls = value.as_bool();
                Feature::ParallelToolCalls
            }
            "metadata" => {
                request.metadata = Some(Json::of(value));
                Feature::Metadata
            }
            "store" => {
                request.store = value.as_bool();
                if request.store == Some(false) {
                    // Nobody keeps what is translated unless asked to: the wish is met.
                    return Ok(true);
                }
                Feature::Store
            }
            "user" => {
                request.user = words.clone();
                Feature::User
            }
            "service_tier" => {
                request.service_tier = words.clone();
                Feature::ServiceTier
            }
            "prompt_cache_key" => {
                check_string(Some(value), key)?;
                request.prompt_cache_key = words.clone();
                Feature::PromptCacheKey
            }
            "safety_identifier" => {
                check_string(Some(value), key)?;
                request.safety_identifier = words.clone();
                Feature::SafetyIdentifier
            }
            _ => return Ok(false),
        };
        if value.kind() != Kind::String || words.is_some() {
            request.note(feature, key);
        }
        Ok(true)
    }

    /// Notes a member that only Responses has, unless it was noted as one that others refuse.
    fn note_member(&mut self, key: &str, value: RawValue<'_>) {
        let feature = match key {
            "previous_response_id" | "conversation" | "prompt" | "context_management" | "stream_options" => {
                return;
            }
            "top_logprobs" => {
                let wish = self.request.logprobs.get_or_insert_default();
                wish.top = value.as_u64();
                return;
            }
            "truncation" => Feature::Truncation,
            "background" => Feature::Background,
            "max_tool_calls" => Feature::MaxToolCalls,
            "prompt_cache_retention" | "prompt_cache_options" => Feature::PromptCacheOption,
            _ => Feature::UnknownMember,
        };
        if !is_void(value) {
            self.request.note(feature, key);
        }
    }

    /// Keeps a member for its own dialect.
    fn keep(&mut self, key: &str, value: RawValue<'_>) {
        self.extras.push((key.into(), Json::of(value)));
    }

    fn read_text(&mut self, text: RawValue<'_>) -> Result<(), ApiError> {
        if !is_plain_text_member(text) {
            self.keep("text", text);
        }
        check_string(text.get("verbosity"), "text.verbosity")?;
        if let Some(verbosity) = filled(text, "verbosity") {
            self.request.verbosity = Some(verbosity);
            self.request.note(Feature::Verbosity, "text.verbosity");
        }
        let Some(format) = text.get("format") else { return Ok(()) };
        match filled(format, "type").as_deref() {
            Some("json_object") => {
                self.request.output = OutputFormat::JsonObject;
                self.request.note(Feature::JsonObject, "text.format");
            }
            Some("json_schema") => {
                let is_object = |value: &RawValue<'_>| value.kind() == Kind::Object;
                let schema = format.get("schema").filter(is_object);
                let schema = schema.ok_or_else(|| wrong_kind("text.format.schema", "must be an object"))?;
                self.request.output = OutputFormat::JsonSchema {
                    name: filled(format, "name"),
                    description: filled(format, "description"),
                    schema: Json::of(schema),
                    strict: format.get("strict").and_then(|strict| strict.as_bool()),
                };
                self.request.note(Feature::JsonSchema, "text.format");
            }
            _ => {}
        }
        Ok(())
    }

    fn read_reasoning(&mut self, reasoning: RawValue<'_>) -> Result<(), ApiError> {
        let request = &mut self.request;
        let wish = request.reasoning.get_or_insert_default();
        let mut notes = Vec::new();
        let mut has_more = false;
        for (key, value) in reasoning.members().filter(|(_, value)| !value.is_null()) {
            let path = format!("reasoning.{key}");
            match key {
                "effort" => {
                    let word = value.as_text().unwrap_or_default();
                    wish.effort = Effort::parse(&word);
                    // A level that only the provider knows is kept for it, and named elsewhere.
                    has_more |= wish.effort.is_none() && !word.trim().is_empty();
                    let known = wish.effort.map_or(Feature::ReasoningMember, |_| Feature::ReasoningEffort);
                    notes.push((known, path));
                }
                "summary" | "generate_summary" => {
                    check_string(Some(value), &path)?;
                    wish.summary =
                        value.as_text().filter(|text| !text.trim().is_empty()).or(wish.summary.take());
                    has_more |= key == "generate_summary";
                    notes.push((Feature::ReasoningSummary, path));
                }
                _ => {
                    has_more = true;
                    notes.push((Feature::ReasoningMember, path));
                }
            }
        }
        if *wish == ReasoningWish::default() {
            request.reasoning = None;
        }
        notes.into_iter().for_each(|(feature, path)| request.note(feature, path));
        if has_more {
            self.keep("reasoning", reasoning);
        }
        Ok(())
    }

    fn read_include(&mut self, include: RawValue<'_>) {
        let mut has_more = false;
        for (index, value) in include.elements().enumerate() {
            match value.as_str().unwrap_or_default().trim() {
                INCLUDE_ENCRYPTED => self.request.reasoning.get_or_insert_default().include_encrypted = true,
                INCLUDE_LOGPROBS => {
                    self.request.logprobs.get_or_insert_with(LogprobsWish::default);
                }
                _ => {
                    has_more = true;
                    self.request.note(Feature::Include, format!("include[{index}]"));
                }
            }
        }
        if has_more {
            self.keep("include", include);
        }
    }

    fn finish(mut self) -> Request {
        if let Some(instructions) = self.instructions {
            self.request.turns.insert(0, Turn::new(Role::System, vec![Part::text(instructions)]));
        }
        if !self.extras.is_empty() {
            let (dialect, members) = (Dialect::OpenAiResponses, self.extras);
            self.request.extras = Some(Extras { dialect, members });
        }
        self.request
    }
}

/// True for null, a blank string, an empty array and an empty object: such a member asks for nothing.
fn is_void(value: RawValue<'_>) -> bool {
    match value.kind() {
        Kind::Null => true,
        Kind::String => value.as_str().is_none_or(|text| text.trim().is_empty()),
        Kind::Array => value.elements().next().is_none(),
        Kind::Object => value.members().next().is_none(),
        Kind::Bool | Kind::Number => false,
    }
}

fn asks_for(include: RawValue<'_>, wanted: &str) -> bool {
    include.elements().any(|value| value.as_str().is_some_and(|value| value.trim() == wanted))
}

/// True if `text` holds nothing but a format that every dialect knows and the verbosity (03 §13.2).
fn is_plain_text_member(text: RawValue<'_>) -> bool {
    const FORMATS: [&str; 3] = ["text", "json_object", "json_schema"];
    text.members().all(|(key, value)| match key {
        "verbosity" => true,
        "format" => {
            let format_type = filled(value, "type");
            value.is_null() || format_type.is_none_or(|format_type| FORMATS.contains(&&*format_type))
        }
        _ => value.is_null(),
    })
}

/// Checks a flag that may be absent or null.
pub(super) fn flag(value: Option<RawValue<'_>>, path: &str) -> Result<Option<bool>, ApiError> {
    check(value, path, |value| value.kind() == Kind::Bool, "must be a boolean")?;
    Ok(value.and_then(|value| value.as_bool()))
}
