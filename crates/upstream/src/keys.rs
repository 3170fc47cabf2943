//! The keys of one instance: which one the next attempt uses, and which ones rest (spec 02 §5, B11).
//! In: what the upstream said of a key. Out: a key per attempt.
//! Invariant: as long as one key is usable, no unusable one is picked; with none left, the least bad one is. States are
//! computed from the clock that is passed in. A key is shown by a prefix of its SHA-256 only.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::{digest, hmac};
use http::StatusCode;
use smallvec::SmallVec;
use vocabulary::Secret;

/// How long a key rests that was refused; doubles with every further refusal, up to `LONGEST_BAD`.
const FIRST_BAD: Duration = Duration::from_secs(10 * 60);
const LONGEST_BAD: Duration = Duration::from_secs(60 * 60);
/// How long a throttled key rests if the upstream gives no time.
const DEFAULT_COOLING: Duration = Duration::from_secs(30);

/// Position of a key in its ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyIndex(usize);

/// The keys that a call has been refused with. They are not picked again while others remain.
pub type TriedKeys = SmallVec<[KeyIndex; 4]>;

/// A key for one attempt.
#[derive(Clone, Copy, Debug)]
pub struct PickedKey<'a> {
    /// For `report` and `TriedKeys`.
    pub index: KeyIndex,
    /// The credential.
    pub secret: &'a Secret,
}

/// What an attempt showed about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOutcome {
    /// The upstream accepted it, whatever else it answered.
    Accepted,
    /// 401, 402 or 403.
    Refused,
    /// 429.
    Throttled {
        /// The time that the upstream gave.
        retry_after: Option<Duration>,
    },
    /// No answer, or one that says nothing about the key.
    Unknown,
}

impl KeyOutcome {
    /// What an answer's status says about the key.
    pub fn of_status(status: StatusCode, retry_after: Option<Duration>) -> Self {
        match status.as_u16() {
            401..=403 => Self::Refused,
            429 => Self::Throttled { retry_after },
            500.. => Self::Unknown,
            _ => Self::Accepted,
        }
    }

    /// True if another key may do better at once.
    pub fn speaks_for_another_key(self) -> bool {
        matches!(self, Self::Refused | Self::Throttled { .. })
    }
}

/// How a key stands, for the status page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Usable.
    Ok,
    /// Throttled until then.
    Cooling(Instant),
    /// Refused; not tried before then.
    Bad(Instant),
}

/// One key, for the status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// The first 12 hex digits of its SHA-256.
    pub id: String,
    /// How it stands.
    pub state: KeyState,
    /// Attempts made with it.
    pub requests: u64,
    /// Attempts that were refused or throttled.
    pub errors: u64,
}

/// The keys of an instance, in the order of configuration without duplicates. May be empty: some need none.
#[derive(Debug)]
pub struct KeyRing {
    keys: Box<[Key]>,
    sticky: bool,
    next: AtomicUsize,
}

#[derive(Debug)]
struct Key {
    secret: Secret,
    rest: Mutex<Rest>,
    requests: AtomicU64,
    errors: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    cooling_until: Option<Instant>,
    bad_until: Option<Instant>,
    /// Refusals in a row.
    refusals: u32,
}

