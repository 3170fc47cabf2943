//! SIGHUP: a new configuration without a lost call (spec 01 §12, 08 §7.3; `DESIGN.md`, "Reload").

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use blackbox::gateway::Signal;
use blackbox::{Gate, Gateway, Provider, Stream, gateway, openai, upstream};

use crate::setup::one;

const MODELS: &str = "/v1/models";

#[test]
fn fifty_reloads_under_load_refuse_nothing_and_cut_nothing() {
    let gate = Gate::new();
    let hold = gate.clone();
    let upstream = upstream()
        .answer("/v1/chat/completions", move |seen, _| match seen.json()["stream"] == true {
            true => openai::chat_stream(&["a"]).gate(1, &hold),
            false => openai::chat("hi"),
        })
        .start();
    let gateway = gateway().provider("openai", &upstream).env("SHUTDOWN_DRAIN_TIMEOUT", "60s").start();
    let mut streams: Vec<Stream> = (0..100).map(|_| gateway.stream("gpt-4o")).collect();
    for stream in &mut streams {
        assert!(stream.next_text().contains("assistant"));
    }
    let resident = gateway.resident_bytes();
    let calls = reload_under_load(&gateway, 50);
    assert!(calls > 50, "only {calls} calls ran beside the reloads");
    gate.open();
    for stream in &mut streams {
        assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
    }
    let grown = gateway.resident_bytes().saturating_sub(resident);
    assert!(grown < 24 << 20, "resident memory grew by {} KiB over 50 reloads", grown >> 10);
}

/// Sends so many SIGHUPs, each after the last was done, while calls run; returns how many calls were answered.
fn reload_under_load(gateway: &Gateway, reloads: usize) -> usize {
    let (done, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    gateway.chat("gpt-4o").expect_status(200);
                    gateway.get("/health").send().expect_status(200);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let reloaded = (0..reloads).all(|_| gateway.reload());
        done.store(true, Ordering::Relaxed);
        assert!(reloaded, "a reload failed");
    });
    calls.into_inner()
}

#[test]
fn a_burst_of_signals_is_at_least_one_reload_and_does_no_harm() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let start = Instant::now();
    for _ in 0..20 {
        gateway.signal(Signal::HUP);
        gateway.get("/health").send().expect_status(200);
    }
    assert!(gateway.reload());
    gateway.chat("gpt-4o").expect_status(200);
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn new_providers_come_and_old_ones_go() {
    let (first, second) = (upstream().start(), upstream().models(&["m2"]).start());
    let mut gateway = gateway().provider("first", &first).start();
    gateway.rewrite_config(|builder| builder.without("first").provider("second", &second));
    assert!(gateway.reload());
    gateway.eventually("the new models", |gateway| (gateway.model_ids() == ["second/m2"]).then_some(()));
    gateway.chat("second/m2").expect_status(200);
    gateway.chat("first/gpt-4o").error(404);
}

#[test]
fn settings_of_the_file_are_in_force_after_a_reload() {
    let upstream = upstream().start();
    let mut gateway = one(&upstream);
    gateway.rewrite_config(|builder| builder.config_yaml("server:\n  body_size_limit: 1K\n"));
    assert!(gateway.reload());
    let large = gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 2000]);
    large.send().error(413);
    gateway.chat("gpt-4o").expect_status(200);
}

#[test]
fn a_dotenv_file_is_read_again() {
    let upstream = upstream().start();
    let mut gateway = gateway().provider("openai", &upstream).dotenv("BODY_SIZE_LIMIT=1K\n").start();
    let large = gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 2000]);
    large.send().error(413);
    gateway.rewrite_config(|builder| builder.dotenv("\n"));
    assert!(gateway.reload());
    large.send().error(400);
}

#[test]
fn a_broken_file_changes_nothing_and_the_log_says_why() {
    let upstream = upstream().start();
    let mut gateway = one(&upstream);
    for (text, reason) in [
        ("server: [", ""),
        ("loging: {}\n", "loging"),
        ("server:\n  body_size_limit: 9G\n", "BODY_SIZE_LIMIT"),
    ] {
        gateway.rewrite_config(|builder| builder.config_yaml(text));
        assert!(!gateway.reload(), "{text:?} was taken");
        let line = gateway.log_lines(&["reload failed"]).pop().expect("a line");
        assert!(
            line.contains("keeping the running configuration") && line.contains(reason),
            "{text:?}: {line}"
        );
        gateway.chat("gpt-4o").expect_status(200);
    }
    gateway.rewrite_config(|builder| builder.config_yaml(""));
    assert!(gateway.reload());
}

#[test]
fn what_did_not_change_keeps_its_connections_and_its_state() {
    // Breakers, keys and pools outlive a reload (`DESIGN.md`); the existing gateway loses them.
    let (kept, other) = (upstream().start(), upstream().models(&["m2"]).start());
    let mut gateway = gateway().provider("kept", &kept).env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1");
    gateway = gateway.env("RETRY_MAX_RETRIES", "0");
    let mut gateway = gateway.start();
    gateway.chat("kept/gpt-4o").expect_status(200);
    let connection = kept.only_chat().connection;
    gateway.rewrite_config(|builder| builder.provider("other", &other));
    assert!(gateway.reload());
    let calls = 4;
    for _ in 0..calls {
        gateway.chat("kept/gpt-4o").expect_status(200);
    }
    assert!(kept.is_open(connection), "the pooled connection was thrown away");
    kept.on("/v1/chat/completions", [openai::error(500, "down", "x")]);
    gateway.chat("kept/gpt-4o").error(500);
    assert!(gateway.reload());
    assert_eq!(gateway.chat("kept/gpt-4o").error(503).code.as_deref(), Some("circuit_open"));
}

#[test]
fn an_instance_whose_settings_changed_is_built_anew() {
    let upstream = upstream().start();
    let mut gateway = one(&upstream);
    gateway.chat("gpt-4o").expect_status(200);
    let provider = Provider::new("openai").key("sk-planted-second-key").at(&upstream);
    gateway.rewrite_config(|builder| builder.with(provider));
    assert!(gateway.reload());
    gateway.eventually("the new key is used", |gateway| {
        gateway.chat("gpt-4o").expect_status(200);
        let last = upstream.chats().pop()?;
        (last.header("authorization") == Some("Bearer sk-planted-second-key")).then_some(())
    });
}

#[test]
fn a_listing_is_not_lost_while_the_new_one_is_made() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let gate = Gate::new();
    upstream.on(MODELS, [openai::models(&["gpt-4o"]).held_before_head(&gate)]);
    assert!(gateway.reload());
    assert_eq!(gateway.model_ids(), ["openai/gpt-4o"]);
    gateway.chat("gpt-4o").expect_status(200);
    gate.open();
}

#[test]
fn the_command_line_asks_for_a_reload() {
    let upstream = upstream().start();
    let mut gateway = one(&upstream);
    gateway
        .eventually("the pid file", |gateway| gateway.directory().join("gomodel.pid").exists().then_some(()));
    gateway.rewrite_config(|builder| builder.config_yaml("server:\n  body_size_limit: 1K\n"));
    let output = gateway.run(&["--reload"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.trim(), format!("reload requested (pid {})", gateway.pid()));
    let large = gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 2000]);
    gateway.eventually("the change is in force", |_| (large.send().status() == 413).then_some(()));
    gateway.rewrite_config(|builder| builder.config_yaml("loging: {}\n"));
    let refused = gateway.run(&["--reload"]);
    assert_eq!(refused.status.code(), Some(1), "a broken file is found before any signal");
}
