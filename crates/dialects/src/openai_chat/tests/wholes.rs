//! Whole answers: what is observed, the member `provider`, and the repair of an answer that should have been a stream.

use bytes::Bytes;
use vocabulary::{FinishReason, ProviderType, Usage};

use crate::json::RawObject;
use crate::openai_chat::{BodyKind, body_kind, observe_whole, stamp_whole, whole_as_stream};

fn scan(text: &str) -> RawObject {
    RawObject::scan(Bytes::copy_from_slice(text.as_bytes())).expect(text)
}

#[test]
fn usage_and_finish_reason_are_observed() {
    let object = scan(
        r#"{"id":"c\u0031","model":"m","choices":[{"finish_reason":null},{"finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}"#,
    );
    let observation = observe_whole(&object);
    let usage = Usage {
        input_tokens: 9,
        output_tokens: 12,
        total_tokens: 21,
        cache_write_input_tokens: 0,
        cached_input_tokens: 4,
        reasoning_tokens: 3,
    };
    assert_eq!(observation.usage, Some(usage));
    assert_eq!(observation.finish_reason, Some(FinishReason::Length));
}

#[test]
fn usage_in_other_words_is_read_too() {
    let cases = [
        (r#"{"prompt_tokens":5}"#, Some((5, 0, 5, 0))),
        (
            r#"{"input_tokens":5,"output_tokens":2,"input_tokens_details":{"cached_tokens":1}}"#,
            Some((5, 2, 7, 1)),
        ),
        (r#"{"prompt_tokens":5,"completion_tokens":2.0,"prompt_cache_hit_tokens":3}"#, Some((5, 2, 7, 3))),
        (r#"{"prompt_tokens":null,"total_tokens":8}"#, Some((0, 0, 8, 0))),
        (r#"{"prompt_tokens":"5"}"#, None),
        (r#"{"prompt_tokens":-5}"#, None),
        ("{}", None),
        ("null", None),
        ("[1]", None),
    ];
    for (usage, expected) in cases {
        let object = scan(&format!(r#"{{"usage":{usage}}}"#));
        let read = observe_whole(&object).usage;
        let read = read.map(|u| (u.input_tokens, u.output_tokens, u.total_tokens, u.cached_input_tokens));
        assert_eq!(read, expected, "{usage}");
    }
}

#[test]
fn counts_of_the_cache_are_read_where_they_are_part_of_the_prompt() {
    let cases = [
        (
            r#"{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":4,"cache_creation_tokens":3}}"#,
            (4, 3),
        ),
        (r#"{"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"prompt_tokens":9}"#, (4, 3)),
        (
            r#"{"prompt_tokens":9,"cache_read_input_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}"#,
            (4, 0),
        ),
        // Counted in addition to the prompt: which of both is meant cannot be told, so nothing is claimed.
        (r#"{"prompt_tokens":9,"cache_read_input_tokens":100}"#, (0, 0)),
    ];
    for (usage, expected) in cases {
        let read = observe_whole(&scan(&format!(r#"{{"usage":{usage}}}"#))).usage.expect(usage);
        assert_eq!((read.cached_input_tokens, read.cache_write_input_tokens), expected, "{usage}");
        assert_eq!(read.input_tokens, 9);
    }
}

#[test]
fn the_provider_is_set_in_place_or_added_last_and_a_missing_model_filled_in() {
    let cases = [
        (r#"{"id":"1", "model":"m"}"#, r#"{"id":"1", "model":"m","provider":"openai"}"#),
        (r#"{"provider" : "Azure","model":"m"}"#, r#"{"provider" : "openai","model":"m"}"#),
        (r#"{"id":"1"}"#, r#"{"id":"1","model":"gpt","provider":"openai"}"#),
        (r#"{"model":null,"x":1}"#, r#"{"model":"gpt","x":1,"provider":"openai"}"#),
        (r#"{"model":""}"#, r#"{"model":"gpt","provider":"openai"}"#),
        ("{}", r#"{"model":"gpt","provider":"openai"}"#),
        (r#"{"model":"m","provider":"openai"}"#, r#"{"model":"m","provider":"openai"}"#),
    ];
    for (answer, expected) in cases {
        let stamped = stamp_whole(&scan(answer), ProviderType("openai"), "gpt").concat();
        assert_eq!(String::from_utf8_lossy(&stamped), expected, "{answer}");
    }
}

#[test]
fn a_whole_answer_becomes_one_chunk_and_done() {
    let repaired = |body: &'static str| {
        let stream = whole_as_stream(&Bytes::from_static(body.as_bytes()));
        String::from_utf8(stream.to_vec()).expect("text")
    };
    insta::assert_snapshot!(repaired(r#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi\n","message":1},"finish_reason":"stop"},7],"usage":{"total_tokens":1e0}}"#), @r#"
    data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi\n","message":1},"finish_reason":"stop"},7],"usage":{"total_tokens":1e0}}

    data: [DONE]
    "#);
    insta::assert_snapshot!(repaired("{\r\n  \"choices\": []\n}\n"), @r#"
    data: {    "choices": [],"object":"chat.completion.chunk" } 

    data: [DONE]
    "#);
    insta::assert_snapshot!(repaired("{\"cut\": \"of\n\ndata: [DONE]"), @r#"
    data: {"cut": "of
    data: 
    data: data: [DONE]

    data: [DONE]
    "#);
}

#[test]
fn the_first_bytes_tell_a_json_body() {
    let cases: [(&[u8], BodyKind); 7] = [
        (b"{", BodyKind::Json),
        (b" \r\n\t{\"id\"", BodyKind::Json),
        (b"data: {", BodyKind::Events),
        (b": {", BodyKind::Events),
        (b"", BodyKind::Undecided),
        (b"\n\n", BodyKind::Undecided),
        (&[b' '; 512], BodyKind::Events),
    ];
    for (start, expected) in cases {
        assert_eq!(body_kind(start), expected, "{start:?}");
    }
    assert_eq!(body_kind(&[&[b' '; 512][..], b"{"].concat()), BodyKind::Events);
}
