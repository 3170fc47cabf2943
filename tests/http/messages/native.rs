//! `POST /v1/messages` to a provider that speaks it: the caller's bytes, the provider's bytes (04 §12.3, B19, B20, B25, B26).

use blackbox::{Gateway, Provider, Reply, Upstream, anthropic, anthropic_upstream, gateway};
use serde_json::json;

use crate::dialects::Messages;

const MODEL: &str = "claude-t";

fn bench() -> (Upstream, Gateway) {
    let upstream =
        anthropic_upstream(&[MODEL]).on(anthropic::MESSAGES, [anthropic::message("hello")]).start();
    let provider = Provider::new("p").kind("anthropic").at(&upstream);
    let gateway = gateway().with(provider).env("RETRY_MAX_RETRIES", "0").start();
    (upstream, gateway)
}

fn post(gateway: &Gateway, body: &str) -> blackbox::Request {
    gateway.request("POST", "/v1/messages?beta=true").header("Content-Type", "application/json").body(body)
}

#[test]
fn only_the_model_changes_and_the_answer_is_the_providers() {
    // Cases 4-55, and 4-56 as B20 changes it (a document goes through); the alias is the qualified name until virtual models come.
    let (upstream, gateway) = bench();
    let body = concat!(
        "{ \"model\" : \"p/claude-t\",\n \"max_tokens\":1024, \"x_new\": 1.10, \"system\":[{\"type\":\"text\",\"text\":\"\\u00e9\",",
        "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}],\"messages\":[{\"role\":\"user\",\"content\":[",
        "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://e.com/a.pdf\"}}]}],",
        "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}"
    );
    let request =
        post(&gateway, body).header("anthropic-beta", "context-1m").header("anthropic-version", "2024-01-01");
    let answer = request.header("x-mine", "1").send().expect_status(200);
    let seen = upstream.only(anthropic::MESSAGES);
    assert_eq!(seen.text(), body.replace("p/claude-t", "claude-t"));
    assert_eq!(seen.header("anthropic-beta"), Some("context-1m"));
    assert_eq!(seen.header("anthropic-version"), Some("2024-01-01"));
    assert_eq!(seen.header("x-api-key"), Some("sk-planted-p-4f1d9c"));
    assert_eq!(seen.header("authorization"), None);
    // B19: the query string goes along.
    assert!(seen.target.contains("beta=true"), "{}", seen.target);
    let expected = anthropic::body(&[anthropic::text("hello")], "end_turn").to_string();
    assert_eq!(answer.text(), expected);
}

#[test]
fn a_stream_is_relayed_byte_for_byte() {
    // 04 §12.3.5.
    let (upstream, gateway) = bench();
    let blocks = [
        anthropic::thinking("hm", "c2ln"),
        anthropic::text("po ng"),
        anthropic::tool_use("toolu_1", "f", &json!({"a": 1})),
    ];
    let frames = anthropic::frames(&blocks, "tool_use");
    upstream.on(anthropic::MESSAGES, [Reply::stream(frames.clone())]);
    let mut stream = Messages.request(&gateway, "p/claude-t", true, &json!({})).open();
    assert_eq!(stream.rest(), frames.concat());
    assert!(stream.ended_whole());
}

#[test]
fn claude_code_reads_the_name_that_it_asked_by() {
    // It returns thinking only to a model that answers under that name: else its second call has none, and is refused.
    let (upstream, gateway) = bench();
    let ask = |streams: bool| {
        let request = Messages.request(&gateway, "p/claude-t", streams, &json!({}));
        request.header("x-claude-code-session-id", "s")
    };
    let blocks = [anthropic::thinking("hm", "c2ln"), anthropic::text("claude-t")];
    let own = anthropic::body(&blocks, "end_turn");
    upstream.on(anthropic::MESSAGES, [Reply::json(&own)]);
    let mut expected = own.clone();
    expected["model"] = json!("p/claude-t");
    assert_eq!(ask(false).send().expect_status(200).json(), expected);
    let frames = anthropic::frames(&blocks, "end_turn");
    upstream.on(anthropic::MESSAGES, [Reply::stream(frames.clone())]);
    let (start, rest) = (String::from_utf8(frames[0].clone()).unwrap(), frames[1..].concat());
    let named = own["model"].as_str().unwrap();
    let start = start.replace(&format!("\"model\":\"{named}\""), "\"model\":\"p/claude-t\"");
    assert_eq!(ask(true).open().rest(), [start.as_bytes(), &rest].concat());
}

#[test]
fn a_gateway_only_member_does_not_reach_the_provider() {
    // B19.
    let (upstream, gateway) = bench();
    let body = json!({"model": MODEL, "provider": "p", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]});
    gateway.post("/v1/messages", &body).send().expect_status(200);
    assert_eq!(upstream.only(anthropic::MESSAGES).json().get("provider"), None);
}

