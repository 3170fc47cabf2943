//! Makers of other models: DeepSeek, xAI, Z.ai, MiniMax, Xiaomi, Kimi, Meta, Alibaba.
//! Sources: <https://api-docs.deepseek.com/quick_start/error_codes>, <https://docs.x.ai/docs/key-information/debugging>,
//! <https://docs.z.ai/api-reference/api-code>, <https://platform.minimax.io/docs/api-reference/errorcode>,
//! <https://platform.xiaomimimo.com/docs>, <https://www.kimi.com/code/docs>, <https://llama.developer.meta.com/docs>,
//! <https://help.aliyun.com/zh/model-studio/error-code>.

use super::{EFFORT, NO_TOP_K, PLAIN, Row, USAGE, error, listed, refused};
use crate::provider_table::row::{
    BEARER, Embeddings, body, chat_and_messages, chat_and_responses, messages, only_chat,
};

pub(super) const ROWS: &[Row] = &[DEEPSEEK, XAI, ZAI, ZAI_CODING, MINIMAX, XIAOMI, KIMICODE, META, BAILIAN];

const DEEPSEEK: Row = Row {
    kind: "deepseek",
    base: "",
    request_id: Some("x-request-id"),
    arrives: chat_and_messages("/chat/completions", messages("/anthropic/v1/messages")),
    bodies: &[
        // Cases 2-25 and 2-26, B26.
        body(r#"{"reasoning":{"effort":"xhigh"}}"#, r#"{"/reasoning_effort":"max","/reasoning":null}"#),
        body(r#"{"reasoning":{"effort":"MEDIUM"}}"#, r#"{"/reasoning_effort":"high","/reasoning":null}"#),
        body(
            r#"{"reasoning":{"effort":"none"}}"#,
            r#"{"/thinking":{"type":"disabled"},"/reasoning_effort":null,"/reasoning":null}"#,
        ),
        body(
            r#"{"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}]}"#,
            r#"{"/messages/0/reasoning_content":" ","/messages/1/reasoning_content":null}"#,
        ),
    ],
    error: error(
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
        "invalid_request_error",
        Some("invalid_request_error"),
        "Insufficient Balance",
    ),
    listing: listed(
        "/models",
        r#"{"object":"list","data":[{"id":"m","object":"model","owned_by":"deepseek"}]}"#,
        &[("m", r#"{"/created":0}"#)],
    ),
    embeddings: refused("deepseek does not support embeddings"),
    ..PLAIN
};

const XAI: Row = Row {
    kind: "xai",
    model: "grok-4.5",
    request_id: Some("x-request-id"),
    call_headers: &[("x-grok-conv-id", "")],
    arrives: chat_and_responses("/v1/chat/completions", "/v1/responses"),
    bodies: &[
        // Case 2-27.
        body(r#"{"reasoning":{"effort":"max"}}"#, r#"{"/reasoning_effort":"high","/reasoning":null}"#),
        body(r#"{"reasoning":{"effort":"max"}}"#, r#"{"/reasoning_effort":"xhigh"}"#).to("grok-4.6"),
        body(r#"{"reasoning":{"effort":"max"}}"#, r#"{"/reasoning_effort":"high"}"#).to("grok-4.20-x"),
        body(r#"{"reasoning":{"effort":"max"}}"#, r#"{"/reasoning_effort":"xhigh"}"#)
            .to("grok-4.20-multi-agent"),
        body(r#"{"reasoning":{"effort":"LOW"}}"#, r#"{"/reasoning_effort":"low"}"#),
    ],
    // The message is a string, its code beside it.
    error: error(
        400,
        r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ey."}"#,
        "invalid_request_error",
        Some("Client specified an invalid argument"),
        "Incorrect API key provided: xa***ey.",
    ),
    listing: listed(
        "/v1/models",
        r#"{"data":[{"id":"grok-4.5","created":1752019200,"object":"model","owned_by":"xai"},{"id":"grok-4.6"},{"id":"grok-4.20-x"},{"id":"grok-4.20-multi-agent"}],"object":"list"}"#,
        &[
            ("grok-4.5", r#"{"/created":1752019200}"#),
            ("grok-4.6", ""),
            ("grok-4.20-x", ""),
            ("grok-4.20-multi-agent", ""),
        ],
    ),
    ..PLAIN
};

const ZAI: Row = Row {
    kind: "zai",
    base: "/api/paas/v4",
    arrives: chat_and_messages(
        "/api/paas/v4/chat/completions",
        messages("/api/anthropic/v1/messages").with(BEARER),
    ),
    bodies: &[
        body(r#"{"reasoning":{"effort":"low"}}"#, r#"{"/thinking":{"type":"enabled"},"/reasoning":null}"#),
        body(r#"{"reasoning":{"effort":"none"}}"#, r#"{"/thinking":{"type":"disabled"},"/reasoning":null}"#),
        body(
            r#"{"reasoning":{"effort":"none"},"thinking":{"type":"enabled"}}"#,
            r#"{"/thinking":{"type":"enabled"},"/reasoning":null}"#,
        ),
    ],
    error: error(
        429,
        r#"{"error":{"code":"1302","message":"High concurrency usage of this API, please reduce concurrency"}}"#,
        "rate_limit_error",
        Some("1302"),
        "High concurrency usage of this API, please reduce concurrency",
    ),
    listing: listed("/api/paas/v4/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: Embeddings::Native("/api/paas/v4/embeddings"),
    ..PLAIN
};

/// The coding plan has another base URL, and the same one for Messages.
const ZAI_CODING: Row = Row {
    form: "coding",
    base: "/api/coding/paas/v4",
    arrives: chat_and_messages(
        "/api/coding/paas/v4/chat/completions",
        messages("/api/anthropic/v1/messages").with(BEARER),
    ),
    listing: listed("/api/coding/paas/v4/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: Embeddings::Native("/api/coding/paas/v4/embeddings"),
    ..ZAI
};

const MINIMAX: Row = Row {
    kind: "minimax",
    arrives: chat_and_messages("/v1/chat/completions", messages("/anthropic/v1/messages")),
    bodies: &[
        // Case 2-29, B28.
        body(r#"{"temperature":0}"#, r#"{"/temperature":1.0}"#),
        body(r#"{"temperature":-1}"#, r#"{"/temperature":1.0}"#),
        body(r#"{"temperature":1.5}"#, r#"{"/temperature":1.0}"#),
        body(r#"{"temperature":0.3}"#, r#"{"/temperature":0.3}"#),
        EFFORT,
    ],
    error: error(
        401,
        r#"{"type":"error","error":{"type":"authorized_error","message":"invalid api key (2049)","http_code":"401"},"request_id":"0543"}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "invalid api key (2049)",
    ),
    embeddings: refused("minimax does not support embeddings"),
    ..PLAIN
};

const XIAOMI: Row = Row {
    kind: "xiaomi",
    // The suffix of a model's name is the vendor's.
    model: "mimo-v2-pro[1m]",
    bodies: &[
        body(r#"{"reasoning":{"effort":"low"}}"#, r#"{"/thinking":{"type":"enabled"},"/reasoning":null}"#),
        body(
            r#"{"thinking":{"type":"disabled"},"audio":{"format":"wav"}}"#,
            r#"{"/thinking":{"type":"disabled"},"/audio":{"format":"wav"}}"#,
        ),
    ],
    error: error(
        401,
        r#"{"error":{"code":"401","message":"Invalid API Key","param":"Please provide valid API Key","type":"invalid_key"}}"#,
        "authentication_error",
        Some("401"),
        "Invalid API Key",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"mimo-v2-pro[1m]","object":"model","owned_by":"xiaomi"}]}"#,
        &[("mimo-v2-pro[1m]", "")],
    ),
    embeddings: refused("xiaomi does not support embeddings"),
    ..PLAIN
};

const KIMICODE: Row = Row {
    kind: "kimicode",
    base: "/coding/v1",
    arrives: chat_and_messages("/coding/v1/chat/completions", messages("/coding/v1/messages")),
    error: error(
        429,
        r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}"#,
        "rate_limit_error",
        Some("engine_overloaded_error"),
        "The engine is currently overloaded, please try again later",
    ),
    listing: listed("/coding/v1/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: Embeddings::Native("/coding/v1/embeddings"),
    ..PLAIN
};

const META: Row = Row {
    kind: "meta",
    bodies: &[EFFORT, NO_TOP_K, USAGE],
    // A problem document (RFC 9457): the caller gets it whole.
    error: error(
        401,
        r#"{"title":"Unauthorized","detail":"Invalid API key","status":401}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "",
    ),
    embeddings: refused("meta does not support embeddings"),
    ..PLAIN
};

const BAILIAN: Row = Row {
    kind: "bailian",
    base: "/compatible-mode/v1",
    arrives: only_chat("/compatible-mode/v1/chat/completions"),
    bodies: &[
        EFFORT,
        // Case 2-24.
        body(
            r#"{"max_tokens":10,"max_completion_tokens":7}"#,
            r#"{"/max_completion_tokens":7,"/max_tokens":null}"#,
        )
        .dropping("max_tokens"),
        body(r#"{"max_tokens":10}"#, r#"{"/max_completion_tokens":10,"/max_tokens":null}"#),
    ],
    error: error(
        400,
        r#"{"error":{"code":"data_inspection_failed","param":null,"message":"Input data may contain inappropriate content.","type":"data_inspection_failed"},"id":"chatcmpl-1","request_id":"r-1"}"#,
        "invalid_request_error",
        Some("data_inspection_failed"),
        "Input data may contain inappropriate content.",
    ),
    listing: listed("/compatible-mode/v1/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: Embeddings::Native("/compatible-mode/v1/embeddings"),
    ..PLAIN
};
