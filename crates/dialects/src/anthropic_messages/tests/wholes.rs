//! Whole answers, both ways.

use vocabulary::Usage;

use super::{call, rendering, scan};
use crate::anthropic_messages::{decode_response, encode_response, observe_whole};
use crate::conversation::{
    Annotation, Choice, Content, Issuer, OpaqueState, Part, Reasoning, Response, Stop, StopReason, Text,
    ToolCall, ToolCallKind, fold, open, replay,
};

fn text(parts: Vec<Part>, reason: StopReason) -> String {
    let choices = vec![Choice { parts, stop: Some(Stop::new(reason)) }];
    let response = Response { id: "chatcmpl-7".into(), choices, ..Response::default() };
    String::from_utf8(encode_response(&response, &mut rendering())).unwrap()
}

#[test]
fn an_answer_with_everything_is_read_and_comes_back() {
    let body = r#"{"id":"msg_9","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[{"type":"text","text":"P"},{"type":"thinking","thinking":"T","signature":"c2ln"},{"type":"redacted_thinking","data":"eHl6"},{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"q":"x"}},{"type":"text","text":"A","citations":[{"type":"web_search_result_location","url":"https://a","title":"T","cited_text":"w","encrypted_index":"e"}]},{"type":"tool_use","id":"toolu_1","name":"lookup","input":{ "q":1.50}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":7,"cache_read_input_tokens":100,"output_tokens":5,"output_tokens_details":{"thinking_tokens":3}}}"#;
    let response = decode_response(&scan(body)).unwrap();
    let usage = Usage {
        input_tokens: 117,
        output_tokens: 5,
        total_tokens: 122,
        cached_input_tokens: 100,
        cache_write_input_tokens: 7,
        reasoning_tokens: 3,
    };
    assert_eq!(response.usage, Some(usage));
    assert_eq!(observe_whole(&scan(body)).usage, Some(usage));
    insta::assert_debug_snapshot!(response.choices);
    let back = String::from_utf8(encode_response(&response, &mut rendering())).unwrap();
    assert_eq!(back, body);
    let folded = fold(replay(response.clone()));
    assert_eq!(folded.choices, response.choices);
}

#[test]
fn a_stop_reason_says_what_can_be_said() {
    let read = |word: &str, blocks: &str| {
        let body = format!(r#"{{"content":[{blocks}],"stop_reason":{word},"stop_sequence":null}}"#);
        let stop = decode_response(&scan(&body)).unwrap().choices.remove(0).stop.unwrap();
        (stop.reason, stop.raw.map(|raw| raw.to_string()))
    };
    let call = r#"{"type":"tool_use","id":"a","name":"f"}"#;
    let cases = [
        ("\"end_turn\"", "", StopReason::End, None),
        ("null", "", StopReason::End, None),
        ("\"stop_sequence\"", "", StopReason::StopSequence, None),
        ("\"tool_use\"", call, StopReason::ToolCalls, None),
        ("\"tool_use\"", "", StopReason::End, Some("tool_use")),
        ("\"max_tokens\"", "", StopReason::Length, None),
        ("\"model_context_window_exceeded\"", "", StopReason::Length, Some("model_context_window_exceeded")),
        ("\"refusal\"", "", StopReason::Refusal, None),
        ("\"pause_turn\"", "", StopReason::Pause, None),
        ("\"compaction\"", "", StopReason::Other, Some("compaction")),
    ];
    for (word, blocks, reason, raw) in cases {
        assert_eq!(read(word, blocks), (reason, raw.map(str::to_owned)), "{word}");
    }
}

#[test]
fn what_is_no_message_is_an_error() {
    let error = decode_response(&scan(
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    ));
    let error = error.unwrap_err();
    assert_eq!(
        (error.status(), error.code(), error.message()),
        (529, Some("overloaded_error"), "Overloaded")
    );
    assert_eq!(decode_response(&scan("{}")).unwrap_err().status(), 502);
    let odd = decode_response(&scan(
        r#"{"content":[7,{},{"type":"tool_use","name":""},{"type":"text","text":7},{"type":"tool_use","name":"f","input":null}],"usage":[]}"#,
    ));
    let odd = odd.unwrap();
    assert_eq!(odd.choices[0].parts, [Part::text(""), call("toolu_4", "f", "{}")]);
    assert_eq!(odd.usage, None);
}

#[test]
fn an_answer_of_another_dialect_is_written() {
    let sealed = Reasoning {
        text: "hm".into(),
        state: Some(OpaqueState { issuer: Issuer::OpenAi, bytes: "enc".into() }),
        ..Reasoning::default()
    };
    let custom = Part::new(Content::ToolCall(ToolCall {
        id: "call_2".into(),
        name: "patch".into(),
        arguments: "a\n\"b\"".into(),
        kind: ToolCallKind::Custom,
        namespace: None,
        item_id: None,
    }));
    let annotation = Annotation { url: "https://x".into(), ..Annotation::default() };
    let cited = Content::Text { text: "Hi".into(), annotations: vec![annotation], logprobs: vec![] };
    let parts = vec![
        Part::new(Content::Reasoning(sealed.clone())),
        Part::new(Content::Reasoning(Reasoning { text: "so".into(), ..Reasoning::default() })),
        Part::text(""),
        Part::new(cited),
        call("call_1", "f", "{\"a\":"),
        custom,
    ];
    let body = text(parts, StopReason::End);
    let answer = scan(&body);
    let signature = answer.get("content").unwrap().elements().next().unwrap();
    let signature = signature.get("signature").unwrap().as_str().unwrap().into_owned();
    assert_eq!(open(&signature), Some(sealed));
    insta::assert_snapshot!(body.replace(&signature, "SEALED"), @r#"{"id":"msg_chatcmpl-7","type":"message","role":"assistant","model":"gpt-4o-mini","content":[{"type":"thinking","thinking":"hm","signature":"SEALED"},{"type":"thinking","thinking":"so","signature":""},{"type":"text","text":"Hi"},{"type":"tool_use","id":"call_1","name":"f","input":{}},{"type":"tool_use","id":"call_2","name":"patch","input":{"input":"a\n\"b\""}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}"#);
}

#[test]
fn the_reason_is_in_this_dialects_words() {
    let reason = |parts: Vec<Part>, reason| {
        let body = text(parts, reason);
        scan(&body).get("stop_reason").unwrap().as_str().unwrap().into_owned()
    };
    let calling = || vec![call("a", "f", "{}")];
    assert_eq!(reason(calling(), StopReason::End), "tool_use");
    assert_eq!(reason(calling(), StopReason::Length), "max_tokens");
    for (stop, word) in [
        (StopReason::End, "end_turn"),
        (StopReason::StopSequence, "end_turn"),
        (StopReason::Length, "max_tokens"),
        (StopReason::ToolCalls, "tool_use"),
        (StopReason::ContentFilter, "refusal"),
        (StopReason::Refusal, "refusal"),
        (StopReason::Pause, "pause_turn"),
        (StopReason::Other, "end_turn"),
    ] {
        assert_eq!(reason(vec![], stop), word, "{stop:?}");
    }
    let stop = Stop { reason: StopReason::End, sequence: Some(Text::from("END")), raw: None };
    let response =
        Response { choices: vec![Choice { parts: vec![], stop: Some(stop) }], ..Response::default() };
    let body = String::from_utf8(encode_response(&response, &mut rendering())).unwrap();
    assert!(body.contains(r#""stop_reason":"stop_sequence","stop_sequence":"END""#), "{body}");
}
