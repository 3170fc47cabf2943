//! The paths that this gateway serves, and their methods (spec 01 §2, 03 §17).
//! In: a path below the base. Out: a `Route`, or nothing. One trailing slash is tolerated (B22).
//! Invariant: a row of `ROUTES` per path; the table is all there is to know about what exists.

use http::Method;
use vocabulary::Dialect;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    Chat,
    Responses,
    Messages,
    CountTokens,
    Embeddings,
    /// `POST /v1beta/models/{model}:{method}`: the model, still percent-encoded; may contain slashes.
    Gemini(&'p str, GeminiMethod),
    GeminiModels,
    /// `GET /v1beta/models/{model}`: the id, still percent-encoded.
    GeminiModel(&'p str),
    Models,
    /// `GET /v1/models/{id}`: the id, still percent-encoded; may contain slashes.
    Model(&'p str),
    Health,
    Ready,
    Metrics,
    Root,
}

/// What is called on a model of Gemini's API (spec 03 §17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeminiMethod {
    Generate,
    StreamGenerate,
    CountTokens,
    Embed,
    BatchEmbed,
}

impl GeminiMethod {
    const ALL: [(&'static str, Self); 5] = [
        ("generateContent", Self::Generate),
        ("streamGenerateContent", Self::StreamGenerate),
        ("countTokens", Self::CountTokens),
        ("embedContent", Self::Embed),
        ("batchEmbedContents", Self::BatchEmbed),
    ];
}

impl Route<'_> {
    /// The methods that the route has. `GET` brings `HEAD`; every route answers `OPTIONS`.
    pub(crate) fn method(self) -> Method {
        match self {
            Self::Chat
            | Self::Responses
            | Self::Messages
            | Self::CountTokens
            | Self::Embeddings
            | Self::Gemini(..) => Method::POST,
            Self::Models
            | Self::Model(_)
            | Self::GeminiModels
            | Self::GeminiModel(_)
            | Self::Health
            | Self::Ready
            | Self::Metrics
            | Self::Root => Method::GET,
        }
    }

    /// The value of `Allow`.
    pub(crate) fn allow(self) -> &'static str {
        if self.method() == Method::POST { "POST, OPTIONS" } else { "GET, HEAD, OPTIONS" }
    }

    /// True if `method` is served here.
    pub(crate) fn serves(self, method: &Method) -> bool {
        *method == self.method() || (*method == Method::HEAD && self.method() == Method::GET)
    }

    /// The label of metrics and logs: bounded, never the path itself.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
            Self::Embeddings => "/v1/embeddings",
            Self::Gemini(_, GeminiMethod::Generate) => "/v1beta/models:generateContent",
            Self::Gemini(_, GeminiMethod::StreamGenerate) => "/v1beta/models:streamGenerateContent",
            Self::Gemini(_, GeminiMethod::CountTokens) => "/v1beta/models:countTokens",
            Self::Gemini(_, GeminiMethod::Embed) => "/v1beta/models:embedContent",
            Self::Gemini(_, GeminiMethod::BatchEmbed) => "/v1beta/models:batchEmbedContents",
            Self::GeminiModels => "/v1beta/models",
            Self::GeminiModel(_) => "/v1beta/models/{model}",
            Self::Models => "/v1/models",
            Self::Model(_) => "/v1/models/{id}",
            Self::Health => "/health",
            Self::Ready => "/health/ready",
            Self::Metrics => "metrics",
            Self::Root => "/",
        }
    }

    /// True for paths that talk to a model (spec 01 §1.4).
    pub(crate) fn is_model_interaction(self) -> bool {
        self.method() == Method::POST
    }

    /// The dialect of the API that the route belongs to; `None` where a client of either of two may knock.
    pub(crate) fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Chat | Self::Embeddings => Some(Dialect::OpenAiChat),
            Self::Responses => Some(Dialect::OpenAiResponses),
            Self::Messages | Self::CountTokens => Some(Dialect::AnthropicMessages),
            Self::Gemini(..) | Self::GeminiModels | Self::GeminiModel(_) => Some(Dialect::Gemini),
            Self::Models | Self::Model(_) | Self::Health | Self::Ready | Self::Metrics | Self::Root => None,
        }
    }

    /// True if no credential is asked for (spec 01 §3.3).
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Health | Self::Ready)
    }
}

/// The label of paths that do not exist.
pub(crate) const UNKNOWN_LABEL: &str = "unknown";

/// Every label that `Route::label` gives, and the one of unknown paths.
pub(crate) const LABELS: &[&str] = &[
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/embeddings",
    "/v1beta/models:generateContent",
    "/v1beta/models:streamGenerateContent",
    "/v1beta/models:countTokens",
    "/v1beta/models:embedContent",
    "/v1beta/models:batchEmbedContents",
    "/v1beta/models",
    "/v1beta/models/{model}",
    "/v1/models",
    "/v1/models/{id}",
    "/health",
    "/health/ready",
    "metrics",
    "/",
    UNKNOWN_LABEL,
];

