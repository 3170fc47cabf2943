//! Replies in the shape of OpenAI's API.
//! Source: <https://platform.openai.com/docs/api-reference>, as spec 01 §§8.4, 9.2, 10 shows it.

use serde_json::{Value, json};

use super::{Reply, Seen};

/// A whole chat completion.
pub fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-7f3", "object": "chat.completion", "created": 1_787_000_000, "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    })
}

/// A whole chat completion as a reply.
pub fn chat(text: &str) -> Reply {
    Reply::json(&completion(text))
}

/// One frame of an event stream.
pub fn frame(value: &Value) -> Vec<u8> {
    format!("data: {value}\n\n").into_bytes()
}

/// The frame that ends a stream.
pub const DONE: &[u8] = b"data: [DONE]\n\n";

/// A chunk that carries a delta.
pub fn chunk(delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({
        "id": "c1", "object": "chat.completion.chunk", "created": 1_787_000_000, "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    })
}

/// The chunk that carries only usage.
pub fn usage_chunk() -> Value {
    json!({
        "id": "c1", "object": "chat.completion.chunk", "created": 1_787_000_000, "model": "gpt-4o-2024-08-06",
        "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    })
}

/// The frames of a stream: one per word, the finish, usage if asked for, `[DONE]`.
pub fn frames(words: &[&str], include_usage: bool) -> Vec<Vec<u8>> {
    let with_usage = |mut chunk: Value| {
        if include_usage {
            chunk["usage"] = Value::Null;
        }
        frame(&chunk)
    };
    let mut frames = vec![with_usage(chunk(&json!({"role": "assistant", "content": ""}), None))];
    frames.extend(words.iter().map(|word| with_usage(chunk(&json!({"content": word}), None))));
    frames.push(with_usage(chunk(&json!({}), Some("stop"))));
    if include_usage {
        frames.push(frame(&usage_chunk()));
    }
    frames.push(DONE.to_vec());
    frames
}

/// A chat stream as a reply, without usage.
pub fn chat_stream(words: &[&str]) -> Reply {
    Reply::stream(frames(words, false))
}

/// An embeddings answer with one vector.
pub fn embeddings(vector: &Value) -> Reply {
    Reply::json(&json!({
        "object": "list", "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "usage": {"prompt_tokens": 3, "total_tokens": 3}
    }))
}

/// A model list.
pub fn models(ids: &[&str]) -> Reply {
    let entry =
        |id: &&str| json!({"id": id, "object": "model", "created": 1_715_367_049, "owned_by": "system"});
    Reply::json(&json!({"object": "list", "data": ids.iter().map(entry).collect::<Vec<_>>()}))
}

/// An error in OpenAI's envelope.
pub fn error(status: u16, message: &str, code: &str) -> Reply {
    let body = json!({"error": {"message": message, "type": "x", "param": null, "code": code}});
    Reply::status(status).header("content-type", "application/json").body(body.to_string())
}

/// What an upstream answers where its test scripted nothing.
pub(super) fn default_reply(seen: &Seen) -> Reply {
    let last = seen.path().rsplit('/').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    match last {
        "completions" if body["stream"] == true => {
            Reply::stream(frames(&["po", "ng"], body["stream_options"]["include_usage"] == true))
        }
        "completions" => chat("pong"),
        "embeddings" => embeddings(&json!([0.5, -0.25])),
        _ => error(404, "no such path here", "not_found"),
    }
}
