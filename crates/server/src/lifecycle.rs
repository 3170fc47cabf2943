//! Where the process stands: serving, draining, cutting. Shared by the listener, the connections and `/health/ready`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

/// The two signals of a shutdown. Clones share them.
#[derive(Clone, Default)]
pub struct Lifecycle {
    /// Said before the token is cancelled: whoever is woken by a token, or comes by, sees it without a lock.
    stage: Arc<AtomicU8>,
    drain: CancellationToken,
    cut: CancellationToken,
}

const DRAINING: u8 = 1;
const CUT: u8 = 2;

/// A part of the process that readiness reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// It works.
    Ok,
    /// Model lists have not been read yet.
    Loading,
    /// Model lists were read, and there is no model in them.
    Empty,
}

impl Component {
    /// The value in `/health/ready`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Loading => "loading",
            Self::Empty => "empty",
        }
    }
}

impl Lifecycle {
    /// A process that serves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls in flight go on; new ones are refused, probes are answered with `draining`.
    pub fn begin_drain(&self) {
        self.stage.fetch_max(DRAINING, Ordering::Release);
        self.drain.cancel();
    }

    /// What is still open ends now: streams with an error frame.
    pub fn cut(&self) {
        self.stage.fetch_max(CUT, Ordering::Release);
        self.drain.cancel();
        self.cut.cancel();
    }

    /// True from the first signal on.
    pub fn is_draining(&self) -> bool {
        self.stage.load(Ordering::Acquire) >= DRAINING
    }

    /// True once what is open must end.
    pub(crate) fn is_cut(&self) -> bool {
        self.stage.load(Ordering::Acquire) >= CUT
    }

    pub(crate) fn drain_token(&self) -> &CancellationToken {
        &self.drain
    }

    pub(crate) fn cut_token(&self) -> &CancellationToken {
        &self.cut
    }
}
