use proptest::prelude::*;
use vocabulary::{ModelSelector, ProviderType};

use crate::fixtures::{configured, failed, listed, meaning, models, name, profile, registry, registry_of};
use crate::metadata::PriceField;
use crate::{Catalogue, DiscoveredModel, Listing, Metadata, ModelsMode, PricedCall, Resolution};

/// The setup of spec 01 §16.
fn acceptance() -> crate::Registry {
    registry_of(&[
        ("openai", "openai", &["gpt-4o", "text-embedding-3-small"]),
        ("groq", "groq", &["openai/gpt-oss-120b"]),
    ])
}

#[track_caller]
fn check(registry: &crate::Registry, cases: &[(&str, Option<&str>, &str)]) {
    let snapshot = registry.snapshot();
    for (model, provider, expected) in cases {
        assert_eq!(meaning(&snapshot, model, *provider), *expected, "{model} with {provider:?}");
    }
}

#[test]
fn cases_23_to_26_of_spec_01() {
    check(
        &acceptance(),
        &[
            ("nope", None, "unknown, ask []"),
            ("openai/gpt-4o", None, "openai/gpt-4o"),
            ("openai/gpt-4o", Some("openai"), "openai/gpt-4o"),
            ("openai/gpt-oss-120b", Some("groq"), "groq/openai/gpt-oss-120b"),
            ("openai/gpt-oss-120b", None, "unknown, ask [openai]"),
            ("groq/openai/gpt-oss-120b", None, "groq/openai/gpt-oss-120b"),
        ],
    );
}

#[test]
fn case_27_a_raw_id_with_a_slash_is_served_when_its_prefix_names_no_provider() {
    let registry = registry_of(&[("vllm", "vllm", &["acme/m1"])]);
    check(
        &registry,
        &[
            ("acme/m1", None, "vllm/acme/m1"),
            ("m1", None, "unknown, ask []"),
            ("acme/m1", Some("nobody"), "unknown, ask []"),
            ("m1", Some("acme"), "unknown, ask []"),
        ],
    );
}

#[test]
fn case_28_the_first_instance_by_name_owns_a_bare_id_and_its_type() {
    let registry =
        registry_of(&[("b-openai", "openai", &["gpt-4o", "b-only"]), ("a-openai", "openai", &["gpt-4o"])]);
    check(
        &registry,
        &[
            ("gpt-4o", None, "a-openai/gpt-4o"),
            ("openai/gpt-4o", None, "a-openai/gpt-4o"),
            ("openai/b-only", None, "b-openai/b-only"),
            ("gpt-4o", Some("openai"), "a-openai/gpt-4o"),
            ("openai/nope", None, "unknown, ask [a-openai b-openai]"),
            ("a-openai/b-only", None, "unknown, ask [a-openai]"),
        ],
    );
}

#[test]
fn rule_3_finds_ids_that_spell_their_own_provider() {
    let registry = registry_of(&[
        ("router", "openrouter", &["openrouter/auto", "router/x", "google/gemini-x"]),
        ("groq", "groq", &["groq/compound", "compound-mini"]),
    ]);
    check(
        &registry,
        &[
            ("openrouter/auto", None, "router/openrouter/auto"),
            ("router/x", None, "router/router/x"),
            ("groq/compound", None, "groq/groq/compound"),
            ("groq/compound", Some("groq"), "groq/groq/compound"),
            ("compound", Some("groq"), "groq/groq/compound"),
            ("router/auto", None, "unknown, ask [router]"),
            ("openrouter/google/gemini-x", None, "router/google/gemini-x"),
        ],
    );
}

#[test]
fn an_instance_name_wins_over_a_type_of_the_same_name() {
    let registry = registry_of(&[("openai", "azure", &["m"]), ("zz", "openai", &["m", "n"])]);
    check(&registry, &[("openai/m", None, "openai/m"), ("openai/n", None, "zz/n"), ("m", None, "openai/m")]);
}

