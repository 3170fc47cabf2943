//! The provider that needs neither key nor network: it answers inside the gateway, through the same `Answer` as any
//! upstream, so that every stage around it behaves as it would with a real one (spec 02 §13).
//! In: the head and body that would have gone to the wire. Out: a deterministic answer; `usage` counts words.
//! Invariant: no state, no clock in an answer, no randomness; prices are 0.

mod chat;
mod embed;
mod story;
mod stream;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use upstream::{Answer, AnswerHeaders, RequestBody, RequestHead};

/// What every text of the demo begins with.
pub const NOTICE: &str = "This is GoModel's built-in demo; set OPENAI_API_KEY, or the key of another provider, \
to reach a real model.";

/// Answers a call that was prepared for the demo's instance.
pub fn answer(head: &RequestHead, body: &RequestBody) -> Answer {
    let Ok(request) = serde_json::from_slice::<Value>(&body.slices().concat()) else {
        return error(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    if let Some(answer) = requested_error(model) {
        return answer;
    }
    match head.path.path().rsplit('/').next().unwrap_or_default() {
        "completions" => chat::answer(model, &request),
        "embeddings" => embed::answer(model, &request),
        _ => error(StatusCode::NOT_FOUND, "the demo knows chat and embeddings only"),
    }
}

/// `error-<status>` answers that status.
fn requested_error(model: &str) -> Option<Answer> {
    let status = model.strip_prefix("error-")?.parse::<u16>().ok()?;
    let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 400)?;
    Some(error(status, &format!("{NOTICE} You asked for an error with status {}.", status.as_u16())))
}

fn unknown_model(model: &str) -> Answer {
    error(
        StatusCode::NOT_FOUND,
        &format!("the demo has no model {model:?}: try echo, story, tools, embed, error-<status> or cut"),
    )
}

fn error(status: StatusCode, message: &str) -> Answer {
    let error = json!({"message": message, "type": "demo_error", "param": null, "code": "demo_error"});
    whole(status, &json!({ "error": error }))
}

fn whole(status: StatusCode, body: &Value) -> Answer {
    Answer::new(status, headers("application/json"), Bytes::from(body.to_string()))
}

fn headers(content_type: &str) -> AnswerHeaders {
    [("content-type", content_type)].into_iter().collect()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests;