#[test]
fn a_subscription_token_adds_its_beta_once() {
    // Case 3-3, on the native path.
    for (sent, expected) in
        [("a,b", vec!["a", "b", "oauth-2025-04-20"]), ("x, oauth-2025-04-20", vec!["x", "oauth-2025-04-20"])]
    {
        let upstream =
            anthropic_upstream(&[MODEL]).on(anthropic::MESSAGES, [anthropic::message("hi")]).start();
        let provider = Provider::new("p").kind("anthropic").key("sk-ant-oat01-zz").at(&upstream);
        let gateway = gateway().with(provider).start();
        let request =
            Messages.request(&gateway, "p/claude-t", false, &json!({})).header("anthropic-beta", sent);
        request.send().expect_status(200);
        let seen = upstream.only(anthropic::MESSAGES);
        let values = seen.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("anthropic-beta"));
        let betas: Vec<&str> = values.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
        assert_eq!(betas, expected);
        assert_eq!(seen.header("authorization"), Some("Bearer sk-ant-oat01-zz"));
    }
}

#[test]
fn validation_is_left_to_the_provider() {
    // B20: only what routing needs is read.
    let (upstream, gateway) = bench();
    let odd =
        json!({"model": MODEL, "messages": [{"role": "user", "content": [{"type": "block_of_next_year"}]}]});
    gateway.post("/v1/messages", &odd).send().expect_status(200);
    assert_eq!(upstream.only(anthropic::MESSAGES).json(), odd);
    let (kind, _) =
        gateway.post("/v1/messages", &json!({"model": MODEL, "messages": "hi"})).send().anthropic_error(400);
    assert_eq!(kind, "invalid_request_error");
}

#[test]
fn an_error_keeps_its_type() {
    // Case 4-57, B26.
    let (upstream, gateway) = bench();
    let call = || Messages.request(&gateway, "p/claude-t", false, &json!({})).send();
    for (status, kind) in
        [(529, "overloaded_error"), (402, "billing_error"), (409, "conflict_error"), (504, "timeout_error")]
    {
        upstream
            .on(anthropic::MESSAGES, [anthropic::error(status, kind, "as it is").header("retry-after", "3")]);
        let answer = call();
        assert_eq!(answer.anthropic_error(status), (kind.to_owned(), "as it is".to_owned()));
        assert!(answer.header("request-id").is_some(), "{:?}", answer.head);
    }
}

#[test]
fn an_error_event_in_front_of_a_stream_keeps_its_type_too() {
    // B26 with 07 §14.2: the head was held back, so the event is an answer with a status.
    let upstream = anthropic_upstream(&[MODEL]).start();
    let gateway = gateway()
        .with(Provider::new("p").kind("anthropic").at(&upstream))
        .env("RETRY_MAX_RETRIES", "1")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
        .start();
    for (kind, status) in [
        ("overloaded_error", 529),
        ("conflict_error", 409),
        ("permission_error", 403),
        ("error_of_next_year", 502),
    ] {
        upstream.on(anthropic::MESSAGES, [Reply::stream([anthropic::error_event(kind, "no")])]);
        let answer = Messages.request(&gateway, "p/claude-t", true, &json!({})).send();
        assert_eq!(answer.anthropic_error(status), (kind.to_owned(), "no".to_owned()));
    }
}

#[test]
fn details_of_an_error_survive_as_the_sdk_acts_on_them() {
    // B26. The tool runner of Anthropic's SDK decides by `details.error_code` how it goes on.
    let (upstream, gateway) = bench();
    let mut body = anthropic::error_body("invalid_request_error", "thread: not here");
    body["error"]["details"] = json!({"error_code": "thread_unsupported_request", "unsupported": ["tools"]});
    upstream.on(anthropic::MESSAGES, [Reply::status(400).body(body.to_string())]);
    let answer = Messages.request(&gateway, "p/claude-t", false, &json!({})).send();
    answer.anthropic_error(400);
    assert_eq!(answer.json()["error"]["details"], body["error"]["details"], "{}", answer.text());
}

#[test]
fn thinking_that_this_gateway_made_up_is_taken_out_and_signed_thinking_stays() {
    // B25.
    let (upstream, gateway) = bench();
    let unsigned = json!({"type": "thinking", "thinking": "made up", "signature": ""});
    let signed = anthropic::thinking("real", "c2lnbmVk+/==");
    let history = json!({"messages": [
        {"role": "user", "content": "a"}, {"role": "assistant", "content": [unsigned, anthropic::text("one")]},
        {"role": "user", "content": "b"}, {"role": "assistant", "content": [signed, anthropic::text("two")]},
        {"role": "user", "content": "c"}, {"role": "assistant", "content": [unsigned]}, {"role": "user", "content": "d"}
    ]});
    Messages.request(&gateway, "p/claude-t", false, &history).send().expect_status(200);
    let sent = upstream.only(anthropic::MESSAGES).json();
    assert!(!sent.to_string().contains("made up"), "{sent}");
    assert_eq!(sent["messages"][3]["content"][0], signed);
    assert_eq!(sent["messages"][1]["content"], json!([anthropic::text("one")]));
    let left = &sent["messages"][5]["content"];
    assert!(
        left[0]["text"].as_str().is_some_and(|text| !text.is_empty()),
        "an empty message is refused: {sent}"
    );
}
