//! What a caller is told when a call fails, and the register of codes (spec 01 §6.2).
//! In: a failure at any depth. Out: status, type, code, public message and `param`, which `dialects` renders per API.
//! Invariant: the message is public text, fixed or the upstream's own; what only an operator may see stands in `detail`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The `type` member of the error envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// The caller's request cannot be served as it stands.
    InvalidRequest,
    /// A credential is missing, wrong, or not allowed to do this.
    Authentication,
    /// Unknown route, model or object.
    NotFound,
    /// A limit of the gateway or of the provider is reached.
    RateLimit,
    /// The provider, or the gateway itself, failed.
    Provider,
}

impl ErrorType {
    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::Authentication => "authentication_error",
            Self::NotFound => "not_found_error",
            Self::RateLimit => "rate_limit_error",
            Self::Provider => "provider_error",
        }
    }
}

/// Who caused an error: decides what callers may conclude from it and the header `X-GoModel-Error-Source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The caller's request.
    Client,
    /// This gateway.
    Gateway,
    /// The provider behind it.
    Upstream,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $wire:literal $status:literal $error_type:ident $side:ident;)+) => {
        /// A public error code of the gateway. Declared once, with its status, type and side.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name),+ }

        impl Code {
            /// Every code, in the order of the register.
            pub const ALL: &[Code] = &[$(Code::$name),+];
            /// The text on the wire.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $wire),+ } }
            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status),+ } }
            /// The `type` member.
            pub const fn error_type(self) -> ErrorType { match self { $(Self::$name => ErrorType::$error_type),+ } }
            /// Who caused it.
            pub const fn side(self) -> Side { match self { $(Self::$name => Side::$side),+ } }
        }
    };
}

codes! {
    /// No instance has the model.
    ModelNotFound = "model_not_found" 404 NotFound Client;
    /// A member that the provider cannot take.
    UnsupportedParameter = "unsupported_parameter" 400 InvalidRequest Client;
    /// A member that the provider's dialect cannot express.
    UnsupportedTranslation = "unsupported_translation" 400 InvalidRequest Client;
    /// The provider refused the prompt.
    ContentFilter = "content_filter" 400 InvalidRequest Upstream;
    /// The provider has nothing that this operation could be translated to.
    UnsupportedProviderOperation = "unsupported_provider_operation" 501 InvalidRequest Client;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed" 405 InvalidRequest Client;
    /// The client sent its head or body too slowly.
    RequestReadTimeout = "request_read_timeout" 408 InvalidRequest Client;
    /// The body exceeds `BODY_SIZE_LIMIT`.
    RequestTooLarge = "request_too_large" 413 InvalidRequest Client;
    /// The head exceeds 1 MiB.
    RequestHeadersTooLarge = "request_headers_too_large" 431 InvalidRequest Client;
    /// A credential of the gateway was refused by the provider.
    UpstreamAuthenticationError = "upstream_authentication_error" 401 Authentication Upstream;
    /// A defect of the gateway.
    InternalError = "internal_error" 500 Provider Gateway;
    /// Connecting to the provider failed, or it hung up without an answer.
    UpstreamConnectionError = "upstream_connection_error" 502 Provider Upstream;
    /// The provider's answer cannot be read.
    UpstreamInvalidResponse = "upstream_invalid_response" 502 Provider Upstream;
    /// Nothing is known about any model yet.
    ModelRegistryNotReady = "model_registry_not_ready" 503 Provider Gateway;
    /// The provider's circuit breaker is open.
    CircuitOpen = "circuit_open" 503 Provider Upstream;
    /// The gateway is shutting down.
    ShuttingDown = "shutting_down" 503 Provider Gateway;
    /// The provider did not answer in time.
    UpstreamTimeout = "upstream_timeout" 504 Provider Upstream;
    /// In a stream only: the provider broke off.
    StreamInterrupted = "stream_interrupted" 502 Provider Upstream;
    /// In a stream only: the provider fell silent.
    StreamTimeout = "stream_timeout" 504 Provider Upstream;
}

