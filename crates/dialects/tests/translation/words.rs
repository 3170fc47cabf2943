//! What all generators share: texts, names, JSON, and how often a property is tried.

use dialects::conversation::{Issuer, OpaqueState, Reasoning, Text};
use dialects::json::RawObject;
use dialects::sse::FrameSplitter;
use dialects::translate::Rendering;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::Dialect;

use bytes::Bytes;

use crate::any_bytes;

/// Few cases, as they are large and the whole suite shall stay quick.
pub(crate) fn few() -> ProptestConfig {
    ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() }
}

/// A text that no dialect has a reason to trim, to skip or to take for JSON.
pub(crate) fn text() -> impl Strategy<Value = Text> {
    let middle =
        vec(select(vec!["a", "é", " ", "\n", "\"", "\\", "🙂", "</", "data: ", "\u{1}", "漢"]), 0..6);
    middle.prop_map(|middle| format!("w{}w", middle.concat()).into())
}

/// A short word, as names and ids are.
pub(crate) fn word() -> impl Strategy<Value = Text> {
    "[a-z]{1,6}".prop_map(Text::from)
}

/// The arguments of a call: an object whose spelling must survive.
pub(crate) fn arguments() -> impl Strategy<Value = Text> {
    let texts = vec![
        "{}",
        r#"{"city": "Oslo"}"#,
        r#"{"n":1.50,"m":12345678901234567890}"#,
        r#"{"a":[{"b":"\u00e9\n"},null],"a":2}"#,
    ];
    select(texts).prop_map(Text::from)
}

/// Base64, as signatures and media are.
pub(crate) fn base64() -> impl Strategy<Value = Text> {
    select(vec!["iVBORw0KGgo=", "AAAA", "EqQBsigAAAAA", "CpcBsigG"]).prop_map(Text::from)
}

/// Reasoning with a state of an issuer.
pub(crate) fn reasoning_of(issuer: Issuer, text: Text, bytes: Text) -> Reasoning {
    Reasoning { text, state: Some(OpaqueState { issuer, bytes }), ..Reasoning::default() }
}

/// The issuer whose state a dialect carries natively.
pub(crate) fn issuer_of(dialect: Dialect) -> Issuer {
    match dialect {
        Dialect::OpenAiChat | Dialect::AnthropicMessages => Issuer::Anthropic,
        Dialect::OpenAiResponses => Issuer::OpenAi,
        Dialect::Gemini => Issuer::Google,
    }
}

/// How answers are written, for a client that asked for all there is.
pub(crate) fn rendering() -> Rendering {
    const ASKING: &str = r#"{"include":["reasoning.encrypted_content","message.output_text.logprobs"]}"#;
    Rendering { request: RawObject::scan(ASKING.into()).ok(), ..any_bytes::rendering() }
}

/// The frames of a stream that is all there.
pub(crate) fn frames(stream: Bytes) -> Vec<Bytes> {
    cut_frames(&[stream])
}

/// The frames of a stream that comes in pieces.
pub(crate) fn cut_frames(pieces: &[Bytes]) -> Vec<Bytes> {
    let mut splitter = FrameSplitter::new(usize::MAX);
    let mut frames = Vec::new();
    for piece in pieces {
        splitter.push(piece.clone());
        while let Some(frame) = splitter.next_frame().expect("no limit") {
            frames.push(frame);
        }
    }
    frames
}

/// The body of a scanned object.
pub(crate) fn scan(body: impl Into<Bytes>) -> RawObject {
    let body = body.into();
    RawObject::scan(body.clone())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body)))
}
