//! Reading a stream on the side: usage, finish reason, end, errors, the first content.
//! In: every frame, whole. Out: what the record of the call needs. Invariants: frames are never changed here; a frame is only
//! scanned while no content has come, or when a search for bytes says that it can matter.
//! Later usage wins, as some servers report growing totals in every chunk.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use vocabulary::ApiError;

use super::usage::{read_finish_reason, read_usage};
use crate::error::{Told, status_of_type};
use crate::json::{Kind, RawObject, RawValue};
use crate::observe::Seen;
use crate::sse;

static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""usage""#));
static FINISH_REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""finish_reason""#));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""error""#));

/// What has been seen of one stream.
#[derive(Clone, Debug, Default)]
pub struct StreamObserver {
    seen: Seen,
}

impl StreamObserver {
    /// What the stream has shown so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        if self.seen.has_content && !can_matter(frame) {
            return;
        }
        let Some(data) = sse::data(frame) else { return };
        if data.trim_ascii() == b"[DONE]" {
            self.seen.has_ended = true;
        } else if let Ok(chunk) = RawObject::scan(Bytes::copy_from_slice(&data)) {
            self.see_chunk(&chunk);
        }
    }

    fn see_chunk(&mut self, chunk: &RawObject) {
        if let Some(usage) = chunk.get("usage").and_then(read_usage) {
            self.seen.usage = Some(usage);
        }
        for choice in chunk.get("choices").into_iter().flat_map(|choices| choices.elements()) {
            if let Some(reason) = choice.get("finish_reason").and_then(read_finish_reason) {
                self.seen.finish_reason = Some(reason);
                self.seen.has_ended = true;
            }
            self.seen.has_content |= has_content(choice);
        }
        if let Some(error) = error_in(chunk) {
            self.seen.error = Some(error);
        }
    }
}

/// False only if the frame has neither usage, nor a finish reason, nor an error, nor `[DONE]`. Keys spelt with escapes are missed.
fn can_matter(frame: &[u8]) -> bool {
    has_value(frame, &FINISH_REASON)
        || has_value(frame, &USAGE)
        || ERROR.find(frame).is_some()
        || (frame.len() < 32 && memchr::memmem::find(frame, b"[DONE]").is_some())
}

/// True if a member of this name stands somewhere with a value other than null.
fn has_value(frame: &[u8], name: &Finder<'_>) -> bool {
    name.find_iter(frame).any(|at| {
        let rest = frame.get(at + name.needle().len()..).unwrap_or_default().trim_ascii_start();
        rest.strip_prefix(b":").is_some_and(|value| !value.trim_ascii_start().starts_with(b"null"))
    })
}

/// True if the frame says that usage is there, null or not.
pub(super) fn names_usage(frame: &[u8]) -> bool {
    USAGE.find(frame).is_some()
}

/// True if a choice carries text, reasoning, a refusal or a tool call; false for role-only chunks.
fn has_content(choice: RawValue<'_>) -> bool {
    const CARRIERS: [&[u8]; 7] = [
        b"content",
        b"reasoning_content",
        b"reasoning",
        b"refusal",
        b"tool_calls",
        b"function_call",
        b"audio",
    ];
    let mut members = choice.get("delta").into_iter().flat_map(|delta| delta.raw_members());
    members.any(|(key, value)| CARRIERS.contains(&key) && !is_blank(value))
}

/// True for null, an empty string, an empty array and an empty object.
fn is_blank(value: RawValue<'_>) -> bool {
    match value.kind() {
        Kind::Null => true,
        Kind::String => value.bytes() == br#""""#,
        Kind::Array => value.elements().next().is_none(),
        Kind::Object => value.members().next().is_none(),
        Kind::Bool | Kind::Number => false,
    }
}

/// `{"error":…}`, or an object that calls itself an error.
pub(super) fn error_in(chunk: &RawObject) -> Option<ApiError> {
    let error = chunk.get("error").filter(|error| !is_blank(*error) && error.as_bool() != Some(false));
    let is_named = |key| chunk.get(key).is_some_and(|value| value.bytes() == br#""error""#);
    if error.is_none() && !is_named("object") && !is_named("type") {
        return None;
    }
    let member = |key| error.and_then(|error| error.get(key)).or_else(|| chunk.get(key));
    let number =
        |key| member(key).and_then(|value| value.as_u64()).and_then(|status| u16::try_from(status).ok());
    let number = ["code", "status", "status_code"]
        .into_iter()
        .find_map(|key| number(key).filter(|s| (400..600).contains(s)));
    let by_name = || ["code", "type"].into_iter().find_map(|key| status_of_type(&member(key)?.as_str()?));
    let status = number.or_else(by_name).unwrap_or(502);
    Some(Told::read(chunk).into_error(status, || "upstream sent an error in the stream".to_owned()))
}
