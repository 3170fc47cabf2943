use std::collections::HashSet;

use super::line::{Line, field, tier};
use super::{SHELVES, find};
use crate::metadata::{Decimal, PriceField, PriceSource};

#[test]
fn every_line_reads_whole_and_says_when_and_where() {
    let mut count = 0;
    for shelf in SHELVES {
        let lines: Vec<&str> = shelf.body().lines().collect();
        for line in &lines {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(columns.len(), 8, "{}: {line}", shelf.name);
            assert!(columns.iter().all(|column| !column.is_empty()), "{}: {line}", shelf.name);
            for number in [columns[2], columns[3]] {
                assert!(number == "-" || number.parse::<u64>().is_ok(), "{}: {line}", shelf.name);
            }
            for member in columns[5].split(' ').filter(|member| *member != "-") {
                let (name, value) = member.split_once('=').expect(line);
                let read = if name == "tier" {
                    tier(value).is_some()
                } else {
                    field(name).is_some() && Decimal::parse(value).is_some()
                };
                assert!(read, "{}: {member}", shelf.name);
            }
            assert!(columns[6].parse::<jiff::civil::Date>().is_ok(), "{}: {line}", shelf.name);
            count += 1;
        }
        let ids: Vec<&str> = lines.iter().map(|line| Line::id_of(line)).collect();
        assert!(
            ids.windows(2).all(|pair| pair[0] < pair[1]),
            "{} is not sorted or repeats an id",
            shelf.name
        );
    }
    assert!(count >= 150, "{count}");
    let names: HashSet<_> = SHELVES.iter().map(|shelf| shelf.name).collect();
    assert_eq!(names.len(), SHELVES.len());
}

#[test]
fn every_line_is_found_by_its_id() {
    for shelf in SHELVES {
        for line in shelf.body().lines() {
            assert!(shelf.find(Line::id_of(line)).is_some(), "{}: {line}", shelf.name);
        }
        for id in ["", "~", "no such model", "!"] {
            assert!(shelf.find(id).is_none(), "{}", shelf.name);
        }
    }
}

#[track_caller]
fn input_price(provider_type: &str, id: &str) -> Option<String> {
    let pricing = find(provider_type, id)?.pricing?;
    assert_eq!(pricing.source(PriceField::Input), Some(PriceSource::Book));
    pricing.get(PriceField::Input).map(|price| price.as_str().to_owned())
}

#[test]
fn a_price_holds_only_for_the_provider_that_published_it() {
    assert_eq!(input_price("openai", "gpt-4o").as_deref(), Some("2.5"));
    assert_eq!(input_price("azure", "gpt-4o").as_deref(), Some("2.5"));
    assert_eq!(input_price("openrouter", "openai/gpt-4o").as_deref(), Some("2.5"));
    assert_eq!(input_price("vllm", "openai/gpt-4o"), None);
    assert_eq!(find("vllm", "openai/gpt-4o").and_then(|facts| facts.context_window), Some(128_000));
    assert_eq!(input_price("chatgpt", "gpt-4o"), None);
    assert!(find("openai", "no-such-model").is_none());
}

#[test]
fn a_dated_id_has_its_own_price_or_that_of_its_model() {
    assert_eq!(input_price("openai", "gpt-4o-2024-05-13").as_deref(), Some("5"));
    assert_eq!(input_price("openai", "gpt-4.1-mini-2099-01-01").as_deref(), Some("0.4"));
}

#[test]
fn tiers_and_categories_come_with_a_line() {
    let facts = find("gemini", "gemini-2.5-pro").expect("in the book");
    let pricing = facts.pricing.expect("priced");
    let bounds: Vec<_> = pricing.tiers().iter().map(|tier| tier.up_to_tokens).collect();
    assert_eq!(bounds, [Some(200_000), Some(1_048_576)]);
    assert_eq!(facts.categories.first().map(|category| category.as_str()), Some("text_generation"));
}
