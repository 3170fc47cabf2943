use super::{Catalogue, CatalogueError, CatalogueFacts, MAX_CATALOGUE_BYTES};
use crate::metadata::{Metadata, PriceField};

const FIXTURE: &str = include_str!("../../tests/fixtures/catalogue.json");

fn fixture() -> Catalogue {
    Catalogue::parse(FIXTURE.to_owned()).expect("fixture")
}

fn input_price(facts: &Metadata) -> Option<&str> {
    facts.pricing.as_ref()?.get(PriceField::Input).map(|price| price.as_str())
}

#[test]
fn odd_entries_are_skipped_and_counted() {
    let catalogue = fixture();
    let expected =
        CatalogueFacts { version: Some(1), models: 9, provider_models: 6, disabled: 1, skipped: 4 };
    assert_eq!(*catalogue.facts(), expected);
    assert_eq!(catalogue.as_json(), FIXTURE);
    assert_eq!(catalogue.find("x", "escaped").map(|facts| facts.modes.len()), Some(1));
}

#[test]
fn a_document_of_another_version_or_with_missing_sections_is_read() {
    for text in [r#"{"version":2}"#, "{}", r#"{"models":null,"version":"x"}"#] {
        let catalogue = Catalogue::parse(text.to_owned()).expect(text);
        assert!(catalogue.find("openai", "x").is_none());
    }
}

#[test]
fn what_is_no_catalogue_is_an_error() {
    for text in ["", "[]", "{", r#"{"models":[]}"#, r#"{"models":{"a":{}}"#, "null"] {
        let result = Catalogue::parse(text.to_owned());
        assert!(matches!(result, Err(CatalogueError::Malformed(_))), "{text}");
    }
    let large = Catalogue::parse(" ".repeat(MAX_CATALOGUE_BYTES + 1));
    assert!(matches!(large, Err(CatalogueError::TooLarge { .. })));
}

#[test]
fn each_step_of_spec_02_section_8_2_finds_its_entry() {
    let catalogue = fixture();
    // type, id, context window, input price
    let cases = [
        ("acme", "acme-1", Some(128_000), Some("0.90")), // exact, with the provider's own facts
        ("globex", "acme-1", Some(200_000), Some("1.0")), // exact, the base model
        ("acme", "acme-1-preview", Some(128_000), Some("0.90")), // the provider's own id
        ("globex", "acme-1-preview", None, None),
        ("acme", "acme-legacy", Some(4_096), None), // custom id; the base model is missing
        ("acme", "acme-one", Some(128_000), Some("0.90")), // alias p/x of provider p
        ("globex", "acme-one", Some(200_000), Some("1.0")), // plain alias
        ("globex", "acme/acme-one", Some(200_000), Some("1.0")),
        ("acme", "acme-1-20260101", Some(128_000), Some("0.90")), // release suffix
        ("acme", "off", None, None),                              // disabled
        ("acme", "unheard-of", None, None),
        ("acme", "varies", Some(9), None), // a price below zero is no price
        ("openrouter", "z-ai/glm-5.1-20260406", Some(204_800), None), // acceptance case 54
    ];
    for (provider_type, id, window, price) in cases {
        let facts = catalogue.find(provider_type, id).unwrap_or_default();
        assert_eq!((facts.context_window, input_price(&facts)), (window, price), "{provider_type} {id}");
    }
}

#[test]
fn an_alias_of_two_models_means_the_one_that_the_provider_has() {
    let catalogue = fixture();
    let modes = |provider_type, id| {
        catalogue
            .find(provider_type, id)
            .map(|facts| facts.modes.iter().map(|mode| mode.as_str().to_owned()).collect())
    };
    assert_eq!(modes("globex", "twin"), Some(vec!["embedding".to_owned()]));
    assert_eq!(modes("elsewhere", "twin"), None, "still ambiguous");
    assert_eq!(modes("acme", "solo"), Some(vec!["chat".to_owned()]), "score 2 beats score 1");
    assert_eq!(modes("elsewhere", "solo"), Some(vec!["embedding".to_owned()]));
}

#[test]
fn slugs_of_b10() {
    let catalogue = fixture();
    let price = |provider_type, id| {
        catalogue.find(provider_type, id).and_then(|facts| input_price(&facts).map(str::to_owned))
    };
    assert_eq!(price("vertex", "gem-x").as_deref(), Some("0.11"));
    assert_eq!(price("bedrock-mantle", "claude-y").as_deref(), Some("0.22"));
    assert_eq!(price("opencode_go", "lone").as_deref(), Some("6"));
    assert_eq!(price("vllm", "lone").as_deref(), Some("7"));
    assert_eq!(price("chatgpt", "lone"), None);
    assert!(catalogue.find("chatgpt", "lone").is_some());
}

#[test]
fn every_member_of_an_entry_keeps_its_spelling() {
    let facts = fixture().find("globex", "acme-1").expect("found");
    let json = serde_json::to_string(&facts).expect("serialises");
    assert_eq!(
        json,
        concat!(
            r#"{"display_name":"Acme 1","family":"acme","modes":["chat","responses"],"tags":["flagship"],"#,
            r#""context_window":200000,"max_output_tokens":32000,"capabilities":{"tools":true,"vision":true},"#,
            r#""rankings":{"arena":{"elo":1400,"rank":3,"as_of":"2026-08-01"},"bench":{"elo":55.2}},"#,
            r#""pricing":{"currency":"USD","input_per_mtok":1.0,"output_per_mtok":4.00,"input_image_per_mtok":10,"#,
            r#""image_generation_prices":[{"price": 0.02}],"#,
            r#""tiers":[{"up_to_tokens":200000,"input_per_mtok":1.0,"output_per_mtok":4.0}]},"#,
            r#""pricing_sources":{"input_per_mtok":"model_registry","output_per_mtok":"model_registry","#,
            r#""input_image_per_mtok":"model_registry","tiers":"model_registry"}}"#
        )
    );
}

#[test]
fn the_index_is_small_beside_the_text() {
    let catalogue = fixture();
    assert!(catalogue.heap_bytes() < FIXTURE.len() * 2, "{}", catalogue.heap_bytes());
}
