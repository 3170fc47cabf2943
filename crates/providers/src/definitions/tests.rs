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

/// Type, default base URL (empty if one must be configured), keyless, request id header: the columns of spec 02 §2.1, and the
/// presets (B25) as their vendors document them. What else a row says is in the table of `tests/http/provider_table`.
#[test]
fn rows_say_what_spec_02_section_2_1_says() {
    let strict = RequestId::Strict("x-client-request-id");
    let sent = RequestId::Sent("x-request-id");
    let unsent = RequestId::Unsent;
    let table = [
        ("openai", "https://api.openai.com/v1", false, strict),
        ("azure", "", false, strict),
        ("anthropic", "https://api.anthropic.com/v1", false, sent),
        ("gemini", "https://generativelanguage.googleapis.com/v1beta", false, sent),
        ("chatgpt", "https://chatgpt.com/backend-api/codex", false, unsent),
        ("openrouter", "https://openrouter.ai/api/v1", false, strict),
        ("opencode_go", "https://opencode.ai/zen/go/v1", false, unsent),
        ("bailian", "https://dashscope.aliyuncs.com/compatible-mode/v1", false, unsent),
        ("oracle", "", false, unsent),
        ("chutes", "https://llm.chutes.ai/v1", false, unsent),
        ("deepseek", "https://api.deepseek.com", false, sent),
        ("fireworks", "https://api.fireworks.ai/inference/v1", false, unsent),
        ("groq", "https://api.groq.com/openai/v1", false, sent),
        ("hetzner", "https://inference.hetzner.com/api/v1", false, unsent),
        ("kilo", "https://api.kilo.ai/api/gateway", false, unsent),
        ("kimicode", "https://api.kimi.com/coding/v1", false, unsent),
        ("meta", "https://api.meta.ai/v1", false, unsent),
        ("minimax", "https://api.minimax.io/v1", false, unsent),
        ("xai", "https://api.x.ai/v1", false, sent),
        ("xiaomi", "https://api.xiaomimimo.com/v1", false, unsent),
        ("zai", "https://api.z.ai/api/paas/v4", false, unsent),
        ("ollama", "http://localhost:11434/v1", true, sent),
        ("vllm", "http://localhost:8000/v1", true, sent),
        ("sglang", "http://localhost:30000/v1", true, sent),
        ("llamacpp", "", true, sent),
        ("llmd", "", true, sent),
        ("openai_compatible", "", true, RequestId::Strict("x-request-id")),
        ("mistral", "https://api.mistral.ai/v1", false, unsent),
        ("together", "https://api.together.ai/v1", false, unsent),
        ("deepinfra", "https://api.deepinfra.com/v1/openai", false, unsent),
        ("perplexity", "https://api.perplexity.ai/v1", false, unsent),
        ("cerebras", "https://api.cerebras.ai/v1", false, unsent),
        ("nebius", "https://api.tokenfactory.nebius.com/v1", false, unsent),
        ("novita", "https://api.novita.ai/openai/v1", false, unsent),
        ("moonshot", "https://api.moonshot.ai/v1", false, unsent),
        ("nvidia", "https://integrate.api.nvidia.com/v1", false, unsent),
        ("huggingface", "https://router.huggingface.co/v1", false, unsent),
        ("cloudflare", "", false, unsent),
        ("github", "https://models.github.ai/inference", false, unsent),
        ("demo", "http://demo.invalid", true, unsent),
    ];
    assert_eq!(table.len(), definitions().len(), "a row without its line here");
    for (kind, base, keyless, request_id) in table {
        let Some(Kind::Built(row)) = find(kind) else { panic!("{kind}") };
        assert_eq!(
            (row.base_url.unwrap_or(""), row.keyless, row.request_id),
            (base, keyless, request_id),
            "{kind}"
        );
        let auth = match kind {
            "azure" => Auth::Header("api-key"),
            "anthropic" => Auth::Anthropic,
            "gemini" => Auth::Header("x-goog-api-key"),
            "chatgpt" => Auth::ChatGpt,
            _ => Auth::Bearer,
        };
        assert_eq!(row.auth, auth, "{kind}");
    }
}

/// A provider that is built has its row in the black-box table.
#[test]
fn every_type_has_a_row_in_the_table_of_the_black_box_tests() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/http/provider_table/rows");
    let files = std::fs::read_dir(folder).unwrap();
    let text: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    for row in definitions().iter().filter(|row| !row.answers_in_process()) {
        assert!(text.contains(&format!("kind: \"{}\",", row.kind)), "{}", row.kind);
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
