//! The chunked transfer coding (RFC 9112 §7.1), undone in place.
//! In: the bytes of one read, cut anywhere. Out: the payload in them, moved together, framing removed.
//! Invariant: every byte of a read is consumed, up to the end of the body; only numbers are kept between reads.
//! Strict: CRLF only, at most 16 hex digits, bounded extensions and trailers (both dropped).

use std::ops::Range;

/// Bytes of chunk extensions and of trailers that one body may have.
const MAX_OVERHEAD: u32 = 16 * 1024;

/// The framing of a body cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// No hex digits, too many, or something else after them.
    #[error("invalid chunk size")]
    ChunkSize,
    /// A line does not end in CRLF, or a chunk is not followed by one.
    #[error("a chunk is not delimited by CRLF")]
    Delimiter,
    /// Too many bytes of extensions or trailers.
    #[error("chunk extensions or trailers are too large")]
    Overhead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the size, after so many digits.
    Size {
        digits: u8,
    },
    /// White space between the size and what follows (RFC 9112 §7.1.1, "bad white space").
    AfterSize,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a line after the last chunk: a trailer, or the empty line that ends the body.
    TrailerStart,
    Trailer,
    TrailerLf,
    EndLf,
    Done,
}

/// Where the decoder stands between two reads.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    state: State,
    /// The size being read, then what remains of the chunk.
    remaining: u64,
    overhead: u32,
}

impl Chunked {
    pub(crate) fn new() -> Self {
        Self { state: State::Size { digits: 0 }, remaining: 0, overhead: 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Consumes a read. Gives where the payload now stands in `buffer`, how many bytes were consumed, and what is
    /// wrong with the byte behind them.
    pub(crate) fn decode(&mut self, buffer: &mut [u8]) -> (Range<usize>, usize, Option<FramingError>) {
        // The first piece of payload stays where it is, later ones are moved up to it.
        let mut payload = 0..0;
        let mut position = 0;
        while let Some(&byte) = buffer.get(position) {
            match self.state {
                State::Done => break,
                State::Data => {
                    let available = (buffer.len() - position) as u64;
                    #[expect(clippy::cast_possible_truncation, reason = "at most the length of the buffer")]
                    let length = self.remaining.min(available) as usize;
                    if payload.is_empty() {
                        payload = position..position;
                    }
                    if payload.end != position {
                        buffer.copy_within(position..position + length, payload.end);
                    }
                    payload.end += length;
                    position += length;
                    self.remaining -= length as u64;
                    if self.remaining == 0 {
                        self.state = State::DataCr;
                    }
                }
                _ => match self.next(byte) {
                    Ok(state) => {
                        self.state = state;
                        position += 1;
                    }
                    Err(error) => return (payload, position, Some(error)),
                },
            }
        }
        (payload, position, None)
    }

    /// The state after one byte of framing.
    fn next(&mut self, byte: u8) -> Result<State, FramingError> {
        match self.state {
            State::Size { digits } => self.size_byte(digits, byte),
            State::AfterSize => match byte {
                b' ' | b'\t' => self.counted(State::AfterSize),
                b';' => self.counted(State::Extension),
                b'\r' => Ok(State::SizeLf),
                _ => Err(FramingError::ChunkSize),
            },
            State::Extension => match byte {
                b'\r' => Ok(State::SizeLf),
                b'\n' => Err(FramingError::Delimiter),
                _ => self.counted(State::Extension),
            },
            State::SizeLf if self.remaining == 0 => expect(byte, b'\n', State::TrailerStart),
            State::SizeLf => expect(byte, b'\n', State::Data),
            State::DataCr => expect(byte, b'\r', State::DataLf),
            State::DataLf => expect(byte, b'\n', State::Size { digits: 0 }),
            State::TrailerStart if byte == b'\r' => Ok(State::EndLf),
            State::TrailerStart | State::Trailer => match byte {
                b'\r' => Ok(State::TrailerLf),
                b'\n' => Err(FramingError::Delimiter),
                _ => self.counted(State::Trailer),
            },
            State::TrailerLf => expect(byte, b'\n', State::TrailerStart),
            State::EndLf => expect(byte, b'\n', State::Done),
            State::Data | State::Done => Ok(self.state),
        }
    }

    fn size_byte(&mut self, digits: u8, byte: u8) -> Result<State, FramingError> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ if digits == 0 => return Err(FramingError::ChunkSize),
            b'\r' => return Ok(State::SizeLf),
            b' ' | b'\t' => return self.counted(State::AfterSize),
            b';' => return self.counted(State::Extension),
            _ => return Err(FramingError::ChunkSize),
        };
        if digits == 0 {
            self.remaining = 0;
        }
        if digits == 16 {
            return Err(FramingError::ChunkSize);
        }
        self.remaining = self.remaining << 4 | u64::from(digit);
        Ok(State::Size { digits: digits + 1 })
    }

    fn counted(&mut self, state: State) -> Result<State, FramingError> {
        self.overhead += 1;
        if self.overhead > MAX_OVERHEAD { Err(FramingError::Overhead) } else { Ok(state) }
    }
}

fn expect(byte: u8, wanted: u8, state: State) -> Result<State, FramingError> {
    if byte == wanted { Ok(state) } else { Err(FramingError::Delimiter) }
}

#[cfg(test)]
mod tests {
    use super::{Chunked, FramingError};

    fn decode(text: &str) -> Result<(String, usize, bool), FramingError> {
        let mut buffer = text.as_bytes().to_vec();
        let mut chunked = Chunked::new();
        let (payload, consumed, failure) = chunked.decode(&mut buffer);
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok((String::from_utf8_lossy(&buffer[payload]).into_owned(), consumed, chunked.is_done()))
    }

    #[test]
    fn all_chunks_of_a_read_become_one_piece() {
        let text = "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n1 \r\nf\r\n0\r\nTrailer: x\r\n\r\nREST";
        assert_eq!(decode(text).unwrap(), ("abcdef".into(), text.len() - 4, true));
        assert_eq!(decode("3\r\nab").unwrap(), ("ab".into(), 5, false));
        assert_eq!(decode("").unwrap(), (String::new(), 0, false));
    }

    #[test]
    fn broken_framing_is_an_error() {
        for text in ["\r\n", "x\r\n", "-1\r\n", "5 5\r\n", "11111111111111111\r\n", "0x5\r\n"] {
            assert_eq!(decode(text).unwrap_err(), FramingError::ChunkSize, "{text:?}");
        }
        for text in ["1\r\nab\r\n", "1\ra", "0\r\n\rx", "1;x\ny", "0\r\na: b\n\r\n"] {
            assert_eq!(decode(text).unwrap_err(), FramingError::Delimiter, "{text:?}");
        }
        assert_eq!(decode("1\nab").unwrap_err(), FramingError::ChunkSize);
        assert_eq!(decode(&format!("1;{}", "x".repeat(20_000))).unwrap_err(), FramingError::Overhead);
        assert_eq!(
            decode(&format!("0\r\n{}", "a: b\r\n".repeat(5_000))).unwrap_err(),
            FramingError::Overhead
        );
    }

    #[test]
    fn a_size_of_sixteen_digits_is_read_without_overflow() {
        assert_eq!(decode("ffffffffffffffff\r\nab").unwrap(), ("ab".into(), 20, false));
    }
}
