//! Streams, both ways: what events come of frames, and what frames of events.

use bytes::Bytes;
use vocabulary::{ApiError, Code, Usage};

use super::{call, rendering, scan};
use crate::anthropic_messages::{StreamDecoder, StreamEncoder, decode_response};
use crate::conversation::{
    Choice, Content, Delta, Event, Issuer, OpaqueState, Part, Place, Reasoning, Response, Started, Stop,
    StopReason, ToolCall, ToolCallKind, fold, open, replay,
};

const STREAM: &[&str] = &[
    r#"{"type":"message_start","message":{"id":"msg_9","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":100,"output_tokens":1}}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"eHl6"}}"#,
    r#"{"type":"content_block_stop","index":1}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1.50}"}}"#,
    r#"{"type":"content_block_stop","index":2}"#,
    r#"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hi"}}"#,
    r#"{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://a","title":"T","cited_text":"w"}}}"#,
    r#"{"type":"content_block_stop","index":3}"#,
    r#"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}"#,
    r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1"}}"#,
    r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":".10}"}}"#,
    r#"{"type":"content_block_stop","index":4}"#,
    r#"{"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"toolu_2","name":"g","input":{}}}"#,
    r#"{"type":"content_block_stop","index":5}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":0,"output_tokens":4}}"#,
    r#"{"type":"message_stop"}"#,
];

