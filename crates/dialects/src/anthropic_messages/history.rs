//! Thinking in the history of a raw request, made fit for the provider that signs it (04-B25).
//! In: the edits of a body. Out: the same with blocks opened or cut. Invariants: what the provider signed stays untouched and in
//! order; what we sealed for it is opened; what it did not sign (made up by the gateway, or another issuer's) goes; a message that
//! would become empty keeps a short text.

use std::ops::Range;

use bytes::Bytes;

use super::blocks::{reasoning_of, text_of, type_of, write_reasoning};
use crate::conversation::{Issuer, Reasoning, is_sealed};
use crate::json::{Edits, Kind, RawValue, object};

/// What stands where a message would be empty.
const PLACEHOLDER: &[u8] = br#"{"type":"text","text":"(thinking omitted)"}"#;

/// What becomes of a block.
enum Fate {
    Keep,
    Cut,
    Replace(Vec<u8>),
}

/// Opens and cuts blocks of thinking in every message.
pub(super) fn open_and_strip(edits: &mut Edits<'_>) {
    let body = edits.object();
    if memchr::memmem::find(body.body(), b"thinking").is_none() {
        return;
    }
    let messages = body.get("messages").into_iter().flat_map(|messages| messages.elements());
    for content in messages.filter_map(|message| message.get("content")) {
        if content.kind() == Kind::Array {
            edit_content(edits, content);
        }
    }
}

fn edit_content(edits: &mut Edits<'_>, content: RawValue<'_>) {
    let (mut last_kept, mut run): (Option<usize>, Option<Range<usize>>) = (None, None);
    for block in content.elements() {
        let range = block.range();
        match fate_of(block) {
            Fate::Cut => {
                let start = run.map_or(last_kept.unwrap_or(range.start), |run| run.start);
                run = Some(start..range.end);
                continue;
            }
            Fate::Replace(json) => edits.replace(range.clone(), json),
            Fate::Keep => {}
        }
        if let Some(run) = run.take() {
            // A run at the front takes the comma behind it, any other the one before it.
            let end = if last_kept.is_none() { range.start } else { run.end };
            edits.replace(run.start..end, Bytes::new());
        }
        last_kept = Some(range.end);
    }
    if let Some(run) = run {
        edits.replace(run, if last_kept.is_none() { Bytes::from_static(PLACEHOLDER) } else { Bytes::new() });
    }
}

fn fate_of(block: RawValue<'_>) -> Fate {
    let state = match &*type_of(block) {
        "thinking" => text_of(block, "signature"),
        "redacted_thinking" => text_of(block, "data"),
        _ => return Fate::Keep,
    };
    if state.is_empty() {
        return Fate::Cut;
    }
    if !is_sealed(&state) {
        return Fate::Keep;
    }
    let reasoning: Reasoning = reasoning_of(block);
    let is_theirs = reasoning
        .state
        .as_ref()
        .is_some_and(|state| state.issuer == Issuer::Anthropic && !is_sealed(&state.bytes));
    if is_theirs { Fate::Replace(object(|block| write_reasoning(block, &reasoning))) } else { Fate::Cut }
}
