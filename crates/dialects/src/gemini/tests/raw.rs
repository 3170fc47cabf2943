//! The raw path: the same bytes (case 3 of spec 03 §17), what is observed, the array form.

use bytes::Bytes;
use vocabulary::{ApiError, Code, FinishReason};

use super::{frame, scan};
use crate::conversation::{Issuer, OpaqueState, Reasoning, seal};
use crate::gemini::{ArrayForm, GeminiRequest, StreamObserver, observe_whole};

fn passed(body: &str, model: &str) -> String {
    let request = GeminiRequest::decode(Bytes::copy_from_slice(body.as_bytes()), "m", true).expect(body);
    let edited = request.edit_for_upstream(model).finish().concat();
    String::from_utf8(edited).unwrap()
}

#[test]
fn a_body_passes_as_it_came() {
    let body = r#" {"contents" : [ {"parts":[{"text":"a\u0041","thoughtSignature":"c2ln"}]} ],"unknown":1.50, "contents":[]} "#;
    assert_eq!(passed(body, "gemini-3-pro"), body);
    let request = GeminiRequest::decode(Bytes::from_static(b"{}"), "models/x", false).unwrap();
    assert_eq!(
        (request.head().model(), request.head().provider(), request.stream()),
        ("models/x", None, false)
    );
    for (body, param) in [(r#"{"contents":{}}"#, "contents"), (r#"{"contents":[{},1]}"#, "contents[1]")] {
        let error = GeminiRequest::decode(body.into(), "m", false).unwrap_err();
        assert_eq!(error.param(), Some(param));
    }
    assert_eq!(GeminiRequest::decode("{}".into(), " ", false).unwrap_err().message(), "model is required");
}

#[test]
fn what_was_sealed_for_others_does_not_reach_google() {
    let sealed = |issuer| {
        let state = Some(OpaqueState { issuer, bytes: "sig".into() });
        seal(&Reasoning { state, ..Reasoning::default() }).unwrap()
    };
    let (claude, google) = (sealed(Issuer::Anthropic), sealed(Issuer::Google));
    let body = |parts: &str| format!(r#"{{"contents":[{{"parts":[{parts}]}}]}}"#);
    let cases = [
        (format!(r#"{{"text":"a", "thoughtSignature":"{claude}"}}"#), r#"{"text":"a"}"#),
        (format!(r#"{{"thought_signature":"{claude}", "text":"a"}}"#), r#"{"text":"a"}"#),
        (
            format!(r#"{{"text":"a","thoughtSignature":"{google}"}}"#),
            r#"{"text":"a","thoughtSignature":"sig"}"#,
        ),
        (r#"{"text":"Z29tb2RlbDE6"}"#.to_owned(), r#"{"text":"Z29tb2RlbDE6"}"#),
    ];
    for (part, expected) in cases {
        assert_eq!(passed(&body(&part), "gemini-3-pro"), body(expected));
    }
    let call = format!(r#"{{"functionCall":{{"name":"f"}},"thoughtSignature":"{claude}"}}"#);
    assert_eq!(passed(&body(&call), "gemini-2.5-pro"), body(r#"{"functionCall":{"name":"f"}}"#));
    let placeholder =
        r#"{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}"#;
    assert_eq!(passed(&body(&call), "gemini-3-pro"), body(placeholder));
}

#[test]
fn an_observer_follows_a_stream_to_its_end() {
    let mut observer = StreamObserver::default();
    observer.see(&frame(
        r#"{"candidates":[{"content":{"parts":[{"text":""}]}}],"usageMetadata":{"promptTokenCount":3}}"#,
    ));
    assert!(!observer.seen().has_content && !observer.seen().is_complete());
    observer.see(&frame(r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}"#));
    assert!(observer.seen().has_content);
    observer.see(&frame(r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}"#));
    observer.see(&frame(
        r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}"#,
    ));
    assert_eq!(observer.seen().finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(observer.seen().usage.map(|usage| usage.total_tokens), Some(7));
    assert!(observer.seen().is_complete());
    observer.see(&frame(r#"{"error":{"code":500,"message":"boom"}}"#));
    assert!(!observer.seen().is_complete() && observer.seen().error.is_some());
}

fn error_in(data: &str) -> Option<ApiError> {
    let mut observer = StreamObserver::default();
    observer.see(&frame(data));
    observer.seen().error.clone()
}

#[test]
fn a_blocked_prompt_is_a_complete_answer_here_and_an_error_is_none() {
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#;
    let mut observer = StreamObserver::default();
    observer.see(&frame(blocked));
    assert!(observer.seen().is_complete() && observer.seen().error.is_none());
    assert_eq!(observe_whole(&scan(blocked)).finish_reason, Some(FinishReason::ContentFilter));
    let error = error_in(r#"[{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}]"#).unwrap();
    assert_eq!((error.status(), error.code()), (503, Some("UNAVAILABLE")));
    assert!(error_in(r#"{"candidates":[{"content":{"parts":[{"text":"\"error\""}]}}]}"#).is_none());
    let ending = StreamObserver::default().failure_ending(&ApiError::new(Code::StreamTimeout, "m"));
    assert!(ending.starts_with(br#"data: {"error":{"code":504,"message":"m","status":"DEADLINE_EXCEEDED""#));
}

#[test]
fn events_become_elements_byte_for_byte() {
    let mut out = Vec::new();
    let mut form = ArrayForm::default();
    form.push(b"data: {\"a\": 1.50}\r\n\r\n", &mut out);
    form.push(b": ping\n\n", &mut out);
    form.push(b"data: {\"b\":\ndata: 2}\n\n", &mut out);
    let mut failed = (form, out.clone());
    form.finish(&mut out);
    form.finish(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "[{\"a\": 1.50},\n{\"b\":\n2}]");
    failed.0.fail(&ApiError::new(Code::StreamInterrupted, "m"), &mut failed.1);
    failed.0.finish(&mut failed.1);
    let array: Vec<serde_json::Value> = serde_json::from_slice(&failed.1).unwrap();
    assert_eq!((array.len(), &array[2]["error"]["code"]), (3, &502.into()));
    let mut empty = Vec::new();
    ArrayForm::default().finish(&mut empty);
    assert_eq!(empty, b"[]");
}
