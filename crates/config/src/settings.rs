//! The settings of the process, each declared once: YAML key, kind, default, environment name, doc line.
//! In: nothing. Out: the typed structs that the rooms receive, and the tables behind the walk, the overlay and the manual.
//! Field names are the last segment of the YAML key. Not here: `providers.<name>` (`provider_block`), names that are only known (`known`).

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use vocabulary::Secret;

use crate::declare::{DefaultValue, section};
use crate::kind::{
    Address, BodySize, Bool, CleanPath, Count, Credential, Demo, Factor, FilePath, Format, HeaderName, Level,
    ModelsMode, Port, PositiveSpan, ProxyUrl, Scope, Share, Size, Span, Text, Threshold, TokenLimit,
    UnlessOff, WebUrl,
};
use crate::list_kind::{List, Network, Status, WebOrigin, Word};
use crate::places::{default_cache_dir, default_pid_file};

const PID_FILE: DefaultValue = DefaultValue::Found {
    shown: "`data/gomodel.pid` if `./data` exists, else `gomodel.pid` in the user's data directory",
    find: default_pid_file,
};
const CACHE_DIR: DefaultValue = DefaultValue::Found {
    shown: "`./.cache` if it exists, else `gomodel` in the user's cache directory",
    find: default_cache_dir,
};

section! {
    /// The listener and what every request meets first.
    pub ServerSettings at "server" {
        /// TCP port to listen on. 0 lets the system choose.
        port: u16 = "8080" as Port, env "PORT";
        /// IP address to listen on. Empty: all interfaces.
        bind_address: Option<IpAddr> = "" as Address, env "BIND_ADDRESS";
        /// Prefix of every route. Paths outside it are 404.
        base_path: String = "/" as CleanPath, env "BASE_PATH";
        /// The key that may do everything. Empty: the gateway is open, and warns.
        master_key: Option<Secret> = "" as Credential, env "GOMODEL_MASTER_KEY";
        /// Largest request body, 1K to 100M.
        body_size_limit: usize = "10M" as BodySize, env "BODY_SIZE_LIMIT";
        /// Request header that names the caller's user path.
        user_path_header: String = "X-GoModel-User-Path" as HeaderName, env "USER_PATH_HEADER";
        /// File that holds the process id. Empty in the file, `none` in the environment: no file, and no `--reload`.
        pid_file: Option<PathBuf> = PID_FILE as FilePath, env "PID_FILE";
        /// Origins that browsers may call from: `*`, or a list of `https://host:port`.
        cors_allowed_origins: Vec<String> = "" as List<WebOrigin>, env "CORS_ALLOWED_ORIGINS";
        /// Networks whose `X-Forwarded-For` and `Forwarded` headers are believed.
        trusted_proxies: Vec<IpNet> = "" as List<Network>, env "TRUSTED_PROXIES";
        /// `/health/ready` is 503 while no model is known.
        ready_requires_models: bool = "false" as Bool, env "READY_REQUIRES_MODELS";
        /// Answer model calls with `X-GoModel-Provider`, `-Model`, `-Attempts` and `-Failover`.
        response_routing_headers: bool = "true" as Bool, env "RESPONSE_ROUTING_HEADERS";
        /// Send the client's `traceparent` and `tracestate` to the provider.
        propagate_trace_headers: bool = "true" as Bool, env "PROPAGATE_TRACE_HEADERS";
        /// How long running requests may finish after the stop signal.
        shutdown_drain_timeout: Duration = "10s" as Span, env "SHUTDOWN_DRAIN_TIMEOUT";
        /// How long the whole shutdown may take.
        shutdown_timeout: Duration = "30s" as PositiveSpan, env "SHUTDOWN_TIMEOUT";
        /// Most client connections at a time; further ones wait to be accepted.
        max_connections: u32 = "20000" as Count<1, 10_000_000>, env "MAX_CONNECTIONS";
    }
}

