//! Replies in the shape of Google's `generateContent`.
//! Source: <https://ai.google.dev/api/generate-content>, …/api/models, …/api/tokens, and
//! <https://ai.google.dev/gemini-api/docs/thought-signatures>.

use serde_json::{Value, json};

use super::{Reply, pieces};

/// The model version that stands in answers.
pub const MODEL: &str = "gemini-3-pro-preview-0926";

/// The path of whole calls of a model under the base URL of the fixture.
pub fn generate(model: &str) -> String {
    format!("/v1/models/{model}:generateContent")
}

/// The path of streamed calls of a model.
pub fn stream_generate(model: &str) -> String {
    format!("/v1/models/{model}:streamGenerateContent")
}

/// The path of the token count of a model.
pub fn count_tokens(model: &str) -> String {
    format!("/v1/models/{model}:countTokens")
}

/// A text part.
pub fn text(text: &str) -> Value {
    json!({"text": text})
}

/// A summary of the model's thoughts.
pub fn thought(text: &str) -> Value {
    json!({"text": text, "thought": true})
}

/// A function call without an id.
pub fn call(name: &str, args: &Value) -> Value {
    json!({"functionCall": {"name": name, "args": args}})
}

/// A function call with an id.
pub fn call_with_id(id: &str, name: &str, args: &Value) -> Value {
    json!({"functionCall": {"id": id, "name": name, "args": args}})
}

/// A part with a thought signature.
pub fn signed(mut part: Value, signature: &str) -> Value {
    part["thoughtSignature"] = json!(signature);
    part
}

/// What every answer costs: 120 tokens of prompt, 100 of them cached, 7 of output beside 5 of thoughts.
pub fn usage() -> Value {
    json!({
        "promptTokenCount": 120, "cachedContentTokenCount": 100, "candidatesTokenCount": 7,
        "thoughtsTokenCount": 5, "totalTokenCount": 132,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 120}]
    })
}

/// A whole answer; no finish reason if it is empty.
pub fn body(parts: &[Value], finish_reason: &str) -> Value {
    let mut body = json!({
        "candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}],
        "usageMetadata": usage(), "modelVersion": MODEL, "responseId": "r-up-1"
    });
    if !finish_reason.is_empty() {
        body["candidates"][0]["finishReason"] = json!(finish_reason);
    }
    body
}

/// A whole answer as a reply.
pub fn answer(parts: &[Value], finish_reason: &str) -> Reply {
    Reply::json(&body(parts, finish_reason))
}

/// A whole answer of one text.
pub fn message(words: &str) -> Reply {
    answer(&[text(words)], "STOP")
}

/// One event of a stream.
pub fn frame(value: &Value) -> Vec<u8> {
    format!("data: {value}\n\n").into_bytes()
}

/// All events of an answer: texts in pieces, calls whole, the finish with the last part.
pub fn frames(parts: &[Value], finish_reason: &str) -> Vec<Vec<u8>> {
    let mut events: Vec<Value> = Vec::new();
    for part in parts {
        let Some(words) = part["text"].as_str() else {
            events.push(part.clone());
            continue;
        };
        let mut cut: Vec<Value> = pieces(words)
            .into_iter()
            .map(|piece| {
                let mut event = part.clone();
                event["text"] = json!(piece);
                event.as_object_mut().expect("a part").remove("thoughtSignature");
                event
            })
            .collect();
        // The signature of a text comes with an empty text at its end.
        if let Some(signature) = part["thoughtSignature"].as_str() {
            cut.push(signed(text(""), signature));
        }
        events.extend(cut);
    }
    let last = events.len().saturating_sub(1);
    let finish = |index: usize| if index == last { finish_reason } else { "" };
    events
        .iter()
        .enumerate()
        .map(|(index, part)| frame(&body(std::slice::from_ref(part), finish(index))))
        .collect()
}

/// A streamed answer as a reply.
pub fn answer_stream(parts: &[Value], finish_reason: &str) -> Reply {
    Reply::stream(frames(parts, finish_reason))
}

/// A streamed answer, one event per word.
pub fn stream(words: &[&str]) -> Reply {
    let last = words.len().saturating_sub(1);
    let finish = |index: usize| if index == last { "STOP" } else { "" };
    Reply::stream(words.iter().enumerate().map(|(index, word)| frame(&body(&[text(word)], finish(index)))))
}

/// The error envelope.
pub fn error_body(code: u16, status: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message, "status": status}})
}

/// An error as a reply.
pub fn error(code: u16, status: &str, message: &str) -> Reply {
    Reply::status(code)
        .header("content-type", "application/json; charset=UTF-8")
        .body(error_body(code, status, message).to_string())
}

/// The documented status word of an HTTP status.
pub fn status_word(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "UNKNOWN",
    }
}

/// A model list.
pub fn models(ids: &[&str]) -> Reply {
    let entry = |id: &&str| {
        json!({
            "name": format!("models/{id}"), "version": "001", "displayName": id,
            "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"]
        })
    };
    Reply::json(&json!({"models": ids.iter().map(entry).collect::<Vec<_>>()}))
}
