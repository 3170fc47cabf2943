//! One client connection: hyper's HTTP/1.1 with the deadlines, refusals and the drain that hyper leaves to us.
//! In: an accepted socket. Out: its requests, one after the other, to the `Service`; a refused head gets an envelope.
//! Invariant: one timer per connection, armed again only when it fires or when a head begins; a call costs no timer.
//! Not here: what a request means (`handler`).

mod framing;
mod refusal;
mod socket;
mod state;

pub(crate) use state::ConnectionState;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::handler::{Handler, Peer};
use crate::lifecycle::Lifecycle;
use socket::ClientSocket;
use state::Phase;

/// Largest request head, as the existing gateway allows.
const MAX_HEAD_BYTES: usize = 1 << 20;
const MAX_HEADERS: usize = 256;

/// How long a connection may be silent, and when it must end.
#[derive(Clone)]
pub(crate) struct ConnectionLimits {
    /// From the first byte of a head to its last.
    pub(crate) head: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
    /// When the process drains, the connection ends after the call in flight; when it cuts, now.
    pub(crate) lifecycle: Lifecycle,
}

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, handler: Handler, limits: ConnectionLimits) {
    let state = Arc::new(ConnectionState::new());
    let peer = Peer { address: peer, connection: state.clone() };
    let service = handler.service(peer);
    let io = TokioIo::new(ClientSocket::new(stream, state.clone()));
    let connection = http1::Builder::new()
        .half_close(false)
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_header_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(io, service);
    let ended = drive(connection, &state, &limits).await;
    if let Err(error) = ended {
        tracing::debug!(error = %telemetry::chain(&error), "client connection ended");
    }
    if let (Some(refusal), Some(stream)) = (state.refusal(), state.take_socket()) {
        refusal::answer(stream, refusal).await;
    }
}

async fn drive<S>(
    connection: http1::Connection<TokioIo<ClientSocket>, S>,
    state: &ConnectionState,
    limits: &ConnectionLimits,
) -> hyper::Result<()>
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = crate::body::ResponseBody>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    let lifecycle = &limits.lifecycle;
    let mut drain = pin!(lifecycle.drain_token().cancelled());
    let mut cut = pin!(lifecycle.cut_token().cancelled());
    let mut deadline = Deadline::new(limits);
    // A connection that comes during the drain is for a probe: it gets its answer, which closes it.
    let mut is_draining = lifecycle.is_draining();
    let mut is_registered = false;
    std::future::poll_fn(|cx| {
        if !is_registered {
            // The tokens take locks: they are asked once, to be woken by them; then the stage tells.
            is_registered = true;
            let _pending = (drain.as_mut().poll(cx), cut.as_mut().poll(cx));
        }
        if !is_draining && lifecycle.is_draining() {
            is_draining = true;
            connection.as_mut().graceful_shutdown();
        }
        if lifecycle.is_cut() && !state.is_closing_call() {
            return Poll::Ready(Ok(()));
        }
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            return Poll::Ready(ended);
        }
        match deadline.poll(state, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Expired::Head) => {
                state.refuse(408);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Expired::Idle) => Poll::Ready(Ok(())),
        }
    })
    .await
}

enum Expired {
    Head,
    Idle,
}

/// The one timer of a connection.
struct Deadline<'a> {
    sleep: Pin<Box<Sleep>>,
    is_armed_for_head: bool,
    /// The timer knows whom to wake: it is asked again only when it was set anew.
    is_registered: bool,
    limits: &'a ConnectionLimits,
}

impl<'a> Deadline<'a> {
    fn new(limits: &'a ConnectionLimits) -> Self {
        Self {
            sleep: Box::pin(tokio::time::sleep(limits.head)),
            is_armed_for_head: false,
            is_registered: false,
            limits,
        }
    }

    /// Called after each poll of the connection; touches the timer only when a head began or the timer fired.
    fn poll(&mut self, state: &ConnectionState, cx: &mut Context<'_>) -> Poll<Expired> {
        if state.phase() == Phase::Head && !self.is_armed_for_head {
            self.is_armed_for_head = true;
            self.reset(state.since() + self.limits.head);
        }
        while self.has_fired(cx) {
            self.is_armed_for_head = false;
            let now = Instant::now();
            let (due, expired) = match state.phase() {
                Phase::Head => (state.since() + self.limits.head, Expired::Head),
                Phase::Idle => (state.since() + self.limits.idle, Expired::Idle),
                Phase::Serving => (now + self.limits.idle, Expired::Idle),
            };
            if due <= now {
                return Poll::Ready(expired);
            }
            self.is_armed_for_head = state.phase() == Phase::Head;
            self.reset(due);
        }
        Poll::Pending
    }

    fn reset(&mut self, due: Instant) {
        self.sleep.as_mut().reset(due);
        self.is_registered = false;
    }

    fn has_fired(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_registered {
            return self.sleep.is_elapsed();
        }
        self.is_registered = true;
        self.sleep.as_mut().poll(cx).is_ready()
    }
}
