//! Replies in the shape of Anthropic's Messages API.
//! Source: <https://docs.anthropic.com/en/api/messages>, …/messages-streaming, …/errors, …/models-list and
//! <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking> (thinking, signatures, redacted thinking).

use serde_json::{Value, json};

use super::{Reply, pieces};

/// The path of calls under the base URL of the fixture.
pub const MESSAGES: &str = "/v1/messages";
/// The path of the token count.
pub const COUNT: &str = "/v1/messages/count_tokens";
/// The model that stands in answers.
pub const MODEL: &str = "claude-sonnet-4-6-20260217";

/// A text block.
pub fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// A signed thinking block.
pub fn thinking(text: &str, signature: &str) -> Value {
    json!({"type": "thinking", "thinking": text, "signature": signature})
}

/// Thinking that only Anthropic can read.
pub fn redacted(data: &str) -> Value {
    json!({"type": "redacted_thinking", "data": data})
}

/// A call of a tool.
pub fn tool_use(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

/// What every answer costs: 20 tokens of input beside 100 read from and 7 written to the cache, 12 of output.
pub fn usage() -> Value {
    json!({
        "input_tokens": 20, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 100,
        "output_tokens": 12, "service_tier": "standard"
    })
}

/// A whole message.
pub fn body(blocks: &[Value], stop_reason: &str) -> Value {
    json!({
        "id": "msg_01Up", "type": "message", "role": "assistant", "model": MODEL, "content": blocks,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": usage()
    })
}

/// A whole message as a reply.
pub fn answer(blocks: &[Value], stop_reason: &str) -> Reply {
    Reply::json(&body(blocks, stop_reason)).header("request-id", "req_011Up")
}

/// A whole message of one text.
pub fn message(words: &str) -> Reply {
    answer(&[text(words)], "end_turn")
}

/// One event of a stream; its name is its type.
pub fn event(value: &Value) -> Vec<u8> {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap_or_default()).into_bytes()
}

/// The first event: the message without content, the input's tokens.
pub fn message_start() -> Vec<u8> {
    let mut message = body(&[], "");
    message["stop_reason"] = Value::Null;
    message["usage"]["output_tokens"] = json!(1);
    event(&json!({"type": "message_start", "message": message}))
}

/// More of a block.
pub fn delta(index: usize, delta: &Value) -> Vec<u8> {
    event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

/// The start of a block as it stands.
pub fn block_start(index: usize, block: &Value) -> Vec<u8> {
    event(&json!({"type": "content_block_start", "index": index, "content_block": block}))
}

/// The end of a block.
pub fn block_stop(index: usize) -> Vec<u8> {
    event(&json!({"type": "content_block_stop", "index": index}))
}

/// The last two events.
pub fn message_end(stop_reason: &str) -> [Vec<u8>; 2] {
    let delta = json!({
        "type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null},
        "usage": {"output_tokens": 12}
    });
    [event(&delta), event(&json!({"type": "message_stop"}))]
}

/// All events of one block: its empty start, its content in pieces, its stop.
pub fn block_frames(index: usize, block: &Value) -> Vec<Vec<u8>> {
    let texts = |name: &str| pieces(block[name].as_str().unwrap_or_default());
    let (start, deltas): (Value, Vec<Value>) = match block["type"].as_str().unwrap_or_default() {
        "text" => (
            text(""),
            texts("text").into_iter().map(|piece| json!({"type": "text_delta", "text": piece})).collect(),
        ),
        "thinking" => {
            let mut deltas: Vec<Value> = texts("thinking")
                .into_iter()
                .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
                .collect();
            deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
            (thinking("", ""), deltas)
        }
        "tool_use" => {
            let mut start = block.clone();
            start["input"] = json!({});
            // The documented first delta of a tool is empty.
            let mut deltas = vec![json!({"type": "input_json_delta", "partial_json": ""})];
            let input = block["input"].to_string();
            deltas.extend(
                pieces(&input)
                    .into_iter()
                    .map(|piece| json!({"type": "input_json_delta", "partial_json": piece})),
            );
            (start, deltas)
        }
        _ => (block.clone(), Vec::new()),
    };
    let mut frames = vec![block_start(index, &start)];
    frames.extend(deltas.iter().map(|piece| delta(index, piece)));
    frames.push(block_stop(index));
    frames
}

/// All events of a message, with the `ping` that Anthropic sends after the start.
pub fn frames(blocks: &[Value], stop_reason: &str) -> Vec<Vec<u8>> {
    let mut frames = vec![message_start(), event(&json!({"type": "ping"}))];
    for (index, block) in blocks.iter().enumerate() {
        frames.extend(block_frames(index, block));
    }
    frames.extend(message_end(stop_reason));
    frames
}

/// A streamed message as a reply.
pub fn answer_stream(blocks: &[Value], stop_reason: &str) -> Reply {
    Reply::stream(frames(blocks, stop_reason)).header("request-id", "req_011Up")
}

/// A streamed message of one text, one delta per word.
pub fn stream(words: &[&str]) -> Reply {
    let mut frames = vec![message_start(), block_start(0, &text(""))];
    frames.extend(words.iter().map(|word| delta(0, &json!({"type": "text_delta", "text": word}))));
    frames.push(block_stop(0));
    frames.extend(message_end("end_turn"));
    Reply::stream(frames)
}

/// The error envelope.
pub fn error_body(error_type: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": error_type, "message": message}, "request_id": "req_011Up"})
}

/// An error as a reply.
pub fn error(status: u16, error_type: &str, message: &str) -> Reply {
    let body = error_body(error_type, message).to_string();
    Reply::status(status).header("content-type", "application/json").body(body)
}

/// An error in the middle of a stream.
pub fn error_event(error_type: &str, message: &str) -> Vec<u8> {
    event(&json!({"type": "error", "error": {"type": error_type, "message": message}}))
}

/// The documented error type of a status.
pub fn error_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        // 503 stands in no document; 529 is how Anthropic says it.
        503 | 529 => "overloaded_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    }
}

/// A model list.
pub fn models(ids: &[&str]) -> Reply {
    let entry = |id: &&str| {
        json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-02-17T00:00:00Z",
            "max_input_tokens": 200_000, "max_tokens": 64_000})
    };
    let data: Vec<Value> = ids.iter().map(entry).collect();
    let (first, last) = (ids.first(), ids.last());
    Reply::json(&json!({"data": data, "has_more": false, "first_id": first, "last_id": last}))
}
