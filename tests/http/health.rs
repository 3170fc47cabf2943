//! `/health` and `/health/ready` (spec 01 §12, B9, B18).

use blackbox::{At, Cut, Reply, gateway, upstream};
use serde_json::json;

#[test]
fn a_gateway_without_providers_is_healthy_and_ready() {
    let gateway = gateway().start();
    assert_eq!(gateway.get("/health").send().expect_status(200).text(), r#"{"status":"ok"}"#);
    let ready = gateway.get("/health/ready").send().expect_status(200).json();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["components"]["models"], "empty");
}

#[test]
fn readiness_says_how_far_the_models_are_without_failing() {
    let slow = upstream().on("/v1/models", [Reply::status(200).cut(At::BeforeHead, Cut::Silence)]).start();
    let loading = gateway().provider("openai", &slow).without_waiting_for_models().start();
    let ready = loading.get("/health/ready").send().expect_status(200).json();
    assert_eq!(ready["components"]["models"], "loading");
    let upstream = upstream().start();
    let loaded = crate::setup::one(&upstream);
    let ready = loaded.get("/health/ready").send().expect_status(200).json();
    assert_eq!((&ready["status"], &ready["components"]["models"]), (&json!("ready"), &json!("ok")));
}

#[test]
fn readiness_can_require_models() {
    let gateway = gateway().env("READY_REQUIRES_MODELS", "true").start();
    gateway.get("/health/ready").send().expect_status(503);
    gateway.get("/health").send().expect_status(200);
}

#[test]
fn a_provider_that_is_down_does_not_make_the_gateway_unready() {
    let upstream = upstream().on("/v1/models", [Reply::status(500)]).start();
    let gateway = gateway().provider("openai", &upstream).without_waiting_for_models().start();
    gateway.get("/health/ready").send().expect_status(200);
}

#[test]
fn the_answers_are_json_and_the_body_of_a_get_is_read_away() {
    let gateway = gateway().start();
    let request = gateway.get("/health").body("ignored");
    let mut connection = request.begin();
    let answer = connection.read_answer("GET").expect("an answer");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    connection.write(&request.wire()).expect("the connection goes on");
    assert_eq!(connection.read_answer("GET").expect("an answer").status(), 200);
}