section! {
    /// Calls to providers, and the streams that come of them.
    pub HttpSettings at "http" {
        /// Longest non-streaming call, body included.
        timeout: Duration = "600s" as PositiveSpan, env "HTTP_TIMEOUT";
        /// Longest wait for the head of a provider's answer.
        response_header_timeout: Duration = "600s" as PositiveSpan, env "HTTP_RESPONSE_HEADER_TIMEOUT";
        /// Longest wait for a connection to a provider.
        connect_timeout: Duration = "10s" as PositiveSpan, env "HTTP_CONNECT_TIMEOUT";
        /// Longest silence between two pieces of a provider's stream.
        stream_idle_timeout: Duration = "300s" as PositiveSpan, env "HTTP_STREAM_IDLE_TIMEOUT";
        /// Largest body of a provider's answer.
        max_response_size: usize = "256M" as Size, env "HTTP_MAX_RESPONSE_SIZE";
        /// Largest single event of a provider's stream; a larger one breaks it off.
        max_frame_size: usize = "64M" as Size, env "HTTP_MAX_FRAME_SIZE";
        /// How often an idle stream gets a keep-alive comment. 0: never.
        sse_keepalive_interval: Duration = "15s" as Span, env "SSE_KEEPALIVE_INTERVAL";
        /// Proxy for providers with an `http://` base URL.
        http_proxy: Option<Secret> = "" as ProxyUrl, env "HTTP_PROXY" | "http_proxy";
        /// Proxy for providers with an `https://` base URL.
        https_proxy: Option<Secret> = "" as ProxyUrl, env "HTTPS_PROXY" | "https_proxy";
        /// Hosts that are called without a proxy, comma-separated. Loopback hosts never use one.
        no_proxy: Option<String> = "" as Text, env "NO_PROXY" | "no_proxy";
        /// PEM file of certificate authorities to trust besides the system's.
        ssl_cert_file: Option<PathBuf> = "" as FilePath, env "SSL_CERT_FILE";
    }
}

section! {
    /// When and how a call to a provider is tried again.
    pub RetrySettings at "resilience.retry" {
        /// Tries after the first one.
        max_retries: u32 = "3" as Count<0, 100>, env "RETRY_MAX_RETRIES";
        /// Wait before the first retry.
        initial_backoff: Duration = "1s" as Span, env "RETRY_INITIAL_BACKOFF";
        /// Longest wait before a retry.
        max_backoff: Duration = "30s" as Span, env "RETRY_MAX_BACKOFF";
        /// Growth of the wait from retry to retry.
        backoff_factor: f64 = "2.0" as Factor, env "RETRY_BACKOFF_FACTOR";
        /// Share of the wait that is random, in both directions.
        jitter_factor: f64 = "0.1" as Share, env "RETRY_JITTER_FACTOR";
        /// Time after which no retry begins.
        max_elapsed: Duration = "60s" as Span, env "RETRY_MAX_ELAPSED";
        /// Provider statuses that are worth a retry. (A 500 is tried once more in any case.)
        retry_on: Vec<u16> = "408,429,502,503,504,529" as List<Status>, env "RETRY_ON";
    }
}

section! {
    /// When a failing provider is left alone for a while.
    pub BreakerSettings at "resilience.circuit_breaker" {
        /// Consecutive failures that open the breaker. 0: it never opens.
        failure_threshold: u32 = "5" as Threshold, env "CIRCUIT_BREAKER_FAILURE_THRESHOLD";
        /// Consecutive successful probes that close it.
        success_threshold: u32 = "2" as Count<1, { u32::MAX }>, env "CIRCUIT_BREAKER_SUCCESS_THRESHOLD";
        /// Longest pause before a probe.
        timeout: Duration = "30s" as Span, env "CIRCUIT_BREAKER_TIMEOUT";
        /// What one breaker covers: a `provider`, or each `model` of it.
        scope: BreakerScope = "provider" as Scope, env "CIRCUIT_BREAKER_SCOPE";
    }
}

section! {
    /// Calls whose provider does not speak the client's dialect.
    pub TranslationSettings at "translation" {
        /// Refuse what the provider's dialect cannot express, instead of leaving it out and naming it in `X-GoModel-Dropped`.
        strict: bool = "false" as Bool, env "STRICT_TRANSLATION";
        /// Fetch images that a caller names by an `https://` address where the provider takes only data (Gemini). Public addresses only,
        /// without a proxy. Off: such calls are refused.
        fetch_remote_images: bool = "false" as Bool, env "FETCH_REMOTE_IMAGES";
    }
}

section! {
    /// Which models there are and how they are listed.
    pub ModelSettings at "models" {
        /// `GET /v1/models` lists virtual models only.
        keep_only_aliases_at_models_endpoint: bool = "false" as Bool, env "KEEP_ONLY_ALIASES_AT_MODELS_ENDPOINT";
        /// How a provider's configured models combine with its own listing: `merge` (union), `fallback` (only if the listing fails),
        /// `allowlist` (only these).
        configured_provider_models_mode: ConfiguredModelsMode = "merge" as ModelsMode, env "CONFIGURED_PROVIDER_MODELS_MODE";
        /// Least time between two listings of a provider that requests for unknown models cause.
        request_refresh_min_interval: Duration = "10s" as Span, env "PROVIDER_REQUEST_REFRESH_MIN_INTERVAL";
    }
}

section! {
    /// Model lists and the catalogue of model metadata.
    pub ModelCacheSettings at "cache.model" {
        /// How often model lists, the catalogue and provider health are renewed.
        refresh_interval: Duration = "3600s" as PositiveSpan, env "CACHE_REFRESH_INTERVAL";
        /// How often providers whose listing failed are asked again. 0: not before the next renewal.
        recheck_interval: Duration = "60s" as Span, env "PROVIDER_RECHECK_INTERVAL";
    } with {
        /// The catalogue of model metadata.
        model_list: ModelListSettings;
        /// Where model lists survive a restart.
        local: LocalCacheSettings;
    }
}

