//! How the registry comes to know models, and what happens when a provider stops listing (spec 02 §7, B1–B3).

use blackbox::{Builder, Gateway, Provider, Reply, Upstream, gateway, openai, upstream};
use serde_json::json;

const MODELS: &str = "/v1/models";

fn with_models(mode: Option<&str>, upstream: &Upstream, models: &str) -> Builder {
    let builder = gateway()
        .env("OPENAI_API_KEY", "k")
        .env("OPENAI_BASE_URL", &upstream.base_url())
        .env("OPENAI_MODELS", models);
    match mode {
        Some(mode) => builder.env("CONFIGURED_PROVIDER_MODELS_MODE", mode),
        None => builder,
    }
}

#[track_caller]
fn wait_for_models(gateway: &Gateway, ids: &[&str]) {
    gateway.eventually(&format!("the models {ids:?}"), |gateway| (gateway.model_ids() == ids).then_some(()));
}

#[test]
fn an_allowlist_is_exactly_the_list_and_asks_nobody() {
    // Case 2-50.
    let upstream = upstream().models(&["z"]).start();
    let gateway = with_models(Some("allowlist"), &upstream, "x,y").start();
    wait_for_models(&gateway, &["openai/x", "openai/y"]);
    assert!(upstream.requests_to(MODELS).is_empty());
    gateway.chat("openai/x").expect_status(200);
}

#[test]
fn a_listing_that_moved_on_its_origin_is_followed() {
    // 02-B18.
    let moved = Reply::status(302).header("location", "/elsewhere/models");
    let listing =
        Reply::json(&serde_json::json!({"object": "list", "data": [{"id": "z", "object": "model"}]}));
    let upstream = upstream().on(MODELS, [moved]).on("/elsewhere/models", [listing]).start();
    let gateway = gateway().provider("openai", &upstream).start();
    wait_for_models(&gateway, &["openai/z"]);
}

#[test]
fn a_listing_that_moved_to_another_origin_is_not_asked_for_there() {
    // 02-B18: the key stays where it belongs.
    let other = blackbox::upstream().models(&["z"]).start();
    let location = format!("{}/models", other.base_url());
    let upstream = upstream().on(MODELS, [Reply::status(302).header("location", &location)]).start();
    let gateway = with_models(Some("fallback"), &upstream, "x").start();
    wait_for_models(&gateway, &["openai/x"]);
    assert!(!upstream.requests_to(MODELS).is_empty());
    assert!(other.requests_to(MODELS).is_empty());
}

#[test]
fn a_fallback_list_holds_only_while_there_is_no_listing() {
    // Case 2-51, first parts.
    let upstream = upstream().on(MODELS, [Reply::status(500)]).start();
    let gateway = with_models(Some("fallback"), &upstream, "x").start();
    wait_for_models(&gateway, &["openai/x"]);
    gateway.chat("openai/x").expect_status(200);
    let listing = blackbox::upstream().models(&["z"]).start();
    wait_for_models(&with_models(Some("fallback"), &listing, "x").start(), &["openai/z"]);
}

#[test]
fn by_default_both_lists_count() {
    // Case 2-51, last part (ours: `merge`).
    let upstream = upstream().models(&["z"]).start();
    wait_for_models(&with_models(None, &upstream, "x").start(), &["openai/x", "openai/z"]);
}

#[test]
fn an_unknown_mode_stops_the_start() {
    let output = gateway().env("CONFIGURED_PROVIDER_MODELS_MODE", "union").start_fails();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("CONFIGURED_PROVIDER_MODELS_MODE") || text.contains("configured_provider_models_mode"),
        "{text}"
    );
}

