//! Token counts and stop reasons, as this dialect spells them.
//! In: `usage` objects, of which a stream sends several, and `stop_reason`. Out: the words of `vocabulary` and of the conversation,
//! and back. Invariant (03-B14, 04-B24): Anthropic counts cached tokens beside `input_tokens`, everybody else inside.

use vocabulary::{FinishReason, Usage};

use super::blocks::present;
use crate::conversation::{Stop, StopReason, Text};
use crate::json::{ObjectWriter, RawValue};

/// The counts of one answer, as they come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    is_reported: bool,
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
    thinking: u64,
}

impl Counts {
    /// Takes what a `usage` object says. Later counts that are not 0 replace earlier ones.
    pub(super) fn merge(&mut self, usage: Option<RawValue<'_>>) {
        for (key, value) in usage.into_iter().flat_map(|usage| usage.members()) {
            let counter = match key {
                "input_tokens" => &mut self.input,
                "output_tokens" => &mut self.output,
                "cache_read_input_tokens" => &mut self.cache_read,
                "cache_creation_input_tokens" => &mut self.cache_write,
                "output_tokens_details" => {
                    let thinking = value.get("thinking_tokens").and_then(|value| value.as_count());
                    self.thinking = thinking.filter(|count| *count > 0).unwrap_or(self.thinking);
                    continue;
                }
                _ => continue,
            };
            if let Some(count) = value.as_count() {
                self.is_reported = true;
                *counter = if count > 0 { count } else { *counter };
            }
        }
    }

    /// The counts with cached tokens inside; `None` if nothing was reported.
    pub(super) fn usage(&self) -> Option<Usage> {
        let input_tokens = self.input.saturating_add(self.cache_read).saturating_add(self.cache_write);
        self.is_reported.then(|| Usage {
            input_tokens,
            output_tokens: self.output,
            total_tokens: input_tokens.saturating_add(self.output),
            cached_input_tokens: self.cache_read,
            cache_write_input_tokens: self.cache_write,
            reasoning_tokens: self.thinking,
        })
    }
}

/// The counts of a whole answer.
pub(super) fn read_usage(usage: RawValue<'_>) -> Option<Usage> {
    let mut counts = Counts::default();
    counts.merge(Some(usage));
    counts.usage()
}

/// Writes the members of `usage`: always all four, as Anthropic does.
pub(super) fn write_usage(object: &mut ObjectWriter<'_>, usage: &Usage) {
    let cached = usage.cached_input_tokens.saturating_add(usage.cache_write_input_tokens);
    object.number("input_tokens", usage.input_tokens.saturating_sub(cached));
    object.number("cache_creation_input_tokens", usage.cache_write_input_tokens);
    object.number("cache_read_input_tokens", usage.cached_input_tokens);
    object.number("output_tokens", usage.output_tokens);
    if usage.reasoning_tokens > 0 {
        object.object("output_tokens_details", |details| {
            details.number("thinking_tokens", usage.reasoning_tokens);
        });
    }
}

/// Why an answer ended. `has_calls`: a call came. Without one, `tool_use` would send the caller looking for it.
pub(super) fn read_stop(reason: Option<Text>, sequence: Option<Text>, has_calls: bool) -> Stop {
    let word = reason.unwrap_or_default();
    let (reason, raw) = match &*word {
        "" | "end_turn" => (StopReason::End, None),
        "stop_sequence" => (StopReason::StopSequence, None),
        "tool_use" if has_calls => (StopReason::ToolCalls, None),
        "tool_use" => (StopReason::End, Some(word)),
        "max_tokens" => (StopReason::Length, None),
        "model_context_window_exceeded" => (StopReason::Length, Some(word)),
        "refusal" => (StopReason::Refusal, None),
        "pause_turn" => (StopReason::Pause, None),
        _ => (StopReason::Other, Some(word)),
    };
    Stop { reason, sequence, raw }
}

/// `stop_reason` and `stop_sequence` of a `delta` or of a whole answer.
pub(super) fn stop_members(object: RawValue<'_>) -> (Option<Text>, Option<Text>) {
    let text = |key: &str| present(object, key).and_then(|value| value.as_text());
    (text("stop_reason"), text("stop_sequence"))
}

/// Writes why an answer ended. A call decides, unless the answer was cut: a cut call must not be made (04 §12.5, B23).
/// `has_refused`: the model declined in words of their own, which here only the reason can say.
pub(super) fn write_stop(
    object: &mut ObjectWriter<'_>,
    stop: Option<&Stop>,
    has_calls: bool,
    has_refused: bool,
) {
    const FULL: &str = "model_context_window_exceeded";
    let sequence = stop.and_then(|stop| stop.sequence.as_deref());
    let is_full = stop.is_some_and(|stop| stop.raw.as_deref() == Some(FULL));
    let reason = stop.map_or(StopReason::End, |stop| stop.reason);
    let (word, sequence) = match reason {
        StopReason::Length if is_full => (FULL, None),
        StopReason::Length => ("max_tokens", None),
        StopReason::ContentFilter | StopReason::Refusal => ("refusal", None),
        StopReason::ToolCalls => ("tool_use", None),
        _ if has_calls => ("tool_use", None),
        StopReason::End if has_refused => ("refusal", None),
        StopReason::Pause => ("pause_turn", None),
        StopReason::End | StopReason::StopSequence | StopReason::Other => {
            (if sequence.is_some() { "stop_sequence" } else { "end_turn" }, sequence)
        }
    };
    object.text("stop_reason", word);
    match sequence {
        Some(sequence) => object.text("stop_sequence", sequence),
        None => object.null("stop_sequence"),
    };
}

/// The same for the record of a call on the raw path.
pub(super) fn finish_reason(word: &str) -> Option<FinishReason> {
    Some(match word {
        "" => return None,
        "end_turn" | "stop_sequence" | "pause_turn" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    })
}
