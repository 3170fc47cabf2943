//! The command line (spec 08 §7.1, B24).

use std::process::Output;

use blackbox::{gateway, upstream};

use crate::setup::one;

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_version_is_told_in_one_line() {
    for flag in ["--version", "-version"] {
        let output = gateway().run_once(&[flag]);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{flag}: {}", text(&output));
        assert!(
            out.starts_with("gomodel ") && out.contains("commit:") && out.trim().lines().count() == 1,
            "{flag}: {out}"
        );
    }
}

#[test]
fn help_is_no_error_and_what_is_unknown_is() {
    // Case 8-55, last part.
    let output = gateway().run_once(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("--health"), "{}", text(&output));
    for arguments in [&["extra"][..], &["--nope"], &["--health-timeout"], &["--health", "more"]] {
        let output = gateway().run_once(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_probes_ask_the_running_gateway() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for flag in ["--health", "--ready", "-health"] {
        let output = gateway.run(&[flag]);
        assert_eq!(output.status.code(), Some(0), "{flag}: {}", text(&output));
    }
}

#[test]
fn the_probes_know_the_base_path() {
    let gateway = gateway().env("BASE_PATH", "/g").start();
    assert_eq!(gateway.run(&["--health"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["--ready", "--ready-timeout", "3s"]).status.code(), Some(0));
}

#[test]
fn a_probe_of_nobody_fails_in_words() {
    // Case 8-55, first part.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    for (flag, words) in [("--health", "health check failed: "), ("--ready", "readiness check failed: ")] {
        let output = gateway().env("PORT", &port).run_once(&[flag]);
        assert_eq!(output.status.code(), Some(1), "{flag}");
        assert!(text(&output).contains(words), "{}", text(&output));
    }
}

#[test]
fn readiness_that_is_refused_fails_the_probe() {
    let gateway = gateway().env("READY_REQUIRES_MODELS", "true").start();
    assert_eq!(gateway.run(&["--ready"]).status.code(), Some(1));
    assert_eq!(gateway.run(&["--health"]).status.code(), Some(0));
}

#[test]
fn a_reload_without_a_gateway_says_what_is_missing() {
    let output = gateway().run_once(&["--reload"]);
    assert_eq!(output.status.code(), Some(1));
    let words = text(&output);
    assert!(words.contains("reload failed: ") && words.contains("no pid file at"), "{words}");
    let stale = gateway();
    std::fs::write(stale.path().join("gomodel.pid"), "rubbish").expect("a pid file");
    let words = text(&stale.run_once(&["--reload"]));
    assert!(words.contains("does not contain a process id"), "{words}");
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = gateway().env("PORT", &port).start_fails();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains(&port), "{}", text(&output));
}

#[test]
fn check_config_reports_every_problem_at_once() {
    let fine = gateway().run_once(&["check-config"]);
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine));
    let broken = gateway()
        .env("PORT", "eighty")
        .env("HTTP_TIMEOUT", "-1")
        .config_yaml("loging: {}\nserver: {bas_path: x}\n");
    let output = broken.run_once(&["check-config"]);
    assert_eq!(output.status.code(), Some(1));
    for part in ["PORT", "HTTP_TIMEOUT", "loging", "bas_path"] {
        assert!(text(&output).contains(part), "{part}: {}", text(&output));
    }
}

#[test]
fn print_config_shows_values_and_hides_secrets() {
    let upstream = upstream().start();
    let builder =
        gateway().provider("openai", &upstream).master_key("mk-planted-print-1").env("BODY_SIZE_LIMIT", "2M");
    let output = builder.run_once(&["print-config"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let words = text(&output);
    assert!(!words.contains("mk-planted-print-1") && !words.contains("sk-planted-openai"), "{words}");
    assert!(words.contains("body_size_limit") || words.contains("BODY_SIZE_LIMIT"), "{words}");
}
