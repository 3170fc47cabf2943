//! What holds at home: the raw path changes nothing but the model, and reading what one wrote gives what one read.

use bytes::Bytes;
use dialects::anthropic_messages::MessagesRequest;
use dialects::conversation::{Content, Request, Response, Text, fold};
use dialects::gemini::GeminiRequest;
use dialects::json::RawObject;
use dialects::openai_chat::{ChatRequest, UsageWish};
use dialects::openai_responses::ResponsesRequest;
use dialects::translate::{Decoder, decode_request, decode_response, encode_request, encode_response};
use vocabulary::Dialect;

use crate::cases::{CASES, Case};
use crate::run::{frames, rendering, target};

/// The body that a provider of the client's own dialect gets.
fn raw_path(dialect: Dialect, body: Bytes, model: &str) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat => {
            let request = ChatRequest::decode(body).expect("a request");
            request.edit_for_upstream(model, UsageWish::AsSent).finish().concat()
        }
        Dialect::OpenAiResponses => {
            ResponsesRequest::decode(body).expect("a request").edit_for_upstream(model).finish().concat()
        }
        Dialect::AnthropicMessages => {
            MessagesRequest::decode(body).expect("a request").edit_for_upstream(model).finish().concat()
        }
        Dialect::Gemini => {
            let request = GeminiRequest::decode(body, "m", false).expect("a request");
            request.edit_for_upstream(model).finish().concat()
        }
    }
}

/// Every dialect with every case for which `file` is there.
fn every(
    file: impl Fn(&Case, Dialect) -> Option<Bytes>,
) -> impl Iterator<Item = (&'static Case, Dialect, Bytes)> {
    let pairs = CASES.iter().flat_map(|case| Dialect::ALL.map(|dialect| (case, dialect)));
    pairs.filter_map(move |(case, dialect)| file(case, dialect).map(|body| (case, dialect, body)))
}

#[test]
fn the_raw_path_changes_the_model_and_removes_the_provider() {
    // State of other issuers, which no provider reads, is the exception.
    for (case, dialect, body) in every(Case::request).filter(|(case, ..)| case.name != "sealed") {
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let expected = text.replacen(r#""model": "m""#, r#""model": "a/b""#, 1);
        let sent = String::from_utf8(raw_path(dialect, body, "a/b")).expect("UTF-8");
        assert_eq!(sent, expected, "{} {dialect:?}", case.name);
        if dialect != Dialect::Gemini {
            let with_provider = text.replacen('{', "{\"provider\": \"acme\",", 1);
            let edited = raw_path(dialect, with_provider.into(), "a/b");
            let edited: serde_json::Value = serde_json::from_slice(&edited).expect("JSON");
            let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
            assert_eq!(edited, expected, "{} {dialect:?}", case.name);
        }
    }
}

#[test]
fn the_raw_path_hands_no_sealed_state_to_a_provider_that_would_refuse_it() {
    for (case, dialect, body) in every(Case::request).filter(|(case, ..)| case.name == "sealed") {
        let sent = String::from_utf8(raw_path(dialect, body, case.model(dialect))).expect("UTF-8");
        // A provider of OpenAI's chat does not look at `thinking_blocks`.
        assert!(dialect == Dialect::OpenAiChat || !sent.contains(SEALED), "{dialect:?}: {sent}");
    }
}

/// A request for everything that must be asked for.
const ASKING: &str = r#"{"include":["reasoning.encrypted_content","message.output_text.logprobs"]}"#;

/// How sealed state begins, in any alphabet of base64.
const SEALED: &str = "Z29tb2RlbDE6";

/// What a dialect reads of what it writes of a request; `None` if it refuses.
fn again(case: &Case, dialect: Dialect, request: &Request) -> Option<(Request, Bytes)> {
    let encoded = encode_request(request, dialect, &target(case, dialect)).ok()?;
    let object = RawObject::scan(encoded.body.clone()).expect("JSON");
    let read = decode_request(dialect, &object);
    Some((read.unwrap_or_else(|error| panic!("{} {dialect:?}: {error:?}", case.name)), encoded.body))
}

#[test]
fn a_request_that_was_written_at_home_is_read_and_written_the_same() {
    for (case, dialect, body) in every(Case::request) {
        let request = decode_request(dialect, &RawObject::scan(body).expect("JSON"));
        let request = request.unwrap_or_else(|error| panic!("{} {dialect:?}: {error:?}", case.name));
        let Some((read, written)) = again(case, dialect, &request) else { continue };
        let (_, written_again) = again(case, dialect, &read).expect("what was written once is no loss");
        let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        assert_eq!(text(written_again), text(written), "{} {dialect:?}", case.name);
    }
}

/// An answer without what the encoder may choose: ids, times, and members that only its own dialect has.
fn told(mut response: Response) -> String {
    (response.id, response.created) = (Text::new(), None);
    for part in response.choices.iter_mut().flat_map(|choice| &mut choice.parts) {
        part.extras = None;
        match &mut part.content {
            Content::ToolCall(call) => call.item_id = None,
            Content::Reasoning(reasoning) => reasoning.id = None,
            Content::Text { annotations, .. } => {
                annotations.iter_mut().for_each(|annotation| annotation.raw = None)
            }
            _ => {}
        }
    }
    format!("{response:#?}")
}

#[test]
fn an_answer_that_was_written_at_home_is_read_the_same() {
    for (case, dialect, body) in every(Case::answer) {
        // Blocks that a citation ends are one text in the middle, and nobody cuts it again: no answer is translated home.
        if (case.name, dialect) == ("citations", Dialect::AnthropicMessages) {
            continue;
        }
        let Ok(response) = decode_response(dialect, &RawObject::scan(body).expect("JSON")) else { continue };
        let mut rendering =
            rendering(dialect, case.model(dialect), Some(RawObject::scan(ASKING.into()).expect("JSON")));
        let written = encode_response(dialect, &response, &mut rendering);
        let read =
            decode_response(dialect, &RawObject::scan(written.into()).expect("JSON")).expect("an answer");
        assert_eq!(told(read), told(response), "{} {dialect:?}", case.name);
    }
}

#[test]
fn a_stream_tells_what_the_whole_answer_tells() {
    for (case, dialect, stream) in every(Case::stream) {
        let Some(answer) = case.answer(dialect) else { continue };
        let Ok(whole) = decode_response(dialect, &RawObject::scan(answer).expect("JSON")) else { continue };
        // A failed answer, and a stream whose signature comes in a part of its own.
        if whole.error.is_some() || (case.name, dialect) == ("reasoning", Dialect::Gemini) {
            continue;
        }
        let (mut decoder, mut events) = (Decoder::new(dialect), Vec::new());
        frames(stream).iter().for_each(|frame| decoder.decode(frame, &mut events));
        decoder.finish(&mut events);
        let mut folded = fold(events);
        // Some streams tell no usage, because nobody asked for it.
        folded.usage = folded.usage.or(whole.usage);
        assert_eq!(told(folded), told(whole), "{} {dialect:?}", case.name);
    }
}
