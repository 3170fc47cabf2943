//! Chat answers of the demo: what the model says, and its form as a whole answer or as frames of a stream.
//! In: a decoded chat request. Out: an `Answer` in OpenAI's chat dialect.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};
use upstream::{Answer, AnswerBody};

use super::story::TALE;
use super::stream::Frames;
use super::{NOTICE, headers, unknown_model, whole, words};

const ID: &str = "chatcmpl-demo";
/// Answers are the same every time, so their time of creation is as well: 17 August 2026.
const CREATED: u32 = 1_787_000_000;
/// Fifty words a second.
const WORD_TIME: Duration = Duration::from_millis(20);
/// A long echo is cut into at most this many frames.
const MAX_ECHO_FRAMES: usize = 64;
const CHUNKS_BEFORE_CUT: usize = 3;

/// What a demo model says.
enum Reply {
    Text(String),
    Call { name: String, arguments: String },
}

pub(super) fn answer(model: &str, request: &Value) -> Answer {
    let reply = match model {
        "echo" | "cut" => Reply::Text(format!("{NOTICE} You said: {}", last_user_text(request))),
        "story" => Reply::Text(format!("{NOTICE} {TALE}")),
        "tools" => tool_reply(request),
        _ => return unknown_model(model),
    };
    let streamed = request.get("stream").and_then(Value::as_bool) == Some(true);
    if streamed { stream(model, request, &reply) } else { complete(model, request, &reply) }
}

fn complete(model: &str, request: &Value, reply: &Reply) -> Answer {
    let message = match reply {
        Reply::Text(text) => json!({"role": "assistant", "content": text}),
        Reply::Call { .. } => {
            json!({"role": "assistant", "content": null, "tool_calls": [reply.tool_call()]})
        }
    };
    let choice = json!({"index": 0, "message": message, "finish_reason": reply.finish_reason()});
    let body = json!({"id": ID, "object": "chat.completion", "created": CREATED, "model": model,
        "choices": [choice], "usage": usage(request, reply)});
    if model == "cut" {
        let text = body.to_string();
        let half = text.get(..text.len() / 2).unwrap_or_default();
        let body = Frames::new([Bytes::copy_from_slice(half.as_bytes())]).cut();
        return Answer::new(StatusCode::OK, headers("application/json"), AnswerBody::in_process(body));
    }
    whole(StatusCode::OK, &body)
}

fn stream(model: &str, request: &Value, reply: &Reply) -> Answer {
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        frame(&json!({"id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": model,
            "choices": [choice]}))
    };
    let mut frames = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    match reply {
        Reply::Text(text) => {
            frames.extend(pieces(model, text).map(|piece| chunk(json!({ "content": piece }), Value::Null)));
        }
        Reply::Call { .. } => {
            let mut call = reply.tool_call();
            call["index"] = 0.into();
            frames.push(chunk(json!({ "tool_calls": [call] }), Value::Null));
        }
    }
    frames.push(chunk(json!({}), reply.finish_reason().into()));
    if request.pointer("/stream_options/include_usage").and_then(Value::as_bool) == Some(true) {
        frames.push(frame(&json!({"id": ID, "object": "chat.completion.chunk", "created": CREATED,
            "model": model, "choices": [], "usage": usage(request, reply)})));
    }
    frames.push(Bytes::from_static(b"data: [DONE]\n\n"));
    let body = match model {
        "cut" => Frames::new(frames.into_iter().take(CHUNKS_BEFORE_CUT)).cut(),
        "story" => Frames::new(frames).paced(WORD_TIME),
        _ => Frames::new(frames),
    };
    Answer::new(StatusCode::OK, headers("text/event-stream"), AnswerBody::in_process(body))
}

fn frame(chunk: &Value) -> Bytes {
    Bytes::from(format!("data: {chunk}\n\n"))
}

/// The text in pieces that join to it: word by word for the story, in fewer pieces for a long echo.
fn pieces<'a>(model: &str, text: &'a str) -> impl Iterator<Item = String> + 'a {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let size = if model == "story" { 1 } else { words.len().div_ceil(MAX_ECHO_FRAMES).max(1) };
    let joined: Vec<String> = words.chunks(size).map(|chunk| chunk.concat()).collect();
    joined.into_iter()
}

impl Reply {
    fn finish_reason(&self) -> &'static str {
        match self {
            Self::Text(_) => "stop",
            Self::Call { .. } => "tool_calls",
        }
    }

    fn tool_call(&self) -> Value {
        match self {
            Self::Text(_) => Value::Null,
            Self::Call { name, arguments } => {
                json!({"id": "call_demo", "type": "function", "function": {"name": name, "arguments": arguments}})
            }
        }
    }

    fn words(&self) -> usize {
        match self {
            Self::Text(text) => words(text),
            Self::Call { name, arguments } => words(name) + words(arguments),
        }
    }
}

fn usage(request: &Value, reply: &Reply) -> Value {
    let prompt: usize = messages(request).map(|message| words(&text_of(message))).sum();
    let completion = reply.words();
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

fn messages(request: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    request.get("messages").and_then(Value::as_array).into_iter().flatten()
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or_default()
}

/// The text of a message: its content, or the text parts of it.
fn text_of(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}

fn last_user_text(request: &Value) -> String {
    messages(request).rfind(|message| role(message) == "user").map(text_of).unwrap_or_default()
}

/// Calls the first tool once; with a result at hand, answers from it.
fn tool_reply(request: &Value) -> Reply {
    if let Some(result) = messages(request).rfind(|message| role(message) == "tool") {
        return Reply::Text(format!("{NOTICE} The tool answered: {}", text_of(result)));
    }
    let refused = request.get("tool_choice").and_then(Value::as_str) == Some("none");
    let function = request.pointer("/tools/0/function").filter(|_| !refused);
    let name = function.and_then(|function| function.get("name")?.as_str());
    match (function, name) {
        (Some(function), Some(name)) => {
            let schema = function.get("parameters").unwrap_or(&Value::Null);
            Reply::Call { name: name.to_owned(), arguments: sample(schema, 0).to_string() }
        }
        _ => Reply::Text(format!("{NOTICE} Offer me a tool and I will call it once.")),
    }
}

/// An object that has the required members of a schema; nested ones only a few levels deep.
fn sample(schema: &Value, depth: usize) -> Value {
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "demo".into(),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => json!([]),
        _ => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let members = required.filter_map(Value::as_str).take_while(|_| depth < 4).map(|name| {
                let property = schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&Value::Null);
                (name.to_owned(), sample(property, depth + 1))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
