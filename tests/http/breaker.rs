//! The circuit breaker (spec 02 §6.4, B15; 01 §13.2).

use blackbox::{At, Builder, Cut, Gate, Gateway, Reply, Upstream, gateway, openai, upstream};

const CHAT: &str = "/v1/chat/completions";

fn bench(threshold: &str, timeout: &str) -> (Upstream, Gateway) {
    let upstream = upstream().start();
    let gateway = settings(gateway(), threshold, timeout).provider("openai", &upstream).start();
    (upstream, gateway)
}

fn settings(builder: Builder, threshold: &str, timeout: &str) -> Builder {
    builder
        .env("RETRY_MAX_RETRIES", "0")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", threshold)
        .env("CIRCUIT_BREAKER_TIMEOUT", timeout)
}

#[track_caller]
fn expect_open(gateway: &Gateway) {
    let answer = gateway.chat("gpt-4o");
    let error = answer.error(503);
    assert_eq!(error.message, "circuit breaker is open - provider temporarily unavailable");
    assert_eq!((error.error_type.as_str(), error.code.as_deref()), ("provider_error", Some("circuit_open")));
    let wait = answer.header("retry-after").and_then(|text| text.parse::<u64>().ok());
    assert!(wait.is_some_and(|seconds| seconds >= 1), "{:?}", answer.head);
}

#[test]
fn after_five_failures_the_sixth_call_is_refused_without_the_upstream() {
    // Case 1-42.
    let upstream = upstream().chat([Reply::status(500)]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    for _ in 0..5 {
        gateway.chat("gpt-4o").error(500);
    }
    expect_open(&gateway);
    assert_eq!(upstream.chats().len(), 5);
    assert_eq!(gateway.metrics().sum("gomodel_circuit_breaker_state", &["provider=\"openai\""]), 2.0);
}

#[test]
fn after_the_pause_one_probe_goes_through_and_others_wait_outside() {
    // Case 2-43.
    let gate = Gate::new();
    let (upstream, gateway) = bench("2", "200ms");
    upstream.on(CHAT, [Reply::status(500)]);
    gateway.chat("gpt-4o").error(500);
    gateway.chat("gpt-4o").error(500);
    expect_open(&gateway);
    upstream.on(CHAT, [openai::chat("hi").held_before_head(&gate)]);
    let before = upstream.chats().len();
    let mut probe = gateway.eventually("the pause is over", |gateway| {
        let probe = gateway.chat_request("gpt-4o").begin();
        let reached = (0..60).any(|_| {
            std::thread::yield_now();
            upstream.chats().len() > before || gateway.get("/health").send().status() != 200
        });
        reached.then_some(probe)
    });
    expect_open(&gateway);
    gate.open();
    assert_eq!(probe.read_answer("POST").expect("the probe's answer").status(), 200);
}

#[test]
fn probes_close_the_breaker_or_open_it_again() {
    // Case 2-44.
    let (upstream, gateway) = bench("1", "100ms");
    let trip = || {
        upstream.on(CHAT, [Reply::status(500)]);
        let before = upstream.chats().len();
        gateway.eventually("a failure that opens", |gateway| {
            gateway.chat("gpt-4o");
            (upstream.chats().len() > before).then_some(())
        });
    };
    let probe = |status: u16| {
        let before = upstream.chats().len();
        upstream
            .on(CHAT, [if status == 200 { openai::chat("hi") } else { openai::error(status, "no", "x") }]);
        gateway.eventually("a probe", |gateway| {
            let answer = gateway.chat("gpt-4o");
            (upstream.chats().len() > before).then_some(answer.status())
        })
    };
    let state = || gateway.metrics().sum("gomodel_circuit_breaker_state", &["provider=\"openai\""]);
    trip();
    assert_eq!((probe(200), state()), (200, 1.0), "one of two successes: half open");
    assert_eq!((probe(200), state()), (200, 0.0), "closed");
    trip();
    assert_eq!((probe(429), state()), (429, 2.0), "a 429 on the probe opens again");
    assert_eq!((probe(400), state()), (400, 1.0), "a 400 counts as success");
}

#[test]
fn a_success_between_failures_starts_the_count_anew_and_429_does_not_count() {
    // Case 2-45; 404 is an answer of a provider that works.
    let (upstream, gateway) = bench("2", "30s");
    upstream.on(
        CHAT,
        [Reply::status(500), openai::error(404, "no", "x"), Reply::status(500), openai::chat("hi")],
    );
    for expected in [500, 404, 500, 200] {
        assert_eq!(gateway.chat("gpt-4o").status(), expected);
    }
    upstream.on(CHAT, [openai::error(429, "slow", "x")]);
    for _ in 0..10 {
        gateway.chat("gpt-4o").error(429);
    }
    upstream.on(CHAT, [openai::chat("hi")]);
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn a_client_that_leaves_does_not_count() {
    // Case 2-46.
    let (upstream, gateway) = bench("1", "30s");
    upstream.on(CHAT, [openai::chat("x").cut(At::BeforeHead, Cut::Silence)]);
    let connection = gateway.chat_request("gpt-4o").begin();
    upstream.wait_for_chats(1);
    drop(connection);
    upstream.wait_for_hangup(0);
    upstream.on(CHAT, [openai::chat("hi")]);
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn a_stream_that_breaks_counts_as_a_failure() {
    // 02-B15.
    let (upstream, gateway) = bench("2", "30s");
    upstream.on(CHAT, [openai::chat_stream(&["a"]).cut(At::AfterFrames(2), Cut::Reset)]);
    for _ in 0..2 {
        gateway.stream("gpt-4o").rest();
    }
    gateway.eventually("the breaker opens", |gateway| (gateway.chat("gpt-4o").status() == 503).then_some(()));
    expect_open(&gateway);
}

#[test]
fn a_threshold_of_zero_switches_it_off() {
    let (upstream, gateway) = bench("0", "30s");
    upstream.on(CHAT, [Reply::status(500)]);
    for _ in 0..12 {
        gateway.chat("gpt-4o").error(500);
    }
}

#[test]
fn discovery_does_not_open_it() {
    // 02-B7.
    let upstream = upstream().start();
    let gateway = settings(gateway(), "1", "30s").env("PROVIDER_RECHECK_INTERVAL", "1");
    let gateway = gateway.provider("openai", &upstream).start();
    upstream.on("/v1/models", [Reply::status(500)]);
    gateway.chat("openai/typo");
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn refused_credentials_are_neutral() {
    // 02-B15.
    let (upstream, gateway) = bench("2", "30s");
    upstream.on(CHAT, [Reply::status(500), openai::error(401, "no", "x"), Reply::status(500)]);
    assert_eq!(gateway.chat("gpt-4o").status(), 500);
    assert_eq!(gateway.chat("gpt-4o").status(), 401);
    assert_eq!(gateway.chat("gpt-4o").status(), 500);
    expect_open(&gateway);
}
