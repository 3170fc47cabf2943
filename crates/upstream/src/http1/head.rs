//! The response head: found, parsed, and read for what decides framing and reuse (RFC 9112 §§4–6, 9.3).
//! In: bytes that begin with a head. Out: a `ResponseHead`, or an error if two readers could disagree on it.
//! Invariant: a head is bounded in bytes and lines; interim heads (1xx) are skipped and count to the same bound.

use std::mem::MaybeUninit;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

use crate::answer::{AnswerHeaders, Field, offset};

/// Header lines that one head may have.
const MAX_HEADERS: usize = 128;
/// Up to this size it does not matter that a head that comes in pieces is parsed once per piece.
const SHORT_HEAD_BYTES: usize = 4 * 1024;

/// The head of a response is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Not HTTP.
    #[error("not an HTTP response: {0}")]
    Malformed(httparse::Error),
    /// More bytes than allowed.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// `Content-Length` is no number, or there are two different ones.
    #[error("invalid or conflicting content length")]
    ContentLength,
    /// A transfer coding other than a single `chunked`.
    #[error("unsupported transfer coding")]
    TransferCoding,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    UntilClose,
}

/// A complete response head.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    /// The final status.
    pub status: StatusCode,
    /// All headers.
    pub headers: AnswerHeaders,
    /// How the body ends.
    pub framing: Framing,
    /// Whether the connection may serve another request.
    pub keep_alive: bool,
    /// How long the peer says it keeps an idle connection.
    pub idle_hint: Option<Duration>,
}

/// Finds the final head in a growing buffer without parsing the same bytes again and again.
#[derive(Debug)]
pub(crate) struct HeadScanner {
    limit: usize,
    /// Bytes of interim heads that were skipped; they stand in front of the buffer's rest.
    skipped: usize,
    /// No head ends before this position.
    scanned: usize,
}

impl HeadScanner {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, skipped: 0, scanned: 0 }
    }

    /// Looks at everything received so far. Gives the final head and the length of all heads, interim ones included.
    pub(crate) fn scan(
        &mut self,
        buffer: &[u8],
        method: &Method,
    ) -> Result<Option<(ResponseHead, usize)>, HeadError> {
        loop {
            let rest = buffer.get(self.skipped..).unwrap_or_default();
            let found = if self.may_be_complete(rest) { parse_head(rest, method)? } else { None };
            match found {
                Some((head, length)) if is_interim(head.status) => {
                    self.skipped += length;
                    self.scanned = 0;
                }
                Some((head, length)) if self.skipped + length <= self.limit => {
                    return Ok(Some((head, self.skipped + length)));
                }
                None if buffer.len() <= self.limit => return Ok(None),
                _ => return Err(HeadError::TooLarge { limit: self.limit }),
            }
        }
    }

    /// Short heads are parsed at every look, which finds rubbish early; long ones only if an empty line has come since.
    fn may_be_complete(&mut self, rest: &[u8]) -> bool {
        let from = self.scanned.saturating_sub(3);
        self.scanned = rest.len();
        let news = rest.get(from..).unwrap_or_default();
        rest.len() <= SHORT_HEAD_BYTES
            || from == 0
            || memchr::memchr_iter(b'\n', news).any(|end| {
                let after = news.get(end + 1..).unwrap_or_default();
                after.starts_with(b"\n") || after.starts_with(b"\r\n")
            })
    }
}

/// 101 is final for us: what follows it is no HTTP any more.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// Parses one head, final or interim, at the start of `buffer`. Gives it with its length, or `None` if it goes on.
///
/// # Errors
/// See `HeadError`.
pub fn parse_head(buffer: &[u8], method: &Method) -> Result<Option<(ResponseHead, usize)>, HeadError> {
    let mut lines = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, buffer, &mut lines)
        .map_err(HeadError::Malformed)?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let status = StatusCode::from_u16(response.code.unwrap_or_default())
        .map_err(|_| HeadError::Malformed(httparse::Error::Status))?;
    let mut facts = Facts::default();
    for line in response.headers.iter() {
        facts.note(line.name, line.value)?;
    }
    let framing = facts.framing(status, method)?;
    let keep_alive = facts.keep_alive(response.version == Some(1), status) && framing != Framing::UntilClose;
    let headers = copy_headers(buffer.get(..length).unwrap_or_default(), response.headers);
    Ok(Some((ResponseHead { status, headers, framing, keep_alive, idle_hint: facts.idle_hint }, length)))
}

/// Copies the text once, and notes where names and values stand in it.
fn copy_headers(text: &[u8], lines: &[httparse::Header<'_>]) -> AnswerHeaders {
    let start = text.as_ptr().addr();
    let place = |part: &[u8]| {
        let begin = part.as_ptr().addr().wrapping_sub(start);
        (offset(begin), offset(begin.saturating_add(part.len())))
    };
    let fields =
        lines.iter().map(|line| Field { name: place(line.name.as_bytes()), value: place(line.value) });
    AnswerHeaders::over(Bytes::copy_from_slice(text), fields.collect())
}

/// What the header lines say about framing and reuse.
#[derive(Default)]
struct Facts {
    content_length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    idle_hint: Option<Duration>,
}

impl Facts {
    fn note(&mut self, name: &str, value: &[u8]) -> Result<(), HeadError> {
        // Most names differ in length from the four that matter.
        match name.len() {
            14 if name.eq_ignore_ascii_case("content-length") => self.note_length(value),
            17 if name.eq_ignore_ascii_case("transfer-encoding") => self.note_coding(value),
            10 if name.eq_ignore_ascii_case("connection") => {
                self.close |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"close"));
                self.keep_alive |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"keep-alive"));
                Ok(())
            }
            10 if name.eq_ignore_ascii_case("keep-alive") => {
                self.idle_hint = tokens(value).find_map(timeout_parameter);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Equal lengths may be repeated, in one line or in several (RFC 9110 §8.6); different ones are an attack.
    fn note_length(&mut self, value: &[u8]) -> Result<(), HeadError> {
        for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let length = parse_digits(token).ok_or(HeadError::ContentLength)?;
            if self.content_length.is_some_and(|known| known != length) {
                return Err(HeadError::ContentLength);
            }
            self.content_length = Some(length);
        }
        Ok(())
    }

    fn note_coding(&mut self, value: &[u8]) -> Result<(), HeadError> {
        if self.chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
            return Err(HeadError::TransferCoding);
        }
        self.chunked = true;
        Ok(())
    }

    fn framing(&self, status: StatusCode, method: &Method) -> Result<Framing, HeadError> {
        let without_body = *method == Method::HEAD
            || is_interim(status)
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED;
        Ok(match self.content_length {
            _ if without_body => Framing::Empty,
            _ if status == StatusCode::SWITCHING_PROTOCOLS => Framing::UntilClose,
            _ if self.chunked => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::UntilClose,
        })
    }

    /// Both framings at once: the chunked one counts, and nobody trusts the connection any further.
    fn keep_alive(&self, is_http_1_1: bool, status: StatusCode) -> bool {
        let ambiguous = self.chunked && (self.content_length.is_some() || !is_http_1_1);
        !ambiguous
            && !self.close
            && (is_http_1_1 || self.keep_alive)
            && status != StatusCode::SWITCHING_PROTOCOLS
    }
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// `timeout=5` of a `Keep-Alive` header.
fn timeout_parameter(token: &[u8]) -> Option<Duration> {
    let (name, value) = token.split_at_checked(8)?;
    name.eq_ignore_ascii_case(b"timeout=").then(|| parse_digits(value)).flatten().map(Duration::from_secs)
}

fn parse_digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
