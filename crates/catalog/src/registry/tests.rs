use vocabulary::ModelId;

use crate::fixtures::{configured, failed, listed, meaning, models, name, profile, registry, registry_of};
use crate::{
    Catalogue, ConfiguredModel, DiscoveredModel, InstanceProfile, Listing, Metadata, ModelsMode,
    RefreshError, Refreshed, Registry,
};

fn with_list(mode: ModelsMode, ids: &[&str]) -> InstanceProfile {
    InstanceProfile { models_mode: mode, configured_models: configured(ids), ..profile("openai", "openai") }
}

fn one(profile: InstanceProfile) -> Registry {
    let registry = registry();
    registry.configure(vec![profile]);
    registry
}

#[track_caller]
fn check_status(registry: &Registry, instance: &str, stale: bool, fetch_error: Option<&str>, count: usize) {
    let snapshot = registry.snapshot();
    let status = snapshot.status(instance).expect(instance);
    let found = (status.stale, status.fetch_error.as_deref(), status.model_count);
    assert_eq!(found, (stale, fetch_error, count), "{instance}");
}

#[test]
fn case_47_and_55_a_failing_instance_beside_a_healthy_one_goes_stale_and_comes_back() {
    let registry = registry_of(&[("a", "openai", &["m"]), ("b", "openai", &["m"])]);
    registry.apply_sweep(vec![(name("a"), failed()), (name("b"), models(&["m"]))]);
    check_status(&registry, "a", true, Some("connection refused"), 1);
    assert_eq!(listed(&registry), ["b/m"]);
    assert_eq!(meaning(&registry.snapshot(), "a/m", None), "a/m");
    assert_eq!(meaning(&registry.snapshot(), "m", None), "b/m");
    // Case 49: a targeted refresh brings it back.
    assert_eq!(registry.apply(&name("a"), models(&["m"])), Refreshed::Fresh);
    check_status(&registry, "a", false, None, 1);
    assert_eq!(listed(&registry), ["a/m", "b/m"]);
}

#[test]
fn case_48_the_only_instance_stays_listed_when_it_fails() {
    let registry = registry_of(&[("a", "openai", &["m"])]);
    for listing in [failed(), models(&[]), Listing::Unavailable("refused".to_owned())] {
        registry.apply_sweep(vec![(name("a"), listing.clone())]);
        assert_eq!(listed(&registry), ["a/m"]);
        registry.apply(&name("a"), listing);
        assert_eq!(listed(&registry), ["a/m"]);
    }
    assert!(registry.snapshot().status("a").is_some_and(crate::InstanceStatus::has_failed));
}

#[test]
fn a_sweep_without_any_model_swaps_nothing() {
    let registry = registry_of(&[("a", "openai", &["m"]), ("b", "groq", &["n"]), ("c", "xai", &["o"])]);
    registry.apply_sweep(vec![
        (name("a"), failed()),
        (name("b"), models(&[])),
        (name("c"), Listing::Unavailable("refused".to_owned())),
    ]);
    assert_eq!(listed(&registry), ["a/m", "b/n", "c/o"]);
    check_status(&registry, "a", false, Some("connection refused"), 1);
    check_status(&registry, "b", false, Some("provider returned empty model list"), 1);
    let snapshot = registry.snapshot();
    let unavailable = snapshot.status("c").and_then(|status| status.availability_error.as_deref());
    assert_eq!(unavailable, Some("refused"));
}

#[test]
fn an_empty_list_empties_in_a_sweep_and_is_a_failure_when_asked_alone() {
    let registry = registry_of(&[("a", "openai", &["m"]), ("b", "groq", &["n"])]);
    assert_eq!(registry.apply(&name("a"), models(&[])), Refreshed::Failed(RefreshError::NoModels));
    check_status(&registry, "a", true, Some("provider returned empty model list"), 1);
    registry.apply_sweep(vec![(name("a"), models(&[])), (name("b"), models(&["n"]))]);
    check_status(&registry, "a", false, Some("provider returned empty model list"), 0);
    assert_eq!(listed(&registry), ["b/n"]);
}

