//! `POST /v1/chat/completions` and `POST /v1/embeddings`: body in, pipeline, answer out.

use dialects::embeddings::EmbeddingsRequest;
use dialects::openai_chat::ChatRequest;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pipeline::{AnswerContent, Answered, Call, Operation};
use vocabulary::ApiError;

use crate::body::{ResponseBody, read};
use crate::handler::Admitted;
use crate::reply::{Reply, empty};

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) async fn chat(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    call(admitted, |body| ChatRequest::decode(body).map(Operation::Chat)).await
}

pub(super) async fn embeddings(admitted: Admitted<'_>) -> Result<Reply, ApiError> {
    call(admitted, |body| EmbeddingsRequest::decode(body).map(Operation::Embeddings)).await
}

async fn call(
    admitted: Admitted<'_>,
    decode: impl FnOnce(bytes::Bytes) -> Result<Operation, ApiError>,
) -> Result<Reply, ApiError> {
    let Admitted { gateway, generation, caller, record, body } = admitted;
    let body = read(&record.request().headers, body, generation.body_limits).await?;
    record.received(body.len());
    let call = Call {
        caller,
        operation: decode(body)?,
        record,
        user_path: None,
        cut: gateway.lifecycle().cut_token().clone(),
    };
    pipeline::answer(call, &generation.house).await.map(reply)
}

fn reply(answered: Answered) -> Reply {
    let (body, content_type) = match answered.content {
        AnswerContent::Whole(slices) => {
            (ResponseBody::slices(slices), HeaderValue::from_static("application/json"))
        }
        AnswerContent::Stream(stream) => {
            (ResponseBody::stream(stream), HeaderValue::from_static("text/event-stream"))
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
