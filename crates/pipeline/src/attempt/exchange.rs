//! One attempt: one request to one instance with one key, up to an answer that can be handed on.
//! Invariant: a whole answer is read and understood before it counts; a stream counts from its first frame.

use http::StatusCode;
use providers::{AnswerForm, Instance, Prepared};
use upstream::Answer;
use vocabulary::Secret;

use dialects::json::RawObject;

use super::failure::Failure;
use super::hold;
use crate::layers::Frames;

/// What kind of answer is expected.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    pub(super) is_stream: bool,
    pub(super) max_bytes: usize,
    /// The call is made of attempts, not of one: the head of a stream is worth holding back.
    pub(super) holds_head: bool,
}

/// An answer that can be handed on.
pub(super) enum Received {
    Whole(RawObject),
    Stream(Frames),
}

/// Sends, and receives as much as must be known before the client hears anything.
pub(super) async fn exchange(
    instance: &Instance,
    prepared: &mut Prepared,
    key: Option<&Secret>,
    model: &str,
    expected: Expected,
) -> Result<(upstream::AnswerHeaders, Received), Failure> {
    let answer = send(instance, prepared, key, expected.is_stream).await?;
    if !answer.status.is_success() {
        return Err(Failure::of_answer(answer, instance).await);
    }
    let Answer { headers, body, .. } = answer;
    if expected.is_stream {
        let mut frames = Frames::new(body, expected.max_bytes);
        if expected.holds_head {
            hold::first_frame(&mut frames, instance).await?;
        } else {
            hold::glance(&mut frames, instance).await?;
        }
        return Ok((headers, Received::Stream(frames)));
    }
    let body = body.collect_limited(expected.max_bytes).await.map_err(|error| Failure::of_body(&error))?;
    let body = translate(prepared.answer, model, body)?;
    match RawObject::scan(body) {
        Ok(object) => Ok((headers, Received::Whole(object))),
        Err(error) => Err(Failure::unreadable(error.to_string())),
    }
}

fn translate(form: AnswerForm, model: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Failure> {
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
    prepared.head.headers.extend(key.and_then(|key| instance.credential_header(key)));
    let sent = instance.send(&prepared.head, &prepared.body, instance.deadlines_for(is_stream)).await;
    prepared.head.headers.truncate(without_credential);
    // We ask for no content encoding; some upstreams compress all the same.
    let answer = sent.map_err(Failure::of_exchange)?.decoded().map_err(|error| Failure::of_body(&error))?;
    if answer.status == StatusCode::NO_CONTENT {
        return Err(Failure::unreadable("the answer is 204".to_owned()));
    }
    Ok(answer)
}
