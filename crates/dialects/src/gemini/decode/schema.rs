//! Google's schemas (a subset of OpenAPI 3.0, types in capitals) as JSON Schema.
//! In: a schema as `parameters` or `responseSchema` hold it. Out: JSON Schema. Invariant: a stack of work instead of recursion;
//! what both languages say alike keeps its spelling. Source: Gemini API reference, "Schema".

use super::super::spelling::{fields, number};
use crate::conversation::Json;
use crate::json::{Kind, RawValue, push_quoted, quote};

/// What is still to be written, last first.
enum Piece<'a> {
    Raw(Vec<u8>),
    Value(RawValue<'a>),
    Schema(RawValue<'a>),
}

/// A schema in JSON Schema's words.
pub(super) fn to_json_schema(schema: RawValue<'_>) -> Json {
    let mut out = Vec::new();
    let mut work = vec![Piece::Schema(schema)];
    while let Some(piece) = work.pop() {
        match piece {
            Piece::Raw(text) => out.extend_from_slice(&text),
            Piece::Value(value) => out.extend_from_slice(value.bytes()),
            Piece::Schema(schema) if schema.kind() == Kind::Object => {
                let from = work.len();
                push_schema(schema, &mut work);
                work[from..].reverse();
            }
            Piece::Schema(other) => out.extend_from_slice(other.bytes()),
        }
    }
    Json::written(out)
}

fn push_schema<'a>(schema: RawValue<'a>, work: &mut Vec<Piece<'a>>) {
    let members = fields(schema);
    let is_nullable = members.iter().any(|(name, value)| name == "nullable" && value.as_bool() == Some(true));
    let mut separator = b'{';
    for (name, value) in members {
        let mut key = vec![separator];
        push_quoted(&mut key, &name);
        key.push(b':');
        match &*name {
            // The order of properties and nullability have no member of their own in JSON Schema.
            "nullable" | "propertyOrdering" => continue,
            "type" => key.extend_from_slice(&json_type(value, is_nullable)),
            _ => {}
        }
        separator = b',';
        work.push(Piece::Raw(key));
        match &*name {
            "type" => {}
            "items" | "additionalProperties" => work.push(Piece::Schema(value)),
            "properties" | "$defs" | "defs" => push_named(value, work),
            "anyOf" => push_listed(value, work),
            "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties" => {
                // Protobuf's JSON writes 64-bit numbers as strings.
                let number =
                    number(value, "").map_or(value.bytes().to_vec(), |json| json.as_bytes().to_vec());
                work.push(Piece::Raw(number));
            }
            _ => work.push(Piece::Value(value)),
        }
    }
    let end = if separator == b'{' { &b"{}"[..] } else { b"}" };
    work.push(Piece::Raw(end.to_vec()));
}

fn json_type(value: RawValue<'_>, is_nullable: bool) -> Vec<u8> {
    let Some(name) = value.as_str() else { return value.bytes().to_vec() };
    let name = quote(&name.to_ascii_lowercase());
    if is_nullable { [b"[", &name[..], br#","null"]"#].concat() } else { name.to_vec() }
}

/// Schemas by name: the names are the caller's and stay as they are.
fn push_named<'a>(schemas: RawValue<'a>, work: &mut Vec<Piece<'a>>) {
    if schemas.kind() != Kind::Object {
        return work.push(Piece::Value(schemas));
    }
    work.push(Piece::Raw(b"{".to_vec()));
    for (index, (name, schema)) in schemas.members().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // The name keeps its escapes.
        work.push(Piece::Raw(format!("{comma}\"{name}\":").into_bytes()));
        work.push(Piece::Schema(schema));
    }
    work.push(Piece::Raw(b"}".to_vec()));
}

fn push_listed<'a>(schemas: RawValue<'a>, work: &mut Vec<Piece<'a>>) {
    if schemas.kind() != Kind::Array {
        return work.push(Piece::Value(schemas));
    }
    work.push(Piece::Raw(b"[".to_vec()));
    for (index, schema) in schemas.elements().enumerate() {
        work.extend((index > 0).then(|| Piece::Raw(b",".to_vec())));
        work.push(Piece::Schema(schema));
    }
    work.push(Piece::Raw(b"]".to_vec()));
}
