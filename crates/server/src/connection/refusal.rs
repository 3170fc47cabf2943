//! The last words on a connection whose request never reached a handler: an envelope with a request id, then a gentle
//! close that reads what the client still sends, as a reset would destroy the answer on its way.
//! In: the socket that hyper let go of and a status. Out: nothing; the socket is closed within `LINGER`.

use std::time::Duration;

use dialects::error::envelope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vocabulary::{ApiError, Code, Dialect};

const LINGER: Duration = Duration::from_secs(5);
const LINGER_IDLE: Duration = Duration::from_secs(1);
/// A client that uploads on after the refusal is read this far.
const LINGER_BYTES: usize = 128 << 20;

/// Answers with the envelope of `status` (0: nothing more to say), then closes gently.
pub(super) async fn answer(mut stream: TcpStream, status: u16) {
    let said = async {
        if status != 0 {
            stream.write_all(&response(status)).await?;
        }
        stream.shutdown().await?;
        discard(&mut stream).await
    };
    if !matches!(tokio::time::timeout(LINGER, said).await, Ok(Ok(()))) {
        tracing::debug!(status, "a refused client did not take its answer");
    }
}

async fn discard(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut scratch = vec![0; 16 << 10];
    let mut left = LINGER_BYTES;
    while left > 0 {
        match tokio::time::timeout(LINGER_IDLE, stream.read(&mut scratch)).await {
            Ok(Ok(read)) if read > 0 => left = left.saturating_sub(read),
            Ok(Err(error)) => return Err(error),
            Ok(Ok(_)) | Err(_) => return Ok(()),
        }
    }
    Ok(())
}

fn response(status: u16) -> Vec<u8> {
    let id = crate::request_id::generate();
    let request_id = id.to_str().unwrap_or_default();
    let error = error(status);
    let body = envelope(Dialect::OpenAiChat, &error, Some(request_id));
    let reason =
        hyper::StatusCode::from_u16(error.status()).ok().and_then(|status| status.canonical_reason());
    let mut response = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\nx-request-id: {request_id}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        error.status(),
        reason.unwrap_or_default(),
        body.len(),
    )
    .into_bytes();
    response.extend_from_slice(&body);
    response
}

fn error(status: u16) -> ApiError {
    match status {
        408 => ApiError::new(Code::RequestReadTimeout, "the request head did not arrive in time"),
        413 => ApiError::new(Code::RequestTooLarge, "request body too large"),
        414 | 431 => ApiError::new(Code::RequestHeadersTooLarge, "request headers too large"),
        _ => ApiError::invalid_request("malformed HTTP request"),
    }
}
