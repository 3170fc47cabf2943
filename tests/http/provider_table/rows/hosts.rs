//! Who runs and brokers the models of others: Groq, OpenRouter, OpenCode Go, Oracle, Chutes, Fireworks, Hetzner, Kilo.
//! Sources: <https://console.groq.com/docs/errors>, <https://openrouter.ai/docs/api-reference/errors>, …/list-available-models,
//! <https://opencode.ai/docs/go>, <https://docs.oracle.com/iaas/Content/API/References/apierrors.htm>,
//! <https://chutes.ai/docs>, <https://docs.fireworks.ai/guides/inference-error-codes>, <https://docs.hetzner.cloud>,
//! <https://kilo.ai/docs/gateway>.

use super::{EFFORT, NO_TOP_K, PLAIN, Row, TOP_K, USAGE, error, listed, refused};
use crate::dialects::Messages;
use crate::provider_table::row::{
    BEARER, Embeddings, body, chat, chat_and_responses, messages, only_chat, responses,
};

pub(super) const ROWS: &[Row] = &[
    GROQ,
    GROQ_RESPONSES,
    OPENROUTER,
    OPENCODE_GO,
    OPENCODE_GO_MESSAGES,
    ORACLE,
    CHUTES,
    FIREWORKS,
    HETZNER,
    KILO,
];

