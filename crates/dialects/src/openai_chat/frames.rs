//! Frames that the gateway writes or takes away: its error frame, its keep-alive, and usage that only it asked for.
//! Source: spec 01 B2, B3, §9.5. Invariant: a frame that carries no injected usage stays the same bytes.

use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::FinderRev;
use vocabulary::{ApiError, Dialect};

use super::stream::names_usage;
use crate::error::envelope;
use crate::json::{Kind, RawObject, trailing_member};
use crate::sse::{self, Burst};

static NULL_USAGE: LazyLock<FinderRev<'static>> = LazyLock::new(|| FinderRev::new(br#","usage":null"#));

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

/// Takes injected usage out of a frame: the usage-only chunk, and a null member. A chunk that has both choices and usage stays,
/// since its upstream sends usage unasked.
pub fn strip_usage(frame: &Bytes) -> Stripped {
    if !names_usage(frame) {
        return Stripped::Keep;
    }
    match injected(frame) {
        Injected::Nothing => Stripped::Keep,
        Injected::Chunk => Stripped::Drop,
        Injected::Member(cut) => {
            let mut out = Vec::with_capacity(frame.len());
            push_without(&mut out, frame, cut);
            Stripped::Replace(out.into())
        }
    }
}

/// `strip_usage` for a burst: the same bytes if nothing is taken out, else one new piece; empty if every frame goes.
pub fn strip_burst(burst: &Burst) -> Bytes {
    if !names_usage(burst.bytes()) {
        return burst.bytes().clone();
    }
    let mut out: Option<Vec<u8>> = None;
    for range in burst.ranges() {
        let frame = burst.bytes().slice(range.clone());
        let found = injected(&frame);
        if out.is_none() && found == Injected::Nothing {
            continue;
        }
        let out = out.get_or_insert_with(|| {
            let mut out = Vec::with_capacity(burst.bytes().len());
            out.extend_from_slice(burst.bytes().get(..range.start).unwrap_or_default());
            out
        });
        match found {
            Injected::Nothing => out.extend_from_slice(&frame),
            Injected::Chunk => {}
            Injected::Member(cut) => push_without(out, &frame, cut),
        }
    }
    out.map_or_else(|| burst.bytes().clone(), Bytes::from)
}

fn push_without(out: &mut Vec<u8>, frame: &[u8], cut: Range<usize>) {
    out.extend_from_slice(frame.get(..cut.start).unwrap_or_default());
    out.extend_from_slice(frame.get(cut.end..).unwrap_or_default());
}

/// What in a frame is there only because the gateway asked for usage.
#[derive(PartialEq)]
enum Injected {
    Nothing,
    /// The whole chunk: usage and no choices.
    Chunk,
    /// A null member; the range to cut.
    Member(Range<usize>),
}

fn injected(frame: &Bytes) -> Injected {
    let Some(data) = sse::data_range(frame) else { return Injected::Nothing };
    if let Some(cut) = trailing_member(frame.get(data.clone()).unwrap_or_default(), &NULL_USAGE) {
        return Injected::Member(data.start + cut.start..data.start + cut.end);
    }
    let Ok(chunk) = RawObject::scan(frame.slice(data.clone())) else { return Injected::Nothing };
    match chunk.get("usage").map(|usage| usage.kind()) {
        Some(Kind::Object) if has_no_choices(&chunk) => Injected::Chunk,
        Some(Kind::Null) => chunk
            .member_cut("usage")
            .map_or(Injected::Nothing, |cut| Injected::Member(data.start + cut.start..data.start + cut.end)),
        _ => Injected::Nothing,
    }
}

fn has_no_choices(chunk: &RawObject) -> bool {
    chunk
        .get("choices")
        .is_some_and(|choices| choices.kind() == Kind::Array && choices.elements().next().is_none())
}
