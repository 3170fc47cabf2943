//! Answers for clients that speak Gemini: whole, as events, as one array; case 4 of spec 03 §17.

use serde_json::Value;
use vocabulary::{ApiError, Code, Usage};

use super::rendering;
use crate::conversation::{
    Annotation, Choice, Content, Delta, Event, Issuer, Media, MediaSource, OpaqueState, Part, Place,
    Reasoning, Response, Started, Stop, StopReason, ToolCall, ToolCallKind, open, replay,
};
use crate::gemini::{StreamEncoder, encode_response};

fn call(id: &str, arguments: &str) -> Part {
    let (name, kind) = ("weather".into(), ToolCallKind::Function);
    Content::ToolCall(ToolCall {
        id: id.into(),
        name,
        arguments: arguments.into(),
        kind,
        namespace: None,
        item_id: None,
    })
    .into()
}

fn thought(text: &str, issuer: Issuer, bytes: &str) -> Part {
    let state = Some(OpaqueState { issuer, bytes: bytes.into() });
    Content::Reasoning(Reasoning { text: text.into(), state, ..Reasoning::default() }).into()
}

fn answer() -> Response {
    let annotation =
        Annotation { url: "https://a".into(), start: Some(1), end: Some(3), ..Annotation::default() };
    let text = Content::Text { text: "Ölig".into(), annotations: vec![annotation], logprobs: Vec::new() };
    let image =
        Media { media_type: Some("image/png".into()), ..Media::of(MediaSource::Base64("AAAA".into())) };
    let parts = vec![
        thought("hm", Issuer::Google, "s1"),
        text.into(),
        Content::Image(image).into(),
        thought("", Issuer::Google, "s2"),
        call("c1", r#"{"n":1.50}"#),
        call("c2", "{broken"),
        thought("", Issuer::Google, "s3"),
    ];
    let stop = Some(Stop::new(StopReason::ToolCalls));
    let usage = Usage {
        input_tokens: 100,
        output_tokens: 50,
        total_tokens: 150,
        cached_input_tokens: 60,
        cache_write_input_tokens: 0,
        reasoning_tokens: 30,
    };
    Response { choices: vec![Choice { parts, stop }], usage: Some(usage), ..Response::default() }
}

fn written(events: Vec<Event>, as_array: bool) -> String {
    let (mut encoder, mut out) = (StreamEncoder::new(rendering(as_array)), Vec::new());
    events.into_iter().for_each(|event| encoder.encode(event, &mut out));
    encoder.finish(&mut out);
    encoder.encode(Event::Failed(failure()), &mut out);
    encoder.finish(&mut out);
    String::from_utf8(out).unwrap()
}

fn failure() -> ApiError {
    ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
}

#[test]
fn a_whole_answer() {
    let body: Value = serde_json::from_slice(&encode_response(&answer(), &mut rendering(false))).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
}

#[test]
fn a_stream_of_events() {
    insta::assert_snapshot!(written(replay(answer()), false));
}

#[test]
fn a_stream_as_one_array_is_the_same_chunks() {
    let events = written(replay(answer()), false);
    let array: Vec<Value> = serde_json::from_str(&written(replay(answer()), true)).unwrap();
    let chunks: Vec<Value> = events
        .split("\n\n")
        .filter_map(|frame| serde_json::from_str(frame.strip_prefix("data: ")?).ok())
        .collect();
    assert_eq!(array, chunks);
    assert_eq!(written(Vec::new(), true).matches(']').count(), 1);
}

#[test]
fn reasons_have_googles_names() {
    use StopReason::{ContentFilter, End, Length, Other, Pause, Refusal, StopSequence, ToolCalls};
    for (reason, expected) in [
        (End, "STOP"),
        (StopSequence, "STOP"),
        (ToolCalls, "STOP"),
        (Pause, "STOP"),
        (Length, "MAX_TOKENS"),
        (ContentFilter, "SAFETY"),
        (Refusal, "SAFETY"),
        (Other, "OTHER"),
    ] {
        let choices = vec![Choice { parts: vec![Part::text("x")], stop: Some(Stop::new(reason)) }];
        let response = Response { choices, ..Response::default() };
        let body: Value = serde_json::from_slice(&encode_response(&response, &mut rendering(false))).unwrap();
        assert_eq!(body["candidates"][0]["finishReason"], expected);
    }
}

#[test]
fn a_state_of_another_issuer_is_sealed_and_opens_again() {
    for streamed in [false, true] {
        let parts = vec![thought("hm", Issuer::Anthropic, "sig"), Part::text("ok")];
        let stop = Some(Stop::new(StopReason::End));
        let response = Response { choices: vec![Choice { parts, stop }], ..Response::default() };
        let text = if streamed {
            written(replay(response), false)
        } else {
            String::from_utf8(encode_response(&response, &mut rendering(false))).unwrap()
        };
        let signature = text.split(r#""thoughtSignature":""#).nth(1).unwrap().split('"').next().unwrap();
        let opened = open(signature).unwrap();
        assert_eq!((&*opened.text, opened.state.unwrap().issuer), ("hm", Issuer::Anthropic));
    }
}

#[test]
fn parallel_calls_are_written_one_by_one_when_they_are_complete() {
    let at = |part| Place { choice: 0, part };
    let start = |part, id: &str| Event::PartStarted { at: at(part), part: Box::new(call(id, "")) };
    let more = |part, text: &str| Event::Delta { at: at(part), delta: Delta::Text(text.into()) };
    let (mut encoder, mut out) = (StreamEncoder::new(rendering(false)), Vec::new());
    for event in [
        Event::Started(Started { id: "r".into(), ..Started::default() }),
        start(0, "a"),
        start(1, "b"),
        more(1, "{}"),
        more(0, "{\"x\""),
        Event::PartFinished { at: at(1) },
        more(0, ":1}"),
    ] {
        encoder.encode(event, &mut out);
    }
    assert!(out.is_empty());
    encoder.encode(Event::PartFinished { at: at(0) }, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("functionCall").count(), 2);
    assert!(text.contains(r#"{"functionCall":{"id":"a","name":"weather","args":{"x":1}}}"#));
}

#[test]
fn a_failure_is_said_once_and_last() {
    let begun = || {
        let mut events = replay(answer());
        events.truncate(4);
        events
    };
    for (before, as_array) in [(Vec::new(), false), (begun(), false), (Vec::new(), true), (begun(), true)] {
        let mut events = before;
        events.push(Event::Failed(failure()));
        let text = written(events, as_array);
        assert_eq!(text.matches("upstream stream interrupted").count(), 1);
        assert!(!text.contains("finishReason"), "{text}");
        let last = if as_array {
            let array: Vec<Value> = serde_json::from_str(&text).unwrap();
            array.last().cloned().unwrap()
        } else {
            let frame = text.trim_end().rsplit("\n\n").next().unwrap();
            serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap()
        };
        assert_eq!(last["error"]["code"], 502);
    }
}
