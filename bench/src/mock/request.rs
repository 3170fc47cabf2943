//! Reading requests as cheaply as possible: the head by httparse, of the body only what selects the answer.
//! In: a socket. Out: `Asked`, after the whole request has been taken off the socket.
//! Invariant: a body beyond the buffer is read and forgotten; only its first bytes are looked at.

use std::io::{Error, ErrorKind, Result};

use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const BUFFER_BYTES: usize = 16 * 1024;
const SCRATCH_BYTES: usize = 256 * 1024;
const MAX_HEADERS: usize = 64;

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Models,
    Embeddings,
    Chat { model: String, stream: bool, usage: bool },
    Other,
}

/// One connection's incoming bytes.
pub(super) struct Inbound {
    buffer: Vec<u8>,
    filled: usize,
    scratch: Vec<u8>,
}

struct Head {
    length: usize,
    body_bytes: usize,
    endpoint: Endpoint,
}

#[derive(Clone, Copy)]
enum Endpoint {
    Models,
    Embeddings,
    Chat,
    Other,
}

impl Inbound {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; BUFFER_BYTES], filled: 0, scratch: Vec::new() }
    }

    /// The next request, or `None` when the peer closed between two.
    pub(super) async fn next(&mut self, stream: &mut TcpStream) -> Result<Option<Asked>> {
        let head = loop {
            if self.filled > 0
                && let Some(head) = parse_head(self.buffer.get(..self.filled).unwrap_or_default())?
            {
                break head;
            }
            if !self.fill(stream).await? {
                return Ok(None);
            }
        };
        let end = head.length + head.body_bytes;
        while self.filled < end.min(BUFFER_BYTES) {
            if !self.fill(stream).await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let seen = self.filled.min(end);
        let asked = decode(head.endpoint, self.buffer.get(head.length..seen).unwrap_or_default());
        self.skip(stream, end - seen).await?;
        self.buffer.copy_within(seen..self.filled, 0);
        self.filled -= seen;
        Ok(Some(asked))
    }

    /// Reads once; `false` at the end of the stream.
    async fn fill(&mut self, stream: &mut TcpStream) -> Result<bool> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        if room.is_empty() {
            return Err(Error::new(ErrorKind::InvalidData, "head too large"));
        }
        let read = stream.read(room).await?;
        self.filled += read;
        Ok(read > 0)
    }

    async fn skip(&mut self, stream: &mut TcpStream, mut left: usize) -> Result<()> {
        if left > 0 && self.scratch.is_empty() {
            self.scratch = vec![0; SCRATCH_BYTES];
        }
        while left > 0 {
            let most = left.min(SCRATCH_BYTES);
            let read = stream.read(self.scratch.get_mut(..most).unwrap_or_default()).await?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            left -= read;
        }
        Ok(())
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let status = request.parse(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(length) = status else { return Ok(None) };
    let endpoint = match (request.method, request.path) {
        (Some("POST"), Some("/v1/chat/completions")) => Endpoint::Chat,
        (Some("POST"), Some("/v1/embeddings")) => Endpoint::Embeddings,
        (Some("GET"), Some("/v1/models")) => Endpoint::Models,
        _ => Endpoint::Other,
    };
    let mut body_bytes = 0;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            body_bytes = text.trim().parse().map_err(|_| Error::new(ErrorKind::InvalidData, "length"))?;
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Error::new(ErrorKind::InvalidData, "the mock takes no chunked request"));
        }
    }
    Ok(Some(Head { length, body_bytes, endpoint }))
}

fn decode(endpoint: Endpoint, body: &[u8]) -> Asked {
    match endpoint {
        Endpoint::Models => Asked::Models,
        Endpoint::Embeddings => Asked::Embeddings,
        Endpoint::Other => Asked::Other,
        Endpoint::Chat => Asked::Chat {
            model: model(body),
            stream: is_true(body, b"\"stream\":"),
            usage: is_true(body, b"\"include_usage\":"),
        },
    }
}

fn after<'a>(body: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let start = memmem::find(body, key)? + key.len();
    Some(body.get(start..)?.trim_ascii_start())
}

fn is_true(body: &[u8], key: &[u8]) -> bool {
    after(body, key).is_some_and(|rest| rest.starts_with(b"true"))
}

fn model(body: &[u8]) -> String {
    let value = after(body, b"\"model\":").and_then(|rest| rest.strip_prefix(b"\""));
    let text = value.and_then(|rest| rest.get(..memchr::memchr(b'"', rest)?)).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Asked, Endpoint, decode, parse_head};

    #[test]
    fn the_model_and_the_flags_select_the_answer() {
        let body = br#"{"model": "burst-50","stream":true,"stream_options":{"include_usage": true}}"#;
        let asked = Asked::Chat { model: "burst-50".into(), stream: true, usage: true };
        assert_eq!(decode(Endpoint::Chat, body), asked);
        let whole = Asked::Chat { model: "small".into(), stream: false, usage: false };
        assert_eq!(decode(Endpoint::Chat, br#"{"stream":false,"model":"small"}"#), whole);
    }

    #[test]
    fn a_head_may_come_in_parts() {
        let bytes = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 12\r\n\r\n{}";
        assert!(parse_head(&bytes[..40]).unwrap().is_none());
        assert_eq!(parse_head(bytes).unwrap().map(|head| (head.length, head.body_bytes)), Some((58, 12)));
    }
}
