//! Buffered-JSON repair (spec 01 §9.2): an upstream that ignored `stream` answered with one JSON body.
//! In: the body's first bytes, then the whole body. Out: whether it is one; a stream of one chunk and `[DONE]`.
//! Invariant: whatever the body holds, its line ends cannot break the framing.

use bytes::Bytes;

use super::frames::DONE;
use crate::json::{Kind, RawObject};
use crate::sse;

/// How far the first byte that is no white space is looked for.
const LOOK_AHEAD: usize = 512;

/// What a body that should be a stream begins like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `{`: the upstream ignored `stream`.
    Json,
    /// Anything else.
    Events,
    /// Only white space so far, and less than 512 bytes of it.
    Undecided,
}

/// Judges the first bytes of a body.
pub fn body_kind(start: &[u8]) -> BodyKind {
    match start.iter().take(LOOK_AHEAD).find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => BodyKind::Json,
        None if start.len() < LOOK_AHEAD => BodyKind::Undecided,
        _ => BodyKind::Events,
    }
}

/// A whole answer as a stream: `object` becomes `chat.completion.chunk`, each choice's `message` its `delta`; then `[DONE]`.
/// A body that is no JSON object is one frame as it is. Line ends between JSON tokens become spaces.
pub fn whole_as_stream(body: &Bytes) -> Bytes {
    let mut out = Vec::with_capacity(body.len() + 64);
    match RawObject::scan(body.clone()) {
        Ok(object) => {
            out.extend_from_slice(b"data: ");
            let start = out.len();
            push_chunk(&mut out, &object);
            // A valid JSON text has raw line ends only between its tokens.
            let line_ends = out.iter_mut().skip(start).filter(|byte| matches!(byte, b'\n' | b'\r'));
            line_ends.for_each(|byte| *byte = b' ');
            out.push(b'\n');
        }
        Err(_) => sse::push_data(&mut out, body),
    }
    out.push(b'\n');
    out.extend_from_slice(DONE);
    out.into()
}

fn push_chunk(out: &mut Vec<u8>, object: &RawObject) {
    let mut edits = object.edit();
    edits.set("object", &br#""chat.completion.chunk""#[..]);
    for choice in object.get("choices").into_iter().flat_map(|choices| choices.elements()) {
        if let Some(key) = choice.key_range("message").filter(|_| choice.kind() == Kind::Object) {
            edits.replace(key, &br#""delta""#[..]);
        }
    }
    edits.finish().iter().for_each(|slice| out.extend_from_slice(slice));
}
