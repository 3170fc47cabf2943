//! The accept loop: sockets to workers, the least loaded first, never more than the connection cap.
//! In: a bound socket. Out: connections, each on one worker until its end.
//! Invariant: a full gateway stops accepting and lets the kernel's queue hold the rest; it never drops a connection it
//! accepted, except while draining.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use runtime::{Assigned, Supervisor, Workers};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::{self, ConnectionLimits};
use crate::generation::Gateway;
use crate::handler::Handler;

/// Connections that the kernel may hold for us.
const BACKLOG: i32 = 4096;
const KEEPALIVE: Duration = Duration::from_secs(30);
/// After an accept that failed for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener bears.
#[derive(Clone, Copy, Debug)]
pub struct ListenerLimits {
    /// Most connections at a time.
    pub connections: usize,
    /// From the first byte of a request head to its last.
    pub head: Duration,
    /// Silence between two requests.
    pub idle: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self { connections: 20_000, head: Duration::from_secs(10), idle: Duration::from_secs(30) }
    }
}

/// A bound socket, before and while it serves.
pub struct Listener {
    socket: TcpListener,
    limits: ListenerLimits,
}

impl Listener {
    /// Binds.
    ///
    /// # Errors
    /// If the address is in use or not ours.
    pub fn bind(address: SocketAddr, limits: ListenerLimits) -> io::Result<Self> {
        let domain = if address.is_ipv6() { socket2::Domain::IPV6 } else { socket2::Domain::IPV4 };
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(Self { socket: TcpListener::from_std(socket.into())?, limits })
    }

    /// Where clients reach it.
    ///
    /// # Errors
    /// If the socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until the drain is over: probes must see `draining`. The connections are owned by `connections`.
    pub async fn serve(self, gateway: Arc<Gateway>, workers: Arc<Workers>, connections: Supervisor) {
        let capacity = Arc::new(Semaphore::new(self.limits.connections));
        let lifecycle = gateway.lifecycle().clone();
        let accepting = async {
            loop {
                let Ok(permit) = capacity.clone().acquire_owned().await else { return };
                match self.socket.accept().await {
                    Ok((stream, peer)) => {
                        self.hand_over(stream, peer, permit, &gateway, &workers, &connections).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "accepting a connection failed");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        lifecycle.cut_token().run_until_cancelled(accepting).await;
    }

    async fn hand_over(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
        gateway: &Arc<Gateway>,
        workers: &Arc<Workers>,
        connections: &Supervisor,
    ) {
        let prepared = prepare(&stream).and_then(|()| stream.into_std());
        let stream = match prepared {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "a client left before it was served");
                return;
            }
        };
        let limits = ConnectionLimits {
            head: self.limits.head,
            idle: self.limits.idle,
            lifecycle: gateway.lifecycle().clone(),
        };
        let handler = Handler::new(gateway.clone());
        let owner = connections.clone();
        let job = move |assigned: Assigned| {
            owner.own_to_its_end(async move {
                let _held = (permit, assigned, handler.gateway().metrics().enter_connection());
                match TcpStream::from_std(stream) {
                    Ok(stream) => connection::serve(stream, peer, handler, limits).await,
                    Err(error) => tracing::warn!(%error, "a worker could not take a connection"),
                }
            });
        };
        if !workers.assign(job).await {
            tracing::warn!("a connection came after the workers had stopped");
        }
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream)
        .set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE))
}
