//! Cross-origin calls: off by default, and never with credentials for everybody (spec 01 B15).

use blackbox::{Answer, Gateway, gateway};

use crate::setup::KEY;

fn preflight(gateway: &Gateway, origin: &str) -> Answer {
    let request = gateway.request("OPTIONS", "/v1/chat/completions").anonymous().header("Origin", origin);
    let request = request.header("Access-Control-Request-Method", "POST");
    request.header("Access-Control-Request-Headers", "authorization, x-custom").send()
}

#[test]
fn without_a_setting_there_are_no_cors_headers_and_a_preflight_needs_the_key() {
    let gateway = gateway().master_key(KEY).start();
    let answer = preflight(&gateway, "https://app.example");
    answer.error(401);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let answer = gateway.get("/health").header("Origin", "https://app.example").send();
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn a_preflight_of_an_allowed_origin_is_answered_before_authentication() {
    let gateway = gateway()
        .master_key(KEY)
        .env("CORS_ALLOWED_ORIGINS", "https://app.example,https://b.example")
        .start();
    let answer = preflight(&gateway, "https://app.example").expect_status(204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
    assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
    let headers = answer.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
    assert!(headers.contains("authorization") && headers.contains("x-custom"), "{headers}");
    assert!(answer.header("vary").is_some_and(|vary| vary.to_lowercase().contains("origin")));
}

#[test]
fn an_answer_to_an_allowed_origin_shows_our_headers_errors_included() {
    let gateway = gateway().master_key(KEY).env("CORS_ALLOWED_ORIGINS", "https://app.example").start();
    for request in [gateway.get("/v1/models"), gateway.get("/v1/models").anonymous()] {
        let answer = request.header("Origin", "https://app.example").send();
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
        assert!(exposed.contains("x-request-id"), "{exposed}");
    }
    let stranger = gateway.get("/v1/models").header("Origin", "https://evil.example").send();
    assert_eq!(stranger.header("access-control-allow-origin"), None);
}

#[test]
fn everybody_is_allowed_without_credentials_only() {
    let gateway = gateway().env("CORS_ALLOWED_ORIGINS", "*").start();
    let answer = preflight(&gateway, "https://any.example").expect_status(204);
    let allowed = answer.header("access-control-allow-origin");
    assert!(allowed == Some("*") || allowed == Some("https://any.example"), "{allowed:?}");
    assert_ne!(answer.header("access-control-allow-credentials"), Some("true"));
}
