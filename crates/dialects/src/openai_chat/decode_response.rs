//! An upstream's whole chat answer to the conversation.
//! In: the scanned answer. Out: `Response`; its error if it is one in a success. Members of a wrong type are passed over.
//! Parts of a choice stand in the order reasoning, text, refusal, images, calls, since a message does not tell another.
//! A call without an id gets `call_<choice>_<position>_<mark of the answer>`, as a decoder has no other ids to give.
//! Source: OpenAI API reference, "The chat completion object"; spec 03 §2.7, 01 §8.4.

use vocabulary::ApiError;

use super::usage::read_usage;
use super::words::{self, Piece};
use super::{stream, thinking};
use crate::conversation::{
    Choice, Content, Json, Part, Reasoning, Response, Stop, StopReason, Text, ToolCall, ToolCallKind, mark_of,
};
use crate::json::{RawObject, RawValue};

/// As many choices as any caller may ask for.
pub(super) const MAX_CHOICES: usize = 128;

/// Reads a whole answer.
///
/// # Errors
/// The error that the upstream told of inside a success.
pub fn decode_response(body: &RawObject) -> Result<Response, ApiError> {
    if let Some(error) = stream::error_in(body) {
        return Err(error);
    }
    let text = |key| body.get(key).and_then(|value| value.as_text()).unwrap_or_default();
    let mut response = Response {
        id: text("id"),
        model: text("model"),
        created: body.get("created").and_then(|created| created.as_u64()).filter(|created| *created > 0),
        usage: body.get("usage").and_then(read_usage),
        ..Response::default()
    };
    let mark = mark_of(if response.id.is_empty() { body.body() } else { response.id.as_bytes() });
    let choices = body.get("choices").into_iter().flat_map(|choices| choices.elements());
    for (position, choice) in choices.enumerate().take(MAX_CHOICES) {
        let index = choice_index(choice, position);
        if response.choices.len() <= index {
            response.choices.resize(index + 1, Choice::default());
        }
        response.choices[index] = read_choice(choice, index, &mark);
    }
    Ok(response)
}

/// The index of a choice; its position if it says none, or one that nobody asked for.
pub(super) fn choice_index(choice: RawValue<'_>, position: usize) -> usize {
    let told = choice.get("index").and_then(|index| usize::try_from(index.as_u64()?).ok());
    told.filter(|index| *index < MAX_CHOICES).unwrap_or(position)
}

fn read_choice(choice: RawValue<'_>, index: usize, mark: &str) -> Choice {
    let mut parts = Vec::new();
    if let Some(message) = choice.get("message").or_else(|| choice.get("delta")) {
        read_thoughts(message, &mut parts);
        read_words(choice, message, &mut parts);
        read_calls(message, index, mark, &mut parts);
    }
    let has_calls = parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)));
    let stop = words::read_stop(choice).unwrap_or(Stop::new(StopReason::End));
    Choice { parts, stop: Some(words::with_calls(stop, has_calls)) }
}

fn read_thoughts(message: RawValue<'_>, parts: &mut Vec<Part>) {
    let blocks = message.get("thinking_blocks").into_iter().flat_map(thinking::read_blocks);
    parts.extend(blocks.map(|block| Part::new(Content::Reasoning(block))));
    if parts.is_empty() {
        let text = thinking::read_text(message).or_else(|| thoughts_in_content(message));
        parts.extend(
            text.map(|text| Part::new(Content::Reasoning(Reasoning { text, ..Reasoning::default() }))),
        );
    }
    if let Some(signed) = message.get("extra_content").and_then(thinking::read_signature) {
        thinking::push_state(parts, signed);
    }
}

fn thoughts_in_content(message: RawValue<'_>) -> Option<Text> {
    let pieces = message.get("content").into_iter().flat_map(words::content_texts);
    let thoughts: String = pieces
        .filter_map(|piece| match piece {
            Piece::Thinking(text) => Some(text.to_string()),
            Piece::Text(_) => None,
        })
        .collect();
    (!thoughts.is_empty()).then(|| thoughts.into())
}

