//! What is peculiar to a provider's type: paths, credentials, renames, clamps (spec 02 §§2–4, B26–B28).

use blackbox::{Gateway, Provider, Seen, Upstream, gateway, openai, upstream};
use serde_json::{Value, json};

fn bench(kind: &str, model: &str) -> (Upstream, Gateway) {
    let upstream = upstream().models(&[model]).start();
    let gateway = gateway().with(Provider::new("p").kind(kind).at(&upstream)).start();
    (upstream, gateway)
}

/// Sends a chat call with these members and returns what the upstream got.
fn sent(kind: &str, model: &str, members: Value) -> Value {
    let (upstream, gateway) = bench(kind, model);
    call(&gateway, model, members);
    upstream.only_chat().json()
}

fn call(gateway: &Gateway, model: &str, mut body: Value) {
    body["model"] = format!("p/{model}").into();
    if body.get("messages").is_none() {
        body["messages"] = json!([{"role": "user", "content": "ping"}]);
    }
    gateway.post("/v1/chat/completions", &body).send().expect_status(200);
}

#[test]
fn bailian_takes_the_limit_under_one_name_and_the_explicit_one_wins() {
    // Case 2-24.
    let body = sent("bailian", "qwen", json!({"max_tokens": 10, "max_completion_tokens": 7}));
    assert_eq!((&body["max_completion_tokens"], body.get("max_tokens")), (&json!(7), None));
    let body = sent("bailian", "qwen", json!({"max_tokens": 10}));
    assert_eq!((&body["max_completion_tokens"], body.get("max_tokens")), (&json!(10), None));
}

#[test]
fn deepseek_gets_its_own_efforts_and_reasoning_content() {
    // Cases 2-25, 2-26.
    for (effort, expected) in
        [("xhigh", "max"), ("max", "max"), ("low", "high"), ("medium", "high"), ("HIGH", "high")]
    {
        let body = sent("deepseek", "m", json!({"reasoning": {"effort": effort}}));
        assert_eq!((&body["reasoning_effort"], body.get("reasoning")), (&json!(expected), None), "{effort}");
    }
    let tool = json!([{"type": "function", "function": {"name": "f", "parameters": {}}}]);
    let calls = json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let messages = json!([{"role": "assistant", "tool_calls": calls}, {"role": "tool", "tool_call_id": "c", "content": "1"}]);
    let body = sent("deepseek", "m", json!({"tools": tool, "messages": messages}));
    assert_eq!(body["messages"][0]["reasoning_content"], " ");
    assert_eq!(body["messages"][1].get("reasoning_content"), None);
}

#[test]
fn xai_efforts_depend_on_the_model() {
    // Case 2-27.
    for (model, expected) in [
        ("grok-4.5", "high"),
        ("grok-4.6", "xhigh"),
        ("grok-4.20-x", "high"),
        ("grok-4.20-multi-agent", "xhigh"),
    ] {
        let body = sent("xai", model, json!({"reasoning": {"effort": "max"}}));
        assert_eq!((&body["reasoning_effort"], body.get("reasoning")), (&json!(expected), None), "{model}");
    }
}

#[test]
fn a_reasoning_object_never_reaches_a_chat_endpoint_that_does_not_know_it() {
    // 02-B26.
    for kind in ["openai", "fireworks", "meta", "kimicode", "groq"] {
        let body = sent(kind, "m", json!({"reasoning": {"effort": "low"}}));
        assert_eq!((&body["reasoning_effort"], body.get("reasoning")), (&json!("low"), None), "{kind}");
    }
    let body = sent("openrouter", "m", json!({"reasoning": {"effort": "low", "x": 1}}));
    assert_eq!(body["reasoning"], json!({"effort": "low", "x": 1}));
    for kind in ["zai", "xiaomi"] {
        let body = sent(kind, "m", json!({"reasoning": {"effort": "low"}}));
        assert_eq!((&body["thinking"], body.get("reasoning")), (&json!({"type": "enabled"}), None), "{kind}");
    }
    let body = sent("groq", "qwen/qwen3-32b", json!({"reasoning": {"effort": "high"}}));
    assert_eq!(body["reasoning_effort"], "default");
}