#[test]
fn an_unknown_model_of_a_known_provider_asks_once_and_then_not_for_a_while() {
    // Case 2-53: the inventory is younger than the interval after the start, so even the first asks nobody (B3).
    let upstream = upstream().start();
    let standard = |interval: &str| {
        let provider = Provider::new("openai").at(&upstream).yaml("allow_unlisted_models: false");
        gateway().with(provider).env("PROVIDER_REQUEST_REFRESH_MIN_INTERVAL", interval).start()
    };
    let eager = standard("0s");
    let before = upstream.requests_to(MODELS).len();
    let error = eager.chat("openai/typo").error(404);
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
    assert_eq!(error.message, "unsupported model: openai/typo");
    assert_eq!(upstream.requests_to(MODELS).len(), before + 1);
    drop(eager);
    let patient = standard("10s");
    let before = upstream.requests_to(MODELS).len();
    for _ in 0..3 {
        patient.chat("openai/typo").error(404);
    }
    assert_eq!(upstream.requests_to(MODELS).len(), before);
}

#[test]
fn a_model_that_appears_upstream_is_found_by_the_call_that_names_it() {
    let upstream = upstream().start();
    let provider = Provider::new("openai").at(&upstream).yaml("allow_unlisted_models: false");
    let gateway = gateway().with(provider).env("PROVIDER_REQUEST_REFRESH_MIN_INTERVAL", "0s").start();
    upstream.on(MODELS, [openai::models(&["gpt-4o", "new"])]);
    gateway.chat("openai/new").expect_status(200);
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o", "openai/new"]);
}

#[test]
fn an_unlisted_model_is_forwarded_where_the_operator_says_so() {
    // 02-B2; for types whose inventory only the operator knows it is the default (cases 1-26, 2-53: not for `openai`).
    let upstream =
        upstream().chat([openai::error(404, "no such model", "model_not_found"), openai::chat("hi")]).start();
    let provider = Provider::new("openai").at(&upstream).yaml("allow_unlisted_models: true");
    let gateway = gateway().with(provider).start();
    let error = gateway.chat("openai/fine-tuned").error(404);
    assert_eq!(error.message, "no such model");
    gateway.chat("openai/fine-tuned").expect_status(200);
    assert_eq!(upstream.chats()[0].json()["model"], "fine-tuned");
    gateway.chat("fine-tuned").error(404);
}

#[test]
fn a_provider_that_stops_listing_hides_its_models_while_another_works() {
    // Cases 1-55, 2-47, 2-49.
    let (a, b) = (upstream().models(&["m", "only-a"]).start(), upstream().models(&["m"]).start());
    let gateway = gateway()
        .provider("a", &a)
        .provider("b", &b)
        .env("PROVIDER_RECHECK_INTERVAL", "1")
        .env("CACHE_REFRESH_INTERVAL", "1")
        .start();
    assert_eq!(gateway.model_ids(), ["a/m", "a/only-a", "b/m"]);
    a.on(MODELS, [Reply::status(500)]);
    wait_for_models(&gateway, &["b/m"]);
    gateway.chat("a/m").expect_status(200);
    assert_eq!(a.chats().len(), 1, "a direct call still reaches it");
    gateway.chat("m").expect_status(200);
    assert_eq!(b.chats().len(), 1, "a bare name goes to the provider that works");
    a.on(MODELS, [openai::models(&["m", "only-a"])]);
    wait_for_models(&gateway, &["a/m", "a/only-a", "b/m"]);
}

