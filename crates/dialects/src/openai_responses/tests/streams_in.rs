//! Native streams that are read: missing events, odd spellings, failures; nothing is lost, nothing is told twice.

use bytes::Bytes;

use crate::conversation::{Content, Delta, Event, Response, StopReason, fold};
use crate::openai_responses::StreamDecoder;

const CREATED: &str =
    r#"{"type":"response.created","response":{"id":"resp_up","model":"gpt","created_at":12.5,"output":[]}}"#;

/// The events of a stream of these data.
fn events(data: &[&str]) -> Vec<Event> {
    let (mut decoder, mut out) = (StreamDecoder::default(), Vec::new());
    for data in data {
        decoder.decode(&Bytes::from(format!("event: ignored\ndata: {data}\n\n")), &mut out);
    }
    decoder.finish(&mut out);
    check(&out);
    out
}

fn response(data: &[&str]) -> Response {
    fold(events(data))
}

/// The rules of `conversation::event`.
fn check(events: &[Event]) {
    let (mut next, mut open, mut ended) = (0, Vec::new(), false);
    for (index, event) in events.iter().enumerate() {
        assert!(!ended, "nothing follows a failure");
        match event {
            Event::Started(_) => assert_eq!(index, 0),
            Event::PartStarted { at, .. } => {
                assert_eq!(at.part, next);
                next += 1;
                open.push(at.part);
            }
            Event::Delta { at, .. } => assert!(open.contains(&at.part)),
            Event::PartFinished { at } => {
                assert!(open.contains(&at.part));
                open.retain(|part| *part != at.part);
            }
            Event::Usage(_) => {}
            Event::Finished { .. } => assert!(open.is_empty()),
            Event::Failed(_) => ended = true,
        }
    }
}

/// Parts, in short.
fn parts(response: &Response) -> Vec<String> {
    let parts = response.choices.iter().flat_map(|choice| &choice.parts);
    parts
        .map(|part| match &part.content {
            Content::Text { text, annotations, logprobs } => {
                format!("{text} +{} ?{}", annotations.len(), logprobs.len())
            }
            Content::Reasoning(reasoning) => format!(
                "~{} {} {:?} {:?}",
                reasoning.text,
                reasoning.is_summary,
                reasoning.id.as_deref(),
                reasoning.state.as_ref().map(|state| &*state.bytes)
            ),
            Content::ToolCall(call) => {
                format!(
                    "{}({})#{} {:?} {:?}",
                    call.name,
                    call.arguments,
                    call.id,
                    call.kind,
                    call.item_id.as_deref()
                )
            }
            Content::Refusal(text) => format!("!{text}"),
            Content::Foreign(foreign) => foreign.raw.as_str().to_owned(),
            other => format!("{other:?}"),
        })
        .collect()
}

const FULL: [&str; 21] = [
    CREATED,
    r#"{"type":"response.in_progress","response":{"id":"resp_up"}}"#,
    r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
    r#"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}"#,
    r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"one"}"#,
    r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"two"}"#,
    r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"one"},{"type":"summary_text","text":"two"}],"encrypted_content":"gAAA"}}"#,
    r#"{"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}}"#,
    r#"{"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
    r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Hi","logprobs":[{"token":"Hi","logprob":-1}]}"#,
    r#"{"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation":{"type":"url_citation","url":"https://x"}}"#,
    r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"Hi!","annotations":[{"type":"url_citation","url":"https://x"},{"type":"file_citation"}],"logprobs":[{"token":"Hi","logprob":-1}]},{"type":"refusal","refusal":"no"}]}}"#,
    r#"{"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":""}}"#,
    r#"{"type":"response.output_item.added","output_index":3,"item":{"id":"ctc_1","type":"custom_tool_call","call_id":"c2","name":"p","input":""}}"#,
    r#"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"a\":"}"#,
    r#"{"type":"response.custom_tool_call_input.delta","output_index":3,"delta":"ab"}"#,
    r#"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"1}"}"#,
    r#"{"type":"response.output_item.done","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"}}"#,
    r#"{"type":"response.output_item.done","output_index":4,"item":{"type":"web_search_call","id":"ws_1"}}"#,
    r#"{"type":"response.output_item.done","output_index":5,"item":{"type":"image_generation_call","result":"AAAA","output_format":"webp"}}"#,
    r#"{"type":"response.completed","response":{"id":"resp_up","status":"completed","output":[],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":13}}}"#,
];

/// What `FULL` says, in short.
fn full_parts() -> Vec<String> {
    vec![
        "~one\n\ntwo true Some(\"rs_1\") Some(\"gAAA\")".to_owned(),
        "Hi! +2 ?1".to_owned(),
        "!no".to_owned(),
        "f({\"a\":1})#c1 Function Some(\"fc_1\")".to_owned(),
        "p(ab)#c2 Custom Some(\"ctc_1\")".to_owned(),
        r#"{"type":"web_search_call","id":"ws_1"}"#.to_owned(),
        r#"Image(Media { source: Base64("AAAA"), media_type: Some("image/webp"), name: None, detail: None })"#.to_owned(),
    ]
}

#[test]
fn a_whole_stream_is_read() {
    let response = response(&FULL);
    assert_eq!((&*response.id, &*response.model, response.created), ("resp_up", "gpt", Some(12)));
    assert_eq!(parts(&response), full_parts());
    let usage = response.usage.unwrap();
    assert_eq!(
        (usage.input_tokens, usage.cached_input_tokens, usage.reasoning_tokens, usage.total_tokens),
        (10, 4, 2, 13)
    );
    assert_eq!(response.choices[0].stop.as_ref().unwrap().reason, StopReason::ToolCalls);
}

