//! Input items to turns (spec 03 §13.3, B28).
//! In: `input`. Out: turns. Invariants: what the model did without an answer in between is one assistant turn, with reasoning in
//! front of what it led to; an item that only this dialect knows is kept whole and noted; a refusal names the item by its index.

use std::collections::HashMap;

use vocabulary::{ApiError, Dialect};

use super::decode_content::{Notes, parts_of_content, result_content};
use super::decode_tools;
use super::items::{call_of, filled, foreign, reasoning_of, text};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Extras, Issuer, Json, NamespacedTool, Part, Request, Role, Text, ToolCallKind, ToolResult, Turn,
    is_sealed, open,
};
use crate::json::{Kind, RawValue};

/// Reads `input` behind the turns that are there.
pub(super) fn read(input: RawValue<'_>, request: &mut Request) -> Result<(), ApiError> {
    match input.kind() {
        Kind::String => {
            let part = Part::text(input.as_text().unwrap_or_default());
            request.turns.push(Turn::new(Role::User, vec![part]));
            Ok(())
        }
        Kind::Array => {
            let names = HashMap::new();
            let mut items = Items { request, assistant: None, names, has_added_tools: false };
            for (index, item) in input.elements().enumerate() {
                items.read(index, item)?;
            }
            items.flush();
            if items.has_added_tools {
                decode_tools::keep_last_of_each_name(&mut request.tools);
            }
            Ok(())
        }
        _ => Err(unsupported_input()),
    }
}

/// 400 for an input that is neither text nor items.
pub(super) fn unsupported_input() -> ApiError {
    ApiError::invalid_request("invalid responses input: unsupported type").with_param("input")
}

fn refused(index: usize, member: &str, what: &str) -> ApiError {
    let message = format!("invalid responses input item at index {index}: {what}");
    ApiError::invalid_request(message).with_param(format!("input[{index}]{member}"))
}

struct Items<'r> {
    request: &'r mut Request,
    /// The assistant turn that is being put together.
    assistant: Option<Turn>,
    /// The tools behind the calls so far, by the calls' ids.
    names: HashMap<Text, Text>,
    /// There was an item `additional_tools`.
    has_added_tools: bool,
}

