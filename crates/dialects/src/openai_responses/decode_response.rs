//! A whole response object to the conversation's answer.
//! In: an upstream's object. Out: a `Response` with one choice, its parts in the order of the output items.
//! Invariant: a failed response keeps what it holds; only a body without output is an error of its own.

use vocabulary::ApiError;

use super::items::parts_of;
use super::output::CANCELLED;
use super::whole::{has_call, read_error, read_usage};
use crate::conversation::{Choice, Response, Stop, StopReason};
use crate::json::{Kind, RawObject, RawValue};

/// Reads a whole answer.
///
/// # Errors
/// What the upstream says if the body is an error instead of a response.
pub fn decode_response(body: &RawObject) -> Result<Response, ApiError> {
    let text = |key: &str| body.get(key).and_then(|value| value.as_text()).unwrap_or_default();
    let status = text("status");
    let output = body.get("output").filter(|output| output.kind() == Kind::Array);
    let has_error =
        body.get("error").is_some_and(|error| matches!(error.kind(), Kind::Object | Kind::String));
    if output.is_none() && has_error {
        return Err(read_error(body));
    }
    let parts = output.into_iter().flat_map(|output| output.elements()).flat_map(parts_of).collect();
    let reason = body.get("incomplete_details").and_then(|details| details.get("reason"));
    Ok(Response {
        id: text("id"),
        model: text("model"),
        created: body.get("created_at").and_then(seconds),
        choices: vec![Choice { parts, stop: stop_of(&status, reason, has_call(output)) }],
        usage: body.get("usage").and_then(read_usage),
        error: (status == "failed").then(|| read_error(body)),
    })
}

/// Why a response with this status ended; `None` if it has not, or failed.
pub(super) fn stop_of(status: &str, reason: Option<RawValue<'_>>, has_called: bool) -> Option<Stop> {
    let reason = reason.and_then(|reason| reason.as_text()).unwrap_or_default();
    Some(match (status, &*reason) {
        // Some providers leave the status out of what they have completed.
        ("completed" | "", _) if has_called => Stop::new(StopReason::ToolCalls),
        ("completed" | "", _) => Stop::new(StopReason::End),
        ("incomplete", "max_output_tokens") => Stop::new(StopReason::Length),
        ("incomplete", "content_filter") => Stop::new(StopReason::ContentFilter),
        ("incomplete", _) => Stop { raw: Some(reason), ..Stop::new(StopReason::Other) },
        (CANCELLED, _) => Stop { raw: Some(CANCELLED.into()), ..Stop::new(StopReason::Other) },
        _ => return None,
    })
}

/// A time in whole seconds; some providers write a fraction.
pub(super) fn seconds(value: RawValue<'_>) -> Option<u64> {
    let whole = || value.raw().split_once('.').and_then(|(whole, _)| whole.parse().ok());
    (value.kind() == Kind::Number).then(|| value.as_u64().or_else(whole)).flatten()
}
