//! Reading answers on the side: usage, finish reason, errors, the first content.
//! In: whole answers, frames. Out: what the record of a call needs. Invariants: nothing is changed; a frame is only scanned while no
//! content has come, or when a search for bytes says that it can matter. Google repeats its usage in growing totals: the last wins.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use vocabulary::{ApiError, Dialect, FinishReason};

use super::super::answer::{chunks_of_array, error_in, finish_reason_of, is_blocked, read_usage};
use super::super::spelling::{get, get_of_body};
use crate::error::envelope;
use crate::json::{RawObject, RawValue};
use crate::observe::{Observation, Seen};
use crate::sse;

static CAN_MATTER: LazyLock<[Finder<'static>; 5]> = LazyLock::new(|| {
    ["\"usageMetadata\"", "\"finishReason\"", "\"functionCall\"", "\"promptFeedback\"", "\"error\""]
        .map(Finder::new)
});

/// What has been seen of one stream.
#[derive(Clone, Debug, Default)]
pub struct StreamObserver {
    seen: Seen,
    has_called: bool,
}

impl StreamObserver {
    /// What the stream has shown so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        if self.seen.has_content && !CAN_MATTER.iter().any(|name| name.find(frame).is_some()) {
            return;
        }
        chunks_of(frame).iter().for_each(|chunk| self.see_chunk(chunk));
    }

    fn see_chunk(&mut self, chunk: &RawObject) {
        for candidate in candidates(chunk) {
            for part in parts(candidate) {
                self.seen.has_content |= has_content(part);
                self.has_called |= get(part, "functionCall").is_some();
            }
            let reason = get(candidate, "finishReason").and_then(|reason| reason.as_str());
            let reason = reason.and_then(|reason| finish_reason_of(&reason, self.has_called));
            self.seen.finish_reason = reason.or(self.seen.finish_reason);
        }
        if is_blocked(chunk) {
            self.seen.finish_reason = Some(FinishReason::ContentFilter);
        }
        self.seen.usage = get_of_body(chunk, "usageMetadata").and_then(read_usage).or(self.seen.usage);
        self.seen.error = error_in(chunk).or(self.seen.error.take());
        self.seen.has_ended = self.seen.finish_reason.is_some();
    }

    /// The frames that end a stream that failed here.
    pub fn failure_ending(&self, error: &ApiError) -> Bytes {
        [b"data: ", &envelope(Dialect::Gemini, error, None)[..], b"\n\n"].concat().into()
    }
}

/// What is read of a whole answer.
pub fn observe_whole(object: &RawObject) -> Observation {
    let mut observer = StreamObserver::default();
    observer.see_chunk(object);
    let Seen { usage, finish_reason, .. } = observer.seen;
    Observation { usage, finish_reason }
}

fn chunks_of(frame: &[u8]) -> Vec<RawObject> {
    let Some(data) = sse::data(frame) else { return Vec::new() };
    match RawObject::scan(Bytes::copy_from_slice(&data)) {
        Ok(chunk) => vec![chunk],
        Err(_) => chunks_of_array(&data),
    }
}

fn candidates(chunk: &RawObject) -> impl Iterator<Item = RawValue<'_>> {
    get_of_body(chunk, "candidates").into_iter().flat_map(|listed| listed.elements())
}

fn parts(candidate: RawValue<'_>) -> impl Iterator<Item = RawValue<'_>> {
    let parts = get(candidate, "content").and_then(|content| get(content, "parts"));
    parts.into_iter().flat_map(|parts| parts.elements())
}

/// True for anything but an empty text.
fn has_content(part: RawValue<'_>) -> bool {
    match get(part, "text") {
        Some(text) => text.bytes() != br#""""#,
        None => part.members().any(|(name, _)| !matches!(name, "thought" | "thoughtSignature")),
    }
}
