//! Whatever comes, nothing panics, and what is written is JSON.

use bytes::Bytes;
use proptest::prelude::*;

use super::{encode_for, rendering, scan, target};
use crate::anthropic_messages::{
    MessagesRequest, StreamDecoder, StreamEncoder, StreamObserver, decode_request, decode_response,
    encode_response, estimate_input_tokens, observe_whole,
};
use crate::conversation::{Event, fold};

const WORDS: [&str; 44] = [
    "type",
    "text",
    "thinking",
    "signature",
    "data",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "id",
    "name",
    "input",
    "content",
    "source",
    "base64",
    "url",
    "image",
    "document",
    "role",
    "user",
    "assistant",
    "system",
    "messages",
    "max_tokens",
    "tools",
    "input_schema",
    "cache_control",
    "message_start",
    "message",
    "usage",
    "content_block_start",
    "content_block",
    "content_block_delta",
    "delta",
    "text_delta",
    "input_json_delta",
    "partial_json",
    "content_block_stop",
    "message_delta",
    "stop_reason",
    "message_stop",
    "error",
    "index",
    "input_tokens",
    "tool_use_id",
];

fn word() -> impl Strategy<Value = String> {
    proptest::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (0u64..3).prop_map(Into::into),
        word().prop_map(Into::into),
        "[a-z\"\\\\\u{e9}]{0,4}".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            object(inner).prop_map(Into::into),
        ]
    })
}

fn object(
    inner: impl Strategy<Value = serde_json::Value>,
) -> impl Strategy<Value = serde_json::Map<String, serde_json::Value>> {
    let member = (word(), inner);
    let typed = (word(), proptest::collection::vec(member, 0..6));
    typed.prop_map(|(kind, members)| {
        let typed = std::iter::once(("type".to_owned(), kind.into()));
        typed.chain(members).collect()
    })
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_written_is_json(members in object(value()), content in value()) {
        let mut body = members;
        let text = serde_json::to_string(&body).unwrap();
        let answer = scan(&text);
        observe_whole(&answer);
        estimate_input_tokens(&answer);
        if let Ok(response) = decode_response(&answer) {
            scan(std::str::from_utf8(&encode_response(&response, &mut rendering())).unwrap());
        }
        body.insert("model".into(), "m".into());
        body.insert("max_tokens".into(), 5.into());
        body.insert("messages".into(), serde_json::json!([{"role": "assistant", "content": content}]));
        let text = serde_json::to_string(&body).unwrap();
        if let Ok(request) = decode_request(&scan(&text)) {
            let _ = encode_for(&request, &target("claude-sonnet-5"));
        }
        if let Ok(request) = MessagesRequest::decode(text.into()) {
            scan(std::str::from_utf8(&request.edit_for_upstream("n").finish().concat()).unwrap());
        }
    }

    #[test]
    fn a_stream_ends_once(frames in proptest::collection::vec(object(value()), 0..12)) {
        let (mut decoder, mut observer, mut events) =
            (StreamDecoder::default(), StreamObserver::default(), Vec::new());
        for frame in &frames {
            let frame = Bytes::from(format!("data: {}\n\n", serde_json::to_string(frame).unwrap()));
            observer.see(&frame);
            decoder.decode(&frame, &mut events);
        }
        decoder.finish(&mut events);
        let (mut encoder, mut out) = (StreamEncoder::new(rendering()), Vec::new());
        for event in events.clone() {
            encoder.encode(event, &mut out);
        }
        encoder.finish(&mut out);
        let text = String::from_utf8(out).unwrap();
        let ends = text.matches("event: message_stop").count() + text.matches("event: error").count();
        prop_assert_eq!(ends, 1);
        let has_failed = events.iter().any(|event| matches!(event, Event::Failed(_)));
        prop_assert_eq!(text.contains("event: error"), has_failed);
        for frame in text.split_inclusive("\n\n") {
            let data = frame.split_once("data: ").unwrap().1;
            scan(data.trim_end());
        }
        fold(events);
    }
}
