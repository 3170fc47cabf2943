//! The `[DONE]` repair of native streams (spec 03 §11.4, 04 §2.8.1): clients that wait for it get exactly one after a completed
//! answer, and none after any other ending.
//! In: every frame of a raw stream, and what came after the last blank line. Out: the bytes to append at an orderly end.
//! Invariant: `[DONE]` inside a JSON string never counts.

use bytes::Bytes;

use super::observe::event_type;
use crate::json::RawObject;
use crate::sse;

const MARKER: &[u8] = b"data: [DONE]";

/// Follows a raw stream to know what its end lacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct DoneRepair {
    is_after_completed: bool,
}

impl DoneRepair {
    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        if let Some(is_completed) = completes(frame) {
            self.is_after_completed = is_completed;
        }
    }

    /// What to append when the upstream has ended its stream in order. `tail` is what came after the last blank line.
    pub fn missing(&self, tail: &[u8]) -> Bytes {
        if tail.is_empty() {
            return if self.is_after_completed { marker_after(b"") } else { Bytes::new() };
        }
        let is_silent = tail.trim_ascii().is_empty() || tail.starts_with(b":");
        if completes(tail) == Some(true) || (is_silent && self.is_after_completed) {
            let line_end: &[u8] = if tail.ends_with(b"\n") { b"\n" } else { b"\n\n" };
            return marker_after(line_end);
        }
        match rest_of_marker(tail).filter(|_| self.is_after_completed) {
            Some(rest) => rest,
            None => Bytes::new(),
        }
    }
}

fn marker_after(before: &[u8]) -> Bytes {
    [before, MARKER, b"\n\n"].concat().into()
}

/// Whether a frame is a completed event; `None` if it has no data and so changes nothing.
fn completes(frame: &[u8]) -> Option<bool> {
    const NAMES: [&[u8]; 2] = [b"response.completed", b"response.done"];
    let data = sse::data(frame)?;
    if !NAMES.iter().any(|name| memchr::memmem::find(&data, name).is_some()) {
        return Some(false);
    }
    let event = RawObject::scan(Bytes::copy_from_slice(&data)).ok();
    Some(event.is_some_and(|event| NAMES.contains(&event_type(&event, frame).as_bytes())))
}

/// What an unfinished marker lacks; `None` if the tail is something else.
fn rest_of_marker(tail: &[u8]) -> Option<Bytes> {
    for marker in [MARKER, b"data:[DONE]"] {
        if let Some(rest) = marker.strip_prefix(tail) {
            return Some([rest, b"\n\n"].concat().into());
        }
        if let Some(b"\n" | b"\r\n" | b"\r") = tail.strip_prefix(marker) {
            return Some(Bytes::from_static(b"\n"));
        }
    }
    None
}
