//! Every SDK over every upstream dialect: one gateway with four agents behind it, and each script of `tests/sdk` as a test.
//! What the agents check is in `src/upstream/agent`; what the SDKs must see is in the scripts.

use std::path::Path;

use blackbox::{Gateway, Provider, Upstream, agent, gateway};

use super::{KEY, installed, run};

/// The instances, which the scripts find in `TARGETS`.
const TARGETS: &str = "chat,responses,messages,gemini";

/// The agents and the gateway before them. The gateway is dropped first.
struct Bench {
    gateway: Gateway,
    _upstreams: [Upstream; 4],
}

fn bench() -> Bench {
    let (chat, responses, messages, gemini) =
        (agent::chat(), agent::responses(), agent::messages(), agent::gemini());
    // Each type speaks nothing but its dialect. A subscription lists no models, so they are named here.
    let subscription = format!("models: [{}]", agent::MODELS.join(", "));
    let gateway = gateway()
        .with(Provider::new("chat").kind("groq").at(&chat))
        .with(Provider::new("responses").kind("chatgpt").at(&responses).yaml(&subscription))
        .with(Provider::new("messages").kind("anthropic").at(&messages))
        .with(Provider::new("gemini").kind("gemini").at(&gemini))
        .master_key(KEY)
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
        .env("RETRY_MAX_RETRIES", "0")
        .start();
    Bench { gateway, _upstreams: [chat, responses, messages, gemini] }
}

fn variables(gateway: &Gateway) -> [(&'static str, String); 3] {
    [
        ("GATEWAY", format!("http://{}", gateway.address())),
        ("API_KEY", KEY.to_owned()),
        ("TARGETS", TARGETS.to_owned()),
    ]
}

fn python(script: &str) {
    let (python, _) = installed();
    let bench = bench();
    run(&python.join("bin/python"), script, &python, &variables(&bench.gateway));
}

fn node(script: &str) {
    let (_, node) = installed();
    let bench = bench();
    run(Path::new("node"), script, &node, &variables(&bench.gateway));
}

#[test]
fn openai_for_python_chats_with_every_dialect() {
    python("python/openai_chat.py");
}

#[test]
fn openai_for_python_gets_responses_of_every_dialect() {
    python("python/openai_responses.py");
}

#[test]
fn anthropic_for_python_gets_messages_of_every_dialect() {
    python("python/anthropic_messages.py");
}

#[test]
fn google_for_python_gets_content_of_every_dialect() {
    python("python/google_gemini.py");
}

#[test]
fn the_agents_sdk_loops_over_every_dialect() {
    python("python/openai_agents.py");
}

#[test]
fn openai_for_node_chats_with_every_dialect() {
    node("node/openai_chat.mjs");
}

#[test]
fn openai_for_node_gets_responses_of_every_dialect() {
    node("node/openai_responses.mjs");
}

#[test]
fn anthropic_for_node_gets_messages_of_every_dialect() {
    node("node/anthropic_messages.mjs");
}

#[test]
fn google_for_node_gets_content_of_every_dialect() {
    node("node/google_gemini.mjs");
}

#[test]
fn the_vercel_sdk_speaks_every_dialect_to_every_dialect() {
    node("node/vercel_ai.mjs");
}
