//! Whether a failed attempt is made again on the same instance: one table (spec 02 §6.2, B12–B14).
//! In: how the attempt ended, and what was tried before. Out: wait and retry, take the next key, or give up.
//! Invariant: nothing is tried again once a 2xx head came, nor after one of our own deadlines: the first may have been
//! billed, the second would wait as long again. An upstream's own hint decides over our back-off.
//! Not here: sleeping, choosing another instance (`pipeline`).

mod hints;

pub use hints::wait_hint;

use std::time::Duration;

use http::StatusCode;
use smallvec::SmallVec;

use crate::error::ExchangeError;

/// The statuses that are retried unless the settings name others.
pub const DEFAULT_RETRY_ON: [u16; 6] = [408, 429, 502, 503, 504, 529];

/// How often and how long one instance is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Retries beyond the first attempt.
    pub max_retries: u32,
    /// The wait before the first retry.
    pub initial_backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
    /// Each wait is so many times the one before.
    pub backoff_factor: f64,
    /// Waits vary by this share, up and down.
    pub jitter_factor: f64,
    /// Statuses that are retried; 500 has its own rule.
    pub retry_on: SmallVec<[u16; 8]>,
    /// No wait may end later than this after the call began.
    pub max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            initial_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            backoff_factor: 2.0,
            jitter_factor: 0.1,
            retry_on: SmallVec::from_slice(&DEFAULT_RETRY_ON),
            max_elapsed: Duration::from_secs(60),
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// With this status, and the upstream's wish to wait (`wait_hint`). Also an error event in front of a stream, as the
    /// status that it stands for.
    Answered {
        /// The status.
        status: StatusCode,
        /// How long to wait.
        hint: Option<Duration>,
    },
    /// Without a response head.
    Failed(&'a ExchangeError),
    /// With a 2xx head and a broken body.
    BrokenAfterSuccess,
}

/// What has been tried so far on this instance, the attempt in question included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Retries made, not counting attempts that only changed the key.
    pub retries: u32,
    /// Retries made because of a 500.
    pub retries_after_500: u32,
    /// Time since the call began.
    pub elapsed: Duration,
    /// A usable key is left that this call has not been refused with (`KeyRing::has_another`).
    pub has_another_key: bool,
    /// The attempt was a probe of a half-open breaker.
    pub is_probe: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Wait, then make the same call again.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// Make it again at once with another key. Counts as no retry.
    NextKey,
    /// Hand over what there is.
    GiveUp,
}

/// Decides what follows a failed attempt.
pub fn decide(policy: &RetryPolicy, ending: Ending<'_>, progress: Progress) -> Decision {
    if let Ending::Answered { status, .. } = ending
        && matches!(status.as_u16(), 401..=403 | 429)
        && progress.has_another_key
        && !progress.is_probe
        && progress.elapsed < policy.max_elapsed
    {
        return Decision::NextKey;
    }
    if progress.is_probe || progress.retries >= policy.max_retries || !is_retryable(policy, ending, progress)
    {
        return Decision::GiveUp;
    }
    let hint = match ending {
        Ending::Answered { hint, .. } => hint,
        _ => None,
    };
    if hint.is_some_and(|hint| hint > policy.max_backoff) {
        return Decision::GiveUp;
    }
    let after = hint.unwrap_or_else(|| policy.backoff(progress.retries));
    if progress.elapsed.saturating_add(after) > policy.max_elapsed {
        return Decision::GiveUp;
    }
    Decision::Retry { after }
}

fn is_retryable(policy: &RetryPolicy, ending: Ending<'_>, progress: Progress) -> bool {
    match ending {
        Ending::BrokenAfterSuccess => false,
        Ending::Answered { status, .. } if status.is_success() => false,
        Ending::Answered { status, .. } => {
            policy.retry_on.contains(&status.as_u16())
                || (status == StatusCode::INTERNAL_SERVER_ERROR && progress.retries_after_500 == 0)
        }
        Ending::Failed(error) => match error {
            ExchangeError::Dial(_)
            | ExchangeError::Closed { .. }
            | ExchangeError::Refused
            | ExchangeError::Http2(_) => true,
            ExchangeError::ConnectTimeout { .. }
            | ExchangeError::HeaderTimeout { .. }
            | ExchangeError::TotalTimeout { .. }
            | ExchangeError::InvalidHead(_)
            | ExchangeError::Redirect(_) => false,
        },
    }
}

impl RetryPolicy {
    /// The wait before the next retry, after so many: `initial × factor^n`, at most the longest, then jittered.
    pub fn backoff(&self, retries: u32) -> Duration {
        let factor = self.backoff_factor.max(1.0).powi(i32::try_from(retries).unwrap_or(i32::MAX));
        let longest = self.max_backoff.as_secs_f64();
        let base = (self.initial_backoff.as_secs_f64() * factor).min(longest);
        let jitter = self.jitter_factor.clamp(0.0, 1.0) * (fastrand::f64() * 2.0 - 1.0);
        Duration::try_from_secs_f64(base * (1.0 + jitter)).unwrap_or(self.max_backoff)
    }
}

#[cfg(test)]
mod tests;
