//! Token counts and finish reasons, as OpenAI and those who speak like it spell them.
//! In: the member `usage` of an answer or a chunk, or a `finish_reason`. Out: the words of `vocabulary`.

use vocabulary::{FinishReason, Usage};

use crate::json::RawValue;

/// Reads a `usage` object; `None` if it is none, has none of the counts, or one that is no count (spec 04 §2.8.2, rule 6).
pub(crate) fn read_usage(value: RawValue<'_>) -> Option<Usage> {
    let mut usage = Usage::default();
    let (mut total, mut is_reported, mut is_broken) = (None, false, false);
    let (mut flat_read, mut flat_write) = (None, None);
    for (key, value) in value.raw_members() {
        match key {
            b"prompt_tokens" | b"input_tokens" => {
                is_reported |= set(&mut usage.input_tokens, value);
                is_broken |= is_no_count(value);
            }
            b"completion_tokens" | b"output_tokens" => {
                is_reported |= set(&mut usage.output_tokens, value);
                is_broken |= is_no_count(value);
            }
            b"total_tokens" => total = value.as_count(),
            b"prompt_tokens_details" | b"input_tokens_details" => {
                set(&mut usage.cached_input_tokens, value.get("cached_tokens"));
                set(&mut usage.cache_write_input_tokens, value.get("cache_creation_tokens"));
            }
            b"completion_tokens_details" | b"output_tokens_details" => {
                set(&mut usage.reasoning_tokens, value.get("reasoning_tokens"));
            }
            // DeepSeek, at the top level.
            b"prompt_cache_hit_tokens" if usage.cached_input_tokens == 0 => {
                set(&mut usage.cached_input_tokens, value);
            }
            b"cache_read_input_tokens" => flat_read = value.as_count(),
            b"cache_creation_input_tokens" => flat_write = value.as_count(),
            _ => {}
        }
    }
    take_flat(&mut usage, flat_read.unwrap_or_default(), flat_write.unwrap_or_default());
    usage.total_tokens = total.unwrap_or_else(|| usage.input_tokens.saturating_add(usage.output_tokens));
    (!is_broken && (is_reported || total.is_some())).then_some(usage)
}

/// Counts of the cache beside `prompt_tokens`, as some servers flatten them: taken where no details were given and only if they
/// can be part of the prompt, since others count them in addition to it.
fn take_flat(usage: &mut Usage, read: u64, written: u64) {
    let is_part = read.saturating_add(written) <= usage.input_tokens;
    if is_part && usage.cached_input_tokens == 0 && usage.cache_write_input_tokens == 0 {
        (usage.cached_input_tokens, usage.cache_write_input_tokens) = (read, written);
    }
}

fn set<'a>(counter: &mut u64, value: impl Into<Option<RawValue<'a>>>) -> bool {
    let Some(count) = value.into().and_then(|value| value.as_count()) else { return false };
    *counter = count;
    true
}

fn is_no_count(value: RawValue<'_>) -> bool {
    !value.is_null() && value.as_count().is_none()
}

/// Reads a `finish_reason`; `None` if it is null, empty or no string.
pub(crate) fn read_finish_reason(value: RawValue<'_>) -> Option<FinishReason> {
    Some(match &*value.as_str()? {
        "" => return None,
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    })
}
