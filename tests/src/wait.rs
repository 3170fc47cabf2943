//! Waiting for a state, bounded: what tests do instead of sleeping.
//! In: a question that is asked again every few milliseconds. Out: its answer, or a panic that says what was missing.

use std::time::{Duration, Instant};

/// How long a state may take to come before a test fails.
pub const LIMIT: Duration = Duration::from_secs(8);

/// Asks until there is an answer.
///
/// # Panics
/// If there is none within [`LIMIT`].
#[track_caller]
pub fn eventually<T>(what: &str, question: impl FnMut() -> Option<T>) -> T {
    within(LIMIT, question).unwrap_or_else(|| panic!("not within {LIMIT:?}: {what}"))
}

/// Asks until there is an answer or the limit is over.
pub(crate) fn within<T>(limit: Duration, mut question: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = question() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}
