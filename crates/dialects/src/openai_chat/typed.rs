//! Members of a request as the types that the conversation needs.
//! In: a value and its JSON path. Out: text, number, flag or object; or a 400 that names the path. Numbers keep their spelling;
//! null equals absence and is sorted out by `members`.

use std::borrow::Cow;
use std::collections::HashSet;

use vocabulary::ApiError;

use crate::conversation::{Json, Number, Text};
use crate::json::{Kind, RawValue, unescape};
use crate::request::wrong_kind;

/// The members of an object in order, by their unescaped names: of duplicates the last, and none that is null.
pub(super) fn members(object: RawValue<'_>) -> Vec<(Cow<'_, str>, RawValue<'_>)> {
    let mut members: Vec<_> = object.members().map(|(name, value)| (unescape(name), value)).collect();
    let mut seen = HashSet::with_capacity(members.len());
    let mut is_last: Vec<bool> = members.iter().rev().map(|(name, _)| seen.insert(name.clone())).collect();
    members.retain(|(_, value)| is_last.pop() == Some(true) && !value.is_null());
    members
}

pub(super) fn text(value: RawValue<'_>, path: &str) -> Result<Text, ApiError> {
    value.as_text().ok_or_else(|| wrong_kind(path, "must be a string"))
}

pub(super) fn flag(value: RawValue<'_>, path: &str) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong_kind(path, "must be a boolean"))
}

pub(super) fn number(value: RawValue<'_>, path: &str) -> Result<Number, ApiError> {
    of_kind(value, Kind::Number, path, "must be a number")
}

/// A number, or a text that spells one: extensions come in both forms.
pub(super) fn number_or_text(value: RawValue<'_>, path: &str) -> Result<Number, ApiError> {
    let spelled = value.as_str().and_then(|text| Json::parse(&text));
    match spelled.filter(|json| json.kind() == Kind::Number) {
        Some(number) => Ok(number),
        None => number(value, path),
    }
}

/// A whole number from 1.
pub(super) fn positive(value: RawValue<'_>, path: &str) -> Result<u64, ApiError> {
    if !value.is_integer() {
        return Err(wrong_kind(path, "must be an integer"));
    }
    let refusal = || ApiError::invalid_request(format!("{path} must be a positive integer"));
    value.as_u64().filter(|count| *count > 0).ok_or_else(|| refusal().with_param(path.to_owned()))
}

/// A whole number from 0.
pub(super) fn count(value: RawValue<'_>, path: &str) -> Result<u64, ApiError> {
    value.as_u64().ok_or_else(|| wrong_kind(path, "must be an integer that is not negative"))
}

pub(super) fn object(value: RawValue<'_>, path: &str) -> Result<Json, ApiError> {
    of_kind(value, Kind::Object, path, "must be an object")
}

pub(super) fn array(value: RawValue<'_>, path: &str) -> Result<Json, ApiError> {
    of_kind(value, Kind::Array, path, "must be an array")
}

/// A prompt-cache marker.
pub(super) fn cache_control(value: RawValue<'_>, path: &str) -> Result<Json, ApiError> {
    // The text is the one that clients know (spec 03 §2.3).
    let refusal = || ApiError::invalid_request("anthropic cache_control must be an object");
    let is_object = value.kind() == Kind::Object;
    is_object.then(|| Json::of(value)).ok_or_else(|| refusal().with_param(path.to_owned()))
}

fn of_kind(value: RawValue<'_>, kind: Kind, path: &str, rule: &str) -> Result<Json, ApiError> {
    if value.kind() == kind { Ok(Json::of(value)) } else { Err(wrong_kind(path, rule)) }
}
