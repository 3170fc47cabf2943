//! What the readers of request bodies share: the texts of their refusals, and texts that are kept as a place in the body.
//! Invariant: a refusal names the member by its JSON path, in the message and as `param` (spec 01 §8.1, B7).

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use vocabulary::ApiError;

use crate::json::{Edits, JsonError, Kind, RawObject, RawValue, quote};

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
fn model_required() -> ApiError {
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

/// Checks a `provider`: an object is no hint of ours, and passes.
pub(crate) fn check_provider(value: Option<RawValue<'_>>) -> Result<(), ApiError> {
    let is_right = |value: &RawValue<'_>| matches!(value.kind(), Kind::String | Kind::Object);
    check(value, "provider", is_right, "must be a string")
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

/// A scanned body, and whom it is for: what routing reads of every request, whatever its dialect.
#[derive(Clone, Debug)]
pub struct Head {
    object: RawObject,
    model: Text,
    provider: Option<Text>,
}

impl Head {
    /// Takes a body with the texts of its `model` and `provider`.
    ///
    /// # Errors
    /// 400 if there is no model, or a blank one.
    pub(crate) fn new(
        object: RawObject,
        model: Option<Text>,
        provider: Option<Text>,
    ) -> Result<Self, ApiError> {
        let model = model.filter(|model| !model.in_body(&object).trim().is_empty());
        Ok(Self { model: model.ok_or_else(model_required)?, provider, object })
    }

    /// Takes a body whose model stands in the path.
    ///
    /// # Errors
    /// 400 if it is blank.
    pub(crate) fn with_model(object: RawObject, model: &str) -> Result<Self, ApiError> {
        Self::new(object, Some(Text::Copied(model.into())), None)
    }

    /// The scanned body.
    pub fn object(&self) -> &RawObject {
        &self.object
    }

    /// The model as the client spelt it: never blank, not trimmed.
    pub fn model(&self) -> &str {
        self.model.in_body(&self.object)
    }

    /// A string `provider`, even an empty one.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_ref().map(|provider| provider.in_body(&self.object))
    }

    /// The edits that every same-dialect call makes: the upstream's model, no string `provider`, no duplicates of these two and of
    /// `read`, the other members that were heeded.
    pub(crate) fn edit_for_upstream(&self, model: &str, read: &[&str]) -> Edits<'_> {
        let mut edits = self.object.edit();
        if model == self.model() {
            edits.remove_duplicates("model");
        } else {
            edits.set("model", quote(model));
        }
        if self.provider.is_some() {
            edits.remove("provider");
        } else {
            edits.remove_duplicates("provider");
        }
        read.iter().for_each(|key| edits.remove_duplicates(key));
        edits
    }
}