#[test]
fn deltas_that_are_missing_are_made_up_for_by_what_is_done() {
    // Without any one of its deltas and announcements, the stream says the same.
    for left_out in [2usize, 3, 7, 8, 9, 10, 12, 16] {
        let data: Vec<&str> =
            FULL.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, data)| *data).collect();
        let mut expected = full_parts();
        if left_out == 2 {
            // The id came too late: the part had begun.
            expected[0] = expected[0].replace("Some(\"rs_1\")", "None");
        }
        if left_out == 12 {
            // A call that was not announced begins when it is done.
            expected.swap(3, 4);
        }
        assert_eq!(parts(&response(&data)), expected, "without {}", FULL[left_out]);
    }
    let only_done: Vec<&str> =
        FULL.iter().filter(|data| !data.contains(".delta") && !data.contains(".added")).copied().collect();
    let mut expected = full_parts();
    expected.remove(4);
    assert_eq!(parts(&response(&only_done)), expected);
}

#[test]
fn the_terminal_object_tells_what_no_event_told() {
    let terminal = r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{"}]}}"#;
    let response = response(&[
        CREATED,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hel"}"#,
        terminal,
    ]);
    assert_eq!(parts(&response), ["Hello +0 ?0", "f({)#c Function None"]);
    assert_eq!(response.choices[0].stop.as_ref().unwrap().reason, StopReason::Length);
}

#[test]
fn odd_spellings_are_read() {
    // No `response.created`, no indexes, the type in the `event:` line alone, another word for the end.
    let (mut decoder, mut out) = (StreamDecoder::default(), Vec::new());
    for frame in [
        ": comment\n\n",
        "event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\n",
        "event: response.output_text.delta\ndata: {\"delta\":5}\n\n",
        "data: {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\"}}\n\n",
        "data:{\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{}\"}\n\n",
        "data: {\"type\":\"response.future\",\"delta\":\"x\"}\n\n",
        "data: {\"type\":\"response.done\",\"response\":{}}\n\n",
        "data: [DONE]\n\n",
        "data: not JSON\n\n",
    ] {
        decoder.decode(&Bytes::from_static(frame.as_bytes()), &mut out);
    }
    assert!(decoder.is_complete());
    decoder.finish(&mut out);
    check(&out);
    let response = fold(out);
    assert_eq!(parts(&response), ["a +0 ?0", "f({})#c Function None"]);
    assert!(response.error.is_none());
}

#[test]
fn arguments_wait_for_the_name_of_their_call() {
    let events = events(&[
        CREATED,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"c"}}"#,
        r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\":"}"#,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{\"a\":"}}"#,
        r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"1}"}"#,
        r#"{"type":"response.completed","response":{"status":"completed"}}"#,
    ]);
    let deltas: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Delta { delta: Delta::Text(text), .. } => Some(text.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(deltas, [r#"{"a":"#, "1}"]);
}

#[test]
fn failures_are_told_once_with_what_the_upstream_said() {
    let cases: [(&[&str], u16, Option<&str>, &str); 8] = [
        (
            &[
                CREATED,
                r#"{"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}"#,
                FULL[9],
            ],
            429,
            Some("rate_limit_exceeded"),
            "slow down",
        ),
        (&[r#"{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}"#], 400, None, "bad"),
        (
            &[
                CREATED,
                r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"boom"}}}"#,
            ],
            502,
            Some("server_error"),
            "boom",
        ),
        (
            &[CREATED, r#"{"type":"response.failed","response":{"status":"failed"}}"#],
            502,
            None,
            "upstream reported a stream error",
        ),
        (&[r#"{"error":{"message":"overloaded","code":503}}"#], 503, Some("503"), "overloaded"),
        (&[CREATED, FULL[9]], 502, Some("stream_interrupted"), "upstream stream interrupted"),
        (&[CREATED, "{\"type\":"], 502, Some("stream_interrupted"), "upstream stream interrupted"),
        (&["[DONE]"], 502, Some("stream_interrupted"), "upstream stream interrupted"),
    ];
    for (data, status, code, message) in cases {
        let error = response(data).error.unwrap();
        assert_eq!((error.status(), error.code(), error.message()), (status, code, message), "{data:?}");
    }
}

/// 04-B13: cancelled answers end in `response.incomplete`.
#[test]
fn a_cancelled_answer_says_so() {
    let terminal = r#"{"type":"response.incomplete","response":{"status":"cancelled","output":[]}}"#;
    let stop = response(&[CREATED, terminal]).choices.remove(0).stop.unwrap();
    assert_eq!((stop.reason, stop.raw.as_deref()), (StopReason::Other, Some("cancelled")));
}

#[test]
fn text_that_holds_names_of_events_is_text() {
    let data = r#"{"type":"response.output_text.delta","output_index":0,"delta":"{\"type\":\"response.failed\",\"error\":{\"message\":\"x\"}}"}"#;
    let done = r#"{"type":"response.completed","response":{"status":"completed"}}"#;
    let response = response(&[CREATED, data, done]);
    assert!(response.error.is_none());
    assert_eq!(response.choices[0].stop.as_ref().unwrap().reason, StopReason::End);
}
