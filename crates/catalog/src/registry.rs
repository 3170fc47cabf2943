//! The registry of models: one per process, kept over reloads.
//! In: profiles at boot and reload, listings from discovery, the catalogue, a cache. Out: `Arc<Snapshot>`.
//! Invariant: readers never wait. Writers take turns under a lock that is held for computation only; each ends by
//! publishing a whole new snapshot. No runtime and no network here; the clock is a function.
//! Cost: some 20 µs per model that has to be described anew, so large listings and catalogues belong on a blocking thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use vocabulary::InstanceName;

use crate::cache::{CacheImage, CachedInstance};
use crate::catalogue::Catalogue;
use crate::inventory::{Effect, Inventory, Round};
use crate::layers::Layers;
use crate::offer::Offer;
use crate::profile::{InstanceProfile, Listing};
use crate::snapshot::{Member, Snapshot};

/// Why a targeted refresh gave no fresh models: the public texts of spec 02 §7.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The availability probe failed.
    #[error("provider is unavailable")]
    Unavailable,
    /// The listing failed.
    #[error("failed to refresh provider models")]
    ListingFailed,
    /// The listing was empty.
    #[error("provider returned no models")]
    NoModels,
}

/// What a targeted refresh led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The inventory is fresh.
    Fresh,
    /// It is not, for this reason; a configured list may stand in.
    Failed(RefreshError),
    /// No such instance any more: the listing is discarded.
    Gone,
}

/// The models of all instances. See the module.
pub struct Registry {
    current: ArcSwap<Snapshot>,
    state: Mutex<State>,
    clock: fn() -> Timestamp,
}

#[derive(Default)]
struct State {
    /// In registration order: priority, then name.
    inventories: Vec<Inventory>,
    layers: Layers,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::with_clock(Timestamp::now)
    }

    /// An empty registry with its own idea of the time.
    pub fn with_clock(clock: fn() -> Timestamp) -> Self {
        Self { current: ArcSwap::default(), state: Mutex::default(), clock }
    }

    /// The registry as it is now. Cheap; a call asks once and keeps the answer.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Takes the configured instances, at boot and at every reload. Instances that stay (same name and type) keep
    /// what was discovered; the others go.
    pub fn configure(&self, mut profiles: Vec<InstanceProfile>) {
        profiles.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        let now = (self.clock)();
        let mut state = self.lock();
        let mut previous = std::mem::take(&mut state.inventories);
        for profile in profiles {
            let place = previous.iter().position(|inventory| is_same(&inventory.profile, &profile));
            let profile = Arc::new(profile);
            let inventory = match place {
                Some(place) => {
                    let mut inventory = previous.swap_remove(place);
                    inventory.reconfigure(profile);
                    inventory
                }
                None => Inventory::new(profile, now),
            };
            state.inventories.push(inventory);
        }
        if !state.inventories.iter().any(Inventory::is_healthy) {
            state.inventories.iter_mut().for_each(|inventory| inventory.stale = false);
        }
        self.publish(&mut state);
    }

    /// Takes one instance's listing (spec 02 §7.4).
    pub fn apply(&self, instance: &InstanceName, listing: Listing) -> Refreshed {
        let now = (self.clock)();
        let outcome = outcome_of(&listing);
        let mut state = self.lock();
        let Some(inventory) = state.find(instance) else { return Refreshed::Gone };
        let is_closed = inventory.profile.is_closed();
        let effect = inventory.apply(listing, Round::Targeted, now);
        if effect == Effect::Carried {
            state.mark_stale(instance);
        }
        self.publish(&mut state);
        match outcome {
            Some(RefreshError::ListingFailed | RefreshError::NoModels) if is_closed => Refreshed::Fresh,
            Some(error) => Refreshed::Failed(error),
            None => Refreshed::Fresh,
        }
    }

    /// Takes the listings of a full sweep (spec 02 §7.3). If none of them gives a model, nothing is swapped and only
    /// the errors are noted. Listings of instances that are gone are discarded.
    pub fn apply_sweep(&self, listings: Vec<(InstanceName, Listing)>) {
        let now = (self.clock)();
        let mut state = self.lock();
        let found = state.inventories.iter().any(|inventory| {
            let listing = listings.iter().find(|(name, _)| *name == inventory.profile.name);
            inventory.yield_of(listing.map(|(_, listing)| listing)) > 0
        });
        if found {
            state.take_sweep(listings, now);
        } else {
            for (name, listing) in listings {
                if let Some(inventory) = state.find(&name) {
                    inventory.note_failure(listing, now);
                }
            }
        }
        self.publish(&mut state);
    }

    /// Takes a fetched catalogue, or `None` to do without one. All models are described anew.
    pub fn set_catalogue(&self, catalogue: Option<Arc<Catalogue>>) {
        let mut state = self.lock();
        state.layers.catalogue = catalogue;
        state.inventories.iter_mut().for_each(|inventory| inventory.offer = None);
        self.publish(&mut state);
    }

    /// What a restart should remember: the models of every instance that is not stale, and the catalogue.
    pub fn cache_image(&self) -> CacheImage {
        let state = self.lock();
        let fresh = state.inventories.iter().filter(|known| !known.stale && !known.discovered.is_empty());
        let instances = fresh.map(|inventory| CachedInstance {
            name: inventory.profile.name.clone(),
            provider_type: inventory.profile.provider_type.0.into(),
            models: Arc::clone(&inventory.discovered),
        });
        CacheImage {
            updated_at: (self.clock)(),
            instances: instances.collect(),
            catalogue: state.layers.catalogue.clone(),
        }
    }

    /// Serves what a cache remembered, until providers answer. Call it after `configure`: instances that are not
    /// configured, or that have another type now, are skipped, and so is everything that is known better already.
    pub fn restore(&self, image: CacheImage) {
        let mut state = self.lock();
        if state.layers.catalogue.is_none() && image.catalogue.is_some() {
            state.layers.catalogue = image.catalogue;
            state.inventories.iter_mut().for_each(|inventory| inventory.offer = None);
        }
        for cached in image.instances {
            let inventory = state.find(&cached.name);
            let same = inventory.filter(|known| known.profile.provider_type.0 == &*cached.provider_type);
            if let Some(inventory) = same {
                inventory.restore(&cached.models);
            }
        }
        self.publish(&mut state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &mut State) {
        let State { inventories, layers } = state;
        let members = inventories.iter_mut().map(|inventory| {
            let offer = match &inventory.offer {
                Some(offer) => Arc::clone(offer),
                None => Arc::new(Offer::build(inventory, layers)),
            };
            inventory.offer = Some(Arc::clone(&offer));
            let status = inventory.status(offer.by_id.len());
            Arc::new(Member { profile: Arc::clone(&inventory.profile), offer, status })
        });
        self.current.store(Arc::new(Snapshot::build(members.collect(), layers.clone())));
    }
}

