//! Servers that their user runs: Ollama, vLLM, SGLang, llama.cpp, llm-d, and anything that speaks OpenAI's dialect.
//! Sources: <https://github.com/ollama/ollama/blob/main/docs/api.md>, …/docs/openai.md,
//! <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>, <https://docs.sglang.ai/basic_usage/openai_api.html>,
//! <https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md>, <https://llm-d.ai/docs>.

use super::{EFFORT, Listing, NATIVE, PLAIN, Row, TOP_K, USAGE, error, listed};
use crate::provider_table::row::{BEARER, Embeddings, body, chat_and_responses, only_chat};

pub(super) const ROWS: &[Row] =
    &[OLLAMA, VLLM, VLLM_KEYED, SGLANG, LLAMACPP, LLMD, OPENAI_COMPATIBLE, OPENAI_COMPATIBLE_RESPONSES];

/// Without a key none is sent (case 2-11).
const KEYLESS: Row = Row {
    key: Some(""),
    credential: &[],
    request_id: Some("x-request-id"),
    arrives: chat_and_responses("/v1/chat/completions", "/v1/responses"),
    bodies: &[EFFORT, USAGE, TOP_K],
    ..PLAIN
};

const OLLAMA: Row = Row {
    kind: "ollama",
    arrives: only_chat("/v1/chat/completions"),
    bodies: &[EFFORT],
    error: error(
        404,
        r#"{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
        "not_found_error",
        Some("api_error"),
        "model \"x\" not found, try pulling it first",
    ),
    listing: Listing {
        also: &[(
            "/api/show",
            r#"{"modelfile":"","details":{"format":"gguf","family":"nomic-bert"},"model_info":{},"capabilities":["embedding"]}"#,
        )],
        models: &[("m", r#"{"/metadata/modes":["embedding"]}"#)],
        ..PLAIN.listing
    },
    embeddings: Embeddings::Translated(
        "/api/embed",
        r#"{"model":"m","input":"x","dimensions":8}"#,
        r#"{"model":"m","embeddings":[[0.5,-0.25]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}"#,
    ),
    ..KEYLESS
};

const VLLM: Row = Row {
    kind: "vllm",
    error: error(
        404,
        r#"{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":"model","code":404}}"#,
        "not_found_error",
        Some("404"),
        "The model `x` does not exist.",
    ),
    listing: listed(
        "/v1/models",
        r#"{"object":"list","data":[{"id":"m","object":"model","created":1771286400,"owned_by":"vllm","root":"m","parent":null,"max_model_len":131072,"permission":[]}]}"#,
        &[("m", r#"{"/created":1771286400}"#)],
    ),
    ..KEYLESS
};

const VLLM_KEYED: Row = Row { form: "keyed", key: None, credential: BEARER, ..VLLM };

const SGLANG: Row = Row {
    kind: "sglang",
    error: error(
        400,
        r#"{"object":"error","message":"The input (200000 tokens) is longer than the model's context length (131072 tokens).","type":"BadRequestError","param":null,"code":400}"#,
        "invalid_request_error",
        Some("400"),
        "The input (200000 tokens) is longer than the model's context length (131072 tokens).",
    ),
    ..KEYLESS
};

const LLAMACPP: Row = Row {
    kind: "llamacpp",
    error: error(
        503,
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
        "provider_error",
        Some("503"),
        "Loading model",
    ),
    listing: Listing {
        // Case 2-57: what the server really uses, not what the model was trained with.
        also: &[(
            "/props",
            r#"{"default_generation_settings":{"id":0,"n_ctx":8192},"total_slots":1,"model_path":"m.gguf","modalities":{"vision":true,"audio":false}}"#,
        )],
        ..listed(
            "/v1/models",
            r#"{"object":"list","data":[{"id":"m","object":"model","created":1771286400,"owned_by":"llamacpp","meta":{"vocab_type":2,"n_vocab":128256,"n_ctx_train":131072,"n_embd":4096,"n_params":8030261312,"size":4912898304}}]}"#,
            &[("m", r#"{"/metadata/context_window":8192,"/metadata/capabilities/vision":true}"#)],
        )
    },
    ..KEYLESS
};

const LLMD: Row = Row {
    kind: "llmd",
    yaml: "inference_objective: batch",
    call_headers: &[("x-llm-d-inference-objective", "batch"), ("x-gateway-inference-objective", "batch")],
    // The scheduler's own words, no JSON.
    error: error(
        429,
        "inference gateway: ResourceExhausted - system saturated, sheddable request dropped",
        "rate_limit_error",
        None,
        "",
    ),
    ..KEYLESS
};

const OPENAI_COMPATIBLE: Row = Row {
    kind: "openai_compatible",
    request_id: Some("x-request-id"),
    bodies: &[
        EFFORT,
        USAGE,
        body(r#"{"max_tokens":9}"#, r#"{"/max_completion_tokens":9,"/max_tokens":null}"#).to("openai/gpt-5"),
    ],
    error: error(404, r#"{"error":"Unexpected endpoint"}"#, "not_found_error", None, "Unexpected endpoint"),
    // A list by a gateway like this one tells more (spec 02 §3.3.5).
    listing: listed(
        "/v1/models",
        r#"{"data":[{"id":"m","metadata":{"context_window":4096,"modes":["chat"]}},{"id":"openai/gpt-5"}]}"#,
        &[("m", r#"{"/object":"model","/metadata/context_window":4096}"#), ("openai/gpt-5", "")],
    ),
    embeddings: NATIVE,
    ..PLAIN
};

const OPENAI_COMPATIBLE_RESPONSES: Row = Row {
    form: "responses",
    yaml: "responses: native\nembeddings: false",
    arrives: chat_and_responses("/v1/chat/completions", "/v1/responses"),
    bodies: &[],
    embeddings: super::refused("openai_compatible does not support embeddings"),
    ..OPENAI_COMPATIBLE
};
