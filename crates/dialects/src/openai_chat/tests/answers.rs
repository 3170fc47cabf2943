//! Whole answers, read and written.

use vocabulary::{ApiError, Code, Dialect, Usage};

use super::fixtures::{
    assert_same, call, choice, refusal, rendering, response, sayable, scan, state, thoughts,
};
use crate::conversation::{
    Annotation, Choice, Content, Foreign, Issuer, Json, Logprob, Media, MediaSource, Part, Response, Stop,
    StopReason, Text,
};
use crate::openai_chat::{decode_response, encode_response};

fn decoded(body: &str) -> Response {
    decode_response(&scan(body)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn first(body: &str) -> Choice {
    decoded(body).choices.remove(0)
}

fn encoded(response: &Response) -> String {
    String::from_utf8(encode_response(response, &mut rendering())).expect("text")
}

fn of_parts(parts: Vec<Part>, reason: StopReason) -> String {
    encoded(&response(vec![choice(parts, reason)]))
}

#[test]
fn what_chat_can_say_comes_back_as_it_was() {
    for (name, response) in sayable() {
        assert_same(name, &decoded(&encoded(&response)), &response);
    }
}

#[test]
fn a_whole_answer_is_read() {
    let answer = decoded(
        r#"{"id":"c1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null,"annotations":[]},"logprobs":{"content":[{"token":"Hi","logprob":-0.10,"bytes":[72,105],"top_logprobs":[{"token":"Ho","logprob":-2e1,"bytes":null}]}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":2,"total_tokens":102,"prompt_tokens_details":{"cached_tokens":60,"cache_creation_tokens":7},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
    );
    assert_eq!((&*answer.id, &*answer.model, answer.created), ("c1", "m", Some(5)));
    let usage = Usage {
        input_tokens: 100,
        output_tokens: 2,
        total_tokens: 102,
        cached_input_tokens: 60,
        cache_write_input_tokens: 7,
        reasoning_tokens: 1,
    };
    assert_eq!(answer.usage, Some(usage));
    let top = vec![Logprob { token: "Ho".into(), logprob: Json::constant("-2e1"), bytes: None, top: vec![] }];
    let bytes = Some(Json::constant("[72,105]"));
    let logprobs = vec![Logprob { token: "Hi".into(), logprob: Json::constant("-0.10"), bytes, top }];
    let text = Content::Text { text: "Hi".into(), annotations: vec![], logprobs };
    assert_eq!(answer.choices, [choice(vec![text.into()], StopReason::End)]);
}

#[test]
fn parts_are_found_under_every_name_that_servers_use() {
    let cases = [
        (r#"{"reasoning_content":"R","content":"A"}"#, vec![thoughts("R", None), Part::text("A")]),
        (r#"{"reasoning":"R","content":"A"}"#, vec![thoughts("R", None), Part::text("A")]),
        (
            r#"{"reasoning_details":[{"type":"reasoning.text","text":"R"},{"type":"reasoning.summary","summary":"S"},{"type":"reasoning.encrypted","data":"x"}]}"#,
            vec![thoughts("RS", None)],
        ),
        (
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"R"}]},{"type":"text","text":"A"},{"type":"odd"}]}"#,
            vec![thoughts("R", None), Part::text("A")],
        ),
        (
            r#"{"thinking_blocks":[{"type":"thinking","thinking":"R","signature":"s"},{}],"reasoning_content":"R","content":"A"}"#,
            vec![thoughts("R", state(Issuer::Anthropic, "s")), Part::text("A")],
        ),
        (r#"{"content":null,"refusal":"no"}"#, vec![refusal("no")]),
        (
            r#"{"tool_calls":[{"id":"","function":{"name":"f","arguments":{"a":1}}},{"function":{}}]}"#,
            vec![
                call("call_0_0_af63de4c8601eff2", "f", r#"{"a":1}"#),
                call("call_0_1_af63de4c8601eff2", "unknown", ""),
            ],
        ),
        (
            r#"{"function_call":{"name":"f","arguments":"{}"}}"#,
            vec![call("call_0_0_af63de4c8601eff2", "f", "{}")],
        ),
        (r#"{"content":7,"tool_calls":"x","refusal":[],"images":{},"annotations":1}"#, vec![]),
    ];
    for (message, parts) in cases {
        let body = format!(r#"{{"id":"c","choices":[{{"message":{message}}}]}}"#);
        assert_eq!(first(&body).parts, parts, "{message}");
    }
}

#[test]
fn b18_ids_that_we_give_differ_between_answers() {
    let id = |answer: &str| {
        let calls = r#"[{"function":{"name":"f","arguments":"{}"}}]"#;
        let part = first(&format!(r#"{{{answer}"choices":[{{"message":{{"tool_calls":{calls}}}}}]}}"#))
            .parts
            .remove(0);
        let Content::ToolCall(call) = part.content else { panic!("{part:?}") };
        call.id
    };
    assert_eq!(id(r#""id":"a","#), id(r#""id":"a","#));
    assert_ne!(id(r#""id":"a","#), id(r#""id":"b","#));
    assert_ne!(id(r#""created":1,"#), id(r#""created":2,"#));
}

#[test]
fn a_choice_stands_at_its_index() {
    let answer = decoded(
        r#"{"choices":[{"index":1,"message":{"content":"B"},"finish_reason":"stop"},{"index":0,"message":{"content":"A"}},{"index":900000000000,"message":{"content":"C"}}]}"#,
    );
    let texts: Vec<_> =
        answer.choices.iter().map(|choice| choice.parts[0].as_text().unwrap().clone()).collect();
    assert_eq!(texts, ["A", "B", "C"]);
    assert!(decoded(r#"{"id":"x"}"#).choices.is_empty());
}

#[test]
fn a_finish_reason_is_read_in_any_words() {
    use StopReason::{ContentFilter, End, Length, Other, Pause, Refusal, StopSequence, ToolCalls};
    let cases = [
        (r#""finish_reason":"stop""#, End, None),
        (r#""finish_reason":null"#, End, None),
        (r#""finish_reason":"""#, End, None),
        (r#""finish_reason":"length""#, Length, None),
        (r#""finish_reason":"max_tokens""#, Length, None),
        (r#""finish_reason":"tool_calls""#, ToolCalls, None),
        (r#""finish_reason":"function_call""#, ToolCalls, None),
        (r#""finish_reason":"content_filter""#, ContentFilter, None),
        (r#""finish_reason":"refusal""#, Refusal, Some("refusal")),
        (r#""finish_reason":"abort""#, Other, Some("abort")),
        (r#""finish_reason":"stop","stop_sequence":"END""#, StopSequence, None),
        (r#""finish_reason":"stop","provider_finish_reason":"pause_turn""#, Pause, Some("pause_turn")),
        (r#""finish_reason":"stop","provider_finish_reason":"OTHER""#, Other, Some("OTHER")),
        (r#""finish_reason":"content_filter","provider_finish_reason":"SPII""#, ContentFilter, Some("SPII")),
        (r#""finish_reason":"stop","message":{"tool_calls":[{}]}"#, ToolCalls, None),
    ];
    for (members, reason, raw) in cases {
        let stop = first(&format!(r#"{{"choices":[{{{members}}}]}}"#)).stop.unwrap();
        assert_eq!((stop.reason, stop.raw.as_deref()), (reason, raw), "{members}");
    }
}

#[test]
fn an_error_inside_a_success_is_an_error() {
    let error = decode_response(&scan(r#"{"error":{"message":"busy","code":529}}"#)).unwrap_err();
    assert_eq!((error.status(), error.message()), (529, "busy"));
    assert!(decode_response(&scan(r#"{"error":null,"choices":[]}"#)).is_ok());
}

#[test]
fn members_stand_in_the_order_of_the_spec() {
    let parts = vec![
        thoughts("T", state(Issuer::Anthropic, "sig")),
        Part::text("P"),
        Part::text("A"),
        call("c", "f", r#"{"b":1,"a":2}"#),
    ];
    let mut answer = response(vec![choice(parts, StopReason::ToolCalls)]);
    answer.usage = Some(Usage {
        input_tokens: 117,
        output_tokens: 5,
        total_tokens: 15,
        cached_input_tokens: 100,
        cache_write_input_tokens: 7,
        reasoning_tokens: 3,
    });
    insta::assert_snapshot!(encoded(&answer), @r#"{"id":"c1","object":"chat.completion","created":1,"model":"m1","provider":"gemini","choices":[{"index":0,"message":{"role":"assistant","content":"PA","reasoning_content":"T","thinking_blocks":[{"type":"thinking","thinking":"T","signature":"sig"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"b\":1,\"a\":2}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":117,"completion_tokens":5,"total_tokens":122,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":7},"completion_tokens_details":{"reasoning_tokens":3},"cached_content_token_count":100,"thoughts_token_count":3}}"#);
}

#[test]
fn what_the_upstream_left_out_is_filled_in() {
    insta::assert_snapshot!(encoded(&Response { choices: vec![Choice::default()], ..Response::default() }), @r#"{"id":"chatcmpl-9e3779b97f4a7c15f39cc0605cedc83c","object":"chat.completion","created":1780000000,"model":"asked","provider":"gemini","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}"#);
}

#[test]
fn content_is_null_only_beside_calls_and_refusals_and_blank_arguments_are_an_object() {
    let body = of_parts(vec![call("c", "f", " ")], StopReason::ToolCalls);
    assert!(body.contains(r#""content":null,"#), "{body}");
    assert!(body.contains(r#""arguments":"{}""#), "{body}");
    assert!(of_parts(vec![refusal("no")], StopReason::Refusal).contains(r#""content":null,"refusal":"no""#));
}

#[test]
fn a_finish_reason_is_one_of_four_words() {
    use StopReason::{ContentFilter, End, Length, Other, Pause, Refusal, StopSequence, ToolCalls};
    let stop = |reason, raw: Option<&'static str>| Stop { raw: raw.map(Text::from), ..Stop::new(reason) };
    let cases = [
        (stop(End, None), r#""finish_reason":"stop"}"#),
        (stop(StopSequence, None), r#""finish_reason":"stop"}"#),
        (stop(Length, None), r#""finish_reason":"length"}"#),
        // Nothing was called (case 20).
        (stop(ToolCalls, None), r#""finish_reason":"stop"}"#),
        (stop(ContentFilter, None), r#""finish_reason":"content_filter"}"#),
        (stop(Refusal, Some("refusal")), r#""content_filter","provider_finish_reason":"refusal"}"#),
        (stop(Pause, Some("pause_turn")), r#""stop","provider_finish_reason":"pause_turn"}"#),
        (stop(Other, Some("OTHER")), r#""stop","provider_finish_reason":"OTHER"}"#),
    ];
    for (stop, expected) in cases {
        let body = encoded(&response(vec![Choice { parts: vec![], stop: Some(stop.clone()) }]));
        assert!(body.contains(expected), "{stop:?}: {body}");
    }
}

#[test]
fn annotations_count_from_the_beginning_of_the_message_and_images_are_data_urls() {
    let cited = |url: &str, raw| Annotation {
        url: url.to_owned().into(),
        title: Some("T".into()),
        start: Some(0),
        end: Some(1),
        cited_text: None,
        raw,
    };
    let raw = |dialect| Some(Foreign { dialect, raw: Json::constant(r#"{"type":"as it came"}"#) });
    let second = Content::Text {
        text: "b".into(),
        annotations: vec![
            cited("https://x", raw(Dialect::Gemini)),
            cited("", None),
            cited("y", raw(Dialect::OpenAiChat)),
        ],
        logprobs: vec![],
    };
    let media =
        Media { media_type: Some("image/webp".into()), ..Media::of(MediaSource::Base64("AAAA".into())) };
    let body =
        of_parts(vec![Part::text("ä\n"), second.into(), Content::Image(media).into()], StopReason::End);
    insta::assert_snapshot!(body, @r#"{"id":"c1","object":"chat.completion","created":1,"model":"m1","provider":"gemini","choices":[{"index":0,"message":{"role":"assistant","content":"ä\nb","annotations":[{"type":"url_citation","url_citation":{"start_index":2,"end_index":3,"title":"T","url":"https://x"}},{"type":"as it came"}],"images":[{"type":"image_url","image_url":{"url":"data:image/webp;base64,AAAA"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#);
}

#[test]
fn an_answer_that_failed_part_way_is_its_error() {
    let error = ApiError::new(Code::StreamInterrupted, "upstream stream interrupted");
    let body = encoded(&Response { error: Some(error), ..response(vec![]) });
    insta::assert_snapshot!(body, @r#"{"error":{"type":"provider_error","message":"upstream stream interrupted","param":null,"code":"stream_interrupted"}}"#);
}
