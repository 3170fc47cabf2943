//! The address of a provider, parsed once (spec 02 B21).
//! In: the text of a setting. Out: origin and path, or why the text is none.
//! Invariant: scheme http or https, a host, no credentials, no query, no trailing slash, no endpoint at the end: a path
//! can be appended as it is.

use std::fmt;

use url::Url;

/// A parsed base URL.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is not a base URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// A variable in it was not set.
    #[error("the base URL contains the unresolved placeholder {0}")]
    Unresolved(String),
    /// It cannot be read.
    #[error("the base URL is not a URL ({0})")]
    Malformed(#[from] url::ParseError),
    /// Another scheme, or none.
    #[error("the base URL must start with http:// or https://")]
    Scheme,
    /// It names a user or a password.
    #[error("the base URL must not contain a user name or password")]
    Credentials,
}

/// Endpoints that people paste along with the base.
const ENDPOINTS: &[&str] =
    &["/chat/completions", "/completions", "/embeddings", "/responses", "/messages", "/models"];

impl BaseUrl {
    /// Parses a setting: surrounding space, trailing slashes, query, fragment and a known endpoint are cut off.
    ///
    /// # Errors
    /// `BaseUrlError` says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        if let Some(start) = text.find("${") {
            let rest = text.get(start..).unwrap_or_default();
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            return Err(BaseUrlError::Unresolved(rest.get(..end).unwrap_or(rest).to_owned()));
        }
        if !has_http_scheme(text) {
            return Err(BaseUrlError::Scheme);
        }
        let mut url = Url::parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let path = ENDPOINTS.iter().find_map(|endpoint| path.strip_suffix(endpoint)).unwrap_or(path);
        let path = path.trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The path without a trailing slash: empty, or `/v1`.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// The URL, for those who need scheme, host and port.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

fn has_http_scheme(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn what_people_write_becomes_a_base() {
        let cases = [
            ("https://api.openai.com/v1", "https://api.openai.com/v1"),
            (" https://api.openai.com/v1/ ", "https://api.openai.com/v1"),
            ("https://api.openai.com/v1//", "https://api.openai.com/v1"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("HTTP://Localhost:80/V1", "http://localhost/V1"),
            ("https://x.example/v1/chat/completions", "https://x.example/v1"),
            ("https://x.example/v1/chat/completions/?a=b#c", "https://x.example/v1"),
            ("https://x.example/v1/embeddings", "https://x.example/v1"),
            (
                "https://r.example/openai/deployments/d1/chat/completions?api-version=1",
                "https://r.example/openai/deployments/d1",
            ),
            ("https://[::1]:8443/v1", "https://[::1]:8443/v1"),
        ];
        for (text, expected) in cases {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_base_says_why() {
        let cases = [
            ("${NOPE}", "the base URL contains the unresolved placeholder ${NOPE}"),
            ("https://${HOST}/v1", "the base URL contains the unresolved placeholder ${HOST}"),
            ("localhost:8000/v1", "the base URL must start with http:// or https://"),
            ("ftp://x/v1", "the base URL must start with http:// or https://"),
            ("us-west-2", "the base URL must start with http:// or https://"),
            ("https://user:pass@x.example/v1", "the base URL must not contain a user name or password"),
            ("http://", "the base URL is not a URL (empty host)"),
        ];
        for (text, expected) in cases {
            assert_eq!(BaseUrl::parse(text).unwrap_err().to_string(), expected, "{text:?}");
        }
    }
}
