//! Answers for a client that speaks Gemini (spec 03 §17.5 and 6).
//! In: a response, or its events. Out: `GenerateContentResponse`s. Invariants: whole and streamed answers come from one writer of
//! parts, so they hold the same parts; a call is written once its arguments are complete.
//! Source: Gemini API reference, "GenerateContentResponse".

mod choice;
mod stream;

use vocabulary::{Dialect, Usage};

pub use stream::StreamEncoder;

use super::answer::write_usage;
use super::{grounding, logprobs};
use crate::conversation::{Event, Place, Response, Stop, StopReason, Text, replay};
use crate::error::envelope;
use crate::json::{ArrayWriter, ObjectWriter, object};
use crate::translate::Rendering;
use choice::ChoiceWriter;

/// Writes a whole answer; the error alone if it failed part-way.
pub fn encode_response(response: &Response, rendering: &mut Rendering) -> Vec<u8> {
    if let Some(error) = &response.error {
        return envelope(Dialect::Gemini, error, None);
    }
    let id = named(&response.id, || rendering.ids.next(""));
    let model = named(&response.model, || rendering.model.clone());
    let mut candidates: Vec<(ChoiceWriter, Vec<Vec<u8>>)> = Vec::new();
    candidates.resize_with(response.choices.len(), Default::default);
    for event in replay(response.clone()) {
        let choice = choice_of(&event).and_then(|choice| candidates.get_mut(choice as usize));
        if let Some((writer, parts)) = choice {
            writer.push(event, &mut |part| parts.push(part));
        }
    }
    object(|answer| {
        answer.array("candidates", |listed| {
            for (index, (writer, parts)) in (0u64..).zip(&mut candidates) {
                parts.extend(writer.take_trailing());
                write_candidate(listed, index, parts, |out| write_end(writer, out));
            }
        });
        write_foot(answer, response.usage.as_ref(), &model, &id);
    })
}

fn named(told: &Text, otherwise: impl FnOnce() -> Text) -> Text {
    if told.is_empty() { otherwise() } else { told.clone() }
}

/// The choice of an event; `None` if it is about all of them.
fn choice_of(event: &Event) -> Option<u32> {
    match event {
        Event::PartStarted { at: Place { choice, .. }, .. }
        | Event::Delta { at: Place { choice, .. }, .. }
        | Event::PartFinished { at: Place { choice, .. } }
        | Event::Finished { choice, .. } => Some(*choice),
        Event::Started(_) | Event::Usage(_) | Event::Failed(_) => None,
    }
}

/// One element of `candidates`.
fn write_candidate(
    listed: &mut ArrayWriter<'_>,
    index: u64,
    parts: &[Vec<u8>],
    end: impl FnOnce(&mut ObjectWriter<'_>),
) {
    listed.object(|candidate| {
        candidate.object("content", |content| {
            content.array("parts", |out| {
                parts.iter().for_each(|part| {
                    out.raw(part);
                })
            });
            content.text("role", "model");
        });
        end(candidate);
        candidate.number("index", index);
    });
}

/// Why a candidate ended, and what is known of its text.
fn write_end(writer: &ChoiceWriter, candidate: &mut ObjectWriter<'_>) {
    if let Some(stop) = writer.stop() {
        candidate.text("finishReason", finish_reason(stop));
    }
    grounding::write(writer.annotations(), writer.text(), candidate);
    logprobs::write(writer.logprobs(), candidate);
}

fn finish_reason(stop: &Stop) -> &'static str {
    match stop.reason {
        StopReason::End | StopReason::StopSequence | StopReason::ToolCalls | StopReason::Pause => "STOP",
        StopReason::Length => "MAX_TOKENS",
        StopReason::ContentFilter | StopReason::Refusal => "SAFETY",
        StopReason::Other => "OTHER",
    }
}

/// What stands behind the candidates.
fn write_foot(answer: &mut ObjectWriter<'_>, usage: Option<&Usage>, model: &str, id: &str) {
    if let Some(usage) = usage {
        answer.object("usageMetadata", |out| write_usage(usage, out));
    }
    answer.text("modelVersion", model).text("responseId", id);
}