const GROQ: Row = Row {
    kind: "groq",
    base: "/openai/v1",
    model: "openai/gpt-oss-120b",
    request_id: Some("x-request-id"),
    arrives: only_chat("/openai/v1/chat/completions"),
    bodies: &[
        EFFORT,
        USAGE,
        NO_TOP_K,
        body(r#"{"reasoning":{"effort":"max"}}"#, r#"{"/reasoning_effort":"high","/reasoning":null}"#),
        body(r#"{"reasoning":{"effort":"high"}}"#, r#"{"/reasoning_effort":"default","/reasoning":null}"#)
            .to("qwen/qwen3-32b"),
        body(r#"{"reasoning_effort":"none"}"#, r#"{"/reasoning_effort":"none"}"#).to("qwen/qwen3-32b"),
    ],
    error: error(
        404,
        r#"{"error":{"message":"The model `x` does not exist or you do not have access to it.","type":"invalid_request_error","code":"model_not_found"}}"#,
        "not_found_error",
        Some("model_not_found"),
        "The model `x` does not exist or you do not have access to it.",
    ),
    listing: listed(
        "/openai/v1/models",
        r#"{"object":"list","data":[{"id":"openai/gpt-oss-120b","object":"model","created":1754408224,"owned_by":"OpenAI","active":true,"context_window":131072,"public_apps":null,"max_completion_tokens":65536},{"id":"qwen/qwen3-32b"}]}"#,
        &[("openai/gpt-oss-120b", r#"{"/created":1754408224}"#), ("qwen/qwen3-32b", "")],
    ),
    embeddings: refused("groq does not support embeddings"),
    ..PLAIN
};

/// Its own Responses endpoint, if the operator wants it (B30).
const GROQ_RESPONSES: Row = Row {
    form: "responses",
    yaml: "responses: native",
    arrives: chat_and_responses("/openai/v1/chat/completions", "/openai/v1/responses"),
    bodies: &[],
    ..GROQ
};

const OPENROUTER: Row = Row {
    kind: "openrouter",
    base: "/api/v1",
    request_id: Some("x-client-request-id"),
    headers: &[("http-referer", "https://gomodel.enterpilot.io"), ("x-openrouter-title", "GoModel")],
    arrives: [
        chat("/api/v1/chat/completions"),
        responses("/api/v1/responses"),
        messages("/api/v1/messages").with(BEARER),
        chat("/api/v1/chat/completions"),
    ],
    bodies: &[
        body(
            r#"{"reasoning":{"effort":"low","x":1}}"#,
            r#"{"/reasoning":{"effort":"low","x":1},"/reasoning_effort":null}"#,
        ),
        body(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}"#,
            r#"{"/messages/0/content/0/cache_control":{"type":"ephemeral"}}"#,
        ),
        body(r#"{"top_k":5}"#, r#"{"/top_k":5}"#).of(Messages),
    ],
    // What the provider behind it said stands deeper.
    error: error(
        429,
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m is temporarily rate-limited upstream","provider_name":"Chutes"}},"user_id":"user_1"}"#,
        "rate_limit_error",
        Some("429"),
        "m is temporarily rate-limited upstream",
    ),
    listing: listed(
        "/api/v1/models?output_modalities=all",
        r#"{"data":[{"id":"m","canonical_slug":"m","name":"M","created":1741818122,"description":"","context_length":131072,"architecture":{"modality":"text->text","input_modalities":["text"],"output_modalities":["text"],"tokenizer":"Other"},"pricing":{"prompt":"0.000001","completion":"0.000002"}},{"id":"sora","architecture":{"output_modalities":["video"]}},{"id":"painter","architecture":{"output_modalities":["image","text"]}}]}"#,
        &[
            ("m", r#"{"/created":1741818122,"/metadata/context_window":131072,"/metadata/modes":["chat"]}"#),
            ("painter", r#"{"/metadata/modes":["image_generation","chat"]}"#),
        ],
    ),
    embeddings: Embeddings::Native("/api/v1/embeddings"),
    ..PLAIN
};

/// A model that speaks chat.
const OPENCODE_GO: Row = Row {
    kind: "opencode_go",
    base: "/zen/go/v1",
    model: "glm-5.1",
    // It refuses calls without a session: the request's id stands for one.
    call_headers: &[("x-opencode-session", "req-of-the-table")],
    arrives: only_chat("/zen/go/v1/chat/completions"),
    error: error(
        401,
        r#"{"type":"error","error":{"type":"AuthError","message":"Invalid API key."}}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "Invalid API key.",
    ),
    listing: listed(
        "/zen/go/v1/models",
        r#"{"object":"list","data":[{"id":"glm-5.1","object":"model","created":1771286400,"owned_by":"opencode"},{"id":"qwen3.7-max","object":"model","created":1771286400,"owned_by":"opencode"}]}"#,
        &[("glm-5.1", r#"{"/created":1771286400}"#), ("qwen3.7-max", r#"{"/created":1771286400}"#)],
    ),
    embeddings: refused("opencode_go does not support embeddings"),
    ..PLAIN
};

/// A model that speaks Messages (case 2-36).
const OPENCODE_GO_MESSAGES: Row = Row {
    form: "messages",
    model: "qwen3.7-max",
    arrives: [messages("/zen/go/v1/messages"); 4],
    bodies: &[body(r#"{"stop":"x"}"#, r#"{"/stop_sequences":["x"],"/max_tokens":4096}"#)],
    ..OPENCODE_GO
};

const ORACLE: Row = Row {
    kind: "oracle",
    base: "/20231130/actions/v1",
    arrives: chat_and_responses("/20231130/actions/v1/chat/completions", "/20231130/actions/v1/responses"),
    error: error(
        404,
        r#"{"code":"NotAuthorizedOrNotFound","message":"Authorization failed or requested resource not found."}"#,
        "not_found_error",
        Some("NotAuthorizedOrNotFound"),
        "Authorization failed or requested resource not found.",
    ),
    listing: listed("/20231130/actions/v1/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: refused("oracle does not support embeddings"),
    ..PLAIN
};

const CHUTES: Row = Row {
    kind: "chutes",
    error: error(
        401,
        r#"{"detail":"Invalid token."}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"m","root":"m","object":"model","created":1771286400,"owned_by":"sglang","pricing":{"prompt":0.25,"completion":1.0,"input_cache_read":0.125},"context_length":131072,"max_output_length":65536,"input_modalities":["text","image"],"output_modalities":["text"],"supported_features":["tools","json_mode"],"confidential_compute":true}]}"#,
        &[(
            "m",
            r#"{"/metadata/modes":["chat","responses"],"/metadata/context_window":131072,"/metadata/max_output_tokens":65536,"/metadata/capabilities/tools":true,"/metadata/capabilities/json_mode":true,"/metadata/capabilities/vision":true,"/metadata/capabilities/confidential_compute":true,"/metadata/pricing/input_per_mtok":0.25,"/metadata/pricing/output_per_mtok":1.0,"/metadata/pricing/cached_input_per_mtok":0.125}"#,
        )],
    ),
    embeddings: refused("chutes does not support embeddings"),
    ..PLAIN
};

const FIREWORKS: Row = Row {
    kind: "fireworks",
    base: "/inference/v1",
    // Slashes stay.
    model: "accounts/fireworks/models/m",
    arrives: only_chat("/inference/v1/chat/completions"),
    bodies: &[EFFORT, TOP_K],
    error: error(
        400,
        r#"{"error":{"object":"error","type":"invalid_request_error","code":"invalid_request_error","message":"The prompt is too long: 200000"}}"#,
        "invalid_request_error",
        Some("invalid_request_error"),
        "The prompt is too long: 200000",
    ),
    listing: listed(
        "/inference/v1/models",
        r#"{"object":"list","data":[{"id":"accounts/fireworks/models/m","object":"model","owned_by":"fireworks","created":1771286400,"kind":"HF_BASE_MODEL","supports_chat":true,"supports_image_input":false,"supports_tools":true,"context_length":131072}]}"#,
        &[("accounts/fireworks/models/m", r#"{"/created":1771286400}"#)],
    ),
    embeddings: Embeddings::Native("/inference/v1/embeddings"),
    ..PLAIN
};

const HETZNER: Row = Row {
    kind: "hetzner",
    base: "/api/v1",
    arrives: only_chat("/api/v1/chat/completions"),
    error: error(
        401,
        r#"{"error":{"code":"unauthorized","message":"unable to authenticate"}}"#,
        "authentication_error",
        Some("unauthorized"),
        "unable to authenticate",
    ),
    listing: listed("/api/v1/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: refused("hetzner does not support embeddings"),
    ..PLAIN
};

const KILO: Row = Row {
    kind: "kilo",
    base: "/api/gateway",
    arrives: only_chat("/api/gateway/chat/completions"),
    error: error(
        402,
        r#"{"error":{"message":"Insufficient credits","code":402}}"#,
        "invalid_request_error",
        Some("402"),
        "Insufficient credits",
    ),
    listing: listed("/api/gateway/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: refused("kilo does not support embeddings"),
    ..PLAIN
};
