//! Whole answers: read, written, round trips, what is observed and stamped.

use vocabulary::{ApiError, ErrorType, FinishReason, ProviderType, Usage};

use super::rendering;
use crate::conversation::{
    Choice, Content, Foreign, Ids, Issuer, Json, OpaqueState, Part, Reasoning, Response, Stop, StopReason,
    ToolCall, ToolCallKind,
};
use crate::json::RawObject;
use crate::openai_responses::{decode_response, encode_response, observe_whole, stamp};
use vocabulary::Dialect;

fn object(text: &str) -> RawObject {
    RawObject::scan(text.to_owned().into()).unwrap()
}

const WHOLE: &str = r#"{"id":"resp_up","object":"response","created_at":1700000001,"model":"gpt","status":"completed","output":[
 {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gAAA"},
 {"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[{"type":"url_citation","url":"https://x","title":"X","start_index":0,"end_index":2}],"logprobs":[]}]},
 {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
 {"type":"mcp_call","id":"mcp_1"}],
 "usage":{"input_tokens":5,"output_tokens":9,"total_tokens":14}}"#;

fn written(response: &Response, request: &str) -> String {
    String::from_utf8(encode_response(response, &mut rendering(request))).unwrap()
}

fn answer(parts: Vec<Part>, reason: StopReason) -> Response {
    Response {
        id: "chatcmpl-1".into(),
        model: "m-1".into(),
        choices: vec![Choice { parts, stop: Some(Stop::new(reason)) }],
        ..Response::default()
    }
}

#[test]
fn a_whole_answer_is_read() {
    let response = decode_response(&object(WHOLE)).unwrap();
    assert_eq!((&*response.id, &*response.model, response.created), ("resp_up", "gpt", Some(1_700_000_001)));
    let choice = &response.choices[0];
    assert_eq!(choice.stop, Some(Stop::new(StopReason::ToolCalls)));
    let Content::Reasoning(reasoning) = &choice.parts[0].content else { panic!() };
    assert_eq!(
        (&*reasoning.text, reasoning.is_summary, reasoning.id.as_deref()),
        ("a\n\nb", true, Some("rs_1"))
    );
    let Content::Text { annotations, .. } = &choice.parts[1].content else { panic!() };
    assert_eq!((&*annotations[0].url, annotations[0].end), ("https://x", Some(2)));
    let call = ToolCall {
        id: "c1".into(),
        name: "f".into(),
        arguments: r#"{"a":1}"#.into(),
        kind: ToolCallKind::Function,
        namespace: None,
        item_id: Some("fc_1".into()),
    };
    assert_eq!(choice.parts[2].content, Content::ToolCall(call));
    let foreign = Foreign {
        dialect: Dialect::OpenAiResponses,
        raw: Json::constant(r#"{"type":"mcp_call","id":"mcp_1"}"#),
    };
    assert_eq!(choice.parts[3].content, Content::Foreign(foreign));
    assert_eq!(response.usage.map(|usage| usage.total_tokens), Some(14));
}

#[test]
fn every_status_has_its_reason() {
    for (members, stop) in [
        (r#""status":"completed""#, Some((StopReason::End, None))),
        (r#""output_text":"""#, Some((StopReason::End, None))),
        (
            r#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#,
            Some((StopReason::Length, None)),
        ),
        (
            r#""status":"incomplete","incomplete_details":{"reason":"content_filter"}"#,
            Some((StopReason::ContentFilter, None)),
        ),
        (
            r#""status":"incomplete","incomplete_details":{"reason":"new"}"#,
            Some((StopReason::Other, Some("new"))),
        ),
        (r#""status":"cancelled""#, Some((StopReason::Other, Some("cancelled")))),
        (r#""status":"in_progress""#, None),
    ] {
        let response = decode_response(&object(&format!(r#"{{"output":[],{members}}}"#))).unwrap();
        let found = response.choices[0].stop.as_ref().map(|stop| (stop.reason, stop.raw.as_deref()));
        assert_eq!(found, stop, "{members}");
    }
    let failed = decode_response(&object(
        r#"{"status":"failed","output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}],"error":{"code":"server_error","message":"boom"}}"#,
    ));
    let failed = failed.unwrap();
    assert_eq!((failed.error.as_ref().unwrap().message(), failed.choices[0].parts.len()), ("boom", 1));
    let error =
        decode_response(&object(r#"{"error":{"message":"no","type":"invalid_request_error"}}"#)).unwrap_err();
    assert_eq!((error.status(), error.message()), (400, "no"));
}

/// 03-B29, 04-B4.
#[test]
fn a_whole_answer_is_a_complete_object_that_echoes_the_request() {
    let request = r#"{"model":"m","input":"hi","instructions":"Be brief.","tools":[{"type":"function","name":"f"}],"tool_choice":"required",
        "parallel_tool_calls":false,"temperature":0.20,"text":{"verbosity":"low"},"reasoning":{"effort":"low"},"metadata":{"a":"b"},"store":false,
        "max_output_tokens":99,"user":"u","service_tier":"flex","prompt_cache_key":"k"}"#;
    let call = ToolCall {
        id: "c1".into(),
        name: "f".into(),
        arguments: "".into(),
        kind: ToolCallKind::Function,
        namespace: None,
        item_id: None,
    };
    let thought = Reasoning {
        text: "hm".into(),
        state: Some(OpaqueState { issuer: Issuer::OpenAi, bytes: "gAAA".into() }),
        ..Reasoning::default()
    };
    let parts = vec![Content::Reasoning(thought).into(), Part::text(""), Content::ToolCall(call).into()];
    let usage = Usage { input_tokens: 5, output_tokens: 9, total_tokens: 14, ..Usage::default() };
    let response = Response { usage: Some(usage), ..answer(parts, StopReason::ToolCalls) };
    insta::assert_snapshot!(written(&response, request));
}

#[test]
fn an_answer_without_content_has_one_empty_message() {
    let text = written(&answer(Vec::new(), StopReason::End), "{}");
    let item = r#""type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"","annotations":[],"logprobs":[]}]"#;
    assert!(text.contains(item), "{text}");
    assert!(text.contains(r#""id":"resp_"#) && !text.contains("chatcmpl") && !text.contains("usage"));
}

#[test]
fn the_status_is_the_truth() {
    let cut = written(&answer(vec![Part::text("cut")], StopReason::Length), "{}");
    assert!(cut.contains(r#""status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"max_output_tokens"}"#));
    assert!(cut.contains(r#""type":"message","status":"incomplete""#));
    let error = ApiError::uncoded(502, ErrorType::Provider, "boom");
    let failed = Response { error: Some(error), ..answer(vec![Part::text("cut")], StopReason::End) };
    assert!(written(&failed, "{}").contains(
        r#""status":"failed","background":false,"error":{"code":"provider_error","message":"boom"}"#
    ));
}

/// What the conversation holds of an answer survives a way through our own spelling.
#[test]
fn what_is_written_is_read_again() {
    let first = decode_response(&object(WHOLE)).unwrap();
    let mut how = rendering(r#"{"store":false}"#);
    how.ids = Ids::new(9);
    let again =
        decode_response(&object(std::str::from_utf8(&encode_response(&first, &mut how)).unwrap())).unwrap();
    let parts = |response: &Response| {
        let mut parts = response.choices[0].parts.clone();
        // Summaries are joined on the way.
        for part in &mut parts {
            if let Content::Text { annotations, .. } = &mut part.content {
                annotations.iter_mut().for_each(|annotation| annotation.raw = None);
            }
        }
        parts
    };
    assert_eq!(parts(&first), parts(&again));
    assert_eq!((first.usage, &first.choices[0].stop), (again.usage, &again.choices[0].stop));
}

#[test]
fn whole_answers_are_observed() {
    for (text, reason, total) in [
        (WHOLE, Some(FinishReason::ToolCalls), Some(14)),
        (
            r#"{"status":"completed","output":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            Some(FinishReason::Stop),
            Some(3),
        ),
        (
            r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}"#,
            Some(FinishReason::Length),
            None,
        ),
        (r#"{"status":"queued","usage":"n/a"}"#, None, None),
    ] {
        let seen = observe_whole(&object(text));
        assert_eq!((seen.finish_reason, seen.usage.map(|usage| usage.total_tokens)), (reason, total));
    }
}

#[test]
fn only_provider_and_a_missing_model_are_stamped() {
    for (text, expected) in [
        (r#"{"id":"r", "model":"x","odd":1.50}"#, r#"{"id":"r", "model":"x","odd":1.50,"provider":"acme"}"#),
        (r#"{"provider":"p","model":null}"#, r#"{"provider":"acme","model":"m"}"#),
        (r#"{}"#, r#"{"model":"m","provider":"acme"}"#),
    ] {
        let object = object(text);
        let mut edits = object.edit();
        stamp(&mut edits, ProviderType("acme"), "m");
        assert_eq!(edits.finish().concat(), expected.as_bytes());
    }
}
