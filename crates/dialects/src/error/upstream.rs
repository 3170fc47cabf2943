//! What an upstream's error says, in the words of our envelope (spec 01 §6.3; 401/403 without a code: B5).
//! In: status and body, of which the first 64 KiB are read. Out: an `ApiError` on the upstream's side.
//! Not here: masking credentials (`ApiError::masking`), relayed headers (`providers`).

use bytes::Bytes;
use vocabulary::{ApiError, Code, ErrorType, NativeError, Side};

use crate::json::{Kind, RawObject, RawValue};

/// How much of an error body is read.
const MAX_BODY: usize = 64 * 1024;

/// The error of an upstream that answered with a status that is no success.
pub fn from_upstream(status: u16, body: &[u8]) -> ApiError {
    let body = body.get(..MAX_BODY).unwrap_or(body);
    let told = match RawObject::scan(Bytes::copy_from_slice(body)) {
        Ok(object) => Told::read(&object),
        Err(_) => first_of_array(body).map_or_else(Told::default, |object| Told::read(&object)),
    };
    let verbatim = || String::from_utf8_lossy(body).trim_end_matches('\u{FFFD}').to_owned();
    told.into_error(status, verbatim)
}

/// Google's array form: `[{"error":{…}}]`.
fn first_of_array(body: &[u8]) -> Option<RawObject> {
    body.trim_ascii_start().strip_prefix(b"[")?;
    let wrapped = RawObject::scan([br#"{"all":"#, body, b"}"].concat().into()).ok()?;
    let first = wrapped.get("all")?.elements().next()?;
    RawObject::scan(first.slice()).ok()
}

/// How an upstream that speaks Anthropic's dialect put its error.
pub fn native_of_anthropic(body: &[u8]) -> Option<NativeError> {
    let object = RawObject::scan(Bytes::copy_from_slice(body.get(..MAX_BODY).unwrap_or(body))).ok()?;
    let error = object.get("error").filter(|error| error.kind() == Kind::Object)?;
    let details = error.get("details").filter(|details| !details.is_null());
    Some(NativeError {
        error_type: error.get("type").and_then(text),
        details: details.map(|details| details.raw().to_owned()),
    })
}

/// Message, param, code and type as an upstream gave them.
#[derive(Debug, Default)]
pub(crate) struct Told {
    message: Option<String>,
    param: Option<String>,
    code: Option<String>,
    /// Its own type, which is told where it told no code (03-B6).
    kind: Option<String>,
}

impl Told {
    /// Reads an error body, or a chunk of a stream that carries an error.
    pub(crate) fn read(object: &RawObject) -> Self {
        let top = |key| object.get(key);
        let mut told = Self {
            message: top("message").and_then(text),
            param: top("param").and_then(text),
            code: top("code").and_then(code).or_else(|| top("error_type").and_then(text)),
            kind: None,
        };
        if let Some(error) = top("error") {
            told.override_with(error);
        }
        told
    }

    fn override_with(&mut self, error: RawValue<'_>) {
        if error.kind() == Kind::String {
            self.message = text(error).or(self.message.take());
            return;
        }
        let message = error.get("message").and_then(text);
        let wrapped = error.get("metadata").and_then(|metadata| metadata.get("raw")).and_then(text);
        let wrapped = wrapped.filter(|raw| !raw.trim().is_empty() && is_wrapper(message.as_deref()));
        self.message = wrapped.or(message).or(self.message.take());
        self.param = error.get("param").and_then(text).or(self.param.take());
        let number_or_name = error.get("code");
        // Google's `code` repeats the HTTP status; its `status` says more.
        let name =
            error.get("status").filter(|_| number_or_name.is_none_or(|code| code.kind() == Kind::Number));
        let name =
            name.and_then(text).filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        self.code = name.or(number_or_name.and_then(code)).or(self.code.take());
        self.kind = error.get("type").and_then(text).filter(|kind| !is_public_type(kind));
    }

    /// The error, with `verbatim` as its message if none was told.
    pub(crate) fn into_error(self, status: u16, verbatim: impl FnOnce() -> String) -> ApiError {
        let (relayed, error_type) = classify(status);
        let told = self.message.unwrap_or_else(verbatim);
        let message =
            if told.trim().is_empty() { format!("upstream returned status {status}") } else { told };
        let mut error = ApiError::uncoded(relayed, error_type, message).with_side(Side::Upstream);
        if let Some(param) = self.param {
            error = error.with_param(param);
        }
        match self.code {
            Some(code) => error.with_code(code),
            None if error_type == ErrorType::Authentication => {
                error.with_code(Code::UpstreamAuthenticationError.as_str())
            }
            None => match self.kind {
                Some(kind) => error.with_code(kind),
                None => error,
            },
        }
    }
}

/// True for the types of our own envelope: as a code they would say nothing new.
fn is_public_type(kind: &str) -> bool {
    use ErrorType::{Authentication, InvalidRequest, NotFound, Provider, RateLimit};
    [InvalidRequest, Authentication, NotFound, RateLimit, Provider]
        .iter()
        .any(|public| public.as_str() == kind)
}

/// A string that says something.
fn text(value: RawValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned)
}

/// A code: a string, or a number as it is spelt.
fn code(value: RawValue<'_>) -> Option<String> {
    if value.kind() == Kind::Number { Some(value.raw().to_owned()) } else { text(value) }
}

/// True if an aggregator put nothing of its own in front of what its provider said.
fn is_wrapper(message: Option<&str>) -> bool {
    const PREFIX: &str = "provider returned";
    let message = message.unwrap_or_default();
    message.trim().is_empty()
        || message.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn classify(status: u16) -> (u16, ErrorType) {
    match status {
        401 | 403 => (status, ErrorType::Authentication),
        404 => (status, ErrorType::NotFound),
        429 => (status, ErrorType::RateLimit),
        400..=499 => (status, ErrorType::InvalidRequest),
        500..=599 => (status, ErrorType::Provider),
        _ => (502, ErrorType::Provider),
    }
}

/// The status that an error type or code stands for, Google's names of a status included, where an upstream sent no number: in a stream.
pub(crate) fn status_of_type(text: &str) -> Option<u16> {
    Some(match text {
        "invalid_request_error" | "context_length_exceeded" => 400,
        "authentication_error" | "invalid_api_key" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" | "model_not_found" => 404,
        "rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota" => 429,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => 400,
        "UNAUTHENTICATED" => 401,
        "PERMISSION_DENIED" => 403,
        "NOT_FOUND" => 404,
        "ABORTED" | "ALREADY_EXISTS" => 409,
        "RESOURCE_EXHAUSTED" => 429,
        "INTERNAL" | "UNKNOWN" | "DATA_LOSS" => 500,
        "UNIMPLEMENTED" => 501,
        "UNAVAILABLE" => 503,
        "DEADLINE_EXCEEDED" => 504,
        _ => return None,
    })
}
