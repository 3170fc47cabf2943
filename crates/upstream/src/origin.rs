//! Where a provider lives: scheme, host and port, parsed once.
//! In: a base URL. Out: an `Origin` that compares exactly and knows its `Host` header.
//! Invariant: http or https, a non-empty host, no user name or password. The path is the caller's business.
//! SSRF: an operator's text may name private addresses, and clients are made of it. What a caller or an upstream names
//! is an `Origin` only inside `images`, whose dialer checks the addresses; redirects elsewhere stay on the origin (`redirect`).

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;

/// The two schemes that an upstream can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS over TCP.
    Https,
}

/// Scheme, host and port of an upstream. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    /// Without brackets, in lower case.
    host: Arc<str>,
    port: u16,
}

/// A text is not the URL of an upstream. Names no part of the text, which may hold a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not a URL at all.
    #[error("not a URL")]
    Malformed,
    /// Neither http nor https.
    #[error("the scheme must be http or https")]
    Scheme,
    /// No host.
    #[error("the host is missing")]
    Host,
    /// `user:password@` in front of the host.
    #[error("a URL with user name or password is not accepted")]
    Credentials,
}

impl Origin {
    /// Parses the origin of a URL; path, query and fragment are ignored.
    ///
    /// # Errors
    /// See `OriginError`.
    pub fn parse(url: &str) -> Result<Self, OriginError> {
        Self::of(&url::Url::parse(url.trim()).map_err(|_| OriginError::Malformed)?)
    }

    /// The origin of a parsed URL.
    ///
    /// # Errors
    /// See `OriginError`.
    pub fn of(url: &url::Url) -> Result<Self, OriginError> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(OriginError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::Credentials);
        }
        let host = match url.host().ok_or(OriginError::Host)? {
            url::Host::Domain("") => return Err(OriginError::Host),
            url::Host::Domain(name) => name.to_ascii_lowercase(),
            url::Host::Ipv4(address) => address.to_string(),
            url::Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default().ok_or(OriginError::Scheme)?;
        Ok(Self { scheme, host: host.into(), port })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// True for https.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// The host in lower case, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the scheme's own if none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host as an address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// True for `localhost`, names below it, and loopback addresses.
    pub fn is_loopback(&self) -> bool {
        is_localhost(&self.host) || self.address().is_some_and(|address| address.is_loopback())
    }

    /// `host:port`, always with the port: what CONNECT asks for.
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// The value of the `Host` header: the port stands only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => self.bracketed(),
            _ => self.host_and_port(),
        }
    }

    /// `authority` as a header value.
    pub(crate) fn host_header(&self) -> HeaderValue {
        // Hosts come out of the URL parser, which leaves visible ASCII only.
        HeaderValue::try_from(self.authority()).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() }
    }
}

/// True for the names that stand for this machine (RFC 6761 §6.3).
pub(crate) fn is_localhost(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https() { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, OriginError};

    #[test]
    fn an_origin_keeps_scheme_host_and_port_only() {
        for (url, shown, host_and_port) in [
            ("https://API.example.com/v1/", "https://api.example.com", "api.example.com:443"),
            ("http://127.0.0.1:9000/v1?x=1", "http://127.0.0.1:9000", "127.0.0.1:9000"),
            ("http://[::1]:80", "http://[::1]", "[::1]:80"),
        ] {
            let origin = Origin::parse(url).unwrap();
            assert_eq!(
                (origin.to_string().as_str(), origin.host_and_port().as_str()),
                (shown, host_and_port)
            );
        }
    }

    #[test]
    fn what_is_no_upstream_is_refused() {
        for (url, error) in [
            ("ftp://example.com", OriginError::Scheme),
            ("example.com", OriginError::Malformed),
            ("https://key@example.com", OriginError::Credentials),
            ("https://", OriginError::Malformed),
        ] {
            assert_eq!(Origin::parse(url).unwrap_err(), error, "{url}");
        }
    }

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        let loopback = |url| Origin::parse(url).unwrap().is_loopback();
        assert!(loopback("http://localhost:1") && loopback("http://127.8.0.1") && loopback("http://[::1]"));
        assert!(!loopback("http://10.0.0.1") && !loopback("http://localhost.example.com"));
    }
}
