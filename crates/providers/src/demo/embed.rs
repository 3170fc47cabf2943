//! Embeddings of the demo: sixty-four numbers from a hash of the text.

use aws_lc_rs::digest::{SHA256, digest};
use http::StatusCode;
use serde_json::{Value, json};
use upstream::Answer;

use super::{error, unknown_model, whole, words};

const DIMENSIONS: usize = 64;

pub(super) fn answer(model: &str, request: &Value) -> Answer {
    if model != "embed" {
        return unknown_model(model);
    }
    let Some(texts) = request.get("input").map(inputs) else {
        return error(StatusCode::BAD_REQUEST, "input is required");
    };
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector(text)}))
        .collect();
    let tokens: usize = texts.iter().map(|text| words(text)).sum();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    whole(StatusCode::OK, &json!({"object": "list", "model": model, "data": data, "usage": usage}))
}

/// One text per vector: a string, each element of a list, or a list of token numbers as one text.
fn inputs(input: &Value) -> Vec<String> {
    match input {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) if items.iter().any(Value::is_number) => vec![input.to_string()],
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        other => vec![other.to_string()],
    }
}

/// Multiples of 1/128: the same number as text and as float32, whichever encoding the client asks for.
fn vector(text: &str) -> Vec<f64> {
    let halves = [b'0', b'1'].map(|half| digest(&SHA256, &[&[half], text.as_bytes()].concat()));
    let bytes = halves.iter().flat_map(|half| half.as_ref()).take(DIMENSIONS);
    bytes.map(|byte| (f64::from(*byte) - 128.0) / 128.0).collect()
}
