//! JSON schemas as Anthropic takes them.
//! In: a schema as the caller spelt it. Out: the schema of a tool's input, or one for constrained decoding.
//! Invariants: what needs no change keeps its spelling; walks are iterative, and only what stands where a schema stands is read as
//! one: a property named `minimum` is a property.
//! Source: Anthropic, "Structured outputs", section on JSON schema limitations; spec 03 §2.4, B3, B23.

use vocabulary::ApiError;

use crate::conversation::Json;
use crate::json::{Elements, Kind, Members, RawValue};

/// The schema of an input without members.
pub(super) const EMPTY: Json = Json::constant(r#"{"type":"object","properties":{}}"#);

/// The schema of a tool's input: an object whose `type` is `object`.
///
/// # Errors
/// 400 for what is no schema of an object.
pub(super) fn object_schema(schema: Option<&Json>) -> Result<Json, ApiError> {
    let Some(schema) = schema.filter(|schema| schema.kind() != Kind::Null) else { return Ok(EMPTY) };
    let Some(object) = schema.object() else {
        return Err(ApiError::invalid_request("tool.function.parameters must be an object"));
    };
    let is_object = |name: RawValue<'_>| name.as_str().is_some_and(|name| name == "object");
    let mut edits = object.edit();
    match object.get("type") {
        Some(name) if is_object(name) => return Ok(schema.clone()),
        Some(names) if names.elements().any(is_object) => edits.set("type", &br#""object""#[..]),
        Some(name) if name.kind() == Kind::String => {
            let message = "tool.function.parameters must define an object schema";
            return Err(ApiError::invalid_request(message));
        }
        _ => edits.set("type", &br#""object""#[..]),
    }
    Ok(Json::written(edits.finish().concat()))
}

/// Members of a schema that hold one schema, or an array of schemas.
const SCHEMA_KEYS: [&str; 8] =
    ["items", "prefixItems", "anyOf", "oneOf", "allOf", "not", "contains", "additionalItems"];
/// Members that hold schemas by name.
const MAP_KEYS: [&str; 4] = ["properties", "$defs", "definitions", "patternProperties"];
/// What constrained decoding does not know. The model is still told by the description, if the caller wrote one.
const UNKNOWN_KEYS: [&str; 10] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "additionalProperties",
];

enum Frame<'a> {
    /// A schema, with whether something was written of it, and whether it is one of an object.
    Schema { members: Members<'a>, is_empty: bool, is_object: bool },
    /// Schemas by name.
    Map { members: Members<'a>, is_empty: bool },
    /// Schemas in a row.
    List { elements: Elements<'a>, is_empty: bool },
}

/// A schema for constrained decoding: every object is closed with `additionalProperties: false`, limits that it does not know
/// are left out.
pub(super) fn close_objects(schema: &Json) -> Json {
    let Some(wrapped) = schema.wrapped() else { return schema.clone() };
    let Some(root) = wrapped.get("v").filter(|root| root.kind() == Kind::Object) else {
        return schema.clone();
    };
    let mut out = Vec::with_capacity(schema.as_bytes().len() + 128);
    let mut stack = Vec::new();
    open_schema(root, &mut out, &mut stack);
    while let Some(frame) = stack.last_mut() {
        match frame {
            Frame::Schema { members, is_empty, is_object } => match members.next() {
                Some((key, _)) if UNKNOWN_KEYS.contains(&key) => {}
                Some((key, value)) => {
                    push_key(&mut out, is_empty, key);
                    open_member(key, value, &mut out, &mut stack);
                }
                None => {
                    if *is_object {
                        push_comma(&mut out, is_empty);
                        out.extend_from_slice(br#""additionalProperties":false"#);
                    }
                    out.push(b'}');
                    stack.pop();
                }
            },
            Frame::Map { members, is_empty } => match members.next() {
                Some((key, value)) => {
                    push_key(&mut out, is_empty, key);
                    open_schema(value, &mut out, &mut stack);
                }
                None => {
                    out.push(b'}');
                    stack.pop();
                }
            },
            Frame::List { elements, is_empty } => match elements.next() {
                Some(value) => {
                    push_comma(&mut out, is_empty);
                    open_schema(value, &mut out, &mut stack);
                }
                None => {
                    out.push(b']');
                    stack.pop();
                }
            },
        }
    }
    Json::written(out)
}

fn push_comma(out: &mut Vec<u8>, is_empty: &mut bool) {
    if !std::mem::replace(is_empty, false) {
        out.push(b',');
    }
}

/// The name as it is spelt.
fn push_key(out: &mut Vec<u8>, is_empty: &mut bool, key: &str) {
    push_comma(out, is_empty);
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn open_member<'a>(key: &str, value: RawValue<'a>, out: &mut Vec<u8>, stack: &mut Vec<Frame<'a>>) {
    match value.kind() {
        Kind::Object if MAP_KEYS.contains(&key) => {
            out.push(b'{');
            stack.push(Frame::Map { members: value.members(), is_empty: true });
        }
        Kind::Object if SCHEMA_KEYS.contains(&key) => open_schema(value, out, stack),
        Kind::Array if SCHEMA_KEYS.contains(&key) => {
            out.push(b'[');
            stack.push(Frame::List { elements: value.elements(), is_empty: true });
        }
        // Of the least number of elements only 0 and 1 are known.
        Kind::Number if key == "minItems" && value.as_u64().is_none_or(|least| least > 1) => out.push(b'1'),
        _ => out.extend_from_slice(value.bytes()),
    }
}

fn open_schema<'a>(value: RawValue<'a>, out: &mut Vec<u8>, stack: &mut Vec<Frame<'a>>) {
    if value.kind() != Kind::Object {
        // `true` and `false` are schemas too.
        return out.extend_from_slice(value.bytes());
    }
    let names_object = |name: RawValue<'_>| name.as_str().is_some_and(|name| name == "object");
    let is_object = match value.get("type") {
        Some(names) => names_object(names) || names.elements().any(names_object),
        None => value.get("properties").is_some(),
    };
    out.push(b'{');
    stack.push(Frame::Schema { members: value.members(), is_empty: true, is_object });
}
