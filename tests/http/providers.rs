//! What is peculiar to a provider's type beyond its row in `provider_table`, and what the operator may add (spec 02 §4, B25).

use blackbox::{Gateway, Provider, Seen, Upstream, gateway, upstream};
use serde_json::{Value, json};

fn bench(kind: &str, model: &str) -> (Upstream, Gateway) {
    let upstream = upstream().models(&[model]).start();
    let gateway = gateway().with(Provider::new("p").kind(kind).at(&upstream)).start();
    (upstream, gateway)
}

fn call(gateway: &Gateway, model: &str, mut body: Value) {
    body["model"] = format!("p/{model}").into();
    if body.get("messages").is_none() {
        body["messages"] = json!([{"role": "user", "content": "ping"}]);
    }
    gateway.post("/v1/chat/completions", &body).send().expect_status(200);
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
fn openrouter_is_told_who_calls_in_the_operators_words() {
    // Case 2-32, first half; the default words stand in the table of providers.
    let upstream = upstream().models(&["m"]).start();
    let provider = Provider::new("p").kind("openrouter").at(&upstream);
    let gateway = gateway()
        .with(provider)
        .env("OPENROUTER_SITE_URL", "https://me")
        .env("OPENROUTER_APP_NAME", "Mine")
        .start();
    call(&gateway, "m", json!({}));
    let seen = upstream.only_chat();
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
