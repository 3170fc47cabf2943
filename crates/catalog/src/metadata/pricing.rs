//! What a model costs: a table of amounts, each with the layer it came from (spec 02 §8.4).
//! In: the `pricing` object of a catalogue, a listing, a cache or a configuration. Out: the same members, in a fixed
//! order and with their digits as written, and exact amounts for the cost computation.
//! Invariant: at most one amount per field, sorted by field.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use vocabulary::PicoUsd;

use super::Decimal;
use super::lenient::{count, or_default};

macro_rules! price_fields {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)+) => {
        /// One member of `pricing`. The order is that of the exposed object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PriceField { $($(#[$doc])* $name),+ }

        impl PriceField {
            /// Every field, in order.
            pub const ALL: &[PriceField] = &[$(PriceField::$name),+];
            /// The member's name.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $wire),+ } }
        }
    };
}

price_fields! {
    /// Prompt tokens, per million.
    Input = "input_per_mtok";
    /// Answer tokens, per million.
    Output = "output_per_mtok";
    /// Prompt tokens that the provider's cache held, per million.
    CachedInput = "cached_input_per_mtok";
    /// Prompt tokens written to the provider's cache, per million.
    CacheWrite = "cache_write_per_mtok";
    /// Reasoning tokens, per million.
    ReasoningOutput = "reasoning_output_per_mtok";
    /// Prompt tokens of a batch, per million.
    BatchInput = "batch_input_per_mtok";
    /// Answer tokens of a batch, per million.
    BatchOutput = "batch_output_per_mtok";
    /// Audio tokens in, per million.
    AudioInput = "audio_input_per_mtok";
    /// Audio tokens out, per million.
    AudioOutput = "audio_output_per_mtok";
    /// Image tokens in, per million.
    InputImageTokens = "input_image_per_mtok";
    /// Image tokens out, per million.
    OutputImageTokens = "output_image_per_mtok";
    /// Image tokens that the provider's cache held, per million.
    CachedInputImageTokens = "cached_input_image_per_mtok";
    /// One generated image.
    Image = "per_image";
    /// One image in the prompt.
    InputImage = "input_per_image";
    /// One second of audio or video in.
    SecondInput = "per_second_input";
    /// One second of audio or video out.
    SecondOutput = "per_second_output";
    /// One character in.
    CharacterInput = "per_character_input";
    /// One call.
    Request = "per_request";
    /// One page.
    Page = "per_page";
}

impl PriceField {
    /// Finds the field of a member name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == name)
    }
}

/// The layer that a price came from, as `pricing_sources` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The price book inside the binary.
    Book,
    /// The fetched catalogue.
    Catalogue,
    /// The operator's configuration.
    Config,
}

impl PriceSource {
    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "built_in_book",
            Self::Catalogue => "model_registry",
            Self::Config => "config_yaml",
        }
    }
}

/// Prices that hold up to a prompt size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tier {
    /// Upper bound in tokens.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "count")]
    pub up_to_tokens: Option<u64>,
    /// Upper bound in millions of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_mtok: Option<Decimal>,
    /// Prompt tokens, per million.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_per_mtok: Option<Decimal>,
    /// Answer tokens, per million.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_per_mtok: Option<Decimal>,
}

/// One amount, its field, and its source (`None` when the provider itself said it).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Price {
    field: PriceField,
    amount: Decimal,
    source: Option<PriceSource>,
}

/// The prices of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pricing {
    currency: Option<Box<str>>,
    prices: Vec<Price>,
    tiers: Vec<Tier>,
    tiers_source: Option<PriceSource>,
    image_generation_prices: Option<Box<str>>,
}

impl Pricing {
    /// Prices in US dollars.
    pub fn usd(prices: impl IntoIterator<Item = (PriceField, Decimal)>) -> Self {
        let mut pricing = Self { currency: Some("USD".into()), ..Self::default() };
        for (field, amount) in prices {
            pricing.put(Price { field, amount, source: None });
        }
        pricing
    }

    /// The price of one field, as written.
    pub fn get(&self, field: PriceField) -> Option<&Decimal> {
        self.prices.iter().find(|price| price.field == field).map(|price| &price.amount)
    }

    /// The exact price of one field, in dollars per million tokens (or per image, second, …: see the field).
    pub fn amount(&self, field: PriceField) -> Option<PicoUsd> {
        self.get(field).map(Decimal::amount)
    }

