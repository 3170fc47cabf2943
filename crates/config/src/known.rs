//! Names that are not settings of this version and yet no mistakes: settings whose feature comes later, names that belong to the
//! providers, and the words of their variables. So a configuration written for the Go gateway starts (spec 08 §6).
//! In: nothing. Out: tables for the walk, the environment check and the manual.

mod later;

pub(crate) use later::LATER;

/// Environment prefixes whose names are accepted without effect.
pub(crate) const LATER_PREFIXES: [&str; 10] = [
    "COMPRESSION_",
    "OIDC_",
    "OTEL_",
    "PRO_",
    "SESSION_HEADER_",
    "SET_BUDGET_",
    "SET_PROVIDER_RATE_LIMIT_",
    "SET_RATE_LIMIT_",
    "SMART_ROUTING_",
    "TAGGING_HEADER_",
];

/// YAML keys whose feature comes later. `x.*` is the whole tree below `x`.
pub(crate) fn later_keys() -> impl Iterator<Item = &'static str> {
    LATER.iter().flat_map(|later| later.names).map(|(_, key)| *key).filter(|key| !key.is_empty())
}

/// Environment names whose feature comes later.
pub(crate) fn later_env() -> impl Iterator<Item = &'static str> {
    LATER.iter().flat_map(|later| later.names).map(|(env, _)| *env).filter(|env| !env.is_empty())
}

/// True for an environment name that is accepted without effect; also as `NAME_FILE`.
pub(crate) fn is_later_env(name: &str) -> bool {
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    LATER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || later_env().any(|later| later == name || later == plain)
}

/// Process-wide variables of the providers: handed on in `Settings::environment`, not read here.
pub(crate) const PROVIDER_WIDE: [(&str, &str); 6] = [
    ("OPENROUTER_SITE_URL", "Site that OpenRouter shows for the gateway's calls."),
    ("OPENROUTER_APP_NAME", "Name that OpenRouter shows, `GoModel` if unset."),
    ("BEDROCK_MANTLE_REGION", "Region of `bedrock-mantle`, before `AWS_REGION` and `AWS_DEFAULT_REGION`."),
    ("AWS_REGION", "Region of the AWS providers."),
    ("AWS_DEFAULT_REGION", "Region of the AWS providers, after `AWS_REGION`."),
    ("AWS_BEARER_TOKEN_BEDROCK", "Key for Bedrock."),
];

/// Names that are ours or the platform's and need no look.
pub(crate) const OTHER: [&str; 5] =
    ["GOMODEL_CONFIG", "GOMODEL_VERSION", "GOMODEL_INSTALL_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"];

/// Prefixes of the credential chains that provider SDKs define.
pub(crate) const CHAIN_PREFIXES: [&str; 2] = ["AWS_", "GOOGLE_"];

/// Environment prefixes of the provider types (spec 02 §1.2 and 02-B25), longest first where one begins another.
pub(crate) const PROVIDER_PREFIXES: [&str; 44] = [
    "ANTHROPIC",
    "AZURE",
    "BAILIAN",
    "BEDROCK_MANTLE",
    "BEDROCK",
    "CEREBRAS",
    "CHATGPT",
    "CHUTES",
    "CLOUDFLARE",
    "COHERE",
    "DEEPINFRA",
    "DEEPSEEK",
    "ELEVENLABS",
    "FIREWORKS",
    "GEMINI",
    "GITHUB",
    "GROQ",
    "HETZNER",
    "HUGGINGFACE",
    "KILO",
    "KIMICODE",
    "LLAMACPP",
    "LLMD",
    "META",
    "MINIMAX",
    "MISTRAL",
    "MOONSHOT",
    "NEBIUS",
    "NOVITA",
    "NVIDIA",
    "OLLAMA",
    "OPENAI_COMPATIBLE",
    "OPENAI",
    "OPENCODE_GO",
    "OPENROUTER",
    "ORACLE",
    "PERPLEXITY",
    "SGLANG",
    "TOGETHER",
    "VERTEX",
    "VLLM",
    "XAI",
    "XIAOMI",
    "ZAI",
];

/// Last words of a provider's variables (spec 02 §1.2, 02-B17).
pub(crate) const PROVIDER_TOKENS: [&str; 21] = [
    "API_KEY",
    "API_MODE",
    "API_VERSION",
    "AUTH_TYPE",
    "BACKEND",
    "BASE_URL",
    "CIRCUIT_FAILURE_THRESHOLD",
    "FAIRNESS_FROM_USER_PATH",
    "GCP_SCOPE",
    "INFERENCE_OBJECTIVE",
    "LOCATION",
    "MAX_RETRIES",
    "MODELS",
    "PROJECT",
    "SERVICE_ACCOUNT_FILE",
    "SERVICE_ACCOUNT_JSON",
    "SERVICE_ACCOUNT_JSON_BASE64",
    "SESSION_STICKY_KEYS",
    "TIMEOUT",
    "VERTEX_LOCATION",
    "VERTEX_PROJECT",
];

/// Splits `OPENAI_EU_API_KEY` into `OPENAI` and `EU_API_KEY`.
pub(crate) fn split_provider(name: &str) -> Option<(&'static str, &str)> {
    let prefixes = PROVIDER_PREFIXES.into_iter();
    prefixes.filter_map(|prefix| Some((prefix, name.strip_prefix(prefix)?.strip_prefix('_')?))).next()
}

/// `API_KEY_2` without its number.
pub(crate) fn without_slot(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((head, slot))
            if head.ends_with("API_KEY") && !slot.is_empty() && slot.bytes().all(|b| b.is_ascii_digit()) =>
        {
            head
        }
        _ => name,
    }
}

/// True for the name of a provider's secret, which may be given as `NAME_FILE`.
pub(crate) fn is_provider_secret(name: &str) -> bool {
    const SECRETS: [&str; 3] = ["API_KEY", "SERVICE_ACCOUNT_JSON", "SERVICE_ACCOUNT_JSON_BASE64"];
    name == "AWS_BEARER_TOKEN_BEDROCK"
        || split_provider(name)
            .is_some_and(|(_, rest)| SECRETS.iter().any(|token| ends_with_word(without_slot(rest), token)))
}

/// True if `name` is `word` or ends with `_word`.
pub(crate) fn ends_with_word(name: &str, word: &str) -> bool {
    name.strip_suffix(word).is_some_and(|head| head.is_empty() || head.ends_with('_'))
}
