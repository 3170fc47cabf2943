//! Counting tokens: the provider's own endpoint where it has one, an estimate elsewhere (04 §12.9, 04-B27, B16; 03 §17).

use blackbox::{Provider, Reply, anthropic, gateway, gemini, gemini_upstream, upstream};
use serde_json::{Value, json};

use crate::dialects::{Gemini, Messages, Single, sent};
use crate::setup::one;

fn count(gateway: &blackbox::Gateway, body: &Value) -> blackbox::Answer {
    gateway.post("/v1/messages/count_tokens?beta=true", body).send()
}

#[test]
fn an_estimate_counts_bytes_by_four() {
    // Case 4-58: 26 bytes are 7 tokens, nothing is none. A model with a known tokenizer may say another number (B27), so
    // the model is one that nobody knows.
    let upstream = upstream().models(&["mystery-1"]).start();
    let gateway = one(&upstream);
    let body = json!({"model": "mystery-1", "system": "You are terse.",
        "messages": [{"role": "user", "content": "What is 2+2?"}]});
    let answer = count(&gateway, &body).expect_status(200);
    assert_eq!(answer.json(), json!({"input_tokens": 7}));
    assert_eq!(answer.header("x-gomodel-estimated"), Some("true"));
    let empty = json!({"model": "mystery-1", "messages": []});
    assert_eq!(count(&gateway, &empty).expect_status(200).json(), json!({"input_tokens": 0}));
    assert!(upstream.requests().iter().all(|seen| seen.method == "GET"), "no provider is called");
}

#[test]
fn only_the_model_is_required_and_must_be_known() {
    // 04 §12.9.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let (kind, message) = count(&gateway, &json!({"messages": []})).anthropic_error(400);
    assert_eq!((kind.as_str(), message.as_str()), ("invalid_request_error", "model is required"));
    let (kind, _) = count(&gateway, &json!({"model": "nope", "messages": []})).anthropic_error(404);
    assert_eq!(kind, "not_found_error");
}

#[test]
fn tools_and_results_count_and_images_are_not_forgotten() {
    // B27: over-estimate rather than under.
    let upstream = upstream().models(&["mystery-1"]).start();
    let gateway = one(&upstream);
    let of = |content: Value, tools: Value| {
        let body =
            json!({"model": "mystery-1", "tools": tools, "messages": [{"role": "user", "content": content}]});
        count(&gateway, &body).expect_status(200).json()["input_tokens"].as_u64().expect("a number")
    };
    let bare = of(json!([{"type": "text", "text": "hi"}]), json!([]));
    let with_tool = of(
        json!([{"type": "text", "text": "hi"}]),
        json!([{"name": "weather", "description": "The weather in a city.", "input_schema": {"type": "object"}}]),
    );
    assert!(with_tool > bare + 5, "{with_tool} {bare}");
    let source = json!({"type": "base64", "media_type": "image/png", "data": "AAAA"});
    let image = of(json!([{"type": "image", "source": source}]), json!([]));
    assert!(image >= 1500, "{image}");
    let result = json!({"type": "tool_result", "tool_use_id": "t", "content": [
        {"type": "text", "text": "x".repeat(400)}, {"type": "image", "source": source}
    ]});
    assert!(of(json!([result]), json!([])) >= 1600, "the text beside an image counts, too");
}

#[test]
fn anthropic_is_asked_itself() {
    // B27.
    let bench = Single::start(Messages, "claude-t");
    bench.upstream.on(anthropic::COUNT, [Reply::json(&json!({"input_tokens": 4242}))]);
    let body = json!({"model": "p/claude-t", "messages": [{"role": "user", "content": "hi"}], "system": "s"});
    let answer = count(&bench.gateway, &body).expect_status(200);
    assert_eq!(answer.json()["input_tokens"], 4242);
    assert_eq!(answer.header("x-gomodel-estimated"), None);
    let asked = sent(&bench.upstream);
    assert_eq!((&asked["model"], &asked["system"]), (&json!("claude-t"), &json!("s")));
}

