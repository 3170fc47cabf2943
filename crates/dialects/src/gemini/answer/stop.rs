//! Why Gemini ended an answer (spec 03 §4.6, B13).
//! In: `finishReason`. Out: our reason, with Google's word where ours does not say all of it.

use vocabulary::FinishReason;

use crate::conversation::{Stop, StopReason};

const FILTERS: [&str; 9] = [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
];

/// The reason; `None` if the answer goes on.
pub(super) fn stop_of(word: &str, has_called: bool) -> Option<Stop> {
    let reason = match word {
        "" | "FINISH_REASON_UNSPECIFIED" => return None,
        _ if has_called => StopReason::ToolCalls,
        "STOP" => StopReason::End,
        "MAX_TOKENS" => StopReason::Length,
        word if FILTERS.contains(&word) => StopReason::ContentFilter,
        _ => StopReason::Other,
    };
    let is_plain = matches!(word, "STOP" | "MAX_TOKENS");
    Some(Stop { raw: (!is_plain).then(|| word.into()), ..Stop::new(reason) })
}

/// The reason as the record of a call keeps it.
pub(in crate::gemini) fn finish_reason_of(word: &str, has_called: bool) -> Option<FinishReason> {
    Some(match stop_of(word, has_called)?.reason {
        StopReason::ToolCalls => FinishReason::ToolCalls,
        StopReason::End => FinishReason::Stop,
        StopReason::Length => FinishReason::Length,
        StopReason::ContentFilter => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    })
}
