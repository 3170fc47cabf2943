//! Both spellings of Google's member names (`inlineData`, `inline_data`) and values as Protobuf's JSON may write them.
//! In: values of a request. Out: members under their camel-case name, scalars of the right kind, or a 400 with the path.
//! Invariants: null is absence; of duplicates the last wins, whatever its spelling. Source: ProtoJSON, "JSON options".

use std::borrow::Cow;
use std::collections::HashMap;

use vocabulary::ApiError;

use crate::conversation::{Json, Text};
use crate::json::{Kind, RawObject, RawValue, unescape};
use crate::request::wrong_kind;

/// A name in camel case.
pub(super) fn camel(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.get(1..).is_some_and(|rest| rest.contains('_')) {
        return name;
    }
    let mut out = String::with_capacity(name.len());
    let mut is_word_start = false;
    for (index, letter) in name.char_indices() {
        match letter {
            '_' if index > 0 => is_word_start = true,
            letter if std::mem::take(&mut is_word_start) => out.push(letter.to_ascii_uppercase()),
            letter => out.push(letter),
        }
    }
    out.into()
}

/// A list of members: names in camel case, and values.
pub(super) type Fields<'a> = Vec<(Cow<'a, str>, RawValue<'a>)>;

/// The members of an object in order; of duplicates the last one, nulls left out.
pub(super) fn fields(object: RawValue<'_>) -> Fields<'_> {
    last_ones(object.members().map(|(name, value)| (camel(unescape(name)), value)).collect())
}

/// The same for a whole body.
pub(super) fn fields_of_body(body: &RawObject) -> Fields<'_> {
    last_ones(body.members().map(|member| (camel(member.key()), member.value())).collect())
}

fn last_ones(all: Fields<'_>) -> Fields<'_> {
    let mut last = HashMap::with_capacity(all.len());
    for (index, (name, _)) in all.iter().enumerate() {
        last.insert(name.clone(), index);
    }
    let is_last = |index: usize, name: &Cow<'_, str>| last.get(name) == Some(&index);
    let kept = all.into_iter().enumerate().filter(|(index, (name, _))| is_last(*index, name));
    kept.map(|(_, field)| field).filter(|(_, value)| !value.is_null()).collect()
}

/// A member of an object, in either spelling; null is absence.
pub(super) fn get<'a>(object: RawValue<'a>, name: &str) -> Option<RawValue<'a>> {
    let named = object.raw_members().filter(|(key, _)| is_spelling(key, name));
    named.last().map(|(_, value)| value).filter(|value| !value.is_null())
}

/// A member of a body, in either spelling; null is absence.
pub(super) fn get_of_body<'a>(body: &'a RawObject, name: &str) -> Option<RawValue<'a>> {
    let named = body.members().rev().find(|member| is_spelling(member.raw_key().as_bytes(), name));
    named.map(|member| member.value()).filter(|value| !value.is_null())
}

/// A name in camel case as bytes, from how it is spelt between its quotes: for reading all members of an object in one pass.
pub(super) fn name_of(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.iter().any(|byte| matches!(byte, b'_' | b'\\')) {
        return Cow::Borrowed(raw);
    }
    let raw = std::str::from_utf8(raw).unwrap_or_default();
    Cow::Owned(camel(unescape(raw)).into_owned().into_bytes())
}

/// True if a name as it is spelt, between its quotes, is this name in either spelling. Looked at for every member of every chunk,
/// so nothing is copied unless the name has escapes.
fn is_spelling(raw: &[u8], name: &str) -> bool {
    if raw == name.as_bytes() {
        return true;
    }
    // Only what begins alike can be the same; an escape may stand for anything.
    if raw.first() != name.as_bytes().first() && raw.first() != Some(&b'\\') {
        return false;
    }
    let has_other_spelling = raw.iter().any(|byte| matches!(byte, b'_' | b'\\'));
    has_other_spelling && std::str::from_utf8(raw).is_ok_and(|raw| camel(unescape(raw)) == name)
}

/// Checks the kind of a value; `kind_name` is what a refusal says.
pub(super) fn expect(value: RawValue<'_>, kind: Kind, path: &str) -> Result<(), ApiError> {
    let rule = match kind {
        Kind::Array => "must be an array",
        Kind::Object => "must be an object",
        Kind::String => "must be a string",
        Kind::Bool => "must be a boolean",
        _ => "must be a number",
    };
    if value.kind() == kind { Ok(()) } else { Err(wrong_kind(path, rule)) }
}

/// A string.
pub(super) fn text(value: RawValue<'_>, path: &str) -> Result<Text, ApiError> {
    value.as_text().ok_or_else(|| wrong_kind(path, "must be a string"))
}

/// A string that says something.
pub(super) fn name(value: Option<RawValue<'_>>, path: &str) -> Result<Text, ApiError> {
    let text = value.and_then(|value| value.as_text()).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| wrong_kind(path, "must be a string that is not empty"))
}

/// A boolean.
pub(super) fn flag(value: RawValue<'_>, path: &str) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong_kind(path, "must be a boolean"))
}

/// A number, or a string that spells one.
pub(super) fn number(value: RawValue<'_>, path: &str) -> Result<Json, ApiError> {
    let spelled = match value.kind() {
        Kind::Number => Some(Json::of(value)),
        Kind::String => value.as_str().and_then(|text| Json::parse(&text)),
        _ => None,
    };
    let number = spelled.filter(|json| json.kind() == Kind::Number);
    number.ok_or_else(|| wrong_kind(path, "must be a number"))
}

/// A whole number from 0, or a string that spells one.
pub(super) fn count(value: RawValue<'_>, path: &str) -> Result<u64, ApiError> {
    let number = number(value, path)?;
    number.as_u64().ok_or_else(|| wrong_kind(path, "must be a whole number from 0"))
}

/// Strings of an array.
pub(super) fn texts(value: RawValue<'_>, path: &str) -> Result<Vec<Text>, ApiError> {
    expect(value, Kind::Array, path)?;
    value.elements().enumerate().map(|(index, value)| text(value, &format!("{path}[{index}]"))).collect()
}

#[cfg(test)]
mod tests {
    use super::camel;

    #[test]
    fn both_spellings_are_one_name() {
        for (spelled, name) in [
            ("inline_data", "inlineData"),
            ("inlineData", "inlineData"),
            ("top_p", "topP"),
            ("_responseJsonSchema", "_responseJsonSchema"),
            ("response_json_schema", "responseJsonSchema"),
            ("a__b_", "aB"),
            ("", ""),
        ] {
            assert_eq!(camel(spelled.into()), name);
        }
    }
}
