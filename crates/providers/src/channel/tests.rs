use runtime::Supervisor;
use vocabulary::Dialect;

use crate::channel::Channel;
use crate::declare::environment::prefix;
use crate::fixture::{declared, instance};
use crate::instance::Instance;

/// The instance of a type at its default base URL, or at a stand-in where there is none.
fn at_default(kind: &str) -> Instance {
    let base = crate::find(kind).and_then(|found| match found {
        crate::Kind::Built(row) => row.base_url,
        crate::Kind::NotBuilt(_) => None,
    });
    let prefix = prefix(kind);
    let (key, url) = (format!("{prefix}_API_KEY"), format!("{prefix}_BASE_URL"));
    let environment = [(key.as_str(), "k-1"), (url.as_str(), base.unwrap_or("http://u/v1"))];
    let mut declared = declared(&environment, "");
    assert_eq!(declared.skipped, [], "{kind}");
    Instance::new(declared.instances.remove(0), &Supervisor::new()).unwrap()
}

fn short(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiChat => "chat",
        Dialect::OpenAiResponses => "responses",
        Dialect::AnthropicMessages => "messages",
        Dialect::Gemini => "gemini",
    }
}

/// `chat /v1/chat/completions authorization`.
fn show(instance: &Instance, channel: &Channel) -> String {
    let mut headers = upstream::HeaderList::new();
    let key = instance.settings.keys.first();
    instance.add_credentials(channel.auth, key, &mut headers).unwrap();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let path = channel.path("m", false).unwrap();
    format!("{} {path} {}", short(channel.dialect()), names.join("+")).trim_end().to_owned()
}

fn channels(instance: &Instance) -> Vec<String> {
    instance.channels().iter().map(|channel| show(instance, channel)).collect()
}

