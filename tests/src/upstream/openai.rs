//! Replies in the shape of OpenAI's API.
//! Source: <https://platform.openai.com/docs/api-reference>, as spec 01 §§8.4, 9.2, 10 shows it.

use serde_json::{Value, json};

use super::{Reply, Seen, pieces};

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

/// What an answer of a model that caches and reasons costs: 120 tokens of prompt, 100 of them cached, 12 of output, 5 of
/// them reasoning.
pub fn detailed_usage() -> Value {
    json!({
        "prompt_tokens": 120, "completion_tokens": 12, "total_tokens": 132,
        "prompt_tokens_details": {"cached_tokens": 100, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 0}
    })
}

/// A tool call of an assistant message.
pub fn tool_call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// A whole chat completion with any message.
pub fn completion_of(message: &Value, finish_reason: &str) -> Value {
    let mut body = completion("");
    body["choices"] = json!([{"index": 0, "message": message, "finish_reason": finish_reason}]);
    body["usage"] = detailed_usage();
    body
}

/// The deltas of a message: role, reasoning, content in words, each call's start and its arguments in words.
pub fn deltas(message: &Value) -> Vec<Value> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    for name in ["reasoning_content", "content"] {
        let words = pieces(message[name].as_str().unwrap_or_default());
        deltas.extend(words.into_iter().map(|word| json!({name: word})));
    }
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        let mut start = call.clone();
        start["index"] = json!(index);
        start["function"]["arguments"] = json!("");
        deltas.push(json!({"tool_calls": [start]}));
        for piece in pieces(call["function"]["arguments"].as_str().unwrap_or_default()) {
            deltas.push(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
        }
    }
    deltas
}

/// A stream of these deltas, its finish, its usage if asked for, `[DONE]`.
pub fn frames_of(deltas: &[Value], finish_reason: &str, include_usage: bool) -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = deltas.iter().map(|delta| frame(&chunk(delta, None))).collect();
    frames.push(frame(&chunk(&json!({}), Some(finish_reason))));
    if include_usage {
        let mut usage = usage_chunk();
        usage["usage"] = detailed_usage();
        frames.push(frame(&usage));
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
