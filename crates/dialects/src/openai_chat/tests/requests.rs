//! Requests: what is read, what is refused, and the edits of spec 01 §8.2.

use std::fmt::Write;

use crate::openai_chat::{ChatRequest, UsageWish};

fn decode(body: &str) -> ChatRequest {
    ChatRequest::decode(body.to_owned().into()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

#[test]
fn what_the_gateway_reads() {
    let request = decode(
        r#"{"model":" m ","stream":true,"stream_options":{"include_usage":true},"provider":"openai"}"#,
    );
    assert_eq!((request.head().model(), request.head().provider()), (" m ", Some("openai")));
    assert!(request.stream() && request.include_usage());
    let request = decode(r#"{"mod\u0065l":"a\/b","provider":null,"stream":null,"stream_options":null}"#);
    assert_eq!((request.head().model(), request.head().provider()), ("a/b", None));
    assert!(!request.stream() && !request.include_usage());
    let request =
        decode(r#"{"model":"a","stream":true,"model":"b","stream":false,"provider":{"order":["x"]}}"#);
    assert_eq!((request.head().model(), request.head().provider(), request.stream()), ("b", None, false));
}

#[test]
fn what_is_not_checked_passes() {
    for body in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","messages":[],"tools":[],"temperature":0,"top_p":null,"max_tokens":-1}"#,
        r#"{"model":"m","messages":[{"content":null},{},{"role":"x","content":[{"type":"file"},{"type":7},5]}]}"#,
        r#"{"model":"m","tool_choice":7,"n":"many","stop":{},"Model":5,"reasoning":{"effort":"odd","x":[]}}"#,
        r#"{"model":"m","messages":[{"content":"x","tool_calls":[7],"tool_call_id":""}],"user":"","service_tier":null}"#,
        r#"{"model":"m","messages":7,"messages":[]}"#,
        r#"{"model":"m","messages":[{"content":7,"content":"x"}]}"#,
    ] {
        decode(body);
    }
}

#[test]
fn a_refusal_names_the_member() {
    let bodies = [
        "{invalid}",
        "",
        "[]",
        r#"{"messages":[]}"#,
        r#"{"model":null}"#,
        r#"{"model":"  "}"#,
        r#"{"model":5}"#,
        r#"{"model":"m"} {}"#,
        r#"{"model":"m","provider":5}"#,
        r#"{"model":"m","messages":{}}"#,
        r#"{"model":"m","messages":["hi"]}"#,
        r#"{"model":"m","messages":[{},{"content":5}]}"#,
        r#"{"model":"m","messages":[{"content":{}}]}"#,
        r#"{"model":"m","messages":[{"content":true}]}"#,
        r#"{"model":"m","messages":[{"role":5}]}"#,
        r#"{"model":"m","messages":[{"tool_calls":{}}]}"#,
        r#"{"model":"m","messages":[{"tool_call_id":5}]}"#,
        r#"{"model":"m","messages":[{"content":"a"},{"content":[{"text":"b" "type":"text"}]}]}"#,
        r#"{"model":"m","temperature":"0"}"#,
        r#"{"model":"m","top_p":[]}"#,
        r#"{"model":"m","max_tokens":1.5}"#,
        r#"{"model":"m","max_tokens":"1"}"#,
        r#"{"model":"m","tools":{}}"#,
        r#"{"model":"m","tools":[{},"x"]}"#,
        r#"{"model":"m","parallel_tool_calls":1}"#,
        r#"{"model":"m","stream":"true"}"#,
        r#"{"model":"m","stream_options":true}"#,
        r#"{"model":"m","stream_options":{"include_usage":1}}"#,
        r#"{"model":"m","reasoning":"high"}"#,
        r#"{"model":"m","reasoning":{"effort":1}}"#,
        r#"{"model":"m","user":1}"#,
        r#"{"model":"m","service_tier":{}}"#,
    ];
    let mut table = String::new();
    for body in bodies {
        let error = ChatRequest::decode(body.into()).expect_err(body);
        assert_eq!(
            (error.status(), error.error_type().as_str(), error.code()),
            (400, "invalid_request_error", None)
        );
        writeln!(table, "{body}\n    {} | {}", error.message(), error.param().unwrap_or("-"))
            .expect("a string");
    }
    insta::assert_snapshot!(table);
}

#[track_caller]
fn check(body: &str, usage: UsageWish, expected: &str) {
    let edited = decode(body).edit_for_upstream("up", usage).finish().concat();
    assert_eq!(String::from_utf8_lossy(&edited), expected, "{body}");
}

#[test]
fn the_edits_of_every_call_change_nothing_else() {
    use UsageWish::{AsSent, Include};
    let odd = " { \"model\" : \"up\",\"x\":1e400 ,\"messages\": [ {\"role\":\"user\" } ], \"n\":null}\n";
    check(odd, AsSent, odd);
    check(r#"{"model":"m","provider":"p","a":1}"#, AsSent, r#"{"model":"up","a":1}"#);
    check(r#"{"provider":"","model":"m"}"#, AsSent, r#"{"model":"up"}"#);
    check(r#"{"provider":{"a":1},"model":"m"}"#, AsSent, r#"{"provider":{"a":1},"model":"up"}"#);
    check(r#"{"provider":"x","model":"m","provider":{}}"#, AsSent, r#"{"model":"up","provider":{}}"#);
    check(r#"{"provider":{},"model":"m","provider":"x"}"#, AsSent, r#"{"model":"up"}"#);
    check(
        r#"{"model":"a","stream":true,"model":"b","stream":false}"#,
        AsSent,
        r#"{"model":"up","stream":false}"#,
    );
    check(
        r#"{"model":"m","stream":true}"#,
        Include,
        r#"{"model":"up","stream":true,"stream_options":{"include_usage":true}}"#,
    );
    check(
        r#"{"model":"m","stream_options":null}"#,
        Include,
        r#"{"model":"up","stream_options":{"include_usage":true}}"#,
    );
    check(
        r#"{"model":"m","stream_options":{ "x" : 1, "include_usage" : false }}"#,
        Include,
        r#"{"model":"up","stream_options":{ "x" : 1, "include_usage" : true }}"#,
    );
    check(
        r#"{"model":"m","stream_options":{"include_usage":true,"x":1}}"#,
        Include,
        r#"{"model":"up","stream_options":{"include_usage":true,"x":1}}"#,
    );
}

#[test]
fn parts_in_the_spelling_of_responses_are_respelt() {
    check(
        r#"{"model":"m","messages":[{"content":"input_text"},{"content":[{"type":"input_text","text":"x","cache_control":{}},{"image_url":"https://h/i.png","type":"input_image","detail":"low"},{"type":"input_image","image_url":{"url":"u"}},{"type":"image_url","image_url":"as sent"},{"type":"input_audio"},{"type":"future"}]}]}"#,
        UsageWish::AsSent,
        r#"{"model":"up","messages":[{"content":"input_text"},{"content":[{"type":"text","text":"x","cache_control":{}},{"image_url":{"url":"https://h/i.png"},"type":"image_url","detail":"low"},{"type":"image_url","image_url":{"url":"u"}},{"type":"image_url","image_url":"as sent"},{"type":"input_audio"},{"type":"future"}]}]}"#,
    );
}
