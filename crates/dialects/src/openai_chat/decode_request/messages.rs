//! The messages of a request as turns (spec 03 §§2.3, 4.3, B4, B8–B10).
//! In: `messages`. Out: turns in the same order; each tool message is a turn of its own.
//! Invariants: reasoning stands before what it led to; a call has an id and a name, a result the id of its call.

use std::collections::HashSet;

use vocabulary::ApiError;

use super::parts::read_content;
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Json, Part, Reasoning, Request, Role, Text, ToolCall, ToolCallKind, ToolResult, Turn,
};
use crate::json::{Kind, RawValue};
use crate::openai_chat::typed::{array, cache_control, members};
use crate::openai_chat::{thinking, words};
use crate::request::wrong_kind;

/// More calls in one message are an attack (spec 03 §2.3).
const MAX_CALLS: usize = 1024;

pub(super) fn read_messages(request: &mut Request, messages: RawValue<'_>) -> Result<(), ApiError> {
    array(messages, "messages")?;
    let mut reader = Reader { request, custom_calls: HashSet::new(), legacy_call: None, has_spoken: false };
    messages.elements().enumerate().try_for_each(|(index, message)| reader.read(index, message))
}

struct Reader<'r> {
    request: &'r mut Request,
    custom_calls: HashSet<Text>,
    /// The latest `function_call`: its id and name.
    legacy_call: Option<(Text, Text)>,
    /// Somebody but the operator has spoken.
    has_spoken: bool,
}

/// The members of a message.
#[derive(Default)]
struct Fields<'a> {
    path: String,
    role: Option<RawValue<'a>>,
    content: Option<RawValue<'a>>,
    name: Option<Text>,
    refusal: Option<Text>,
    tool_calls: Option<RawValue<'a>>,
    function_call: Option<RawValue<'a>>,
    tool_call_id: Option<Text>,
    is_error: bool,
    thinking_blocks: Option<RawValue<'a>>,
    extra_content: Option<RawValue<'a>>,
    images: Option<RawValue<'a>>,
    audio: Option<RawValue<'a>>,
    cache_control: Option<Json>,
    extras: Vec<(Text, Json)>,
}

impl<'a> Fields<'a> {
    fn of(message: RawValue<'a>, path: String) -> Result<Self, ApiError> {
        let mut fields = Self { path, ..Self::default() };
        for (key, value) in members(message) {
            match &*key {
                "role" => fields.role = Some(value),
                "content" => fields.content = Some(value),
                "name" => fields.name = value.as_text().filter(|name| !name.is_empty()),
                "refusal" => fields.refusal = value.as_text().filter(|refusal| !refusal.is_empty()),
                "tool_calls" => fields.tool_calls = Some(value),
                "function_call" => fields.function_call = Some(value),
                "tool_call_id" => fields.tool_call_id = value.as_text(),
                "is_error" => fields.is_error = value.as_bool() == Some(true),
                "thinking_blocks" => fields.thinking_blocks = Some(value),
                "extra_content" => fields.extra_content = Some(value),
                "images" => fields.images = Some(value),
                "audio" => fields.audio = Some(value),
                "cache_control" => {
                    fields.cache_control =
                        Some(cache_control(value, &format!("{}.cache_control", fields.path))?);
                }
                // Read by `thinking::read_text`, or what an answer says of itself.
                "reasoning_content" | "reasoning" | "reasoning_details" | "annotations" => {}
                _ => fields.extras.push((Text::from(&*key), Json::of(value))),
            }
        }
        Ok(fields)
    }
}

