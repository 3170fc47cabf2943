//! One line of the price book: columns between `|`, so that a person can read and change it.
//! `id | modes | context window | longest answer | capabilities | prices | read on | source`
//! Prices are `name=amount` in dollars, names as in `PriceField` without `_per_mtok`, and `tier=UP_TO_TOKENS:INPUT:OUTPUT`;
//! `-` stands for nothing known.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metadata::{Decimal, Metadata, PriceField, PriceSource, Pricing, Tier, Word};

/// A line, not yet read beyond its id.
#[derive(Clone, Copy)]
pub(super) struct Line(&'static str);

impl Line {
    pub(super) fn new(text: &'static str) -> Self {
        Self(text)
    }

    pub(super) fn id_of(text: &str) -> &str {
        text.split('|').next().unwrap_or_default().trim()
    }

    /// The facts of the line. A column that cannot be read is not known; a test reads every line.
    pub(super) fn facts(self, source: PriceSource) -> Metadata {
        let mut columns = self.0.split('|').map(str::trim).skip(1);
        let mut next = || columns.next().unwrap_or_default();
        let modes: Vec<Word> = words(next()).map(Word::from).collect();
        let mut facts = Metadata { modes, ..Metadata::default() };
        facts.categories = crate::layers::categories_of(&facts.modes);
        facts.context_window = next().parse().ok();
        facts.max_output_tokens = next().parse().ok();
        facts.capabilities = words(next()).map(|name| (Word::from(name), true)).collect::<BTreeMap<_, _>>();
        facts.pricing = pricing(next()).map(|pricing| Arc::new(pricing.sourced(source)));
        facts
    }
}

fn words(column: &str) -> impl Iterator<Item = &str> {
    column.split(' ').filter(|word| !word.is_empty() && *word != "-")
}

fn pricing(column: &str) -> Option<Pricing> {
    let members = || words(column).filter_map(|member| member.split_once('='));
    let prices = members().filter_map(|(name, amount)| Some((field(name)?, Decimal::parse(amount)?)));
    let tiers = members().filter(|(name, _)| *name == "tier").filter_map(|(_, value)| tier(value));
    let pricing = Pricing::usd(prices).with_tiers(tiers.collect());
    (!pricing.is_empty()).then_some(pricing)
}

pub(super) fn field(name: &str) -> Option<PriceField> {
    let is_named =
        |field: &PriceField| field.as_str().strip_suffix("_per_mtok").unwrap_or(field.as_str()) == name;
    PriceField::ALL.iter().copied().find(is_named)
}

pub(super) fn tier(value: &str) -> Option<Tier> {
    let mut parts = value.split(':');
    let up_to_tokens = parts.next()?.parse().ok();
    let input_per_mtok = Some(Decimal::parse(parts.next()?)?);
    let output_per_mtok = Some(Decimal::parse(parts.next()?)?);
    Some(Tier { up_to_tokens, up_to_mtok: None, input_per_mtok, output_per_mtok })
}
