//! Chat streams that go well: opening, framing, usage, keep-alives (spec 01 §9, B2, B3).

use std::time::Duration;

use blackbox::{Gate, Gateway, Reply, Request, client, gateway, openai, upstream};
use serde_json::{Value, json};

use crate::setup::one;

fn asking_for_usage(gateway: &Gateway, include: bool) -> Request {
    let options = json!({"include_usage": include});
    let body = json!({"model": "gpt-4o", "messages": [], "stream": true, "stream_options": options});
    gateway.post("/v1/chat/completions", &body)
}

#[test]
fn the_head_does_not_wait_for_the_first_frame() {
    // Case 1-44, first half; 07 §14.2: at most 250 ms while retries are left, else not at all. The closed gate proves it.
    for retries in ["0", "3"] {
        let gate = Gate::new();
        let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(0, &gate)]).start();
        let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", retries).start();
        let mut stream = gateway.stream("gpt-4o");
        assert_eq!(stream.status(), 200);
        gate.open();
        assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
    }
}

#[test]
fn frames_are_not_held_back() {
    // Case 1-44, second half: each frame goes out when it comes; the gates prove it without a clock.
    let gates = [Gate::new(), Gate::new()];
    let reply = openai::chat_stream(&["a", "b"]).gate(1, &gates[0]).gate(2, &gates[1]);
    let upstream = upstream().chat([reply]).start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    assert_eq!(stream.status(), 200);
    assert_eq!(client::data(&stream.next_text())["choices"][0]["delta"]["role"], "assistant");
    gates[0].open();
    assert_eq!(client::data(&stream.next_text())["choices"][0]["delta"]["content"], "a");
    gates[1].open();
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
    assert!(stream.ended_whole());
}

#[test]
fn a_stream_has_the_headers_of_one() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    assert_eq!(stream.status(), 200);
    let content_type = stream.header("content-type").unwrap_or_default();
    assert!(content_type.starts_with("text/event-stream"), "{content_type}");
    assert_eq!(stream.header("cache-control"), Some("no-cache"));
    assert!(stream.header("x-request-id").is_some());
    assert_eq!(stream.header("x-gomodel-attempts"), Some("1"));
    stream.rest();
}

#[test]
fn usage_is_asked_for_and_hidden_from_a_client_that_did_not_ask() {
    // Case 1-45, first half.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for request in [gateway.stream_request("gpt-4o"), asking_for_usage(&gateway, false)] {
        let texts = request.open().rest_texts();
        let sent = upstream.chats().pop().expect("a call").json();
        assert_eq!(sent["stream_options"], json!({"include_usage": true}));
        assert_eq!(texts.last().map(String::as_str), Some("data: [DONE]"));
        for chunk in texts.iter().filter(|text| !text.contains("[DONE]")).map(|text| client::data(text)) {
            assert_ne!(chunk["choices"], json!([]), "the chunk that the client did not ask for");
            assert_eq!(chunk.get("usage"), None, "{chunk}");
        }
        assert_eq!(texts.len(), 5, "{texts:?}");
    }
}

#[test]
fn a_client_that_asked_for_usage_sees_every_byte_of_the_stream() {
    // Case 1-45, second half.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let bytes = asking_for_usage(&gateway, true).open().rest();
    assert_eq!(bytes, openai::frames(&["po", "ng"], true).concat());
}

#[test]
fn other_stream_options_are_kept() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = r#"{"model":"gpt-4o","stream":true,"stream_options":{"include_obfuscation":false,"x":1.0},"messages":[]}"#;
    gateway.request("POST", "/v1/chat/completions").body(body).open().rest();
    let text = upstream.only_chat().text();
    let sent: Value = serde_json::from_str(&text).expect("JSON");
    let options = &sent["stream_options"];
    assert_eq!((&options["include_obfuscation"], &options["include_usage"]), (&json!(false), &json!(true)));
    assert!(text.contains("\"x\":1.0"), "{text}");
}

#[test]
fn without_enforcement_nothing_is_added() {
    // Case 1-46.
    let upstream = upstream().start();
    let gateway =
        gateway().provider("openai", &upstream).env("ENFORCE_RETURNING_USAGE_DATA", "false").start();
    let body = r#"{"model":"gpt-4o","stream":true,"messages":[]}"#;
    let bytes = gateway.request("POST", "/v1/chat/completions").body(body).open().rest();
    assert_eq!(upstream.only_chat().text(), body);
    assert_eq!(bytes, openai::frames(&["po", "ng"], false).concat());
}

#[test]
fn a_stream_that_is_false_is_a_whole_call() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = json!({"model": "gpt-4o", "messages": [], "stream": false});
    let answer = gateway.post("/v1/chat/completions", &body).send().expect_status(200);
    assert_eq!(answer.json()["object"], "chat.completion");
    assert_eq!(upstream.only_chat().json().get("stream_options"), None);
}

