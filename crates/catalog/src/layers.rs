//! What is known about a model, from all who know something (spec 02 §8.3).
//! In: (type, id) and what the provider and the operator said. Out: one `Metadata`, strongest layer first:
//! configuration, discovery, catalogue, built-in book, a guess from the id.
//! Invariant: computed from pristine layers every time; no layer's output is another run's input.

mod kinds;

use std::collections::BTreeMap;
use std::sync::Arc;

use vocabulary::ProviderType;

use crate::book;
use crate::catalogue::Catalogue;
use crate::metadata::{Metadata, PriceSource, Pricing};

pub(crate) use kinds::categories_of;

/// The layers that all instances share.
#[derive(Clone, Default)]
pub(crate) struct Layers {
    pub(crate) catalogue: Option<Arc<Catalogue>>,
}

impl Layers {
    /// Everything known about a model; `None` if that is nothing.
    pub(crate) fn describe(
        &self,
        provider_type: ProviderType,
        id: &str,
        discovered: Option<&Metadata>,
        configured: Option<&Metadata>,
    ) -> Option<Arc<Metadata>> {
        let mut facts = self.published(provider_type, id).unwrap_or_default();
        if let Some(discovered) = discovered {
            overlay(&mut facts, discovered, replace_pricing);
        }
        if let Some(configured) = configured {
            overlay(&mut facts, configured, |base, stronger| {
                let stronger = stronger.clone().sourced(PriceSource::Config);
                base.get_or_insert_default().overlay(&stronger);
            });
        }
        if facts.modes.is_empty() && facts.categories.is_empty() {
            facts.modes = kinds::guess_modes(id).into_iter().collect();
            facts.categories = categories_of(&facts.modes);
        }
        (!facts.is_empty()).then(|| Arc::new(facts))
    }

    /// What catalogue and book know about a model of a type, whether or not any instance lists it.
    pub(crate) fn published(&self, provider_type: ProviderType, id: &str) -> Option<Metadata> {
        let catalogued = self.catalogue.as_ref().and_then(|catalogue| catalogue.find(provider_type.0, id));
        let Some(mut facts) = book::find(provider_type.0, id) else {
            return catalogued.map(with_categories);
        };
        if let Some(catalogued) = catalogued {
            overlay(&mut facts, &catalogued, replace_pricing);
        }
        Some(facts)
    }
}

fn with_categories(mut facts: Metadata) -> Metadata {
    if facts.categories.is_empty() {
        facts.categories = categories_of(&facts.modes);
    }
    facts
}

fn replace_pricing(base: &mut Option<Pricing>, stronger: &Pricing) {
    *base = Some(stronger.clone());
}

/// Lays a stronger layer over a weaker one, field by field; capabilities and rankings key by key.
fn overlay(
    base: &mut Metadata,
    stronger: &Metadata,
    merge_pricing: impl FnOnce(&mut Option<Pricing>, &Pricing),
) {
    replace(&mut base.display_name, &stronger.display_name);
    replace(&mut base.description, &stronger.description);
    replace(&mut base.family, &stronger.family);
    replace(&mut base.context_window, &stronger.context_window);
    replace(&mut base.max_output_tokens, &stronger.max_output_tokens);
    replace_list(&mut base.tags, &stronger.tags);
    if !stronger.modes.is_empty() {
        base.modes.clone_from(&stronger.modes);
        base.categories = categories_of(&stronger.modes);
    }
    replace_list(&mut base.categories, &stronger.categories);
    extend(&mut base.capabilities, &stronger.capabilities);
    extend(&mut base.rankings, &stronger.rankings);
    if let Some(pricing) = stronger.pricing.as_deref() {
        let mut merged = base.pricing.take().map(Arc::unwrap_or_clone);
        merge_pricing(&mut merged, pricing);
        base.pricing = merged.map(Arc::new);
    }
}

fn replace<T: Clone>(base: &mut Option<T>, stronger: &Option<T>) {
    if stronger.is_some() {
        base.clone_from(stronger);
    }
}

fn replace_list<T: Clone>(base: &mut Vec<T>, stronger: &[T]) {
    if !stronger.is_empty() {
        *base = stronger.to_vec();
    }
}

fn extend<K: Clone + Ord, V: Clone>(base: &mut BTreeMap<K, V>, stronger: &BTreeMap<K, V>) {
    base.extend(stronger.iter().map(|(key, value)| (key.clone(), value.clone())));
}