impl Reader<'_> {
    fn read(&mut self, index: usize, message: RawValue<'_>) -> Result<(), ApiError> {
        let path = format!("messages[{index}]");
        if message.kind() != Kind::Object {
            return Err(wrong_kind(path, "must be an object"));
        }
        let mut fields = Fields::of(message, path)?;
        let role = fields.role.and_then(|role| role.as_text()).unwrap_or_default();
        if fields.name.is_some() && !matches!(role.trim(), "tool" | "function") {
            self.request.note(Feature::ParticipantName, format!("{}.name", fields.path));
        }
        let (role, parts) = match role.trim() {
            "system" => (Role::System, self.read_instructions(&fields)?),
            "developer" => (Role::Developer, self.read_instructions(&fields)?),
            "user" => (Role::User, self.read_content(&fields)?),
            "assistant" => (Role::Assistant, self.read_assistant(index, message, &fields)?),
            "tool" => (Role::Tool, vec![self.read_result(&fields)?]),
            "function" => (Role::Tool, vec![self.read_legacy_result(&mut fields)?]),
            _ => {
                let rule = "must be \"system\", \"developer\", \"user\", \"assistant\" or \"tool\"";
                return Err(wrong_kind(format!("{}.role", fields.path), rule));
            }
        };
        self.push(role, parts, fields);
        Ok(())
    }

    fn push(&mut self, role: Role, mut parts: Vec<Part>, fields: Fields<'_>) {
        let Fields { path, name, cache_control, extras, .. } = fields;
        self.has_spoken |= !matches!(role, Role::System | Role::Developer);
        let name = name.filter(|_| role != Role::Tool);
        if let (Some(marker), Some(last)) = (cache_control, parts.last_mut()) {
            // A marker on a message means: up to its end.
            last.cache_control.get_or_insert(marker);
            self.request.note(Feature::CacheControl, format!("{path}.cache_control"));
        }
        for (key, _) in &extras {
            self.request.note(Feature::UnknownMember, format!("{path}.{key}"));
        }
        self.request.turns.push(Turn { role, parts, name, extras: super::extras(extras) });
    }

    fn read_instructions(&mut self, fields: &Fields<'_>) -> Result<Vec<Part>, ApiError> {
        if self.has_spoken {
            self.request.note(Feature::MidConversationSystem, &*fields.path);
        }
        self.read_content(fields)
    }

    fn read_content(&mut self, fields: &Fields<'_>) -> Result<Vec<Part>, ApiError> {
        read_content(self.request, fields.content, &format!("{}.content", fields.path))
    }

    fn read_assistant(
        &mut self,
        index: usize,
        message: RawValue<'_>,
        fields: &Fields<'_>,
    ) -> Result<Vec<Part>, ApiError> {
        let mut parts = self.read_thoughts(message, fields);
        parts.extend(self.read_content(fields)?);
        parts.extend(fields.refusal.clone().map(|refusal| Part::new(Content::Refusal(refusal))));
        parts.extend(fields.images.into_iter().flat_map(words::read_images).map(Part::new));
        if fields.audio.is_some() {
            // An earlier answer in sound, of which only its provider knows the words.
            self.request.note(Feature::ForeignItem, format!("{}.audio", fields.path));
        }
        if let Some(calls) = fields.tool_calls {
            self.read_calls(index, calls, &fields.path, &mut parts)?;
        }
        if let Some(call) = fields.function_call {
            let id = Text::from(format!("call_{index}"));
            let call = read_call(call, ToolCallKind::Function, id.clone(), &fields.path)?;
            self.legacy_call = Some((id, call.name.clone()));
            parts.push(Content::ToolCall(call).into());
        }
        Ok(parts)
    }

    /// Thinking blocks, or else the text of the thoughts; then the message's own signature.
    fn read_thoughts(&mut self, message: RawValue<'_>, fields: &Fields<'_>) -> Vec<Part> {
        let blocks = fields.thinking_blocks.into_iter().flat_map(thinking::read_blocks);
        let mut parts: Vec<Part> = Vec::new();
        for block in blocks {
            self.note_state(&block, format!("{}.thinking_blocks", fields.path));
            parts.push(Content::Reasoning(block).into());
        }
        if parts.is_empty() {
            let text = thinking::read_text(message);
            let thoughts = text.map(|text| Content::Reasoning(Reasoning { text, ..Reasoning::default() }));
            parts.extend(thoughts.map(Part::new));
        }
        if let Some(signed) = fields.extra_content.and_then(thinking::read_signature) {
            self.note_state(&signed, format!("{}.extra_content.google.thought_signature", fields.path));
            thinking::push_state(&mut parts, signed);
        }
        parts
    }

    fn note_state(&mut self, reasoning: &Reasoning, path: String) {
        if let Some(feature) = thinking::feature_of(reasoning) {
            self.request.note(feature, path);
        }
    }

    fn read_calls(
        &mut self,
        index: usize,
        calls: RawValue<'_>,
        path: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let path = format!("{path}.tool_calls");
        array(calls, &path)?;
        if calls.elements().nth(MAX_CALLS).is_some() {
            return Err(ApiError::invalid_request("too many tool calls in message").with_param(path));
        }
        for (position, value) in calls.elements().enumerate() {
            let path = format!("{path}[{position}]");
            let member = |key: &str| value.get(key).filter(|value| !value.is_null());
            let id = member("id").and_then(|id| id.as_text()).filter(|id| !id.trim().is_empty());
            let id = id.unwrap_or_else(|| format!("call_{index}_{position}").into());
            let (kind, inner) = match member("custom") {
                Some(custom) => (ToolCallKind::Custom, custom),
                None => (ToolCallKind::Function, member("function").unwrap_or(value)),
            };
            let call = read_call(inner, kind, id, &path)?;
            if kind == ToolCallKind::Custom {
                self.custom_calls.insert(call.id.clone());
            }
            if let Some(signed) = member("extra_content").and_then(thinking::read_signature) {
                self.note_state(&signed, format!("{path}.extra_content.google.thought_signature"));
                thinking::push_state(parts, signed);
            }
            let mut part = Part::new(Content::ToolCall(call));
            part.cache_control = self.read_marker(value, inner, &path)?;
            parts.push(part);
        }
        Ok(())
    }

    /// The cache marker of a call, or else of its function.
    fn read_marker(
        &mut self,
        call: RawValue<'_>,
        inner: RawValue<'_>,
        path: &str,
    ) -> Result<Option<Json>, ApiError> {
        let mut markers = [call, inner].into_iter().filter_map(|value| value.get("cache_control"));
        let Some(marker) = markers.find(|marker| !marker.is_null()) else { return Ok(None) };
        let path = format!("{path}.cache_control");
        let marker = cache_control(marker, &path)?;
        self.request.note(Feature::CacheControl, path);
        Ok(Some(marker))
    }

    fn read_result(&mut self, fields: &Fields<'_>) -> Result<Part, ApiError> {
        let call_id = fields.tool_call_id.clone().filter(|id| !id.trim().is_empty()).ok_or_else(|| {
            ApiError::invalid_request("tool message is missing tool_call_id")
                .with_param(format!("{}.tool_call_id", fields.path))
        })?;
        self.result(call_id, fields)
    }

    /// A message with the older role `function` names its function, not its call.
    fn read_legacy_result(&mut self, fields: &mut Fields<'_>) -> Result<Part, ApiError> {
        let name = fields.name.clone().unwrap_or_default();
        let call = self.legacy_call.take().filter(|(_, called)| *called == name);
        let call_id = call.map_or_else(|| format!("call_{name}").into(), |(id, _)| id);
        self.result(call_id, fields)
    }

    fn result(&mut self, call_id: Text, fields: &Fields<'_>) -> Result<Part, ApiError> {
        let content = self.read_content(fields)?;
        if let Some(media) = content.iter().position(|part| part.as_text().is_none()) {
            self.request.note(Feature::ToolResultMedia, format!("{}.content[{media}]", fields.path));
        }
        if fields.is_error {
            self.request.note(Feature::ToolError, format!("{}.is_error", fields.path));
        }
        let is_custom = self.custom_calls.contains(&call_id);
        let kind = if is_custom { ToolCallKind::Custom } else { ToolCallKind::Function };
        let (name, is_error) = (fields.name.clone(), fields.is_error);
        Ok(Content::ToolResult(ToolResult { call_id, name, content, is_error, kind }).into())
    }
}

/// Reads what a call passes: `{name, arguments}`, or `{name, input}` of a custom tool.
fn read_call(function: RawValue<'_>, kind: ToolCallKind, id: Text, path: &str) -> Result<ToolCall, ApiError> {
    let name = function.get("name").and_then(|name| name.as_text()).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| {
        ApiError::invalid_request("tool_call.function.name is required")
            .with_param(format!("{path}.function.name"))
    })?;
    let key = if kind == ToolCallKind::Custom { "input" } else { "arguments" };
    let arguments = function.get(key).filter(|arguments| !arguments.is_null());
    // Some clients send the object itself; it passes as the text that it is.
    let arguments = arguments.map(|value| value.as_text().unwrap_or_else(|| Json::of(value).text()));
    Ok(ToolCall { id, name, arguments: arguments.unwrap_or_default(), kind, namespace: None, item_id: None })
}
