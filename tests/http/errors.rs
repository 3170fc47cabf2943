//! What a caller is told: malformed requests, and upstream errors normalised (spec 01 §6, B4, B5).

use blackbox::{At, Cut, Provider, Reply, gateway, openai, upstream};
use serde_json::{Value, json};

use crate::setup::one;

#[test]
fn a_body_without_model_or_without_json_is_refused_before_any_call() {
    // Case 1-22.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let post = |body: &str| gateway.request("POST", "/v1/chat/completions").body(body).send();
    for body in [r#"{"messages":[]}"#, r#"{"model":null}"#, r#"{"model":""}"#, r#"{"model":"  "}"#] {
        let error = post(body).error(400);
        assert_eq!(
            (error.error_type.as_str(), error.message.as_str()),
            ("invalid_request_error", "model is required")
        );
    }
    let nested = format!(r#"{{"model":"gpt-4o","x":{}{}}}"#, "[".repeat(300), "]".repeat(300));
    for body in [
        "{invalid}",
        "",
        "null",
        "[]",
        "\"text\"",
        "{}x",
        r#"{"model":"gpt-4o"} {}"#,
        r#"{"model":"gpt-4o",}"#,
        r#"{"model":01}"#,
        "{\"model\":\"a\nb\"}",
        r#"{"model":"\x"}"#,
        nested.as_str(),
    ] {
        let error = post(body).error(400);
        assert!(error.message.starts_with("invalid request body:"), "{body}: {}", error.message);
    }
    assert!(upstream.chats().is_empty());
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    // B7: the path of the member stands in `param`.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for (member, value, param) in [
        ("model", json!(7), "model"),
        ("stream", json!("yes"), "stream"),
        ("messages", json!("hello"), "messages"),
        ("temperature", json!("hot"), "temperature"),
        ("max_tokens", json!("many"), "max_tokens"),
        ("tools", json!({}), "tools"),
        ("parallel_tool_calls", json!(1), "parallel_tool_calls"),
        ("stream_options", json!(true), "stream_options"),
        ("messages", json!([{"role": "user", "content": 7}]), "messages[0].content"),
    ] {
        let mut body = json!({"model": "gpt-4o", "messages": []});
        body[member] = value;
        let error = gateway.post("/v1/chat/completions", &body).send().error(400);
        assert!(error.message.starts_with("invalid request body:"), "{body}: {}", error.message);
        assert_eq!(error.param.as_deref(), Some(param), "{body}");
    }
    assert!(upstream.chats().is_empty());
}

#[test]
fn an_unknown_model_is_404_and_is_not_tried() {
    // Case 1-23.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let error = gateway.chat("nope").error(404);
    assert_eq!(error.error_type, "not_found_error");
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
    assert_eq!(error.message, "unsupported model: nope");
    assert!(upstream.chats().is_empty());
}

