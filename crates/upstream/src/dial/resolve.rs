//! From a host to its addresses.
//! In: an origin. Out: socket addresses, both families in turn, the resolver's favourite first.
//! Invariant: addresses and `localhost` need no look-up. Look-ups are asynchronous and cancellable (hickory, which
//! caches by TTL); only where the system's configuration cannot be read does the system's own resolver answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_resolver::TokioResolver;
use tokio::sync::OnceCell;

use super::DialError;
use crate::origin::{Origin, is_localhost};

/// Resolves names. The resolver behind it is made at the first look-up.
#[derive(Default)]
pub(super) struct Resolver(OnceCell<Option<TokioResolver>>);

impl Resolver {
    /// All addresses of an origin.
    pub(super) async fn resolve(&self, origin: &Origin) -> Result<Vec<SocketAddr>, DialError> {
        let with_port = |address: IpAddr| SocketAddr::new(address, origin.port());
        if let Some(address) = origin.address() {
            return Ok(vec![with_port(address)]);
        }
        if is_localhost(origin.host()) {
            return Ok([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].map(with_port).into());
        }
        let resolver = self.0.get_or_init(|| async { build() }).await;
        let addresses = match resolver {
            Some(resolver) => look_up(resolver, origin.host()).await?,
            None => ask_the_system(origin).await?,
        };
        Ok(alternate(addresses).into_iter().map(with_port).collect())
    }
}

fn build() -> Option<TokioResolver> {
    match TokioResolver::builder_tokio().and_then(|builder| builder.build()) {
        Ok(resolver) => Some(resolver),
        Err(error) => {
            tracing::warn!(%error, "the system's DNS configuration cannot be used, falling back to getaddrinfo");
            None
        }
    }
}

async fn look_up(resolver: &TokioResolver, host: &str) -> Result<Vec<IpAddr>, DialError> {
    // With the final dot no search domain is tried first; names without any dot need those.
    let name = if host.contains('.') && !host.ends_with('.') { format!("{host}.") } else { host.to_owned() };
    let found = resolver.lookup_ip(name).await.map_err(|error| DialError::Resolve(Box::new(error)))?;
    Ok(found.iter().collect())
}

async fn ask_the_system(origin: &Origin) -> Result<Vec<IpAddr>, DialError> {
    let found = tokio::net::lookup_host((origin.host(), origin.port())).await;
    Ok(found.map_err(|error| DialError::Resolve(Box::new(error)))?.map(|address| address.ip()).collect())
}

/// One family, then the other, and so on (RFC 8305 §4): a family without a route costs one attempt.
fn alternate(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut preferred, mut other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    preferred.reverse();
    other.reverse();
    let mut ordered = Vec::with_capacity(preferred.len() + other.len());
    while !(preferred.is_empty() && other.is_empty()) {
        ordered.extend(preferred.pop());
        ordered.extend(other.pop());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::{Resolver, alternate};
    use crate::origin::Origin;
    use std::net::IpAddr;

    #[tokio::test]
    async fn addresses_and_localhost_need_no_look_up() {
        let resolver = Resolver::default();
        for (url, expected) in [("http://[::1]:7", "[::1]:7"), ("http://a.localhost:7", "127.0.0.1:7")] {
            let found = resolver.resolve(&Origin::parse(url).unwrap()).await.unwrap();
            assert_eq!(found.first().unwrap().to_string(), expected);
        }
        assert!(resolver.0.get().is_none());
    }

    #[test]
    fn families_alternate() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        assert_eq!(
            alternate(parse(&["::1", "::2", "::3", "1.1.1.1"])),
            parse(&["::1", "1.1.1.1", "::2", "::3"])
        );
        assert_eq!(alternate(Vec::new()), Vec::<IpAddr>::new());
    }
}
