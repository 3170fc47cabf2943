//! The client's address: the socket's, or what a trusted proxy says of it (spec 01 B20).
//! Invariant: forwarded headers count only when the socket's own address is trusted, and are read from the right: the
//! first address that is not a trusted proxy is the client.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// The address that logs name.
pub(crate) fn client_ip(socket: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(socket, trusted) {
        return socket;
    }
    let forwarded = forwarded_for(headers).or_else(|| x_forwarded_for(headers)).unwrap_or_default();
    let mut client = socket;
    for address in forwarded.into_iter().rev() {
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    client
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|net| net.contains(&address))
}

fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<IpAddr>> {
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<_> = values.flat_map(|value| value.split(',')).filter_map(parse_address).collect();
    (!addresses.is_empty()).then_some(addresses)
}

/// RFC 7239: `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`.
fn forwarded_for(headers: &HeaderMap) -> Option<Vec<IpAddr>> {
    let values = headers.get_all("forwarded").iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<_> = values
        .flat_map(|value| value.split(','))
        .flat_map(|element| element.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("for"))
        .filter_map(|(_, address)| parse_address(address))
        .collect();
    (!addresses.is_empty()).then_some(addresses)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let without_port = || text.rsplit_once(':').map(|(address, _)| address);
    bracketed
        .and_then(|address| address.parse().ok())
        .or_else(|| text.parse().ok())
        .or_else(|| without_port().and_then(|address| address.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::client_ip;
    use http::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let cases = [
            ("10.0.0.1", "x-forwarded-for", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("10.0.0.1", "x-forwarded-for", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
            ("203.0.113.9", "x-forwarded-for", "1.1.1.1", "203.0.113.9"),
            ("::1", "forwarded", "for=\"[2001:db8::1]:4711\";proto=https", "2001:db8::1"),
            ("::1", "forwarded", "for=198.51.100.4:99", "198.51.100.4"),
            ("10.0.0.1", "x-forwarded-for", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "x-forwarded-for", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ];
        for (socket, name, value, expected) in cases {
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            let client = client_ip(socket.parse().unwrap(), &headers, &trusted);
            assert_eq!(client.to_string(), expected, "{socket} {value}");
        }
    }
}