#[test]
fn one_whole_answer_to_a_stream_request_becomes_a_stream() {
    // Cases 1-47, 2-38.
    let upstream = upstream().chat([openai::chat("hi")]).start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    let content_type = stream.header("content-type").unwrap_or_default();
    assert!(content_type.starts_with("text/event-stream"), "{content_type}");
    let texts = stream.rest_texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    let chunk = client::data(&texts[0]);
    assert_eq!(chunk["object"], "chat.completion.chunk");
    assert_eq!(chunk["choices"][0]["delta"], json!({"role": "assistant", "content": "hi"}));
    assert_eq!(chunk["choices"][0].get("message"), None);
    assert_eq!(texts[1], "data: [DONE]");
}

#[test]
fn an_idle_stream_is_kept_alive_between_frames_only() {
    // Case 1-50 with a short interval.
    let gates = [Gate::new(), Gate::new()];
    let reply = openai::chat_stream(&["a"]).gate(1, &gates[0]).gate(2, &gates[1]);
    let upstream = upstream().chat([reply]).start();
    let gateway = gateway().provider("openai", &upstream).env("SSE_KEEPALIVE_INTERVAL", "50ms").start();
    let mut stream = gateway.stream("gpt-4o");
    assert!(stream.next_text().contains("assistant"));
    for gate in &gates {
        assert_eq!(stream.next_frame().as_deref(), Some(&b": keep-alive\n\n"[..]));
        assert_eq!(stream.next_frame().as_deref(), Some(&b": keep-alive\n\n"[..]));
        gate.open();
        while stream.next_text().starts_with(": keep-alive") {}
    }
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
}

#[test]
fn no_keep_alive_is_put_into_a_frame() {
    let frames = openai::frames(&["a"], false).concat();
    let (start, end) = frames.split_at(frames.len() - 30);
    let reply = Reply::stream([start, end]).paced(Duration::from_millis(200));
    let upstream = upstream().chat([reply]).start();
    let gateway = gateway().provider("openai", &upstream).env("SSE_KEEPALIVE_INTERVAL", "30ms").start();
    let whole = String::from_utf8(gateway.stream("gpt-4o").rest()).expect("text");
    let whole = whole.trim_end_matches(": keep-alive\n\n");
    for frame in whole.split_terminator("\n\n").filter(|frame| *frame != ": keep-alive") {
        assert!(frame.starts_with("data: ") && !frame.contains("keep-alive"), "{whole:?}");
    }
    assert!(whole.ends_with("data: [DONE]\n\n"), "{whole:?}");
}

#[test]
fn comments_event_lines_and_crlf_come_through_unchanged() {
    let wire = ": hello\n\nevent: x\nid: 7\nretry: 10\ndata: {\"choices\":[{\"index\":0,\"delta\":{}}] , \"x\" : 1.0}\r\n\r\ndata:{\"choices\":[{\"index\":0}]}\n\ndata: [DONE]\n\n";
    let upstream = upstream().chat([Reply::stream([wire])]).start();
    let gateway = one(&upstream);
    assert_eq!(String::from_utf8(asking_for_usage(&gateway, true).open().rest()).expect("text"), wire);
}

#[test]
fn a_huge_frame_arrives_whole() {
    let text = "x".repeat(3 << 20);
    let frames = [openai::frame(&openai::chunk(&json!({"content": text}), None)), openai::DONE.to_vec()];
    let upstream = upstream().chat([Reply::stream(frames.clone())]).start();
    let gateway = one(&upstream);
    assert!(asking_for_usage(&gateway, true).open().rest() == frames.concat());
}

#[test]
fn a_stream_beyond_the_total_timeout_is_not_cut() {
    // B17: the total is for whole calls.
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(1, &gate)]).start();
    let gateway = gateway().provider("openai", &upstream).env("HTTP_TIMEOUT", "1s");
    let gateway = gateway.env("SSE_KEEPALIVE_INTERVAL", "300ms").start();
    let mut stream = gateway.stream("gpt-4o");
    stream.next_frame();
    for _ in 0..4 {
        assert_eq!(stream.next_text(), ": keep-alive");
    }
    gate.open();
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
}

#[test]
fn a_whole_call_beyond_the_total_timeout_is_cut() {
    let upstream =
        upstream().chat([openai::chat("x").cut(blackbox::At::InsideBody, blackbox::Cut::Silence)]).start();
    let gateway = gateway().provider("openai", &upstream).env("HTTP_TIMEOUT", "1s").start();
    let error = gateway.chat("gpt-4o").error(504);
    assert_eq!(error.code.as_deref(), Some("upstream_timeout"));
    upstream.wait_for_hangup(0);
}