#[test]
fn priority_comes_before_the_name_and_demo_owns_no_bare_name() {
    let registry = registry();
    let mut late = profile("a", "openai");
    late.priority = 200;
    let mut demo = profile("demo", "demo");
    (demo.owns_bare_names, demo.priority) = (false, -1);
    registry.configure(vec![late, demo, profile("b", "openai")]);
    registry.apply_sweep(vec![
        (name("a"), models(&["m", "only-a"])),
        (name("b"), models(&["m"])),
        (name("demo"), models(&["m", "echo"])),
    ]);
    check(
        &registry,
        &[
            ("m", None, "b/m"),
            ("only-a", None, "a/only-a"),
            ("echo", None, "demo/echo"),
            ("openai/m", None, "a/m"),
        ],
    );
}

#[test]
fn a_stale_instance_loses_bare_ties_but_stays_reachable() {
    let registry = registry_of(&[("a", "openai", &["m", "only-a"]), ("b", "openai", &["m"])]);
    registry.apply(&name("a"), failed());
    check(&registry, &[("m", None, "b/m"), ("a/m", None, "a/m"), ("only-a", None, "a/only-a")]);
    assert_eq!(listed(&registry), ["b/m"]);
    let snapshot = registry.snapshot();
    let selector = ModelSelector::parse("a/m", None).expect("selector");
    assert!(snapshot.find_listed(&selector).is_none());
}

#[test]
fn b2_an_unlisted_model_is_forwarded_only_when_its_instance_is_named() {
    let registry = registry();
    let mut vllm = profile("vllm", "vllm");
    vllm.allow_unlisted_models = true;
    registry.configure(vec![vllm, profile("openai", "openai")]);
    check(&registry, &[("vllm/new", None, "unlisted vllm/new"), ("new", None, "not ready")]);
    registry.apply(&name("vllm"), models(&["m"]));
    check(
        &registry,
        &[
            ("vllm/new", None, "unlisted vllm/new"),
            ("org/new", Some("vllm"), "unlisted vllm/org/new"),
            ("vllm/m", None, "vllm/m"),
            ("openai/new", None, "unknown, ask [openai]"),
            ("new", None, "unknown, ask []"),
        ],
    );
}

#[test]
fn b9_an_empty_registry_is_not_ready() {
    let registry = registry();
    check(&registry, &[("m", None, "not ready")]);
    registry.configure(vec![profile("openai", "openai")]);
    check(&registry, &[("openai/m", None, "not ready"), ("m", Some("openai"), "not ready")]);
    assert!(registry.snapshot().is_empty() && listed(&registry).is_empty());
}

#[test]
fn an_instance_with_a_closed_list_is_not_worth_asking() {
    let registry = registry();
    let mut openai = profile("openai", "openai");
    (openai.models_mode, openai.configured_models) = (ModelsMode::Allowlist, configured(&["x"]));
    registry.configure(vec![openai]);
    check(&registry, &[("openai/x", None, "openai/x"), ("openai/typo", None, "unknown, ask []")]);
}

#[test]
fn cases_52_and_60_the_listing_is_sorted_and_single_models_are_found() {
    let registry = acceptance();
    assert_eq!(
        listed(&registry),
        ["groq/openai/gpt-oss-120b", "openai/gpt-4o", "openai/text-embedding-3-small"]
    );
    let snapshot = registry.snapshot();
    let find = |text| {
        let selector = ModelSelector::parse(text, None).expect("selector");
        snapshot.find_listed(&selector).map(|model| model.qualified.to_string())
    };
    assert_eq!(find("openai/gpt-4o").as_deref(), Some("openai/gpt-4o"));
    assert_eq!(find("gpt-4o").as_deref(), Some("openai/gpt-4o"));
    assert_eq!(find("nope"), None);
}

