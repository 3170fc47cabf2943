//! Presets of further vendors (B25): addresses, and the members that they name or refuse differently.
//! Sources: each vendor's API reference, named at its row in `crates/providers`; the errors as they are documented there.

use super::{EFFORT, PLAIN, Row, TOP_K, USAGE, error, listed, refused};
use crate::dialects::Responses;
use crate::provider_table::row::{
    Arrival, BEARER, Embeddings, body, chat_and_messages, messages, only_chat, responses,
};

pub(super) const ROWS: &[Row] = &[
    MISTRAL,
    TOGETHER,
    DEEPINFRA,
    PERPLEXITY,
    CEREBRAS,
    NEBIUS,
    NOVITA,
    MOONSHOT,
    NVIDIA,
    HUGGINGFACE,
    CLOUDFLARE,
    GITHUB,
];

const MISTRAL: Row = Row {
    kind: "mistral",
    bodies: &[
        EFFORT,
        // It refuses members that it does not know, and tells the usage of streams unasked.
        body(
            r#"{"max_completion_tokens":9,"seed":1}"#,
            r#"{"/max_tokens":9,"/max_completion_tokens":null,"/random_seed":1,"/seed":null}"#,
        ),
        body(r#"{"logit_bias":{},"user":"u"}"#, r#"{"/logit_bias":null,"/user":null}"#)
            .dropping("logit_bias, user"),
        body(r#"{"stream":true}"#, r#"{"/stream_options":null}"#),
    ],
    error: error(
        422,
        r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","param":null,"code":null,"raw_status_code":422}"#,
        "invalid_request_error",
        None,
        "",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"m","object":"model","created":1771286400,"owned_by":"mistralai","capabilities":{"completion_chat":true,"vision":false},"name":"m","max_context_length":131072,"aliases":[],"type":"base"}]}"#,
        &[("m", r#"{"/created":1771286400}"#)],
    ),
    ..PLAIN
};

const TOGETHER: Row = Row {
    kind: "together",
    bodies: &[EFFORT, TOP_K],
    error: error(
        404,
        r#"{"id":"nt-1","error":{"message":"Unable to access model x. Please visit https://api.together.ai/models","type":"invalid_request_error","param":null,"code":"model_not_available"}}"#,
        "not_found_error",
        Some("model_not_available"),
        "Unable to access model x. Please visit https://api.together.ai/models",
    ),
    // A bare array.
    listing: listed(
        "/v1/models",
        r#"[{"id":"m","object":"model","created":1771286400,"type":"chat","running":false,"display_name":"M","organization":"O","context_length":131072,"pricing":{"input":0.9,"output":0.9}}]"#,
        &[("m", r#"{"/created":1771286400}"#)],
    ),
    ..PLAIN
};

const DEEPINFRA: Row = Row {
    kind: "deepinfra",
    base: "/v1/openai",
    arrives: only_chat("/v1/openai/chat/completions"),
    bodies: &[EFFORT, TOP_K],
    error: error(
        404,
        r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        "not_found_error",
        Some("model_not_found"),
        "The model `x` does not exist",
    ),
    listing: listed("/v1/openai/models", PLAIN.listing.answer, PLAIN.listing.models),
    embeddings: Embeddings::Native("/v1/openai/embeddings"),
    ..PLAIN
};

const PERPLEXITY: Row = Row {
    kind: "perplexity",
    model: "perplexity/sonar",
    arrives: [responses("/v1/responses"); 4],
    bodies: &[body(r#"{"instructions":"i","store":false}"#, r#"{"/instructions":"i","/store":false}"#)
        .of(Responses)],
    error: error(
        400,
        r#"{"error":{"message":"Invalid model 'x'","type":"invalid_model","code":400}}"#,
        "invalid_request_error",
        Some("400"),
        "Invalid model 'x'",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"anthropic/claude-sonnet-4-6","object":"model","created":0,"owned_by":"anthropic"},{"id":"perplexity/sonar","object":"model","created":0,"owned_by":"perplexity"}]}"#,
        &[("anthropic/claude-sonnet-4-6", ""), ("perplexity/sonar", r#"{"/created":0}"#)],
    ),
    embeddings: refused("perplexity does not support embeddings"),
    ..PLAIN
};

const CEREBRAS: Row = Row {
    kind: "cerebras",
    bodies: &[
        EFFORT,
        USAGE,
        body(
            r#"{"frequency_penalty":0.1,"logit_bias":{},"presence_penalty":null}"#,
            r#"{"/frequency_penalty":null,"/logit_bias":null,"/presence_penalty":null}"#,
        )
        .dropping("frequency_penalty, logit_bias"),
    ],
    error: error(
        404,
        r#"{"message":"Model x does not exist or you do not have access to it.","type":"not_found_error","param":"model","code":"model_not_found"}"#,
        "not_found_error",
        Some("model_not_found"),
        "Model x does not exist or you do not have access to it.",
    ),
    embeddings: refused("cerebras does not support embeddings"),
    ..PLAIN
};

const NEBIUS: Row = Row {
    kind: "nebius",
    error: error(404, r#"{"detail":"Model x does not exist"}"#, "not_found_error", None, ""),
    ..PLAIN
};

const NOVITA: Row = Row {
    kind: "novita",
    base: "/openai/v1",
    arrives: only_chat("/openai/v1/chat/completions"),
    bodies: &[EFFORT, TOP_K],
    error: error(
        404,
        r#"{"code":404,"reason":"MODEL_NOT_FOUND","message":"model not found","metadata":{}}"#,
        "not_found_error",
        Some("404"),
        "model not found",
    ),
    listing: listed(
        "/openai/v1/models",
        r#"{"data":[{"created":1771286400,"id":"m","object":"model","input_token_price_per_m":900,"output_token_price_per_m":900,"title":"M","description":"d","context_size":131072}]}"#,
        &[("m", r#"{"/created":1771286400}"#)],
    ),
    embeddings: Embeddings::Native("/openai/v1/embeddings"),
    ..PLAIN
};

const MOONSHOT: Row = Row {
    kind: "moonshot",
    arrives: chat_and_messages(
        "/v1/chat/completions",
        Arrival { credential: Some(BEARER), ..messages("/anthropic/v1/messages") },
    ),
    error: error(
        401,
        r#"{"error":{"message":"Invalid Authentication","type":"invalid_authentication_error"}}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "Invalid Authentication",
    ),
    embeddings: refused("moonshot does not support embeddings"),
    ..PLAIN
};

const NVIDIA: Row = Row {
    kind: "nvidia",
    error: error(
        404,
        r#"{"status":404,"title":"Not Found","detail":"Function 'x': Not found for account 'y'"}"#,
        "not_found_error",
        None,
        "",
    ),
    ..PLAIN
};

const HUGGINGFACE: Row = Row {
    kind: "huggingface",
    error: error(
        401,
        r#"{"error":"Invalid username or password."}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "Invalid username or password.",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"m","object":"model","created":1771286400,"owned_by":"o","architecture":{"input_modalities":["text"],"output_modalities":["text"]},"providers":[{"provider":"novita","status":"live","context_length":131072}]}]}"#,
        &[("m", r#"{"/created":1771286400}"#)],
    ),
    embeddings: refused("huggingface does not support embeddings"),
    ..PLAIN
};

const CLOUDFLARE: Row = Row {
    kind: "cloudflare",
    base: "/client/v4/accounts/a/ai/v1",
    model: "@cf/meta/llama-3.1-8b-instruct",
    arrives: only_chat("/client/v4/accounts/a/ai/v1/chat/completions"),
    error: error(
        401,
        r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#,
        "authentication_error",
        Some("upstream_authentication_error"),
        "",
    ),
    // A model is called by its name; its id is another.
    listing: listed(
        "/client/v4/accounts/a/ai/models/search?per_page=1000",
        r#"{"success":true,"result":[{"id":"41975cc2-c82e-4e98-b7b8-88ffb186a545","source":1,"name":"@cf/meta/llama-3.1-8b-instruct","description":"d","task":{"id":"c329","name":"Text Generation"},"tags":[],"properties":[{"property_id":"context_window","value":"7968"}]}],"errors":[],"messages":[],"result_info":{"page":1,"per_page":1000,"count":1,"total_count":1}}"#,
        &[("@cf/meta/llama-3.1-8b-instruct", "")],
    ),
    embeddings: Embeddings::Native("/client/v4/accounts/a/ai/v1/embeddings"),
    ..PLAIN
};

const GITHUB: Row = Row {
    kind: "github",
    base: "/inference",
    model: "openai/gpt-4.1",
    arrives: only_chat("/inference/chat/completions"),
    bodies: &[
        EFFORT,
        body(
            r#"{"max_tokens":9,"temperature":0.2}"#,
            r#"{"/max_completion_tokens":9,"/max_tokens":null,"/temperature":null}"#,
        )
        .to("openai/gpt-5")
        .dropping("temperature"),
    ],
    error: error(
        400,
        r#"{"error":{"code":"unknown_model","message":"Unknown model: x","details":"Unknown model: x"}}"#,
        "invalid_request_error",
        Some("unknown_model"),
        "Unknown model: x",
    ),
    // A bare array, beside the inference path.
    listing: listed(
        "/catalog/models",
        r#"[{"id":"openai/gpt-4.1","name":"OpenAI GPT-4.1","publisher":"OpenAI","registry":"azure-openai","summary":"s","version":"2025-04-14","capabilities":["streaming","tool-calling"],"limits":{"max_input_tokens":1048576,"max_output_tokens":32768},"rate_limit_tier":"high","supported_input_modalities":["text","image"],"supported_output_modalities":["text"],"tags":["multipurpose"]},{"id":"openai/gpt-5","name":"OpenAI GPT-5"}]"#,
        &[("openai/gpt-4.1", ""), ("openai/gpt-5", "")],
    ),
    embeddings: Embeddings::Native("/inference/embeddings"),
    ..PLAIN
};
