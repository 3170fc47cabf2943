//! Who may call: credentials, open paths, the envelope of a refusal (spec 01 §3).

use blackbox::gateway;

use crate::setup::KEY;

const MISSING: &str = "missing credentials: send 'Authorization: Bearer <token>' or 'x-api-key: <token>'";
const FORMAT: &str = "invalid authorization header format, expected 'Bearer <token>'";

#[test]
fn a_call_without_credential_is_told_both_ways_to_send_one() {
    // Case 1-1.
    let gateway = gateway().master_key(KEY).start();
    let answer = gateway.get("/v1/models").anonymous().send();
    let error = answer.error(401);
    assert_eq!((error.error_type.as_str(), error.message.as_str()), ("authentication_error", MISSING));
    assert_eq!((error.param, error.code), (None, None));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "B14");
}

#[test]
fn the_master_key_opens_in_both_headers() {
    // Case 1-2.
    let gateway = gateway().master_key(KEY).start();
    gateway.get("/v1/models").send().expect_status(200);
    gateway.get("/v1/models").anonymous().header("x-api-key", KEY).send().expect_status(200);
    gateway.get("/v1/models").anonymous().header("X-API-KEY", KEY).send().expect_status(200);
}

#[test]
fn wrong_credentials_are_refused_with_the_reason_that_may_be_public() {
    // Cases 1-3, 1-4.
    let gateway = gateway().master_key(KEY).start();
    let get = || gateway.get("/v1/models").anonymous();
    let with = |value: &str| get().header("Authorization", value);
    let table = [
        (with("Bearer wrong").header("x-api-key", KEY), "invalid master key"),
        (get().header("x-api-key", "wrong"), "invalid master key"),
        (with(&format!("Bearer  {KEY}")).header("x-api-key", KEY), "invalid master key"),
        (with("Basic abc"), FORMAT),
        (with("Basic abc").header("x-api-key", KEY), FORMAT),
        (with(&format!("bearer {KEY}")), FORMAT),
        (with("Bearer"), FORMAT),
        (with(KEY), FORMAT),
        (get().header("api-key", KEY), MISSING),
        (get().header("Cookie", &format!("key={KEY}")), MISSING),
        (with("").header("x-api-key", "wrong"), "invalid master key"),
    ];
    for (request, message) in table {
        let error = request.send().error(401);
        assert_eq!((error.error_type.as_str(), error.message.as_str()), ("authentication_error", message));
    }
    gateway.get(&format!("/v1/models?key={KEY}")).anonymous().send().error(401);
}

#[test]
fn an_empty_authorization_header_lets_x_api_key_speak() {
    let gateway = gateway().master_key(KEY).start();
    let request = gateway.get("/v1/models").anonymous();
    request.header("Authorization", "").header("x-api-key", KEY).send().expect_status(200);
}

#[test]
fn an_unknown_path_is_401_without_the_key_and_404_with_it() {
    // Case 1-5.
    let gateway = gateway().master_key(KEY).start();
    gateway.get("/does-not-exist").anonymous().send().error(401);
    let error = gateway.get("/does-not-exist").send().error(404);
    assert_eq!(error.error_type, "not_found_error");
    assert_eq!(error.message, "unknown API endpoint: GET /does-not-exist");
}

#[test]
fn health_is_open() {
    // Case 1-8.
    let gateway = gateway().master_key(KEY).start();
    let answer = gateway.get("/health").anonymous().send().expect_status(200);
    assert_eq!(answer.text(), r#"{"status":"ok"}"#);
    gateway.get("/health/ready").anonymous().send().expect_status(200);
    gateway.get("/health/ready").bearer("wrong").send().expect_status(200);
}

#[test]
fn without_any_key_calls_are_served_and_the_log_warns() {
    // Case 1-9.
    let upstream = blackbox::upstream().start();
    let gateway = gateway().provider("openai", &upstream).start();
    gateway.chat("gpt-4o").expect_status(200);
    gateway.wait_for_log(&["UNSAFE MODE"]);
}

#[test]
fn with_a_master_key_the_log_names_the_mode() {
    let gateway = gateway().master_key(KEY).start();
    gateway.wait_for_log(&["authentication enabled", "master_key"]);
    assert!(gateway.log_lines(&["UNSAFE MODE"]).is_empty());
}

#[test]
fn the_messages_path_refuses_in_the_anthropic_envelope() {
    // Case 1-15.
    let gateway = gateway().master_key(KEY).start();
    for path in ["/v1/messages", "/v1/messages/count_tokens", "/v1/messages/batches"] {
        let answer = gateway.request("POST", path).anonymous().body("{}").send();
        assert_eq!(
            answer.anthropic_error(401),
            ("authentication_error".to_owned(), MISSING.to_owned()),
            "{path}"
        );
    }
}

#[test]
fn a_user_path_that_climbs_is_refused() {
    // Case 1-14, second half.
    let gateway = gateway().master_key(KEY).start();
    for path in ["/a/../b", "/a/./b", "/a:b"] {
        let error = gateway.chat_request("gpt-4o").header("X-GoModel-User-Path", path).send().error(400);
        assert_eq!(error.message, "invalid X-GoModel-User-Path header", "{path}");
    }
}

#[test]
fn the_user_path_header_can_be_renamed() {
    let gateway = gateway().env("USER_PATH_HEADER", "X-Team-Path").start();
    let error = gateway.chat_request("m").header("X-Team-Path", "/a/../b").send().error(400);
    assert_eq!(error.message, "invalid X-Team-Path header");
}
