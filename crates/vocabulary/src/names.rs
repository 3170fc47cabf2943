//! Names of provider types, provider instances and models.
//! Invariant: an `InstanceName` is non-blank and has no `/`, so `instance/model` splits in one way only.

use std::fmt;
use std::sync::Arc;

/// The kind of a provider, as its definition row spells it: `openai`, `opencode_go`, `bedrock-mantle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderType(pub &'static str);

impl fmt::Display for ProviderType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The name of one configured provider: `openai`, `openai-eu`. Qualifies models as `openai-eu/gpt-4o`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceName(Arc<str>);

/// An instance name was blank or had a `/` in it.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidName;

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a provider name must be non-blank and must not contain '/'")
    }
}

impl std::error::Error for InvalidName {}

impl InstanceName {
    /// Parses a name; surrounding white space is dropped.
    ///
    /// # Errors
    /// `InvalidName` if nothing remains or a `/` is in it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let name = text.trim();
        if name.is_empty() || name.contains('/') { Err(InvalidName) } else { Ok(Self(name.into())) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for InstanceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The id of a model as its provider spells it, without the provider in front. May contain slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Takes the id as it stands; providers are free in their spelling.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for ModelId {
    fn borrow(&self) -> &str {
        &self.0
    }
}
