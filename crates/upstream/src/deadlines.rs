//! The four deadlines of a call, and the one timer that watches them.
//! In: the limits of an instance. Out: which of them passed.
//! Invariant: a timer is registered only while something is waited for, and moved only when it fires or must fire
//! earlier: a stream that flows costs one clock reading per chunk.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// How long each phase of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Name look-up, connecting, proxy and TLS together.
    pub connect: Duration,
    /// From the start of sending until the response head is complete.
    pub response_header: Duration,
    /// The longest silence inside the response body.
    pub stream_idle: Duration,
    /// The whole call until the last byte; none for streams.
    pub total: Option<Duration>,
}

impl Default for Deadlines {
    /// The defaults of the settings: 10 s, 600 s, 300 s, no total.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response_header: Duration::from_secs(600),
            stream_idle: Duration::from_secs(300),
            total: None,
        }
    }
}

/// Which deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The limit of the current phase.
    Phase(Duration),
    /// `Deadlines::total`.
    Total(Duration),
}

/// Watches a phase that begins anew with every sign of life, and the end of the whole call.
pub(crate) struct CallTimer {
    sleep: Option<Pin<Box<Sleep>>>,
    phase: Duration,
    since: Instant,
    end: Option<(Instant, Duration)>,
}

impl CallTimer {
    /// Starts a call and its first phase.
    pub(crate) fn start(phase: Duration, total: Option<Duration>) -> Self {
        let since = Instant::now();
        Self {
            sleep: None,
            phase,
            since,
            end: total.and_then(|limit| Some((since.checked_add(limit)?, limit))),
        }
    }

    /// The next phase begins.
    pub(crate) fn begin(&mut self, phase: Duration) {
        self.phase = phase;
        self.since = Instant::now();
    }

    /// Something came: the phase begins anew.
    pub(crate) fn touch(&mut self) {
        self.since = Instant::now();
    }

    /// What remains of the whole call, if it is limited.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.end.map(|(end, _)| end.saturating_duration_since(Instant::now()))
    }

    /// The limit of the whole call, for its error.
    pub(crate) fn total(&self) -> Duration {
        self.end.map_or(Duration::ZERO, |(_, limit)| limit)
    }

    /// Completes when a deadline has passed. Call it only when there is nothing else to do.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Expired> {
        loop {
            let (due, expired) = self.due();
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            if sleep.deadline() > due {
                sleep.as_mut().reset(due);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= due {
                return Poll::Ready(expired);
            }
            // It was set before the last sign of life: sleep on until the phase is really over.
            sleep.as_mut().reset(due);
        }
    }

    fn due(&self) -> (Instant, Expired) {
        /// Stands for "never" where a limit is beyond the clock's range.
        const FAR: Duration = Duration::from_secs(86_400 * 365);
        let phase_end = self.since.checked_add(self.phase).unwrap_or_else(|| self.since + FAR);
        match self.end {
            Some((end, limit)) if end <= phase_end => (end, Expired::Total(limit)),
            _ => (phase_end, Expired::Phase(self.phase)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallTimer, Expired};
    use std::future::poll_fn;
    use std::time::Duration;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_moves_the_phase_but_not_the_end() {
        let start = Instant::now();
        let mut timer = CallTimer::start(2 * SECOND, Some(5 * SECOND));
        for _ in 0..3 {
            assert!(tokio::time::timeout(SECOND, poll_fn(|cx| timer.poll_expired(cx))).await.is_err());
            timer.begin(2 * SECOND);
        }
        assert_eq!(poll_fn(|cx| timer.poll_expired(cx)).await, Expired::Total(5 * SECOND));
        assert!(start.elapsed() < 6 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_phase_fires_before_the_longer_one_it_replaced() {
        let start = Instant::now();
        let mut timer = CallTimer::start(600 * SECOND, None);
        assert!(tokio::time::timeout(SECOND, poll_fn(|cx| timer.poll_expired(cx))).await.is_err());
        timer.begin(3 * SECOND);
        assert_eq!(poll_fn(|cx| timer.poll_expired(cx)).await, Expired::Phase(3 * SECOND));
        assert!(start.elapsed() < 5 * SECOND);
    }
}
