//! The inventory of one instance, and what a listing does to it (spec 02 §§7.3–7.5).
//! In: a profile and listings. Out: the models that the instance offers now, its staleness, and facts for its status.
//! Invariant: what was discovered is kept as it came; layers of metadata are laid over a copy, so a value that leaves
//! the catalogue leaves the models too. Whether *another* instance is healthy is the registry's knowledge.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use vocabulary::ModelId;

use crate::offer::Offer;
use crate::profile::{DiscoveredModel, InstanceProfile, Listing, ModelsMode};
use crate::status::{InstanceStatus, Times};

/// Models kept per instance. The longest known listing has under a thousand; a longer one is a provider gone wrong.
const MAX_MODELS: usize = 20_000;
const EMPTY_LIST: &str = "provider returned empty model list";

/// Whether a listing came with those of all other instances or alone: an empty list means something else in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Sweep,
    Targeted,
}

/// What one listing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The instance answered, or its configured list stands in.
    Settled,
    /// The previous models are carried forward; they are stale if another instance is healthy.
    Carried,
}

pub(crate) struct Inventory {
    pub(crate) profile: Arc<InstanceProfile>,
    /// The last list that the upstream (or the cache) gave, as it came.
    pub(crate) discovered: Arc<[DiscoveredModel]>,
    pub(crate) stale: bool,
    /// In mode `Fallback`: the configured list stands in for the upstream's.
    fell_back: bool,
    from_cache: bool,
    skipped_entries: usize,
    fetch_error: Option<Box<str>>,
    availability_error: Option<Box<str>>,
    times: Times,
    configured_at: Timestamp,
    reported_missing: Vec<ModelId>,
    /// The models with their metadata; `None` when something under them changed.
    pub(crate) offer: Option<Arc<Offer>>,
}

impl Inventory {
    pub(crate) fn new(profile: Arc<InstanceProfile>, now: Timestamp) -> Self {
        Self {
            profile,
            discovered: Arc::default(),
            stale: false,
            fell_back: false,
            from_cache: false,
            skipped_entries: 0,
            fetch_error: None,
            availability_error: None,
            times: Times::default(),
            configured_at: now,
            reported_missing: Vec::new(),
            offer: None,
        }
    }

    /// Takes the instance's new settings; what was discovered stays.
    pub(crate) fn reconfigure(&mut self, profile: Arc<InstanceProfile>) {
        if self.profile != profile {
            self.profile = profile;
            self.offer = None;
        }
    }

    /// Serves what a cache remembered, unless the upstream has already spoken.
    pub(crate) fn restore(&mut self, models: &[DiscoveredModel]) {
        if !models.is_empty() && self.discovered.is_empty() && self.times.fetch_success.is_none() {
            self.discovered = unique(models.to_vec());
            self.from_cache = true;
            self.offer = None;
        }
    }

    /// How many models a listing would leave here without carrying any forward.
    pub(crate) fn yield_of(&self, listing: Option<&Listing>) -> usize {
        match listing {
            Some(Listing::Models { models, .. }) if !models.is_empty() => models.len(),
            Some(_) => self.profile.configured_models.len(),
            None if self.profile.is_closed() => self.profile.configured_models.len(),
            None => 0,
        }
    }

    /// Only notes what went wrong: the sweep found no model anywhere, so nothing is swapped.
    pub(crate) fn note_failure(&mut self, listing: Listing, now: Timestamp) {
        match listing {
            Listing::Unavailable(text) => self.note_unavailable(text, now),
            Listing::Failed(text) => self.note_fetch_error(text, now),
            Listing::Models { .. } => self.note_fetch_error(EMPTY_LIST.to_owned(), now),
        }
    }

    /// Takes a listing in.
    pub(crate) fn apply(&mut self, listing: Listing, round: Round, now: Timestamp) -> Effect {
        match listing {
            Listing::Unavailable(text) => {
                self.note_unavailable(text, now);
                if self.has_models() { Effect::Carried } else { self.stand_in() }
            }
            _ if self.profile.is_closed() => self.settle(now),
            Listing::Failed(text) => {
                self.note_fetch_error(text, now);
                self.stand_in()
            }
            Listing::Models { models, skipped_entries } if models.is_empty() => {
                self.skipped_entries = skipped_entries;
                self.take_empty(round, now)
            }
            Listing::Models { models, skipped_entries } => {
                let models = unique(models);
                if self.discovered != models || self.fell_back {
                    self.discovered = models;
                    self.offer = None;
                }
                self.skipped_entries = skipped_entries;
                self.report_missing();
                self.settle(now)
            }
        }
    }

    /// Tells the operator, once for each change, which configured models the upstream does not list.
    fn report_missing(&mut self) {
        let missing: Vec<ModelId> = self.missing(&self.discovered).cloned().collect();
        if missing != self.reported_missing {
            let names: Vec<&str> = missing.iter().map(ModelId::as_str).collect();
            tracing::info!(
                provider.name = %self.profile.name,
                models = names.join(" "),
                "configured models are not in the provider's own list"
            );
            self.reported_missing = missing;
        }
    }

