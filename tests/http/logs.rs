//! The log: one line per call, JSON, without anything secret (spec 01 §4.5, 08 §7.4). Every test of this binary looks
//! for planted secrets too, as the fixture does it.

use blackbox::{gateway, openai, upstream};
use serde_json::Value;

use crate::setup::{KEY, one};

#[test]
fn every_line_is_json_with_time_level_and_message() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.chat("gpt-4o").expect_status(200);
    for line in gateway.stop().lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            value["time"].is_string() && value["level"].is_string() && value["msg"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn a_model_call_is_one_line_with_its_facts() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let request =
        gateway.chat_request("gpt-4o").header("X-Request-ID", "line-1").header("User-Agent", "tester/1");
    request.send().expect_status(200);
    let line = gateway.wait_for_log(&["line-1", "REQUEST"]);
    let line: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((&line["method"], &line["uri"]), (&"POST".into(), &"/v1/chat/completions".into()), "{line}");
    assert_eq!(line["status"], 200, "{line}");
    assert_eq!(line["request_id"], "line-1");
    assert_eq!(line["user_agent"], "tester/1");
    assert!(line["latency_ms"].as_f64() > Some(0.0), "{line}");
    assert!(line["bytes_in"].as_u64() > Some(0) && line["bytes_out"].as_u64() > Some(0), "{line}");
    assert_eq!(gateway.log_lines(&["line-1", "REQUEST"]).len(), 1);
}

#[test]
fn a_streams_line_comes_at_its_end() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.stream_request("gpt-4o").header("X-Request-ID", "line-2").open().rest();
    let line: Value = serde_json::from_str(&gateway.wait_for_log(&["line-2", "REQUEST"])).expect("JSON");
    assert!(line["bytes_out"].as_u64() > Some(100), "{line}");
}

#[test]
fn other_paths_have_lines_only_if_asked_for() {
    for (setting, expected) in [("true", 0), ("false", 1)] {
        let gateway = gateway().env("LOGGING_ONLY_MODEL_INTERACTIONS", setting).start();
        gateway.get("/v1/models").header("X-Request-ID", "line-3").send().expect_status(200);
        let log = gateway.stop();
        let lines = log.lines().filter(|line| line.contains("line-3") && line.contains("REQUEST")).count();
        assert_eq!(lines, expected, "{setting}");
    }
}

#[test]
fn secrets_in_a_query_are_redacted() {
    // 01 §4.5 and B22.
    let gateway = gateway().env("LOGGING_ONLY_MODEL_INTERACTIONS", "false").start();
    let names = [
        "access_token",
        "client_secret",
        "code",
        "code_challenge",
        "code_verifier",
        "error_description",
        "id_token",
        "nonce",
        "refresh_token",
        "state",
        "token",
        "key",
        "api_key",
        "sig",
        "signature",
        "password",
        "API_KEY",
    ];
    for name in names {
        gateway.get(&format!("/v1/models?limit=3&{name}=hush-planted&x=1")).send();
    }
    gateway.get("/v1/models?to%6ben=hush-planted").send();
    gateway.get("/v1/models?token=%zzhush-planted").send();
    let log = gateway.stop();
    assert!(!log.contains("hush-planted"), "{log}");
    assert!(log.contains("limit=3") && log.contains("REDACTED"), "{log}");
}

#[test]
fn neither_bodies_nor_credentials_are_logged() {
    let upstream = upstream().chat([openai::chat("answer-planted-text")]).start();
    let gateway = gateway().provider("openai", &upstream).master_key(KEY).env("LOG_LEVEL", "debug").start();
    let body = serde_json::json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "prompt-planted-text"}]});
    gateway.post("/v1/chat/completions", &body).send().expect_status(200);
    gateway.get("/v1/models").bearer("sk-wrong-planted-credential").send().error(401);
    gateway
        .get("/v1/models")
        .anonymous()
        .header("x-api-key", "sk-wrong-planted-credential")
        .send()
        .error(401);
    let log = gateway.stop();
    for text in ["prompt-planted-text", "answer-planted-text", "sk-wrong-planted-credential"] {
        assert!(!log.contains(text), "{text} stands in the log");
    }
}

#[test]
fn an_error_is_logged_once_at_its_level() {
    let upstream = upstream().chat([openai::error(500, "oops", "x")]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    gateway.chat_request("nope").header("X-Request-ID", "warn-1").send().error(404);
    gateway.chat_request("gpt-4o").header("X-Request-ID", "fail-1").send().error(500);
    let log = gateway.stop();
    let level = |id: &str, level: &str| {
        let lines = log.lines().filter(|line| line.contains(id)).map(|line| line.to_lowercase());
        lines.filter(|line| line.contains(&format!("\"level\":\"{level}"))).count()
    };
    assert_eq!((level("warn-1", "warn"), level("warn-1", "error")), (1, 0), "{log}");
    assert_eq!(level("fail-1", "error"), 1, "{log}");
}

#[test]
fn a_header_cannot_forge_a_line() {
    let gateway = gateway().env("LOGGING_ONLY_MODEL_INTERACTIONS", "false").start();
    gateway.get("/health").header("User-Agent", "a\"},{\"msg\":\"forged\"").send().expect_status(200);
    for line in gateway.stop().lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(value["msg"], "forged");
    }
}

#[test]
fn the_start_is_told() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for part in ["config file loaded", "providers resolved", "listening"] {
        gateway.wait_for_log(&[part]);
    }
    let bare = blackbox::gateway().start();
    bare.wait_for_log(&["no config file found"]);
    bare.wait_for_log(&["DEMO_PROVIDER_ENABLED"]);
}

#[test]
fn a_level_that_does_not_exist_stops_the_start() {
    let output = gateway().env("LOG_LEVEL", "loud").start_fails();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && text.contains("LOG_LEVEL"), "{text}");
}