section! {
    /// The catalogue of model metadata.
    pub ModelListSettings at "cache.model.model_list" {
        /// Where the catalogue is fetched. Empty in the file, `none` in the environment: not at all.
        url: Option<String> = "https://raw.githubusercontent.com/ENTERPILOT/ai-model-list/refs/heads/main/models.min.json" as WebUrl,
            env "MODEL_LIST_URL";
    }
}

section! {
    /// Where model lists survive a restart.
    pub LocalCacheSettings at "cache.model.local" {
        /// Directory of `models.json`. Empty in the file, `none` in the environment: nothing is kept.
        cache_dir: Option<PathBuf> = CACHE_DIR as FilePath, env "GOMODEL_CACHE_DIR";
    }
}

section! {
    /// The Prometheus endpoint.
    pub MetricsSettings at "metrics" {
        /// Serve metrics.
        enabled: bool = "false" as Bool, env "METRICS_ENABLED";
        /// Path of the metrics. One that would open another route falls back to `/metrics` with a warning.
        endpoint: String = "/metrics" as CleanPath, env "METRICS_ENDPOINT";
        /// Metrics need the master key.
        require_auth: bool = "false" as Bool, env "METRICS_REQUIRE_AUTH";
    }
}

section! {
    /// The gateway's own log, on standard error.
    pub LogSettings at "log" {
        /// `json`, `text`, or `auto`: text on a terminal, else json.
        format: LogFormat = "auto" as Format, env "LOG_FORMAT";
        /// `debug`, `info`, `warn` or `error`.
        level: LogLevel = "info" as Level, env "LOG_LEVEL";
    }
}

section! {
    /// What is logged about requests.
    pub LoggingSettings at "logging" {
        /// Only model calls get a line per request, not health checks and admin calls.
        only_model_interactions: bool = "true" as Bool, env "LOGGING_ONLY_MODEL_INTERACTIONS";
    }
}

section! {
    /// Accounting of tokens.
    pub UsageSettings at "usage" {
        /// Account for usage.
        enabled: bool = "true" as Bool, env "USAGE_ENABLED";
        /// Ask providers to report usage at the end of streams.
        enforce_returning_usage_data: bool = "true" as Bool, env "ENFORCE_RETURNING_USAGE_DATA";
    }
}

section! {
    /// The provider that needs no key.
    pub(crate) DemoSettings at "demo" {
        /// `true`, `false`, or `auto`: while no other provider is configured.
        enabled: DemoMode = "false" as Demo, env "DEMO_PROVIDER_ENABLED";
    }
}

section! {
    /// What only the environment says.
    pub ProcessSettings at "" {
        /// Unknown YAML keys and unresolved `${NAME}` stop the start. `false`: they are warnings.
        config_strict: bool = "true" as Bool, env "CONFIG_STRICT";
        /// Run as a public demonstration: warns at start and every five minutes.
        demo_mode: bool = "false" as Bool, env "GOMODEL_DEMO_MODE";
        /// `max_tokens` of translated Messages calls when the caller gives none. A value that is no positive number: 4096.
        anthropic_default_max_tokens: u64 = "4096" as TokenLimit, env "ANTHROPIC_DEFAULT_MAX_TOKENS";
        /// Gemini is called through its own API, where `api_mode` says nothing. Only `0`, `false`, `no` and `off` mean no.
        use_google_gemini_native_api: bool = "true" as UnlessOff, env "USE_GOOGLE_GEMINI_NATIVE_API";
        /// Models of `opencode_go` that speak the Messages dialect; the part behind the last `/` counts.
        opencode_go_messages_models: Vec<String> = "qwen3.7-max" as List<Word>, env "OPENCODE_GO_MESSAGES_MODELS";
    }
}

/// What one circuit breaker covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerScope {
    /// All models of a provider.
    Provider,
    /// One model of a provider.
    Model,
}

/// How a provider's configured models combine with the ones it lists (spec 02-B1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfiguredModelsMode {
    /// Both; configured metadata first.
    Merge,
    /// The configured ones only if the listing fails or is empty.
    Fallback,
    /// The configured ones only.
    Allowlist,
}

/// When the demo provider is there (spec 02 §13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoMode {
    /// Never.
    Off,
    /// Always.
    On,
    /// While no other provider is configured.
    Auto,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// One JSON object per line.
    Json,
    /// Text for people.
    Text,
}

/// The least important log line that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// Events worth knowing.
    Info,
    /// What may need attention.
    Warn,
    /// What failed.
    Error,
}