const WHOLE: &str = r#"{"id":"msg_9","type":"message","role":"assistant","model":"claude-x","content":[
    {"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"redacted_thinking","data":"eHl6"},
    {"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"q":1.50}},
    {"type":"text","text":"Hi","citations":[{"type":"web_search_result_location","url":"https://a","title":"T","cited_text":"w"}]},
    {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1.10}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_read_input_tokens":100,"output_tokens":4}}"#;

fn frame(data: &str) -> Bytes {
    format!("event: x\ndata: {data}\n\n").into()
}

fn events(frames: &[&str]) -> Vec<Event> {
    let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
    for data in frames {
        decoder.decode(&frame(data), &mut events);
    }
    decoder.finish(&mut events);
    events
}

fn written(events: Vec<Event>, has_end: bool) -> String {
    let (mut encoder, mut out) = (StreamEncoder::new(rendering()), Vec::new());
    events.into_iter().for_each(|event| encoder.encode(event, &mut out));
    if has_end {
        encoder.finish(&mut out);
    }
    encoder.finish(&mut Vec::new());
    String::from_utf8(out).unwrap()
}

/// The frames of a text, read again.
fn reread(text: &str) -> Response {
    let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
    for frame in text.split_inclusive("\n\n") {
        decoder.decode(&Bytes::copy_from_slice(frame.as_bytes()), &mut events);
    }
    decoder.finish(&mut events);
    fold(events)
}

#[test]
fn a_stream_says_what_the_whole_answer_says() {
    let events = events(STREAM);
    assert!(matches!(events.first(), Some(Event::Started(_))));
    assert!(matches!(events.last(), Some(Event::Finished { .. })));
    let (streamed, whole) = (fold(events), decode_response(&scan(WHOLE)).unwrap());
    assert_eq!(streamed.choices, whole.choices);
    assert_eq!((streamed.usage, streamed.id), (whole.usage, whole.id));
    assert_eq!(whole.usage.map(|usage| (usage.input_tokens, usage.total_tokens)), Some((110, 114)));
}

#[test]
fn an_answer_survives_the_way_through_a_stream() {
    let whole = decode_response(&scan(WHOLE)).unwrap();
    let text = written(replay(whole.clone()), true);
    insta::assert_snapshot!(text);
    let back = reread(&text);
    assert!(back.error.is_none());
    assert_eq!(back.choices, whole.choices);
    assert_eq!(back.usage, whole.usage);
}

#[test]
fn a_stream_without_its_end_has_failed() {
    for cut in 0..STREAM.len() - 1 {
        let events = events(&STREAM[..cut]);
        assert!(
            matches!(events.last(), Some(Event::Failed(error)) if error.code() == Some("stream_interrupted")),
            "{cut}"
        );
        assert_eq!(events.iter().filter(|event| matches!(event, Event::Failed(_))).count(), 1);
    }
}

#[test]
fn an_error_of_the_upstream_is_told_with_its_type() {
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let events = events(&[STREAM[0], overloaded, STREAM[2]]);
    let Some(Event::Failed(error)) = events.last() else { panic!("{events:?}") };
    assert_eq!(
        (error.status(), error.code(), error.message()),
        (529, Some("overloaded_error"), "Overloaded")
    );
    let text = written(events, true);
    assert!(text.ends_with(
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
    ));
    assert!(!text.contains("message_stop") && text.contains("event: ping"));
}

#[test]
fn oddities_cost_nothing_else() {
    let odd = [
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":7}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lost"}}"#,
        r#"{"type":"content_block_delta","index":9,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"content_block_delta","index":"x","delta":{"type":"text_delta","text":"b"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":7}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#,
        r#"{"type":"strange"}"#,
        "[DONE]",
        r#"{"type":"message_delta","delta":{"stop_reason":7},"usage":7}"#,
        r#"{"type":"message_stop"}"#,
        "after the end",
    ];
    let response = fold(events(&odd));
    assert!(response.error.is_none());
    assert_eq!(response.choices[0].parts, [Part::text("ab"), call("t", "f", r#"{"a":1}"#)]);
    let malformed = events(&["{", r#"{"type":"message_stop"}"#]);
    assert!(matches!(&malformed[..], [Event::Failed(error)] if error.detail().is_some()));
    let no_call = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#;
    let stop = fold(events(&[no_call, r#"{"type":"message_stop"}"#])).choices.remove(0).stop.unwrap();
    assert_eq!(stop.reason, StopReason::End);
}

fn place(part: u32) -> Place {
    Place { choice: 0, part }
}

fn delta(part: u32, text: &str) -> Event {
    Event::Delta { at: place(part), delta: Delta::Text(text.to_owned().into()) }
}

fn start(part: u32, what: Part) -> Event {
    Event::PartStarted { at: place(part), part: Box::new(what) }
}

#[test]
fn parallel_calls_come_one_after_the_other() {
    let end = |part| Event::PartFinished { at: place(part) };
    let events = vec![
        Event::Started(Started { id: "chatcmpl-7".into(), ..Started::default() }),
        start(0, Part::text("")),
        delta(0, "Let me look."),
        start(1, call("call_1", "f", "")),
        start(2, call("call_2", "g", "")),
        delta(2, "{\"b\""),
        delta(1, "{\"a\""),
        end(0),
        delta(2, ":2}"),
        delta(1, ":1}"),
        end(1),
        end(2),
        Event::Finished { choice: 0, stop: Stop::new(StopReason::End) },
        Event::Usage(Usage {
            input_tokens: 16,
            output_tokens: 7,
            total_tokens: 23,
            cached_input_tokens: 4,
            ..Usage::default()
        }),
    ];
    let text = written(events, true);
    insta::assert_snapshot!(text);
    let parts = vec![
        Part::text("Let me look."),
        call("call_1", "f", r#"{"a":1}"#),
        call("call_2", "g", r#"{"b":2}"#),
    ];
    let stop = Some(Stop::new(StopReason::ToolCalls));
    assert_eq!(reread(&text).choices, [Choice { parts, stop }]);
}

#[test]
fn states_of_others_are_sealed_and_custom_text_is_a_json_string() {
    let custom = Content::ToolCall(ToolCall {
        id: "c".into(),
        name: "patch".into(),
        arguments: "".into(),
        kind: ToolCallKind::Custom,
        namespace: None,
        item_id: None,
    });
    let state = OpaqueState { issuer: Issuer::Google, bytes: "g".into() };
    let events = vec![
        start(0, Part::new(Content::Reasoning(Reasoning::default()))),
        delta(0, "h"),
        delta(0, "m"),
        Event::Delta { at: place(0), delta: Delta::State(state.clone()) },
        Event::PartFinished { at: place(0) },
        start(1, Part::new(Content::Reasoning(Reasoning::default()))),
        Event::PartFinished { at: place(1) },
        start(2, Part::text("")),
        Event::PartFinished { at: place(2) },
        start(3, custom.into()),
        delta(3, "a\"\n"),
        delta(3, "\u{1f600}"),
        Event::PartFinished { at: place(3) },
        Event::Finished { choice: 0, stop: Stop::new(StopReason::ToolCalls) },
    ];
    let parts = reread(&written(events, true)).choices.remove(0).parts;
    let [Part { content: Content::Reasoning(thinking), .. }, Part { content: Content::ToolCall(call), .. }] =
        &parts[..]
    else {
        panic!("{parts:?}")
    };
    let sealed = &thinking.state.as_ref().unwrap().bytes;
    assert_eq!(
        open(sealed),
        Some(Reasoning { text: "hm".into(), state: Some(state), ..Reasoning::default() })
    );
    assert_eq!(&*call.arguments, "{\"input\":\"a\\\"\\n\u{1f600}\"}");
}

#[test]
fn an_empty_stream_is_a_message_and_a_failed_one_is_an_error() {
    insta::assert_snapshot!(written(vec![], true), @r#"
    event: message_start
    data: {"type":"message_start","message":{"id":"msg_9e3779b97f4a7c15f39cc0605cedc83c","type":"message","role":"assistant","model":"gpt-4o-mini","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

    event: ping
    data: {"type":"ping"}

    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":0}}

    event: message_stop
    data: {"type":"message_stop"}
    "#);
    let failed = || Event::Failed(ApiError::new(Code::StreamInterrupted, "upstream stream interrupted"));
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"upstream stream interrupted\"}}\n\n";
    assert_eq!(written(vec![failed(), failed()], true), error);
    let begun = vec![start(0, Part::text("x")), failed(), delta(0, "y")];
    let text = written(begun, true);
    assert!(text.ends_with(error) && !text.contains("content_block_stop"), "{text}");
}
