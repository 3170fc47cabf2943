use std::collections::BTreeSet;

use super::{Kind, definitions, find, kinds};
use crate::base_url::BaseUrl;
use crate::declare::environment::prefix;
use crate::definition::{Auth, Embeddings, Refusal, RequestId};

#[test]
fn every_type_has_one_row_and_one_prefix() {
    let names: BTreeSet<&str> = definitions().iter().map(|row| row.kind.0).collect();
    assert_eq!(names.len(), definitions().len());
    let prefixes: BTreeSet<String> = kinds().map(|kind| prefix(kind.name())).collect();
    assert_eq!(prefixes.len(), kinds().count());
    assert!(prefixes.contains("BEDROCK_MANTLE") && prefixes.contains("OPENCODE_GO"));
    assert!(!prefixes.contains("DEMO"));
}

#[test]
fn the_types_of_spec_02_section_2_1_are_all_known() {
    let spec = "openai azure openrouter bailian oracle chatgpt chutes deepseek fireworks groq hetzner kilo kimicode meta \
        minimax opencode_go xai xiaomi zai bedrock-mantle ollama vllm sglang llamacpp llmd anthropic cohere elevenlabs \
        gemini vertex bedrock";
    assert_eq!(spec.split_whitespace().count(), 31);
    for kind in spec.split_whitespace() {
        assert!(find(kind).is_some(), "{kind}");
    }
    assert!(find("OpenAI").is_none());
}

#[test]
fn default_base_urls_are_in_the_form_that_paths_are_appended_to() {
    for row in definitions() {
        if let Some(base) = row.base_url {
            assert_eq!(BaseUrl::parse(base).unwrap().to_string(), base, "{}", row.kind);
        }
    }
}

/// Type, base URL, keyless, request id header: the columns of spec 02 §2.1.
#[test]
fn rows_say_what_spec_02_section_2_1_says() {
    let strict = RequestId::Strict("x-client-request-id");
    let sent = RequestId::Sent("x-request-id");
    let table = [
        ("openai", "https://api.openai.com/v1", false, strict),
        ("azure", "", false, strict),
        ("openrouter", "https://openrouter.ai/api/v1", false, strict),
        ("bailian", "https://dashscope.aliyuncs.com/compatible-mode/v1", false, RequestId::Unsent),
        ("oracle", "", false, RequestId::Unsent),
        ("chutes", "https://llm.chutes.ai/v1", false, RequestId::Unsent),
        ("deepseek", "https://api.deepseek.com", false, sent),
        ("fireworks", "https://api.fireworks.ai/inference/v1", false, RequestId::Unsent),
        ("groq", "https://api.groq.com/openai/v1", false, sent),
        ("hetzner", "https://inference.hetzner.com/api/v1", false, RequestId::Unsent),
        ("kilo", "https://api.kilo.ai/api/gateway", false, RequestId::Unsent),
        ("kimicode", "https://api.kimi.com/coding/v1", false, RequestId::Unsent),
        ("meta", "https://api.meta.ai/v1", false, RequestId::Unsent),
        ("minimax", "https://api.minimax.io/v1", false, RequestId::Unsent),
        ("xai", "https://api.x.ai/v1", false, sent),
        ("xiaomi", "https://api.xiaomimimo.com/v1", false, RequestId::Unsent),
        ("zai", "https://api.z.ai/api/paas/v4", false, RequestId::Unsent),
        ("ollama", "http://localhost:11434/v1", true, sent),
        ("vllm", "http://localhost:8000/v1", true, sent),
        ("sglang", "http://localhost:30000/v1", true, sent),
        ("llamacpp", "", true, sent),
        ("llmd", "", true, sent),
    ];
    for (kind, base, keyless, request_id) in table {
        let Some(Kind::Built(row)) = find(kind) else { panic!("{kind}") };
        assert_eq!(
            (row.base_url.unwrap_or(""), row.keyless, row.request_id),
            (base, keyless, request_id),
            "{kind}"
        );
        let auth = if kind == "azure" { Auth::Header("api-key") } else { Auth::Bearer };
        assert_eq!(row.auth, auth, "{kind}");
    }
}

/// Spec 02 §2.2, column "Embed.", with B30.
#[test]
fn embeddings_are_refused_where_the_upstream_has_none() {
    let unsupported = "oracle chutes deepseek groq hetzner kilo meta minimax xiaomi";
    for row in
        definitions().iter().filter(|row| unsupported.split_whitespace().any(|kind| kind == row.kind.0))
    {
        assert_eq!(row.embeddings, Embeddings::Unsupported(Refusal::Plain), "{}", row.kind);
    }
    let native = "openai azure openrouter bailian fireworks kimicode xai zai vllm sglang llamacpp llmd";
    for row in definitions().iter().filter(|row| native.split_whitespace().any(|kind| kind == row.kind.0)) {
        assert_eq!(row.embeddings, Embeddings::Native, "{}", row.kind);
    }
}