impl KeyRing {
    /// A ring of keys. `sticky` binds sessions to keys.
    pub fn new(secrets: impl IntoIterator<Item = Secret>, sticky: bool) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        for secret in secrets {
            if keys.iter().all(|key| key.secret != secret) {
                let rest = Mutex::default();
                keys.push(Key { secret, rest, requests: AtomicU64::new(0), errors: AtomicU64::new(0) });
            }
        }
        Self { keys: keys.into(), sticky, next: AtomicUsize::new(0) }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True if the instance needs no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key for an attempt; `None` only if there is none at all. Keys in `tried` come last.
    pub fn pick(&self, session: Option<&str>, tried: &[KeyIndex], now: Instant) -> Option<PickedKey<'_>> {
        let index = match session {
            _ if self.keys.len() <= 1 => 0,
            Some(session) if self.sticky => self.best(self.by_session(session).into_iter(), tried, now)?,
            _ => self.best(self.in_turn(), tried, now)?,
        };
        let key = self.keys.get(index)?;
        key.requests.fetch_add(1, Ordering::Relaxed);
        Some(PickedKey { index: KeyIndex(index), secret: &key.secret })
    }

    /// True if a usable key is left that this call has not been refused with.
    pub fn has_another(&self, tried: &[KeyIndex], now: Instant) -> bool {
        (0..self.keys.len())
            .any(|index| !tried.contains(&KeyIndex(index)) && self.state(index, now) == KeyState::Ok)
    }

    /// Takes note of what an attempt showed.
    pub fn report(&self, index: KeyIndex, outcome: KeyOutcome, now: Instant) {
        let Some(key) = self.keys.get(index.0) else { return };
        match outcome {
            KeyOutcome::Unknown => return,
            KeyOutcome::Accepted => {
                *key.rest() = Rest::default();
                return;
            }
            KeyOutcome::Refused => {
                let mut rest = key.rest();
                let pause = FIRST_BAD.saturating_mul(1 << rest.refusals.min(8)).min(LONGEST_BAD);
                rest.refusals = rest.refusals.saturating_add(1);
                rest.bad_until = now.checked_add(pause);
            }
            KeyOutcome::Throttled { retry_after } => {
                key.rest().cooling_until = now.checked_add(retry_after.unwrap_or(DEFAULT_COOLING));
            }
        }
        key.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// How every key stands.
    pub fn snapshot(&self, now: Instant) -> Vec<KeyStatus> {
        let status = |(index, key): (usize, &Key)| KeyStatus {
            id: short_id(&key.secret),
            state: self.state(index, now),
            requests: key.requests.load(Ordering::Relaxed),
            errors: key.errors.load(Ordering::Relaxed),
        };
        self.keys.iter().enumerate().map(status).collect()
    }

    /// From the next key in turn, once around. The counter starts at the first key.
    fn in_turn(&self) -> impl Iterator<Item = usize> {
        let count = self.keys.len();
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        (0..count).map(move |step| (start.wrapping_add(step)) % count)
    }

    /// Rendezvous hashing, the highest first: removing a key moves only its own sessions.
    fn by_session(&self, session: &str) -> SmallVec<[usize; 8]> {
        let weight = |key: &Key| {
            let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, key.secret.reveal().as_bytes());
            hmac::sign(&hmac_key, session.as_bytes())
        };
        let mut weighed: SmallVec<[(hmac::Tag, usize); 8]> =
            self.keys.iter().enumerate().map(|(index, key)| (weight(key), index)).collect();
        weighed.sort_unstable_by(|(a, _), (b, _)| b.as_ref().cmp(a.as_ref()));
        weighed.into_iter().map(|(_, index)| index).collect()
    }

    /// The first usable candidate that was not tried; else the one that is soonest usable again, untried ones first.
    fn best(
        &self,
        candidates: impl Iterator<Item = usize>,
        tried: &[KeyIndex],
        now: Instant,
    ) -> Option<usize> {
        let badness = |index: usize| {
            let was_tried = tried.contains(&KeyIndex(index));
            match self.state(index, now) {
                KeyState::Ok => (was_tried, 0, now),
                KeyState::Cooling(until) => (was_tried, 1, until),
                KeyState::Bad(until) => (was_tried, 2, until),
            }
        };
        candidates.min_by_key(|index| badness(*index))
    }

    fn state(&self, index: usize, now: Instant) -> KeyState {
        let Some(key) = self.keys.get(index) else { return KeyState::Ok };
        let rest = *key.rest();
        match (rest.bad_until, rest.cooling_until) {
            (Some(until), _) if until > now => KeyState::Bad(until),
            (_, Some(until)) if until > now => KeyState::Cooling(until),
            _ => KeyState::Ok,
        }
    }
}

impl Key {
    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn short_id(secret: &Secret) -> String {
    let hash = digest::digest(&digest::SHA256, secret.reveal().as_bytes());
    hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
