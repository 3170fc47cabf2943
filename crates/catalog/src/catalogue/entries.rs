//! The catalogue's JSON, as far as it is read. Entries of a section stay raw text until one is asked for.
//! Invariant: unknown members are ignored everywhere; a section that is no object fails the document, an odd entry only itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::metadata::{Metadata, Pricing, Word, count};

#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) providers: Section<'a>,
    #[serde(borrow, default)]
    pub(super) models: Section<'a>,
    #[serde(borrow, default)]
    pub(super) provider_models: Section<'a>,
}

impl Document<'_> {
    pub(super) fn version(&self) -> Option<u64> {
        self.version.and_then(|raw| raw.get().parse().ok())
    }
}

/// An object of entries, in the order of the text. `null` is an empty one.
#[derive(Default)]
pub(super) struct Section<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Section<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SectionVisitor)
    }
}

struct SectionVisitor;

impl<'de> Visitor<'de> for SectionVisitor {
    type Value = Section<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of entries")
    }

    fn visit_unit<E>(self) -> Result<Section<'de>, E> {
        Ok(Section::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Section<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            entries.push((key, value));
        }
        Ok(Section(entries))
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The names that a model entry also goes by; `None` if they cannot be read.
pub(super) fn aliases(raw: &str) -> Option<Vec<Cow<'_, str>>> {
    #[derive(Deserialize)]
    struct Aliases<'a> {
        #[serde(borrow, default)]
        aliases: Option<Vec<Key<'a>>>,
    }
    let parsed: Aliases<'_> = serde_json::from_str(raw).ok()?;
    Some(parsed.aliases.unwrap_or_default().into_iter().map(|Key(alias)| alias).collect())
}

/// What a provider makes of a model.
#[derive(Deserialize)]
pub(super) struct ProviderModel<'a> {
    #[serde(borrow, default)]
    pub(super) model_ref: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) enabled: Option<bool>,
    #[serde(borrow, default)]
    provider_model_id: Option<Key<'a>>,
    #[serde(borrow, default)]
    custom_model_id: Option<Key<'a>>,
    #[serde(default, deserialize_with = "count")]
    context_window: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    max_output_tokens: Option<u64>,
    #[serde(default)]
    capabilities: Option<BTreeMap<Word, bool>>,
    #[serde(default)]
    pricing: Option<Pricing>,
}

impl ProviderModel<'_> {
    /// The id that the provider itself uses, where the catalogue says one.
    pub(super) fn upstream_id(&self) -> Option<&Cow<'_, str>> {
        let id = self.provider_model_id.as_ref().or(self.custom_model_id.as_ref());
        id.map(|Key(id)| id).filter(|id| !id.is_empty())
    }

    /// Lays the provider's facts over the model's; each replaces the whole value.
    pub(super) fn lay_over(self, base: &mut Metadata) {
        base.context_window = self.context_window.or(base.context_window);
        base.max_output_tokens = self.max_output_tokens.or(base.max_output_tokens);
        if let Some(capabilities) = self.capabilities {
            base.capabilities = capabilities;
        }
        if let Some(pricing) = self.pricing {
            base.pricing = Some(Arc::new(pricing));
        }
    }
}
