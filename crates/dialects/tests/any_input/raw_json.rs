//! Any bytes against the scan: it accepts exactly the objects that `serde_json` accepts, and reads the same out of them.

use bytes::Bytes;
use dialects::json::{Kind, MAX_DEPTH, Problem, RawObject, RawValue};
use serde_json::Value;

/// Panics if the scan and `serde_json` disagree, or if a walk over the value does.
pub(crate) fn check(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    match RawObject::scan(body.clone()) {
        Ok(object) => {
            assert!(is_object(input), "accepted: {:?}", body);
            check_reading(&object, input);
            let unedited = object.edit().finish();
            assert_eq!(unedited.as_slice(), std::slice::from_ref(&body), "no edit, one slice");
        }
        Err(error) => {
            assert!(error.offset <= input.len() && error.path.len() <= 256, "{error:?}");
            if error.problem == Problem::TooDeep {
                assert!(brackets(input) > MAX_DEPTH);
            } else {
                assert!(!is_object(input), "refused with {error}: {body:?}");
            }
        }
    }
}

/// `IgnoredAny` is read without recursion and without looking at the size of numbers: the grammar and nothing else.
fn is_object(input: &[u8]) -> bool {
    let starts_right = input.trim_ascii_start().starts_with(b"{");
    let is_value = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    starts_right && std::str::from_utf8(input).is_ok_and(is_value)
}

fn brackets(input: &[u8]) -> usize {
    input.iter().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

/// Compares with a `serde_json::Value`, where there is one: it refuses lone surrogates, huge numbers and depths above 127.
fn check_reading(object: &RawObject, input: &[u8]) {
    let rebuilt = object.members().map(|member| (member.key().into_owned(), rebuild(member.value())));
    let rebuilt: Option<serde_json::Map<String, Value>> =
        rebuilt.map(|(key, value)| Some((key, value?))).collect();
    let Ok(Value::Object(expected)) = serde_json::from_slice::<Value>(input) else { return };
    assert_eq!(rebuilt.as_ref(), Some(&expected));
    for (key, value) in &expected {
        assert_eq!(object.get(key).and_then(rebuild).as_ref(), Some(value), "{key:?}: the last one wins");
    }
}

/// A value as our walk sees it; `None` if a part of it is beyond `serde_json::Value`. Recurses at most `MAX_DEPTH` deep.
fn rebuild(value: RawValue<'_>) -> Option<Value> {
    assert!(!value.bytes().is_empty(), "every walk moves");
    Some(match value.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(value.as_bool()?),
        Kind::Number => serde_json::from_str(value.raw()).ok()?,
        Kind::String => Value::String(value.as_str()?.into_owned()),
        Kind::Array => Value::Array(value.elements().map(rebuild).collect::<Option<_>>()?),
        Kind::Object => {
            let members = value.members().map(|(key, value)| {
                let key: String = serde_json::from_str(&format!("\"{key}\"")).ok()?;
                Some((key, rebuild(value)?))
            });
            Value::Object(members.collect::<Option<_>>()?)
        }
    })
}