/// Type, list of models, and every dialect with its path and the headers of the key.
type Row<'a> = (&'a str, &'a str, &'a [&'a str]);

const TABLE: &[Row<'_>] = &[
    (
        "openai",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    (
        "azure",
        "/v1/openai/models?api-version=2024-10-21",
        &[
            "chat /v1/openai/deployments/m/chat/completions?api-version=2024-10-21 api-key",
            "responses /v1/openai/v1/responses api-key",
        ],
    ),
    ("anthropic", "/v1/models?limit=1000", &["messages /v1/messages x-api-key"]),
    ("gemini", "/v1beta/models?pageSize=1000", &["gemini /v1beta/models/m:generateContent x-goog-api-key"]),
    ("chatgpt", "", &["responses /backend-api/codex/responses authorization"]),
    (
        "opencode_go",
        "/zen/go/v1/models",
        &["chat /zen/go/v1/chat/completions authorization", "messages /zen/go/v1/messages x-api-key"],
    ),
    ("groq", "/openai/v1/models", &["chat /openai/v1/chat/completions authorization"]),
    (
        "openrouter",
        "/api/v1/models?output_modalities=all",
        &[
            "chat /api/v1/chat/completions authorization",
            "responses /api/v1/responses authorization",
            "messages /api/v1/messages authorization",
        ],
    ),
    (
        "deepseek",
        "/models",
        &["chat /chat/completions authorization", "messages /anthropic/v1/messages x-api-key"],
    ),
    (
        "zai",
        "/api/paas/v4/models",
        &[
            "chat /api/paas/v4/chat/completions authorization",
            "messages /api/anthropic/v1/messages authorization",
        ],
    ),
    (
        "xai",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    (
        "minimax",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "messages /anthropic/v1/messages x-api-key"],
    ),
    (
        "moonshot",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "messages /anthropic/v1/messages authorization"],
    ),
    (
        "kimicode",
        "/coding/v1/models",
        &["chat /coding/v1/chat/completions authorization", "messages /coding/v1/messages x-api-key"],
    ),
    ("xiaomi", "/v1/models", &["chat /v1/chat/completions authorization"]),
    (
        "oracle",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    ("ollama", "/v1/models", &["chat /v1/chat/completions authorization"]),
    ("bailian", "/compatible-mode/v1/models", &["chat /compatible-mode/v1/chat/completions authorization"]),
    (
        "vllm",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    (
        "sglang",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    (
        "llamacpp",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    (
        "llmd",
        "/v1/models",
        &["chat /v1/chat/completions authorization", "responses /v1/responses authorization"],
    ),
    ("mistral", "/v1/models", &["chat /v1/chat/completions authorization"]),
    ("fireworks", "/inference/v1/models", &["chat /inference/v1/chat/completions authorization"]),
    ("openai_compatible", "/v1/models", &["chat /v1/chat/completions authorization"]),
];

#[test]
fn every_type_has_its_paths_and_sends_its_key_as_it_is_wanted() {
    for (kind, listing, expected) in TABLE {
        let instance = at_default(kind);
        assert_eq!(channels(&instance), *expected, "{kind}");
        let listed = instance.plan.paths.listing.as_ref().map_or("", |path| path.as_str());
        assert_eq!(listed, *listing, "{kind}");
    }
}

#[test]
fn b30_responses_are_native_or_translated_as_the_operator_says() {
    let dialects = |kind: &str, further: &str| -> Vec<&'static str> {
        instance(kind, further).channels().iter().map(|channel| short(channel.dialect())).collect()
    };
    for kind in ["groq", "ollama", "openai_compatible", "fireworks"] {
        assert_eq!(dialects(kind, ""), ["chat"], "{kind}");
        assert_eq!(dialects(kind, "responses: native"), ["chat", "responses"], "{kind}");
    }
    assert_eq!(dialects("deepseek", "responses: native"), ["chat", "messages", "responses"]);
    for kind in ["openai", "azure", "xai", "vllm"] {
        assert_eq!(dialects(kind, ""), ["chat", "responses"], "{kind}");
        assert_eq!(dialects(kind, "responses: via_chat"), ["chat"], "{kind}");
    }
    assert_eq!(dialects("chatgpt", "responses: via_chat"), ["responses"], "it has nothing else");
}

#[test]
fn other_base_urls_keep_the_places_of_the_dialects() {
    let path = |kind: &str, base: &str, dialect: Dialect| {
        let instance = instance(kind, &format!("base_url: {base}"));
        instance.spoken(dialect, "m").unwrap().path("m", false).unwrap().to_string()
    };
    let messages = |kind: &str, base: &str| path(kind, base, Dialect::AnthropicMessages);
    assert_eq!(messages("zai", "http://u/api/coding/paas/v4"), "/api/anthropic/v1/messages");
    assert_eq!(messages("zai", "http://u/proxy/api/paas/v4"), "/proxy/api/anthropic/v1/messages");
    assert_eq!(messages("deepseek", "http://u/v1"), "/anthropic/v1/messages");
    assert_eq!(messages("minimax", "https://api.minimaxi.com/v1"), "/anthropic/v1/messages");
    assert_eq!(messages("anthropic", "http://u/v1/messages"), "/v1/messages");
    let responses = |base: &str| path("azure", base, Dialect::OpenAiResponses);
    for base in ["http://u", "http://u/openai", "http://u/openai/v1", "http://u/openai/deployments/d"] {
        assert_eq!(responses(base), "/openai/v1/responses", "{base}");
    }
    assert_eq!(responses("http://u\napi_version: preview"), "/openai/v1/responses?api-version=preview");
}

#[test]
fn case_36_opencode_go_decides_by_the_last_part_of_the_model() {
    let spoken = |environment: &[(&str, &str)], model: &str| {
        let mut environment = environment.to_vec();
        environment.push(("OPENCODE_GO_API_KEY", "k"));
        let settings = declared(&environment, "").instances.remove(0);
        let instance = Instance::new(settings, &Supervisor::new()).unwrap();
        let preferred = instance.preferred(model).unwrap().dialect();
        for dialect in Dialect::ALL {
            assert_eq!(instance.spoken(dialect, model).is_some(), dialect == preferred, "{model}");
        }
        short(preferred)
    };
    assert_eq!(spoken(&[], "qwen3.7-max"), "messages");
    assert_eq!(spoken(&[], "vendor/qwen3.7-max"), "messages");
    assert_eq!(spoken(&[], "glm-5.1"), "chat");
    let listed = [("OPENCODE_GO_MESSAGES_MODELS", " x/glm-5.1 ,, other")];
    assert_eq!(spoken(&listed, "glm-5.1"), "messages");
    assert_eq!(spoken(&listed, "qwen3.7-max"), "chat");
}

/// Base URL and mode in; the native or chat path, the embeddings path, the listing and its header out.
#[test]
fn gemini_has_two_bases_and_two_modes() {
    let official = "https://generativelanguage.googleapis.com/v1beta";
    let native = "/v1beta/models/m:generateContent x-goog-api-key";
    let compat = "/v1beta/openai/chat/completions authorization";
    let cases = [
        (
            official,
            "native",
            native,
            "/v1beta/openai/embeddings",
            "/v1beta/models?pageSize=1000 x-goog-api-key",
        ),
        (
            official,
            "compat",
            compat,
            "/v1beta/openai/embeddings",
            "/v1beta/models?pageSize=1000 x-goog-api-key",
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai/",
            "generate_content",
            native,
            "/v1beta/openai/embeddings",
            "/v1beta/models?pageSize=1000 x-goog-api-key",
        ),
        (
            "http://u/x/openai",
            "openai",
            "/x/openai/chat/completions authorization",
            "/x/openai/embeddings",
            "/x/models?pageSize=1000 x-goog-api-key",
        ),
        (
            "http://u/x",
            "gemini_native",
            "/x/models/m:generateContent x-goog-api-key",
            "/x/embeddings",
            "/x/models?pageSize=1000 x-goog-api-key",
        ),
        (
            "http://u/x",
            "openai-compatible",
            "/x/chat/completions authorization",
            "/x/embeddings",
            "/x/models?pageSize=1000 authorization",
        ),
    ];
    for (base, mode, call, embeddings, listing) in cases {
        let instance = instance("gemini", &format!("base_url: {base}\napi_mode: {mode}"));
        let [channel] = instance.channels() else { panic!("{mode}") };
        let shown = show(&instance, channel);
        assert_eq!(shown.split_once(' ').unwrap().1, call, "{base} {mode}");
        let paths = &instance.plan.paths;
        assert_eq!(paths.embeddings.path("m").unwrap(), embeddings, "{base} {mode}");
        let mut headers = upstream::HeaderList::new();
        instance.sign(&mut headers).unwrap();
        let listed = format!("{} {}", paths.listing.as_ref().unwrap(), headers[0].0);
        assert_eq!(listed, listing, "{base} {mode}");
    }
}

#[test]
fn the_mode_of_gemini_comes_from_the_instance_then_from_the_process() {
    let mode = |environment: &[(&str, &str)]| {
        let mut environment = environment.to_vec();
        environment.push(("GEMINI_API_KEY", "k"));
        let instance =
            Instance::new(declared(&environment, "").instances.remove(0), &Supervisor::new()).unwrap();
        short(instance.preferred("m").unwrap().dialect())
    };
    assert_eq!(mode(&[]), "gemini");
    assert_eq!(mode(&[("GEMINI_API_MODE", "Compatible")]), "chat");
    assert_eq!(mode(&[("USE_GOOGLE_GEMINI_NATIVE_API", "off")]), "chat");
    assert_eq!(mode(&[("USE_GOOGLE_GEMINI_NATIVE_API", "off"), ("GEMINI_API_MODE", "native")]), "gemini");
    assert_eq!(mode(&[("GEMINI_API_MODE", "whatever")]), "gemini");
}

#[test]
fn gemini_models_are_cleaned_and_escaped_and_streams_ask_for_events() {
    let instance = instance("gemini", "base_url: http://u/v1beta\nquery: {k: v}");
    let channel = instance.spoken(Dialect::Gemini, "m").unwrap();
    for (model, id) in [
        ("gemini-2.5-pro", "gemini-2.5-pro"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("google/gemini-2.5-pro", "gemini-2.5-pro"),
        ("publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("a b/c", "a%20b%2Fc"),
    ] {
        let path = |tail: &str| format!("/v1beta/models/{id}:{tail}");
        assert_eq!(channel.path(model, false).unwrap(), *path("generateContent?k=v"));
        assert_eq!(channel.path(model, true).unwrap(), *path("streamGenerateContent?alt=sse&k=v"));
        assert_eq!(channel.count_path(model).unwrap().unwrap(), *path("countTokens?k=v"));
    }
}

#[test]
fn tokens_are_counted_where_the_provider_counts_them() {
    let count = |kind: &str, dialect| {
        let instance = at_default(kind);
        let path = instance.spoken(dialect, "m").unwrap().count_path("m");
        path.map(|path| path.unwrap().to_string())
    };
    let messages = Dialect::AnthropicMessages;
    assert_eq!(count("anthropic", messages).as_deref(), Some("/v1/messages/count_tokens"));
    assert_eq!(count("gemini", Dialect::Gemini).as_deref(), Some("/v1beta/models/m:countTokens"));
    assert_eq!(count("deepseek", messages), None);
    assert_eq!(count("openai", Dialect::OpenAiChat), None);
}

#[test]
fn the_version_of_messages_is_sent_once_and_can_be_configured() {
    let versions = |kind: &str, further: &str| -> Vec<String> {
        let instance = instance(kind, further);
        let channel = instance.spoken(Dialect::AnthropicMessages, "m").unwrap();
        let version = channel.headers.iter().filter(|(name, _)| name == "anthropic-version");
        version.map(|(_, value)| value.to_str().unwrap().to_owned()).collect()
    };
    for kind in ["anthropic", "deepseek", "zai"] {
        assert_eq!(versions(kind, ""), ["2023-06-01"], "{kind}");
        assert_eq!(versions(kind, "headers: {Anthropic-Version: x}"), ["x"], "{kind}");
    }
    let deepseek = instance("deepseek", "");
    let chat = deepseek.spoken(Dialect::OpenAiChat, "m").unwrap();
    assert!(chat.headers.iter().all(|(name, _)| name != "anthropic-version"));
}

#[test]
fn only_chatgpt_streams_always_and_is_never_retried() {
    for row in crate::definitions().iter().filter(|row| !row.answers_in_process()) {
        let always = row.dialects.iter().all(|spoken| spoken.always_streams);
        assert_eq!(always, row.kind.0 == "chatgpt", "{}", row.kind);
    }
    assert_eq!(at_default("chatgpt").retry.max_retries, 0);
    assert_eq!(at_default("openai").retry.max_retries, 3);
}
