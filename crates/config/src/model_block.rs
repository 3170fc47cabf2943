//! The `models:` of a provider: names, or mappings with an id and metadata (spec 02 §1.3, §8.4).
//! In: nodes. Out: plain values; `catalog` gives them their meaning. Prices stay decimal text, so that no digit is lost.

use std::collections::BTreeMap;

use crate::declare::{Field, Kind, block};
use crate::kind::{Bool, Dollars, Nested, Tokens, Words};
use crate::list_kind::{List, Map, Word};
use crate::reader::{Block, Reader, join};
use crate::values::list;
use crate::yaml::{Node, Value};

block! {
    /// A model of a provider.
    ProviderModel {
        /// The model's id, as the provider spells it.
        id: Option<String> = "id" as Words;
        /// What the gateway should know about it.
        metadata: Option<ModelMetadataBlock> = "metadata" as Nested<ModelMetadataBlock>;
    }
}

impl ProviderModel {
    /// The id; `load` refuses models without one.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }
}

block! {
    /// Metadata of a model, field by field over what the catalogue says.
    ModelMetadataBlock {
        /// Name for people.
        display_name: Option<String> = "display_name" as Words;
        /// A sentence about the model.
        description: Option<String> = "description" as Words;
        /// The model's family.
        family: Option<String> = "family" as Words;
        /// `chat`, `embedding`, ...
        modes: Vec<String> = "modes" as List<Word>;
        /// Categories; derived from the modes if absent.
        categories: Vec<String> = "categories" as List<Word>;
        /// Free labels.
        tags: Vec<String> = "tags" as List<Word>;
        /// Tokens in and out together.
        context_window: Option<u64> = "context_window" as Tokens;
        /// Most tokens out.
        max_output_tokens: Option<u64> = "max_output_tokens" as Tokens;
        /// What the model can do: `tools: true`.
        capabilities: Option<BTreeMap<String, bool>> = "capabilities" as Map<Bool>;
        /// Places in public rankings, by name.
        rankings: Option<BTreeMap<String, RankingBlock>> = "rankings" as Map<Nested<RankingBlock>>;
        /// Prices in dollars.
        pricing: Option<PricingBlock> = "pricing" as Pricing;
    }
}

block! {
    /// A place in a public ranking.
    RankingBlock {
        /// Points, as decimal text.
        elo: Option<String> = "elo" as Dollars;
        /// Place, from 1.
        rank: Option<u64> = "rank" as Tokens;
        /// Date of the ranking.
        as_of: Option<String> = "as_of" as Words;
    }
}

/// Prices of a model. Members that are not here are not set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PricingBlock {
    /// `USD` if absent.
    pub currency: Option<String>,
    /// Decimal dollars by member name: `input_per_mtok`, `per_request`, ...
    pub prices: BTreeMap<String, String>,
    /// Steps by size of the prompt, each with `up_to_tokens` or `up_to_mtok` and its prices.
    pub tiers: Vec<BTreeMap<String, String>>,
}

/// The price members of spec 02 §8.4 and 02-B10.
pub(crate) const PRICE_MEMBERS: [&str; 20] = [
    "input_per_mtok",
    "output_per_mtok",
    "cached_input_per_mtok",
    "cache_write_per_mtok",
    "reasoning_output_per_mtok",
    "batch_input_per_mtok",
    "batch_output_per_mtok",
    "audio_input_per_mtok",
    "audio_output_per_mtok",
    "per_image",
    "input_per_image",
    "per_second_input",
    "per_second_output",
    "per_character_input",
    "per_request",
    "per_page",
    "input_image_per_mtok",
    "output_image_per_mtok",
    "cached_input_image_per_mtok",
    "cached_output_per_mtok",
];

const TIER_MEMBERS: [&str; 2] = ["up_to_tokens", "up_to_mtok"];

/// A `pricing:` mapping.
pub(crate) struct Pricing;

impl Kind for Pricing {
    type Value = PricingBlock;
    const NAME: &'static str = "mapping of prices";

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<PricingBlock> {
        let mut pricing = PricingBlock::default();
        for entry in reader.entries(node, key)? {
            let name = entry.key.as_str();
            let path = join(key, name);
            match name {
                _ if entry.value.value == Value::Null => {}
                "currency" => pricing.currency = Words::read(&entry.value, &path, reader),
                "tiers" => pricing.tiers = read_tiers(&entry.value, &path, reader).unwrap_or_default(),
                _ if PRICE_MEMBERS.contains(&name) => {
                    if let Some(price) = Dollars::read(&entry.value, &path, reader) {
                        pricing.prices.insert(entry.key.clone(), price);
                    }
                }
                _ => reader.unknown_key(
                    entry.line,
                    key,
                    name,
                    PRICE_MEMBERS.into_iter().chain(["currency", "tiers"]),
                ),
            }
        }
        Some(pricing)
    }
}

fn read_tiers(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Vec<BTreeMap<String, String>>> {
    let mut tiers = Vec::new();
    for (i, item) in reader.items(node, key)?.iter().enumerate() {
        let path = format!("{key}[{i}]");
        let known = || PRICE_MEMBERS.into_iter().chain(TIER_MEMBERS);
        for entry in reader.entries(item, &path)? {
            if !known().any(|member| member == entry.key) {
                reader.unknown_key(entry.line, &path, &entry.key, known());
            }
        }
        tiers.push(Map::<Dollars>::read(item, &path, reader)?);
    }
    Some(tiers)
}

/// The `models:` of a provider.
pub(crate) struct Models;

impl Kind for Models {
    type Value = Vec<ProviderModel>;
    const NAME: &'static str = "list of models";
    const FIELDS: &'static [Field] = ProviderModel::FIELDS;

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        let named = |id: String| ProviderModel { id: Some(id), metadata: None };
        if let Value::Scalar { .. } = node.value {
            return reader
                .text(node, key, Self::NAME, false)
                .map(|text| list(&text).into_iter().map(named).collect());
        }
        let mut models = Vec::new();
        for (i, item) in reader.items(node, key)?.iter().enumerate() {
            let path = format!("{key}[{i}]");
            let model = match item.value {
                Value::Mapping(_) => reader.block::<ProviderModel>(item, &path),
                Value::Scalar { .. } => reader.text(item, &path, "model", false).map(named),
                Value::Null | Value::Sequence(_) => Some(ProviderModel::default()),
            };
            match model {
                Some(model) if model.id().trim().is_empty() => {
                    reader.error(item.line, &format!("{path}: provider model: id is required"))
                }
                Some(model) => models.push(model),
                None => {}
            }
        }
        Some(models)
    }
}
