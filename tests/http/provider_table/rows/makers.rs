//! OpenAI, Azure, a ChatGPT subscription, Anthropic, Gemini: the dialects' own makers.
//! Sources: <https://platform.openai.com/docs/guides/error-codes>, <https://learn.microsoft.com/azure/ai-services/openai/reference>,
//! <https://docs.anthropic.com/en/api/errors>, …/models-list, <https://ai.google.dev/api/models>,
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>.

use super::{EFFORT, Listing, NO_TOP_K, PLAIN, Row, USAGE, error, listed, refused};
use crate::dialects::Responses;
use crate::provider_table::row::{
    Arrival, BEARER, Embeddings, X_API_KEY, X_GOOG_API_KEY, body, chat, chat_and_responses, gemini, messages,
    responses,
};

pub(super) const ROWS: &[Row] =
    &[OPENAI, AZURE, AZURE_DEPLOYMENT, CHATGPT, ANTHROPIC, ANTHROPIC_SUBSCRIPTION, GEMINI, GEMINI_COMPAT];

const OPENAI: Row = Row {
    kind: "openai",
    model: "gpt-4o",
    request_id: Some("x-client-request-id"),
    arrives: chat_and_responses("/v1/chat/completions", "/v1/responses"),
    bodies: &[
        EFFORT,
        USAGE,
        NO_TOP_K,
        // Cases 2-22, 2-23, and B27.
        body(
            r#"{"max_tokens":100,"temperature":0.2}"#,
            r#"{"/max_completion_tokens":100,"/max_tokens":null,"/temperature":null}"#,
        )
        .to("o3-mini")
        .dropping("temperature"),
        body(
            r#"{"max_tokens":100,"max_completion_tokens":7}"#,
            r#"{"/max_completion_tokens":7,"/max_tokens":null}"#,
        )
        .to("o3-mini")
        .dropping("max_tokens"),
        body(
            r#"{"max_tokens":100,"temperature":0.2}"#,
            r#"{"/max_tokens":100,"/temperature":0.2,"/max_completion_tokens":null}"#,
        )
        .to("gpt-50"),
        body(
            r#"{"temperature":0.2,"reasoning_effort":"none"}"#,
            r#"{"/temperature":0.2,"/reasoning_effort":"none"}"#,
        )
        .to("gpt-5.1"),
        body(r#"{"top_p":0.2}"#, r#"{"/top_p":0.2}"#).to("gpt-5.1"),
        body(r#"{"temperature":0.2}"#, r#"{"/temperature":0.2}"#).to("gpt-5-chat-latest"),
        // Responses keep the nested form.
        body(r#"{"reasoning":{"effort":"low"}}"#, r#"{"/reasoning":{"effort":"low"}}"#).of(Responses),
    ],
    error: error(
        429,
        r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM)","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        "rate_limit_error",
        Some("rate_limit_exceeded"),
        "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM)",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"gpt-4o","object":"model","created":1715367049,"owned_by":"system"},{"id":"o3-mini","object":"model","created":1737146383,"owned_by":"system"},{"id":"gpt-50"},{"id":"gpt-5.1"},{"id":"gpt-5-chat-latest"}]}"#,
        &[
            ("gpt-4o", r#"{"/object":"model","/created":1715367049}"#),
            ("o3-mini", r#"{"/created":1737146383}"#),
            ("gpt-50", ""),
            ("gpt-5.1", ""),
            ("gpt-5-chat-latest", ""),
        ],
    ),
    ..PLAIN
};

const AZURE: Row = Row {
    kind: "azure",
    base: "",
    credential: &[("api-key", "{key}")],
    request_id: Some("x-client-request-id"),
    arrives: chat_and_responses(
        "/openai/deployments/m/chat/completions?api-version=2024-10-21",
        "/openai/v1/responses",
    ),
    bodies: &[
        EFFORT,
        body(r#"{"max_tokens":100}"#, r#"{"/max_completion_tokens":100,"/max_tokens":null}"#)
            .to("openai/o3-mini"),
    ],
    error: error(
        404,
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        "not_found_error",
        Some("DeploymentNotFound"),
        "The API deployment for this resource does not exist.",
    ),
    listing: listed(
        "/openai/models?api-version=2024-10-21",
        r#"{"object":"list","data":[{"id":"m","object":"model","created_at":1646126127,"status":"succeeded","capabilities":{"fine_tune":true,"inference":true,"chat_completion":true,"completion":false,"embeddings":false}},{"id":"only-to-tune","capabilities":{"inference":false}},{"id":"openai/o3-mini"}]}"#,
        &[("m", ""), ("openai/o3-mini", "")],
    ),
    embeddings: Embeddings::Native("/openai/deployments/m/embeddings?api-version=2024-10-21"),
    ..PLAIN
};

/// A base URL that names a deployment offers that one (B8, case 2-31).
const AZURE_DEPLOYMENT: Row = Row {
    form: "deployment",
    base: "/openai/deployments/m",
    bodies: &[EFFORT],
    listing: Listing { models: &[("m", "")], ..AZURE.listing },
    ..AZURE
};

const CHATGPT: Row = Row {
    kind: "chatgpt",
    base: "/backend-api/codex",
    // {"https://api.openai.com/auth":{"chatgpt_account_id":"acc-7"}}
    key: Some(
        "eyJhbGciOiJSUzI1NiJ9.eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9hY2NvdW50X2lkIjoiYWNjLTcifX0.planted-signature",
    ),
    model: "gpt-5.5",
    credential: &[("authorization", "Bearer {key}"), ("chatgpt-account-id", "acc-7")],
    arrives: [responses("/backend-api/codex/responses"); 4],
    bodies: &[
        // Case 2-34.
        body(
            r#"{"temperature":0.2,"store":true,"max_output_tokens":5,"instructions":"i"}"#,
            r#"{"/store":false,"/stream":true,"/instructions":"i","/temperature":null,"/max_output_tokens":null,"/input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"ping"}]}]}"#,
        )
        .of(Responses)
        .dropping("temperature, store, max_output_tokens"),
        body(r#"{"temperature":0.2}"#, r#"{"/store":false,"/stream":true,"/temperature":null}"#)
            .dropping("temperature"),
    ],
    error: error(
        429,
        r#"{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus","resets_in_seconds":1234}}"#,
        "rate_limit_error",
        Some("usage_limit_reached"),
        "The usage limit has been reached",
    ),
    listing: Listing {
        target: None,
        models: &[("gpt-5.6-sol", ""), ("gpt-5.6-terra", ""), ("gpt-5.6-luna", ""), ("gpt-5.5", "")],
        ..PLAIN.listing
    },
    embeddings: Embeddings::Refused(
        501,
        Some("unsupported_provider_operation"),
        "chatgpt serves only the Responses API; embeddings are not available on a ChatGPT subscription",
    ),
    ..PLAIN
};

const ANTHROPIC: Row = Row {
    kind: "anthropic",
    model: "claude-sonnet-4-6",
    credential: X_API_KEY,
    request_id: Some("x-request-id"),
    headers: &[("anthropic-version", "2023-06-01")],
    arrives: [messages("/v1/messages"); 4],
    bodies: &[
        body(r#"{"stop":"x"}"#, r#"{"/stop_sequences":["x"],"/stop":null,"/max_tokens":4096}"#),
        body(r#"{"max_completion_tokens":5,"seed":1}"#, r#"{"/max_tokens":5,"/seed":null}"#).dropping("seed"),
        body(r#"{"instructions":"be brief"}"#, r#"{"/system":"be brief"}"#).of(Responses),
    ],
    error: error(
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}"#,
        "provider_error",
        Some("overloaded_error"),
        "Overloaded",
    ),
    listing: listed(
        "/v1/models?limit=1000",
        r#"{"data":[{"type":"model","id":"claude-sonnet-4-6","display_name":"Claude Sonnet 4.6","created_at":"2026-02-17T00:00:00Z","max_input_tokens":200000,"max_tokens":64000,"capabilities":{"image_input":{"supported":true},"thinking":{"supported":true}}}],"has_more":false,"first_id":"claude-sonnet-4-6","last_id":"claude-sonnet-4-6"}"#,
        &[(
            "claude-sonnet-4-6",
            r#"{"/created":1771286400,"/metadata/display_name":"Claude Sonnet 4.6","/metadata/context_window":200000,"/metadata/max_output_tokens":64000,"/metadata/capabilities/vision":true,"/metadata/capabilities/reasoning":true}"#,
        )],
    ),
    embeddings: refused("anthropic does not support embeddings — consider using Voyage AI"),
    ..PLAIN
};

/// The token of a Claude subscription is a bearer token, and needs a flag.
const ANTHROPIC_SUBSCRIPTION: Row = Row {
    form: "subscription",
    key: Some("sk-ant-oat01-planted"),
    credential: BEARER,
    headers: &[("anthropic-version", "2023-06-01"), ("anthropic-beta", "oauth-2025-04-20")],
    arrives: [Arrival { credential: Some(BEARER), ..messages("/v1/messages") }; 4],
    bodies: &[],
    ..ANTHROPIC
};

/// Below the address with `/openai` at its end, so that the loopback one is told apart into both bases (03 §4.1).
const GEMINI: Row = Row {
    kind: "gemini",
    base: "/v1beta/openai",
    model: "gemini-3-pro",
    credential: X_GOOG_API_KEY,
    request_id: Some("x-request-id"),
    arrives: [gemini(
        "/v1beta/models/gemini-3-pro:generateContent",
        "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse",
    ); 4],
    bodies: &[
        body(
            r#"{"max_tokens":5,"stop":["x"],"temperature":0.5}"#,
            r#"{"/generationConfig/maxOutputTokens":5,"/generationConfig/stopSequences":["x"],"/generationConfig/temperature":0.5,"/max_tokens":null,"/model":null}"#,
        ),
        body(r#"{"instructions":"be brief"}"#, r#"{"/system_instruction/parts/0/text":"be brief"}"#)
            .of(Responses),
    ],
    error: error(
        400,
        r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
        "invalid_request_error",
        Some("INVALID_ARGUMENT"),
        "API key not valid. Please pass a valid API key.",
    ),
    listing: listed(
        "/v1beta/models?pageSize=1000",
        r#"{"models":[{"name":"models/gemini-3-pro","version":"001","displayName":"Gemini 3 Pro","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","countTokens"],"thinking":true},{"name":"models/gemini-embedding-001","displayName":"Gemini Embedding","inputTokenLimit":2048,"outputTokenLimit":1,"supportedGenerationMethods":["embedContent"]},{"name":"models/aqa","supportedGenerationMethods":["generateAnswer"]}]}"#,
        &[
            (
                "gemini-3-pro",
                r#"{"/metadata/display_name":"Gemini 3 Pro","/metadata/modes":["chat"],"/metadata/context_window":1048576,"/metadata/max_output_tokens":65536,"/metadata/capabilities/reasoning":true}"#,
            ),
            ("gemini-embedding-001", r#"{"/metadata/modes":["embedding"]}"#),
        ],
    ),
    embeddings: Embeddings::NativeWith("/v1beta/openai/embeddings", BEARER),
    ..PLAIN
};

const GEMINI_COMPAT: Row = Row {
    form: "compat",
    yaml: "api_mode: openai_compatible",
    arrives: [chat("/v1beta/openai/chat/completions").with(BEARER); 4],
    bodies: &[EFFORT],
    // Google's array form.
    error: error(
        400,
        r#"[{"error":{"code":400,"message":"Multiple authentication credentials received.","status":"INVALID_ARGUMENT"}}]"#,
        "invalid_request_error",
        Some("INVALID_ARGUMENT"),
        "Multiple authentication credentials received.",
    ),
    ..GEMINI
};