/// A failure as its caller sees it. Boxed inside, as most calls have none.
#[derive(Clone, Debug)]
pub struct ApiError(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: u16,
    error_type: ErrorType,
    side: Side,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    param: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    relayed_headers: Vec<(Cow<'static, str>, String)>,
    detail: Option<String>,
    native: Option<NativeError>,
}

/// How a provider that speaks the caller's dialect put its error: kept, as the caller's SDK decides by it (spec 04 B26).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeError {
    /// The provider's own type, such as `overloaded_error`.
    pub error_type: Option<String>,
    /// Further members, as JSON text.
    pub details: Option<String>,
}

impl ApiError {
    /// An error of the register, with the status and type that it has there.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::uncoded(code.status(), code.error_type(), message);
        error.0.code = Some(code.as_str().into());
        error.0.side = code.side();
        error
    }

    /// An error without a code, on the client's side.
    pub fn uncoded(status: u16, error_type: ErrorType, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            status,
            error_type,
            side: Side::Client,
            code: None,
            message: message.into(),
            param: None,
            retry_after: None,
            relayed_headers: Vec::new(),
            detail: None,
            native: None,
        }))
    }

    /// 400 `invalid_request_error` without a code.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::uncoded(400, ErrorType::InvalidRequest, message)
    }

    /// Names the offending member, as a JSON path.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.0.param = Some(param.into());
        self
    }

    /// Sets a code that is not ours, such as one that a provider sent.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Says who caused it.
    #[must_use]
    pub fn with_side(mut self, side: Side) -> Self {
        self.0.side = side;
        self
    }

    /// Tells the caller when to come back; sent as `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds a response header that goes out with the error, such as a provider's rate-limit state.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.0.relayed_headers.push((name.into(), value.into()));
        self
    }

    /// Adds what only the log may hold. Must not contain a secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Keeps how the provider put it, for a caller of the same dialect.
    #[must_use]
    pub fn with_native(mut self, native: NativeError) -> Self {
        self.0.native = Some(native);
        self
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }
    /// The `type` member.
    pub fn error_type(&self) -> ErrorType {
        self.0.error_type
    }
    /// Who caused it.
    pub fn side(&self) -> Side {
        self.0.side
    }
    /// The `code` member.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }
    /// The public message.
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// The `param` member.
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }
    /// When to come back.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
    /// Headers that go out with the error.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.relayed_headers.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }
    /// How the provider put it, if it speaks the caller's dialect.
    pub fn native(&self) -> Option<&NativeError> {
        self.0.native.as_ref()
    }
    /// What only the log may hold.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Replaces every occurrence of a text in message, code, param and detail: a credential that an upstream repeated.
    #[must_use]
    pub fn masking(mut self, secret: &str) -> Self {
        const MASK: &str = "[REDACTED]";
        if secret.is_empty() {
            return self;
        }
        let mask = |text: &mut Cow<'static, str>| {
            if text.contains(secret) {
                *text = text.replace(secret, MASK).into();
            }
        };
        mask(&mut self.0.message);
        self.0.code.iter_mut().chain(self.0.param.iter_mut()).for_each(mask);
        if let Some(detail) = self.0.detail.as_mut().filter(|detail| detail.contains(secret)) {
            *detail = detail.replace(secret, MASK);
        }
        let native =
            self.0.native.iter_mut().flat_map(|native| [&mut native.error_type, &mut native.details]);
        for text in native.flatten().filter(|text| text.contains(secret)) {
            *text = text.replace(secret, MASK);
        }
        for (_, value) in &mut self.0.relayed_headers {
            if value.contains(secret) {
                *value = value.replace(secret, MASK);
            }
        }
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status, self.0.error_type.as_str(), self.0.message)
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::{ApiError, Code, Side};

    #[test]
    fn every_code_is_spelt_once_in_snake_case() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(texts.iter().all(|text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }

    #[test]
    fn a_credential_that_an_upstream_repeats_is_masked_everywhere() {
        let error = ApiError::invalid_request("bad key sk-9")
            .with_detail("sk-9 refused")
            .with_code("sk-9")
            .masking("sk-9");
        assert_eq!(error.message(), "bad key [REDACTED]");
        assert_eq!((error.detail(), error.code()), (Some("[REDACTED] refused"), Some("[REDACTED]")));
        assert_eq!(error.side(), Side::Client);
    }
}
