//! Towards providers that speak one other dialect only: a subscription (Responses) and providers that choose by model.
//! Cases 3-49 to 3-51 and 2-34 to 2-37.

use blackbox::{Provider, Reply, anthropic, gateway, openai, responses, upstream};
use serde_json::{Value, json};

use crate::dialects::{Chat, Four, Gemini, Messages, Responses, sent};

/// The members that a subscription takes (03 §11.2).
const TAKEN: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "include",
    "stream",
    "store",
];

fn expect_only_what_is_taken(sent: &Value) {
    for name in sent.as_object().into_iter().flat_map(|members| members.keys()) {
        assert!(TAKEN.contains(&name.as_str()), "{name} reached the subscription: {sent}");
    }
    assert_eq!((&sent["stream"], &sent["store"]), (&json!(true), &json!(false)));
    assert!(sent["input"].is_array(), "{sent}");
}

#[test]
fn a_whole_response_of_a_subscription_is_the_end_of_its_stream() {
    // Cases 3-50, 2-34.
    let four = Four::start();
    four.script(Responses, Responses.says("hello"));
    let members = json!({"temperature": 0.5, "metadata": {"a": "b"}});
    let answer = four.call(Responses, Responses, &members).expect_status(200);
    assert_eq!(Responses.text(&answer.json()), "hello");
    assert_eq!(
        (&answer.json()["status"], &answer.json()["object"]),
        (&json!("completed"), &json!("response"))
    );
    let sent = four.sent(Responses);
    expect_only_what_is_taken(&sent);
    assert_eq!(sent["input"][0]["content"][0], json!({"type": "input_text", "text": "ping"}), "{sent}");
    let seen = four.upstream(Responses).only(responses::RESPONSES);
    assert_eq!(seen.header("authorization"), Some("Bearer sk-planted-responses-4f1d9c"));
    let dropped = answer.header("x-gomodel-dropped").unwrap_or_default().to_owned();
    assert!(dropped.contains("temperature") && dropped.contains("metadata"), "{dropped}");
}

#[test]
fn what_a_subscription_does_not_take_is_named_as_the_client_named_it() {
    let four = Four::start();
    let asked = [
        (Chat, json!({"max_tokens": 5, "temperature": 0.5}), ["max_tokens", "temperature"]),
        (Messages, json!({"max_tokens": 5, "temperature": 0.5}), ["max_tokens", "temperature"]),
        (
            Gemini,
            json!({"generationConfig": {"maxOutputTokens": 5, "temperature": 0.5}}),
            ["generationConfig.maxOutputTokens", "generationConfig.temperature"],
        ),
    ];
    for (client, members, names) in asked {
        four.script(Responses, Responses.says("hi"));
        let answer = four.call(client, Responses, &members).expect_status(200);
        let mut dropped: Vec<_> =
            answer.header("x-gomodel-dropped").unwrap_or_default().split(", ").collect();
        dropped.sort_unstable();
        assert_eq!(dropped, names, "{client:?}");
    }
}

#[test]
fn a_subscription_that_breaks_off_is_no_answer() {
    // Case 3-50.
    let four = Four::start();
    let created = responses::frames(&[], "completed").into_iter().take(1);
    four.script(Responses, Reply::stream(created));
    let answer = four.call(Responses, Responses, &json!({}));
    assert!(answer.error(502).message.contains("ended before completion"), "{}", answer.text());
    four.script(Responses, Reply::stream([responses::error_event("server_error", "busy now")]));
    assert_eq!(four.call(Responses, Responses, &json!({})).error(502).message, "busy now");
}

#[test]
fn an_incomplete_response_is_an_answer() {
    // Case 3-50.
    let four = Four::start();
    let items = [responses::message_item("msg_0up", "half")];
    four.script(Responses, Reply::stream(responses::frames(&items, "incomplete")));
    let answer = four.call(Responses, Responses, &json!({})).expect_status(200).json();
    assert_eq!(answer["status"], "incomplete");
    // B30 and 04-B7, for the other clients.
    let answer = four.call(Chat, Responses, &json!({})).expect_status(200).json();
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    let answer = four.call(Messages, Responses, &json!({})).expect_status(200).json();
    assert_eq!(answer["stop_reason"], "max_tokens");
}

