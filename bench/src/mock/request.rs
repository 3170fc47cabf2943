//! Reading requests as cheaply as possible: the head by httparse, of the body only what selects the answer.
//! In: a socket. Out: `Asked`, after the whole request has been taken off the socket.
//! Invariant: a body beyond the buffer is read and forgotten; only its first bytes are looked at.

use std::io::{Error, ErrorKind, Result};

use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::script::unqualified;
use crate::cases::Dialect;

const BUFFER_BYTES: usize = 16 * 1024;
const SCRATCH_BYTES: usize = 256 * 1024;
const MAX_HEADERS: usize = 64;

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    Models(Dialect),
    Embeddings,
    Call { dialect: Dialect, model: String, stream: bool, usage: bool },
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

enum Endpoint {
    Models(Dialect),
    Embeddings,
    /// Model and stream are in the body.
    Call(Dialect),
    /// They are in the path.
    Gemini {
        model: String,
        stream: bool,
    },
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
        let asked = decode(&head.endpoint, self.buffer.get(head.length..seen).unwrap_or_default());
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
    let endpoint = endpoint(request.method.unwrap_or_default(), request.path.unwrap_or_default());
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

fn endpoint(method: &str, target: &str) -> Endpoint {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match (method, path) {
        ("POST", "/v1/chat/completions") => Endpoint::Call(Dialect::Chat),
        ("POST", "/v1/responses") => Endpoint::Call(Dialect::Responses),
        ("POST", "/v1/messages") => Endpoint::Call(Dialect::Messages),
        ("POST", "/v1/embeddings") => Endpoint::Embeddings,
        // Only Anthropic's list is asked for by pages.
        ("GET", "/v1/models") if query.is_empty() => Endpoint::Models(Dialect::Chat),
        ("GET", "/v1/models") => Endpoint::Models(Dialect::Messages),
        ("GET", "/v1beta/models") => Endpoint::Models(Dialect::Gemini),
        ("POST", path) => gemini(path).unwrap_or(Endpoint::Other),
        _ => Endpoint::Other,
    }
}

fn gemini(path: &str) -> Option<Endpoint> {
    let (model, method) = path.strip_prefix("/v1beta/models/")?.rsplit_once(':')?;
    let stream = match method {
        "generateContent" => false,
        "streamGenerateContent" => true,
        _ => return None,
    };
    Some(Endpoint::Gemini { model: unqualified(model).to_owned(), stream })
}

fn decode(endpoint: &Endpoint, body: &[u8]) -> Asked {
    match endpoint {
        Endpoint::Models(dialect) => Asked::Models(*dialect),
        Endpoint::Embeddings => Asked::Embeddings,
        Endpoint::Other => Asked::Other,
        Endpoint::Gemini { model, stream } => {
            Asked::Call { dialect: Dialect::Gemini, model: model.clone(), stream: *stream, usage: false }
        }
        Endpoint::Call(dialect) => Asked::Call {
            dialect: *dialect,
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
    unqualified(&String::from_utf8_lossy(text)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Asked, decode, endpoint, parse_head};
    use crate::cases::Dialect;

    fn call(dialect: Dialect, model: &str, stream: bool, usage: bool) -> Asked {
        Asked::Call { dialect, model: model.to_owned(), stream, usage }
    }

    #[test]
    fn path_model_and_flags_select_the_answer() {
        let streamed =
            r#"{"model": "openai/burst-50","stream":true,"stream_options":{"include_usage": true}}"#;
        let whole = r#"{"stream":false,"model":"small"}"#;
        let gemini = "/v1beta/models/gemini/small:generateContent";
        let gemini_stream = "/v1beta/models/burst-50:streamGenerateContent?alt=sse";
        let cases = [
            ("POST", "/v1/chat/completions", streamed, call(Dialect::Chat, "burst-50", true, true)),
            ("POST", "/v1/chat/completions", whole, call(Dialect::Chat, "small", false, false)),
            ("POST", "/v1/messages", whole, call(Dialect::Messages, "small", false, false)),
            ("POST", "/v1/responses", whole, call(Dialect::Responses, "small", false, false)),
            ("POST", gemini, "{}", call(Dialect::Gemini, "small", false, false)),
            ("POST", gemini_stream, "{}", call(Dialect::Gemini, "burst-50", true, false)),
            ("POST", "/v1beta/models/small:countTokens", "{}", Asked::Other),
            ("GET", "/v1/models", "", Asked::Models(Dialect::Chat)),
            ("GET", "/v1/models?limit=1000", "", Asked::Models(Dialect::Messages)),
            ("GET", "/v1beta/models?pageSize=1000", "", Asked::Models(Dialect::Gemini)),
        ];
        for (method, path, body, asked) in cases {
            assert_eq!(decode(&endpoint(method, path), body.as_bytes()), asked, "{path}");
        }
    }

    #[test]
    fn a_head_may_come_in_parts() {
        let bytes = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 12\r\n\r\n{}";
        assert!(parse_head(&bytes[..40]).unwrap().is_none());
        assert_eq!(parse_head(bytes).unwrap().map(|head| (head.length, head.body_bytes)), Some((58, 12)));
    }
}
