//! Where a connection stands: shared by its socket, its driver and the body of its answer, all on one worker.
//! Invariant: `Serving` from the call of the service to the drop of the response body; `Head` only before that.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Between requests: no byte of a next one has come.
    Idle = 0,
    /// Bytes of a head have come; the service was not called yet.
    Head = 1,
    /// A request is being answered.
    Serving = 2,
}

pub(crate) struct ConnectionState {
    opened: Instant,
    phase: AtomicU8,
    since_us: AtomicU64,
    refusal: AtomicU16,
    is_closing_call: AtomicBool,
    /// The socket, once hyper has let go of it.
    socket: Mutex<Option<TcpStream>>,
}

impl ConnectionState {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            phase: AtomicU8::new(Phase::Idle as u8),
            since_us: AtomicU64::new(0),
            refusal: AtomicU16::new(0),
            is_closing_call: AtomicBool::new(false),
            socket: Mutex::new(None),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            _ => Phase::Serving,
        }
    }

    /// When the phase began. Exact for `Head` and `Idle`, the phases that have a deadline.
    pub(crate) fn since(&self) -> Instant {
        self.opened + Duration::from_micros(self.since_us.load(Ordering::Relaxed))
    }

    /// Enters a phase.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
        if phase != Phase::Serving {
            let elapsed = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.since_us.store(elapsed, Ordering::Relaxed);
        }
    }

    /// A request is being answered from now on.
    pub(crate) fn call_began(&self) {
        self.enter(Phase::Serving);
    }

    /// The answer in flight is over: sent, failed or abandoned.
    pub(crate) fn call_ended(&self) {
        self.set_closing_call(false);
        self.enter(Phase::Idle);
    }

    /// Marks the call in flight as one that ends by itself when the drain is over, with a frame.
    pub(crate) fn set_closing_call(&self, is_closing_call: bool) {
        self.is_closing_call.store(is_closing_call, Ordering::Relaxed);
    }

    /// True if the call in flight must be left to end by itself.
    pub(crate) fn is_closing_call(&self) -> bool {
        self.is_closing_call.load(Ordering::Relaxed)
    }

    /// Ends the connection with an envelope of this status once hyper has let go of the socket.
    /// Status 0 only closes it gently: what the client still sends is read, so that the last answer is not lost.
    pub(crate) fn refuse(&self, status: u16) {
        self.refusal.store(status | LINGER, Ordering::Relaxed);
    }

    pub(crate) fn refusal(&self) -> Option<u16> {
        Some(self.refusal.load(Ordering::Relaxed))
            .filter(|bits| bits & LINGER != 0)
            .map(|bits| bits & !LINGER)
    }

    pub(crate) fn return_socket(&self, socket: TcpStream) {
        if let Ok(mut slot) = self.socket.lock() {
            *slot = Some(socket);
        }
    }

    pub(crate) fn take_socket(&self) -> Option<TcpStream> {
        self.socket.lock().ok()?.take()
    }
}

const LINGER: u16 = 1 << 15;