#[test]
fn an_endpoint_that_fails_is_replaced_by_the_estimate() {
    // B27.
    let bench = Single::start(Messages, "claude-t");
    bench.upstream.on(anthropic::COUNT, [anthropic::error(529, "overloaded_error", "busy")]);
    let body = json!({"model": "p/claude-t", "messages": [{"role": "user", "content": "What is 2+2?"}]});
    let answer = count(&bench.gateway, &body).expect_status(200);
    assert!(answer.json()["input_tokens"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(answer.header("x-gomodel-estimated"), Some("true"));
}

#[test]
fn google_is_asked_itself_by_both_clients() {
    // 03-B35, 03 §17.
    let upstream = gemini_upstream(&["g"])
        .on(&gemini::count_tokens("g"), [Reply::json(&json!({"totalTokens": 31}))])
        .start();
    let gateway = gateway().with(Provider::new("p").kind("gemini").at(&upstream)).start();
    let body = json!({"model": "p/g", "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(count(&gateway, &body).expect_status(200).json()["input_tokens"], 31);
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    let answer = gateway.post("/v1beta/models/p/g:countTokens", &body).send().expect_status(200);
    assert_eq!(answer.json()["totalTokens"], 31);
}

#[test]
fn a_gemini_client_gets_an_estimate_elsewhere() {
    // 03 §17.
    let bench = Single::start(Messages, "claude-t");
    bench.upstream.on(anthropic::COUNT, [anthropic::error(500, "api_error", "no")]);
    let body = Gemini.body("p/claude-t", false, &json!({}));
    let answer = bench.gateway.post("/v1beta/models/p/claude-t:countTokens", &body).send().expect_status(200);
    assert!(answer.json()["totalTokens"].as_u64().is_some_and(|count| count > 0), "{}", answer.text());
}

#[test]
fn what_cannot_be_read_has_no_weight() {
    // 04 §12.9: only the model is required; an odd system, odd contents and blocks of next year count 0, and are no error.
    let upstream = upstream().models(&["mystery-1"]).start();
    let gateway = one(&upstream);
    let odd = json!({"model": "mystery-1", "system": 7, "max_tokens": "many",
        "messages": [{"role": "user", "content": "What is 2+2?"}, {"role": "user", "content": 5}, {"role": "narrator", "content": {}}]});
    let answer = count(&gateway, &odd).expect_status(200);
    assert_eq!(
        (answer.json(), answer.header("x-gomodel-estimated")),
        (json!({"input_tokens": 3}), Some("true"))
    );
    let new = json!({"model": "mystery-1", "messages": [{"role": "user", "content": [{"type": "block_of_next_year"}]}]});
    assert!(count(&gateway, &new).expect_status(200).json()["input_tokens"].is_u64());
    for body in ["", "[]", "{\"model\":\"mystery-1\"}}"] {
        let request = gateway.request("POST", "/v1/messages/count_tokens").body(body);
        assert!(request.send().anthropic_error(400).1.starts_with("invalid request body"), "{body:?}");
    }
}

#[test]
fn a_model_with_a_known_vocabulary_is_counted_and_not_estimated() {
    // B27: a real tokenizer, no provider, no header; what is beside the text makes it an estimate again.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = json!({"model": "gpt-4o", "system": "You are terse.",
        "messages": [{"role": "user", "content": "What is 2+2?"}]});
    let answer = count(&gateway, &body).expect_status(200);
    assert_eq!(answer.header("x-gomodel-estimated"), None, "{:?}", answer.head);
    // 4 and 7 tokens of text, and what stands around two messages.
    assert!(
        answer.json()["input_tokens"].as_u64().is_some_and(|count| (11..30).contains(&count)),
        "{}",
        answer.text()
    );
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}});
    let body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": [image]}]});
    assert_eq!(count(&gateway, &body).expect_status(200).header("x-gomodel-estimated"), Some("true"));
    assert!(upstream.chats().is_empty());
}