#[test]
fn chat_works_on_a_subscription_too() {
    // Case 2-35 as ours: whole and streamed; B26.
    let four = Four::start();
    four.script(Responses, Responses.says("hello"));
    let members = json!({"temperature": 0.5, "seed": 1, "reasoning_effort": "high", "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "ping"}
    ]});
    let answer = four.call(Chat, Responses, &members).expect_status(200);
    assert_eq!(Chat.text(&answer.json()), "hello");
    assert_eq!(answer.json()["provider"], "chatgpt");
    let sent = four.sent(Responses);
    expect_only_what_is_taken(&sent);
    assert_eq!(sent["reasoning"]["effort"], "high");
    assert!(sent.to_string().contains("Be brief."), "{sent}");
    let embeddings = json!({"model": "responses/m", "input": "x"});
    let error = four.gateway.post("/v1/embeddings", &embeddings).send().error(501);
    assert_eq!(error.code.as_deref(), Some("unsupported_provider_operation"));
}

#[test]
fn a_model_of_opencode_goes_to_the_path_of_its_dialect() {
    // Cases 3-51, 2-36.
    let upstream = upstream()
        .models(&["qwen3.7-max", "glm-5.1"])
        .on(anthropic::MESSAGES, [anthropic::message("pong")])
        .start();
    let gateway = gateway().with(Provider::new("p").kind("opencode_go").at(&upstream)).start();
    let answer = gateway.chat("p/qwen3.7-max").expect_status(200).json();
    assert_eq!((Chat.text(&answer), &answer["provider"]), ("pong".to_owned(), &json!("opencode_go")));
    let seen = upstream.only(anthropic::MESSAGES);
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (Some("sk-planted-p-4f1d9c"), None));
    assert_eq!(sent(&upstream)["max_tokens"], 4096);
    gateway.chat("p/glm-5.1").expect_status(200);
    let seen = upstream.only_chat();
    assert_eq!(seen.header("authorization"), Some("Bearer sk-planted-p-4f1d9c"));
    let body = json!({"model": "p/qwen3.7-max", "input": "x"});
    assert_eq!(
        gateway.post("/v1/embeddings", &body).send().error(400).message,
        "opencode_go does not support embeddings"
    );
}

#[test]
fn an_error_that_ollama_sends_as_an_answer_is_one() {
    // Case 3-49.
    let upstream = upstream().models(&["m"]).start();
    let gateway = gateway().with(Provider::new("p").kind("ollama").at(&upstream)).start();
    let post = |input: Value| gateway.post("/v1/embeddings", &json!({"model": "p/m", "input": input})).send();
    upstream.on("/api/embed", [Reply::json(&json!({"error": "x"}))]);
    let message = post(json!("text")).error(502).message;
    assert!(message.contains("\"openai\" or \"vllm\""), "{message}");
    upstream.on("/api/embed", [Reply::json(&json!({}))]);
    assert_eq!(post(json!([])).expect_status(200).json()["data"], json!([]));
}

#[test]
fn an_openai_upstream_gets_responses_as_responses() {
    // 04 §2.4: an instance of type openai speaks both, so nothing is translated.
    let upstream = upstream()
        .on(responses::RESPONSES, [responses::text("native")])
        .chat([openai::chat("translated")])
        .start();
    let gateway = gateway().provider("openai", &upstream).start();
    let answer = Responses.request(&gateway, "gpt-4o", false, &json!({})).send().expect_status(200);
    assert_eq!(Responses.text(&answer.json()), "native");
    let answer = Messages.request(&gateway, "gpt-4o", false, &json!({})).send().expect_status(200);
    assert!(["native", "translated"].contains(&Messages.text(&answer.json()).as_str()));
}

#[test]
fn a_web_search_of_anthropics_becomes_the_subscriptions_own() {
    // Claude Code searches the web in a call of its own, with this tool alone.
    let four = Four::start();
    four.script(Responses, Responses.says("hello"));
    let tools = json!([{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}]);
    let answer = four.call(Messages, Responses, &json!({"tools": tools})).expect_status(200);
    assert_eq!(four.sent(Responses)["tools"], json!([{"type": "web_search"}]));
    assert!(!answer.header("x-gomodel-dropped").unwrap_or_default().contains("tools"));
}
