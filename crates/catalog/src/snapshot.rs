//! The registry at one moment: what a call keeps for its whole life (spec 01 §7.2, 02 §7.1).
//! In: the inventories, in registration order. Out: resolution of selectors, the sorted listing, statuses.
//! Invariant: immutable, and a selector that is found costs hash lookups with borrowed text and no allocation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use vocabulary::{InstanceName, ModelId, ModelSelector, ProviderType};

use crate::layers::Layers;
use crate::metadata::Metadata;
use crate::offer::{Model, Offer};
use crate::profile::InstanceProfile;
use crate::status::InstanceStatus;

/// What a selector means.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// This model of this instance.
    Found(Arc<Model>),
    /// No list has it, but the named instance takes models that it does not list.
    Unlisted {
        /// The instance.
        instance: InstanceName,
        /// The id to send.
        model: ModelId,
    },
    /// Nothing has it. Asking these instances for their models again may help once; none for a bare name.
    Unknown {
        /// Instances worth asking.
        refresh: Vec<InstanceName>,
    },
    /// No instance has any model yet.
    NotReady,
}

/// One instance within a snapshot.
pub(crate) struct Member {
    pub(crate) profile: Arc<InstanceProfile>,
    pub(crate) offer: Arc<Offer>,
    pub(crate) status: InstanceStatus,
}

/// An immutable view of the registry.
#[derive(Default)]
pub struct Snapshot {
    members: Vec<Arc<Member>>,
    by_name: HashMap<InstanceName, Arc<Member>>,
    by_type: HashMap<&'static str, Vec<Arc<Member>>>,
    owners: HashMap<ModelId, Arc<Model>>,
    listed: Vec<Arc<Model>>,
    layers: Layers,
}

impl Snapshot {
    /// Builds the indexes. `members` come in registration order.
    pub(crate) fn build(members: Vec<Arc<Member>>, layers: Layers) -> Self {
        let by_name =
            members.iter().map(|member| (member.profile.name.clone(), Arc::clone(member))).collect();
        Self {
            by_name,
            by_type: group_by_type(&members),
            owners: bare_owners(&members),
            listed: listing(&members),
            members,
            layers,
        }
    }

    /// Finds what a selector means.
    pub fn resolve(&self, selector: &ModelSelector<'_>) -> Resolution {
        let named =
            selector.explicit_provider.map(|provider| (provider, selector.model)).or(selector.split());
        let found = match named {
            Some((provider, model)) => self.qualified(provider, model).or_else(|| {
                let is_literal = selector.explicit_provider.is_none() && !self.knows(provider);
                is_literal.then(|| self.owners.get(selector.model)).flatten()
            }),
            None => self.owners.get(selector.model),
        };
        match (found, named) {
            (Some(model), _) => Resolution::Found(Arc::clone(model)),
            (None, Some((provider, model))) => self.unresolved(provider, model),
            (None, None) if self.is_empty() => Resolution::NotReady,
            (None, None) => Resolution::Unknown { refresh: Vec::new() },
        }
    }

    /// Rules 1 to 3: the instance, then the type's instances by name; then those that spell the provider in their ids.
    fn qualified(&self, provider: &str, model: &str) -> Option<&Arc<Model>> {
        let instance = self.by_name.get(provider);
        let of_type = || self.by_type.get(provider).into_iter().flatten();
        instance
            .and_then(|member| member.offer.by_id.get(model))
            .or_else(|| of_type().find_map(|member| member.offer.by_id.get(model)))
            .or_else(|| instance.and_then(|member| member.offer.by_rest_after_name.get(model)))
            .or_else(|| of_type().find_map(|member| member.offer.by_rest_after_type.get(model)))
    }

