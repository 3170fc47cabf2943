//! TCP connections to one of several addresses.
//! In: addresses in the order of preference. Out: the first connection that stands, the others closed.
//! Invariant: an address that hangs delays the next by 250 ms, not by its own timeout (RFC 8305 §5).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// How long an address is tried alone.
const STAGGER: Duration = Duration::from_millis(250);
/// TCP probes a silent peer in this rhythm.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Connects to the first address that answers.
pub(super) async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut trying = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    trying.extend(waiting.next().map(|address| connect_to(*address)));
    loop {
        // Both branches are cancel safe: the attempts live in `trying`.
        let tried = match tokio::time::timeout(STAGGER, trying.next()).await {
            Err(_) => None,
            Ok(None) => return Err(failure),
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => Some(error),
        };
        failure = tried.unwrap_or(failure);
        trying.extend(waiting.next().map(|address| connect_to(*address)));
    }
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE);
    SockRef::from(&stream).set_tcp_keepalive(&probes)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::connect;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [closed.local_addr().unwrap(), open.local_addr().unwrap()];
        drop(closed);
        assert_eq!(connect(&addresses).await.unwrap().peer_addr().unwrap(), addresses[1]);
        assert!(connect(&addresses[..1]).await.is_err());
        assert!(connect(&[]).await.is_err());
    }
}