impl Items<'_> {
    fn read(&mut self, index: usize, item: RawValue<'_>) -> Result<(), ApiError> {
        let item_type = item.get("type").filter(|value| !value.is_null());
        let name = item_type.map(|value| value.as_text().unwrap_or_else(|| Json::of(value).text()));
        match name.as_deref().map(str::trim) {
            None | Some("message") => self.message(index, item),
            Some("function_call") => self.call(index, item, ToolCallKind::Function),
            Some("custom_tool_call") => self.call(index, item, ToolCallKind::Custom),
            Some("function_call_output") => self.result(index, item, ToolCallKind::Function),
            Some("custom_tool_call_output") => self.result(index, item, ToolCallKind::Custom),
            Some("reasoning") => {
                self.reasoning(index, item);
                Ok(())
            }
            Some("additional_tools") => {
                self.has_added_tools = true;
                let tools = item.get("tools").filter(|tools| tools.kind() == Kind::Array);
                let path = format!("input[{index}].tools");
                tools.map_or(Ok(()), |tools| decode_tools::read(tools, &path, self.request))
            }
            Some(other) => {
                let what = format!("unsupported input item type \"{other}\" for chat-translated providers");
                let text = format!("invalid responses input item at index {index}: {what}");
                self.request.note_with(Feature::ForeignItem, format!("input[{index}]"), text);
                self.assistant().parts.push(foreign(item));
                Ok(())
            }
        }
    }

    fn message(&mut self, index: usize, item: RawValue<'_>) -> Result<(), ApiError> {
        let role = match &*filled(item, "role").unwrap_or_default().trim().to_owned() {
            "" => return Err(refused(index, ".role", "role is required")),
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            "developer" => Role::Developer,
            other => return Err(refused(index, ".role", &format!("unsupported role \"{other}\""))),
        };
        let path = format!("input[{index}].content");
        let parts = item.get("content").and_then(|content| parts_of_content(content, &path, self.request));
        let parts = parts.ok_or_else(|| refused(index, ".content", "unsupported content"))?;
        let extras = self.extras(index, item, &["type", "role", "content"]);
        if role != Role::Assistant {
            self.flush();
            self.request.turns.push(Turn { extras, ..Turn::new(role, parts) });
            return Ok(());
        }
        // A message begins a new turn, unless calls of this one still wait for their results: nobody takes those apart.
        let has_spoken = self.assistant.as_ref().is_some_and(|turn| has_spoken(turn) && !has_called(turn));
        if has_spoken {
            self.flush();
        }
        let turn = self.assistant();
        turn.parts.extend(parts);
        turn.extras = turn.extras.take().or(extras);
        Ok(())
    }

    fn call(&mut self, index: usize, item: RawValue<'_>, kind: ToolCallKind) -> Result<(), ApiError> {
        if filled(item, "name").is_none() {
            let what = format!("{} name is required", text(item, "type").trim());
            return Err(refused(index, ".name", &what));
        }
        let known = if kind == ToolCallKind::Custom { "input" } else { "arguments" };
        let extras = self.extras(index, item, &["type", "call_id", "name", "namespace", known]);
        let extras = extras.map(|mut extras| {
            // Its own member of the conversation.
            extras.members.retain(|(key, _)| key != "id");
            extras
        });
        let extras = extras.filter(|extras| !extras.members.is_empty());
        let mut call = call_of(item, kind);
        if let Some(namespace) = filled(item, "namespace") {
            call.name = NamespacedTool::new(namespace, call.name).qualified;
        }
        self.names.insert(call.id.clone(), call.name.clone());
        let part = Part { extras, ..Part::new(Content::ToolCall(call)) };
        self.assistant().parts.push(part);
        Ok(())
    }

    fn result(&mut self, index: usize, item: RawValue<'_>, kind: ToolCallKind) -> Result<(), ApiError> {
        let Some(call_id) = filled(item, "call_id") else {
            let what = format!("{} call_id is required", text(item, "type").trim());
            return Err(refused(index, ".call_id", &what));
        };
        let path = format!("input[{index}].output");
        let content = item.get("output").map(|output| result_content(output, &path, self.request));
        let extras = self.extras(index, item, &["type", "call_id", "output", "namespace"]);
        self.flush();
        let name = self.names.get(&call_id).cloned();
        let content = content.unwrap_or_default();
        let result = Content::ToolResult(ToolResult { call_id, name, content, is_error: false, kind });
        let part = Part { extras, ..Part::new(result) };
        match self.request.turns.last_mut().filter(|turn| turn.role == Role::Tool) {
            Some(turn) => turn.parts.push(part),
            None => self.request.turns.push(Turn::new(Role::Tool, vec![part])),
        }
        Ok(())
    }

    fn reasoning(&mut self, index: usize, item: RawValue<'_>) {
        let path = format!("input[{index}].encrypted_content");
        let mut reasoning = reasoning_of(item);
        if let Some(state) = &reasoning.state {
            match open(&state.bytes) {
                Some(opened) => reasoning = opened,
                None if is_sealed(&state.bytes) => {
                    // Ours once, and damaged on its way: no provider could read it.
                    self.request.note(Feature::UnknownMember, path.clone());
                    reasoning.state = None;
                }
                None => {}
            }
        }
        if let Some(state) = &reasoning.state {
            let feature = match state.issuer {
                Issuer::Anthropic => Feature::AnthropicState,
                Issuer::Google => Feature::GoogleState,
                Issuer::OpenAi => Feature::OpenAiState,
            };
            self.request.note(feature, path);
        }
        if self.assistant.as_ref().is_some_and(|turn| has_spoken(turn) && !has_called(turn)) {
            self.flush();
        }
        self.assistant().parts.push(Content::Reasoning(reasoning).into());
    }

    /// Members of an item beyond those that the conversation holds; the unknown ones are noted.
    fn extras(&mut self, index: usize, item: RawValue<'_>, held: &[&str]) -> Option<Extras> {
        let mut notes = Notes::new(self.request, format!("input[{index}]"));
        let members = notes.unknown_members(item, held, &["id", "status", "phase", "caller", "created_by"]);
        (!members.is_empty()).then_some(Extras { dialect: Dialect::OpenAiResponses, members })
    }

    fn assistant(&mut self) -> &mut Turn {
        self.assistant.get_or_insert_with(|| Turn::new(Role::Assistant, Vec::new()))
    }

    fn flush(&mut self) {
        self.request.turns.extend(self.assistant.take());
    }
}

/// True if a turn holds more than reasoning.
fn has_spoken(turn: &Turn) -> bool {
    turn.extras.is_some() || turn.parts.iter().any(|part| !matches!(part.content, Content::Reasoning(_)))
}

fn has_called(turn: &Turn) -> bool {
    turn.parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)))
}