    fn unresolved(&self, provider: &str, model: &str) -> Resolution {
        let named = || match self.by_name.get(provider) {
            Some(member) => std::slice::from_ref(member),
            None => self.by_type.get(provider).map(Vec::as_slice).unwrap_or_default(),
        };
        if let Some(member) = named().iter().find(|member| member.profile.allow_unlisted_models) {
            return Resolution::Unlisted {
                instance: member.profile.name.clone(),
                model: ModelId::new(model),
            };
        }
        if self.is_empty() {
            return Resolution::NotReady;
        }
        let open = named().iter().filter(|member| !member.profile.is_closed());
        Resolution::Unknown { refresh: open.map(|member| member.profile.name.clone()).collect() }
    }

    /// True if a text names an instance or the type of one.
    pub fn knows(&self, provider: &str) -> bool {
        self.by_name.contains_key(provider) || self.by_type.contains_key(provider)
    }

    /// The models of `/v1/models`, sorted by qualified id: none of a stale instance, and none that does only audio
    /// where the adapter has no audio.
    pub fn listed(&self) -> &[Arc<Model>] {
        &self.listed
    }

    /// The listed model that a selector means, for `GET /v1/models/{id}`.
    pub fn find_listed(&self, selector: &ModelSelector<'_>) -> Option<Arc<Model>> {
        let Resolution::Found(model) = self.resolve(selector) else { return None };
        let place = self.listed.binary_search_by(|listed| listed.qualified.cmp(&model.qualified));
        place.is_ok().then_some(model)
    }

    /// The instance that owns a bare id.
    pub fn owner(&self, id: &str) -> Option<&Arc<Model>> {
        self.owners.get(id)
    }

    /// True if no instance has any model.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The state of every instance, in registration order.
    pub fn statuses(&self) -> impl Iterator<Item = &InstanceStatus> {
        self.members.iter().map(|member| &member.status)
    }

    /// The state of one instance.
    pub fn status(&self, instance: &str) -> Option<&InstanceStatus> {
        self.by_name.get(instance).map(|member| &member.status)
    }

    /// What catalogue and book know about a model of a type, whether or not any instance lists it.
    pub fn published(&self, provider_type: ProviderType, id: &str) -> Option<Metadata> {
        self.layers.published(provider_type, id)
    }

    /// A model of one instance by its exact id.
    pub fn model(&self, instance: &str, id: &str) -> Option<&Arc<Model>> {
        self.by_name.get(instance)?.offer.by_id.get(id)
    }
}

/// Instances of each type, by name: the alphabetically first one wins.
fn group_by_type(members: &[Arc<Member>]) -> HashMap<&'static str, Vec<Arc<Member>>> {
    let mut by_type: HashMap<&'static str, Vec<Arc<Member>>> = HashMap::new();
    for member in members {
        by_type.entry(member.profile.provider_type.0).or_default().push(Arc::clone(member));
    }
    by_type.values_mut().for_each(|group| group.sort_by(|a, b| a.profile.name.cmp(&b.profile.name)));
    by_type
}

/// Who answers to a bare id: registration order; then stale instances; last those that never own a bare name.
fn bare_owners(members: &[Arc<Member>]) -> HashMap<ModelId, Arc<Model>> {
    let mut order: Vec<_> = members.iter().collect();
    order.sort_by_key(|member| (!member.profile.owns_bare_names, member.status.stale));
    let mut owners = HashMap::new();
    for (id, model) in order.iter().flat_map(|member| &member.offer.by_id) {
        if let Entry::Vacant(place) = owners.entry(id.clone()) {
            place.insert(Arc::clone(model));
        }
    }
    owners
}

fn listing(members: &[Arc<Member>]) -> Vec<Arc<Model>> {
    let fresh = members.iter().filter(|member| !member.status.stale);
    let shown = fresh.flat_map(|member| {
        let is_silent = !member.profile.has_audio;
        let models = member.offer.by_id.values();
        models.filter(move |model| {
            !(is_silent && model.metadata.as_ref().is_some_and(|facts| facts.is_audio_only()))
        })
    });
    let mut listed: Vec<_> = shown.cloned().collect();
    listed.sort_unstable_by(|a, b| a.qualified.cmp(&b.qualified));
    listed
}

#[cfg(test)]
mod tests;
