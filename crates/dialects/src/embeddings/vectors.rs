//! Re-encoding of vectors (spec 01 §10, 03 §1.6).
//! In: the edits on an answer, and what the client wants. Out: one replaced range per vector that came otherwise.
//! Invariant: a vector that is right already, too long, or cannot be decoded stays as it came.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::request::Encoding;
use crate::json::{Edits, Kind, RawValue};

/// Longer vectors are left untouched.
const MAX_DIMENSIONS: usize = 1 << 20;

/// Reads base64 with or without padding: upstreams differ.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Gives every `data[].embedding` of an answer the encoding that the client wants.
pub fn repair_encoding(edits: &mut Edits<'_>, wanted: Encoding) {
    let items = edits.object().get("data").into_iter().flat_map(|data| data.elements());
    for vector in items.filter_map(|item| item.get("embedding")) {
        let repaired = match (wanted, vector.kind()) {
            (Encoding::Base64, Kind::Array) => to_base64(vector),
            (Encoding::Float, Kind::String) => to_floats(vector),
            _ => None,
        };
        if let Some(repaired) = repaired {
            edits.replace(vector.range(), repaired);
        }
    }
}

/// An array of numbers as a base64 string; `None` if an element is no number that float32 can hold.
fn to_base64(vector: RawValue<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (index, number) in vector.elements().enumerate() {
        if index == MAX_DIMENSIONS || number.kind() != Kind::Number {
            return None;
        }
        let number = number.raw().parse::<f32>().ok().filter(|number| number.is_finite())?;
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4 + 2);
    text.push('"');
    STANDARD.encode_string(&bytes, &mut text);
    text.push('"');
    Some(text.into_bytes())
}

/// A base64 string as an array of numbers, each in its shortest spelling.
fn to_floats(vector: RawValue<'_>) -> Option<Vec<u8>> {
    let bytes = LENIENT.decode(&*vector.as_str()?).ok()?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if numbers.is_empty() || !rest.is_empty() || numbers.len() > MAX_DIMENSIONS {
        return None;
    }
    let mut text = Vec::with_capacity(numbers.len() * 12);
    let mut buffer = ryu::Buffer::new();
    for bytes in numbers {
        let number = f32::from_le_bytes(*bytes);
        if !number.is_finite() {
            return None;
        }
        text.push(if text.is_empty() { b'[' } else { b',' });
        let spelt = buffer.format_finite(number);
        text.extend_from_slice(spelt.strip_suffix(".0").unwrap_or(spelt).as_bytes());
    }
    text.push(b']');
    Some(text)
}
