//! The raw path: shape checks, edits, what an observer sees, `[DONE]` (acceptance 04 §15 3 to 8).

use bytes::Bytes;
use vocabulary::{ApiError, Code, FinishReason};

use crate::conversation::{Issuer, OpaqueState, Reasoning, seal};
use crate::openai_responses::{DoneRepair, ResponsesRequest, StreamObserver};
use crate::sse::FrameSplitter;

fn decode(body: &str) -> Result<ResponsesRequest, ApiError> {
    ResponsesRequest::decode(Bytes::from(body.to_owned()))
}

fn edited(body: &str) -> String {
    let request = decode(body).unwrap();
    String::from_utf8(request.edit_for_upstream("up").finish().concat()).unwrap()
}

#[test]
fn a_body_keeps_everything_but_model_and_provider() {
    for (body, expected) in [
        (r#"{"model":"a/m", "input":""}"#, r#"{"model":"up", "input":""}"#),
        (
            r#"{"model":"m","provider":"p","background":true,"prompt_cache_key":"k1","x_big":9007199254740993,"input":null}"#,
            r#"{"model":"up","background":true,"prompt_cache_key":"k1","x_big":9007199254740993,"input":null}"#,
        ),
        (r#"{"stream":false,"model":"m","stream":true}"#, r#"{"model":"up","stream":true}"#),
        (
            r#"{"model":"m","provider":{"order":[]},"stream":true}"#,
            r#"{"model":"up","provider":{"order":[]},"stream":true}"#,
        ),
    ] {
        assert_eq!(edited(body), expected);
    }
    let request =
        decode(r#"{"model":"m","stream":true,"background":true,"store":false,"provider":""}"#).unwrap();
    assert_eq!((request.head().model(), request.head().provider()), ("m", Some("")));
    assert!(request.stream() && request.background() && !request.store());
    let request = decode(r#"{"model":"m","store":null,"background":"yes"}"#).unwrap();
    assert!(
        request.store() && !request.background() && !request.stream() && request.head().provider().is_none()
    );
}

#[test]
fn wrong_shapes_are_refused_with_their_path() {
    for (body, param, message) in [
        (r#"{"model":"m","input":}"#, Some("input"), "invalid request body: expected a value at byte 21"),
        (r#"{"input":"hi"}"#, None, "model is required"),
        (r#"{"model":" "}"#, None, "model is required"),
        (r#"{"model":5}"#, Some("model"), "invalid request body: model must be a string"),
        (
            r#"{"model":"m","input":["a"]}"#,
            Some("input[0]"),
            "invalid request body: input[0] must be an object",
        ),
        (
            r#"{"model":"m","tools":[{},1]}"#,
            Some("tools[1]"),
            "invalid request body: tools[1] must be an object",
        ),
        (
            r#"{"model":"m","include":[1]}"#,
            Some("include[0]"),
            "invalid request body: include[0] must be a string",
        ),
        (
            r#"{"model":"m","max_output_tokens":1.5}"#,
            Some("max_output_tokens"),
            "invalid request body: max_output_tokens must be an integer",
        ),
        (
            r#"{"model":"m","reasoning":{"effort":1}}"#,
            Some("reasoning.effort"),
            "invalid request body: reasoning.effort must be a string",
        ),
        (
            r#"{"model":"m","conversation":[]}"#,
            Some("conversation"),
            "invalid request body: conversation must be a string or an object",
        ),
        (r#"{"model":"m","conversation":{}}"#, Some("conversation"), "conversation id is required"),
        (
            r#"{"model":"m","conversation":"c","previous_response_id":"r"}"#,
            Some("previous_response_id"),
            "previous_response_id cannot be used together with conversation",
        ),
        (
            r#"{"model":"m","conversation":"c","input":5}"#,
            Some("input"),
            "input must be a string or an array of input items",
        ),
    ] {
        let error = decode(body).unwrap_err();
        assert_eq!((error.status(), error.param(), error.message()), (400, param, message), "{body}");
    }
    assert!(decode(r#"{"model":"m","input":5,"tools":null,"text":null,"conversation":null}"#).is_ok());
}

const CREATED: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"model\":\"gpt\",\"created_at\":7}}\n\n";
const DELTA: &str = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"\\\"usage\\\"\"}\n\n";
const CALL: &str = "event: response.function_call_arguments.delta\ndata: {\"type\":\"response.function_call_arguments.delta\",\"sequence_number\":2,\"delta\":\"{\"}\n\n";
const COMPLETED: &str = "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":3,\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}}\n\n";

fn observed(frames: &[&str]) -> StreamObserver {
    let mut observer = StreamObserver::default();
    frames.iter().for_each(|frame| observer.see(frame.as_bytes()));
    observer
}

/// The same frames as some servers write them: without the line `event:`.
fn unnamed(frame: &str) -> String {
    frame.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn an_observer_reads_the_terminal_event() {
    for rename in [str::to_owned as fn(&str) -> String, unnamed] {
        let frames = [CREATED, DELTA, CALL, COMPLETED].map(rename);
        let mut observer = observed(&[&frames[0]]);
        assert!(!observer.seen().has_content && !observer.seen().is_complete());
        observer.see(frames[1].as_bytes());
        assert!(observer.seen().has_content && observer.seen().usage.is_none());
        observer.see(frames[2].as_bytes());
        observer.see(frames[3].as_bytes());
        observer.see(b"data: [DONE]\n\n");
        assert_eq!(observer.seen().usage.map(|usage| usage.total_tokens), Some(3));
        assert!(observer.seen().is_complete() && observer.seen().error.is_none());
        assert!(observer.failure_ending(&ApiError::new(Code::StreamTimeout, "x")).is_empty());
    }
    let calls = observed(&[CREATED, CALL, COMPLETED]);
    assert_eq!(calls.seen().finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(observed(&[CREATED, DELTA, COMPLETED]).seen().finish_reason, Some(FinishReason::Stop));
    let cut = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},"usage":{"total_tokens":9}}}"#;
    let cut = observed(&[&format!("data: {cut}\n\n")]);
    assert_eq!(
        (cut.seen().finish_reason, cut.seen().usage.map(|usage| usage.total_tokens)),
        (Some(FinishReason::Length), Some(9))
    );
}

#[test]
fn an_observer_sees_errors_and_knows_how_to_end() {
    let failed = "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"boom\"},\"usage\":{\"total_tokens\":4}}}\n\n";
    let observer = observed(&[CREATED, failed]);
    assert_eq!(observer.seen().error.as_ref().map(ApiError::message), Some("boom"));
    assert_eq!(
        (observer.seen().is_complete(), observer.seen().usage.map(|usage| usage.total_tokens)),
        (false, Some(4))
    );
    assert!(observer.failure_ending(&ApiError::new(Code::StreamTimeout, "x")).is_empty());
    assert_eq!(observer.seen().error.as_ref().and_then(ApiError::code), Some("server_error"));
    assert!(observed(&[CREATED, DELTA]).seen().error.is_none());
    let unnamed = observed(&[
        "event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"}\n\n",
    ]);
    // An event that has no member `error` is one nevertheless.
    assert_eq!(unnamed.seen().error.as_ref().map(ApiError::status), Some(429));
    let ending = observed(&[CREATED, DELTA]).failure_ending(&ApiError::new(Code::StreamInterrupted, "cut"));
    let expected = "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":2,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":7,\"status\":\"failed\",\"error\":{\"code\":\"stream_interrupted\",\"message\":\"cut\"},\"incomplete_details\":null,\"model\":\"gpt\",\"output\":[]}}\n\n";
    assert_eq!(ending, expected.as_bytes());
    assert!(
        observed(&[])
            .failure_ending(&ApiError::new(Code::StreamInterrupted, "cut"))
            .starts_with(b"event: response.failed\n")
    );
}

/// 04 §15 7, 8.
#[test]
fn a_completed_stream_ends_in_exactly_one_done() {
    let marker = "data: [DONE]\n\n";
    let cut = |text: &str| text.trim_end().to_owned();
    let cases: Vec<(Vec<String>, &str)> = vec![
        (vec![COMPLETED.into()], marker),
        (vec![cut(COMPLETED)], "\n\ndata: [DONE]\n\n"),
        (vec![cut(COMPLETED) + "\n"], "\ndata: [DONE]\n\n"),
        (vec![cut(COMPLETED) + "\r\n"], "\ndata: [DONE]\n\n"),
        (vec![COMPLETED.into(), marker.into()], ""),
        (vec![COMPLETED.into(), "data: [DONE]".into()], "\n\n"),
        (vec![COMPLETED.into(), "data: [DONE]\n".into()], "\n"),
        (vec![COMPLETED.into(), "data:[DO".into()], "NE]\n\n"),
        (vec![COMPLETED.into(), "data: [DO".into()], "NE]\n\n"),
        (vec![COMPLETED.into(), "d".into()], "ata: [DONE]\n\n"),
        (vec![COMPLETED.into(), ": ping\n\n".into()], marker),
        (vec![COMPLETED.into(), ": pi".into()], "\n\ndata: [DONE]\n\n"),
        (vec![COMPLETED.into(), "data: other".into()], ""),
        (vec![COMPLETED.replace("completed", "done")], marker),
        (vec![unnamed(COMPLETED)], marker),
        (vec![CREATED.into(), DELTA.into()], ""),
        (vec![DELTA.into(), "data: [DO".into()], ""),
        (vec![COMPLETED.replace("response.completed", "response.incomplete")], ""),
        (vec![COMPLETED.into(), DELTA.into()], ""),
        (
            vec![
                "data: {\"type\":\"response.output_text.delta\",\"delta\":\"response.completed [DONE]\"}\n\n"
                    .into(),
            ],
            "",
        ),
        (vec![COMPLETED.replace("}}}", "")], ""),
    ];
    for (pieces, missing) in cases {
        let (mut repair, mut splitter) = (DoneRepair::default(), FrameSplitter::new(1 << 20));
        splitter.push(pieces.concat().into());
        while let Some(frame) = splitter.next_frame().unwrap() {
            repair.see(&frame);
        }
        assert_eq!(repair.missing(&splitter.take_tail()), missing.as_bytes(), "{pieces:?}");
    }
}

#[test]
fn sealed_reasoning_of_others_is_cut_and_ours_is_opened() {
    let sealed = |issuer: Issuer| {
        let state = Some(OpaqueState { issuer, bytes: "st".into() });
        let sealed = seal(&Reasoning { state, ..Reasoning::default() }).expect("a state");
        format!(r#"{{"type":"reasoning","id":"r","summary":[],"encrypted_content":"{sealed}"}}"#)
    };
    let (theirs, ours) = (sealed(Issuer::Google), sealed(Issuer::OpenAi));
    let native = r#"{"type":"reasoning","id":"r","summary":[],"encrypted_content":"st"}"#;
    let cases = [
        (format!(r#"[{theirs} , {{"role":"user"}}]"#), r#"[{"role":"user"}]"#.to_owned()),
        (format!(r#"[{{"a":1}},{theirs}, {theirs} ,{{"b":2}}]"#), r#"[{"a":1},{"b":2}]"#.to_owned()),
        (format!(r#"[{{"a":1}}, {theirs}]"#), r#"[{"a":1}]"#.to_owned()),
        (format!("[{theirs},{theirs}]"), "[]".to_owned()),
        (format!("[{ours}, {native}]"), format!("[{native}, {native}]")),
        (format!(r#""{}""#, "Z29tb2RlbDE6"), r#""Z29tb2RlbDE6""#.to_owned()),
    ];
    for (input, expected) in cases {
        let body = format!(r#"{{"model":"m","input":{input}}}"#);
        let sent = edited(&body);
        assert_eq!(sent, format!(r#"{{"model":"up","input":{expected}}}"#), "{body}");
    }
}
