use vocabulary::Secret;

use super::Paths;
use crate::base_url::BaseUrl;
use crate::definitions::{Kind, find};

fn paths(kind: &str, base: &str, version: Option<&str>, query: &[(&str, &str)]) -> Paths {
    let Some(Kind::Built(definition)) = find(kind) else { panic!("{kind}") };
    let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    Paths::new(definition, definition.embeddings, &BaseUrl::parse(base).unwrap(), version, &query).unwrap()
}

#[track_caller]
fn check(kind: &str, base: &str, version: Option<&str>, chat: &str, embeddings: &str, listing: &str) {
    let paths = paths(kind, base, version, &[]);
    assert_eq!(paths.spoken[0].whole.path("my model").unwrap().as_str(), chat, "{kind} {base}");
    assert_eq!(paths.embeddings.path("my model").unwrap().as_str(), embeddings, "{kind} {base}");
    assert_eq!(paths.listing.as_ref().map_or("", |path| path.as_str()), listing, "{kind} {base}");
}

#[test]
fn paths_are_appended_to_the_base() {
    check("openai", "http://u/v1", None, "/v1/chat/completions", "/v1/embeddings", "/v1/models");
    check("openai", "http://u", None, "/chat/completions", "/embeddings", "/models");
    check("deepseek", "http://u/", None, "/chat/completions", "/embeddings", "/models");
    check(
        "openrouter",
        "http://u/api/v1",
        None,
        "/api/v1/chat/completions",
        "/api/v1/embeddings",
        "/api/v1/models?output_modalities=all",
    );
}

#[test]
fn own_endpoints_of_a_server_stand_beside_its_versioned_ones() {
    check("ollama", "http://u:1/v1", None, "/v1/chat/completions", "/api/embed", "/v1/models");
    check(
        "ollama",
        "http://u:1/proxy/v1",
        None,
        "/proxy/v1/chat/completions",
        "/proxy/api/embed",
        "/proxy/v1/models",
    );
    check(
        "github",
        "https://g/inference",
        None,
        "/inference/chat/completions",
        "/inference/embeddings",
        "/catalog/models",
    );
    check(
        "cloudflare",
        "https://c/client/v4/accounts/a/ai/v1",
        None,
        "/client/v4/accounts/a/ai/v1/chat/completions",
        "/client/v4/accounts/a/ai/v1/embeddings",
        "/client/v4/accounts/a/ai/models/search?per_page=1000",
    );
}

#[test]
fn case_31_a_deployment_scoped_azure_base_calls_that_deployment() {
    check(
        "azure",
        "http://u/openai/deployments/d1",
        None,
        "/openai/deployments/d1/chat/completions?api-version=2024-10-21",
        "/openai/deployments/d1/embeddings?api-version=2024-10-21",
        "/openai/models?api-version=2024-10-21",
    );
    assert_eq!(paths("azure", "http://u/openai/deployments/d1", None, &[]).deployment.as_deref(), Some("d1"));
}

#[test]
fn azure_derives_the_resource_from_any_form() {
    for base in ["http://u", "http://u/", "http://u/openai", "http://u/openai/v1/"] {
        check(
            "azure",
            base,
            Some("2025-01-01"),
            "/openai/deployments/my%20model/chat/completions?api-version=2025-01-01",
            "/openai/deployments/my%20model/embeddings?api-version=2025-01-01",
            "/openai/models?api-version=2025-01-01",
        );
        check(
            "azure",
            base,
            Some("v1"),
            "/openai/v1/chat/completions",
            "/openai/v1/embeddings",
            "/openai/v1/models",
        );
    }
    check(
        "azure",
        "http://u/openai/deployments/d1",
        Some("v1"),
        "/openai/v1/chat/completions",
        "/openai/v1/embeddings",
        "/openai/v1/models",
    );
}

#[test]
fn a_configured_query_is_encoded_and_added() {
    let plain = paths("openai", "http://u/v1", None, &[("a b", "c&d"), ("e", "")]);
    assert_eq!(plain.spoken[0].whole.path("m").unwrap().as_str(), "/v1/chat/completions?a%20b=c%26d&e=");
    let azure = paths("azure", "http://u", Some("2025-01-01"), &[("api-version", "x"), ("k", "v")]);
    assert_eq!(azure.listing.unwrap().as_str(), "/openai/models?api-version=2025-01-01&k=v");
    let listed = paths("openrouter", "http://u/v1", None, &[("k", "v")]);
    assert_eq!(listed.listing.unwrap().as_str(), "/v1/models?output_modalities=all&k=v");
}