    /// The layer that gave the price of one field.
    pub fn source(&self, field: PriceField) -> Option<PriceSource> {
        self.prices.iter().find(|price| price.field == field).and_then(|price| price.source)
    }

    /// The currency; US dollars unless said.
    pub fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or("USD")
    }

    /// Prices by prompt size, in the order given.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// Replaces the tiers.
    #[must_use]
    pub fn with_tiers(mut self, tiers: Vec<Tier>) -> Self {
        self.tiers = tiers;
        self
    }

    /// The catalogue's table of image prices by size and quality, as JSON text.
    pub fn image_generation_prices(&self) -> Option<&str> {
        self.image_generation_prices.as_deref()
    }

    /// True if no price is known.
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty() && self.tiers.is_empty() && self.image_generation_prices.is_none()
    }

    /// Names one source for everything here.
    #[must_use]
    pub(crate) fn sourced(mut self, source: PriceSource) -> Self {
        self.prices.iter_mut().for_each(|price| price.source = Some(source));
        self.tiers_source = Some(source).filter(|_| !self.tiers.is_empty());
        self
    }

    /// Lays stronger prices over these, field by field; tiers as a whole.
    pub(crate) fn overlay(&mut self, stronger: &Self) {
        stronger.prices.iter().for_each(|price| self.put(price.clone()));
        if !stronger.tiers.is_empty() {
            self.tiers.clone_from(&stronger.tiers);
            self.tiers_source = stronger.tiers_source;
        }
        if stronger.currency.is_some() {
            self.currency.clone_from(&stronger.currency);
        }
        if stronger.image_generation_prices.is_some() {
            self.image_generation_prices.clone_from(&stronger.image_generation_prices);
        }
    }

    fn put(&mut self, price: Price) {
        match self.prices.binary_search_by_key(&price.field, |known| known.field) {
            Ok(at) => {
                if let Some(known) = self.prices.get_mut(at) {
                    *known = price;
                }
            }
            Err(at) => self.prices.insert(at, price),
        }
    }

    /// `pricing_sources`: member name and source, for prices whose layer is known.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let prices =
            self.prices.iter().filter_map(|price| Some((price.field.as_str(), price.source?.as_str())));
        prices.chain(self.tiers_source.map(|source| ("tiers", source.as_str())))
    }
}

impl Serialize for Pricing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(currency) = &self.currency {
            map.serialize_entry("currency", currency)?;
        }
        for price in &self.prices {
            map.serialize_entry(price.field.as_str(), &price.amount)?;
        }
        if let Some(table) = &self.image_generation_prices {
            let table: &RawValue = serde_json::from_str(table).map_err(serde::ser::Error::custom)?;
            map.serialize_entry("image_generation_prices", table)?;
        }
        if !self.tiers.is_empty() {
            map.serialize_entry("tiers", &self.tiers)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Pricing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PricingVisitor)
    }
}

struct PricingVisitor;

impl<'de> Visitor<'de> for PricingVisitor {
    type Value = Pricing;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pricing, A::Error> {
        let mut pricing = Pricing::default();
        while let Some(name) = map.next_key::<Box<str>>()? {
            match name.as_ref() {
                "currency" => pricing.currency = map.next_value()?,
                "tiers" => pricing.tiers = map.next_value::<Nullable<Vec<Tier>>>()?.0,
                "image_generation_prices" => {
                    let table = map.next_value::<Option<Box<RawValue>>>()?;
                    pricing.image_generation_prices = table.map(|table| table.get().into());
                }
                name => match PriceField::from_name(name) {
                    Some(field) => {
                        if let Some(amount) = map.next_value::<Option<Amount>>()?.and_then(|amount| amount.0)
                        {
                            pricing.put(Price { field, amount, source: None });
                        }
                    }
                    None => drop(map.next_value::<IgnoredAny>()?),
                },
            }
        }
        Ok(pricing)
    }
}

/// A number; one below zero says that the price varies, so it is not known.
struct Amount(Option<Decimal>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().strip_prefix('-') {
            Some(rest) if Decimal::parse(rest).is_some() => Ok(Self(None)),
            _ => Decimal::parse(raw.get()).map(|amount| Self(Some(amount))).ok_or_else(Decimal::refusal),
        }
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Nullable<T: Default + for<'a> Deserialize<'a>>(#[serde(deserialize_with = "or_default")] T);