#[test]
fn a_rate_limit_of_the_provider_keeps_its_message_code_and_hint() {
    // Case 1-39.
    let busy = openai::error(429, "slow", "rl")
        .header("retry-after", "7")
        .header("retry-after-ms", "7000")
        .header("x-ratelimit-remaining-requests", "0");
    let upstream = upstream().chat([busy]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    let answer = gateway.chat("gpt-4o");
    let error = answer.error(429);
    assert_eq!((error.error_type.as_str(), error.message.as_str()), ("rate_limit_error", "slow"));
    assert_eq!(error.code.as_deref(), Some("rl"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("retry-after-ms"), Some("7000"));
    assert_eq!(answer.header("x-upstream-ratelimit-remaining-requests"), Some("0"));
    assert_eq!(answer.header("x-ratelimit-remaining-requests"), None, "the gateway has no such rule");
    assert_eq!(answer.header("x-gomodel-error-source"), Some("upstream"));
}

/// Type, message, param and code of an error.
type Normal = (&'static str, &'static str, Option<&'static str>, Option<&'static str>);

/// The table of 01 §6.3: upstream status and body, our status, and the rest.
const NORMAL_FORMS: &[(u16, &str, u16, Normal)] = &[
    (
        400,
        r#"{"error":{"message":"bad temp","type":"x","param":"temperature","code":"invalid_value"}}"#,
        400,
        ("invalid_request_error", "bad temp", Some("temperature"), Some("invalid_value")),
    ),
    (
        429,
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m1 is busy"}}}"#,
        429,
        ("rate_limit_error", "m1 is busy", None, Some("429")),
    ),
    (
        422,
        r#"{"message":"no such voice","error_type":"bad_voice"}"#,
        422,
        ("invalid_request_error", "no such voice", None, Some("bad_voice")),
    ),
    (503, "upstream on fire", 503, ("provider_error", "upstream on fire", None, None)),
    (
        401,
        r#"{"error":{"message":"bad key"}}"#,
        401,
        ("authentication_error", "bad key", None, Some("upstream_authentication_error")),
    ),
    (
        403,
        r#"{"error":"forbidden region"}"#,
        403,
        ("authentication_error", "forbidden region", None, Some("upstream_authentication_error")),
    ),
    (
        403,
        r#"{"error":{"message":"no","code":"own"}}"#,
        403,
        ("authentication_error", "no", None, Some("own")),
    ),
    (404, r#"{"error":{"message":"gone","code":null}}"#, 404, ("not_found_error", "gone", None, None)),
    (409, r#"{"error":null,"message":"conflict"}"#, 409, ("invalid_request_error", "conflict", None, None)),
    (500, r#"{"error":{"message":"oops","code":{"a":1}}}"#, 500, ("provider_error", "oops", None, None)),
    (529, r#"{"error":{"message":"overloaded"}}"#, 529, ("provider_error", "overloaded", None, None)),
    (418, "[1,2]", 418, ("invalid_request_error", "[1,2]", None, None)),
];

#[test]
fn every_upstream_status_and_shape_has_its_normal_form() {
    // Case 1-40; whole calls and streams alike.
    let upstream = upstream().start();
    let gateway = gateway()
        .provider("openai", &upstream)
        .env("RETRY_MAX_RETRIES", "0")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
        .start();
    for (status, body, expected, normal) in NORMAL_FORMS {
        upstream.on("/v1/chat/completions", [Reply::status(*status).body(*body)]);
        for request in [gateway.chat_request("gpt-4o"), gateway.stream_request("gpt-4o")] {
            let answer = request.send();
            let error = answer.error(*expected);
            let rest = (error.param.as_deref(), error.code.as_deref());
            let found = (error.error_type.as_str(), error.message.as_str(), rest.0, rest.1);
            assert_eq!(found, *normal, "{status} {body}");
            assert_eq!(answer.header("x-gomodel-error-source"), Some("upstream"), "{status} {body}");
        }
    }
}

#[test]
fn a_redirect_of_a_post_is_a_provider_error_and_is_not_followed() {
    let elsewhere = upstream().start();
    let target = format!("{}/chat/completions", elsewhere.base_url());
    for status in [301, 302, 307, 308] {
        let upstream = upstream().chat([Reply::status(status).header("location", &target)]).start();
        let error = one(&upstream).chat("gpt-4o").error(502);
        assert_eq!(error.error_type, "provider_error", "{status}");
    }
    assert!(elsewhere.requests().is_empty(), "the credential went to another origin");
}

#[test]
fn a_transport_error_names_no_host() {
    // Case 1-43, B5.
    let upstream = upstream().chat([openai::chat("x").cut(At::BeforeHead, Cut::Close)]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    let answer = gateway.chat("gpt-4o");
    let error = answer.error(502);
    assert_eq!(error.error_type, "provider_error");
    assert_eq!(error.message, "upstream connection failed");
    assert_eq!(error.code.as_deref(), Some("upstream_connection_error"));
    assert!(!answer.text().contains("127.0.0.1"));
}

#[test]
fn a_refused_connection_is_said_in_the_same_words() {
    let closed = Provider::new("openai").base_url(&upstream_down()).yaml("models: [gpt-4o]");
    let gateway = gateway().with(closed).env("RETRY_MAX_RETRIES", "0").start();
    let error = gateway.chat("openai/gpt-4o").error(502);
    assert_eq!(
        (error.message.as_str(), error.code.as_deref()),
        ("upstream connection failed", Some("upstream_connection_error"))
    );
}

fn upstream_down() -> String {
    blackbox::upstream::refusing_base_url()
}

#[test]
fn an_answer_that_cannot_be_read_is_an_invalid_response() {
    let upstream = upstream().start();
    let gateway =
        gateway().provider("openai", &upstream).env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0").start();
    for body in ["", "not json", "{\"id\":", "[]", "null"] {
        upstream.on("/v1/chat/completions", [Reply::status(200).body(body)]);
        let error = gateway.chat("gpt-4o").error(502);
        assert_eq!(error.error_type, "provider_error", "{body:?}");
        assert_eq!(error.code.as_deref(), Some("upstream_invalid_response"), "{body:?}");
        assert_eq!(
            upstream.chats().last().map(|seen| seen.target.clone()),
            Some("/v1/chat/completions".into())
        );
    }
    assert_eq!(upstream.chats().len(), 5, "a 2xx is never tried again");
}

#[test]
fn silence_beyond_the_limit_is_a_timeout() {
    let upstream = upstream().chat([openai::chat("x").cut(At::BeforeHead, Cut::Silence)]).start();
    let gateway =
        gateway().provider("openai", &upstream).env("HTTP_RESPONSE_HEADER_TIMEOUT", "200ms").start();
    for request in [gateway.chat_request("gpt-4o"), gateway.stream_request("gpt-4o")] {
        let error = request.send().error(504);
        assert_eq!(
            (error.message.as_str(), error.code.as_deref()),
            ("upstream request timed out", Some("upstream_timeout"))
        );
    }
    assert_eq!(upstream.chats().len(), 2, "our own timeouts are not tried again");
}

#[test]
fn a_credential_that_an_upstream_repeats_is_masked() {
    // B5; the fixture looks through the log.
    let key = "sk-planted-repeated-77";
    let echo = |status: u16| openai::error(status, &format!("bad key {key}, sorry"), key);
    let upstream = upstream().chat([echo(401)]).start();
    let gateway = gateway().with(Provider::new("openai").key(key).at(&upstream)).start();
    let answer = gateway.chat("gpt-4o");
    answer.error(401);
    assert!(!answer.text().contains(key), "{}", answer.text());
    assert!(answer.text().contains("sorry"), "{}", answer.text());
}

#[test]
fn an_error_body_is_read_up_to_64_kibibytes() {
    let long = "x".repeat(1 << 20);
    let upstream = upstream().chat([Reply::status(400).body(long)]).start();
    let answer = one(&upstream).chat("gpt-4o");
    let error = answer.error(400);
    assert!(error.message.len() <= 64 << 10, "{} bytes of message", error.message.len());
    let _: Value = answer.json();
}
