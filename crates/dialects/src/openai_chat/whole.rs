//! A whole answer: what is read of it, and the one edit that is made (spec 01 §8.2, 8.4).
//! In: the scanned answer. Out: an `Observation`; the same bytes with the member `provider`. Invariant: nothing else changes.

use std::borrow::Cow;

use vocabulary::{FinishReason, ProviderType, Usage};

use super::usage::{read_finish_reason, read_usage};
use crate::json::{Edits, RawObject, Slices, quote};

/// What the gateway reads of a whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation<'a> {
    /// Token counts, if the upstream reported them.
    pub usage: Option<Usage>,
    /// Why the answer ended; of several choices, the first that says so.
    pub finish_reason: Option<FinishReason>,
    /// The model that the upstream names.
    pub model: Option<Cow<'a, str>>,
    /// The upstream's id of the answer.
    pub id: Option<Cow<'a, str>>,
}

/// Reads a whole answer, of chat or of embeddings.
pub fn observe_whole(object: &RawObject) -> Observation<'_> {
    let text = |key| object.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    let mut choices = object.get("choices").into_iter().flat_map(|choices| choices.elements());
    Observation {
        usage: object.get("usage").and_then(read_usage),
        finish_reason: choices.find_map(|choice| choice.get("finish_reason").and_then(read_finish_reason)),
        model: text("model"),
        id: text("id"),
    }
}

/// Edits a whole answer: `provider` is set in place, or added as the last member; a `model` that is missing, null or empty is
/// filled in.
pub fn stamp(edits: &mut Edits<'_>, provider: ProviderType, model: &str) {
    let has_model =
        edits.object().get("model").is_some_and(|model| !model.is_null() && model.bytes() != br#""""#);
    if !has_model {
        edits.set("model", quote(model));
    }
    edits.set("provider", quote(provider.0));
}

/// A whole answer with its `provider`, and with a `model` if it had none: see `stamp`.
pub fn stamp_whole(object: &RawObject, provider: ProviderType, model: &str) -> Slices {
    let mut edits = object.edit();
    stamp(&mut edits, provider, model);
    edits.finish()
}
