//! What a call's tokens cost: which prices hold for an answer (spec 02 §8.4, last paragraph).
//! In: where the call went and what the provider says answered it. Out: the prices, as exact decimals.
//! Invariant: no price rather than an invented one; the operator's and the provider's own word win over the catalogue's.

use std::sync::Arc;

use vocabulary::ProviderType;

use crate::metadata::{Metadata, Pricing};
use crate::slugs::has_prices;
use crate::snapshot::Snapshot;

/// What was called, and what answered.
#[derive(Clone, Copy, Debug)]
pub struct PricedCall<'a> {
    /// The instance's name.
    pub instance: &'a str,
    /// Its type.
    pub provider_type: ProviderType,
    /// The id that was sent.
    pub model: &'a str,
    /// The id that the answer reported, which may be dated.
    pub answered_by: Option<&'a str>,
}

impl Snapshot {
    /// The prices that hold: the instance's own model, then the bare id's owner, then what is published for the type.
    pub fn pricing(&self, call: &PricedCall<'_>) -> Option<Arc<Pricing>> {
        let own = self.model(call.instance, call.model).and_then(|model| priced(model.metadata.as_deref()));
        if own.is_some() || !has_prices(call.provider_type.0) {
            return own;
        }
        let bare = self.owner(call.model).and_then(|model| priced(model.metadata.as_deref()));
        bare.or_else(|| {
            let ids = call.answered_by.into_iter().chain([call.model]);
            ids.map(|id| self.published(call.provider_type, id)).find_map(|facts| priced(facts.as_ref()))
        })
    }
}

fn priced(facts: Option<&Metadata>) -> Option<Arc<Pricing>> {
    facts?.pricing.clone()
}
