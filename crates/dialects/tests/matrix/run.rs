//! One case for one pair: the request on its way to the provider, the answer and the stream on their way back.
//! In: a case, a client's dialect, a provider's dialect. Out: the text of the snapshot, or nothing if neither side has a file.

use std::fmt::Write;

use bytes::Bytes;
use dialects::conversation::{Ids, Strictness};
use dialects::json::RawObject;
use dialects::sse::FrameSplitter;
use dialects::translate::{
    AnswerShape, Encoded, Rendering, StreamTranslator, Target, decode_request, decode_response,
    encode_request, encode_response,
};
use vocabulary::{ApiError, Dialect};

use crate::cases::Case;
use crate::layout::layout;

/// The target of a case.
pub(crate) fn target(case: &Case, provider: Dialect) -> Target<'static> {
    Target {
        model: case.model(provider),
        max_output_tokens: Some(64_000),
        default_max_tokens: 4096,
        include_usage: true,
        strictness: Strictness::Lenient,
        keeps: &[],
        nested_reasoning: false,
        can_stop_thinking: false,
        has_web_search: true,
    }
}

/// How answers are written: with fixed time and ids.
pub(crate) fn rendering(upstream: Dialect, model: &'static str, request: Option<RawObject>) -> Rendering {
    Rendering {
        model: model.into(),
        provider: "acme",
        upstream,
        created: 1_800_000_000,
        ids: Ids::new(0),
        include_usage: true,
        request,
        estimated_input_tokens: 17,
        as_array: false,
    }
}

/// The frames of a stream.
pub(crate) fn frames(stream: Bytes) -> Vec<Bytes> {
    let mut splitter = FrameSplitter::new(usize::MAX);
    splitter.push(stream);
    std::iter::from_fn(|| splitter.next_frame().expect("no limit")).collect()
}

/// Runs a case for a pair.
pub(crate) fn run(case: &Case, client: Dialect, provider: Dialect) -> Option<String> {
    let request = case.request(client).map(|body| RawObject::scan(body).expect("a request"));
    let answer = case.answer(provider);
    let stream = case.stream(provider);
    if request.is_none() && answer.is_none() && stream.is_none() {
        return None;
    }
    let mut out = format!("{}: {} to {}\n", case.about, client.title(), provider.title());
    let mut shape = AnswerShape::default();
    if let Some(request) = &request {
        match upstream_request(case, client, provider, request) {
            Ok(encoded) => {
                section(&mut out, &format!("request to {}", case.model(provider)));
                out.push_str(&layout(&encoded.body));
                section(&mut out, "dropped");
                out.push_str(&encoded.dropped.join(", "));
                shape = encoded.shape;
            }
            Err(error) => {
                section(&mut out, "refused");
                out.push_str(&told(&error));
                return Some(out);
            }
        }
    }
    if let Some(answer) = answer {
        section(&mut out, "answer");
        let rendering = rendering(provider, case.model(provider), request.clone());
        out.push_str(&client_answer(client, provider, answer, &shape, rendering));
    }
    if let Some(stream) = stream {
        section(&mut out, "stream");
        out.push_str(&client_stream(
            client,
            provider,
            stream,
            shape,
            rendering(provider, case.model(provider), request),
        ));
    }
    Some(out)
}

fn upstream_request(
    case: &Case,
    client: Dialect,
    provider: Dialect,
    request: &RawObject,
) -> Result<Encoded, ApiError> {
    let request = decode_request(client, request)?;
    encode_request(&request, provider, &target(case, provider))
}

fn client_answer(
    client: Dialect,
    provider: Dialect,
    answer: Bytes,
    shape: &AnswerShape,
    mut rendering: Rendering,
) -> String {
    let answer = RawObject::scan(answer).expect("an answer");
    match decode_response(provider, &answer) {
        Ok(response) => layout(&encode_response(client, &shape.apply(response), &mut rendering)),
        Err(error) => format!("failed: {}", told(&error)),
    }
}

fn client_stream(
    client: Dialect,
    provider: Dialect,
    stream: Bytes,
    shape: AnswerShape,
    rendering: Rendering,
) -> String {
    let mut translator = StreamTranslator::new(provider, client, shape, rendering);
    let mut out = Vec::new();
    for frame in frames(stream) {
        translator.translate(&frame, &mut |_| {}, &mut out);
    }
    translator.finish(&mut |_| {}, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

fn section(out: &mut String, title: &str) {
    let _ = write!(out, "\n--- {title} ---\n");
}

/// An error as its caller sees it.
fn told(error: &ApiError) -> String {
    let (code, param) = (error.code().unwrap_or("-"), error.param().unwrap_or("-"));
    format!(
        "{} {}, code {code}, param {param}\n{}",
        error.status(),
        error.error_type().as_str(),
        error.message()
    )
}
