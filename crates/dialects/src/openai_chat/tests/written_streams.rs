//! Events, written as streams for clients.

use vocabulary::{ApiError, Code, ErrorType, Usage};

use super::fixtures::{assert_same, call, choice, events_of, rendering, response, sayable, state, thoughts};
use crate::conversation::{
    Annotation, Content, Delta, Event, Issuer, Json, Logprob, Media, MediaSource, Part, Place, Response,
    Started, Stop, StopReason, fold, replay,
};
use crate::openai_chat::StreamEncoder;
use crate::translate::Rendering;

fn written(events: Vec<Event>, rendering: Rendering) -> String {
    let (mut encoder, mut out) = (StreamEncoder::new(rendering), Vec::new());
    events.into_iter().for_each(|event| encoder.encode(event, &mut out));
    encoder.finish(&mut out);
    String::from_utf8(out).expect("text")
}

/// What stands in the choices of each frame, without the envelope.
fn choices_of(stream: &str) -> Vec<String> {
    let inner = |frame: &str| {
        let frame = frame.trim_end().strip_prefix("data: ").unwrap_or(frame).to_owned();
        match frame.split_once(r#""choices":["#) {
            Some((_, choices)) => choices.trim_end_matches("]}").to_owned(),
            None => frame,
        }
    };
    stream.split_inclusive("\n\n").map(inner).collect()
}

fn choices(parts: Vec<Part>, reason: StopReason) -> Vec<String> {
    choices_of(&written(replay(response(vec![choice(parts, reason)])), rendering()))
}

#[test]
fn what_chat_can_say_comes_back_as_it_was() {
    let with_usage = Rendering { include_usage: true, ..rendering() };
    for (name, response) in sayable() {
        let stream = written(replay(response.clone()), with_usage.clone());
        assert_same(name, &fold(events_of(&stream)), &response);
    }
}

#[test]
fn a_stream_has_the_members_and_frames_of_the_spec() {
    let with_usage = Rendering { include_usage: true, ..rendering() };
    let mut answer = response(vec![choice(vec![Part::text("Hi")], StopReason::End)]);
    answer.usage = Some(Usage {
        input_tokens: 100,
        output_tokens: 50,
        cached_input_tokens: 60,
        reasoning_tokens: 30,
        ..Usage::default()
    });
    insta::assert_snapshot!(written(replay(answer), with_usage), @r#"
data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","provider":"gemini","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","provider":"gemini","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","provider":"gemini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","provider":"gemini","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":30},"cached_content_token_count":60,"thoughts_token_count":30}}

data: [DONE]
"#);
}

#[test]
fn usage_is_shown_only_to_who_asked() {
    let answer = response(vec![choice(vec![Part::text("Hi")], StopReason::End)]);
    let stream = written(replay(answer), rendering());
    assert!(!stream.contains("usage") && stream.ends_with("data: [DONE]\n\n"), "{stream}");
}

#[test]
fn thoughts_calls_and_states_have_their_places() {
    let parts = vec![
        thoughts("T", state(Issuer::Anthropic, "sig")),
        thoughts("", state(Issuer::Google, "g1")),
        call("a", "f", r#"{"x":1}"#),
        thoughts("", state(Issuer::Google, "g2")),
        Part::text("A"),
        call("b", "g", ""),
    ];
    insta::assert_snapshot!(choices(parts, StopReason::ToolCalls).join("\n"), @r#"
{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}
{"index":0,"delta":{"reasoning_content":"T"},"finish_reason":null}
{"index":0,"delta":{"thinking_blocks":[{"index":0,"type":"thinking","thinking":"T","signature":"sig"}]},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"extra_content":{"google":{"thought_signature":"g1"}}}]},"finish_reason":null}
{"index":0,"delta":{"extra_content":{"google":{"thought_signature":"g2"}}},"finish_reason":null}
{"index":0,"delta":{"content":"A"},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":null}
{"index":0,"delta":{},"finish_reason":"tool_calls"}
[DONE]
"#);
}

#[test]
fn a_call_without_arguments_is_one_chunk_with_an_empty_object() {
    let frames = choices(vec![call("c", "f", "")], StopReason::ToolCalls);
    let calls: Vec<_> = frames.iter().filter(|frame| frame.contains("tool_calls\":[")).collect();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].contains(r#""function":{"name":"f","arguments":"{}"}"#), "{}", calls[0]);
    assert!(frames[2].contains(r#""finish_reason":"tool_calls""#), "{frames:?}");
}

#[test]
fn parallel_calls_begin_in_the_order_of_their_indexes() {
    let at = |part| Place { choice: 0, part };
    let start = |part, id: &str| Event::PartStarted { at: at(part), part: Box::new(call(id, "f", "")) };
    let more = |part, text: &'static str| Event::Delta { at: at(part), delta: Delta::Text(text.into()) };
    let end = |part| Event::PartFinished { at: at(part) };
    let events = vec![
        Event::Started(Started::default()),
        start(0, "a"),
        start(1, "b"),
        more(1, "[1"),
        more(1, "]"),
        end(0),
        end(1),
        Event::Finished { choice: 0, stop: Stop::new(StopReason::ToolCalls) },
    ];
    let frames = choices_of(&written(events, rendering()));
    insta::assert_snapshot!(frames.join("\n"), @r#"
{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"f","arguments":"[1"}}]},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"]"}}]},"finish_reason":null}
{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null}
{"index":0,"delta":{},"finish_reason":"tool_calls"}
[DONE]
"#);
}

