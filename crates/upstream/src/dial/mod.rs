//! The one way out: resolve, connect (through a proxy if so configured), encrypt.
//! In: an origin and how to reach it. Out: a `Wire` that speaks HTTP/1.1 or HTTP/2.
//! Invariant (SSRF): an operator's origin may be private; one that a caller or an upstream names is dialed only on a
//! `GuardedWay`, which connects to the very addresses that it checked, encrypted, and without a proxy that would resolve
//! the name again. The caller limits the time; dropping the future closes what was opened.

mod connect;
mod proxy;
mod resolve;
mod tls;
mod wire;

pub use proxy::{EnvironmentProxies, Proxy, ProxyError, ProxyRule};
pub use tls::{Roots, Trust};

pub(crate) use wire::{EncryptedStream, Wire};

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::client::ClientSettings;
use crate::error::ClientError;
use crate::http1::HeadPrefix;
use crate::origin::Origin;
use resolve::Resolver;
use tls::{Tls, TlsConfig};

/// A connection could not be made. No byte of a request has left.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address.
    #[error("the host name cannot be resolved")]
    Resolve(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// One of the name's addresses is not for callers.
    #[error("the host has an address that is not public")]
    NotPublic,
    /// No address took the connection.
    #[error("connecting failed")]
    Connect(#[source] io::Error),
    /// The TLS handshake failed: an untrusted certificate, no common version.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The proxy broke off, or answered something other than success.
    #[error("the proxy did not open a tunnel")]
    Tunnel(#[source] io::Error),
    /// The proxy answered CONNECT with this status.
    #[error("the proxy refused the tunnel with status {status}")]
    Refused {
        /// The proxy's status.
        status: u16,
    },
}

/// A fresh connection, and what is spoken on it.
pub(crate) enum Dialed {
    Http1(Wire),
    Http2(EncryptedStream),
}

/// Decides over one address.
pub(crate) type AddressRule = fn(IpAddr) -> bool;

/// The way to origins that a caller names.
pub(crate) struct GuardedWay {
    tls: TlsConfig,
    resolver: Arc<Resolver>,
    allows: AddressRule,
}

impl GuardedWay {
    pub(crate) fn new(trust: &Trust, allows: AddressRule) -> Result<Self, ClientError> {
        Ok(Self { tls: TlsConfig::of(trust)?, resolver: Arc::default(), allows })
    }

    /// Connections to one origin, encrypted whatever its scheme says.
    pub(crate) fn dialer(&self, origin: Origin) -> Result<Dialer, ClientError> {
        let tls = Some(Tls::new(&self.tls, origin.host())?);
        let (resolver, allows) = (self.resolver.clone(), Some(self.allows));
        Ok(Dialer { origin, proxy: None, tls, resolver, allows })
    }
}

/// Makes connections to one origin.
pub(crate) struct Dialer {
    origin: Origin,
    proxy: Option<Proxy>,
    tls: Option<Tls>,
    resolver: Arc<Resolver>,
    /// Which addresses may be dialed; all of them if the origin is the operator's.
    allows: Option<AddressRule>,
}

impl Dialer {
    pub(crate) fn new(settings: &ClientSettings) -> Result<Self, ClientError> {
        let origin = settings.origin.clone();
        let tls = if origin.is_https() {
            Some(Tls::new(&TlsConfig::of(&settings.trust)?, origin.host())?)
        } else {
            None
        };
        let proxy = settings.proxy.for_origin(&origin).cloned();
        Ok(Self { origin, proxy, tls, resolver: Arc::default(), allows: None })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What HTTP/1.1 heads need to say on these connections.
    pub(crate) fn head_prefix(&self) -> HeadPrefix {
        let relay = self.proxy.as_ref().filter(|_| !self.origin.is_https());
        HeadPrefix {
            absolute: relay.map(|_| format!("http://{}", self.origin.authority())),
            host: self.origin.host_header(),
            proxy_authorization: relay.and_then(|proxy| proxy.authorization().cloned()),
        }
    }

    /// Makes a connection.
    pub(crate) async fn dial(&self) -> Result<Dialed, DialError> {
        let target = self.proxy.as_ref().map_or(&self.origin, Proxy::origin);
        let addresses = self.resolver.resolve(target).await?;
        self.check(&addresses)?;
        let mut tcp = connect::connect(&addresses).await.map_err(DialError::Connect)?;
        let Some(tls) = &self.tls else { return Ok(Dialed::Http1(Wire::Plain(tcp))) };
        if let Some(proxy) = &self.proxy {
            proxy.open_tunnel(&mut tcp, &self.origin).await?;
        }
        tls.handshake(tcp).await.map_err(DialError::Tls)
    }

    /// A name that has one forbidden address has none: whoever lists both kinds is up to something.
    fn check(&self, addresses: &[SocketAddr]) -> Result<(), DialError> {
        let is_allowed = |address: &SocketAddr| self.allows.is_none_or(|allows| allows(address.ip()));
        if addresses.iter().all(is_allowed) { Ok(()) } else { Err(DialError::NotPublic) }
    }
}