#[test]
fn the_only_providers_models_stay_when_it_stops_listing() {
    // Case 2-48.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("CACHE_REFRESH_INTERVAL", "1").start();
    upstream.on(MODELS, [Reply::status(500)]);
    let before = upstream.requests_to(MODELS).len();
    upstream.wait_for(before + 2, MODELS);
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o"]);
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn after_a_restart_the_cached_models_serve_before_the_first_listing() {
    // Case 2-52.
    let upstream = upstream().start();
    let gateway = crate::setup::one(&upstream);
    let cache = gateway.directory().join("cache/models.json");
    gateway.eventually("the cache file", |_| cache.exists().then_some(()));
    let gate = blackbox::Gate::new();
    upstream.on(MODELS, [openai::models(&["gpt-4o"]).held_before_head(&gate)]);
    let gateway = gateway.restart();
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o"]);
    gateway.chat("gpt-4o").expect_status(200);
    gate.open();
}

#[test]
fn a_corrupt_cache_file_is_no_reason_not_to_start() {
    let upstream = upstream().start();
    let builder = gateway().provider("openai", &upstream);
    std::fs::create_dir(builder.path().join("cache")).expect("a directory");
    std::fs::write(builder.path().join("cache/models.json"), "{\"providers\":7").expect("a file");
    let gateway = builder.start();
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o"]);
}

#[test]
fn a_provider_that_hangs_delays_neither_the_start_nor_the_others() {
    let slow = upstream()
        .on(MODELS, [Reply::status(200).cut(blackbox::At::BeforeHead, blackbox::Cut::Silence)])
        .start();
    let quick = upstream().start();
    let builder =
        gateway().provider("a-slow", &slow).provider("b-quick", &quick).without_waiting_for_models();
    let gateway = builder.start();
    wait_for_models(&gateway, &["b-quick/gpt-4o"]);
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn every_page_of_googles_listing_is_read_and_what_generates_is_listed() {
    // 03-B15: by method, not by the name's beginning; limits come along.
    let model = |name: &str, method: &str| {
        json!({"name": format!("models/{name}"), "supportedGenerationMethods": [method], "inputTokenLimit": 4096,
            "outputTokenLimit": 512})
    };
    let first = Reply::json(
        &json!({"models": [model("gemini-2.5-flash", "generateContent"), model("aqa", "generateAnswer")],
        "nextPageToken": "next-one +"}),
    );
    let second = Reply::json(
        &json!({"models": [model("gemma-3", "generateContent"), model("text-embedding-004", "embedContent")]}),
    );
    let upstream = upstream()
        .answer("/v1/models", move |seen, _| {
            if seen.target.contains("pageToken=next-one%20%2B") { second.clone() } else { first.clone() }
        })
        .start();
    let gateway = gateway().with(Provider::new("g").kind("gemini").at(&upstream)).start();
    wait_for_models(&gateway, &["g/gemini-2.5-flash", "g/gemma-3", "g/text-embedding-004"]);
    for seen in upstream.requests_to("/v1/models") {
        assert!(seen.target.contains("pageSize=1000"), "{}", seen.target);
        assert!(!seen.target.contains("key="), "{}", seen.target);
    }
    let list = gateway.get("/v1/models").send().expect_status(200).json();
    let metadata = &list["data"][0]["metadata"];
    assert_eq!(
        (&metadata["context_window"], &metadata["max_output_tokens"]),
        (&json!(4096), &json!(512)),
        "{list}"
    );
}

#[test]
fn every_page_of_anthropics_listing_is_read() {
    // 03-B15, §2.1.
    let page = |id: &str, more: bool| {
        let data = json!([{"id": id, "type": "model", "created_at": "2025-05-14T00:00:00Z"}]);
        Reply::json(&json!({"data": data, "has_more": more, "first_id": id, "last_id": id}))
    };
    let (first, second) = (page("claude-a", true), page("claude-b", false));
    let upstream = upstream()
        .answer("/v1/models", move |seen, _| {
            if seen.target.contains("after_id=claude-a") { second.clone() } else { first.clone() }
        })
        .start();
    let gateway = gateway().with(Provider::new("a").kind("anthropic").at(&upstream)).start();
    wait_for_models(&gateway, &["a/claude-a", "a/claude-b"]);
    let list = gateway.get("/v1/models").send().expect_status(200).json();
    assert_eq!(
        (&list["data"][0]["created"], &list["data"][0]["owned_by"]),
        (&json!(1_747_180_800), &json!("a")),
        "{list}"
    );
}
