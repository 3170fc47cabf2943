//! The official SDKs as clients. This file starts what they talk to and runs their scripts in `tests/sdk`.
//! `tests/sdk/install.sh` (called by `make test`) makes their directories; without it the tests say so and fail.
//! `agents.rs`: every SDK over every upstream dialect, through the gateway. `native.rs`: the same scripts without a gateway.

mod agents;
mod native;

use std::path::{Path, PathBuf};
use std::process::Command;

use blackbox::{At, Cut, Gateway, Reply, Seen, Upstream, gateway, openai, upstream};
use serde_json::json;

const KEY: &str = "mk-planted-sdk-key";
const STATUSES: [u16; 7] = [400, 401, 403, 422, 429, 500, 503];

/// The scripted provider: the model's name says what happens.
fn provider() -> Upstream {
    let names: Vec<String> = STATUSES.iter().map(|status| format!("status-{status}")).collect();
    let mut models: Vec<&str> = names.iter().map(String::as_str).collect();
    models.extend(["gpt-4o", "text-embedding-3-small", "cut"]);
    upstream().models(&models).answer("/v1/chat/completions", chat).start()
}

fn chat(seen: &Seen, _calls: usize) -> Reply {
    let body = seen.json();
    let model = body["model"].as_str().unwrap_or_default();
    if let Some(status) = model.strip_prefix("status-").and_then(|status| status.parse().ok()) {
        return openai::error(status, "scripted", "scripted_code");
    }
    match (model, body["stream"] == true) {
        ("cut", _) => openai::chat_stream(&["a", "b"]).cut(At::AfterFrames(2), Cut::Reset),
        (_, true) => Reply::stream(openai::frames(
            &["po", "ng"],
            body["stream_options"]["include_usage"] == json!(true),
        )),
        (_, false) => openai::chat("pong"),
    }
}

fn bench() -> (Upstream, Gateway) {
    let provider = provider();
    let gateway = gateway()
        .provider("openai", &provider)
        .master_key(KEY)
        .env("DEMO_PROVIDER_ENABLED", "true")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
        .env("RETRY_MAX_RETRIES", "0")
        .start();
    (provider, gateway)
}

/// The two directories that the script prints, Python's and Node's.
fn installed() -> (PathBuf, PathBuf) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/install.sh");
    let output = Command::new(&script).output().expect("tests/sdk/install.sh runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines().rev().map(PathBuf::from);
    let (Some(node), Some(python), true) = (lines.next(), lines.next(), output.status.success()) else {
        panic!("{} failed: {text}{}", script.display(), String::from_utf8_lossy(&output.stderr));
    };
    (python, node)
}

/// Runs a script of `tests/sdk` with nothing of the caller's environment that an SDK would read.
fn run(program: &Path, script: &str, directory: &Path, variables: &[(&str, String)]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk").join(script);
    let mut command = Command::new(program);
    command.arg(script).env("SDK_DIR", directory).env("PYTHONDONTWRITEBYTECODE", "1");
    for name in ["OPENAI", "ANTHROPIC", "GOOGLE", "GEMINI"] {
        for suffix in ["API_KEY", "BASE_URL", "AUTH_TOKEN"] {
            command.env_remove(format!("{name}_{suffix}"));
        }
    }
    command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
    let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

fn at(gateway: &Gateway) -> [(&'static str, String); 2] {
    [("BASE_URL", format!("http://{}/v1", gateway.address())), ("API_KEY", KEY.to_owned())]
}

#[test]
fn the_python_sdk_works_as_with_openai_itself() {
    let (python, _) = installed();
    let (_provider, gateway) = bench();
    run(&python.join("bin/python"), "python/check.py", &python, &at(&gateway));
}

#[test]
fn the_node_sdk_works_as_with_openai_itself() {
    let (_, node) = installed();
    let (_provider, gateway) = bench();
    run(Path::new("node"), "node/check.mjs", &node, &at(&gateway));
}
