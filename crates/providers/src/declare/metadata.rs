//! Metadata of a configured model, from the shape of the file to the shape of the catalogue.
//! Both have the same names; prices stay decimal text on the way, so that no digit is lost.

use std::collections::BTreeMap;

use catalog::Metadata;
use config::{ModelMetadataBlock, PricingBlock, RankingBlock};
use serde_json::json;

pub(super) fn read(given: &ModelMetadataBlock) -> serde_json::Result<Metadata> {
    let ModelMetadataBlock {
        display_name,
        description,
        family,
        modes,
        categories,
        tags,
        context_window,
        max_output_tokens,
        capabilities,
        rankings,
        pricing,
    } = given;
    let plain = json!({
        "display_name": display_name, "description": description, "family": family,
        "modes": modes, "categories": categories, "tags": tags,
        "context_window": context_window, "max_output_tokens": max_output_tokens,
        "capabilities": capabilities.clone().unwrap_or_default(),
    });
    let mut text = plain.to_string();
    text.truncate(text.len().saturating_sub(1));
    text.push_str(r#","rankings":"#);
    text.push_str(&object(
        rankings.iter().flatten().map(|(name, ranking)| (name.as_str(), ranking_json(ranking))),
    ));
    if let Some(pricing) = pricing {
        text.push_str(r#","pricing":"#);
        text.push_str(&pricing_json(pricing));
    }
    text.push('}');
    Metadata::from_json(&text)
}

fn ranking_json(ranking: &RankingBlock) -> String {
    let elo = ranking.elo.iter().map(|elo| ("elo", elo.clone()));
    let rank = ranking.rank.iter().map(|rank| ("rank", rank.to_string()));
    let as_of = ranking.as_of.iter().map(|date| ("as_of", json!(date).to_string()));
    object(elo.chain(rank).chain(as_of))
}

fn pricing_json(pricing: &PricingBlock) -> String {
    let currency = pricing.currency.iter().map(|currency| ("currency", json!(currency).to_string()));
    let tiers: Vec<String> = pricing.tiers.iter().map(|tier| object(numbers(tier))).collect();
    let tiers = (!tiers.is_empty()).then(|| ("tiers", format!("[{}]", tiers.join(","))));
    object(currency.chain(numbers(&pricing.prices)).chain(tiers))
}

fn numbers(prices: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, String)> {
    prices.iter().map(|(name, price)| (name.as_str(), price.clone()))
}

/// An object of members whose values are JSON already.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", members.join(","))
}