#[test]
fn targeted_refreshes_report_the_texts_of_spec_02_section_7_4() {
    let registry = registry_of(&[("a", "openai", &["m"])]);
    let cases = [
        (Listing::Unavailable(String::new()), "provider is unavailable"),
        (failed(), "failed to refresh provider models"),
        (models(&[]), "provider returned no models"),
    ];
    for (listing, text) in cases {
        let Refreshed::Failed(error) = registry.apply(&name("a"), listing) else { panic!("{text}") };
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(registry.apply(&name("gone"), models(&["m"])), Refreshed::Gone);
}

#[test]
fn case_50_an_allowlist_is_the_inventory_and_counts_as_success() {
    let registry = one(with_list(ModelsMode::Allowlist, &["x", "y", "x"]));
    assert_eq!(listed(&registry), ["openai/x", "openai/y"]);
    registry.apply_sweep(Vec::new());
    check_status(&registry, "openai", false, None, 2);
    let snapshot = registry.snapshot();
    let status = snapshot.status("openai").expect("status");
    assert!(status.is_closed && status.times.fetch_success.is_some());
    let model = snapshot.model("openai", "x").expect("x");
    assert_eq!((&*model.owned_by, model.created), ("openai", 60));
}

#[test]
fn case_51_fallback_uses_the_configured_list_only_in_need() {
    let registry = one(with_list(ModelsMode::Fallback, &["x"]));
    assert!(listed(&registry).is_empty());
    registry.apply_sweep(vec![(name("openai"), failed())]);
    assert_eq!(listed(&registry), ["openai/x"]);
    check_status(&registry, "openai", false, Some("connection refused"), 1);
    registry.apply_sweep(vec![(name("openai"), models(&["z"]))]);
    assert_eq!(listed(&registry), ["openai/z"]);
    registry.apply_sweep(vec![(name("openai"), models(&[]))]);
    assert_eq!(listed(&registry), ["openai/x"]);
    check_status(&registry, "openai", false, None, 1);
}

#[test]
fn b1_merge_is_the_union_and_says_what_was_not_listed() {
    let registry = one(with_list(ModelsMode::Merge, &["x", "z"]));
    assert_eq!(listed(&registry), ["openai/x", "openai/z"]);
    registry.apply_sweep(vec![(name("openai"), models(&["z", "w", "w"]))]);
    assert_eq!(listed(&registry), ["openai/w", "openai/x", "openai/z"]);
    let snapshot = registry.snapshot();
    let missing = snapshot.status("openai").map(|status| status.configured_but_not_listed.clone());
    assert_eq!(missing, Some(vec![ModelId::new("x")]));
}

#[test]
fn a_configured_list_stands_in_for_a_provider_without_a_listing() {
    let registry = registry();
    registry.configure(vec![with_list(ModelsMode::Merge, &["x"]), profile("b", "groq")]);
    registry.apply_sweep(vec![(name("openai"), failed()), (name("b"), models(&["n"]))]);
    check_status(&registry, "openai", false, Some("connection refused"), 1);
    registry.apply(&name("openai"), models(&["z"]));
    registry.apply(&name("openai"), failed());
    check_status(&registry, "openai", true, Some("connection refused"), 2);
}

#[test]
fn a_reload_keeps_the_inventories_of_instances_that_stay() {
    let registry = registry_of(&[("a", "openai", &["m"]), ("b", "groq", &["n"])]);
    registry.apply(&name("a"), failed());
    registry.configure(vec![profile("a", "openai"), profile("c", "xai")]);
    assert_eq!(listed(&registry), ["a/m"], "no healthy instance is left, so nothing is stale");
    registry.apply_sweep(vec![(name("b"), models(&["late"])), (name("c"), models(&["o"]))]);
    assert_eq!(listed(&registry), ["a/m", "c/o"]);
    registry.configure(vec![profile("a", "vllm")]);
    assert!(listed(&registry).is_empty(), "the name means another provider now");
    registry.configure(Vec::new());
    registry.apply_sweep(Vec::new());
    assert!(registry.snapshot().is_empty());
}

fn facts(json: &str) -> Option<Metadata> {
    Some(Metadata::from_json(json).expect(json))
}

fn json_of(registry: &Registry, instance: &str, id: &str) -> String {
    let snapshot = registry.snapshot();
    let metadata = snapshot.model(instance, id).and_then(|model| model.metadata.clone());
    serde_json::to_string(&metadata.as_deref()).expect("json")
}

#[test]
fn layers_lie_over_each_other_field_by_field_and_case_55() {
    let mut acme = profile("acme", "acme");
    acme.configured_models = vec![ConfiguredModel {
        id: ModelId::new("acme-1"),
        metadata: facts(
            r#"{"modes":["embedding"],"capabilities":{"vision":false},"pricing":{"output_per_mtok":9.50}}"#,
        ),
    }];
    let registry = one(acme);
    let listing = Listing::of(vec![DiscoveredModel {
        metadata: facts(r#"{"context_window":1234,"capabilities":{"audio":true}}"#),
        ..DiscoveredModel::new(ModelId::new("acme-1"))
    }]);
    registry.apply(&name("acme"), listing);
    let fixture = include_str!("../../tests/fixtures/catalogue.json");
    registry.set_catalogue(Some(Catalogue::parse(fixture.to_owned()).expect("fixture").into()));
    assert_eq!(
        json_of(&registry, "acme", "acme-1"),
        concat!(
            r#"{"display_name":"Acme 1","family":"acme","modes":["embedding"],"categories":["embedding"],"#,
            r#""tags":["flagship"],"context_window":1234,"max_output_tokens":32000,"#,
            r#""capabilities":{"audio":true,"tools":true,"vision":false},"#,
            r#""rankings":{"arena":{"elo":1400,"rank":3,"as_of":"2026-08-01"},"bench":{"elo":55.2}},"#,
            r#""pricing":{"currency":"USD","input_per_mtok":0.90,"output_per_mtok":9.50},"#,
            r#""pricing_sources":{"input_per_mtok":"model_registry","output_per_mtok":"config_yaml"}}"#
        )
    );
    registry.set_catalogue(None);
    assert_eq!(
        json_of(&registry, "acme", "acme-1"),
        concat!(
            r#"{"modes":["embedding"],"categories":["embedding"],"context_window":1234,"#,
            r#""capabilities":{"audio":true,"vision":false},"#,
            r#""pricing":{"output_per_mtok":9.50},"pricing_sources":{"output_per_mtok":"config_yaml"}}"#
        ),
        "what left the catalogue left the model"
    );
}

#[test]
fn discovered_prices_replace_the_published_ones_whole() {
    let registry = one(profile("openai", "openai"));
    let listing = Listing::of(vec![DiscoveredModel {
        metadata: facts(r#"{"pricing":{"currency":"USD","input_per_mtok":0.5}}"#),
        ..DiscoveredModel::new(ModelId::new("gpt-4o"))
    }]);
    registry.apply(&name("openai"), listing);
    let json = json_of(&registry, "openai", "gpt-4o");
    assert!(json.ends_with(r#""pricing":{"currency":"USD","input_per_mtok":0.5}}"#), "{json}");
    assert!(json.contains(r#""context_window":128000"#), "{json}");
}

#[test]
fn case_56_an_unknown_id_gives_its_mode_away() {
    let registry = registry_of(&[("v", "vllm", &["bge-m3", "gemma-3n-unheard"])]);
    assert_eq!(json_of(&registry, "v", "bge-m3"), r#"{"modes":["embedding"],"categories":["embedding"]}"#);
    assert_eq!(json_of(&registry, "v", "gemma-3n-unheard"), "null");
}

#[test]
fn case_52_a_cache_serves_until_the_provider_answers() {
    let before = registry_of(&[("a", "openai", &["m"]), ("b", "groq", &["n"]), ("c", "xai", &["o"])]);
    before.apply(&name("c"), failed());
    let image = before.cache_image();
    let names: Vec<_> = image.instances.iter().map(|cached| cached.name.as_str()).collect();
    assert_eq!(names, ["a", "b"], "stale inventories are not kept");

    let after = registry();
    after.configure(vec![profile("a", "openai"), profile("b", "cerebras")]);
    after.restore(image.clone());
    assert_eq!(listed(&after), ["a/m"], "b is of another type now");
    let snapshot = after.snapshot();
    let status = snapshot.status("a").expect("status");
    assert!(status.using_cached_models && status.times.fetch_success.is_none());
    after.apply_sweep(vec![(name("a"), failed()), (name("b"), failed())]);
    assert_eq!(listed(&after), ["a/m"]);
    after.apply(&name("a"), models(&["new"]));
    after.restore(image);
    assert_eq!(listed(&after), ["a/new"], "a live list is never replaced by a remembered one");
}
