//! `/metrics` (spec 08 §9, B29; 01 B19).

use blackbox::{Gate, gateway, openai, upstream};

use crate::setup::{KEY, one};

#[test]
fn a_path_of_the_api_cannot_become_the_open_metrics_path() {
    // Case 1-21, B19.
    for endpoint in ["/v1/models", "/v1", "/p/x", "/health", "/admin/x", "/a/../v1/models"] {
        let gateway = gateway().master_key(KEY).env("METRICS_ENDPOINT", endpoint).start();
        gateway.get("/v1/models").anonymous().send().error(401);
        gateway.get("/health").anonymous().send().expect_status(200);
        gateway.get("/metrics").anonymous().send().expect_status(200);
        gateway.wait_for_log(&["WARN", "using /metrics"]);
    }
}

#[test]
fn another_path_is_cleaned_and_used() {
    let gateway =
        gateway().master_key(KEY).env("METRICS_ENDPOINT", "/foo/../numbers").metrics_at("/numbers").start();
    gateway.get("/numbers").anonymous().send().expect_status(200);
    gateway.get("/metrics").send().error(404);
}

#[test]
fn metrics_can_require_the_key() {
    // B19, optional.
    let gateway = gateway().master_key(KEY).env("METRICS_REQUIRE_AUTH", "true").start();
    gateway.get("/metrics").anonymous().send().error(401);
    gateway.get("/metrics").send().expect_status(200);
}

#[test]
fn a_call_is_counted_once_with_its_labels() {
    // Case 8-57.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.chat("gpt-4o").expect_status(200);
    gateway.stream("gpt-4o").rest();
    let metrics = gateway.metrics();
    let labels =
        ["provider=\"openai\"", "status_code=\"200\"", "status_type=\"success\"", "model=\"gpt-4o\""];
    let count = |stream: &str| metrics.sum("gomodel_requests_total", &[&labels[..], &[stream]].concat());
    assert_eq!((count("stream=\"false\""), count("stream=\"true\"")), (1.0, 1.0), "{}", metrics.text());
    let durations = metrics.sum("gomodel_request_duration_seconds_count", &["provider=\"openai\""]);
    assert_eq!(durations, 2.0);
    let tokens = |kind: &str| metrics.sum("gomodel_tokens_total", &[kind]);
    assert_eq!((tokens("type=\"input\""), tokens("type=\"output\"")), (18.0, 4.0), "{}", metrics.text());
}

#[test]
fn running_calls_are_gauged_until_their_last_byte() {
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(1, &gate)]).start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    stream.next_frame();
    let gauge = || gateway.metrics().sum("gomodel_requests_in_flight", &["provider=\"openai\""]);
    assert_eq!(gauge(), 1.0);
    gate.open();
    stream.rest();
    gateway.eventually("the gauge is zero", |_| (gauge() == 0.0).then_some(()));
}

#[test]
fn at_rest_the_scrape_is_the_only_call() {
    // What the drop of the fixture relies on.
    let gateway = gateway().start();
    gateway.eventually("one call is in flight", |gateway| {
        (gateway.metrics().sum("gomodel_calls_in_flight", &[]) == 1.0).then_some(())
    });
    assert_eq!(gateway.metrics().sum("gomodel_calls_in_flight", &[]), 1.0);
}

#[test]
fn failures_are_counted_as_such() {
    let upstream = upstream().chat([openai::error(400, "no", "x")]).start();
    let gateway = one(&upstream);
    gateway.chat("gpt-4o").error(400);
    let metrics = gateway.metrics();
    assert_eq!(metrics.sum("gomodel_requests_total", &["status_code=\"400\"", "status_type=\"error\""]), 1.0);
}

#[test]
fn what_a_client_invents_makes_no_label() {
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).start();
    for index in 0..20 {
        gateway.chat(&format!("openai/invented-{index}"));
        gateway.chat(&format!("invented-{index}")).error(404);
        gateway.get(&format!("/invented-{index}")).send().error(404);
    }
    let text = gateway.metrics().text().to_owned();
    assert!(!text.contains("invented-"), "{text}");
}

#[test]
fn the_text_is_what_prometheus_reads() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.chat("gpt-4o").expect_status(200);
    let answer = gateway.get("/metrics").send().expect_status(200);
    let content_type = answer.header("content-type").unwrap_or_default();
    assert!(content_type.contains("text/plain") || content_type.contains("openmetrics"), "{content_type}");
    for line in answer.text().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let value = line.rsplit(' ').next().unwrap_or_default();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    for metric in
        ["gomodel_http_requests_total", "gomodel_overhead_seconds_count", "process_resident_memory_bytes"]
    {
        assert!(gateway.metrics().has(metric), "{metric} is missing");
    }
}
