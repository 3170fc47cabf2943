//! Tables and snapshots of the Gemini dialect, one file per story; acceptance cases 24–33 of spec 03 and the four of its §17.

mod answers;
mod neighbours;
mod raw;
mod rendering;
mod requests_in;
mod requests_out;
mod round_trips;

use bytes::Bytes;
use serde_json::Value;
use vocabulary::{ApiError, Dialect};

use crate::conversation::{Event, Ids, Losses, Request, Strictness};
use crate::json::RawObject;
use crate::translate::{AnswerShape, Rendering, Target};

fn scan(text: &str) -> RawObject {
    RawObject::scan(Bytes::copy_from_slice(text.as_bytes())).expect(text)
}

fn decoded(text: &str) -> Request {
    super::decode_request(&scan(text)).expect(text)
}

fn target(model: &str) -> Target<'_> {
    Target {
        model,
        max_output_tokens: None,
        default_max_tokens: 4096,
        include_usage: true,
        strictness: Strictness::Lenient,
        keeps: &[],
        nested_reasoning: false,
        can_stop_thinking: false,
        has_web_search: true,
    }
}

struct Sent {
    body: Value,
    dropped: Vec<String>,
    shape: AnswerShape,
}

fn try_send(request: &Request, model: &str) -> Result<Sent, ApiError> {
    let (target, mut shape) = (target(model), AnswerShape::default());
    let mut losses = Losses::settle(request, Dialect::Gemini, target.strictness, target.keeps)?;
    let body = super::encode_request(request, &target, &mut losses, &mut shape)?;
    let body = serde_json::from_slice(&body).expect("JSON");
    Ok(Sent { body, dropped: losses.into_dropped(&request.notes), shape })
}

fn sent(request: &Request, model: &str) -> Sent {
    try_send(request, model).expect("a body")
}

fn rendering(as_array: bool) -> Rendering {
    Rendering {
        model: "gemini-x".into(),
        provider: "demo",
        upstream: vocabulary::Dialect::OpenAiChat,
        created: 1,
        ids: Ids::new(7),
        include_usage: false,
        request: None,
        estimated_input_tokens: 0,
        as_array,
    }
}

fn frame(data: &str) -> Bytes {
    format!("data: {data}\n\n").into()
}

/// The events of a stream of these chunks that ended in order.
fn events(chunks: &[&str]) -> Vec<Event> {
    let (mut decoder, mut events) = (super::StreamDecoder::default(), Vec::new());
    chunks.iter().for_each(|chunk| decoder.decode(&frame(chunk), &mut events));
    decoder.finish(&mut events);
    events
}
