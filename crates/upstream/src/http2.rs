//! HTTP/2, client side: few connections per worker, each shared by many calls. The protocol itself is hyper's.
//! In: an encrypted stream on which ALPN chose `h2`. Out: the same `Answer` as over HTTP/1.1.
//! Invariant: a request that the peer refused unread (GOAWAY, REFUSED_STREAM, never sent) says so; dropping a body
//! resets its stream. The connection's task is owned by the client's supervisor.

mod stream;

pub(crate) use stream::{StreamBody, StreamLease};

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use runtime::Supervisor;
use tokio::time::Instant;

use crate::dial::EncryptedStream;
use crate::error::ExchangeError;
use stream::Outgoing;

/// Calls that share a connection; beyond it a further one is opened. Peers commonly allow 100 or more.
const STREAMS_PER_CONNECTION: usize = 100;
/// A connection that carries calls is probed in this rhythm, and closed when it does not answer.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that may be on their way to us per stream and per connection: room for a fast, distant peer.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// A connection and the number of calls on it.
struct Link {
    sender: SendRequest<Outgoing>,
    streams: Arc<AtomicUsize>,
    last_used: Instant,
}

/// The HTTP/2 connections of one client.
pub(crate) struct Multiplexed {
    links: Box<[Mutex<Vec<Link>>]>,
    gates: Box<[tokio::sync::Mutex<()>]>,
    /// The peer has chosen HTTP/2 before: calls that need a connection wait for the one being made.
    is_spoken: AtomicBool,
    idle_timeout: Duration,
    executor: Executor,
}

/// Runs hyper's connection tasks under an owner.
#[derive(Clone)]
struct Executor(Supervisor);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Executor {
    fn execute(&self, task: F) {
        self.0.own("upstream http2", task);
    }
}

impl Multiplexed {
    pub(crate) fn new(idle_timeout: Duration, supervisor: Supervisor) -> Self {
        let slots = runtime::worker_slots();
        Self {
            links: (0..slots).map(|_| Mutex::default()).collect(),
            gates: (0..slots).map(|_| tokio::sync::Mutex::default()).collect(),
            is_spoken: AtomicBool::new(false),
            idle_timeout,
            executor: Executor(supervisor),
        }
    }

    /// A place on a connection of this worker that is open and not full.
    pub(crate) fn checkout(&self) -> Option<StreamLease> {
        if !self.is_spoken.load(Ordering::Relaxed) {
            return None;
        }
        let mut links = self.links()?;
        let now = Instant::now();
        // A connection that lay idle for long may be dead without our knowing: nothing is sent on it to find out.
        links.retain(|link| {
            let streams = link.streams.load(Ordering::Relaxed);
            !link.sender.is_closed() && (streams > 0 || now < link.last_used + self.idle_timeout)
        });
        let mut open = links.iter_mut();
        let link = open.find(|link| link.streams.load(Ordering::Relaxed) < STREAMS_PER_CONNECTION)?;
        link.last_used = now;
        Some(StreamLease::new(link.sender.clone(), link.streams.clone()))
    }

    /// Held while a connection is made, so that a burst of calls makes one and not many.
    pub(crate) async fn gate(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if !self.is_spoken.load(Ordering::Relaxed) {
            return None;
        }
        match self.gates.get(runtime::worker_index()) {
            Some(gate) => Some(gate.lock().await),
            None => None,
        }
    }

    /// Begins HTTP/2 on a fresh stream. A place on it, or on one that a neighbour opened meanwhile.
    pub(crate) async fn open(&self, stream: EncryptedStream) -> Result<StreamLease, ExchangeError> {
        self.is_spoken.store(true, Ordering::Relaxed);
        if let Some(lease) = self.checkout() {
            return Ok(lease);
        }
        let (sender, connection) = http2::Builder::new(self.executor.clone())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(ExchangeError::Http2)?;
        self.executor.0.own("upstream http2 connection", async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an HTTP/2 connection ended");
            }
        });
        let link = Link { sender, streams: Arc::default(), last_used: Instant::now() };
        let lease = StreamLease::new(link.sender.clone(), link.streams.clone());
        if let Some(mut links) = self.links() {
            links.push(link);
        }
        Ok(lease)
    }

    fn links(&self) -> Option<MutexGuard<'_, Vec<Link>>> {
        let links = self.links.get(runtime::worker_index())?;
        Some(links.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
