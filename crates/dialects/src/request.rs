//! What the readers of request bodies share: the texts of their refusals, and texts that are kept as a place in the body.
//! Invariant: a refusal names the member by its JSON path, in the message and as `param` (spec 01 §8.1, B7).

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use vocabulary::ApiError;

use crate::json::{JsonError, Kind, RawObject, RawValue};

/// Scans a request body.
pub(crate) fn scan(body: Bytes) -> Result<RawObject, ApiError> {
    RawObject::scan(body).map_err(|error| undecodable(&error))
}

fn undecodable(error: &JsonError) -> ApiError {
    let refusal = ApiError::invalid_request(format!("invalid request body: {error}"));
    if error.path.is_empty() { refusal } else { refusal.with_param(error.path.clone()) }
}

/// 400 for a member of the wrong kind: `rule` reads on after the path, such as `must be a string`.
#[cold]
pub(crate) fn wrong_kind(path: impl Into<String>, rule: &str) -> ApiError {
    let path = path.into();
    ApiError::invalid_request(format!("invalid request body: {path} {rule}")).with_param(path)
}

/// 400 without a param, as the spec's envelope shows it.
pub(crate) fn model_required() -> ApiError {
    ApiError::invalid_request("model is required")
}

/// Checks a member that may be absent or null. `right` says what is accepted, `rule` what is told otherwise.
pub(crate) fn check(
    value: Option<RawValue<'_>>,
    path: &str,
    right: impl Fn(&RawValue<'_>) -> bool,
    rule: &str,
) -> Result<(), ApiError> {
    match value {
        Some(value) if !value.is_null() && !right(&value) => Err(wrong_kind(path, rule)),
        _ => Ok(()),
    }
}

/// Checks for a string, null or absence.
pub(crate) fn check_string(value: Option<RawValue<'_>>, path: &str) -> Result<(), ApiError> {
    check(value, path, |value| value.kind() == Kind::String, "must be a string")
}

/// Checks for a whole number, null or absence.
pub(crate) fn check_integer(value: Option<RawValue<'_>>, path: &str) -> Result<(), ApiError> {
    check(value, path, |value| value.is_integer(), "must be an integer")
}

/// A text of the body: its place, or a copy if it had escapes.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Placed(Range<usize>),
    Copied(Box<str>),
}

impl Text {
    /// The text of a string value; `None` for other kinds.
    pub(crate) fn of(value: RawValue<'_>) -> Option<Self> {
        let range = value.range();
        Some(match value.as_str()? {
            Cow::Borrowed(_) => Self::Placed(range.start + 1..range.end - 1),
            Cow::Owned(text) => Self::Copied(text.into()),
        })
    }

    /// The text, from the body that it was made for.
    pub(crate) fn in_body<'a>(&'a self, object: &'a RawObject) -> &'a str {
        match self {
            Self::Placed(range) => {
                let bytes = object.body().get(range.clone()).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or_default()
            }
            Self::Copied(text) => text,
        }
    }
}