#[test]
fn a_stop_sequence_and_a_strange_reason_stand_beside_the_finish_reason() {
    let stop = Stop {
        reason: StopReason::StopSequence,
        sequence: Some("END".into()),
        raw: Some("stop_sequence".into()),
    };
    let answer = response(vec![crate::conversation::Choice { parts: vec![], stop: Some(stop) }]);
    let frames = choices_of(&written(replay(answer), rendering()));
    assert_eq!(
        frames[1],
        r#"{"index":0,"delta":{},"finish_reason":"stop","provider_finish_reason":"stop_sequence","stop_sequence":"END"}"#
    );
    let uncalled = choices(vec![], StopReason::ToolCalls);
    assert_eq!(uncalled[1], r#"{"index":0,"delta":{},"finish_reason":"stop"}"#);
}

#[test]
fn annotations_log_probabilities_and_images_are_streamed() {
    let annotation =
        Annotation { url: "https://x".into(), start: Some(0), end: Some(1), ..Annotation::default() };
    let logprob = Logprob { token: "b".into(), logprob: Json::constant("-1.0"), bytes: None, top: vec![] };
    let text = Content::Text { text: "b".into(), annotations: vec![annotation], logprobs: vec![logprob] };
    let media = Media { media_type: Some("image/png".into()), ..Media::of(MediaSource::Base64("AA".into())) };
    let parts = vec![Part::text("ä"), text.into(), Content::Image(media).into()];
    insta::assert_snapshot!(choices(parts, StopReason::End).join("\n"), @r#"
{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}
{"index":0,"delta":{"content":"ä"},"finish_reason":null}
{"index":0,"delta":{"content":"b"},"finish_reason":null}
{"index":0,"delta":{},"logprobs":{"content":[{"token":"b","logprob":-1.0,"bytes":null,"top_logprobs":[]}],"refusal":null},"finish_reason":null}
{"index":0,"delta":{"annotations":[{"index":0,"type":"url_citation","url_citation":{"start_index":1,"end_index":2,"url":"https://x"}}]},"finish_reason":null}
{"index":0,"delta":{"images":[{"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},"finish_reason":null}
{"index":0,"delta":{},"finish_reason":"stop"}
[DONE]
"#);
}

#[test]
fn each_choice_has_its_role_and_counts_its_own_calls() {
    let answer = response(vec![
        choice(vec![call("a", "f", "{}")], StopReason::ToolCalls),
        choice(vec![call("b", "g", "{}")], StopReason::ToolCalls),
    ]);
    let frames = choices_of(&written(replay(answer), rendering()));
    for index in [0, 1] {
        let head = format!(r#"{{"index":{index},"#);
        let own: Vec<_> = frames.iter().filter(|frame| frame.starts_with(&head)).collect();
        assert!(own[0].contains(r#""role":"assistant""#) && own[1].contains(r#""tool_calls":[{"index":0,"#));
    }
}

#[test]
fn a_failed_stream_ends_with_an_error_frame_and_nothing_after_it() {
    let error = || ApiError::new(Code::StreamInterrupted, "upstream stream interrupted");
    let frame = "data: {\"error\":{\"type\":\"provider_error\",\"message\":\"upstream stream interrupted\",\"param\":null,\"code\":\"stream_interrupted\"}}\n\n";
    let stop = || Event::Finished { choice: 0, stop: Stop::new(StopReason::End) };
    assert_eq!(written(vec![Event::Failed(error()), Event::Failed(error()), stop()], rendering()), frame);
    let cut =
        Response { error: Some(error()), ..response(vec![choice(vec![Part::text("A")], StopReason::End)]) };
    let stream = written(replay(cut), rendering());
    assert!(stream.ends_with(frame) && !stream.contains("[DONE]"), "{stream}");
    // A blocked prompt is the caller's problem (case 31).
    let blocked = ApiError::uncoded(400, ErrorType::InvalidRequest, "blocked").with_code("content_filter");
    let stream = written(vec![Event::Failed(blocked)], rendering());
    assert!(stream.contains(r#""code":"content_filter""#) && !stream.contains("[DONE]"));
}
