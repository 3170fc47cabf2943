//! What the registry knows about each instance, for status pages, rechecks and request-time refreshes (spec 02 §9).
//! Invariant: facts only. Labels such as "Degraded" need request health too and are made where both are known.

use jiff::Timestamp;
use vocabulary::{InstanceName, ModelId, ProviderType};

/// When things happened to an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Last listing, whatever came of it.
    pub fetch: Option<Timestamp>,
    /// Last listing that gave models.
    pub fetch_success: Option<Timestamp>,
    /// Last sign of life or its absence.
    pub availability_check: Option<Timestamp>,
    /// Last sign of life.
    pub availability_ok: Option<Timestamp>,
}

impl Times {
    pub(crate) fn all(now: Timestamp) -> Self {
        Self {
            fetch: Some(now),
            fetch_success: Some(now),
            availability_check: Some(now),
            availability_ok: Some(now),
        }
    }
}

/// The state of one instance's inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceStatus {
    /// The instance.
    pub name: InstanceName,
    /// Its type.
    pub provider_type: ProviderType,
    /// Models it offers, configured ones included.
    pub model_count: usize,
    /// Entries of the last listing that could not be read.
    pub skipped_entries: usize,
    /// Configured models that the last listing did not have.
    pub configured_but_not_listed: Vec<ModelId>,
    /// Its models were carried over from before its last check failed.
    pub stale: bool,
    /// Its models come from the cache of an earlier process.
    pub using_cached_models: bool,
    /// The configured list is all there is: the upstream is not asked.
    pub is_closed: bool,
    /// Why the last listing failed.
    pub fetch_error: Option<Box<str>>,
    /// Why the last probe failed.
    pub availability_error: Option<Box<str>>,
    /// When.
    pub times: Times,
}

impl InstanceStatus {
    /// True if the last listing or probe failed: the recheck loop asks these again.
    pub fn has_failed(&self) -> bool {
        self.fetch_error.is_some() || self.availability_error.is_some()
    }
}
