//! Streams: what an observer sees, errors in frames, injected usage, our own frames.

use bytes::Bytes;
use vocabulary::{ApiError, Code, ErrorType, FinishReason, Side};

use crate::openai_chat::{KEEP_ALIVE, StreamObserver, Stripped, error_frame, strip_burst, strip_usage};
use crate::sse::split_burst;

const ROLE: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
const TEXT: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}"#;
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;

fn frame(data: &str) -> Bytes {
    format!("data: {data}\n\n").into()
}

fn observed(frames: &[&str]) -> StreamObserver {
    let mut observer = StreamObserver::default();
    frames.iter().for_each(|data| observer.see(&frame(data)));
    observer
}

#[test]
fn an_observer_follows_a_stream_to_its_end() {
    let mut observer = observed(&[ROLE]);
    assert!(!observer.seen().has_content && !observer.seen().is_complete());
    observer.see(&frame(TEXT));
    assert!(
        observer.seen().has_content
            && observer.seen().usage.is_none()
            && observer.seen().finish_reason.is_none()
    );
    observer.see(&frame(STOP));
    assert_eq!(observer.seen().finish_reason, Some(FinishReason::Stop));
    observer.see(KEEP_ALIVE);
    observer.see(&frame(USAGE));
    assert_eq!(observer.seen().usage.map(|usage| usage.total_tokens), Some(11));
    assert!(observer.seen().is_complete());
    observer.see(b"data:[DONE]\n\n");
    assert!(observer.seen().is_complete());
    assert!(observed(&["[DONE]"]).seen().is_complete());
}

