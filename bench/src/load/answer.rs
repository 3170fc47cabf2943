//! Reading one answer off a connection: head, length or chunks, and the frames within.
//! In: bytes as they come, cut anywhere. Out: how far the answer is. Payload is counted, and kept only on request.
//! Invariant: `done` is true exactly when the answer's last byte was read.
//! Source: RFC 9112 §§6, 7; WHATWG HTML, "Parsing an event stream" (a blank line ends a frame).

use std::io::{Error, ErrorKind, Result};

const MAX_HEADERS: usize = 64;

/// One answer, being read.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) payload_bytes: u64,
    pub(super) frames: u64,
    pub(super) kept: Option<Vec<u8>>,
    state: State,
    is_stream: bool,
    newline_before: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum State {
    #[default]
    Head,
    Fixed(u64),
    ChunkSize(u64),
    ChunkSizeEnd(u64),
    ChunkData(u64),
    ChunkDataEnd,
    /// Bytes since the last line end in the trailer section.
    Trailer(u64),
    Done,
}

impl Answer {
    /// An answer whose payload is kept.
    pub(super) fn kept() -> Self {
        Self { kept: Some(Vec::new()), ..Self::default() }
    }

    pub(super) fn in_head(&self) -> bool {
        self.state == State::Head
    }

    pub(super) fn done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes bytes in; while the head is incomplete, nothing is consumed and the same bytes must come again.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.in_head() {
            let Some(length) = self.head(bytes)? else { return Ok(0) };
            self.body(bytes.get(length..).unwrap_or_default())?;
            return Ok(bytes.len());
        }
        self.body(bytes)?;
        Ok(bytes.len())
    }

    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let status = response.parse(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let httparse::Status::Complete(length) = status else { return Ok(None) };
        self.status = response.code.unwrap_or_default();
        for header in response.headers.iter() {
            let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
            if header.name.eq_ignore_ascii_case("content-length") {
                let length = value.parse().map_err(|_| Error::new(ErrorKind::InvalidData, "length"))?;
                self.state = if length == 0 { State::Done } else { State::Fixed(length) };
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                self.state = State::ChunkSize(0);
            } else if header.name.eq_ignore_ascii_case("content-type") {
                self.is_stream = value.starts_with("text/event-stream");
            }
        }
        if self.in_head() {
            return Err(Error::new(ErrorKind::InvalidData, "neither length nor chunks"));
        }
        Ok(Some(length))
    }

    fn body(&mut self, mut bytes: &[u8]) -> Result<()> {
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = match self.state {
                State::Fixed(left) => self.payload(bytes, left, State::Fixed, State::Done),
                State::ChunkData(left) => self.payload(bytes, left, State::ChunkData, State::ChunkDataEnd),
                State::Head | State::Done => {
                    return Err(Error::new(ErrorKind::InvalidData, "bytes after the answer"));
                }
                framing => {
                    self.state = next(framing, first)?;
                    rest
                }
            };
        }
        Ok(())
    }

    /// Takes payload off the front; returns what follows it.
    fn payload<'a>(&mut self, bytes: &'a [u8], left: u64, more: fn(u64) -> State, end: State) -> &'a [u8] {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (payload, rest) = bytes.split_at(length);
        self.payload_bytes += length as u64;
        let left = left - length as u64;
        self.state = if left == 0 { end } else { more(left) };
        if self.is_stream {
            self.count_frames(payload);
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(payload);
        }
        rest
    }

    fn count_frames(&mut self, payload: &[u8]) {
        let mut previous = if self.newline_before { Some(0) } else { None };
        for position in memchr::memchr_iter(b'\n', payload) {
            // `previous` is one past the last line end.
            if previous == Some(position) {
                self.frames += 1;
            }
            previous = Some(position + 1);
        }
        self.newline_before = payload.last() == Some(&b'\n');
    }
}

/// One step through the bytes between chunks.
fn next(state: State, byte: u8) -> Result<State> {
    Ok(match (state, byte) {
        (State::ChunkSize(size), b'\r') => State::ChunkSizeEnd(size),
        (State::ChunkSize(size), digit) => {
            let digit = char::from(digit).to_digit(16);
            let digit = digit.ok_or_else(|| Error::new(ErrorKind::InvalidData, "chunk size"))?;
            State::ChunkSize(size.saturating_mul(16).saturating_add(u64::from(digit)))
        }
        (State::ChunkSizeEnd(0), _) => State::Trailer(0),
        (State::ChunkSizeEnd(size), _) => State::ChunkData(size),
        (State::ChunkDataEnd, b'\n') => State::ChunkSize(0),
        (State::Trailer(0), b'\n') => State::Done,
        (State::Trailer(_), b'\n') => State::Trailer(0),
        (State::Trailer(length), b'\r') => State::Trailer(length),
        (State::Trailer(length), _) => State::Trailer(length + 1),
        (other, _) => other,
    })
}

#[cfg(test)]
mod tests {
    use super::Answer;

    const STREAM: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
        9\r\ndata: a\n\n\r\n12\r\ndata: b\n\ndata: c\n\n\r\n0\r\n\r\n";

    #[test]
    fn an_answer_does_not_depend_on_the_cuts() {
        for size in 1..STREAM.len() {
            let (mut answer, mut pending) = (Answer::kept(), Vec::new());
            for piece in STREAM.chunks(size) {
                assert!(!answer.done());
                pending.extend_from_slice(piece);
                let used = answer.feed(&pending).unwrap();
                pending.drain(..used);
            }
            assert!(answer.done());
            assert_eq!((answer.status, answer.frames, answer.payload_bytes), (200, 3, 27));
            assert_eq!(answer.kept.unwrap(), b"data: a\n\ndata: b\n\ndata: c\n\n");
        }
    }

    #[test]
    fn a_length_ends_a_whole_answer() {
        let mut answer = Answer::default();
        answer.feed(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{").unwrap();
        assert!(!answer.done());
        answer.feed(b"}").unwrap();
        assert!(answer.done() && answer.status == 404);
        assert!(answer.feed(b"x").is_err());
    }
}
