//! Frames that the gateway writes or takes away: its error frame, its keep-alive, and usage that only it asked for.
//! Source: spec 01 B2, B3, §9.5. Invariant: a frame that carries no injected usage stays the same bytes.

use bytes::Bytes;
use vocabulary::{ApiError, Dialect};

use super::stream::names_usage;
use crate::error::envelope;
use crate::json::{Kind, RawObject};
use crate::sse::{self, Burst};

/// A comment that keeps an idle stream open.
pub const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// The frame that ends a complete stream.
pub const DONE: &[u8] = b"data: [DONE]\n\n";

/// The frame that ends a failed stream; nothing follows it.
pub fn error_frame(error: &ApiError) -> Bytes {
    let json = envelope(Dialect::OpenAiChat, error, None);
    [b"data: ", &json[..], b"\n\n"].concat().into()
}

/// What becomes of a frame whose usage the client did not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stripped {
    /// It passes as it is.
    Keep,
    /// It was there for usage only: `choices` is empty.
    Drop,
    /// It passes without its member `"usage": null`.
    Replace(Bytes),
}

/// Takes injected usage out of a frame: the usage-only chunk, and null members. A chunk that has both choices and usage stays,
/// since its upstream sends usage unasked.
pub fn strip_usage(frame: &Bytes) -> Stripped {
    if !names_usage(frame) {
        return Stripped::Keep;
    }
    match sse::data_range(frame) {
        Some(range) => strip(frame, range),
        None => Stripped::Keep,
    }
}

fn strip(frame: &Bytes, data: std::ops::Range<usize>) -> Stripped {
    let Ok(chunk) = RawObject::scan(frame.slice(data.clone())) else { return Stripped::Keep };
    let Some(usage) = chunk.get("usage") else { return Stripped::Keep };
    match usage.kind() {
        Kind::Null => {
            let mut edits = chunk.edit();
            edits.remove("usage");
            let mut out = Vec::with_capacity(frame.len());
            out.extend_from_slice(frame.get(..data.start).unwrap_or_default());
            edits.finish().iter().for_each(|slice| out.extend_from_slice(slice));
            out.extend_from_slice(frame.get(data.end..).unwrap_or_default());
            Stripped::Replace(out.into())
        }
        Kind::Object if has_no_choices(&chunk) => Stripped::Drop,
        _ => Stripped::Keep,
    }
}

fn has_no_choices(chunk: &RawObject) -> bool {
    chunk
        .get("choices")
        .is_some_and(|choices| choices.kind() == Kind::Array && choices.elements().next().is_none())
}

/// `strip_usage` for a burst: the same bytes if nothing is taken out, else one new piece; empty if every frame goes.
pub fn strip_burst(burst: &Burst) -> Bytes {
    if !names_usage(burst.bytes()) {
        return burst.bytes().clone();
    }
    let mut out: Option<Vec<u8>> = None;
    for range in burst.ranges() {
        let frame = burst.bytes().slice(range.clone());
        let kept = match strip_usage(&frame) {
            Stripped::Keep if out.is_none() => continue,
            Stripped::Keep => frame,
            Stripped::Drop => Bytes::new(),
            Stripped::Replace(frame) => frame,
        };
        let before = || burst.bytes().get(..range.start).unwrap_or_default().to_vec();
        out.get_or_insert_with(before).extend_from_slice(&kept);
    }
    out.map_or_else(|| burst.bytes().clone(), Bytes::from)
}
