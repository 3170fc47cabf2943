//! `streamGenerateContent` without `alt=sse`: one JSON array, written element by element, from an upstream's events.
//! In: whole frames. Out: the same JSON texts between brackets. Invariants: elements stay byte for byte; the array is closed once,
//! also by a failure, whose error is its last element (spec 03 §17.6).

use vocabulary::{ApiError, Dialect};

use crate::error::envelope;
use crate::sse;

/// An array that is being written.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrayForm {
    has_begun: bool,
    has_ended: bool,
}

impl ArrayForm {
    /// Writes what a frame carries; nothing for comments.
    pub fn push(&mut self, frame: &[u8], out: &mut Vec<u8>) {
        if let Some(data) = sse::data(frame).filter(|data| data.trim_ascii().starts_with(b"{")) {
            self.element(data.trim_ascii(), out);
        }
    }

    /// Closes the array of a complete stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_ended, true) {
            out.extend_from_slice(if self.has_begun { b"]" } else { b"[]" });
        }
    }

    /// Closes the array of a stream that failed.
    pub fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.element(&envelope(Dialect::Gemini, error, None), out);
        self.finish(out);
    }

    fn element(&mut self, json: &[u8], out: &mut Vec<u8>) {
        if !self.has_ended {
            out.extend_from_slice(if std::mem::replace(&mut self.has_begun, true) { b",\n" } else { b"[" });
            out.extend_from_slice(json);
        }
    }
}
