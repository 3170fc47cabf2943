//! Replies in the shape of OpenAI's Responses API, as its own endpoint sends them.
//! Source: <https://platform.openai.com/docs/api-reference/responses>, …/responses-streaming (`openai-openapi.yaml`), and
//! <https://platform.openai.com/docs/guides/reasoning> (encrypted reasoning).

use serde_json::{Value, json};

use super::{Reply, pieces};

/// The path of calls under the base URL of the fixture.
pub const RESPONSES: &str = "/v1/responses";
/// The model that stands in answers.
pub const MODEL: &str = "gpt-5.6-sol-2026-08-01";

/// A message item of one text.
pub fn message_item(id: &str, text: &str) -> Value {
    json!({
        "id": id, "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    })
}

/// A call of a function.
pub fn function_call(id: &str, call_id: &str, name: &str, arguments: &str) -> Value {
    json!({
        "id": id, "type": "function_call", "status": "completed", "call_id": call_id, "name": name,
        "arguments": arguments
    })
}

/// A reasoning item with a summary and what only OpenAI can read.
pub fn reasoning(id: &str, summary: &str, encrypted_content: &str) -> Value {
    let summary: Vec<Value> =
        if summary.is_empty() { vec![] } else { vec![json!({"type": "summary_text", "text": summary})] };
    json!({"id": id, "type": "reasoning", "summary": summary, "encrypted_content": encrypted_content})
}

/// What every answer costs: 120 tokens of input, 100 of them cached, 12 of output, 5 of them reasoning.
pub fn usage() -> Value {
    json!({
        "input_tokens": 120, "input_tokens_details": {"cached_tokens": 100},
        "output_tokens": 12, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 132
    })
}

/// A response object with this status; a terminal one has usage.
pub fn body(items: &[Value], status: &str) -> Value {
    let incomplete = (status == "incomplete").then(|| json!({"reason": "max_output_tokens"}));
    let usage = if status == "in_progress" { Value::Null } else { usage() };
    json!({
        "id": "resp_0up", "object": "response", "created_at": 1_787_000_000, "status": status,
        "background": false, "error": null, "incomplete_details": incomplete, "instructions": null,
        "max_output_tokens": null, "max_tool_calls": null, "model": MODEL, "output": items,
        "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": null,
        "reasoning": {"effort": "medium", "summary": null}, "safety_identifier": null,
        "service_tier": "default", "store": false, "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
        "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "usage": usage, "user": null,
        "metadata": {}
    })
}

/// A whole response as a reply.
pub fn answer(items: &[Value]) -> Reply {
    Reply::json(&body(items, "completed"))
}

/// A whole response of one text.
pub fn text(words: &str) -> Reply {
    answer(&[message_item("msg_0up", words)])
}

/// Numbers events and gives them their `event:` line.
#[derive(Default)]
pub struct Events {
    next: u64,
    frames: Vec<Vec<u8>>,
}

impl Events {
    /// Adds an event of this type with these members.
    pub fn push(&mut self, event_type: &str, members: Value) {
        let mut event = json!({"type": event_type, "sequence_number": self.next});
        self.next += 1;
        if let (Some(event), Value::Object(members)) = (event.as_object_mut(), members) {
            event.extend(members);
        }
        self.frames.push(format!("event: {event_type}\ndata: {event}\n\n").into_bytes());
    }

    /// The first two events.
    pub fn begin(&mut self) {
        let response = body(&[], "in_progress");
        self.push("response.created", json!({"response": response}));
        self.push("response.in_progress", json!({"response": response}));
    }

    /// All events of one item.
    pub fn item(&mut self, index: usize, item: &Value) {
        match item["type"].as_str().unwrap_or_default() {
            "message" => self.message(index, item),
            "function_call" => self.function_call(index, item),
            "reasoning" => self.reasoning(index, item),
            _ => self.push("response.output_item.added", json!({"output_index": index, "item": item})),
        }
        self.push("response.output_item.done", json!({"output_index": index, "item": item}));
    }

    fn added(&mut self, index: usize, item: Value) {
        self.push("response.output_item.added", json!({"output_index": index, "item": item}));
    }

    fn message(&mut self, index: usize, item: &Value) {
        let mut start = item.clone();
        (start["status"], start["content"]) = (json!("in_progress"), json!([]));
        self.added(index, start);
        let at = json!({"item_id": item["id"], "output_index": index, "content_index": 0});
        let with = |members: Value| merged(&at, members);
        let empty = json!({"type": "output_text", "text": "", "annotations": [], "logprobs": []});
        self.push("response.content_part.added", with(json!({"part": empty})));
        let text = item["content"][0]["text"].as_str().unwrap_or_default();
        for piece in pieces(text) {
            self.push("response.output_text.delta", with(json!({"delta": piece, "logprobs": []})));
        }
        self.push("response.output_text.done", with(json!({"text": text, "logprobs": []})));
        self.push("response.content_part.done", with(json!({"part": item["content"][0]})));
    }

    fn function_call(&mut self, index: usize, item: &Value) {
        let mut start = item.clone();
        (start["status"], start["arguments"]) = (json!("in_progress"), json!(""));
        self.added(index, start);
        let at = json!({"item_id": item["id"], "output_index": index});
        let arguments = item["arguments"].as_str().unwrap_or_default();
        for piece in pieces(arguments) {
            self.push("response.function_call_arguments.delta", merged(&at, json!({"delta": piece})));
        }
        let done = json!({"name": item["name"], "arguments": arguments});
        self.push("response.function_call_arguments.done", merged(&at, done));
    }

    /// The encrypted content of the added item is not yet the one that counts.
    fn reasoning(&mut self, index: usize, item: &Value) {
        let mut start = item.clone();
        start["summary"] = json!([]);
        if let Some(content) = item["encrypted_content"].as_str() {
            start["encrypted_content"] = json!(content.get(..4));
        }
        self.added(index, start);
        for (summary_index, part) in item["summary"].as_array().into_iter().flatten().enumerate() {
            let at = json!({"item_id": item["id"], "output_index": index, "summary_index": summary_index});
            let empty = json!({"type": "summary_text", "text": ""});
            self.push("response.reasoning_summary_part.added", merged(&at, json!({"part": empty})));
            let text = part["text"].as_str().unwrap_or_default();
            for piece in pieces(text) {
                self.push("response.reasoning_summary_text.delta", merged(&at, json!({"delta": piece})));
            }
            self.push("response.reasoning_summary_text.done", merged(&at, json!({"text": text})));
            self.push("response.reasoning_summary_part.done", merged(&at, json!({"part": part})));
        }
    }

    /// The terminal event of a status, and all frames.
    pub fn end(mut self, items: &[Value], status: &str) -> Vec<Vec<u8>> {
        self.push(&format!("response.{status}"), json!({"response": body(items, status)}));
        self.frames
    }

    /// All frames so far.
    pub fn cut(self) -> Vec<Vec<u8>> {
        self.frames
    }
}

fn merged(at: &Value, members: Value) -> Value {
    let mut all = at.clone();
    if let (Some(all), Value::Object(members)) = (all.as_object_mut(), members) {
        all.extend(members);
    }
    all
}

/// All events of a response; OpenAI sends no `[DONE]` after them.
pub fn frames(items: &[Value], status: &str) -> Vec<Vec<u8>> {
    let mut events = Events::default();
    events.begin();
    for (index, item) in items.iter().enumerate() {
        events.item(index, item);
    }
    events.end(items, status)
}

/// A streamed response as a reply.
pub fn answer_stream(items: &[Value]) -> Reply {
    Reply::stream(frames(items, "completed"))
}

/// A streamed response of one text, cut into these pieces by its spaces.
pub fn stream(words: &str) -> Reply {
    answer_stream(&[message_item("msg_0up", words)])
}

/// The event that ends a failed response.
pub fn failed_event(code: &str, message: &str) -> Vec<u8> {
    let mut response = body(&[], "failed");
    response["error"] = json!({"code": code, "message": message});
    response["usage"] = Value::Null;
    let event = json!({"type": "response.failed", "sequence_number": 90, "response": response});
    format!("event: response.failed\ndata: {event}\n\n").into_bytes()
}

/// An error event, which is no part of the response.
pub fn error_event(code: &str, message: &str) -> Vec<u8> {
    let event =
        json!({"type": "error", "sequence_number": 91, "code": code, "message": message, "param": null});
    format!("event: error\ndata: {event}\n\n").into_bytes()
}