#[test]
fn the_later_usage_wins_and_odd_spellings_are_seen() {
    let later = observed(&[
        TEXT,
        r#"{"usage": {"prompt_tokens":1}}"#,
        r#"{"usage" :null}"#,
        r#"{"usage"  : {"prompt_tokens":7}}"#,
        "not JSON",
        r#"{"choices":[{"finish_reason" : "weird"}]}"#,
    ]);
    assert_eq!(later.seen().usage.map(|usage| usage.input_tokens), Some(7));
    assert_eq!(later.seen().finish_reason, Some(FinishReason::Other));
    let nested = observed(&[TEXT, r#"{"choices":[{"delta":{"content":"say \"usage\":{} and \"error\""}}]}"#]);
    assert!(nested.seen().usage.is_none() && nested.seen().error.is_none());
    let failed = observed(&[TEXT, STOP, r#"{"error":{"message":"boom"}}"#]);
    assert!(!failed.seen().is_complete() && failed.seen().error.is_some());
}

#[test]
fn content_is_text_reasoning_or_a_tool_call() {
    for delta in [
        r#"{"content":"x"}"#,
        r#"{"reasoning_content":"x"}"#,
        r#"{"reasoning":"x"}"#,
        r#"{"refusal":"x"}"#,
        r#"{"tool_calls":[{"index":0}]}"#,
        r#"{"function_call":{"name":"f"}}"#,
    ] {
        assert!(
            observed(&[&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#)]).seen().has_content,
            "{delta}"
        );
    }
    for data in
        [ROLE, STOP, USAGE, "[DONE]", "{}", r#"{"choices":[{"delta":{"content":null,"tool_calls":[]}}]}"#]
    {
        assert!(!observed(&[data]).seen().has_content, "{data}");
    }
    let mut observer = StreamObserver::default();
    observer.see(KEEP_ALIVE);
    assert!(!observer.seen().has_content);
}

#[test]
fn an_error_in_a_frame_has_the_status_that_it_names() {
    let cases = [
        (r#"{"error":{"message":"slow","code":429,"type":"x"}}"#, Some((429, ErrorType::RateLimit, "slow"))),
        (r#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, Some((429, ErrorType::RateLimit, "m"))),
        (
            r#"{"error":{"message":"m","type":"invalid_request_error"}}"#,
            Some((400, ErrorType::InvalidRequest, "m")),
        ),
        (r#"{"error":{"message":"m","type":"overloaded_error"}}"#, Some((529, ErrorType::Provider, "m"))),
        (r#"{"error":{"message":"m","code":null}}"#, Some((502, ErrorType::Provider, "m"))),
        (r#"{"error":"plain"}"#, Some((502, ErrorType::Provider, "plain"))),
        (
            r#"{"error":{"type":"x"}}"#,
            Some((502, ErrorType::Provider, "upstream sent an error in the stream")),
        ),
        (r#"{"object":"error","message":"bad","code":400}"#, Some((400, ErrorType::InvalidRequest, "bad"))),
        (r#"{"error":{"message":"m","code":99999}}"#, Some((502, ErrorType::Provider, "m"))),
        (r#"{"error":null}"#, None),
        (r#"{"error":{}}"#, None),
        (r#"{"error":""}"#, None),
        (r#"{"choices":[{"delta":{"content":"\"error\""}}]}"#, None),
        (r#"{"choices":[{"error":{"message":"m"}}]}"#, None),
        ("[DONE]", None),
    ];
    for (data, expected) in cases {
        let error = observed(&[data]).seen().error.clone();
        assert!(error.as_ref().is_none_or(|error| error.side() == Side::Upstream));
        let error = error.as_ref().map(|error| (error.status(), error.error_type(), error.message()));
        assert_eq!(error, expected, "{data}");
    }
}

#[test]
fn injected_usage_is_taken_out() {
    let replaced = |text: &str| Stripped::Replace(frame(text));
    let cases = [
        (r#"{"choices":[{}],"usage":null}"#, replaced(r#"{"choices":[{}]}"#)),
        (r#"{"usage":null,"choices":[{}]}"#, replaced(r#"{"choices":[{}]}"#)),
        (r#"{"choices":[{}], "usage" : null , "x":1}"#, replaced(r#"{"choices":[{}] , "x":1}"#)),
        (
            r#"{"choices":[{}],"usage":null,"obfuscation":"a,}\"","n":-1}"#,
            replaced(r#"{"choices":[{}],"obfuscation":"a,}\"","n":-1}"#),
        ),
        (
            r#"{"choices":[],"usage":null,"prompt_filter_results":[]}"#,
            replaced(r#"{"choices":[],"prompt_filter_results":[]}"#),
        ),
        (r#"{"usage":null}"#, replaced("{}")),
        (USAGE, Stripped::Drop),
        (r#"{"choices":[ ],"usage":{},"id":"x"}"#, Stripped::Drop),
        (r#"{"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}"#, Stripped::Keep),
        (r#"{"usage":{"prompt_tokens":1}}"#, Stripped::Keep),
        (r#"{"choices":[{"usage":null}]}"#, Stripped::Keep),
        (r#"{"choices":[{"delta":{"content":"\"usage\":null"}}]}"#, Stripped::Keep),
        (r#"{"choices":[{"delta":{"content":",\"usage\":null}"}}]}"#, Stripped::Keep),
        (r#"{"choices":[{"x":1,"usage":null}]}"#, Stripped::Keep),
        (r#"{"x":{"y":1,"usage":null}}"#, Stripped::Keep),
        (r#"{"choices":[{}]}"#, Stripped::Keep),
        ("[DONE]", Stripped::Keep),
        (r#"{"usage" broken"#, Stripped::Keep),
        (r#"{"a":1,"usage":nullish}"#, Stripped::Keep),
        (r#"{"a":{"x":1,"usage":null,"b":1},"c":2}"#, Stripped::Keep),
        (r#"{"usage":null, "a":1, "usage" : null}"#, Stripped::Keep),
    ];
    for (data, expected) in cases {
        assert_eq!(strip_usage(&frame(data)), expected, "{data}");
    }
    let with_lines = Bytes::from(format!("id: 1\r\ndata: {STOP}\r\n: x\r\n\r\n"));
    let without = STOP.replace(",\"usage\":null", "");
    assert_eq!(
        strip_usage(&with_lines),
        Stripped::Replace(format!("id: 1\r\ndata: {without}\r\n: x\r\n\r\n").into())
    );
}

#[test]
fn a_burst_without_injected_usage_stays_the_same_slice() {
    let plain = Bytes::from("data: {\"choices\":[{}]}\n\ndata: {\"x\":\"usage\"}\n\n");
    let burst = split_burst(&plain).expect("frames");
    assert_eq!(strip_burst(&burst).as_ptr(), plain.as_ptr());
    let mixed = Bytes::from([frame(r#"{"a":1}"#), frame(STOP), frame(USAGE), frame("[DONE]")].concat());
    let burst = split_burst(&mixed).expect("frames");
    let stop = frame(&STOP.replace(",\"usage\":null", ""));
    assert_eq!(strip_burst(&burst), [frame(r#"{"a":1}"#), stop, frame("[DONE]")].concat());
    let dropped = split_burst(&frame(USAGE)).expect("a frame");
    assert!(strip_burst(&dropped).is_empty());
}

#[test]
fn the_error_frame_is_the_envelope_in_one_data_line() {
    let error = ApiError::new(Code::StreamInterrupted, "upstream stream interrupted");
    let frame = error_frame(&error);
    insta::assert_snapshot!(String::from_utf8_lossy(&frame), @r#"data: {"error":{"type":"provider_error","message":"upstream stream interrupted","param":null,"code":"stream_interrupted"}}"#);
    assert!(frame.ends_with(b"}}\n\n"));
    let two_lines = error_frame(&ApiError::invalid_request("a\nb\r"));
    assert_eq!(two_lines.iter().filter(|byte| **byte == b'\n').count(), 2);
    assert_eq!(KEEP_ALIVE, b": keep-alive\n\n");
}
