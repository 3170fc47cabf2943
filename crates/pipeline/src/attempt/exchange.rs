//! One attempt: one request to one instance with one key, up to an answer that can be handed on.
//! Invariant: a whole answer is read and understood before it counts; a stream counts from its first frame.

use dialects::conversation::Response;
use dialects::json::RawObject;
use dialects::openai_responses::Collapse;
use dialects::translate::decode_response;
use http::StatusCode;
use providers::{AnswerForm, Instance, Prepared};
use std::future::poll_fn;
use upstream::Answer;
use vocabulary::{Dialect, Secret};

use super::failure::Failure;
use super::hold;
use crate::layers::{Frames, Layer, StreamError};

/// What kind of answer is expected.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    /// The client wants a stream.
    pub(super) is_stream: bool,
    pub(super) max_bytes: usize,
    pub(super) max_frame_bytes: usize,
    /// The call is made of attempts, not of one: the head of a stream is worth holding back.
    pub(super) holds_head: bool,
    /// The client speaks another dialect than the provider.
    pub(super) is_translated: bool,
}

/// An answer that can be handed on.
pub(super) enum Received {
    Whole(Read),
    Stream(Frames),
}

/// A whole answer, as it came or understood.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and a box would be its only allocation"
)]
pub(crate) enum Read {
    /// The client speaks its dialect.
    Raw(RawObject, Dialect),
    /// The client does not.
    Decoded(Response),
}

/// Sends, and receives as much as must be known before the client hears anything.
pub(super) async fn exchange(
    instance: &Instance,
    prepared: &mut Prepared,
    key: Option<&Secret>,
    route: &routing::Route,
    expected: Expected,
) -> Result<(upstream::AnswerHeaders, Received), Failure> {
    let is_streamed = expected.is_stream || prepared.always_streams;
    let answer = send(instance, prepared, key, is_streamed).await?;
    if !answer.status.is_success() {
        let failure = Failure::of_answer(answer, prepared.dialect, expected.is_translated, instance);
        return Err(failure.await);
    }
    let Answer { headers, body, .. } = answer;
    if !is_streamed {
        let body =
            body.collect_limited(expected.max_bytes).await.map_err(|error| Failure::of_body(&error))?;
        let body = form(prepared.answer, route.model.as_str(), body)?;
        return Ok((headers, Received::Whole(read(body, prepared.dialect, expected.is_translated)?)));
    }
    let mut frames =
        Frames::new(body, prepared.dialect, (expected.max_frame_bytes, expected.max_bytes), route);
    if !expected.is_stream {
        let body = collapse(&mut frames, expected.max_bytes).await?;
        return Ok((headers, Received::Whole(read(body, prepared.dialect, expected.is_translated)?)));
    }
    if expected.holds_head {
        hold::first_frame(&mut frames, prepared.dialect, instance).await?;
    } else {
        hold::glance(&mut frames, prepared.dialect, instance).await?;
    }
    Ok((headers, Received::Stream(frames)))
}

fn read(body: bytes::Bytes, dialect: Dialect, is_translated: bool) -> Result<Read, Failure> {
    let object = RawObject::scan(body).map_err(|error| Failure::unreadable(error.to_string()))?;
    if !is_translated {
        return Ok(Read::Raw(object, dialect));
    }
    let response = decode_response(dialect, &object).map_err(Failure::untranslatable)?;
    match response.error {
        Some(error) => Err(Failure::untranslatable(error).costing(response.usage)),
        None => Ok(Read::Decoded(response)),
    }
}

/// Reads a stream of Responses to its end, for a client that wants a whole answer (spec 03 §11.3).
async fn collapse(frames: &mut Frames, max_bytes: usize) -> Result<bytes::Bytes, Failure> {
    let mut collapse = Collapse::new(max_bytes);
    while let Some(burst) = poll_fn(|cx| frames.poll_next(cx)).await {
        let burst = burst.map_err(|error| match error {
            StreamError::Upstream(error) => Failure::of_body(&error),
            error => Failure::unreadable(telemetry::chain(&error).to_string()),
        })?;
        for frame in burst.frames() {
            if let Some(body) = collapse.see(frame).map_err(Failure::untranslatable)? {
                return Ok(body);
            }
        }
    }
    Err(Failure::untranslatable(collapse.ended_early()))
}

fn form(form: AnswerForm, model: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Failure> {
    form.translate(model, body).map_err(Failure::untranslatable)
}

/// The credential stands in the head only while the request is sent.
async fn send(
    instance: &Instance,
    prepared: &mut Prepared,
    key: Option<&Secret>,
    is_stream: bool,
) -> Result<Answer, Failure> {
    let without_credential = prepared.head.headers.len();
    instance.add_credentials(prepared.auth, key, &mut prepared.head.headers).map_err(Failure::unsendable)?;
    let sent = instance.send(&prepared.head, &prepared.body, instance.deadlines_for(is_stream)).await;
    prepared.head.headers.truncate(without_credential);
    // We ask for no content encoding; some upstreams compress all the same.
    let answer = sent.map_err(Failure::of_exchange)?.decoded().map_err(|error| Failure::of_body(&error))?;
    if answer.status == StatusCode::NO_CONTENT {
        return Err(Failure::unreadable("the answer is 204".to_owned()));
    }
    Ok(answer)
}
