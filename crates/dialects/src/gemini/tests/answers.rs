//! What Google answers, whole and streamed: the acceptance cases 31–33 of spec 03, B4, B7, B13, B14, B17, B18.

use vocabulary::{Code, Usage};

use super::{events, frame, scan};
use crate::conversation::{Content, Event, Issuer, Part, Response, StopReason, fold};
use crate::gemini::{StreamDecoder, decode_response};

fn whole(text: &str) -> Response {
    decode_response(&scan(text)).expect(text)
}

fn streamed(chunks: &[&str]) -> Response {
    fold(events(chunks))
}

/// One candidate with these parts and reason.
fn chunk(parts: &str, reason: &str) -> String {
    let reason = if reason.is_empty() { String::new() } else { format!(r#","finishReason":"{reason}""#) };
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{parts}],"role":"model"}}{reason},"index":0}}],"modelVersion":"gemini-x","responseId":"r1"}}"#
    )
}

const FULL: &str = r#"{"candidates":[{"content":{"parts":[
    {"text":"Let me see.","thought":true},
    {"text":"Rain in Österdal, "},{"text":"sun in Oslo.","thoughtSignature":"c2ln"},
    {"inlineData":{"mimeType":"image/png","data":"AA-_"}},
    {"functionCall":{"name":"weather","args":{"n":1.50}},"thoughtSignature":"c2lnMg=="},
    {"functionCall":{"id":"own","name":"weather"}},
    {"executableCode":{"language":"PYTHON","code":"1"}}],"role":"model"},
  "finishReason":"STOP","index":0,
  "logprobsResult":{"chosenCandidates":[{"token":"sun","logProbability":-0.10}],"topCandidates":[{"candidates":[{"token":"sun","logProbability":-0.10}]}]}}],
 "usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":20,"totalTokenCount":150,"cachedContentTokenCount":60,"thoughtsTokenCount":30},
 "modelVersion":"gemini-2.5-flash","responseId":"resp-1"}"#;

#[test]
fn a_whole_answer_is_read_part_by_part() {
    insta::assert_debug_snapshot!(whole(FULL));
}

#[test]
fn a_stream_of_one_chunk_is_the_whole_answer() {
    let (whole, streamed) = (whole(FULL), streamed(&[&FULL.replace('\n', " ")]));
    assert_eq!((&whole.choices, whole.usage), (&streamed.choices, streamed.usage));
    assert_eq!((whole.id, whole.model), (streamed.id, streamed.model));
}

#[test]
fn case_31_and_b13_a_blocked_prompt_is_the_callers_problem() {
    let cases = [
        (r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, "Gemini blocked prompt: SAFETY"),
        (
            r#"{"candidates":[],"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"no"}}"#,
            "Gemini blocked prompt: OTHER: no",
        ),
    ];
    for (body, message) in cases {
        let error = decode_response(&scan(body)).expect_err(body);
        assert_eq!((error.status(), error.code(), error.message()), (400, Some("content_filter"), message));
        let events = events(&[body]);
        assert!(matches!(&events[..], [Event::Failed(failed)] if failed.message() == message));
    }
    assert!(whole("{}").choices.is_empty());
}

#[test]
fn case_32_and_b13_reasons() {
    use StopReason::{ContentFilter, End, Length, Other, ToolCalls};
    let text = r#"{"text":"x"}"#;
    let call = r#"{"functionCall":{"name":"f"}}"#;
    let cases = [
        (text, "STOP", End, None),
        (text, "", End, None),
        (text, "FINISH_REASON_UNSPECIFIED", End, None),
        (text, "MAX_TOKENS", Length, None),
        (text, "RECITATION", ContentFilter, Some("RECITATION")),
        (text, "MALFORMED_FUNCTION_CALL", Other, Some("MALFORMED_FUNCTION_CALL")),
        (text, "SOMETHING_NEW", Other, Some("SOMETHING_NEW")),
        (call, "STOP", ToolCalls, None),
        (call, "MAX_TOKENS", ToolCalls, None),
    ];
    for (parts, reason, expected, raw) in cases {
        let stop = whole(&chunk(parts, reason)).choices[0].stop.clone().unwrap();
        assert_eq!((stop.reason, stop.raw.as_deref()), (expected, raw), "{reason}");
    }
}

