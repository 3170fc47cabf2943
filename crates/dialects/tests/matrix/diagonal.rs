//! What holds at home: the raw path changes nothing but the model, and reading what one wrote gives what one read.

use bytes::Bytes;
use dialects::anthropic_messages::MessagesRequest;
use dialects::conversation::{Request, Response, fold};
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
    for (case, dialect, body) in every(Case::request) {
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let expected = text.replacen(r#""model": "m""#, r#""model": "a/b""#, 1);
        assert_eq!(raw_path(dialect, body, "a/b"), expected.as_bytes(), "{} {dialect:?}", case.name);
        if dialect != Dialect::Gemini {
            let with_provider = text.replacen('{', "{\"provider\": \"acme\",", 1);
            let edited = raw_path(dialect, with_provider.into(), "a/b");
            let edited: serde_json::Value = serde_json::from_slice(&edited).expect("JSON");
            let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
            assert_eq!(edited, expected, "{} {dialect:?}", case.name);
        }
    }
}

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

/// An answer without what the encoder may choose: ids of items, times.
fn told(mut response: Response) -> String {
    response.created = None;
    format!("{response:#?}")
}

#[test]
fn an_answer_that_was_written_at_home_is_read_the_same() {
    for (case, dialect, body) in every(Case::answer) {
        let Ok(response) = decode_response(dialect, &RawObject::scan(body).expect("JSON")) else { continue };
        let mut rendering = rendering(case.model(dialect), None);
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
        if whole.error.is_some() {
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
