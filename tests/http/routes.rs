//! Which paths and methods exist, and how the others are refused (spec 01 §2).

use blackbox::gateway;

use crate::setup::KEY;

#[test]
fn an_unknown_path_with_anthropic_version_is_refused_in_its_envelope() {
    // Case 1-6.
    let gateway = gateway().master_key(KEY).start();
    let answer = gateway.get("/does-not-exist").header("anthropic-version", "2023-06-01").send();
    let (error_type, message) = answer.anthropic_error(404);
    assert_eq!(error_type, "not_found_error");
    assert_eq!(message, "unknown API endpoint: GET /does-not-exist");
}

#[test]
fn a_wrong_method_is_405_and_names_the_right_one() {
    // Case 1-7.
    let gateway = gateway().master_key(KEY).start();
    for (method, path, allowed) in [
        ("GET", "/v1/chat/completions", "POST"),
        ("PUT", "/v1/embeddings", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/health", "GET"),
    ] {
        let answer = gateway.request(method, path).send();
        let error = answer.error(405);
        assert_eq!(error.error_type, "invalid_request_error", "{method} {path}");
        assert_eq!(error.code.as_deref(), Some("method_not_allowed"), "{method} {path}");
        let allow = answer.header("allow").unwrap_or_default();
        assert!(allow.contains(allowed), "{method} {path}: Allow is {allow:?}");
    }
}

#[test]
fn authentication_comes_before_routing() {
    let gateway = gateway().master_key(KEY).start();
    gateway.get("/v1/chat/completions").anonymous().send().error(401);
}

#[test]
fn one_trailing_slash_is_tolerated() {
    // B22.
    let upstream = blackbox::upstream().start();
    let gateway = crate::setup::one(&upstream);
    gateway.get("/v1/models/").send().expect_status(200);
    let body = serde_json::json!({"model": "gpt-4o", "messages": []});
    gateway.post("/v1/chat/completions/", &body).send().expect_status(200);
    gateway.post("/v1/chat/completions//", &body).send().error(404);
}

#[test]
fn the_root_says_who_answers() {
    // B22: browsers are led to the dashboard once there is one.
    let gateway = gateway().start();
    let answer = gateway.get("/").send().expect_status(200);
    let text = answer.text().to_lowercase();
    assert!(text.contains("gomodel"), "{text}");
}

#[test]
fn paths_are_matched_case_sensitively_and_never_by_prefix() {
    let gateway = gateway().start();
    for path in ["/V1/models", "/v1/modelsx", "/v1/chat/completionsx", "/v1/chat", "/v1", "/healthx"] {
        let error = gateway.get(path).send().error(404);
        assert_eq!(error.message, format!("unknown API endpoint: GET {path}"));
    }
}

#[test]
fn disabled_operations_are_unknown_paths() {
    // Case 1-21, first part: no metrics unless they are switched on.
    let gateway = gateway().env("METRICS_ENABLED", "false").master_key(KEY).start();
    gateway.get("/metrics").anonymous().send().error(401);
    gateway.get("/metrics").send().error(404);
    gateway.get("/swagger/index.html").send().error(404);
    gateway.get("/debug/pprof/").send().error(404);
}

#[test]
fn a_second_request_on_the_same_connection_is_served() {
    let gateway = gateway().start();
    let request = gateway.get("/health");
    let mut connection = request.begin();
    for _ in 0..3 {
        assert_eq!(connection.read_answer("GET").expect("an answer").status(), 200);
        connection.write(&request.wire()).expect("the connection stays open");
    }
    assert_eq!(connection.read_answer("GET").expect("an answer").status(), 200);
}
