//! A whole answer, both ways.
//! In: an upstream's answer, or the conversation's. Out: the other one. Invariants (03-B12, B33): every text stands in its place;
//! a call's input keeps its spelling; what only this dialect knows stays whole for clients that speak it, and is left out by others.
//! Images in answers have no block here and are left out.
//! Source: spec 03 §2.7, 04 §12.5, B23, B24.

use vocabulary::{ApiError, Code, Dialect};

use super::blocks::{
    OURS, foreign, input_of, reasoning_of, text_block, text_of, type_of, write_citations, write_reasoning,
};
use super::observe::error_in;
use super::usage::{read_stop, read_usage, write_stop, write_usage};
use crate::conversation::{Annotation, Choice, Content, Part, Response, Text, ToolCall, ToolCallKind};
use crate::error::envelope;
use crate::json::{ArrayWriter, Kind, ObjectWriter, RawObject, RawValue, object};
use crate::translate::{CUSTOM_INPUT, Rendering};

/// Reads a whole answer.
///
/// # Errors
/// The upstream's own error; 502 for what is no message.
pub fn decode_response(body: &RawObject) -> Result<Response, ApiError> {
    if let Some(error) = error_in(body) {
        return Err(error);
    }
    let Some(content) = body.get("content") else {
        return Err(ApiError::new(Code::UpstreamInvalidResponse, "invalid upstream response"));
    };
    let (mut parts, mut run) = (Vec::new(), Run::default());
    for part in content.elements().enumerate().filter_map(|(index, block)| part_of(block, index)) {
        if let Some(part) = run.take(part) {
            run.end(&mut parts);
            parts.push(part);
        }
    }
    run.end(&mut parts);
    let has_calls = parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)));
    let text = |key: &str| body.get(key).and_then(|value| value.as_text());
    let stop = read_stop(text("stop_reason"), text("stop_sequence"), has_calls);
    Ok(Response {
        id: text("id").unwrap_or_default(),
        model: text("model").unwrap_or_default(),
        created: None,
        choices: vec![Choice { parts, stop: Some(stop) }],
        usage: body.get("usage").and_then(read_usage),
        error: None,
    })
}

/// A run of neighbouring texts, which is one part: a block ends where a citation does, not where a thought does.
#[derive(Default)]
struct Run {
    first: Text,
    more: String,
    characters: u64,
    annotations: Vec<Annotation>,
    is_open: bool,
}

impl Run {
    /// Takes a text; hands any other part back.
    fn take(&mut self, part: Part) -> Option<Part> {
        let Part { content: Content::Text { text, annotations, .. }, .. } = part else { return Some(part) };
        let from = self.characters;
        self.characters += text.chars().count() as u64;
        let to = self.characters;
        self.annotations.extend(annotations.into_iter().map(|citation| in_range(citation, from, to)));
        if std::mem::replace(&mut self.is_open, true) {
            self.more.push_str(&text);
        } else {
            self.first = text;
        }
        None
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        let Self { first, more, annotations, is_open, .. } = std::mem::take(self);
        if is_open {
            let text = if more.is_empty() { first } else { [&*first, &*more].concat().into() };
            parts.push(Part::new(Content::Text { text, annotations, logprobs: Vec::new() }));
        }
    }
}

/// A citation with the range, in characters, of the text that it is for.
pub(super) fn in_range(citation: Annotation, start: u64, end: u64) -> Annotation {
    Annotation { start: Some(start), end: Some(end), ..citation }
}

/// A content block of an answer; `None` for one that says nothing.
pub(super) fn part_of(block: RawValue<'_>, index: usize) -> Option<Part> {
    if block.kind() != Kind::Object {
        return None;
    }
    let content = match &*type_of(block) {
        "" => return None,
        "text" => text_block(block),
        "thinking" | "redacted_thinking" => Content::Reasoning(reasoning_of(block)),
        "tool_use" => Content::ToolCall(call_of(block, index)?),
        _ => foreign(block),
    };
    Some(Part::new(content))
}

/// A call with its input as it is spelt. One without a name is none; one without an id gets the place of its block.
pub(super) fn call_of(block: RawValue<'_>, index: usize) -> Option<ToolCall> {
    let (id, name) = (text_of(block, "id"), text_of(block, "name"));
    if name.trim().is_empty() {
        return None;
    }
    let id = if id.trim().is_empty() { format!("toolu_{index}").into() } else { id };
    let input = block.get("input").filter(|input| !input.is_null());
    let arguments = input.and_then(|input| Text::try_from(input.slice()).ok());
    let arguments = arguments.unwrap_or_else(|| Text::from_static("{}"));
    Some(ToolCall { id, name, arguments, kind: ToolCallKind::Function, namespace: None, item_id: None })
}

/// Writes a whole answer; the error envelope for one that failed.
pub fn encode_response(response: &Response, rendering: &mut Rendering) -> Vec<u8> {
    if let Some(error) = &response.error {
        return envelope(Dialect::AnthropicMessages, error, None);
    }
    let id = message_id(&response.id, rendering);
    let model = if response.model.is_empty() { &rendering.model } else { &response.model };
    let parts = response.first().map_or(&[][..], |choice| &choice.parts);
    let has_calls = parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)));
    let has_refused = parts.iter().any(|part| matches!(part.content, Content::Refusal(_)));
    let stop = response.first().and_then(|choice| choice.stop.as_ref());
    object(|message| {
        message.text("id", &*id).text("type", "message").text("role", "assistant").text("model", &**model);
        message.array("content", |content| {
            parts.iter().for_each(|part| write_part(content, part));
        });
        write_stop(message, stop, has_calls, has_refused);
        message.object("usage", |usage| write_usage(usage, &response.usage.unwrap_or_default()));
    })
}

/// The upstream's id with our prefix, or one of our own.
pub(super) fn message_id(id: &str, rendering: &mut Rendering) -> Text {
    match id {
        "" => rendering.ids.next("msg_"),
        id if id.starts_with("msg_") => id.into(),
        id => format!("msg_{id}").into(),
    }
}

fn write_part(content: &mut ArrayWriter<'_>, part: &Part) {
    match &part.content {
        Content::Text { text, annotations, .. } if !text.is_empty() => {
            content.object(|block| {
                block.text("type", "text").text("text", &**text);
                write_citations(block, annotations);
            });
        }
        Content::Refusal(text) if !text.is_empty() => {
            content.object(|block| {
                block.text("type", "text").text("text", &**text);
            });
        }
        Content::Reasoning(reasoning) if !reasoning.text.is_empty() || reasoning.state.is_some() => {
            content.object(|block| write_reasoning(block, reasoning));
        }
        Content::ToolCall(call) => {
            content.object(|block| {
                block.text("type", "tool_use").text("id", &*call.id).text("name", &*call.name);
                write_input(block, call);
            });
        }
        Content::Foreign(foreign) if foreign.dialect == OURS => {
            content.json(&foreign.raw);
        }
        _ => {}
    }
}

/// The arguments as an object; `{}` if the model wrote none.
fn write_input(block: &mut ObjectWriter<'_>, call: &ToolCall) {
    match call.kind {
        ToolCallKind::Custom => block.object("input", |input| {
            input.text(CUSTOM_INPUT, &*call.arguments);
        }),
        ToolCallKind::Function => match input_of(&call.arguments) {
            Some(input) => block.json("input", &input),
            None => block.raw("input", b"{}"),
        },
    };
}