const ROUTES: &[(&str, Route<'static>)] = &[
    ("/v1/chat/completions", Route::Chat),
    ("/v1/responses", Route::Responses),
    ("/v1/messages", Route::Messages),
    ("/v1/messages/count_tokens", Route::CountTokens),
    ("/v1/embeddings", Route::Embeddings),
    ("/v1beta/models", Route::GeminiModels),
    ("/google/v1beta/models", Route::GeminiModels),
    ("/v1/models", Route::Models),
    ("/health", Route::Health),
    ("/health/ready", Route::Ready),
    ("/", Route::Root),
];
const MODEL_PREFIX: &str = "/v1/models/";
const GEMINI_PREFIXES: [&str; 2] = ["/v1beta/", "/google/v1beta/"];

/// The route of a path, if there is one. `metrics_path` is where metrics are served, if they are.
pub(crate) fn find<'p>(path: &'p str, metrics_path: Option<&str>) -> Option<Route<'p>> {
    let exact = |path: &str| ROUTES.iter().find(|(known, _)| *known == path).map(|(_, route)| *route);
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    if metrics_path == Some(path) {
        return Some(Route::Metrics);
    }
    exact(path).or_else(|| gemini(path)).or_else(|| {
        let id = path.strip_prefix(MODEL_PREFIX)?;
        (!id.is_empty()).then_some(Route::Model(id))
    })
}

/// A model or a method of one in Gemini's API. Below OpenAI's own prefix only known methods count: model ids hold colons.
/// A model with a slash may stand without `models/`: Vercel's SDK sends it so, as Google has `tunedModels/…`.
fn gemini(path: &str) -> Option<Route<'_>> {
    let below = GEMINI_PREFIXES.iter().find_map(|prefix| path.strip_prefix(prefix));
    let own = below.and_then(|rest| rest.strip_prefix("models/"));
    let qualified = below.filter(|rest| own.is_none() && rest.contains('/'));
    let rest = own.or(qualified).or_else(|| path.strip_prefix(MODEL_PREFIX))?;
    let called = [":", "%3A", "%3a"].into_iter().filter_map(|colon| rest.rsplit_once(colon)).find_map(
        |(model, called)| {
            let method = GeminiMethod::ALL.iter().find(|(name, _)| *name == called);
            method.filter(|_| !model.is_empty()).map(|(_, method)| Route::Gemini(model, *method))
        },
    );
    called.or_else(|| own.filter(|id| !id.is_empty()).map(Route::GeminiModel))
}

/// The dialect of errors on a path (spec 01 §§1.4, 6.4): by path, and by the version header where a client of either
/// dialect may knock.
pub(crate) fn error_dialect(path: &str, has_anthropic_version: bool) -> Dialect {
    let is_below =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(dialect) = find(path, None).and_then(Route::dialect) {
        dialect
    } else if is_below("/v1/messages") {
        Dialect::AnthropicMessages
    } else if is_below("/v1beta") || is_below("/google") {
        Dialect::Gemini
    } else if has_anthropic_version {
        Dialect::AnthropicMessages
    } else {
        Dialect::OpenAiChat
    }
}

#[cfg(test)]
mod tests {
    use super::{GeminiMethod, Route, error_dialect, find};
    use vocabulary::Dialect;

    #[test]
    fn paths_find_their_route() {
        let cases = [
            ("/v1/chat/completions", Some(Route::Chat)),
            ("/v1/chat/completions/", Some(Route::Chat)),
            ("/v1/chat/completions//", None),
            ("/v1/models", Some(Route::Models)),
            ("/v1/models/", Some(Route::Models)),
            ("/v1/models/openai/gpt-4o", Some(Route::Model("openai/gpt-4o"))),
            ("/v1/models/openai%2Fgpt-4o", Some(Route::Model("openai%2Fgpt-4o"))),
            ("/", Some(Route::Root)),
            ("/m", Some(Route::Metrics)),
            ("/nope", None),
            ("/v1beta/models", Some(Route::GeminiModels)),
            ("/v1beta/models/a/b", Some(Route::GeminiModel("a/b"))),
            ("/v1beta/models/a/b:8b:generateContent", Some(Route::Gemini("a/b:8b", GeminiMethod::Generate))),
            ("/v1/models/a%3AstreamGenerateContent", Some(Route::Gemini("a", GeminiMethod::StreamGenerate))),
            ("/google/v1beta/models/a:countTokens", Some(Route::Gemini("a", GeminiMethod::CountTokens))),
            ("/v1beta/a/b:generateContent", Some(Route::Gemini("a/b", GeminiMethod::Generate))),
            ("/v1beta/a:generateContent", None),
            ("/v1beta/a/b", None),
            ("/v1beta/models/a:nope", Some(Route::GeminiModel("a:nope"))),
            ("/v1/models/llama3:8b", Some(Route::Model("llama3:8b"))),
        ];
        for (path, route) in cases {
            assert_eq!(find(path, Some("/m")), route, "{path}");
        }
        assert_eq!(find("/metrics", None), None);
    }

    #[test]
    fn errors_speak_the_dialect_of_their_path() {
        let cases = [
            ("/v1/messages", false, Dialect::AnthropicMessages),
            ("/v1/messages/batches/x", false, Dialect::AnthropicMessages),
            ("/v1/messagesx", false, Dialect::OpenAiChat),
            ("/v1/models", true, Dialect::AnthropicMessages),
            ("/nope", true, Dialect::AnthropicMessages),
            ("/nope", false, Dialect::OpenAiChat),
            ("/v1/chat/completions", true, Dialect::OpenAiChat),
            ("/v1/responses", true, Dialect::OpenAiResponses),
            ("/v1beta/models/m:generateContent", true, Dialect::Gemini),
            ("/v1beta/nope", false, Dialect::Gemini),
        ];
        for (path, has_version, dialect) in cases {
            assert_eq!(error_dialect(path, has_version), dialect, "{path} {has_version}");
        }
    }
}
