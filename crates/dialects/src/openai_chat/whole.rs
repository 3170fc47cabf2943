//! A whole answer: what is read of it, and the one edit that is made (spec 01 §8.2, 8.4).
//! In: the scanned answer. Out: an `Observation`; the same bytes with the member `provider`. Invariant: nothing else changes.

use bytes::Bytes;
use vocabulary::ProviderType;

use super::usage::{read_finish_reason, read_usage};
use crate::json::{Edits, RawObject, Slices, quote};
use crate::observe::Observation;

/// Reads a whole answer, of chat or of embeddings.
pub fn observe_whole(object: &RawObject) -> Observation {
    let mut choices = object.get("choices").into_iter().flat_map(|choices| choices.elements());
    Observation {
        usage: object.get("usage").and_then(read_usage),
        finish_reason: choices.find_map(|choice| choice.get("finish_reason").and_then(read_finish_reason)),
    }
}

/// Edits a whole answer: `provider` is set in place, or added as the last member; a `model` that is missing, null or empty is
/// filled in.
pub fn stamp(edits: &mut Edits<'_>, provider: ProviderType, model: &str) {
    if !names_model(edits.object()) {
        edits.set("model", quote(model));
    }
    edits.set("provider", quote(provider.0));
}

fn names_model(answer: &RawObject) -> bool {
    answer.get("model").is_some_and(|model| !model.is_null() && model.bytes() != br#""""#)
}

/// A whole answer with its `provider`, and with a `model` if it had none: see `stamp`.
pub fn stamp_whole(object: &RawObject, provider: ProviderType, model: &str) -> Slices {
    let last =
        object.members().next_back().filter(|_| object.get("provider").is_none() && names_model(object));
    if let Some(last) = last {
        // What nearly every answer needs: one piece behind its last member.
        let end = last.value().range().end;
        let piece = Bytes::from([br#","provider":""#, provider.0.as_bytes(), b"\""].concat());
        return Slices::from_iter([object.body().slice(..end), piece, object.body().slice(end..)]);
    }
    let mut edits = object.edit();
    stamp(&mut edits, provider, model);
    edits.finish()
}
