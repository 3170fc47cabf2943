//! Reasoning in the history of a raw request, made fit for the provider that encrypts it.
//! In: the edits of a body. Out: the same without the reasoning of other issuers, whose sealed state OpenAI would refuse.
//! Invariant: what OpenAI encrypted stays untouched and in order; a body without sealed state is not looked at.

use bytes::Bytes;

use crate::conversation::{Issuer, SEALED_PREFIX, is_sealed, open};
use crate::json::{Edits, Kind, RawValue, quote};

/// Opens what was sealed for OpenAI, and cuts items that others sealed.
pub(super) fn open_and_strip(edits: &mut Edits<'_>) {
    let body = edits.object();
    if memchr::memmem::find(body.body(), SEALED_PREFIX.as_bytes()).is_none() {
        return;
    }
    let Some(input) = body.get("input").filter(|input| input.kind() == Kind::Array) else { return };
    // Where the last item that stays ends, and where the cut before this one begins.
    let (mut last_kept, mut cut_from): (Option<usize>, Option<usize>) = (None, None);
    let mut end = 0;
    for item in input.elements() {
        let range = item.range();
        end = range.end;
        if is_foreign(edits, item) {
            cut_from = cut_from.or(Some(last_kept.unwrap_or(range.start)));
            continue;
        }
        if let Some(start) = cut_from.take() {
            // At the front the comma behind goes too, elsewhere the one before.
            let cut =
                if last_kept.is_none() { start..range.start } else { start..comma_before(item, body.body()) };
            edits.replace(cut, Bytes::new());
        }
        last_kept = Some(range.end);
    }
    if let Some(start) = cut_from {
        edits.replace(start..end, Bytes::new());
    }
}

/// Where the comma before an item stands.
fn comma_before(item: RawValue<'_>, body: &[u8]) -> usize {
    let before = body.get(..item.range().start).unwrap_or_default();
    memchr::memrchr(b',', before).unwrap_or(before.len())
}

/// True for reasoning that another issuer sealed. What was sealed for OpenAI is opened in its place.
fn is_foreign(edits: &mut Edits<'_>, item: RawValue<'_>) -> bool {
    let is_reasoning = item.get("type").and_then(|value| value.as_str()).as_deref() == Some("reasoning");
    let Some(state) = item.get("encrypted_content").filter(|_| is_reasoning) else { return false };
    let Some(sealed) = state.as_str().filter(|state| is_sealed(state)) else { return false };
    match open(&sealed).and_then(|reasoning| reasoning.state) {
        Some(own) if own.issuer == Issuer::OpenAi && !is_sealed(&own.bytes) => {
            edits.replace(state.range(), quote(&own.bytes));
            false
        }
        _ => true,
    }
}
