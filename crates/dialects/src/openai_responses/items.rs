//! What items hold, read: output items to parts, and the pieces that input items share with them.
//! In: an item of `output`, or of `input` that was one before. Out: parts. Invariant: an item that only this dialect knows is kept
//! whole as `Foreign`; an oddity costs the odd member, never the item.

use vocabulary::Dialect;

use crate::conversation::{
    Annotation, Content, Foreign, Ids, Issuer, Json, Logprob, Media, MediaSource, OpaqueState, Part,
    Reasoning, Text, ToolCall, ToolCallKind,
};
use crate::json::{Kind, RawValue};

/// The parts of an output item, in order. A message has one per content part, every other item one.
pub(super) fn parts_of(item: RawValue<'_>) -> Vec<Part> {
    match &*text(item, "type") {
        "message" => item
            .get("content")
            .into_iter()
            .flat_map(|content| content.elements())
            .filter_map(message_part)
            .collect(),
        "reasoning" => vec![Content::Reasoning(reasoning_of(item)).into()],
        "function_call" => vec![Content::ToolCall(call_of(item, ToolCallKind::Function)).into()],
        "custom_tool_call" => vec![Content::ToolCall(call_of(item, ToolCallKind::Custom)).into()],
        "image_generation_call" => vec![image_of(item).map_or_else(|| foreign(item), Part::from)],
        _ => vec![foreign(item)],
    }
}

/// A string member; empty if there is none.
pub(super) fn text(value: RawValue<'_>, key: &str) -> Text {
    value.get(key).and_then(|member| member.as_text()).unwrap_or_default()
}

/// A string member that is not blank.
pub(super) fn filled(value: RawValue<'_>, key: &str) -> Option<Text> {
    value.get(key).and_then(|member| member.as_text()).filter(|text| !text.trim().is_empty())
}

/// An item or part as it came.
pub(super) fn foreign(value: RawValue<'_>) -> Part {
    Content::Foreign(Foreign { dialect: Dialect::OpenAiResponses, raw: Json::of(value) }).into()
}

/// A content part of a message; `None` for one of a type that no message has today.
fn message_part(part: RawValue<'_>) -> Option<Part> {
    let content = match &*text(part, "type") {
        "output_text" | "text" => Content::Text {
            text: text(part, "text"),
            annotations: part.get("annotations").map(annotations_of).unwrap_or_default(),
            logprobs: part.get("logprobs").map(logprobs_of).unwrap_or_default(),
        },
        "refusal" => Content::Refusal(text(part, "refusal")),
        _ => return None,
    };
    Some(content.into())
}

/// A reasoning item: its own words before a summary of them.
pub(super) fn reasoning_of(item: RawValue<'_>) -> Reasoning {
    let own = joined_texts(item.get("content"), "reasoning_text");
    let is_summary = own.is_empty();
    let words = if is_summary { joined_texts(item.get("summary"), "summary_text") } else { own };
    let state = filled(item, "encrypted_content");
    Reasoning {
        is_summary: is_summary && !words.is_empty(),
        text: words.into(),
        is_redacted: false,
        id: filled(item, "id"),
        state: state.map(|bytes| OpaqueState { issuer: Issuer::OpenAi, bytes }),
    }
}

/// The texts of parts of one type, with a blank line between them.
fn joined_texts(parts: Option<RawValue<'_>>, part_type: &str) -> String {
    let mut joined = String::new();
    let parts = parts.into_iter().flat_map(|parts| parts.elements());
    for part in parts.filter(|part| text(*part, "type") == part_type) {
        let words = text(part, "text");
        if !joined.is_empty() && !words.is_empty() {
            joined.push_str("\n\n");
        }
        joined.push_str(&words);
    }
    joined
}

/// A call of a function or of a custom tool. The id of the call stands in for one that is missing.
pub(super) fn call_of(item: RawValue<'_>, kind: ToolCallKind) -> ToolCall {
    let (call_id, item_id) = (filled(item, "call_id"), filled(item, "id"));
    let id = call_id.clone().or(item_id.clone()).unwrap_or_else(|| made_up_id(item));
    let arguments = item.get(if kind == ToolCallKind::Custom { "input" } else { "arguments" });
    ToolCall {
        id,
        name: filled(item, "name").unwrap_or_else(|| Text::from_static("unknown")),
        arguments: arguments.map(text_or_json).unwrap_or_default(),
        kind,
        namespace: None,
        item_id: item_id.filter(|_| call_id.is_some()),
    }
}

/// An id for a call that came without any: the same for the same place in the same body, and no other's.
fn made_up_id(item: RawValue<'_>) -> Text {
    Ids::new(item.range().start as u128).next("call_")
}

/// A string, or another value as JSON text; nothing for null.
pub(super) fn text_or_json(value: RawValue<'_>) -> Text {
    match value.kind() {
        Kind::Null => Text::default(),
        Kind::String => value.as_text().unwrap_or_default(),
        _ => Json::of(value).text(),
    }
}

fn image_of(item: RawValue<'_>) -> Option<Content> {
    let data = filled(item, "result")?;
    let format = filled(item, "output_format").unwrap_or_else(|| Text::from_static("png"));
    let media_type = Some(format!("image/{format}").into());
    Some(Content::Image(Media { media_type, ..Media::of(MediaSource::Base64(data)) }))
}

/// Reads `annotations`.
pub(super) fn annotations_of(annotations: RawValue<'_>) -> Vec<Annotation> {
    annotations.elements().filter(|annotation| annotation.kind() == Kind::Object).map(annotation_of).collect()
}

/// Reads one annotation; what is no address is kept whole.
pub(super) fn annotation_of(annotation: RawValue<'_>) -> Annotation {
    let number = |key: &str| annotation.get(key).and_then(|value| value.as_u64());
    Annotation {
        url: text(annotation, "url"),
        title: filled(annotation, "title"),
        start: number("start_index"),
        end: number("end_index"),
        cited_text: None,
        raw: Some(Foreign { dialect: Dialect::OpenAiResponses, raw: Json::of(annotation) }),
    }
}

/// Reads `logprobs`.
pub(super) fn logprobs_of(logprobs: RawValue<'_>) -> Vec<Logprob> {
    let with_top = |token: RawValue<'_>| {
        let top = token.get("top_logprobs").into_iter().flat_map(|top| top.elements());
        Some(Logprob { top: top.filter_map(logprob_of).collect(), ..logprob_of(token)? })
    };
    logprobs.elements().filter_map(with_top).collect()
}

fn logprob_of(token: RawValue<'_>) -> Option<Logprob> {
    let logprob = token.get("logprob").filter(|number| number.kind() == Kind::Number)?;
    Some(Logprob {
        token: token.get("token")?.as_text()?,
        logprob: Json::of(logprob),
        bytes: token.get("bytes").filter(|bytes| bytes.kind() == Kind::Array).map(Json::of),
        top: Vec::new(),
    })
}
