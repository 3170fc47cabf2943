//! Second tries: on what, how often, after which wait (spec 02 §6.2, B12–B14).

use std::time::{Duration, Instant};

use blackbox::{At, Cut, Reply, gateway, openai, upstream};

use crate::setup::one;

#[test]
fn a_call_that_succeeds_at_the_third_try_is_one_answer() {
    // Cases 1-41, 2-40.
    for first in [502, 429, 503, 504, 529, 408] {
        let upstream =
            upstream().chat([Reply::status(first), Reply::status(first), openai::chat("hi")]).start();
        let gateway = one(&upstream);
        let answer = gateway.chat("gpt-4o").expect_status(200);
        assert_eq!(upstream.chats().len(), 3, "{first}");
        assert_eq!(answer.header("x-gomodel-attempts"), Some("3"), "{first}");
        let bodies: Vec<_> = upstream.chats().iter().map(|seen| seen.body.clone()).collect();
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{first}");
    }
}

#[test]
fn a_500_is_tried_once_more_and_no_oftener() {
    // Cases 1-41, 2-40 (ours: two attempts, B13).
    let upstream = upstream().chat([openai::error(500, "oops", "x")]).start();
    let error = one(&upstream).chat("gpt-4o").error(500);
    assert_eq!(error.error_type, "provider_error");
    assert_eq!(upstream.chats().len(), 2);
}

#[test]
fn zero_retries_is_one_attempt() {
    // Case 2-41, first half.
    for status in [503, 500] {
        let upstream = upstream().chat([Reply::status(status)]).start();
        let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
        gateway.chat("gpt-4o").error(status);
        assert_eq!(upstream.chats().len(), 1, "{status}");
    }
}

#[test]
fn a_stream_is_tried_again_before_its_first_byte() {
    // Cases 1-41, 2-41 (ours).
    // The first reply closes its connection, so that the second is not the pool's own replay of an unanswered call.
    let replies = [
        Reply::status(503).header("connection", "close").then(Cut::Close),
        openai::chat("x").cut(At::BeforeHead, Cut::Reset),
        openai::chat_stream(&["a"]),
    ];
    let upstream = upstream().chat(replies).start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    assert_eq!((stream.status(), stream.header("x-gomodel-attempts")), (200, Some("3")));
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
}

#[test]
fn retry_after_is_waited_for_exactly_if_it_is_short() {
    // 02-B12.
    let busy = openai::error(429, "slow", "rl").header("retry-after-ms", "350");
    let upstream = upstream().chat([busy, openai::chat("hi")]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_BACKOFF", "2s").start();
    let start = Instant::now();
    gateway.chat("gpt-4o").expect_status(200);
    let waited = upstream.chats()[1].at - upstream.chats()[0].at;
    assert!(waited >= Duration::from_millis(350), "{waited:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn retry_after_beyond_the_limit_ends_the_tries_at_once() {
    // 02-B12: with one key and a hint beyond `max_backoff` there is nothing to wait for.
    let busy = openai::error(503, "down", "rl").header("retry-after", "60");
    let upstream = upstream().chat([busy]).start();
    let gateway = one(&upstream);
    let answer = gateway.chat("gpt-4o");
    answer.error(503);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(upstream.chats().len(), 1);
}

#[test]
fn one_provider_can_have_its_own_retries() {
    // 02 §1.3 and B17.
    let upstream = upstream().chat([Reply::status(503)]).start();
    let block = |yaml: &str| blackbox::Provider::new("openai").at(&upstream).yaml(yaml);
    for yaml in ["resilience: {retry: {max_retries: 1}}", "retries: 1"] {
        upstream.on("/v1/chat/completions", [Reply::status(503)]);
        let before = upstream.chats().len();
        let gateway = gateway().with(block(yaml)).start();
        gateway.chat("gpt-4o").error(503);
        assert_eq!(upstream.chats().len() - before, 2, "{yaml}");
    }
    let gateway = gateway()
        .env("OPENAI_API_KEY", "k")
        .env("OPENAI_BASE_URL", &upstream.base_url())
        .env("OPENAI_MAX_RETRIES", "2")
        .start();
    gateway.eventually("models", |gateway| (!gateway.model_ids().is_empty()).then_some(()));
    let before = upstream.chats().len();
    gateway.chat("gpt-4o").error(503);
    assert_eq!(upstream.chats().len() - before, 3);
}

#[test]
fn retries_count_as_one_call_in_the_metrics() {
    let upstream = upstream().chat([Reply::status(503), openai::chat("hi")]).start();
    let gateway = one(&upstream);
    gateway.chat("gpt-4o").expect_status(200);
    let metrics = gateway.metrics();
    assert_eq!(metrics.sum("gomodel_requests_total", &["provider=\"openai\"", "status_code=\"200\""]), 1.0);
    assert_eq!(metrics.sum("gomodel_requests_total", &["status_code=\"503\""]), 0.0);
    assert_eq!(metrics.sum("gomodel_retries_total", &[]), 1.0, "{}", metrics.text());
}

#[test]
fn values_that_make_no_sense_stop_the_start() {
    // 02-B17.
    for (name, value) in [
        ("RETRY_MAX_RETRIES", "many"),
        ("RETRY_BACKOFF_FACTOR", "0.5"),
        ("RETRY_JITTER_FACTOR", "2"),
        ("RETRY_INITIAL_BACKOFF", "-1s"),
        ("HTTP_TIMEOUT", "soon"),
    ] {
        let output = gateway().env(name, value).start_fails();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}={value}: {text}");
        assert!(text.contains(name), "{name}={value}: {text}");
    }
}
