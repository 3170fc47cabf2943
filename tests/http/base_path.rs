//! `BASE_PATH`: everything is mounted below a prefix, and nothing beside it (spec 01 §1.2).

use blackbox::{gateway, upstream};

#[test]
fn everything_moves_below_the_base_and_nothing_is_left_outside() {
    // Case 1-16.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("BASE_PATH", "g/").start();
    gateway.get("/g/health").send().expect_status(200);
    gateway.get("/g/v1/models").send().expect_status(200);
    gateway.get("/g/metrics").send().expect_status(200);
    let body = serde_json::json!({"model": "gpt-4o", "messages": []});
    gateway.post("/g/v1/chat/completions", &body).send().expect_status(200);
    for path in ["/health", "/gopher/health", "/v1/models", "/metrics", "/"] {
        gateway.get(path).send().error(404);
    }
}

#[test]
fn an_encoded_base_is_the_base_and_an_encoded_slash_is_not() {
    // Case 1-17.
    let gateway = gateway().env("BASE_PATH", "/g").start();
    gateway.get("/%67/health").send().expect_status(200);
    let status = gateway.get("/%67%2Fhealth").send().status();
    assert!(status == 400 || status == 404, "{status}");
    let status = gateway.get("/g%2Fhealth").send().status();
    assert!(status == 400 || status == 404, "{status}");
}

#[test]
fn the_base_is_normalised() {
    for (setting, prefix) in [("//a/./b//", "/a/b"), ("/a/../c", "/c"), ("/", "")] {
        let gateway = gateway().env("BASE_PATH", setting).mounted_at(prefix).start();
        gateway.get(&format!("{prefix}/health")).send().expect_status(200);
    }
}

#[test]
fn messages_name_the_path_below_the_base() {
    let gateway = gateway().env("BASE_PATH", "/g").start();
    let error = gateway.get("/g/nope").send().error(404);
    assert_eq!(error.message, "unknown API endpoint: GET /nope");
}

#[test]
fn the_dialect_of_an_error_is_decided_below_the_base() {
    let gateway = gateway().env("BASE_PATH", "/g").master_key(crate::setup::KEY).start();
    let answer = gateway.request("POST", "/g/v1/messages").anonymous().body("{}").send();
    assert_eq!(answer.anthropic_error(401).0, "authentication_error");
}
