//! The paths that this gateway serves, and their methods (spec 01 §2).
//! In: a path below the base. Out: a `Route`, or nothing. One trailing slash is tolerated (B22).
//! Invariant: a row of `ROUTES` per path; the table is all there is to know about what exists.

use http::Method;
use vocabulary::Dialect;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    Chat,
    Embeddings,
    Models,
    /// `GET /v1/models/{id}`: the id, still percent-encoded; may contain slashes.
    Model(&'p str),
    Health,
    Ready,
    Metrics,
    Root,
}

impl Route<'_> {
    /// The methods that the route has. `GET` brings `HEAD`; every route answers `OPTIONS`.
    pub(crate) fn method(self) -> Method {
        match self {
            Self::Chat | Self::Embeddings => Method::POST,
            Self::Models | Self::Model(_) | Self::Health | Self::Ready | Self::Metrics | Self::Root => {
                Method::GET
            }
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
            Self::Embeddings => "/v1/embeddings",
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
        matches!(self, Self::Chat | Self::Embeddings)
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
    "/v1/embeddings",
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
    ("/v1/embeddings", Route::Embeddings),
    ("/v1/models", Route::Models),
    ("/health", Route::Health),
    ("/health/ready", Route::Ready),
    ("/", Route::Root),
];
const MODEL_PREFIX: &str = "/v1/models/";

/// The route of a path, if there is one. `metrics_path` is where metrics are served, if they are.
pub(crate) fn find<'p>(path: &'p str, metrics_path: Option<&str>) -> Option<Route<'p>> {
    let exact = |path: &str| ROUTES.iter().find(|(known, _)| *known == path).map(|(_, route)| *route);
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    if metrics_path == Some(path) {
        return Some(Route::Metrics);
    }
    exact(path).or_else(|| {
        let id = path.strip_prefix(MODEL_PREFIX)?;
        (!id.is_empty()).then_some(Route::Model(id))
    })
}

/// The dialect of errors on a path (spec 01 §§1.4, 6.4): by path, and by the version header where a client of either
/// dialect may knock.
pub(crate) fn error_dialect(path: &str, has_anthropic_version: bool) -> Dialect {
    let is_messages =
        path.strip_prefix("/v1/messages").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_ours = matches!(find(path, None), Some(Route::Chat | Route::Embeddings));
    if is_messages || (has_anthropic_version && !is_ours) {
        Dialect::AnthropicMessages
    } else {
        Dialect::OpenAiChat
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, error_dialect, find};
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
        ];
        for (path, has_version, dialect) in cases {
            assert_eq!(error_dialect(path, has_version), dialect, "{path} {has_version}");
        }
    }
}
