//! How the process ends: what runs is finished, what takes too long is told, nothing new is taken (spec 01 §12, B18).

use std::time::{Duration, Instant};

use blackbox::gateway::Signal;
use blackbox::{Gate, Gateway, Reply, client, gateway, openai, upstream};
use serde_json::json;

use crate::dialects::{Four, pairs};

#[test]
fn a_call_in_flight_is_finished_and_the_process_exits_cleanly() {
    // Case 1-57, first half; the gate stands for the three seconds.
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat("late").held_before_head(&gate)]).start();
    let mut gateway = gateway().provider("openai", &upstream).env("SHUTDOWN_DRAIN_TIMEOUT", "10s").start();
    let mut call = gateway.chat_request("gpt-4o").begin();
    upstream.wait_for_chats(1);
    gateway.signal(Signal::TERM);
    wait_for_drain(&gateway);
    let refused = gateway.chat("gpt-4o");
    assert_eq!(refused.error(503).code.as_deref(), Some("shutting_down"));
    assert!(refused.header("retry-after").is_some(), "{:?}", refused.head);
    gate.open();
    let answer = call.read_answer("POST").expect("the answer").expect_status(200);
    assert!(answer.text().contains("late"));
    assert!(gateway.wait_for_exit().success());
}

#[test]
fn a_stream_that_outlasts_the_drain_is_cut_with_a_word() {
    // Case 1-57, second half, with a short drain.
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(1, &gate)]).start();
    let mut gateway = gateway().provider("openai", &upstream).env("SHUTDOWN_DRAIN_TIMEOUT", "300ms").start();
    let mut stream = gateway.stream("gpt-4o");
    assert!(stream.next_text().contains("assistant"));
    let start = Instant::now();
    gateway.signal(Signal::TERM);
    let texts = stream.rest_texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(client::data(&texts[0])["error"]["code"], "shutting_down");
    assert!(start.elapsed() >= Duration::from_millis(250), "it was given its time");
    assert!(gateway.wait_for_exit().success());
    upstream.wait_for_hangup(0);
}

#[test]
fn a_stream_that_outlasts_the_drain_ends_in_its_own_dialect() {
    // 01 §9.5, B2: every pair of dialects at once; none of them looks whole.
    let mut four = Four::with(|builder| builder.env("SHUTDOWN_DRAIN_TIMEOUT", "300ms"));
    let gate = Gate::new();
    let streams: Vec<_> = pairs()
        .map(|(client, up)| {
            let frames = up.opening();
            let count = frames.len();
            four.script(up, Reply::stream(frames).gate(count, &gate));
            let mut stream = four.open(client, up, &json!({}));
            let mut seen = Vec::new();
            while client.streamed_text(&seen) != "po " {
                seen.push(stream.next_text());
            }
            (client, up, stream, seen)
        })
        .collect();
    four.gateway.signal(Signal::TERM);
    for (client, up, mut stream, mut frames) in streams {
        frames.extend(stream.rest_texts());
        let told = client.failure(&frames, client == up);
        let told = told.unwrap_or_else(|problem| panic!("{client:?} to {up:?}: {problem}: {frames:?}"));
        assert_eq!(told.message, "the gateway is shutting down", "{client:?} to {up:?}");
        assert!(!client.looks_whole(&frames), "{client:?} to {up:?}: {frames:?}");
    }
    assert!(four.gateway.wait_for_exit().success());
}

#[test]
fn an_idle_connection_does_not_hold_the_process() {
    let mut gateway = gateway().env("SHUTDOWN_DRAIN_TIMEOUT", "30s").start();
    let mut idle = gateway.get("/health").begin();
    assert_eq!(idle.read_answer("GET").expect("an answer").status(), 200);
    let _silent = gateway.connect();
    let start = Instant::now();
    gateway.signal(Signal::TERM);
    assert!(gateway.wait_for_exit().success());
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn while_draining_only_readiness_turns() {
    // B18.
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat("late").held_before_head(&gate)]).start();
    let mut gateway = gateway().provider("openai", &upstream).env("SHUTDOWN_DRAIN_TIMEOUT", "10s").start();
    let mut call = gateway.chat_request("gpt-4o").begin();
    upstream.wait_for_chats(1);
    gateway.signal(Signal::TERM);
    wait_for_drain(&gateway);
    gateway.get("/health").send().expect_status(200);
    gate.open();
    assert_eq!(call.read_answer("POST").expect("the answer").status(), 200);
    assert!(gateway.wait_for_exit().success());
}

/// Waits until readiness says `draining`.
fn wait_for_drain(gateway: &Gateway) {
    gateway.eventually("readiness says draining", |gateway| {
        let answer = gateway.get("/health/ready").try_send().ok()?;
        (answer.status() == 503 && answer.json()["status"] == "draining").then_some(())
    });
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat("late").held_before_head(&gate)]).start();
    let mut gateway = gateway().provider("openai", &upstream).env("SHUTDOWN_DRAIN_TIMEOUT", "60s").start();
    let _call = gateway.chat_request("gpt-4o").begin();
    upstream.wait_for_chats(1);
    let start = Instant::now();
    gateway.signal(Signal::TERM);
    wait_for_drain(&gateway);
    gateway.signal(Signal::INT);
    gateway.wait_for_exit();
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn the_pid_file_comes_and_goes() {
    let mut gateway = gateway().start();
    let path = gateway.directory().join("gomodel.pid");
    let content = gateway.eventually("the pid file", |_| std::fs::read_to_string(&path).ok());
    assert_eq!(content.trim(), gateway.pid().to_string());
    gateway.signal(Signal::TERM);
    assert!(gateway.wait_for_exit().success());
    assert!(!path.exists());
}
