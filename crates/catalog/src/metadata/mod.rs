//! What is known about a model beyond its id: the `metadata` object of `/v1/models` (spec 02 §8.4, 01 §11.1).
//! In: the same JSON shape from a catalogue, a provider's listing, the cache or a configuration; unknown members are
//! ignored, `null` means absent. Out: that shape again, absent members omitted, digits of prices as they were written.
//! Which layer wins over which is decided in `layers`, not here.

mod decimal;
mod lenient;
mod pricing;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use decimal::Decimal;
pub use lenient::Word;
pub use pricing::{PriceField, PriceSource, Pricing, Tier};

pub(crate) use lenient::{count, object, or_default};

/// Facts about one model. Empty lists, maps and `None` mean unknown.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Name for people.
    pub display_name: Option<Box<str>>,
    /// A sentence or two.
    pub description: Option<Box<str>>,
    /// The family it belongs to.
    pub family: Option<Box<str>>,
    /// What it does: `chat`, `embedding`, …
    #[serde(deserialize_with = "or_default")]
    pub modes: Vec<Word>,
    /// Coarse kinds, derived from the modes unless given.
    #[serde(deserialize_with = "or_default")]
    pub categories: Vec<Word>,
    /// Free labels.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<Word>,
    /// Tokens that prompt and answer share.
    #[serde(deserialize_with = "count")]
    pub context_window: Option<u64>,
    /// Longest answer, in tokens.
    #[serde(deserialize_with = "count")]
    pub max_output_tokens: Option<u64>,
    /// Abilities by name.
    #[serde(deserialize_with = "or_default")]
    pub capabilities: BTreeMap<Word, bool>,
    /// Places in public rankings, by the ranking's name.
    #[serde(deserialize_with = "or_default")]
    pub rankings: BTreeMap<Word, Ranking>,
    /// Prices.
    #[serde(deserialize_with = "shared")]
    pub pricing: Option<Arc<Pricing>>,
}

/// One place in a public ranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, from = "RankingMembers")]
pub struct Ranking {
    /// Strength; read from `score` where there is no `elo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elo: Option<serde_json::Number>,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u64>,
    /// Date of the ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Box<str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RankingMembers {
    elo: Option<serde_json::Number>,
    score: Option<serde_json::Number>,
    #[serde(deserialize_with = "count")]
    rank: Option<u64>,
    as_of: Option<Box<str>>,
}

impl From<RankingMembers> for Ranking {
    fn from(members: RankingMembers) -> Self {
        Self { elo: members.elo.or(members.score), rank: members.rank, as_of: members.as_of }
    }
}

impl Metadata {
    /// Reads the exposed shape.
    ///
    /// # Errors
    /// The JSON error if the text is no object or a known member has another type.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        object(text)
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if modes are known and all of them are audio.
    pub fn is_audio_only(&self) -> bool {
        let is_audio = |mode: &Word| matches!(mode.as_str(), "audio_speech" | "audio_transcription");
        !self.modes.is_empty() && self.modes.iter().all(is_audio)
    }
}

fn shared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<Pricing>>, D::Error> {
    let pricing = Option::<Pricing>::deserialize(deserializer)?;
    Ok(pricing.filter(|pricing| !pricing.is_empty()).map(Arc::new))
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let texts = [
            ("display_name", &self.display_name),
            ("description", &self.description),
            ("family", &self.family),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        for (name, words) in [("modes", &self.modes), ("categories", &self.categories), ("tags", &self.tags)]
        {
            if !words.is_empty() {
                map.serialize_entry(name, words)?;
            }
        }
        let counts = [("context_window", self.context_window), ("max_output_tokens", self.max_output_tokens)];
        for (name, count) in counts {
            if let Some(count) = count {
                map.serialize_entry(name, &count)?;
            }
        }
        if !self.capabilities.is_empty() {
            map.serialize_entry("capabilities", &self.capabilities)?;
        }
        if !self.rankings.is_empty() {
            map.serialize_entry("rankings", &self.rankings)?;
        }
        if let Some(pricing) = &self.pricing {
            map.serialize_entry("pricing", pricing.as_ref())?;
            if pricing.sources().next().is_some() {
                map.serialize_entry("pricing_sources", &Sources(pricing))?;
            }
        }
        map.end()
    }
}

struct Sources<'a>(&'a Pricing);

impl Serialize for Sources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.sources())
    }
}
