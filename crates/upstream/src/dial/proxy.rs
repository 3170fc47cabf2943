//! Forward proxies: which one serves an origin, and the tunnel through it.
//! In: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` as text, or one proxy's URL. Out: the proxy of an origin, if any.
//! Invariant: loopback is never sent to the environment's proxy; a proxy named for one instance is always used.
//! Debug shows no password. Only http proxies: https origins go through CONNECT, http ones in absolute form.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::DialError;
use crate::origin::Origin;

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    origin: Origin,
    authorization: Option<HeaderValue>,
}

/// A text names no usable proxy. Names no part of the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Not a URL with a host.
    #[error("the proxy is not a URL")]
    Malformed,
    /// https and SOCKS proxies are not supported.
    #[error("only http proxies are supported")]
    Scheme,
}

/// Which proxy an origin is reached through.
#[derive(Clone, Debug, Default)]
pub enum ProxyRule {
    /// None.
    #[default]
    Direct,
    /// This one, for everything.
    Fixed(Proxy),
    /// What the environment says.
    Environment(Arc<EnvironmentProxies>),
}

/// The proxies of the environment, and the hosts that need none.
#[derive(Clone, Debug)]
pub struct EnvironmentProxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: Vec<Exemption>,
}

/// One entry of `NO_PROXY`.
#[derive(Clone, Debug)]
enum Exemption {
    Everything,
    Network(ipnet::IpNet),
    Host {
        /// Without the leading dot.
        name: String,
        /// True for `.example.com` and `*.example.com`, which do not exempt `example.com` itself.
        below_only: bool,
        port: Option<u16>,
    },
}

impl ProxyRule {
    /// One proxy for everything, as an instance's `proxy` names it.
    ///
    /// # Errors
    /// See `ProxyError`.
    pub fn fixed(url: &str) -> Result<Self, ProxyError> {
        Proxy::parse(url).map(Self::Fixed)
    }

    /// From the values of the three variables.
    ///
    /// # Errors
    /// See `ProxyError`.
    pub fn from_environment(
        http: Option<&str>,
        https: Option<&str>,
        no_proxy: Option<&str>,
    ) -> Result<Self, ProxyError> {
        let parse = |url: Option<&str>| {
            url.map(str::trim).filter(|url| !url.is_empty()).map(Proxy::parse).transpose()
        };
        let (http, https) = (parse(http)?, parse(https)?);
        if http.is_none() && https.is_none() {
            return Ok(Self::Direct);
        }
        let exempt = no_proxy.unwrap_or_default().split(',').filter_map(Exemption::parse).collect();
        Ok(Self::Environment(Arc::new(EnvironmentProxies { http, https, exempt })))
    }

    /// The proxy of an origin.
    pub fn for_origin(&self, origin: &Origin) -> Option<&Proxy> {
        match self {
            Self::Direct => None,
            Self::Fixed(proxy) => Some(proxy),
            Self::Environment(proxies) if proxies.exempts(origin) => None,
            Self::Environment(proxies) if origin.is_https() => proxies.https.as_ref(),
            Self::Environment(proxies) => proxies.http.as_ref(),
        }
    }
}

impl EnvironmentProxies {
    fn exempts(&self, origin: &Origin) -> bool {
        origin.is_loopback() || self.exempt.iter().any(|exemption| exemption.covers(origin))
    }
}

impl Exemption {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_ascii_lowercase();
        if entry == "*" {
            return Some(Self::Everything);
        }
        if let Ok(network) = entry.parse::<ipnet::IpNet>() {
            return Some(Self::Network(network));
        }
        if let Ok(address) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry.as_str(), None),
        };
        let name = name.trim_matches(['[', ']']);
        let below = name.strip_prefix("*.").or_else(|| name.strip_prefix('.'));
        let (name, below_only) = (below.unwrap_or(name), below.is_some());
        (!name.is_empty()).then(|| Self::Host { name: name.to_owned(), below_only, port })
    }

    fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::Everything => true,
            Self::Network(network) => origin.address().is_some_and(|address| network.contains(&address)),
            Self::Host { name, below_only, port } => {
                let is_below =
                    origin.host().strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                port.is_none_or(|port| port == origin.port())
                    && (is_below || (!below_only && origin.host() == name))
            }
        }
    }
}