/// Text with its annotations and log probabilities, a refusal, and images.
fn read_words(choice: RawValue<'_>, message: RawValue<'_>, parts: &mut Vec<Part>) {
    let mut texts = message
        .get("content")
        .into_iter()
        .flat_map(words::content_texts)
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Thinking(_) => None,
        })
        .peekable();
    let listed = message.get("annotations").into_iter().flat_map(|annotations| annotations.elements());
    let mut annotations: Vec<_> = listed.map(words::read_annotation).collect();
    let mut logprobs = words::read_logprobs(choice);
    while let Some(text) = texts.next() {
        // They speak of the text as a whole, so they go with its last piece.
        let is_last = texts.peek().is_none();
        let mut taken = (Vec::new(), Vec::new());
        if is_last {
            taken = (std::mem::take(&mut annotations), std::mem::take(&mut logprobs));
        }
        parts.push(Content::Text { text, annotations: taken.0, logprobs: taken.1 }.into());
    }
    let refusal = message.get("refusal").and_then(|refusal| refusal.as_text());
    let refusal = refusal.filter(|refusal| !refusal.is_empty());
    parts.extend(refusal.map(|refusal| Part::new(Content::Refusal(refusal))));
    let images = message.get("images").into_iter().flat_map(words::read_images);
    parts.extend(images.map(Part::new));
}

fn read_calls(message: RawValue<'_>, choice: usize, mark: &str, parts: &mut Vec<Part>) {
    let calls = message.get("tool_calls").into_iter().flat_map(|calls| calls.elements());
    for (position, value) in calls.enumerate() {
        if let Some(signed) = value.get("extra_content").and_then(thinking::read_signature) {
            thinking::push_state(parts, signed);
        }
        let id = value.get("id").and_then(|id| id.as_text()).filter(|id| !id.trim().is_empty());
        let call = read_call(value, id.unwrap_or_else(|| made_id(choice, position, mark)));
        parts.push(Content::ToolCall(call).into());
    }
    if let Some(call) = message.get("function_call").filter(|call| !call.is_null()) {
        parts.push(Content::ToolCall(read_call(call, made_id(choice, 0, mark))).into());
    }
}

/// The id of a call that its upstream gave none: no other of the conversation's (03-B18).
pub(super) fn made_id(choice: usize, position: usize, mark: &str) -> Text {
    format!("call_{choice}_{position}_{mark}").into()
}

/// The name of a call that its upstream gave none.
pub(super) const UNKNOWN_NAME: Text = Text::from_static("unknown");

fn read_call(value: RawValue<'_>, id: Text) -> ToolCall {
    let Called { kind, name, arguments } = called(value);
    ToolCall {
        id,
        name: name.unwrap_or(UNKNOWN_NAME),
        arguments: arguments.unwrap_or_default(),
        kind,
        namespace: None,
        item_id: None,
    }
}

/// What a call, or a piece of one, says of its tool.
pub(super) struct Called {
    pub(super) kind: ToolCallKind,
    pub(super) name: Option<Text>,
    pub(super) arguments: Option<Text>,
}

/// Reads a call, whole or a piece: of a function, of a custom tool, or the older `function_call` without a wrapper.
pub(super) fn called(value: RawValue<'_>) -> Called {
    let custom = value.get("custom").filter(|custom| !custom.is_null());
    let kind = if custom.is_some() { ToolCallKind::Custom } else { ToolCallKind::Function };
    let inner =
        custom.or_else(|| value.get("function").filter(|function| !function.is_null())).unwrap_or(value);
    let key = if custom.is_some() { "input" } else { "arguments" };
    let arguments = inner.get(key).filter(|arguments| !arguments.is_null());
    Called {
        kind,
        name: inner.get("name").and_then(|name| name.as_text()).filter(|name| !name.trim().is_empty()),
        arguments: arguments.map(|value| value.as_text().unwrap_or_else(|| Json::of(value).text())),
    }
}
