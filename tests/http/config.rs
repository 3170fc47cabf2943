//! Where settings come from, and how bad ones are refused (spec 08 §6.1, B25–B27).

use std::process::Output;

use blackbox::{Builder, gateway, upstream};

fn refused(builder: Builder) -> String {
    let output: Output = builder.start_fails();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

#[test]
fn an_unknown_key_of_the_file_is_named_with_its_line() {
    // Case 8-48.
    let yaml = "server:\n  base_path: /\nloging: {}\n";
    let text = refused(gateway().config_yaml(yaml));
    assert!(text.contains("loging") && text.contains("line 3"), "{text}");
    let gateway = gateway().config_yaml(yaml).env("CONFIG_STRICT", "false").start();
    gateway.wait_for_log(&["loging"]);
}

#[test]
fn the_environment_beats_the_file_and_an_empty_variable_counts_as_unset() {
    let yaml = "server:\n  body_size_limit: 1K\n";
    let large = |builder: Builder| {
        let gateway = builder.start();
        gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 3000]).send().status()
    };
    assert_eq!(large(gateway().config_yaml(yaml)), 413);
    assert_eq!(large(gateway().config_yaml(yaml).env("BODY_SIZE_LIMIT", "4K")), 400);
    assert_eq!(large(gateway().config_yaml(yaml).env("BODY_SIZE_LIMIT", "")), 413);
}

#[test]
fn two_documents_and_malformed_text_are_always_fatal() {
    let lenient = || gateway().env("CONFIG_STRICT", "false");
    let text = refused(lenient().config_yaml("server: {}\n---\nserver: {}\n"));
    assert!(text.contains("only one YAML document"), "{text}");
    refused(lenient().config_yaml("server: [\n"));
    refused(lenient().config_yaml("server:\n  body_size_limit: {}\n"));
    refused(gateway().env("CONFIG_STRICT", "perhaps"));
}

#[test]
fn booleans_have_eight_spellings_and_no_others() {
    // 08-B25.
    for value in ["yes", "on", "TRUE", "1"] {
        let gateway = gateway().env("READY_REQUIRES_MODELS", value).start();
        gateway.get("/health/ready").send().expect_status(503);
    }
    let text = refused(gateway().env("READY_REQUIRES_MODELS", "maybe"));
    assert!(text.contains("READY_REQUIRES_MODELS"), "{text}");
}

#[test]
fn times_are_seconds_or_durations() {
    for value in ["600", "10m", "1m30s", "500ms"] {
        gateway().env("HTTP_TIMEOUT", value).start();
    }
}

#[test]
fn secrets_can_come_from_files() {
    // 08-B24: `<NAME>_FILE`.
    let upstream = upstream().start();
    let builder = gateway().provider("openai", &upstream).master_key("mk-planted-in-a-file");
    let path = builder.path().join("key");
    std::fs::write(&path, "mk-planted-in-a-file\n").expect("a file");
    let builder =
        builder.key_only_in_requests().env("GOMODEL_MASTER_KEY_FILE", path.to_str().expect("a path"));
    let gateway = builder.start();
    gateway.get("/v1/models").anonymous().send().error(401);
    gateway.get("/v1/models").send().expect_status(200);
}

#[test]
fn a_file_can_be_named() {
    let builder = gateway();
    let path = builder.path().join("other.yaml");
    std::fs::write(&path, "server:\n  body_size_limit: 1K\n").expect("a file");
    let gateway = builder.env("GOMODEL_CONFIG", path.to_str().expect("a path")).start();
    gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 3000]).send().error(413);
}

#[test]
fn dollars_that_are_no_references_stay() {
    // 08-B26: a lone `$` stays, `$${` is a literal `${`.
    let key = "mk-planted-pa$$w0rd";
    let yaml = format!("server:\n  master_key: \"{key}\"\n");
    let gateway = gateway().config_yaml(&yaml).master_key(key).key_only_in_requests().start();
    gateway.get("/v1/models").send().expect_status(200);
}

#[test]
fn references_are_expanded_with_defaults() {
    let yaml = "server:\n  body_size_limit: \"${LIMIT_FOR_TEST:-1K}\" # ${NOT_IN_A_COMMENT}\n";
    let large = |builder: Builder| {
        let gateway = builder.start();
        gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 3000]).send().status()
    };
    assert_eq!(large(gateway().config_yaml(yaml)), 413);
    assert_eq!(large(gateway().config_yaml(yaml).env("LIMIT_FOR_TEST", "4K")), 400);
    let text = refused(gateway().config_yaml("server:\n  base_path: \"${NOT_SET_ANYWHERE}\"\n"));
    assert!(text.contains("NOT_SET_ANYWHERE"), "{text}");
}

#[test]
fn a_name_that_is_nearly_a_setting_is_pointed_out() {
    // 08-B27.
    let gateway = gateway().env("OPENAI_APIKEY", "sk-planted-nearly").start();
    let line = gateway.wait_for_log(&["OPENAI_APIKEY"]);
    assert!(line.contains("OPENAI_API_KEY"), "{line}");
}
