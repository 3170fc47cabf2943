//! The messages of a request, block by block, and its system text.
//! In: `system` and `messages`. Out: turns. Invariants: results of tools come first, as a turn of their own, then what else the
//! message says: a user's turn is never split otherwise; an instruction in the middle stays where it stands.

use vocabulary::ApiError;

use super::super::blocks::{foreign, present, reasoning_of, text_block, text_of, type_of};
use super::{cache_control, elements, invalid, media};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Issuer, Part, Reasoning, Request, Role, Text, ToolCall, ToolCallKind, ToolResult, Turn,
};
use crate::json::{Kind, RawValue};
use crate::request::wrong_kind;

/// Checks that there is something to answer.
pub(super) fn check(messages: Option<RawValue<'_>>) -> Result<(), ApiError> {
    let messages = messages.filter(|messages| !messages.is_null());
    if messages.is_some_and(|messages| messages.kind() != Kind::Array) {
        return Err(wrong_kind("messages", "must be an array"));
    }
    match messages.and_then(|messages| messages.elements().next()) {
        Some(_) => Ok(()),
        None => Err(invalid("messages must not be empty", "messages")),
    }
}

pub(super) fn read(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    for (index, message) in elements(value, "messages")?.enumerate() {
        let path = format!("messages[{index}]");
        if message.kind() != Kind::Object {
            return Err(wrong_kind(path, "must be an object"));
        }
        match &*text_of(message, "role") {
            "system" => read_system(request, message, path)?,
            "user" => read_message(request, message, Role::User, path)?,
            "assistant" => read_message(request, message, Role::Assistant, path)?,
            _ => {
                let message = format!("{path}.role must be \"user\" or \"assistant\"");
                return Err(invalid(message, format!("{path}.role")));
            }
        }
    }
    Ok(())
}

fn read_system(request: &mut Request, message: RawValue<'_>, path: String) -> Result<(), ApiError> {
    let Some(content) = present(message, "content") else { return Ok(()) };
    let parts = system_parts(request, content, &format!("{path}.content"), &format!("{path}: "))?;
    if parts.is_empty() {
        return Ok(());
    }
    if request.turns.iter().any(|turn| turn.role != Role::System) {
        request.note(Feature::MidConversationSystem, path);
    }
    request.turns.push(Turn::new(Role::System, parts));
    Ok(())
}

/// The texts of an instruction, one part per block. `prefix` stands before the text of a refusal.
pub(super) fn system_parts(
    request: &mut Request,
    value: RawValue<'_>,
    path: &str,
    prefix: &str,
) -> Result<Vec<Part>, ApiError> {
    if let Some(text) = value.as_text() {
        let trimmed = text.slice_ref(text.trim());
        return Ok(Some(trimmed).filter(|text| !text.is_empty()).map(Part::text).into_iter().collect());
    }
    if value.kind() != Kind::Array {
        let message = format!("{prefix}system: must be a string or an array of content blocks");
        return Err(invalid(message, path.to_owned()));
    }
    let mut parts = Vec::new();
    for (index, block) in value.elements().enumerate() {
        let (path, block_type) = (format!("{path}[{index}]"), type_of(block));
        if &*block_type != "text" {
            let message =
                format!("{prefix}system block type \"{block_type}\" is not supported; only text is allowed");
            return Err(invalid(message, path));
        }
        let marker =
            cache_control(request, block.get("cache_control"), prefix, format!("{path}.cache_control"))?;
        let text = text_of(block, "text");
        if !text.is_empty() {
            parts.push(Part { cache_control: marker, ..Part::text(text) });
        }
    }
    Ok(parts)
}

fn read_message(
    request: &mut Request,
    message: RawValue<'_>,
    role: Role,
    path: String,
) -> Result<(), ApiError> {
    let Some(content) = present(message, "content") else {
        request.turns.push(Turn::new(role, Vec::new()));
        return Ok(());
    };
    if let Some(text) = content.as_text() {
        let part = Some(text).filter(|text| !text.is_empty()).map(Part::text);
        request.turns.push(Turn::new(role, part.into_iter().collect()));
        return Ok(());
    }
    if content.kind() != Kind::Array {
        return Err(wrong_kind(format!("{path}.content"), "must be a string or an array of content blocks"));
    }
    let mut reader =
        BlockReader { request, prefix: format!("{path}: "), results: Vec::new(), parts: Vec::new() };
    for (index, block) in content.elements().enumerate() {
        reader.read(block, format!("{path}.content[{index}]"))?;
    }
    let BlockReader { results, parts, .. } = reader;
    let has_results = !results.is_empty();
    if has_results {
        request.turns.push(Turn::new(Role::Tool, results));
    }
    if !parts.is_empty() || !has_results {
        request.turns.push(Turn::new(role, parts));
    }
    Ok(())
}

struct BlockReader<'r> {
    request: &'r mut Request,
    /// Stands before the text of a refusal: `messages[0]: `.
    prefix: String,
    results: Vec<Part>,
    parts: Vec<Part>,
}

