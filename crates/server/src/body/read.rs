//! Reading a request's body: within its size limit, without silence longer than the idle limit, decoded (spec 01 §1.3, B21).
//! In: hyper's body. Out: the bytes, in one piece; or the error that the caller is told.
//! Invariant: never more than the limit in memory, before and after decoding. One chunk is not copied.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use vocabulary::{ApiError, Code};

use super::decompress::{Encoding, decompress};

/// Preallocation stops here: a client that announces much must also send it.
const MAX_PREALLOCATION: usize = 2 << 20;

/// How much may come, and how slowly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) idle: Duration,
}

/// True if the head announces more than `limit` bytes.
pub(crate) fn has_length_over(headers: &HeaderMap, limit: usize) -> bool {
    announced(headers).is_some_and(|length| length > limit as u64)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// 413, for a body that is or would be too long.
pub(crate) fn too_large() -> ApiError {
    ApiError::new(Code::RequestTooLarge, "request body too large")
}

/// Reads the whole body.
///
/// # Errors
/// 413 beyond the limit, 408 for silence, 400 if the client breaks off or the encoding is unknown or broken.
pub(crate) async fn read(headers: &HeaderMap, body: Incoming, limits: BodyLimits) -> Result<Bytes, ApiError> {
    let encoding = headers.get(CONTENT_ENCODING).map(Encoding::parse).transpose()?.flatten();
    let raw = collect(body, limits, announced(headers)).await?;
    match encoding {
        None => Ok(raw),
        Some(encoding) => decompress(encoding, &raw, limits.bytes).await,
    }
}

async fn collect(mut body: Incoming, limits: BodyLimits, announced: Option<u64>) -> Result<Bytes, ApiError> {
    let Some(first) = next_chunk(&mut body, limits.idle).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limits.bytes {
        return Err(too_large());
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let expected = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(first.len() * 2);
    let mut whole = BytesMut::with_capacity(
        expected.min(limits.bytes).clamp(first.len(), MAX_PREALLOCATION.max(first.len())),
    );
    whole.extend_from_slice(&first);
    drop(first);
    while let Some(chunk) = next_chunk(&mut body, limits.idle).await? {
        if whole.len() + chunk.len() > limits.bytes {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

async fn next_chunk(body: &mut Incoming, idle: Duration) -> Result<Option<Bytes>, ApiError> {
    loop {
        let frame = tokio::time::timeout(idle, body.frame()).await.map_err(|_| {
            ApiError::new(Code::RequestReadTimeout, "the request body did not arrive in time")
        })?;
        match frame.transpose() {
            Ok(None) => return Ok(None),
            Ok(Some(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
            Err(error) => {
                let detail = telemetry::chain(&error).to_string();
                return Err(ApiError::invalid_request("failed to read request body").with_detail(detail));
            }
        }
    }
}
