//! What the registry is told: the configured instances, and what a provider's listing said.
//! In: settings (`providers` makes the profiles) and upstream answers (`providers::discovery` makes the listings).
//! Invariant: plain values. What they do to the registry is decided in `inventory`.

use vocabulary::{InstanceName, ModelId, ProviderType};

use crate::metadata::Metadata;

/// How a configured model list and the upstream's own list combine (spec 02 §7.5, B1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelsMode {
    /// Both lists together.
    #[default]
    Merge,
    /// The configured list only when the upstream's fails or is empty.
    Fallback,
    /// The configured list only; the upstream is not asked.
    Allowlist,
}

/// A model that the operator wrote down.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredModel {
    /// The upstream's id.
    pub id: ModelId,
    /// Facts that win over every other layer.
    pub metadata: Option<Metadata>,
}

/// What the registry has to know of one configured instance.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceProfile {
    /// Qualifies its models: `openai-eu/gpt-4o`.
    pub name: InstanceName,
    /// The kind of provider.
    pub provider_type: ProviderType,
    /// Lower ones own bare model names first; ties go by name.
    pub priority: i32,
    /// False for the demo provider: any other instance that has the bare id wins.
    pub owns_bare_names: bool,
    /// The configured list, in its order.
    pub configured_models: Vec<ConfiguredModel>,
    /// How that list is used.
    pub models_mode: ModelsMode,
    /// True if a qualified model that no list has is forwarded all the same.
    pub allow_unlisted_models: bool,
    /// True if its adapter serves audio: otherwise models that do only audio are not listed.
    pub has_audio: bool,
}

impl InstanceProfile {
    /// A profile with priority 100, no configured models, and no unlisted ones.
    pub fn new(name: InstanceName, provider_type: ProviderType) -> Self {
        Self {
            name,
            provider_type,
            priority: 100,
            owns_bare_names: true,
            configured_models: Vec::new(),
            models_mode: ModelsMode::Merge,
            allow_unlisted_models: false,
            has_audio: false,
        }
    }

    /// True if the configured list is all there is, so that asking the upstream is useless.
    pub fn is_closed(&self) -> bool {
        self.models_mode == ModelsMode::Allowlist && !self.configured_models.is_empty()
    }
}

/// A model as its provider listed it.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscoveredModel {
    /// The upstream's id.
    pub id: ModelId,
    /// Seconds since 1970; 0 if unknown.
    pub created: i64,
    /// Whom the upstream named; blank if nobody.
    pub owned_by: Box<str>,
    /// What the listing said about it.
    pub metadata: Option<Metadata>,
}

impl DiscoveredModel {
    /// A model of which only the id is known.
    pub fn new(id: ModelId) -> Self {
        Self { id, created: 0, owned_by: Box::default(), metadata: None }
    }
}

/// What came of asking one instance for its models.
#[derive(Clone, Debug, PartialEq)]
pub enum Listing {
    /// It answered; the list may be empty.
    Models {
        /// The readable entries.
        models: Vec<DiscoveredModel>,
        /// How many entries could not be read.
        skipped_entries: usize,
    },
    /// The listing failed; the text may be shown to an operator and holds no secret.
    Failed(String),
    /// The availability probe failed before any listing.
    Unavailable(String),
}

impl Listing {
    /// A list in which every entry could be read.
    pub fn of(models: Vec<DiscoveredModel>) -> Self {
        Self::Models { models, skipped_entries: 0 }
    }
}
