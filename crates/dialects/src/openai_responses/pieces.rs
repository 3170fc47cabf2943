//! A part in pieces: its beginning, and the deltas that make it whole.
//! In: a part with everything in it. Out: the same part emptied, and what was taken out, in the order in which it streams.
//! Invariant: the deltas put back into the emptied part make the part.

use crate::conversation::{Content, Delta, Part, Text};

/// Takes out of a part whatever can come as a delta.
pub(super) fn take_deltas(part: &mut Part) -> Vec<Delta> {
    let mut deltas = Vec::new();
    if let Some(text) = text_of(&mut part.content) {
        let text = std::mem::take(text);
        if !text.is_empty() {
            deltas.push(Delta::Text(text));
        }
    }
    match &mut part.content {
        Content::Text { annotations, logprobs, .. } => {
            let logprobs = std::mem::take(logprobs);
            if !logprobs.is_empty() {
                deltas.push(Delta::Logprobs(logprobs));
            }
            deltas.extend(annotations.drain(..).map(|annotation| Delta::Annotation(Box::new(annotation))));
        }
        Content::Reasoning(reasoning) => deltas.extend(reasoning.state.take().map(Delta::State)),
        _ => {}
    }
    deltas
}

/// The text of a part that `Delta::Text` adds to.
pub(super) fn text_of(content: &mut Content) -> Option<&mut Text> {
    match content {
        Content::Text { text, .. } | Content::Refusal(text) => Some(text),
        Content::Reasoning(reasoning) => Some(&mut reasoning.text),
        Content::ToolCall(call) => Some(&mut call.arguments),
        _ => None,
    }
}
