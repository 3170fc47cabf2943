//! The price book inside the binary: what is known without any network (files in `book/`, one per provider type).
//! In: (provider type, model id). Out: context window, modes, capabilities and prices, the weakest layer of facts.
//! Memory: none at rest. The files are text in the binary, sorted by id; a lookup bisects and reads one line.
//! Invariant: a price holds only for the provider that published it. What else is known of a model (its window, its
//! abilities) holds wherever it runs. Every line says when and where it was read.

mod line;

use crate::metadata::{Metadata, PriceSource};
use crate::slugs::{book_shelves, has_prices, without_release_suffix};
use line::Line;

macro_rules! shelves {
    ($($name:literal)+) => { &[$(Shelf { name: $name, text: include_str!(concat!("../../book/", $name, ".txt")) }),+] };
}

/// The book. Makers stand before those who resell: a model's facts are read from its maker where they differ.
static SHELVES: &[Shelf] = shelves! {
    "openai" "anthropic" "gemini" "mistral" "deepseek" "xai" "zai" "minimax" "moonshot" "kimicode" "xiaomi" "bailian"
    "meta" "cohere" "groq" "cerebras" "together" "fireworks" "oracle" "openrouter"
};

/// The lines of one provider type.
struct Shelf {
    name: &'static str,
    text: &'static str,
}

/// What the book knows about a model of a provider type.
pub(crate) fn find(provider_type: &str, id: &str) -> Option<Metadata> {
    find_as_spelt(provider_type, id).or_else(|| find_as_spelt(provider_type, without_release_suffix(id)?))
}

fn find_as_spelt(provider_type: &str, id: &str) -> Option<Metadata> {
    let own = book_shelves(provider_type).find_map(|name| shelf(name)?.find(id));
    if let Some(line) = own {
        let facts = line.facts(PriceSource::Book);
        return if has_prices(provider_type) { Some(facts) } else { Some(without_prices(facts)) };
    }
    let maker_id = id.rsplit('/').next().unwrap_or(id);
    let elsewhere = [id, maker_id].into_iter().find_map(|id| SHELVES.iter().find_map(|shelf| shelf.find(id)));
    elsewhere.map(|line| without_prices(line.facts(PriceSource::Book)))
}

fn without_prices(facts: Metadata) -> Metadata {
    Metadata { pricing: None, ..facts }
}

fn shelf(name: &str) -> Option<&'static Shelf> {
    SHELVES.iter().find(|shelf| shelf.name == name)
}

impl Shelf {
    /// The line of a model, by bisection over the bytes of the text.
    fn find(&self, id: &str) -> Option<Line> {
        let mut rest = self.body();
        while !rest.is_empty() {
            let middle = rest.as_bytes().get(..rest.len() / 2).unwrap_or_default();
            let start = middle.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let (before, from) = rest.split_at_checked(start)?;
            let (line, after) = from.split_once('\n').unwrap_or((from, ""));
            match Line::id_of(line).cmp(id) {
                std::cmp::Ordering::Equal => return Some(Line::new(line)),
                std::cmp::Ordering::Less => rest = after,
                std::cmp::Ordering::Greater => rest = before,
            }
        }
        None
    }

    /// The text without the comment at its head.
    fn body(&self) -> &'static str {
        let mut body = self.text;
        while let Some((_, rest)) = body.split_once('\n').filter(|(line, _)| line.starts_with('#')) {
            body = rest;
        }
        body
    }
}

#[cfg(test)]
mod tests;
