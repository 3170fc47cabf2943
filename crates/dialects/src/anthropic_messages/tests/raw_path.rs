//! The raw path: what is read of requests and answers whose bytes pass as they are.

use bytes::Bytes;
use vocabulary::{ApiError, Code, FinishReason};

use super::scan;
use crate::anthropic_messages::{MessagesRequest, StreamObserver, estimate_input_tokens};
use crate::conversation::{Issuer, OpaqueState, Reasoning, seal};

fn decode(body: &str) -> MessagesRequest {
    MessagesRequest::decode(body.to_owned().into()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn sent(body: &str, model: &str) -> String {
    let edited = decode(body).edit_for_upstream(model).finish().concat();
    let edited = String::from_utf8(edited).unwrap();
    scan(&edited);
    edited
}

#[test]
fn only_the_model_changes() {
    let body = r#"{ "model" : "fast", "max_tokens":1.0e3 ,"messages":[{"role":"odd","content":[{"type":"new"}]}],"x":null}"#;
    assert_eq!(sent(body, "claude-t"), body.replace("fast", "claude-t"));
    assert_eq!(sent(body, "fast"), body);
    let routed = r#"{"model":"a","provider":"anthropic","stream":true,"model":"b","messages":[{}]}"#;
    let request = decode(routed);
    assert_eq!(
        (request.head().model(), request.head().provider(), request.stream()),
        ("b", Some("anthropic"), true)
    );
    assert_eq!(sent(routed, "c"), r#"{"stream":true,"model":"c","messages":[{}]}"#);
}

#[test]
fn what_routing_needs_is_checked_and_nothing_else() {
    for (body, message) in [
        ("", "invalid request body: the body is empty at byte 0"),
        (
            r#"{"model":"m","messages":[{}]} }"#,
            "invalid request body: unexpected bytes after the JSON value at byte 30",
        ),
        (r#"{"messages":[{}]}"#, "model is required"),
        (r#"{"model":7}"#, "invalid request body: model must be a string"),
        (r#"{"model":"m"}"#, "messages must not be empty"),
        (r#"{"model":"m","messages":[]}"#, "messages must not be empty"),
        (r#"{"model":"m","messages":"x"}"#, "invalid request body: messages must be an array"),
        (r#"{"model":"m","messages":[{},7]}"#, "invalid request body: messages[1] must be an object"),
        (r#"{"model":"m","messages":[{}],"stream":1}"#, "invalid request body: stream must be a boolean"),
    ] {
        let error = MessagesRequest::decode(body.to_owned().into()).unwrap_err();
        assert_eq!((error.status(), error.message()), (400, message), "{body}");
    }
}

fn sealed(issuer: Issuer, is_redacted: bool) -> String {
    let state = Some(OpaqueState { issuer, bytes: "c2ln".into() });
    seal(&Reasoning { text: "hm".into(), state, is_redacted, ..Reasoning::default() }).unwrap().to_string()
}

#[test]
fn thinking_that_the_provider_did_not_sign_goes() {
    let of =
        |blocks: &str| format!(r#"{{"model":"m","messages":[{{"role":"assistant","content":[{blocks}]}}]}}"#);
    let made_up = r#"{"type":"thinking","thinking":"x","signature":""}"#;
    let unsigned = r#"{"type":"thinking","thinking":"x"}"#;
    let signed = r#"{"type":"thinking", "thinking":"x","signature":"EqQB"}"#;
    let text = r#"{"type":"text","text":"a"}"#;
    let theirs =
        format!(r#"{{"type":"thinking","thinking":"","signature":"{}"}}"#, sealed(Issuer::Google, false));
    let ours =
        format!(r#"{{"type":"thinking","thinking":"","signature":"{}"}}"#, sealed(Issuer::Anthropic, false));
    let redacted = format!(r#"{{"type":"redacted_thinking","data":"{}"}}"#, sealed(Issuer::Anthropic, true));
    let opened = r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#;
    let cases = [
        (of(&format!("{signed} , {text}")), of(&format!("{signed} , {text}"))),
        (of(&format!("{made_up} , {text}")), of(text)),
        (of(&format!("{text}, {made_up},{unsigned} ,{text}")), of(&format!("{text} ,{text}"))),
        (of(&format!("{unsigned},{text},{theirs}")), of(text)),
        (of(made_up), of(r#"{"type":"text","text":"(thinking omitted)"}"#)),
        (
            of(&format!("{ours},{text},{redacted}")),
            of(&format!(r#"{opened},{text},{{"type":"redacted_thinking","data":"c2ln"}}"#)),
        ),
        (of(&format!("{made_up},{ours}")), of(opened)),
    ];
    for (body, expected) in cases {
        assert_eq!(sent(&body, "m"), expected, "{body}");
    }
}

fn seen(frames: &[&str]) -> StreamObserver {
    let mut observer = StreamObserver::default();
    frames.iter().for_each(|frame| observer.see(frame.as_bytes()));
    observer
}

const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\n\n";
const OPEN: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
const TEXT: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n";
const DELTA: &str = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":4}}\n\n";
const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const ERROR: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}\n\n";

#[test]
fn an_observer_follows_a_stream_to_its_end() {
    let observer = seen(&[START, OPEN]);
    assert!(!observer.seen().has_content && !observer.seen().is_complete());
    let observer = seen(&[START, OPEN, TEXT, TEXT, DELTA]);
    assert!(observer.seen().has_content && !observer.seen().is_complete());
    assert_eq!(observer.seen().finish_reason, Some(FinishReason::Length));
    let observer = seen(&[
        START,
        TEXT,
        DELTA,
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        ": x\n\n",
        "data: {\n\n",
        STOP,
    ]);
    assert!(observer.seen().is_complete());
    let usage = observer.seen().usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (15, 4, 19));
    let failed = seen(&[START, TEXT, ERROR, STOP]);
    assert!(!failed.seen().is_complete());
    assert_eq!(failed.seen().error.as_ref().map(ApiError::status), Some(429));
}

#[test]
fn an_error_frame_is_known_and_written() {
    assert_eq!(seen(&[ERROR]).seen().error.as_ref().map(ApiError::message), Some("slow"));
    let told_in_text = TEXT.replace("Hi", "\\\"error\\\"");
    assert!(seen(&[TEXT, &told_in_text]).seen().error.is_none());
    let error = ApiError::new(Code::StreamTimeout, "upstream fell silent");
    let expected = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\"upstream fell silent\"}}\n\n";
    assert_eq!(seen(&[]).failure_ending(&error), Bytes::from(expected));
}

#[test]
fn tokens_are_estimated() {
    let count = |body: &str| estimate_input_tokens(&scan(body));
    assert_eq!(
        count(r#"{"system":"You are terse.","messages":[{"role":"user","content":"What is 2+2?"}]}"#),
        7
    );
    assert_eq!(count(r#"{"messages":[]}"#), 0);
    assert_eq!(count(r#"{"system":[{"type":"text","text":" ab"},{"type":"text","text":"cd "}]}"#), 2);
    assert_eq!(count(r#"{"system":[{"type":"image"}],"messages":7,"tools":[7]}"#), 0);
    let image = r#"{"type":"image","source":{"type":"base64","data":"AAAA"}}"#;
    assert_eq!(
        count(&format!(r#"{{"messages":[{{"content":[{image},{{"type":"text","text":"abcd"}}]}}]}}"#)),
        1601
    );
    let result = format!(r#"{{"type":"tool_result","content":[{{"type":"text","text":"abc"}},{image}]}}"#);
    assert_eq!(count(&format!(r#"{{"messages":[{{"content":[{result}]}}]}}"#)), 1601);
    assert_eq!(
        count(
            r#"{"messages":[{"content":[{"type":"tool_use","name":"ab","input": {"a":1} },{"type":"thinking","thinking":"xyz","signature":"long"}]}]}"#
        ),
        3
    );
    assert_eq!(count(r#"{"tools":[{"name":"ab","description":"cd","input_schema":{ }}]}"#), 2);
}