impl BlockReader<'_> {
    fn read(&mut self, block: RawValue<'_>, path: String) -> Result<(), ApiError> {
        if block.kind() != Kind::Object {
            return Err(wrong_kind(path, "must be an object"));
        }
        let mut part = match &*type_of(block) {
            "text" if text_of(block, "text").is_empty() => return Ok(()),
            "text" => Part::new(text_block(block)),
            "image" => media::image(self.request, block, &path, &self.prefix)?,
            "document" => media::document(self.request, block, &path, &self.prefix)?,
            "thinking" | "redacted_thinking" => self.thinking(block, &path),
            "tool_use" => self.call(block, &path)?,
            "tool_result" => self.result(block, &path)?,
            _ => self.unknown(block, &path),
        };
        if !matches!(part.content, Content::Foreign(_) | Content::Reasoning(_)) {
            let marker_path = format!("{path}.cache_control");
            let marker = block.get("cache_control");
            part.cache_control = cache_control(self.request, marker, &self.prefix, marker_path)?;
        }
        let is_result = matches!(part.content, Content::ToolResult(_));
        if is_result {
            self.results.push(part)
        } else {
            self.parts.push(part)
        }
        Ok(())
    }

    fn thinking(&mut self, block: RawValue<'_>, path: &str) -> Part {
        let reasoning: Reasoning = reasoning_of(block);
        let member = if &*type_of(block) == "thinking" { "signature" } else { "data" };
        if let Some(state) = &reasoning.state {
            let feature = match state.issuer {
                Issuer::Anthropic => Feature::AnthropicState,
                Issuer::Google => Feature::GoogleState,
                Issuer::OpenAi => Feature::OpenAiState,
            };
            self.request.note(feature, format!("{path}.{member}"));
        }
        Part::new(Content::Reasoning(reasoning))
    }

    fn call(&mut self, block: RawValue<'_>, path: &str) -> Result<Part, ApiError> {
        let (id, name) = (text_of(block, "id"), text_of(block, "name"));
        if name.trim().is_empty() {
            let message = format!("{}tool_use block is missing name", self.prefix);
            return Err(invalid(message, format!("{path}.name")));
        }
        let id = if id.trim().is_empty() {
            format!("toolu_{}", path.replace(['[', ']', '.'], "_")).into()
        } else {
            id
        };
        let input = block.get("input").filter(|input| input.kind() == Kind::Object);
        let arguments = input.and_then(|input| Text::try_from(input.slice()).ok());
        let arguments = arguments.unwrap_or_else(|| Text::from_static("{}"));
        let kind = ToolCallKind::Function;
        Ok(Part::new(Content::ToolCall(ToolCall {
            id,
            name,
            arguments,
            kind,
            namespace: None,
            item_id: None,
        })))
    }

    fn result(&mut self, block: RawValue<'_>, path: &str) -> Result<Part, ApiError> {
        let call_id = text_of(block, "tool_use_id");
        if call_id.trim().is_empty() {
            let message = format!("{}tool_result block is missing tool_use_id", self.prefix);
            return Err(invalid(message, format!("{path}.tool_use_id")));
        }
        let content = match present(block, "content") {
            Some(content) => self.result_content(content, &format!("{path}.content"))?,
            None => Vec::new(),
        };
        let is_error = present(block, "is_error").and_then(|flag| flag.as_bool()).unwrap_or(false);
        if is_error {
            self.request.note(Feature::ToolError, format!("{path}.is_error"));
        }
        let kind = ToolCallKind::Function;
        Ok(Part::new(Content::ToolResult(ToolResult { call_id, name: None, content, is_error, kind })))
    }

    fn result_content(&mut self, content: RawValue<'_>, path: &str) -> Result<Vec<Part>, ApiError> {
        if let Some(text) = content.as_text() {
            return Ok(Some(text).filter(|text| !text.is_empty()).map(Part::text).into_iter().collect());
        }
        if content.kind() != Kind::Array {
            return Err(wrong_kind(path, "must be a string or an array of content blocks"));
        }
        let mut parts = Vec::new();
        for (index, block) in content.elements().enumerate() {
            let path = format!("{path}[{index}]");
            let part = match &*type_of(block) {
                "text" if text_of(block, "text").is_empty() => continue,
                "text" => Part::new(text_block(block)),
                "image" => media::image(self.request, block, &path, &self.prefix)?,
                "document" => media::document(self.request, block, &path, &self.prefix)?,
                _ => self.unknown(block, &path),
            };
            if matches!(part.content, Content::Image(_) | Content::Document(_)) {
                self.request.note(Feature::ToolResultMedia, path);
            }
            parts.push(part);
        }
        Ok(parts)
    }

    fn unknown(&mut self, block: RawValue<'_>, path: &str) -> Part {
        let refusal = format!(
            "{}unsupported content block type \"{}\"; use the /p/anthropic/v1/messages passthrough for \
             provider-native features",
            self.prefix,
            type_of(block)
        );
        self.request.note_with(Feature::ForeignItem, path, refusal);
        Part::new(foreign(block))
    }
}