impl Proxy {
    /// Parses `http://[user:password@]host:port`; the scheme may be missing.
    ///
    /// # Errors
    /// See `ProxyError`.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut url = url::Url::parse(&with_scheme).map_err(|_| ProxyError::Malformed)?;
        if url.scheme() != "http" {
            return Err(ProxyError::Scheme);
        }
        let authorization = authorization(&url);
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| ProxyError::Malformed)?;
        let origin = Origin::of(&url).map_err(|_| ProxyError::Malformed)?;
        Ok(Self { origin, authorization })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The value of `Proxy-Authorization`, if the proxy wants one.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Asks for a tunnel to an origin (RFC 9110 §9.3.6).
    pub(super) async fn open_tunnel(&self, tcp: &mut TcpStream, origin: &Origin) -> Result<(), DialError> {
        let target = origin.host_and_port();
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
        if let Some(value) = &self.authorization {
            request.extend_from_slice(b"proxy-authorization: ");
            request.extend_from_slice(value.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        tcp.write_all(&request).await.map_err(DialError::Tunnel)?;
        match read_status(tcp).await.map_err(DialError::Tunnel)? {
            200..=299 => Ok(()),
            status => Err(DialError::Refused { status }),
        }
    }
}

/// Reads the proxy's head byte by byte, so that nothing of the tunnel is taken with it. Once per connection.
async fn read_status(tcp: &mut TcpStream) -> io::Result<u16> {
    const MAX_HEAD_BYTES: usize = 8 * 1024;
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the proxy's head is too large"));
        }
        head.push(tcp.read_u8().await?);
    }
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut lines);
    response.parse(&head).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    response.code.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn authorization(url: &url::Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
    let mut pair = decode(url.username());
    pair.push(b':');
    pair.extend(decode(url.password().unwrap_or_default()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}, credentials: {})", self.origin, self.authorization.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{Proxy, ProxyError, ProxyRule};
    use crate::origin::Origin;

    fn is_proxied(no_proxy: &str, url: &str) -> bool {
        let rule = ProxyRule::from_environment(Some("p:1"), Some("http://p:2"), Some(no_proxy)).unwrap();
        let origin = Origin::parse(url).unwrap();
        let port = rule.for_origin(&origin).map(|proxy| proxy.origin().port());
        assert!(port.is_none_or(|port| port == if origin.is_https() { 2 } else { 1 }));
        port.is_some()
    }

    #[test]
    fn the_environment_exempts_hosts_networks_and_loopback() {
        for (no_proxy, url, proxied) in [
            ("", "https://api.example.com", true),
            ("", "http://localhost:1", false),
            ("", "http://127.0.0.1", false),
            ("", "http://[::1]", false),
            ("*", "https://api.example.com", false),
            ("x, example.com", "https://api.example.com", false),
            ("example.com", "https://example.com", false),
            ("example.com", "https://anexample.com", true),
            (".example.com", "https://example.com", true),
            ("*.Example.com", "https://a.example.com", false),
            ("example.com:8080", "http://example.com", true),
            ("example.com:8080", "http://example.com:8080", false),
            ("10.0.0.0/8", "http://10.1.2.3", false),
            ("10.0.0.1", "http://10.0.0.2", true),
        ] {
            assert_eq!(is_proxied(no_proxy, url), proxied, "{no_proxy:?} {url}");
        }
    }

    #[test]
    fn credentials_are_sent_and_never_shown() {
        let proxy = Proxy::parse("http://us%40er:pa%3Ass@p.example.com:3128").unwrap();
        assert_eq!(proxy.authorization().unwrap(), "Basic dXNAZXI6cGE6c3M=");
        assert_eq!(format!("{proxy:?}"), "Proxy(http://p.example.com:3128, credentials: true)");
        assert_eq!(Proxy::parse("socks5://p:1").unwrap_err(), ProxyError::Scheme);
        assert_eq!(Proxy::parse("https://p:1").unwrap_err(), ProxyError::Scheme);
        assert_eq!(Proxy::parse("http://").unwrap_err(), ProxyError::Malformed);
    }

    #[test]
    fn no_variable_means_no_proxy() {
        assert!(matches!(
            ProxyRule::from_environment(None, Some(" "), Some("x")).unwrap(),
            ProxyRule::Direct
        ));
    }
}
