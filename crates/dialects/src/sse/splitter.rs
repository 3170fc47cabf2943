//! Where frames end. A frame is everything up to and including a blank line; lines end in LF, CRLF or CR.
//! Invariant: the search is a state machine over bytes, so a cut anywhere changes nothing, and no byte is looked at twice.
//! A blank line that ends in CR is complete at once if the line before it ended in CR alone; otherwise the next byte is
//! awaited, as it may be the LF that belongs to it.

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;
use std::ops::Range;

/// A frame, or what came of one so far, exceeds the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stream event exceeds {limit} bytes")]
pub struct FrameTooLarge {
    /// The limit.
    pub limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the start of a line; `after_cr`: the line before it ended in CR alone.
    LineStart {
        after_cr: bool,
    },
    InLine,
    /// A line with something in it ended in CR; an LF may follow.
    AfterCr,
    /// A blank line ended in CR; an LF may follow.
    AfterBlankCr,
}

const FRESH: State = State::LineStart { after_cr: false };

/// Moves over a piece of the input. Returns where in it a frame ends, if one does; the state is then fresh.
#[inline]
fn advance(state: &mut State, piece: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        if *state == State::InLine {
            let found = memchr::memchr2(b'\n', b'\r', piece.get(at..)?)?;
            at += found;
        }
        let byte = *piece.get(at)?;
        let ended_at = match (*state, byte) {
            (State::InLine | State::AfterCr, b'\n') => {
                *state = FRESH;
                None
            }
            (State::InLine, _) => {
                *state = State::AfterCr;
                None
            }
            (State::AfterCr, _) => {
                *state = State::LineStart { after_cr: true };
                continue;
            }
            (State::LineStart { .. }, b'\n')
            | (State::LineStart { after_cr: true }, b'\r')
            | (State::AfterBlankCr, b'\n') => Some(at + 1),
            (State::LineStart { after_cr: false }, b'\r') => {
                *state = State::AfterBlankCr;
                None
            }
            (State::LineStart { .. }, _) => {
                *state = State::InLine;
                None
            }
            (State::AfterBlankCr, _) => Some(at),
        };
        if ended_at.is_some() {
            *state = FRESH;
            return ended_at;
        }
        at += 1;
    }
}

/// Cuts a stream into frames.
#[derive(Debug)]
pub struct FrameSplitter {
    max_frame: usize,
    state: State,
    /// The beginning of a frame whose end has not come.
    carry: BytesMut,
    /// What of the latest chunk has not been looked at.
    input: Bytes,
    failed: bool,
}

impl FrameSplitter {
    /// A splitter that accepts frames of up to `max_frame` bytes, their blank line included.
    pub fn new(max_frame: usize) -> Self {
        Self { max_frame, state: FRESH, carry: BytesMut::new(), input: Bytes::new(), failed: false }
    }

    /// Takes the next chunk. What an earlier chunk left unread is kept in front of it, at the cost of a copy.
    pub fn push(&mut self, chunk: Bytes) {
        if self.input.is_empty() {
            self.input = chunk;
        } else {
            let mut joined = BytesMut::with_capacity(self.input.len() + chunk.len());
            joined.extend_from_slice(&self.input);
            joined.extend_from_slice(&chunk);
            self.input = joined.freeze();
        }
    }

    /// The next whole frame, or `None` until more is pushed. Copies only a frame that spans chunks.
    ///
    /// # Errors
    /// `FrameTooLarge`, from then on always.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameTooLarge> {
        let end = advance(&mut self.state, &self.input);
        let length = self.carry.len() + end.unwrap_or(self.input.len());
        if self.failed || length > self.max_frame {
            return Err(self.fail());
        }
        let Some(end) = end else {
            self.carry.extend_from_slice(&std::mem::take(&mut self.input));
            return Ok(None);
        };
        let piece = self.input.split_to(end);
        if self.carry.is_empty() {
            return Ok(Some(piece));
        }
        self.carry.extend_from_slice(&piece);
        Ok(Some(std::mem::take(&mut self.carry).freeze()))
    }

    /// All whole frames that are there, as one slice; `None` until more is pushed. A frame that began in an earlier chunk
    /// comes alone, as it had to be copied.
    ///
    /// # Errors
    /// `FrameTooLarge`, from then on always. Frames before the one that is too large come out first.
    pub fn next_burst(&mut self) -> Result<Option<Burst>, FrameTooLarge> {
        if self.failed || !self.carry.is_empty() {
            return Ok(self.next_frame()?.map(Burst::of_one));
        }
        let (ends, whole, state) = frame_ends(&self.input, self.max_frame);
        let bytes = self.input.split_to(whole);
        match state {
            Some(state) => {
                self.state = state;
                self.carry.extend_from_slice(&std::mem::take(&mut self.input));
            }
            // What is left is too large; it says so once the frames before it are out.
            None if ends.is_empty() => return Err(self.fail()),
            None => {}
        }
        Ok((!ends.is_empty()).then_some(Burst { bytes, ends }))
    }

    /// At the end of the stream: what came after the last blank line. Empty if the stream ended between frames.
    pub fn take_tail(&mut self) -> Bytes {
        self.state = FRESH;
        self.carry.extend_from_slice(&std::mem::take(&mut self.input));
        std::mem::take(&mut self.carry).freeze()
    }

    /// True if nothing of an unfinished frame is held.
    pub fn is_between_frames(&self) -> bool {
        self.carry.is_empty() && self.input.is_empty()
    }

    fn fail(&mut self) -> FrameTooLarge {
        self.failed = true;
        FrameTooLarge { limit: self.max_frame }
    }
}

type Ends = SmallVec<[usize; 24]>;

/// The ends of all whole frames in a text that begins with a fresh one; where the last of them ends; and the state of the
/// unfinished rest, or `None` if a frame or the rest exceeds `max_frame`.
fn frame_ends(text: &[u8], max_frame: usize) -> (Ends, usize, Option<State>) {
    let mut ends = Ends::new();
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let mut state = FRESH;
        let end = advance(&mut state, rest);
        if end.unwrap_or(rest.len()) > max_frame {
            return (ends, start, None);
        }
        let Some(end) = end else { return (ends, start, Some(state)) };
        start += end;
        ends.push(start);
    }
}

/// The largest prefix of a text that is made of whole frames, without a copy; `None` if there is none. For a caller that holds
/// the rest back itself.
pub fn split_burst(text: &Bytes) -> Option<Burst> {
    let (ends, whole, _) = frame_ends(text, usize::MAX);
    (whole > 0).then(|| Burst { bytes: text.slice(..whole), ends })
}

/// Whole frames in one slice, to be relayed as they are, or cut by the ranges of single frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    bytes: Bytes,
    ends: Ends,
}

impl Burst {
    /// One frame, or what is left of one at the end of a stream.
    pub fn of_one(frame: Bytes) -> Self {
        let ends = Ends::from_iter([frame.len()]);
        Self { bytes: frame, ends }
    }

    /// All frames, joined.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// All frames, joined.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// How many frames there are: at least one.
    pub fn frame_count(&self) -> usize {
        self.ends.len()
    }

    /// Where each frame stands in `bytes`, in order and without gaps.
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        let mut start = 0;
        self.ends.iter().map(move |end| std::mem::replace(&mut start, *end)..*end)
    }

    /// Each frame.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.ranges().map(|range| self.bytes.get(range).unwrap_or_default())
    }
}
