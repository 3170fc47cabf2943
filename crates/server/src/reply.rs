//! Responses before they go out: status, headers, body; and the one place where an `ApiError` becomes one.
//! Invariant: every error of the gateway is an envelope in the dialect of its path.

use bytes::Bytes;
use dialects::error::envelope;
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use vocabulary::{ApiError, Dialect, Side};

use crate::body::ResponseBody;

/// A response under construction.
pub(crate) type Reply = Response<ResponseBody>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ERROR_SOURCE: HeaderName = HeaderName::from_static("x-gomodel-error-source");

/// 200 with JSON.
pub(crate) fn json(body: impl Into<Bytes>) -> Reply {
    with_type(StatusCode::OK, JSON, ResponseBody::bytes(body))
}

/// A response with a content type.
pub(crate) fn with_type(status: StatusCode, content_type: HeaderValue, body: ResponseBody) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    reply
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode, headers: HeaderMap) -> Reply {
    let mut reply = Response::new(ResponseBody::empty());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// The envelope of an error, with the headers that belong to it.
pub(crate) fn error(error: &ApiError, dialect: Dialect, request_id: &str) -> Reply {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = with_type(status, JSON, ResponseBody::bytes(envelope(dialect, error, Some(request_id))));
    let headers = reply.headers_mut();
    if let Some(wait) = error.retry_after() {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    for (name, value) in error.headers() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.append(name, value);
        }
    }
    if error.side() == Side::Upstream {
        headers.insert(ERROR_SOURCE, HeaderValue::from_static("upstream"));
    } else if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}