impl State {
    fn find(&mut self, instance: &InstanceName) -> Option<&mut Inventory> {
        self.inventories.iter_mut().find(|inventory| inventory.profile.name == *instance)
    }

    fn take_sweep(&mut self, listings: Vec<(InstanceName, Listing)>, now: Timestamp) {
        let mut carried = Vec::new();
        for inventory in self.inventories.iter_mut().filter(|inventory| inventory.profile.is_closed()) {
            inventory.settle(now);
        }
        for (name, listing) in listings {
            let Some(inventory) = self.find(&name) else { continue };
            if inventory.apply(listing, Round::Sweep, now) == Effect::Carried {
                carried.push(name);
            }
        }
        carried.iter().for_each(|name| self.mark_stale(name));
    }

    /// Marks carried-over models as stale, if another instance is healthy: otherwise the fault may be ours.
    fn mark_stale(&mut self, instance: &InstanceName) {
        let is_other = |inventory: &&Inventory| inventory.profile.name != *instance;
        let has_alternative = self.inventories.iter().filter(is_other).any(Inventory::is_healthy);
        if let Some(inventory) = self.find(instance) {
            inventory.stale |= has_alternative && inventory.has_models();
        }
    }
}

fn is_same(a: &InstanceProfile, b: &InstanceProfile) -> bool {
    a.name == b.name && a.provider_type == b.provider_type
}

fn outcome_of(listing: &Listing) -> Option<RefreshError> {
    match listing {
        Listing::Models { models, .. } if models.is_empty() => Some(RefreshError::NoModels),
        Listing::Models { .. } => None,
        Listing::Failed(_) => Some(RefreshError::ListingFailed),
        Listing::Unavailable(_) => Some(RefreshError::Unavailable),
    }
}

#[cfg(test)]
mod tests;