    /// A configured list is a success of its own (mode `Allowlist`), and so is a list that an upstream gave.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Effect {
        (self.fell_back, self.stale, self.from_cache) = (false, false, false);
        (self.fetch_error, self.availability_error) = (None, None);
        self.times = Times::all(now);
        Effect::Settled
    }

    fn note_fetch_error(&mut self, text: String, now: Timestamp) {
        self.times.fetch = Some(now);
        (self.fetch_error, self.availability_error) = (Some(text.into()), None);
    }

    fn note_unavailable(&mut self, text: String, now: Timestamp) {
        self.times.availability_check = Some(now);
        self.availability_error = Some(text.into());
    }

    fn take_empty(&mut self, round: Round, now: Timestamp) -> Effect {
        self.times.fetch = Some(now);
        self.availability_error = None;
        if !self.profile.configured_models.is_empty() {
            self.fetch_error = None;
            if self.profile.models_mode == ModelsMode::Merge {
                self.discovered = Arc::default();
            }
            return self.stand_in();
        }
        self.fetch_error = Some(EMPTY_LIST.into());
        if round == Round::Targeted {
            return Effect::Carried;
        }
        self.discovered = Arc::default();
        (self.stale, self.offer) = (false, None);
        Effect::Settled
    }

    /// After a failure: the configured list stands in where there is one; else what was known is carried forward.
    fn stand_in(&mut self) -> Effect {
        let has_list = !self.profile.configured_models.is_empty();
        let stands_in = match self.profile.models_mode {
            ModelsMode::Fallback => has_list,
            ModelsMode::Merge => has_list && self.discovered.is_empty(),
            ModelsMode::Allowlist => false,
        };
        if !stands_in {
            return Effect::Carried;
        }
        self.fell_back = self.profile.models_mode == ModelsMode::Fallback;
        (self.stale, self.offer) = (false, None);
        Effect::Settled
    }

    /// The models of the instance now: listed ones in their order, then configured ones that no list has.
    pub(crate) fn models(&self) -> Vec<DiscoveredModel> {
        let only_configured = self.profile.is_closed() || self.fell_back;
        let mut models = if only_configured { Vec::new() } else { self.discovered.to_vec() };
        if only_configured || self.profile.models_mode == ModelsMode::Merge {
            let missing: Vec<_> = self.missing(&models).map(|id| self.synthesised(id)).collect();
            models.extend(missing);
        }
        models
    }

    /// Configured models that a list does not have.
    fn missing<'a>(&'a self, models: &[DiscoveredModel]) -> impl Iterator<Item = &'a ModelId> {
        let mut seen: HashSet<ModelId> = models.iter().map(|model| model.id.clone()).collect();
        let configured = self.profile.configured_models.iter();
        configured.map(|model| &model.id).filter(move |id| seen.insert((*id).clone()))
    }

    fn synthesised(&self, id: &ModelId) -> DiscoveredModel {
        let created = self.times.fetch.unwrap_or(self.configured_at).as_second();
        DiscoveredModel {
            id: id.clone(),
            created,
            owned_by: self.profile.provider_type.0.into(),
            metadata: None,
        }
    }

    /// True if this instance can vouch for the others' failures being theirs.
    pub(crate) fn is_healthy(&self) -> bool {
        let flawless = !self.stale && self.fetch_error.is_none() && self.availability_error.is_none();
        flawless && self.has_models()
    }

    pub(crate) fn has_models(&self) -> bool {
        let uses_list = self.profile.models_mode != ModelsMode::Fallback || self.fell_back;
        !self.discovered.is_empty() || (uses_list && !self.profile.configured_models.is_empty())
    }

    pub(crate) fn status(&self, model_count: usize) -> InstanceStatus {
        let unlisted = self.times.fetch_success.map(|_| self.missing(&self.discovered).cloned().collect());
        InstanceStatus {
            name: self.profile.name.clone(),
            provider_type: self.profile.provider_type,
            model_count,
            skipped_entries: self.skipped_entries,
            configured_but_not_listed: unlisted.filter(|_| !self.profile.is_closed()).unwrap_or_default(),
            stale: self.stale,
            using_cached_models: self.from_cache,
            is_closed: self.profile.is_closed(),
            fetch_error: self.fetch_error.clone(),
            availability_error: self.availability_error.clone(),
            times: self.times,
        }
    }
}

/// The list without repetitions, cut at the limit; the first entry of an id stays.
fn unique(models: Vec<DiscoveredModel>) -> Arc<[DiscoveredModel]> {
    let mut seen = HashSet::with_capacity(models.len().min(MAX_MODELS));
    models.into_iter().filter(|model| seen.insert(model.id.clone())).take(MAX_MODELS).collect()
}
