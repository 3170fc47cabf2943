//! Signals: SIGHUP reloads, SIGINT and SIGTERM end the process in order, a second one at once (spec 01 §12, B18).
//! Invariant: calls in flight get `shutdown_drain_timeout`; what is open then is told so; the whole takes at most
//! `shutdown_timeout`; nothing waits for a provider.

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::process::Process;

/// How often the number of calls in flight is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// For the last frames of streams that are cut to leave.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The signals of the process.
pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

/// What the operator wants.
pub(crate) enum Wish {
    /// Load the configuration anew.
    Reload,
    /// End.
    Stop,
}

impl Signals {
    /// Takes the signals over from their default action.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next wish. Signals of one kind that come meanwhile count as one. Cancel safe.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            biased; // an end is more urgent than a reload
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hangup.recv() => Wish::Reload,
        }
    }

    async fn next_stop(&mut self) {
        while let Wish::Reload = self.next().await {}
    }
}

/// How long an end may take.
#[derive(Clone, Copy)]
pub(crate) struct ShutdownLimits {
    pub(crate) drain: Duration,
    pub(crate) total: Duration,
}

/// Ends the process in order; returns its exit code.
pub(crate) async fn shut_down(process: &Process, limits: ShutdownLimits, signals: &mut Signals) -> ExitCode {
    tracing::info!("shutting down: calls in flight may finish");
    let ending = async {
        drain(process, limits.drain.min(limits.total)).await;
        process.lifecycle.cut();
        let is_idle = wait_for_idle(process, LAST_WORDS.min(limits.total)).await;
        process.connections.stop_and_wait(LAST_WORDS).await;
        process.supervisor.stop_and_wait(LAST_WORDS).await;
        is_idle
    };
    tokio::select! {
        ended = tokio::time::timeout(limits.total, ending) => {
            tracing::info!(complete = matches!(ended, Ok(true)), "stopped");
            ExitCode::SUCCESS
        }
        () = signals.next_stop() => {
            tracing::warn!("stopped at once by a second signal");
            ExitCode::FAILURE
        }
    }
}

async fn drain(process: &Process, limit: Duration) {
    process.lifecycle.begin_drain();
    if !wait_for_idle(process, limit).await {
        let open = process.metrics.calls_in_flight();
        tracing::warn!(calls = open, "the drain is over: calls that are still open are cut");
    }
}

async fn wait_for_idle(process: &Process, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while process.metrics.calls_in_flight() > 0 {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}