#[test]
fn case_33_usage_is_inclusive() {
    let expected = Usage {
        input_tokens: 100,
        output_tokens: 50,
        total_tokens: 150,
        cached_input_tokens: 60,
        cache_write_input_tokens: 0,
        reasoning_tokens: 30,
    };
    assert_eq!(whole(FULL).usage, Some(expected));
    let odd =
        whole(r#"{"usageMetadata":{"promptTokenCount":"7","candidatesTokenCount":[],"totalTokenCount":1}}"#);
    assert_eq!(odd.usage.map(|usage| (usage.input_tokens, usage.total_tokens)), Some((7, 7)));
    assert_eq!(whole(r#"{"usageMetadata":{}}"#).usage, None);
}

#[test]
fn a_candidate_stands_at_the_index_that_it_says() {
    // 03 §4.6: in whatever order a chunk lists them, and if a server gives all of them 0.
    let candidates = |listed: &str| {
        let chunk = format!(r#"{{"candidates":[{listed}]}}"#);
        let texts = |response: Response| -> Vec<Vec<Part>> {
            response.choices.into_iter().map(|choice| choice.parts).collect()
        };
        let told = texts(streamed(&[&chunk]));
        assert_eq!(told, texts(whole(&chunk)), "{chunk}");
        told
    };
    let one = |index: &str, text: &str| {
        format!(r#"{{{index}"content":{{"parts":[{{"text":"{text}"}}]}},"finishReason":"STOP"}}"#)
    };
    let expected = [vec![Part::text("a")], vec![Part::text("b")]];
    for (first, second) in [("", ""), (r#""index":0,"#, r#""index":0,"#), (r#""index":0,"#, r#""index":1,"#)]
    {
        assert_eq!(candidates(&[one(first, "a"), one(second, "b")].join(",")), expected);
    }
    for zero in ["", r#""index":0,"#] {
        assert_eq!(candidates(&[one(r#""index":1,"#, "b"), one(zero, "a")].join(",")), expected);
    }
    assert_eq!(candidates(&[one("", "a"), "null".to_owned(), "5".to_owned()].join(",")), expected[..1]);
}

#[test]
fn b18_calls_are_numbered_across_events_and_ids_differ_between_answers() {
    let calls = |id: &str| {
        let call = chunk(r#"{"functionCall":{"name":"f","args":{}}}"#, "").replace("r1", id);
        let response = streamed(&[&call, &call, &chunk("", "STOP")]);
        let parts = response.choices[0].parts.clone().into_iter();
        let ids = parts.map(|part| match part.content {
            Content::ToolCall(call) => call.id.to_string(),
            other => panic!("{other:?}"),
        });
        ids.collect::<Vec<_>>()
    };
    let (one, other) = (calls("r1"), calls("r2"));
    assert!(one[0].starts_with("call_0_0_") && one[1].starts_with("call_0_1_"), "{one:?}");
    assert_ne!(one, other);
    assert_eq!(one, calls("r1"));
}

#[test]
fn texts_and_thoughts_of_several_chunks_are_one_part_each() {
    let response = streamed(&[
        &chunk(r#"{"text":"a","thought":true}"#, ""),
        &chunk(r#"{"text":"b","thought":true}"#, ""),
        &chunk(r#"{"text":"c"}"#, ""),
        &chunk(r#"{"text":"d"},{"text":""}"#, "STOP"),
        &chunk(r#"{"text":"","thoughtSignature":"s"}"#, "STOP"),
    ]);
    let parts = &response.choices[0].parts;
    assert_eq!(parts.len(), 3, "{parts:?}");
    assert!(matches!(&parts[0].content, Content::Reasoning(reasoning) if reasoning.text == "ab"));
    assert_eq!(parts[1], Part::text("cd"));
    let Content::Reasoning(signed) = &parts[2].content else { panic!("the signature comes last") };
    assert_eq!(signed.state.as_ref().map(|state| (state.issuer, &*state.bytes)), Some((Issuer::Google, "s")));
}

#[test]
fn a_signature_on_a_thought_or_right_after_it_completes_it() {
    for chunks in [
        [
            chunk(r#"{"text":"a","thought":true,"thoughtSignature":"s"}"#, ""),
            chunk(r#"{"text":"c"}"#, "STOP"),
        ],
        [
            chunk(r#"{"text":"a","thought":true}"#, ""),
            chunk(r#"{"text":"c","thoughtSignature":"s"}"#, "STOP"),
        ],
    ] {
        let response = streamed(&[&chunks[0], &chunks[1]]);
        let parts = &response.choices[0].parts;
        let Content::Reasoning(signed) = &parts[0].content else { panic!("reasoning first") };
        assert_eq!((&*signed.text, signed.state.is_some(), parts.len()), ("a", true, 2));
    }
}

#[test]
fn sources_are_told_in_characters() {
    let response = whole(
        r#"{"candidates":[{"content":{"parts":[{"text":"Ölpreis: 70. Ja."}]},"finishReason":"STOP",
        "groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}},{"web":{"uri":"https://b"}}],
          "groundingSupports":[{"segment":{"endIndex":13,"text":"Ölpreis: 70."},"groundingChunkIndices":[0,1,9]},
            {"segment":{"startIndex":1000,"endIndex":1003,"text":"Ja."},"groundingChunkIndices":[0]}]},
        "citationMetadata":{"citations":[{"uri":"https://c","startIndex":0,"endIndex":999}]}}]}"#,
    );
    let Content::Text { annotations, .. } = &response.choices[0].parts[0].content else { panic!("text") };
    let told: Vec<_> =
        annotations.iter().map(|one| (&*one.url, one.title.as_deref(), one.start, one.end)).collect();
    assert_eq!(
        told,
        [
            ("https://a", Some("A"), Some(0), Some(12)),
            ("https://b", None, Some(0), Some(12)),
            ("https://a", Some("A"), Some(13), Some(16)),
            ("https://c", None, None, None),
        ]
    );
}

#[test]
fn several_candidates_are_several_choices() {
    let both = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"content":{"parts":[{"text":"b"}]},"index":0,"finishReason":"MAX_TOKENS"}]}"#;
    let response = whole(both);
    assert_eq!(response.choices.len(), 2);
    assert_eq!(response.choices[1].parts, [Part::text("b")]);
    let cut = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"content":{"parts":[{"text":"b"}]},"index":1}]}"#;
    assert!(streamed(&[cut]).error.is_some());
}

#[test]
fn b7_a_stream_that_did_not_finish_has_failed() {
    let failure = |chunks: &[&str]| {
        let events = events(chunks);
        let failures = events.iter().filter(|event| matches!(event, Event::Failed(_))).count();
        assert_eq!(failures, 1, "{events:?}");
        match events.into_iter().next_back() {
            Some(Event::Failed(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let text = chunk(r#"{"text":"x"}"#, "");
    for chunks in [&[][..], &[text.as_str()], &[&text, "{broken"], &[&text, "[1"]] {
        let error = failure(chunks);
        assert_eq!(error.code(), Some(Code::StreamInterrupted.as_str()), "{chunks:?}");
        assert_eq!(error.message(), "upstream stream interrupted");
    }
    let told = r#"{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}"#;
    for chunks in [&[text.as_str(), told][..], &[&format!("[{told}]")], &[told, &text]] {
        let error = failure(chunks);
        assert_eq!(
            (error.status(), error.code(), error.message()),
            (429, Some("RESOURCE_EXHAUSTED"), "Quota")
        );
    }
    let named = failure(&[r#"{"error":{"message":"busy","status":"UNAVAILABLE"}}"#]);
    assert_eq!(named.status(), 503);
    assert_eq!(decode_response(&scan(told)).unwrap_err().status(), 429);
}

#[test]
fn a_member_of_the_wrong_kind_takes_nothing_else_with_it() {
    let odd = r#"{"candidates":[7,{"index":"x","content":{"parts":[null,{"text":5},{"functionCall":{"name":3}},{"text":"ok","thought":"no"}]},"finishReason":"STOP","logprobsResult":1,"groundingMetadata":[]}],"usageMetadata":[],"responseId":9}"#;
    let response = streamed(&[odd, &chunk("", "STOP")]);
    let texts: Vec<_> =
        response.choices.iter().flat_map(|choice| &choice.parts).filter_map(Part::as_text).collect();
    assert_eq!(texts, ["ok"]);
}

#[test]
fn a_stream_ends_only_with_its_body() {
    let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
    decoder.decode(&frame(&chunk(r#"{"text":"a"}"#, "STOP")), &mut events);
    assert!(!decoder.is_complete());
    decoder.decode(&frame(&chunk(r#"{"text":"b"}"#, "STOP")), &mut events);
    decoder.decode(&": ping\n\n".into(), &mut events);
    decoder.finish(&mut events);
    assert!(decoder.is_complete());
    assert_eq!(fold(events).choices[0].parts, [Part::text("ab")]);
}
