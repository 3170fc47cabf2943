//! One entry of `providers:` in the file, typed (spec 02 §1.3 and its items B1, B2, B4, B16, B17, B25–B27).
//! In: the mapping below a provider's name. Out: a `ProviderBlock`; what the environment adds is the business of `providers`.
//! Invariant: in keys, base URL and what else spec 02 §1.5 tests, an unresolved `${NAME}` stays in the text; everywhere else it is an error.

use std::path::PathBuf;
use std::time::Duration;

use vocabulary::{InstanceName, Secret};

use crate::declare::block;
use crate::kind::{
    Bool, Count, EmptyOrWords, Factor, HeaderName, Integer, Nested, PlainPath, PositiveSpan,
    ProviderModelsMode, ProviderProxy, ProviderSecret, Responses, Scope, Share, Span, Threshold, Unresolved,
    Words,
};
use crate::list_kind::{ApiKey, Headers, Json, List, Pairs, Status, Word};
use crate::model_block::{Models, ProviderModel};
use crate::reader::{Reader, join};
use crate::settings::{BreakerScope, ConfiguredModelsMode};
use crate::yaml::Node;

block! {
    /// A provider of the file. Every key is optional but `type`.
    ProviderBlock {
        /// The kind of provider: `openai`, `anthropic`, `openai_compatible`, ... Required.
        provider_type: Option<String> = "type" as Words;
        /// The first key.
        api_key: Option<Secret> = "api_key" as ProviderSecret;
        /// Further keys; calls rotate over all of them.
        api_keys: Vec<Secret> = "api_keys" as List<ApiKey>;
        /// A session stays with one key. Default true.
        session_sticky_keys: Option<bool> = "session_sticky_keys" as Bool;
        /// Where the provider is called.
        base_url: Option<String> = "base_url" as Unresolved;
        /// Version of the API (azure).
        api_version: Option<String> = "api_version" as Words;
        /// `aistudio` or `vertex` (gemini).
        backend: Option<String> = "backend" as Words;
        /// How the gateway signs in (vertex, gemini, azure).
        auth_type: Option<String> = "auth_type" as Words;
        /// Which API of the provider is used (gemini, vertex, bedrock-mantle).
        api_mode: Option<String> = "api_mode" as Words;
        /// Google Cloud project.
        vertex_project: Option<String> = "vertex_project" as Unresolved;
        /// Google Cloud location.
        vertex_location: Option<String> = "vertex_location" as Unresolved;
        /// File with a Google service account.
        service_account_file: Option<String> = "service_account_file" as Unresolved;
        /// A Google service account as JSON.
        service_account_json: Option<Secret> = "service_account_json" as ProviderSecret;
        /// A Google service account as base64 of its JSON.
        service_account_json_base64: Option<Secret> = "service_account_json_base64" as ProviderSecret;
        /// OAuth scope for Google Cloud.
        gcp_scope: Option<String> = "gcp_scope" as Words;
        /// Inference objective header (llmd).
        inference_objective: Option<String> = "inference_objective" as Words;
        /// Fairness id from the user path (llmd). Default true.
        fairness_from_user_path: Option<bool> = "fairness_from_user_path" as Bool;
        /// Models: names, or mappings with `id` and `metadata`.
        models: Vec<ProviderModel> = "models" as Models;
        /// As `models.configured_provider_models_mode`, for this provider.
        models_mode: Option<ConfiguredModelsMode> = "models_mode" as ProviderModelsMode;
        /// Forward qualified models that the provider does not list. Default true for own base URLs.
        allow_unlisted_models: Option<bool> = "allow_unlisted_models" as Bool;
        /// Who owns a bare model id that several providers have: the lowest number. Default 100.
        priority: Option<i64> = "priority" as Integer;
        /// Overrides of the global `resilience` section.
        resilience: Option<ResilienceBlock> = "resilience" as Nested<ResilienceBlock>;
        /// Another name of `resilience.retry.max_retries`.
        retries: Option<u32> = "retries" as Count<0, 100>;
        /// Overrides of the global `http` times.
        timeouts: Option<TimeoutsBlock> = "timeouts" as Nested<TimeoutsBlock>;
        /// Headers added to every call.
        headers: Vec<(String, Secret)> = "headers" as Headers;
        /// Query parameters added to every call.
        query: Vec<(String, Secret)> = "query" as Pairs<crate::kind::HeaderValue>;
        /// Header that carries the key, instead of the type's own.
        auth_header: Option<String> = "auth_header" as HeaderName;
        /// Word before the key in that header, `Bearer` for instance. Empty: the key stands alone.
        auth_scheme: Option<String> = "auth_scheme" as EmptyOrWords;
        /// Members added to every request body, as JSON text.
        extra_body: Vec<(String, String)> = "extra_body" as Pairs<Json>;
        /// Members removed from every request body.
        drop_fields: Vec<String> = "drop_fields" as List<Word>;
        /// Members of the request body that get another name.
        rename_fields: Vec<(String, String)> = "rename_fields" as Pairs<Words>;
        /// Proxy for this provider.
        proxy: Option<Secret> = "proxy" as ProviderProxy;
        /// PEM file of certificate authorities to trust for this provider.
        ca_file: Option<PathBuf> = "ca_file" as PlainPath;
        /// Responses API: `native` or `via_chat`.
        responses: Option<ResponsesSupport> = "responses" as Responses;
        /// The provider has an embeddings endpoint.
        embeddings: Option<bool> = "embeddings" as Bool;
        /// The provider has a files endpoint.
        files: Option<bool> = "files" as Bool;
        /// The provider has a batches endpoint.
        batches: Option<bool> = "batches" as Bool;
        /// The provider has audio endpoints.
        audio: Option<bool> = "audio" as Bool;
        /// The provider may be reached through `/p/`.
        passthrough: Option<bool> = "passthrough" as Bool;
        /// What each reasoning effort is called upstream.
        reasoning_efforts: Vec<(String, String)> = "reasoning_efforts" as Pairs<Words>;
        /// Adapt requests to reasoning models. `off` leaves them as they are.
        model_quirks: Option<bool> = "model_quirks" as Bool;
    } beside {
        /// The provider's name.
        name: String;
        /// Line of the name, from 1.
        line: usize;
    }
}

