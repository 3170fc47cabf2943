//! Errors on the wire: our envelopes, and what an upstream's error body says.
//! In: an `ApiError`, or an upstream's status and body. Out: the bytes of an envelope, or an `ApiError`.
//! Invariants: an envelope always has all its keys, in one order; an upstream's body never passes but for its message.
//! Source: spec 01 §§6.1, 6.3, 6.4; 04 §12.8 and B26 own the Anthropic table, 03 §17 Google's envelope.

mod upstream;

#[cfg(test)]
mod tests;

use vocabulary::{ApiError, Dialect, ErrorType};

use crate::json::{object, push_quoted};

pub(crate) use upstream::{Told, status_of_type};
pub use upstream::{from_upstream, native_of_anthropic};

/// The body of an error response.
pub fn envelope(dialect: Dialect, error: &ApiError, request_id: Option<&str>) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat | Dialect::OpenAiResponses => openai(error),
        Dialect::AnthropicMessages => anthropic(error, request_id),
        Dialect::Gemini => google(error),
    }
}

/// `{"error":{"type":…,"message":…,"param":…,"code":…}}`
fn openai(error: &ApiError) -> Vec<u8> {
    let mut out = Vec::with_capacity(96 + error.message().len());
    out.extend_from_slice(br#"{"error":{"type":"#);
    push_quoted(&mut out, error.error_type().as_str());
    out.extend_from_slice(br#","message":"#);
    push_quoted(&mut out, error.message());
    out.extend_from_slice(br#","param":"#);
    push_text_or_null(&mut out, error.param());
    out.extend_from_slice(br#","code":"#);
    push_text_or_null(&mut out, error.code());
    out.extend_from_slice(b"}}");
    out
}

/// `{"type":"error","error":{"type":…,"message":…},"request_id":…}`
fn anthropic(error: &ApiError, request_id: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(128 + error.message().len());
    out.extend_from_slice(br#"{"type":"error","error":{"type":"#);
    let native = error.native();
    let own = native.and_then(|native| native.error_type.as_deref());
    push_quoted(&mut out, own.unwrap_or_else(|| anthropic_type(error.error_type(), error.status())));
    out.extend_from_slice(br#","message":"#);
    push_quoted(&mut out, error.message());
    if let Some(details) = native.and_then(|native| native.details.as_deref()) {
        out.extend_from_slice(br#","details":"#);
        out.extend_from_slice(details.as_bytes());
    }
    out.push(b'}');
    if let Some(request_id) = request_id {
        out.extend_from_slice(br#","request_id":"#);
        push_quoted(&mut out, request_id);
    }
    out.push(b'}');
    out
}

/// `{"error":{"code":…,"message":…,"status":…,"details":[…]}}`; `details` only when there is a code (spec 03 §17).
fn google(error: &ApiError) -> Vec<u8> {
    object(|envelope| {
        envelope.object("error", |body| {
            body.number("code", u64::from(error.status())).text("message", error.message());
            body.text("status", google_status(error.status()));
            if let Some(code) = error.code() {
                body.array("details", |details| {
                    details.object(|detail| {
                        detail.text("@type", "type.googleapis.com/google.rpc.ErrorInfo").text("reason", code);
                        detail.text("domain", "gomodel");
                    });
                });
            }
        });
    })
}

/// Google's name of an HTTP status.
fn google_status(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        500 => "INTERNAL",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "UNKNOWN",
    }
}

fn push_text_or_null(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => push_quoted(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

/// The table of 04 §12.8 with B26.
fn anthropic_type(error_type: ErrorType, status: u16) -> &'static str {
    match (error_type, status) {
        (ErrorType::InvalidRequest, 402) => "billing_error",
        (ErrorType::InvalidRequest, 409) => "conflict_error",
        (ErrorType::InvalidRequest, 413) => "request_too_large",
        (ErrorType::InvalidRequest, _) => "invalid_request_error",
        (ErrorType::Authentication, 403) => "permission_error",
        (ErrorType::Authentication, _) => "authentication_error",
        (ErrorType::NotFound, _) => "not_found_error",
        (ErrorType::RateLimit, _) => "rate_limit_error",
        (ErrorType::Provider, 503 | 529) => "overloaded_error",
        (ErrorType::Provider, 504) => "timeout_error",
        (ErrorType::Provider, _) => "api_error",
    }
}