#[test]
fn xai_conversations_have_a_stable_id() {
    // Case 2-28, first half.
    let (upstream, gateway) = bench("xai", "grok");
    let start = json!([{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]);
    let mut longer = start.clone();
    longer.as_array_mut().expect("a list").push(json!({"role": "assistant", "content": "b"}));
    call(&gateway, "grok", json!({"messages": start}));
    call(&gateway, "grok", json!({"messages": longer}));
    call(&gateway, "grok", json!({"messages": [{"role": "user", "content": "other"}]}));
    let ids: Vec<_> = upstream.chats().iter().map(|seen| conversation(seen).to_owned()).collect();
    assert!(ids[0].starts_with("gomodel-") && ids[0].len() == 8 + 32, "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

fn conversation(seen: &Seen) -> &str {
    seen.header("x-grok-conv-id").expect("a conversation id")
}

#[test]
fn minimax_temperatures_are_clamped() {
    // Case 2-29, 02-B28.
    for (given, expected) in [(json!(0), 1.0), (json!(-1), 1.0), (json!(1.5), 1.0), (json!(0.3), 0.3)] {
        let body = sent("minimax", "m", json!({"temperature": given}));
        assert_eq!(body["temperature"].as_f64(), Some(expected), "{given}");
    }
}

#[test]
fn azure_goes_to_its_deployment_with_its_version_and_its_header() {
    // Case 2-31.
    let upstream = upstream()
        .on("/openai/models", [openai::models(&["d1"])])
        .on("/openai/deployments/d1/chat/completions", [openai::chat("hi")])
        .start();
    let base = format!("http://{}/openai/deployments/d1", upstream.address());
    let provider =
        Provider::new("azure").kind("azure").key("sk-planted-azure-1").at(&upstream).base_url(&base);
    let gateway = gateway().with(provider).start();
    gateway.chat("azure/d1").expect_status(200);
    let chat = upstream.requests_to("/openai/deployments/d1/chat/completions").remove(0);
    assert_eq!(chat.target, "/openai/deployments/d1/chat/completions?api-version=2024-10-21");
    assert_eq!((chat.header("api-key"), chat.header("authorization")), (Some("sk-planted-azure-1"), None));
    for listing in upstream.requests_to("/openai/models") {
        assert_eq!(listing.target, "/openai/models?api-version=2024-10-21");
    }
}

#[test]
fn openrouter_is_told_who_calls() {
    // Case 2-32, first half.
    let (upstream, gateway) = bench("openrouter", "m");
    call(&gateway, "m", json!({}));
    let seen = upstream.only_chat();
    assert_eq!(seen.header("http-referer"), Some("https://gomodel.enterpilot.io"));
    assert_eq!(seen.header("x-openrouter-title"), Some("GoModel"));
    let named = blackbox::upstream().models(&["m"]).start();
    let provider = Provider::new("p").kind("openrouter").at(&named);
    let gateway = blackbox::gateway()
        .with(provider)
        .env("OPENROUTER_SITE_URL", "https://me")
        .env("OPENROUTER_APP_NAME", "Mine");
    call(&gateway.start(), "m", json!({}));
    let seen = named.only_chat();
    assert_eq!(
        (seen.header("http-referer"), seen.header("x-openrouter-title")),
        (Some("https://me"), Some("Mine"))
    );
}

#[test]
fn ollama_embeds_through_its_own_endpoint() {
    // Case 2-33, 02 §4 and 03-B25.
    let (upstream, gateway) = bench("ollama", "nomic");
    let post = |input: Value| {
        gateway.post("/v1/embeddings", &json!({"model": "p/nomic", "input": input, "dimensions": 8})).send()
    };
    let vectors = json!({"embeddings": [[0.5, 1.0]], "prompt_eval_count": 3});
    upstream.on("/api/embed", [blackbox::Reply::json(&vectors)]);
    let answer = post(json!("x")).expect_status(200).json();
    assert_eq!(answer["data"][0]["embedding"], json!([0.5, 1.0]));
    assert_eq!(answer["usage"]["prompt_tokens"], 3);
    let sent = upstream.requests_to("/api/embed").remove(0).json();
    assert_eq!(sent, json!({"model": "nomic", "input": "x", "dimensions": 8}));
    upstream.on("/api/embed", [blackbox::Reply::json(&json!({"embeddings": []}))]);
    post(json!("x")).error(502);
    assert_eq!(post(json!([])).expect_status(200).json()["data"], json!([]));
}

#[test]
fn a_keyless_provider_sends_no_credential() {
    // Case 2-11, by file.
    for kind in ["vllm", "sglang", "llamacpp", "llmd", "ollama"] {
        let upstream = upstream().models(&["m"]).start();
        let gateway = gateway().with(Provider::new("p").kind(kind).keyless().at(&upstream)).start();
        call(&gateway, "m", json!({}));
        assert!(upstream.requests().iter().all(|seen| seen.header("authorization").is_none()), "{kind}");
    }
}

#[test]
fn every_openai_shaped_type_serves_chat_with_its_key() {
    for kind in [
        "openai",
        "openrouter",
        "bailian",
        "oracle",
        "chutes",
        "deepseek",
        "fireworks",
        "groq",
        "hetzner",
        "kilo",
        "kimicode",
        "meta",
        "minimax",
        "xai",
        "xiaomi",
        "zai",
        "ollama",
        "vllm",
        "sglang",
        "llamacpp",
        "llmd",
    ] {
        let (upstream, gateway) = bench(kind, "m");
        call(&gateway, "m", json!({}));
        let seen = upstream.only_chat();
        assert_eq!(seen.header("authorization"), Some("Bearer sk-planted-p-4f1d9c"), "{kind}");
        assert_eq!(gateway.chat("p/m").json()["provider"], kind, "the answer names the type");
    }
}

#[test]
fn a_provider_block_can_add_and_drop() {
    // 02-B25.
    let yaml = "headers: {X-Org: acme}\nquery: {tier: gold}\ndrop_fields: [logit_bias]\nrename_fields: {max_tokens: max_new_tokens}\nextra_body: {safe: true}\nauth_header: X-Token\nauth_scheme: Key";
    let upstream = upstream().models(&["m"]).start();
    let gateway =
        gateway().with(Provider::new("p").key("sk-planted-block-1").at(&upstream).yaml(yaml)).start();
    call(&gateway, "m", json!({"max_tokens": 5, "logit_bias": {}}));
    let seen = upstream.only_chat();
    assert_eq!(seen.header("x-org"), Some("acme"));
    assert_eq!(seen.target, "/v1/chat/completions?tier=gold");
    assert_eq!(
        (seen.header("x-token"), seen.header("authorization")),
        (Some("Key sk-planted-block-1"), None)
    );
    let body = seen.json();
    assert_eq!((&body["max_new_tokens"], &body["safe"]), (&json!(5), &json!(true)));
    assert_eq!((body.get("max_tokens"), body.get("logit_bias")), (None, None));
}

#[test]
fn what_a_row_drops_is_named_in_the_answer() {
    // 03 §1.8 for one member that is only a hint.
    let upstream = upstream().models(&["m"]).start();
    let gateway = gateway().with(Provider::new("p").at(&upstream).yaml("drop_fields: [logit_bias]")).start();
    let body = json!({"model": "p/m", "messages": [], "logit_bias": {}});
    let answer = gateway.post("/v1/chat/completions", &body).send().expect_status(200);
    assert_eq!(answer.header("x-gomodel-dropped"), Some("logit_bias"));
    assert_eq!(gateway.chat("p/m").header("x-gomodel-dropped"), None);
}
