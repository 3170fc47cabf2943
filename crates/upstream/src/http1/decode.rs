//! Where a body ends, for every framing that a response can have (RFC 9112 §6.3).
//! In: the bytes of one read. Out: the payload among them, in place, and whether the body is complete.
//! Invariant: pure. Nothing is copied for bodies of known length; chunked payload is moved inside its buffer.

use std::ops::Range;

use crate::http1::chunked::{Chunked, FramingError};
use crate::http1::head::Framing;

/// What one read brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the payload stands in the buffer now.
    pub payload: Range<usize>,
    /// How much of the buffer belonged to the body. What follows it was never asked for.
    pub consumed: usize,
    /// The body cannot be followed any further; the payload before the fault counts.
    pub failure: Option<FramingError>,
}

/// Follows a body to its end.
#[derive(Clone, Debug)]
pub struct Decoder(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

impl Decoder {
    /// For a body with this framing.
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::Empty => Kind::Length(0),
            Framing::Length(length) => Kind::Length(length),
            Framing::Chunked => Kind::Chunked(Chunked::new()),
            Framing::UntilClose => Kind::UntilClose,
        })
    }

    /// Takes the bytes of a read.
    pub fn decode(&mut self, buffer: &mut [u8]) -> Step {
        match &mut self.0 {
            Kind::Length(remaining) => {
                let length = usize::try_from(*remaining).map_or(buffer.len(), |left| left.min(buffer.len()));
                *remaining -= length as u64;
                Step { payload: 0..length, consumed: length, failure: None }
            }
            Kind::Chunked(chunked) => {
                let (payload, consumed, failure) = chunked.decode(buffer);
                Step { payload, consumed, failure }
            }
            Kind::UntilClose => Step { payload: 0..buffer.len(), consumed: buffer.len(), failure: None },
        }
    }

    /// True when the body is complete and nothing more must be read.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            Kind::Length(remaining) => *remaining == 0,
            Kind::Chunked(chunked) => chunked.is_done(),
            Kind::UntilClose => false,
        }
    }

    /// True if the end of the connection is a clean end of the body.
    pub fn may_end_here(&self) -> bool {
        matches!(self.0, Kind::UntilClose) || self.is_done()
    }

    /// How many bytes are still to come, if that is known.
    pub fn remaining(&self) -> Option<u64> {
        match &self.0 {
            Kind::Length(remaining) => Some(*remaining),
            Kind::Chunked(chunked) => chunked.is_done().then_some(0),
            Kind::UntilClose => None,
        }
    }
}
