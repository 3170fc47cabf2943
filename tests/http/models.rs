//! `GET /v1/models` and `GET /v1/models/{id}` (spec 01 §11, B11).

use blackbox::{Reply, gateway, openai, upstream};
use serde_json::json;

use crate::setup::standard;

#[test]
fn models_are_listed_by_instance_and_sorted() {
    // Case 1-52.
    let standard = standard();
    let list = standard.gateway.get("/v1/models").send().expect_status(200).json();
    assert_eq!(list["object"], "list");
    let entries = list["data"].as_array().expect("a list");
    let found: Vec<_> =
        entries.iter().map(|entry| (entry["id"].as_str(), entry["owned_by"].as_str())).collect();
    assert_eq!(
        found,
        [
            (Some("groq/openai/gpt-oss-120b"), Some("groq")),
            (Some("openai/gpt-4o"), Some("openai")),
            (Some("openai/text-embedding-3-small"), Some("openai")),
        ]
    );
    assert_eq!((&entries[1]["object"], &entries[1]["created"]), (&json!("model"), &json!(1_715_367_049)));
}

#[test]
fn the_anthropic_rendering_is_one_page() {
    // Case 1-53.
    let standard = standard();
    let request = standard.gateway.get("/v1/models").header("anthropic-version", "2023-06-01");
    let list = request.send().expect_status(200).json();
    assert_eq!(list["has_more"], false);
    assert_eq!(list["first_id"], "groq/openai/gpt-oss-120b");
    assert_eq!(list["last_id"], "openai/text-embedding-3-small");
    let entry = &list["data"][1];
    assert_eq!((&entry["type"], &entry["id"]), (&json!("model"), &json!("openai/gpt-4o")));
    assert_eq!(entry["created_at"], "2024-05-10T18:50:49Z");
    assert!(entry["display_name"].is_string());
}

#[test]
fn anthropic_pages_can_be_asked_for() {
    // B11.
    let standard = standard();
    let page = |query: &str| {
        let request =
            standard.gateway.get(&format!("/v1/models?{query}")).header("anthropic-version", "2023-06-01");
        request.send().expect_status(200).json()
    };
    let first = page("limit=1");
    assert_eq!((&first["has_more"], &first["last_id"]), (&json!(true), &json!("groq/openai/gpt-oss-120b")));
    let second = page("limit=1&after_id=groq/openai/gpt-oss-120b");
    assert_eq!(second["first_id"], "openai/gpt-4o");
    let before = page("before_id=openai/gpt-4o");
    assert_eq!(
        (&before["first_id"], &before["has_more"]),
        (&json!("groq/openai/gpt-oss-120b"), &json!(false))
    );
}

#[test]
fn one_model_can_be_asked_for_in_every_spelling() {
    // Case 1-60.
    let standard = standard();
    for path in ["openai/gpt-4o", "openai%2Fgpt-4o", "gpt-4o"] {
        let model = standard.gateway.get(&format!("/v1/models/{path}")).send().expect_status(200).json();
        assert_eq!((&model["object"], &model["owned_by"]), (&json!("model"), &json!("openai")), "{path}");
        assert_eq!(model["id"], "openai/gpt-4o", "{path}");
    }
    let slashed =
        standard.gateway.get("/v1/models/groq/openai/gpt-oss-120b").send().expect_status(200).json();
    assert_eq!(slashed["id"], "groq/openai/gpt-oss-120b");
    let error = standard.gateway.get("/v1/models/nope").send().error(404);
    assert_eq!(
        (error.error_type.as_str(), error.code.as_deref()),
        ("not_found_error", Some("model_not_found"))
    );
    let answer = standard.gateway.get("/v1/models/nope").header("anthropic-version", "2023-06-01").send();
    assert_eq!(answer.anthropic_error(404).0, "not_found_error");
    standard.gateway.get("/v1/models/gpt-4o").anonymous().send().error(401);
}

#[test]
fn in_alias_only_mode_concrete_models_are_hidden_and_callable() {
    // Case 1-54 without redirects, which come later.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("KEEP_ONLY_ALIASES_AT_MODELS_ENDPOINT", "true");
    let gateway = gateway.without_waiting_for_models().start();
    let chat = || gateway.chat_request("openai/gpt-4o").send();
    gateway.eventually("the model is callable", |_| (chat().status() == 200).then_some(()));
    assert!(gateway.model_ids().is_empty());
}

#[test]
fn without_providers_the_list_is_empty_and_calls_are_not_ready() {
    // B9, case 2-14 (start).
    let gateway = gateway().start();
    let list = gateway.get("/v1/models").send().expect_status(200).json();
    assert_eq!(list["data"], json!([]));
    let answer = gateway.chat("gpt-4o");
    let error = answer.error(503);
    assert_eq!(error.error_type, "provider_error");
    assert_eq!(error.code.as_deref(), Some("model_registry_not_ready"));
    assert_eq!(error.message, "no models are available yet");
    assert_eq!(answer.header("retry-after"), Some("5"));
    let empty = gateway.get("/v1/models").header("anthropic-version", "x").send().expect_status(200).json();
    assert_eq!((&empty["data"], &empty["first_id"]), (&json!([]), &json!(null)));
}

#[test]
fn odd_entries_of_a_listing_are_skipped_and_pages_followed() {
    // 02-B6.
    let page = |ids: &[&str], more: bool| {
        let mut data: Vec<_> = ids.iter().map(|id| json!({"id": id, "created": 7})).collect();
        data.push(json!({"created": 7}));
        data.push(json!("odd"));
        Reply::json(&json!({"data": data, "has_more": more, "last_id": ids.last()}))
    };
    let first = page(&["a", "b"], true);
    let second = page(&["c"], false);
    let upstream = upstream()
        .answer(
            "/v1/models",
            move |seen, _| if seen.target.contains("after=b") { second.clone() } else { first.clone() },
        )
        .start();
    let gateway = crate::setup::one(&upstream);
    assert_eq!(gateway.model_ids(), ["openai/a", "openai/b", "openai/c"]);
}

#[test]
fn metadata_of_another_gateway_is_kept() {
    // 02 §3.3 item 5.
    let listing = json!({"data": [{"id": "m", "metadata": {"context_window": 4096, "modes": ["chat"]}}, {"id": "n", "created": "x"}]});
    let upstream = upstream().on("/v1/models", [Reply::json(&listing)]).start();
    let gateway = crate::setup::one(&upstream);
    let list = gateway.get("/v1/models").send().json();
    assert_eq!(list["data"][0]["metadata"]["context_window"], 4096);
    assert_eq!(list["data"][0]["metadata"]["categories"], json!(["text_generation"]));
}

#[test]
fn a_listing_is_the_same_for_every_caller_until_policies_exist() {
    let upstream = upstream().on("/v1/models", [openai::models(&["b", "a", "a"])]).start();
    let gateway = crate::setup::one(&upstream);
    assert_eq!(gateway.model_ids(), ["openai/a", "openai/b"]);
    let request = gateway.get("/v1/models").header("X-GoModel-User-Path", "/team/x");
    request.send().expect_status(200);
}
