//! Which providers there are: the file's entries, overlaid with the environment, judged, and made into settings.
//! In: the loaded settings, with their `providers` and the merged environment. Out: instances in ascending name order, and
//! for everything that did not become one, why not.
//! Invariant: nothing is dropped silently (B19), no reason shows a secret, and no instance has a placeholder in its keys or
//! base URL. Steps: `environment` finds groups, `overlay` lands them, `resolve` judges and builds.

pub(crate) mod environment;
mod metadata;
mod overlay;
mod resolve;

use std::fmt;

use config::{DemoMode, Settings};

use crate::definitions::{self, DEMO};
use crate::settings::InstanceSettings;

/// What the configuration declares.
#[derive(Debug, Default)]
pub struct Declared {
    /// The usable instances, in ascending name order.
    pub instances: Vec<InstanceSettings>,
    /// Entries and groups of variables that became no instance.
    pub skipped: Vec<Skipped>,
    /// What is odd besides. `skipped` is not repeated here.
    pub warnings: Vec<String>,
    /// Values that stop the start.
    pub errors: Vec<String>,
}

/// A provider that is not there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The name that it would have.
    pub name: String,
    /// The type, as it was written.
    pub kind: String,
    /// Why it is not there.
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider {} (type {}) is skipped: {}", self.name, self.kind, self.reason)
    }
}

/// Reads the providers out of the settings.
pub fn declare(settings: &Settings) -> Declared {
    let mut declared = Declared::default();
    let mut drafts = overlay::drafts(settings, &mut declared);
    drafts.sort_by(|a, b| a.block.name.cmp(&b.block.name));
    for draft in &drafts {
        match resolve::resolve(draft, settings, &mut declared.warnings) {
            Ok(instance) => declared.instances.push(instance),
            Err(reason) => declared.skip(&draft.block.name, draft.kind(), reason),
        }
    }
    add_demo(settings, &mut declared);
    declared
}

/// The demo is there when it is asked for, or in mode `auto` while nothing else is.
fn add_demo(settings: &Settings, declared: &mut Declared) {
    let alone = declared.instances.is_empty();
    if settings.demo == DemoMode::On || (settings.demo == DemoMode::Auto && alone) {
        match resolve::bare(&DEMO, settings) {
            Ok(demo) => declared.instances.push(demo),
            Err(reason) => declared.skip(DEMO.kind.0, DEMO.kind.0, reason),
        }
        declared.instances.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Declared {
    fn skip(&mut self, name: &str, kind: &str, reason: impl Into<String>) {
        self.skipped.push(Skipped { name: name.to_owned(), kind: kind.to_owned(), reason: reason.into() });
    }
}

/// True for a text that is not blank and has no placeholder in it (spec 02 §1.4).
fn is_resolved(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("${")
}

/// The environment prefix of every type: `OPENAI`, `BEDROCK_MANTLE`, …
pub fn environment_prefixes() -> impl Iterator<Item = String> {
    definitions::kinds().map(|kind| environment::prefix(kind.name()))
}

#[cfg(test)]
mod tests;
