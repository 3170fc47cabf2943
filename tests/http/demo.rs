//! The demo provider (spec 02 §13).

use std::time::Instant;

use blackbox::{Gateway, client, gateway, upstream};
use serde_json::json;

fn demo() -> Gateway {
    let gateway = gateway().env("DEMO_PROVIDER_ENABLED", "auto").start();
    gateway.eventually("the demo models", |gateway| (!gateway.model_ids().is_empty()).then_some(()));
    gateway
}

#[test]
fn without_providers_it_is_there_and_answers() {
    // Demo case 1.
    let gateway = demo();
    assert_eq!(gateway.model_ids(), ["demo/echo", "demo/embed", "demo/story", "demo/tools"]);
    let answer = gateway.chat("demo/echo").expect_status(200).json();
    let text = answer["choices"][0]["message"]["content"].as_str().expect("a text");
    assert!(text.contains("ping") && text.to_lowercase().contains("demo"), "{text}");
    assert_eq!(answer["provider"], "demo");
    assert!(answer["usage"]["total_tokens"].as_u64() > Some(0), "{answer}");
    let again = gateway.chat("demo/echo").json();
    assert_eq!(again["choices"], answer["choices"], "it is deterministic");
    gateway.chat("echo").expect_status(200);
}

#[test]
fn with_a_provider_it_is_gone() {
    // Demo case 2.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("DEMO_PROVIDER_ENABLED", "auto").start();
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o"]);
    gateway.chat("demo/echo").error(404);
}

#[test]
fn by_default_it_is_off() {
    // Demo case 3.
    let gateway = gateway().start();
    assert_eq!(gateway.chat("demo/echo").error(503).code.as_deref(), Some("model_registry_not_ready"));
}

#[test]
fn beside_a_provider_its_bare_names_never_win() {
    let upstream = upstream().models(&["echo", "gpt-4o"]).start();
    let gateway = gateway().provider("openai", &upstream).env("DEMO_PROVIDER_ENABLED", "true").start();
    gateway.chat("echo").expect_status(200);
    assert_eq!(upstream.only_chat().json()["model"], "echo");
    gateway.chat("demo/echo").expect_status(200);
    gateway.chat("story").expect_status(200);
}

#[test]
fn its_story_streams_at_reading_speed() {
    let gateway = demo();
    let start = Instant::now();
    let mut stream = gateway.stream("demo/story");
    stream.next_frame();
    let first = start.elapsed();
    let texts = stream.rest_texts();
    assert_eq!(texts.last().map(String::as_str), Some("data: [DONE]"));
    assert!(texts.len() > 100, "{} frames", texts.len());
    assert!(first.as_millis() < 1000 && start.elapsed().as_secs() >= 2, "{first:?} {:?}", start.elapsed());
}

#[test]
fn its_tool_model_calls_once_and_then_answers() {
    let gateway = demo();
    let tools = json!([{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]);
    let mut messages = json!([{"role": "user", "content": "go"}]);
    let post = |messages: &serde_json::Value| {
        let body = json!({"model": "demo/tools", "messages": messages, "tools": tools});
        gateway.post("/v1/chat/completions", &body).send().expect_status(200).json()
    };
    let first = post(&messages);
    let message = &first["choices"][0]["message"];
    assert_eq!(first["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(message["tool_calls"][0]["function"]["name"], "look");
    let list = messages.as_array_mut().expect("a list");
    list.push(message.clone());
    list.push(json!({"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "42"}));
    let second = post(&messages);
    assert_eq!(second["choices"][0]["finish_reason"], "stop");
    assert!(second["choices"][0]["message"]["content"].as_str().is_some_and(|text| text.contains("42")));
}

#[test]
fn its_vectors_have_64_numbers_in_both_encodings() {
    let gateway = demo();
    let post = |encoding: &str| {
        let body = json!({"model": "demo/embed", "input": ["a", "b"], "encoding_format": encoding});
        gateway.post("/v1/embeddings", &body).send().expect_status(200).json()
    };
    let floats = post("float");
    assert_eq!(floats["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(floats["data"][0]["embedding"].as_array().map(Vec::len), Some(64));
    assert_ne!(floats["data"][0]["embedding"], floats["data"][1]["embedding"]);
    assert_eq!(post("base64")["data"][0]["embedding"].as_str().map(str::len), Some(344));
}

#[test]
fn its_failures_can_be_tried_out() {
    let gateway = demo();
    for status in [400, 401, 404, 429, 500, 503] {
        gateway.chat(&format!("demo/error-{status}")).error(status);
    }
    let texts = gateway.stream("demo/cut").rest_texts();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert_eq!(client::data(&texts[3])["error"]["code"], "stream_interrupted");
}
