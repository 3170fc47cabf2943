//! The conversation's answer as a whole chat completion, for a client.
//! In: a response, how it is rendered. Out: the body, in the order of spec 01 §8.4; an answer that failed part-way is its error.
//! Invariants: `content` is null only beside tool calls; texts are joined without anything between them (03 B12); state of
//! reasoning stands where `thinking` says. Source: spec 01 §8.4; 03 §2.7 with B4, B10, B12–B14, B17.

use vocabulary::Dialect;

use super::{thinking, words};
use crate::conversation::{
    Annotation, Choice, Content, Logprob, Media, Part, Reasoning, Response, Stop, StopReason, Text, ToolCall,
    ToolCallKind,
};
use crate::error::envelope;
use crate::json::{ArrayWriter, ObjectWriter, object};
use crate::translate::Rendering;

/// Writes a whole answer.
pub fn encode_response(response: &Response, rendering: &mut Rendering) -> Vec<u8> {
    if let Some(error) = &response.error {
        // A cut answer must not look like a whole one.
        return envelope(Dialect::OpenAiChat, error, None);
    }
    let id = id_of(&response.id, rendering);
    let model = if response.model.is_empty() { &rendering.model } else { &response.model };
    object(|body| {
        body.text("id", &*id).text("object", "chat.completion");
        body.number("created", response.created.unwrap_or(rendering.created));
        body.text("model", &**model).text("provider", rendering.provider);
        body.array("choices", |choices| {
            for (choice, index) in response.choices.iter().zip(0u64..) {
                choices.object(|object| write_choice(object, choice, index));
            }
        });
        words::write_usage(body, &response.usage.unwrap_or_default(), rendering.upstream);
    })
}

/// The upstream's id, or one of ours.
pub(super) fn id_of(id: &Text, rendering: &mut Rendering) -> Text {
    if id.is_empty() { rendering.ids.next("chatcmpl-") } else { id.clone() }
}

fn write_choice(object: &mut ObjectWriter<'_>, choice: &Choice, index: u64) {
    let sorted = Sorted::of(&choice.parts);
    object.number("index", index);
    object.object("message", |message| sorted.write(message));
    words::write_logprobs(object, choice.parts.iter().flat_map(logprobs_of));
    let default = Stop::new(if sorted.calls.is_empty() { StopReason::End } else { StopReason::ToolCalls });
    words::write_stop(object, choice.stop.as_ref().unwrap_or(&default), !sorted.calls.is_empty());
}

fn logprobs_of(part: &Part) -> &[Logprob] {
    match &part.content {
        Content::Text { logprobs, .. } => logprobs,
        _ => &[],
    }
}

/// The parts of a choice by the members of a message that they belong to.
#[derive(Default)]
struct Sorted<'a> {
    content: String,
    refusal: String,
    thoughts: String,
    blocks: Vec<&'a Reasoning>,
    calls: Vec<(&'a ToolCall, Option<&'a Text>)>,
    /// A signature of Google's that belongs to no call.
    signature: Option<&'a Text>,
    images: Vec<&'a Media>,
    /// Annotations, each with the length in characters of the text before its own.
    annotations: Vec<(&'a Annotation, u64)>,
}

impl<'a> Sorted<'a> {
    fn of(parts: &'a [Part]) -> Self {
        let mut sorted = Self::default();
        let mut characters = 0;
        // Google's signature of the reasoning right before: a call takes it along, else it is the message's.
        let mut pending = None;
        for part in parts {
            match &part.content {
                Content::Text { text, annotations, .. } => {
                    sorted.content.push_str(text);
                    sorted.annotations.extend(annotations.iter().map(|annotation| (annotation, characters)));
                    characters += text.chars().count() as u64;
                }
                Content::Refusal(text) => sorted.refusal.push_str(text),
                Content::Reasoning(reasoning) => {
                    sorted.thoughts.push_str(&reasoning.text);
                    if thinking::has_block(reasoning) {
                        sorted.blocks.push(reasoning);
                    } else if let Some(signature) = thinking::google_signature(reasoning) {
                        sorted.signature = pending.replace(signature).or(sorted.signature);
                    }
                    continue;
                }
                Content::ToolCall(call) => sorted.calls.push((call, pending.take())),
                Content::Image(media) => sorted.images.push(media),
                _ => {}
            }
            sorted.signature = pending.take().or(sorted.signature);
        }
        sorted.signature = pending.or(sorted.signature);
        sorted
    }

    fn write(&self, message: &mut ObjectWriter<'_>) {
        message.text("role", "assistant");
        if self.content.is_empty() && !(self.calls.is_empty() && self.refusal.is_empty()) {
            message.null("content");
        } else {
            message.text("content", &*self.content);
        }
        message.text("refusal", said(&self.refusal)).text("reasoning_content", said(&self.thoughts));
        write_list(message, "thinking_blocks", &self.blocks, |list, block| {
            list.object(|object| thinking::write_block(object, block, None));
        });
        write_list(message, "tool_calls", &self.calls, |list, (call, signature)| {
            list.object(|object| write_call(object, call, *signature));
        });
        thinking::write_signature(message, self.signature);
        if self.annotations.iter().any(|(annotation, _)| words::is_writable(annotation)) {
            write_list(message, "annotations", &self.annotations, |list, (annotation, offset)| {
                words::write_annotation(list, annotation, *offset, None);
            });
        }
        write_list(message, "images", &self.images, |list, media| words::write_image(list, media, None));
    }
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Writes a list; nothing if it is empty.
fn write_list<T>(
    message: &mut ObjectWriter<'_>,
    key: &str,
    elements: &[T],
    write: impl Fn(&mut ArrayWriter<'_>, &T),
) {
    if !elements.is_empty() {
        message.array(key, |list| elements.iter().for_each(|element| write(list, element)));
    }
}

fn write_call(object: &mut ObjectWriter<'_>, call: &ToolCall, signature: Option<&Text>) {
    object.text("id", &*call.id);
    // No text at all is no JSON, which clients parse.
    let is_blank = call.kind == ToolCallKind::Function && call.arguments.trim().is_empty();
    write_called(object, call, if is_blank { "{}" } else { &call.arguments });
    thinking::write_signature(object, signature);
}

/// Writes the type of a call, and its tool with `arguments`.
pub(super) fn write_called(object: &mut ObjectWriter<'_>, call: &ToolCall, arguments: &str) {
    let (kind, key) = match call.kind {
        ToolCallKind::Function => ("function", "arguments"),
        ToolCallKind::Custom => ("custom", "input"),
    };
    object.text("type", kind).object(kind, |inner| {
        inner.text("name", &*call.name).text(key, arguments);
    });
}
