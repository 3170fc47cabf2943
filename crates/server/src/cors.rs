//! Cross-origin requests of browsers (spec 01 B15): preflights answered before authentication, response headers after.
//! Invariant: an origin that is not listed gets no header at all; credentials are never allowed.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-Request-ID, Request-Id, Retry-After, X-Cache, Age, X-GoModel-Provider, X-GoModel-Model, X-GoModel-Attempts, \
     X-GoModel-Failover, X-GoModel-Dropped, X-GoModel-Estimated, X-GoModel-Error-Source, x-ratelimit-limit-requests, \
     x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, \
     x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens",
);
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins that may call from a browser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cors {
    allows_any: bool,
    origins: Vec<String>,
}

impl Cors {
    pub(crate) fn new(origins: &[String]) -> Self {
        Self { allows_any: origins.iter().any(|origin| origin == "*"), origins: origins.to_vec() }
    }

    fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.origins.is_empty() {
            return None;
        }
        let origin = headers.get(ORIGIN)?;
        if self.allows_any {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }

    /// The headers of a preflight's answer, if this request is one from an allowed origin.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<HeaderMap> {
        if *method != Method::OPTIONS {
            return None;
        }
        let origin = self.allowed_origin(headers)?;
        let requested_method = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        let mut answer = HeaderMap::new();
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let is_known = Method::from_bytes(requested_method.as_bytes()).is_ok();
        answer.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            if is_known { requested_method.clone() } else { ALLOWED_METHODS },
        );
        if let Some(requested) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE);
        answer.insert(VARY, HeaderValue::from_static("Origin"));
        Some(answer)
    }

    /// Adds to a response what a browser needs to let its page read it.
    pub(crate) fn decorate(&self, request: &HeaderMap, response: &mut HeaderMap) {
        if let Some(origin) = self.allowed_origin(request) {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
            response.append(VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// True if no origin is allowed, so that a call need not look for one.
    pub(crate) fn is_off(&self) -> bool {
        self.origins.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Cors;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_listed_origins_are_told_anything() {
        let cors = Cors::new(&["https://a.example".to_owned()]);
        let mut response = HeaderMap::new();
        cors.decorate(&headers(&[("origin", "https://b.example")]), &mut response);
        assert!(response.is_empty());
        cors.decorate(&headers(&[("origin", "https://a.example")]), &mut response);
        assert_eq!(response["access-control-allow-origin"], "https://a.example");
        assert!(!response.contains_key("access-control-allow-credentials"));
    }

    #[test]
    fn a_preflight_reflects_what_was_asked_for() {
        let asked = headers(&[
            ("origin", "https://a.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-foo"),
        ]);
        let answer = Cors::new(&["*".to_owned()]).preflight(&Method::OPTIONS, &asked).unwrap();
        assert_eq!(answer["access-control-allow-origin"], "*");
        assert_eq!(answer["access-control-allow-methods"], "POST");
        assert_eq!(answer["access-control-allow-headers"], "authorization,x-foo");
        assert_eq!(answer["access-control-max-age"], "600");
        assert!(Cors::new(&[]).preflight(&Method::OPTIONS, &asked).is_none());
        assert!(Cors::new(&["*".to_owned()]).preflight(&Method::GET, &asked).is_none());
    }
}
