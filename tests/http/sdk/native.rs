//! The scripts against the agents themselves: what fails here is a mistake of a script or of an agent, not of the gateway.

use std::path::Path;

use blackbox::{Upstream, agent};

use super::{installed, run};

/// `GEMINI_VERSION` is the first segment of the paths of a scripted upstream; `NATIVE` tells scripts that speak several
/// dialects which one is here.
fn variables(upstream: &Upstream, dialect: &str) -> [(&'static str, String); 3] {
    [
        ("GATEWAY", format!("http://{}", upstream.address())),
        ("GEMINI_VERSION", "v1".to_owned()),
        ("NATIVE", dialect.to_owned()),
    ]
}

fn python(script: &str, upstream: &Upstream, dialect: &str) {
    let (python, _) = installed();
    run(&python.join("bin/python"), script, &python, &variables(upstream, dialect));
}

fn node(script: &str, upstream: &Upstream, dialect: &str) {
    let (_, node) = installed();
    run(Path::new("node"), script, &node, &variables(upstream, dialect));
}

#[test]
fn the_chat_agent_is_what_openai_clients_expect() {
    let agent = agent::chat();
    python("python/openai_chat.py", &agent, "chat");
    python("python/openai_agents.py", &agent, "chat");
    node("node/openai_chat.mjs", &agent, "chat");
    node("node/vercel_ai.mjs", &agent, "chat");
}

#[test]
fn the_responses_agent_is_what_openai_clients_expect() {
    let agent = agent::responses();
    python("python/openai_responses.py", &agent, "responses");
    python("python/openai_agents.py", &agent, "responses");
    node("node/openai_responses.mjs", &agent, "responses");
    node("node/vercel_ai.mjs", &agent, "responses");
}

#[test]
fn the_messages_agent_is_what_anthropic_clients_expect() {
    let agent = agent::messages();
    python("python/anthropic_messages.py", &agent, "messages");
    node("node/anthropic_messages.mjs", &agent, "messages");
    node("node/vercel_ai.mjs", &agent, "messages");
}

#[test]
fn the_gemini_agent_is_what_google_clients_expect() {
    let agent = agent::gemini();
    python("python/google_gemini.py", &agent, "gemini");
    node("node/google_gemini.mjs", &agent, "gemini");
    node("node/vercel_ai.mjs", &agent, "gemini");
}