impl ProviderBlock {
    /// All keys in their order: `api_key`, then `api_keys`. Unresolved ones are among them.
    pub fn keys(&self) -> impl Iterator<Item = &Secret> {
        self.api_key.iter().chain(&self.api_keys)
    }
}

block! {
    /// Overrides of the `resilience` section.
    ResilienceBlock {
        /// Retries.
        retry: Option<RetryOverrides> = "retry" as Nested<RetryOverrides>;
        /// Circuit breaker.
        circuit_breaker: Option<BreakerOverrides> = "circuit_breaker" as Nested<BreakerOverrides>;
    }
}

block! {
    /// Overrides of `resilience.retry`.
    RetryOverrides {
        /// Tries after the first one.
        max_retries: Option<u32> = "max_retries" as Count<0, 100>;
        /// Wait before the first retry.
        initial_backoff: Option<Duration> = "initial_backoff" as Span;
        /// Longest wait before a retry.
        max_backoff: Option<Duration> = "max_backoff" as Span;
        /// Growth of the wait from retry to retry.
        backoff_factor: Option<f64> = "backoff_factor" as Factor;
        /// Share of the wait that is random.
        jitter_factor: Option<f64> = "jitter_factor" as Share;
        /// Time after which no retry begins.
        max_elapsed: Option<Duration> = "max_elapsed" as Span;
        /// Statuses that are worth a retry. Empty: as globally.
        retry_on: Vec<u16> = "retry_on" as List<Status>;
    }
}

block! {
    /// Overrides of `resilience.circuit_breaker`.
    BreakerOverrides {
        /// Consecutive failures that open the breaker. 0: it never opens.
        failure_threshold: Option<u32> = "failure_threshold" as Threshold;
        /// Consecutive successful probes that close it.
        success_threshold: Option<u32> = "success_threshold" as Count<1, { u32::MAX }>;
        /// Longest pause before a probe.
        timeout: Option<Duration> = "timeout" as Span;
        /// What one breaker covers.
        scope: Option<BreakerScope> = "scope" as Scope;
    }
}

block! {
    /// Overrides of the `http` times.
    TimeoutsBlock {
        /// As `http.connect_timeout`.
        connect: Option<Duration> = "connect" as PositiveSpan;
        /// As `http.response_header_timeout`.
        response_header: Option<Duration> = "response_header" as PositiveSpan;
        /// As `http.stream_idle_timeout`.
        stream_idle: Option<Duration> = "stream_idle" as PositiveSpan;
        /// As `http.timeout`.
        total: Option<Duration> = "total" as PositiveSpan;
    }
}

/// How the Responses API reaches a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponsesSupport {
    /// Its own endpoint.
    Native,
    /// Translated to chat completions.
    ViaChat,
}

/// Reads `providers:`; entries in which something is wrong are left out and reported.
pub(crate) fn read_providers(node: &Node, reader: &mut Reader<'_>) -> Vec<ProviderBlock> {
    let mut providers = Vec::new();
    for entry in reader.entries(node, "providers").unwrap_or_default() {
        if InstanceName::parse(&entry.key).is_err() {
            reader.error(entry.line, &format!("providers: {:?}: {}", entry.key, vocabulary::InvalidName));
            continue;
        }
        let key = join("providers", &entry.key);
        let Some(mut block) = reader.block::<ProviderBlock>(&entry.value, &key) else { continue };
        entry.key.trim().clone_into(&mut block.name);
        block.line = entry.line;
        if block.provider_type.is_none() {
            reader.complain(entry.line, &format!("{key}.type is required"));
        }
        fold_retries(&mut block, &key, reader);
        providers.push(block);
    }
    providers
}

/// `retries` is written into `resilience.retry.max_retries`, unless both are there.
fn fold_retries(block: &mut ProviderBlock, key: &str, reader: &mut Reader<'_>) {
    let Some(retries) = block.retries else { return };
    let retry = block.resilience.get_or_insert_default().retry.get_or_insert_default();
    if retry.max_retries.is_some() {
        reader.error(
            block.line,
            &format!("{key}: retries and resilience.retry.max_retries are both set; keep one"),
        );
    }
    retry.max_retries = Some(retries);
}
