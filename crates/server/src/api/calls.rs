//! The calls of a model that OpenAI's and Anthropic's clients make: body in, pipeline, answer out.

use bytes::Bytes;
use dialects::embeddings::EmbeddingsRequest;
use dialects::ingress::ClientRequest;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pipeline::{AnswerContent, Answered, Call, Counted, Operation};
use vocabulary::ApiError;

use crate::body::{ResponseBody, read};
use crate::handler::Admitted;
use crate::reply::{Reply, empty, json};

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Says that a count is not the provider's own (spec 04 B27).
const ESTIMATED: HeaderName = HeaderName::from_static("x-gomodel-estimated");

pub(super) async fn chat(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    answer(admitted, |body| ClientRequest::chat(body).map(generate)).await
}

pub(super) async fn responses(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    answer(admitted, |body| ClientRequest::responses(body).map(generate)).await
}

pub(super) async fn messages(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    answer(admitted, |body| ClientRequest::messages(body).map(generate)).await
}

pub(super) async fn embeddings(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    answer(admitted, |body| EmbeddingsRequest::decode(body).map(Operation::Embeddings)).await
}

pub(super) async fn count_tokens(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    let counted = count(admitted, |body| ClientRequest::messages_to_count(body).map(generate)).await?;
    let body = format!(r#"{{"input_tokens":{}}}"#, counted.tokens);
    Ok(counted_reply(body, &counted))
}

/// Makes an answer of a model an operation.
pub(super) fn generate(request: ClientRequest) -> Operation {
    Operation::Generate(Box::new(request))
}

/// Reads the body, asks the pipeline, and makes a reply of what it answers.
pub(super) async fn answer(
    admitted: Admitted<'_>,
    decode: impl FnOnce(Bytes) -> Result<Operation, ApiError>,
) -> Result<Reply, ApiError> {
    answer_as(admitted, false, decode).await
}

/// The same; `wants_array` asks for a stream in the form of one JSON array.
pub(super) async fn answer_as(
    admitted: Admitted<'_>,
    wants_array: bool,
    decode: impl FnOnce(Bytes) -> Result<Operation, ApiError>,
) -> Result<Reply, ApiError> {
    let generation = admitted.generation.clone();
    let call = read_call(admitted, wants_array, decode).await?;
    let answered = pipeline::answer(call, &generation.house).await?;
    Ok(reply(answered, wants_array))
}

/// Counts the tokens of a prompt that is not sent to a model.
pub(super) async fn count(
    admitted: Admitted<'_>,
    decode: impl FnOnce(Bytes) -> Result<Operation, ApiError>,
) -> Result<Counted, ApiError> {
    let generation = admitted.generation.clone();
    let call = read_call(admitted, false, decode).await?;
    pipeline::count_tokens(call, &generation.house).await
}

/// A count as a reply.
pub(super) fn counted_reply(body: impl Into<Bytes>, counted: &Counted) -> Reply {
    let mut reply = json(body);
    if counted.is_estimate {
        reply.headers_mut().insert(ESTIMATED, HeaderValue::from_static("true"));
    }
    reply
}

async fn read_call(
    admitted: Admitted<'_>,
    wants_array: bool,
    decode: impl FnOnce(Bytes) -> Result<Operation, ApiError>,
) -> Result<Call, ApiError> {
    let Admitted { gateway, generation, caller, record, body } = admitted;
    let body = read(&record.request().headers, body, generation.body_limits).await?;
    record.received(body.len());
    Ok(Call {
        caller,
        operation: decode(body)?,
        wants_array,
        record,
        user_path: None,
        cut: gateway.lifecycle().cut_token().clone(),
    })
}

fn reply(answered: Answered, is_array: bool) -> Reply {
    let (body, content_type) = match answered.content {
        AnswerContent::Whole(slices) => {
            (ResponseBody::slices(slices), HeaderValue::from_static("application/json"))
        }
        AnswerContent::Stream(stream) => {
            let form = if is_array { "application/json" } else { "text/event-stream" };
            (ResponseBody::stream(stream), HeaderValue::from_static(form))
        }
    };
    let is_stream = body.as_slices().is_none();
    let mut reply = empty(StatusCode::OK, answered.headers).map(|_| body);
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    if is_stream {
        stream_headers(reply.headers_mut());
    }
    reply
}

fn stream_headers(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
    // Reverse proxies in front of us buffer unless they are told not to.
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
}
