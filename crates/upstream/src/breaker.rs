//! The circuit breaker of one instance (spec 02 §6.4, B15): a provider that fails is left alone for a while.
//! In: the outcome of every logical call. Out: a permit for the next, or how long to wait.
//! Invariant: the state is computed from the clock that is passed in, never by a task. At most one probe is out, and a
//! probe that never ends gives its slot up after 30 s. A permit that is dropped without a verdict changes nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;

/// The first pause; each further one is twice as long, up to the configured timeout.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// How long a probe keeps others away.
const PROBE_EXPIRY: Duration = Duration::from_secs(30);

/// When a breaker opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open it; 0 switches it off.
    pub failure_threshold: u32,
    /// Successful probes that close it.
    pub success_threshold: u32,
    /// The longest pause.
    pub timeout: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failure_threshold: 5, success_threshold: 2, timeout: Duration::from_secs(30) }
    }
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// One probe at a time passes.
    HalfOpen,
    /// Nothing passes.
    Open,
}

impl BreakerState {
    /// The value of the gauge: 0 closed, 1 half-open, 2 open.
    pub fn gauge(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }

    /// The name for logs and the status page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

/// What a logical call showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider works.
    Success,
    /// Transport error, timeout, status ≥ 500, or a stream that broke.
    Failure,
    /// 429: neutral, unless the call was a probe.
    Throttled,
    /// The client left, the request never went out, or 401/403, which do not prove that inference works.
    Neutral,
}

impl Verdict {
    /// What a final status shows.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 | 403 => Self::Neutral,
            429 => Self::Throttled,
            500.. => Self::Failure,
            _ => Self::Success,
        }
    }
}

/// The breaker does not let the call through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the circuit breaker is open for another {retry_after:?}")]
pub struct CircuitOpen {
    /// When it is worth asking again.
    pub retry_after: Duration,
}

/// The breaker of an instance. Clones share its state.
#[derive(Clone, Debug)]
pub struct CircuitBreaker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: BreakerSettings,
    record: Mutex<Record>,
}

#[derive(Debug)]
enum Record {
    Closed { failures: u32 },
    Tripped(Tripped),
}

#[derive(Clone, Copy, Debug)]
struct Tripped {
    /// Start of the pause.
    since: Instant,
    /// Pauses before this one since it was last closed.
    earlier: u32,
    successes: u32,
    probe: Option<Probe>,
    /// Number of the next probe.
    next_probe: u64,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u64,
    since: Instant,
}

/// Leave to make one call. Give the verdict with `record`; a drop without one returns a probe's slot.
#[derive(Debug)]
#[must_use = "dropping a permit means a neutral outcome"]
pub struct Permit {
    breaker: CircuitBreaker,
    probe: Option<u64>,
    recorded: bool,
}

impl CircuitBreaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self(Arc::new(Shared { settings, record: Mutex::new(Record::Closed { failures: 0 }) }))
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    /// `CircuitOpen` while it is open, or half-open with a probe out.
    pub fn admit(&self, now: Instant) -> Result<Permit, CircuitOpen> {
        let mut record = self.lock();
        let probe = match &mut *record {
            Record::Closed { .. } => None,
            Record::Tripped(tripped) => Some(tripped.admit_probe(now, self.0.settings.timeout)?),
        };
        Ok(Permit { breaker: self.clone(), probe, recorded: false })
    }

    /// How it stands now.
    pub fn state(&self, now: Instant) -> BreakerState {
        match &*self.lock() {
            Record::Closed { .. } => BreakerState::Closed,
            Record::Tripped(tripped) if now < tripped.ends(self.0.settings.timeout) => BreakerState::Open,
            Record::Tripped(_) => BreakerState::HalfOpen,
        }
    }

    fn record(&self, probe: Option<u64>, verdict: Verdict, now: Instant) {
        let settings = self.0.settings;
        if settings.failure_threshold == 0 {
            return;
        }
        let mut record = self.lock();
        match &mut *record {
            Record::Closed { failures } => match verdict {
                Verdict::Success => *failures = 0,
                Verdict::Failure => {
                    *failures += 1;
                    if *failures >= settings.failure_threshold {
                        *record = Record::Tripped(Tripped::first(now));
                    }
                }
                Verdict::Throttled | Verdict::Neutral => {}
            },
            Record::Tripped(tripped) => {
                if tripped.record(probe, verdict, now, settings) {
                    *record = Record::Closed { failures: 0 };
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tripped {
    fn first(now: Instant) -> Self {
        Self { since: now, earlier: 0, successes: 0, probe: None, next_probe: 0 }
    }

    /// End of the pause, which grows with every failed probe.
    fn ends(&self, longest: Duration) -> Instant {
        self.since + FIRST_PAUSE.saturating_mul(1 << self.earlier.min(20)).min(longest)
    }

    fn admit_probe(&mut self, now: Instant, longest: Duration) -> Result<u64, CircuitOpen> {
        let free_at = match self.probe {
            Some(probe) => probe.since + PROBE_EXPIRY,
            None => self.ends(longest),
        };
        if now < free_at {
            return Err(CircuitOpen { retry_after: free_at - now });
        }
        let number = self.next_probe;
        self.next_probe += 1;
        self.probe = Some(Probe { number, since: now });
        Ok(number)
    }

    /// True if the breaker closes.
    fn record(
        &mut self,
        probe: Option<u64>,
        verdict: Verdict,
        now: Instant,
        settings: BreakerSettings,
    ) -> bool {
        let Some(number) = probe else {
            // A late outcome of a call from before: a failure extends the pause, but says nothing about probes.
            if verdict == Verdict::Failure && now < self.ends(settings.timeout) {
                self.since = now;
            }
            return false;
        };
        let is_current = self.probe.is_some_and(|probe| probe.number == number);
        if is_current {
            self.probe = None;
        }
        match verdict {
            Verdict::Neutral => false,
            Verdict::Success => {
                self.successes += u32::from(is_current);
                self.successes >= settings.success_threshold.max(1)
            }
            Verdict::Failure | Verdict::Throttled => {
                if is_current {
                    let earlier = self.earlier.saturating_add(1);
                    *self = Self { since: now, earlier, successes: 0, probe: None, ..*self };
                }
                false
            }
        }
    }
}

impl Permit {
    /// True if this call is a probe: it is not retried.
    pub fn is_probe(&self) -> bool {
        self.probe.is_some()
    }

    /// Gives the verdict on the call.
    pub fn record(mut self, verdict: Verdict, now: Instant) {
        self.recorded = true;
        self.breaker.record(self.probe, verdict, now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.recorded && self.probe.is_some() {
            // The clock does not matter for a neutral verdict.
            self.breaker.record(self.probe, Verdict::Neutral, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests;
