//! Whatever comes, nothing panics, what is written is JSON, the rules of events hold, and every stream ends once.

use std::collections::HashSet;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vocabulary::Dialect;

use super::rendering;
use crate::conversation::{Event, Losses, Strictness, fold};
use crate::json::RawObject;
use crate::openai_responses::{
    DoneRepair, ResponsesRequest, StreamDecoder, StreamEncoder, StreamObserver, decode_request,
    decode_response, encode_response, observe_whole, stamp,
};
use crate::translate::{Target, encode_request};

const TYPES: [&str; 30] = [
    "message",
    "reasoning",
    "function_call",
    "custom_tool_call",
    "function_call_output",
    "custom_tool_call_output",
    "image_generation_call",
    "web_search_call",
    "output_text",
    "input_text",
    "refusal",
    "input_image",
    "input_audio",
    "input_file",
    "summary_text",
    "reasoning_text",
    "function",
    "custom",
    "allowed_tools",
    "json_schema",
    "error",
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.reasoning_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
    "response.output_text.annotation.added",
    "response.completed",
];

const NAMES: [&str; 36] = [
    "id",
    "call_id",
    "name",
    "arguments",
    "input",
    "output",
    "content",
    "text",
    "delta",
    "summary",
    "encrypted_content",
    "item",
    "response",
    "output_index",
    "content_index",
    "summary_index",
    "annotation",
    "annotations",
    "logprobs",
    "status",
    "role",
    "error",
    "usage",
    "input_tokens",
    "image_url",
    "file_id",
    "file_data",
    "input_audio",
    "tools",
    "tool_choice",
    "reasoning",
    "include",
    "instructions",
    "format",
    "result",
    "incomplete_details",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        (0u64..3).prop_map(Into::into),
        proptest::sample::select(&["user", "assistant", "completed", "f", "data:a/b;base64,AA"][..])
            .prop_map(Into::into),
        "[a-z\"\\\\\u{e9}\n]{0,4}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            typed(inner).prop_map(Into::into),
        ]
    })
}

/// An object with a type that means something.
fn typed(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
    let members = proptest::collection::vec((name, inner), 0..7);
    (proptest::sample::select(&TYPES[..]), members).prop_map(|(kind, members)| {
        std::iter::once(("type".to_owned(), kind.into())).chain(members).collect()
    })
}

fn scan(text: &str) -> RawObject {
    RawObject::scan(text.to_owned().into()).unwrap()
}

const TARGET: Target<'static> = Target {
    model: "gpt-5",
    max_output_tokens: None,
    default_max_tokens: 4096,
    include_usage: false,
    strictness: Strictness::Lenient,
    keeps: &[],
    nested_reasoning: false,
    can_stop_thinking: false,
    has_web_search: false,
};

/// The rules of `conversation::event`.
fn check_events(events: &[Event]) {
    let (mut next, mut open, mut finished, mut failed) = (0, HashSet::new(), 0, false);
    for (index, event) in events.iter().enumerate() {
        assert!(!failed, "nothing follows a failure");
        match event {
            Event::Started(_) => assert_eq!(index, 0),
            Event::PartStarted { at, .. } => {
                assert_eq!((at.choice, at.part), (0, next));
                next += 1;
                open.insert(at.part);
            }
            Event::Delta { at, .. } => assert!(open.contains(&at.part)),
            Event::PartFinished { at } => assert!(open.remove(&at.part)),
            Event::Usage(_) => {}
            Event::Finished { .. } => {
                assert!(open.is_empty());
                finished += 1;
            }
            Event::Failed(_) => failed = true,
        }
    }
    assert!(failed || finished == 1);
}

/// The rules of what clients read: numbers without gaps, every item added and done once, one end.
fn check_stream(text: &str) {
    assert_eq!(text.matches("data: [DONE]\n\n").count(), 1);
    assert!(text.ends_with("data: [DONE]\n\n"));
    let (mut added, mut done) = (0, 0);
    let frames: Vec<&str> = text.split_terminator("\n\n").collect();
    for (number, frame) in frames[..frames.len() - 1].iter().enumerate() {
        let event: Value = serde_json::from_str(frame.split_once("\ndata: ").unwrap().1).unwrap();
        assert_eq!(event["sequence_number"], json!(number));
        match event["type"].as_str().unwrap() {
            "response.output_item.added" => {
                assert_eq!((event["output_index"].as_u64(), added), (Some(added), done));
                added += 1;
            }
            "response.output_item.done" => {
                done += 1;
                assert_eq!((event["output_index"].as_u64(), added), (Some(done - 1), done));
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                assert_eq!(number, frames.len() - 2);
                assert_eq!(event["response"]["output"].as_array().unwrap().len() as u64, done);
            }
            _ => {}
        }
    }
    assert_eq!(added, done);
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_written_is_json(members in typed(value()), input in value()) {
        let mut body = members;
        let answer = scan(&serde_json::to_string(&body).unwrap());
        observe_whole(&answer);
        let mut edits = answer.edit();
        stamp(&mut edits, vocabulary::ProviderType("acme"), "m");
        scan(std::str::from_utf8(&edits.finish().concat()).unwrap());
        if let Ok(response) = decode_response(&answer) {
            scan(std::str::from_utf8(&encode_response(&response, &mut rendering(r#"{"store":false}"#))).unwrap());
        }
        body.insert("model".into(), "m".into());
        body.insert("input".into(), input);
        let text = serde_json::to_string(&body).unwrap();
        if let Ok(request) = decode_request(&scan(&text)) {
            for target in Dialect::ALL {
                if let Ok(encoded) = encode_request(&request, target, &TARGET) {
                    RawObject::scan(encoded.body).unwrap();
                }
                let _ = Losses::settle(&request, target, Strictness::Strict, &[]);
            }
        }
        if let Ok(request) = ResponsesRequest::decode(text.into()) {
            scan(std::str::from_utf8(&request.edit_for_upstream("n").finish().concat()).unwrap());
        }
    }

    #[test]
    fn a_stream_keeps_the_rules_and_ends_once(frames in proptest::collection::vec(typed(value()), 0..16)) {
        let (mut decoder, mut observer, mut repair, mut events) =
            (StreamDecoder::default(), StreamObserver::default(), DoneRepair::default(), Vec::new());
        for frame in &frames {
            let frame = Bytes::from(format!("data: {}\n\n", serde_json::to_string(frame).unwrap()));
            observer.see(&frame);
            repair.see(&frame);
            decoder.decode(&frame, &mut events);
        }
        decoder.finish(&mut events);
        check_events(&events);
        let (mut encoder, mut out) = (StreamEncoder::new(rendering(r#"{"store":false}"#)), Vec::new());
        for event in events.clone() {
            encoder.encode(event, &mut out);
        }
        encoder.finish(&mut out);
        check_stream(&String::from_utf8(out).unwrap());
        encode_response(&fold(events), &mut rendering("{}"));
    }
}
