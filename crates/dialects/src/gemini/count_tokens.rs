//! `:countTokens`: the client's body, the body for Gemini, and the answer (spec 03 §17, 04-B27).
//! In: a scanned body or a conversation. Out: a conversation, a body, a number. Invariant: a client's body towards Gemini passes as
//! it came but for the model that it names once more inside. Source: Gemini API reference, "Counting tokens".

use vocabulary::ApiError;

use super::decode::{decode_nested, decode_request};
use super::encode::encode_request;
use super::spelling::{get, get_of_body};
use crate::conversation::{Losses, Request};
use crate::json::{Edits, RawObject, object, quote};
use crate::translate::{AnswerShape, Target};

/// Reads a client's body: `contents` alone, or a whole `generateContentRequest`.
///
/// # Errors
/// 400 with the offending path as `param`.
pub fn decode_count_request(body: &RawObject) -> Result<Request, ApiError> {
    match get_of_body(body, "generateContentRequest") {
        Some(nested) => decode_nested(nested, "generateContentRequest"),
        None => decode_request(body),
    }
}

/// The edits on a client's body for Gemini: the model that stands inside becomes the upstream's.
pub fn edit_count_for_upstream<'a>(body: &'a RawObject, model: &str) -> Edits<'a> {
    let mut edits = body.edit();
    let nested = get_of_body(body, "generateContentRequest").and_then(|nested| get(nested, "model"));
    if let Some(named) = nested {
        edits.replace(named.range(), quote(&format!("models/{model}")));
    }
    edits
}

/// The body for Gemini of a request that another dialect made. What is lost on the way does not change a count.
///
/// # Errors
/// 400 for content that Gemini cannot take.
pub fn encode_count_request(request: &Request, target: &Target<'_>) -> Result<Vec<u8>, ApiError> {
    let body = encode_request(request, target, &mut Losses::default(), &mut AnswerShape::default())?;
    let rest = body.strip_prefix(b"{").unwrap_or_default();
    let mut nested = [br#"{"model":"#, &quote(&format!("models/{}", target.model))[..]].concat();
    nested.push(b',');
    nested.extend_from_slice(rest);
    Ok(object(|out| {
        out.raw("generateContentRequest", &nested);
    }))
}

/// The number in an answer of Gemini.
pub fn read_count(answer: &RawObject) -> Option<u64> {
    get_of_body(answer, "totalTokens").and_then(|total| total.as_u64())
}

/// The answer for a client.
pub fn write_count(tokens: u64) -> Vec<u8> {
    object(|out| {
        out.number("totalTokens", tokens);
    })
}
