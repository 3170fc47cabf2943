//! Which catalogue entry a model of a provider is (spec 02 §8.2, B10).
//! In: (provider type, model id). Out: the model's metadata with the provider's own facts over it.
//! Order: exact, the provider's own id, alias, and once more without a release suffix; the first hit wins.

use std::sync::Arc;

use super::Catalogue;
use crate::metadata::{Metadata, PriceSource};
use crate::slugs::{catalogue_slugs, has_prices, without_release_suffix};

/// Entry numbers: the model, and what the provider makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    model: Option<u32>,
    provider_model: Option<u32>,
}

impl Catalogue {
    /// What the catalogue knows about a model of a provider type.
    pub fn find(&self, provider_type: &str, id: &str) -> Option<Metadata> {
        let hit = self
            .find_as_spelt(provider_type, id)
            .or_else(|| self.find_as_spelt(provider_type, without_release_suffix(id)?))?;
        let mut facts = hit.model.and_then(|entry| self.model_at(entry)).unwrap_or_default();
        if let Some(own) = hit.provider_model.and_then(|entry| self.provider_model_at(entry)) {
            own.lay_over(&mut facts);
        }
        let pricing = facts.pricing.take().filter(|pricing| has_prices(provider_type) && !pricing.is_empty());
        facts.pricing =
            pricing.map(|pricing| Arc::new(Arc::unwrap_or_clone(pricing).sourced(PriceSource::Catalogue)));
        Some(facts)
    }

    fn find_as_spelt(&self, provider_type: &str, id: &str) -> Option<Hit> {
        self.find_exact(provider_type, id)
            .or_else(|| self.find_upstream_id(provider_type, id))
            .or_else(|| self.find_alias(provider_type, id))
    }

    fn find_exact(&self, provider_type: &str, id: &str) -> Option<Hit> {
        if let Some(provider_model) = self.provider_entry(provider_type, id) {
            return Some(self.hit_of(provider_model));
        }
        let model = self.models.find(&self.text, id).next()?;
        Some(Hit { model: Some(model), provider_model: None })
    }

    fn find_upstream_id(&self, provider_type: &str, id: &str) -> Option<Hit> {
        let entries: Vec<u32> = self.upstream_ids.find(&self.text, id).collect();
        catalogue_slugs(provider_type).find_map(|slug| {
            let is_of_slug = |entry: &&u32| {
                let key = self.provider_models.name_of(&self.text, **entry);
                key.and_then(|key| key.strip_prefix(slug)).is_some_and(|rest| rest.starts_with('/'))
            };
            entries.iter().find(is_of_slug).map(|entry| self.hit_of(*entry))
        })
    }

    /// An alias `p/x` counts double for provider `p`'s id `x`; between equals, the one that the provider has decides.
    fn find_alias(&self, provider_type: &str, id: &str) -> Option<Hit> {
        let qualified = catalogue_slugs(provider_type).find_map(|slug| {
            let is_provider = self.providers.contains(&self.text, slug);
            let alias = is_provider.then(|| format!("{slug}/{id}"))?;
            self.alias_of_one(provider_type, &alias)
        });
        let model = match qualified {
            Some(found) => found,
            None => self.alias_of_one(provider_type, id)?,
        }?;
        Some(Hit { model: Some(model), provider_model: self.provider_entry_of_model(provider_type, model) })
    }

    /// The one model with an alias. Outer `None`: no model has it; inner `None`: several, and nothing decides.
    fn alias_of_one(&self, provider_type: &str, alias: &str) -> Option<Option<u32>> {
        let mut candidates: Vec<u32> = self.aliases.find(&self.text, alias).collect();
        candidates.sort_unstable();
        candidates.dedup();
        match candidates.as_slice() {
            [] => None,
            [only] => Some(Some(*only)),
            several => {
                let mut offered = several
                    .iter()
                    .filter(|model| self.provider_entry_of_model(provider_type, **model).is_some());
                Some(offered.next().copied().filter(|_| offered.next().is_none()))
            }
        }
    }

    fn hit_of(&self, provider_model: u32) -> Hit {
        let own = self.provider_model_at(provider_model);
        let model_ref = own.and_then(|own| own.model_ref);
        let model = model_ref.and_then(|id| self.models.find(&self.text, &id).next());
        Hit { model, provider_model: Some(provider_model) }
    }

    fn provider_entry(&self, provider_type: &str, id: &str) -> Option<u32> {
        catalogue_slugs(provider_type)
            .find_map(|slug| self.provider_models.find(&self.text, &format!("{slug}/{id}")).next())
    }

    fn provider_entry_of_model(&self, provider_type: &str, model: u32) -> Option<u32> {
        self.provider_entry(provider_type, self.models.name_of(&self.text, model)?)
    }
}
