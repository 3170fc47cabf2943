//! A whole answer: what is read of it on the side, and the one edit that is made (spec 01 §8.2, 04 §2.5).
//! In: the scanned answer. Out: an `Observation`, usage, errors; the same bytes with the member `provider`.

use vocabulary::{ApiError, FinishReason, ProviderType, Usage};

use crate::error::{Told, status_of_type};
use crate::json::{Edits, Kind, RawObject, RawValue, quote};
use crate::observe::Observation;

/// Reads a whole answer.
pub fn observe_whole(object: &RawObject) -> Observation {
    let status = object.get("status").and_then(|status| status.as_text()).unwrap_or_default();
    let incomplete = object.get("incomplete_details").and_then(|details| details.get("reason"));
    let finish_reason = match &*status {
        "completed" if has_call(object.get("output")) => Some(FinishReason::ToolCalls),
        "completed" => Some(FinishReason::Stop),
        "incomplete" => Some(incomplete_reason(incomplete)),
        "cancelled" => Some(FinishReason::Other),
        _ => None,
    };
    Observation { usage: object.get("usage").and_then(read_usage), finish_reason }
}

/// Edits a whole answer: `provider` is set in place, or added as the last member; a `model` that is missing, null or empty is
/// filled in.
pub fn stamp(edits: &mut Edits<'_>, provider: ProviderType, model: &str) {
    let named = edits.object().get("model");
    if !named.is_some_and(|model| !model.is_null() && model.bytes() != br#""""#) {
        edits.set("model", quote(model));
    }
    edits.set("provider", quote(provider.0));
}

/// Why an answer is incomplete.
pub(super) fn incomplete_reason(reason: Option<RawValue<'_>>) -> FinishReason {
    match reason.and_then(|reason| reason.as_str()).as_deref() {
        Some("max_output_tokens") => FinishReason::Length,
        Some("content_filter") => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

/// True if output items hold a call that the client must answer.
pub(super) fn has_call(output: Option<RawValue<'_>>) -> bool {
    let mut items = output.into_iter().flat_map(|output| output.elements());
    items.any(|item| {
        let item_type = item.get("type");
        item_type.is_some_and(|name| {
            [&br#""function_call""#[..], br#""custom_tool_call""#].contains(&name.bytes())
        })
    })
}

/// Reads a `usage` object; `None` if it is none, or has none of the counts. The names of chat are accepted as synonyms.
pub(super) fn read_usage(value: RawValue<'_>) -> Option<Usage> {
    let mut usage = Usage::default();
    let (mut total, mut is_reported) = (None, false);
    for (key, value) in value.raw_members() {
        match key {
            b"input_tokens" | b"prompt_tokens" => is_reported |= set(&mut usage.input_tokens, Some(value)),
            b"output_tokens" | b"completion_tokens" => {
                is_reported |= set(&mut usage.output_tokens, Some(value));
            }
            b"total_tokens" => total = value.as_count(),
            b"input_tokens_details" | b"prompt_tokens_details" => {
                set(&mut usage.cached_input_tokens, value.get("cached_tokens"));
                set(&mut usage.cache_write_input_tokens, value.get("cache_write_tokens"));
            }
            b"output_tokens_details" | b"completion_tokens_details" => {
                set(&mut usage.reasoning_tokens, value.get("reasoning_tokens"));
            }
            _ => {}
        }
    }
    usage.total_tokens = total.unwrap_or_else(|| usage.input_tokens.saturating_add(usage.output_tokens));
    (is_reported || total.is_some()).then_some(usage)
}

fn set(counter: &mut u64, value: Option<RawValue<'_>>) -> bool {
    let Some(count) = value.and_then(|value| value.as_count()) else { return false };
    *counter = count;
    true
}

/// The error of an object that has one: an `error` event, a failed response, or a body with a member `error`.
pub(super) fn read_error(object: &RawObject) -> ApiError {
    let error = object.get("error").filter(|error| error.kind() == Kind::Object);
    let member = |key: &str| error.and_then(|error| error.get(key)).or_else(|| object.get(key));
    let number = ["code", "status", "status_code"].into_iter().find_map(|key| {
        let status = member(key)?.as_u64().and_then(|status| u16::try_from(status).ok())?;
        (400..600).contains(&status).then_some(status)
    });
    let by_name = || ["code", "type"].into_iter().find_map(|key| status_of_type(&member(key)?.as_str()?));
    let status = number.or_else(by_name).unwrap_or(502);
    Told::read(object).into_error(status, || "upstream reported a stream error".to_owned())
}