#[test]
fn models_that_do_only_audio_are_hidden_without_an_audio_adapter() {
    let registry = registry();
    let mut voice = profile("voice", "acme");
    voice.has_audio = true;
    registry.configure(vec![profile("mute", "acme"), voice]);
    let model = |id: &str, modes: &str| DiscoveredModel {
        metadata: Some(Metadata::from_json(&format!(r#"{{"modes":{modes}}}"#)).expect("modes")),
        ..DiscoveredModel::new(vocabulary::ModelId::new(id))
    };
    let list = || {
        Listing::of(vec![
            model("speak", r#"["audio_speech","audio_transcription"]"#),
            model("omni", r#"["audio_speech","chat"]"#),
            model("unknown", "[]"),
        ])
    };
    registry.apply_sweep(vec![(name("mute"), list()), (name("voice"), list())]);
    assert_eq!(
        listed(&registry),
        ["mute/omni", "mute/unknown", "voice/omni", "voice/speak", "voice/unknown"]
    );
    check(&registry, &[("mute/speak", None, "mute/speak")]);
}

#[test]
fn prices_come_from_the_instance_then_the_bare_owner_then_the_type() {
    let registry = registry_of(&[("eu", "openai", &["gpt-4o"]), ("own", "vllm", &["gpt-4o", "house"])]);
    let catalogue =
        Catalogue::parse(include_str!("../../tests/fixtures/catalogue.json").to_owned()).expect("fixture");
    registry.set_catalogue(Some(catalogue.into()));
    let snapshot = registry.snapshot();
    let price = |instance, kind, model, answered_by| {
        let call = PricedCall { instance, provider_type: ProviderType(kind), model, answered_by };
        snapshot
            .pricing(&call)
            .and_then(|pricing| pricing.get(PriceField::Input).map(|price| price.as_str().to_owned()))
    };
    assert_eq!(price("eu", "openai", "gpt-4o", None).as_deref(), Some("2.5"), "the instance's own");
    assert_eq!(price("own", "vllm", "gpt-4o", None).as_deref(), Some("2.5"), "the owner of the bare id");
    assert_eq!(price("own", "vllm", "house", Some("lone")).as_deref(), Some("7"), "what the answer reported");
    assert_eq!(
        price("x", "acme", "alias-of-mine", Some("acme-1-20260601")).as_deref(),
        Some("0.90"),
        "dated"
    );
    assert_eq!(
        price("x", "acme", "acme-1", None).as_deref(),
        Some("0.90"),
        "unlisted models have prices too"
    );
    assert_eq!(price("own", "vllm", "house", None), None);
    assert_eq!(price("x", "chatgpt", "gpt-4o", None), None, "paid by subscription");
}

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "m", "n", "a/m", "b/m", "t/m", "u/a/m", "a/", "/a", "a", "t", "a/b/c", "t/t/m", "ü/é", "a//m", " ",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn a_listed_id_always_means_itself(
        lists in prop::collection::vec((prop::sample::select(vec!["a", "b", "t", "c"]), prop::sample::select(vec!["t", "u", "a"]), prop::collection::vec(id(), 0..6)), 0..4),
        stale in prop::sample::select(vec!["a", "b", "t", "c"]),
    ) {
        let registry = registry();
        let mut seen = std::collections::HashSet::new();
        let lists: Vec<_> = lists.into_iter().filter(|(instance, ..)| seen.insert(*instance)).collect();
        registry.configure(lists.iter().map(|(instance, kind, _)| profile(instance, kind)).collect());
        let sweep = lists.iter().map(|(instance, _, ids)| (name(instance), models(&ids.iter().map(String::as_str).collect::<Vec<_>>())));
        registry.apply_sweep(sweep.collect());
        registry.apply(&name(stale), failed());
        let snapshot = registry.snapshot();
        for model in snapshot.listed() {
            // A blank or trimmed id cannot be written in a request.
            let id = model.id.as_str();
            if id.trim() != id { continue; }
            let selector = ModelSelector { explicit_provider: Some(model.instance.as_str()), model: id };
            prop_assert_eq!(snapshot.resolve(&selector), Resolution::Found(model.clone()));
            let qualified = ModelSelector { explicit_provider: None, model: &model.qualified };
            prop_assert_eq!(snapshot.resolve(&qualified), Resolution::Found(model.clone()));
            prop_assert_eq!(snapshot.find_listed(&qualified), Some(model.clone()));
        }
    }

    #[test]
    fn resolving_anything_ends_in_an_answer(model in "\\PC{0,12}", provider in prop::option::of("\\PC{0,6}")) {
        let registry = acceptance();
        if let Ok(selector) = ModelSelector::parse(&model, provider.as_deref()) {
            let snapshot = registry.snapshot();
            let first = snapshot.resolve(&selector);
            prop_assert_eq!(first, snapshot.resolve(&selector));
        }
    }
}
