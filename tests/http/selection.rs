//! From the text in `model` to an instance and its model (spec 01 §7).

use blackbox::{Provider, gateway, upstream};
use serde_json::json;

use crate::setup::standard;

#[test]
fn a_prefix_that_is_an_instance_is_not_searched_elsewhere() {
    // Case 1-26.
    let standard = standard();
    let error = standard.gateway.chat("openai/gpt-oss-120b").error(404);
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
    assert_eq!(error.message, "unsupported model: openai/gpt-oss-120b");
    assert!(standard.groq.chats().is_empty());
}

#[test]
fn a_raw_id_with_a_slash_is_found_where_it_is() {
    // Case 1-27.
    let vllm = upstream().models(&["acme/m1", "m2"]).start();
    let gateway = gateway().with(Provider::new("vllm").kind("vllm").keyless().at(&vllm)).start();
    gateway.chat("acme/m1").expect_status(200);
    gateway.chat("vllm/acme/m1").expect_status(200);
    gateway.chat("vllm/m2").expect_status(200);
    let models: Vec<_> = vllm.chats().iter().map(|seen| seen.json()["model"].clone()).collect();
    assert_eq!(models, [json!("acme/m1"), json!("acme/m1"), json!("m2")]);
}

#[test]
fn an_id_that_begins_with_its_own_instance_is_found() {
    // 01 §7.2, priority 3.
    let router = upstream().models(&["openrouter/auto", "google/gemini-x"]).start();
    let gateway = gateway().with(Provider::new("openrouter").kind("openrouter").at(&router)).start();
    gateway.chat("openrouter/auto").expect_status(200);
    gateway.chat("openrouter/google/gemini-x").expect_status(200);
    let body = json!({"provider": "openrouter", "model": "openrouter/auto", "messages": []});
    gateway.post("/v1/chat/completions", &body).send().expect_status(200);
    let models: Vec<_> = router.chats().iter().map(|seen| seen.json()["model"].clone()).collect();
    assert_eq!(models, [json!("openrouter/auto"), json!("google/gemini-x"), json!("openrouter/auto")]);
}

#[test]
fn of_two_instances_of_a_type_the_first_by_name_is_taken() {
    // Case 1-28.
    let (a, b) = (upstream().start(), upstream().start());
    let gateway = gateway().provider("b-openai", &b).provider("a-openai", &a).start();
    for model in ["gpt-4o", "openai/gpt-4o", "a-openai/gpt-4o"] {
        gateway.chat(model).expect_status(200);
    }
    assert_eq!((a.chats().len(), b.chats().len()), (3, 0));
    gateway.chat("b-openai/gpt-4o").expect_status(200);
    assert_eq!(b.chats().len(), 1);
}

#[test]
fn names_are_case_sensitive_and_trimmed() {
    let standard = standard();
    standard.gateway.chat("GPT-4o").error(404);
    standard.gateway.chat("OpenAI/gpt-4o").error(404);
    standard.gateway.chat("  openai/gpt-4o ").expect_status(200);
}

#[test]
fn an_empty_side_of_the_slash_makes_no_qualifier() {
    let standard = standard();
    for model in ["/gpt-4o", "openai/", "/"] {
        let error = standard.gateway.chat(model).error(404);
        assert_eq!(error.message, format!("unsupported model: {model}"));
    }
}

#[test]
fn an_unknown_provider_hint_is_404() {
    let standard = standard();
    let body = json!({"provider": "nobody", "model": "gpt-4o", "messages": []});
    let error = standard.gateway.post("/v1/chat/completions", &body).send().error(404);
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
}
