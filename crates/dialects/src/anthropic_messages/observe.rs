//! Reading answers on the side, on the raw path: usage, stop reason, end, errors, the first content.
//! In: whole answers and every frame. Out: what the record of the call needs. Invariants: nothing is changed here; once content has
//! come, the frames of content blocks are told by their first bytes and not scanned.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use vocabulary::{ApiError, Dialect};

use super::usage::{Counts, finish_reason, read_usage};
use crate::error::{Told, envelope, native_of_anthropic, status_of_type};
use crate::json::{Kind, RawObject, RawValue};
use crate::observe::{Observation, Seen};
use crate::sse;

static BLOCK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"content_block_"));

/// Where the name of an event stands at the latest: `event: ` or `data: {"type":"`, with some white space.
const NAME_WITHIN: usize = 40;

/// What has been seen of one stream.
#[derive(Clone, Debug, Default)]
pub struct StreamObserver {
    seen: Seen,
    counts: Counts,
}

impl StreamObserver {
    /// What the stream has shown so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        if self.seen.has_content && is_of_block(frame) {
            return;
        }
        let Some(event) = event_of(frame) else { return };
        let name = event.get("type").and_then(|name| name.as_str()).unwrap_or_default();
        match &*name {
            "message_start" => self.count(event.get("message").and_then(|message| message.get("usage"))),
            "message_delta" => {
                self.count(event.get("usage"));
                let reason = event.get("delta").and_then(|delta| delta.get("stop_reason"));
                let reason = reason.and_then(|reason| finish_reason(&reason.as_str()?));
                self.seen.finish_reason = reason.or(self.seen.finish_reason);
            }
            "message_stop" => self.seen.has_ended = true,
            "content_block_start" | "content_block_delta" => self.seen.has_content |= says_something(&event),
            _ => self.seen.error = error_in(&event).or(self.seen.error.take()),
        }
    }

    fn count(&mut self, usage: Option<RawValue<'_>>) {
        self.counts.merge(usage);
        self.seen.usage = self.counts.usage();
    }

    /// The frame that ends a stream that failed here; nothing follows it.
    pub fn failure_ending(&self, error: &ApiError) -> Bytes {
        error_frame(error).into()
    }
}

/// `event: error` with our envelope.
pub(super) fn error_frame(error: &ApiError) -> Vec<u8> {
    let json = envelope(Dialect::AnthropicMessages, error, None);
    [b"event: error\ndata: ", &json[..], b"\n\n"].concat()
}

/// True if the frame's name says that it is one of a content block.
fn is_of_block(frame: &[u8]) -> bool {
    BLOCK.find(frame.get(..NAME_WITHIN).unwrap_or(frame)).is_some()
}

/// True for a block that is more than an empty text, and for a delta with something in it.
fn says_something(event: &RawObject) -> bool {
    const TEXTS: [&str; 5] = ["text", "thinking", "partial_json", "signature", "data"];
    let is_filled = |object: RawValue<'_>| {
        TEXTS.iter().any(|key| object.get(key).is_some_and(|text| text.bytes().len() > 2))
    };
    match event.get("content_block") {
        Some(block) => {
            let name = block.get("type").and_then(|name| name.as_str()).unwrap_or_default();
            !matches!(&*name, "" | "text" | "thinking") || is_filled(block)
        }
        None => event.get("delta").is_some_and(is_filled),
    }
}

/// What is read of a whole answer.
pub fn observe_whole(object: &RawObject) -> Observation {
    Observation {
        usage: object.get("usage").and_then(read_usage),
        finish_reason: object.get("stop_reason").and_then(|reason| finish_reason(&reason.as_str()?)),
    }
}

/// The data of a frame, if it is an object.
pub(super) fn event_of(frame: &[u8]) -> Option<RawObject> {
    sse::data(frame).and_then(|data| RawObject::scan(Bytes::copy_from_slice(&data)).ok())
}

/// `{"type":"error","error":{"type":…,"message":…}}`, or an object with an `error` alone, as gateways in between write it.
pub(super) fn error_in(event: &RawObject) -> Option<ApiError> {
    let error = event.get("error").filter(|error| matches!(error.kind(), Kind::Object | Kind::String));
    let name = event.get("type").and_then(|name| name.as_str());
    match name.as_deref() {
        Some("error") => {}
        Some(_) => return None,
        None => {
            error?;
        }
    }
    let kind = error.and_then(|error| error.get("type")).and_then(|kind| kind.as_str());
    let status = kind.as_deref().and_then(status_of_type).unwrap_or(502);
    let told = Told::read(event).into_error(status, || "upstream sent an error in the stream".to_owned());
    Some(match native_of_anthropic(event.body()) {
        Some(native) => told.with_native(native),
        None => told,
    })
}
