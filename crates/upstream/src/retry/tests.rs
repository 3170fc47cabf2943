//! The retry table, row by row.

use super::{Decision, Ending, Progress, RetryPolicy, decide};
use crate::error::ExchangeError;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn plain() -> RetryPolicy {
    RetryPolicy { jitter_factor: 0.0, ..RetryPolicy::default() }
}

fn answered(status: u16, hint: Option<u64>) -> Ending<'static> {
    Ending::Answered { status: status.try_into().unwrap(), hint: hint.map(Duration::from_secs) }
}

fn after(seconds: u64) -> Decision {
    Decision::Retry { after: Duration::from_secs(seconds) }
}

#[test]
fn statuses_are_retried_by_the_list() {
    for (status, retried) in [
        (408, true),
        (429, true),
        (502, true),
        (503, true),
        (504, true),
        (529, true),
        (500, true),
        (400, false),
        (401, false),
        (404, false),
        (501, false),
        (200, false),
        (302, false),
    ] {
        let expected = if retried { after(1) } else { Decision::GiveUp };
        assert_eq!(decide(&plain(), answered(status, None), Progress::default()), expected, "{status}");
    }
    let only_418 = RetryPolicy { retry_on: [418].into_iter().collect(), ..plain() };
    assert_eq!(decide(&only_418, answered(418, None), Progress::default()), after(1));
    assert_eq!(decide(&only_418, answered(503, None), Progress::default()), Decision::GiveUp);
}

#[test]
fn a_500_is_retried_once() {
    let second = Progress { retries: 1, retries_after_500: 1, ..Progress::default() };
    assert_eq!(decide(&plain(), answered(500, None), second), Decision::GiveUp);
    let other = Progress { retries: 1, ..Progress::default() };
    assert_eq!(decide(&plain(), answered(500, None), other), after(2));
}

#[test]
fn transport_errors_are_retried_and_our_own_deadlines_are_not() {
    let limit = SECOND;
    for (error, decision) in [
        (ExchangeError::Closed { source: None }, after(1)),
        (ExchangeError::Refused, after(1)),
        (ExchangeError::ConnectTimeout { limit }, Decision::GiveUp),
        (ExchangeError::HeaderTimeout { limit }, Decision::GiveUp),
        (ExchangeError::TotalTimeout { limit }, Decision::GiveUp),
    ] {
        assert_eq!(decide(&plain(), Ending::Failed(&error), Progress::default()), decision, "{error}");
    }
    assert_eq!(decide(&plain(), Ending::BrokenAfterSuccess, Progress::default()), Decision::GiveUp);
}

#[test]
fn attempts_waits_and_time_are_bounded() {
    let at = |retries| Progress { retries, ..Progress::default() };
    let waits: Vec<_> = (0..4).map(|retries| decide(&plain(), answered(503, None), at(retries))).collect();
    assert_eq!(waits, [after(1), after(2), after(4), Decision::GiveUp]);
    let patient = RetryPolicy { max_retries: 9, ..plain() };
    assert_eq!(decide(&patient, answered(503, None), at(8)), after(30));
    let late = Progress { elapsed: 60 * SECOND, ..Progress::default() };
    assert_eq!(decide(&patient, answered(503, None), late), Decision::GiveUp);
    let none = RetryPolicy { max_retries: 0, ..plain() };
    assert_eq!(decide(&none, answered(500, None), at(0)), Decision::GiveUp);
}

#[test]
fn the_upstreams_wish_is_kept_exactly_or_not_at_all() {
    assert_eq!(decide(&plain(), answered(429, Some(7)), Progress::default()), after(7));
    assert_eq!(decide(&plain(), answered(429, Some(0)), Progress::default()), after(0));
    assert_eq!(decide(&plain(), answered(429, Some(31)), Progress::default()), Decision::GiveUp);
    let late = Progress { elapsed: 55 * SECOND, ..Progress::default() };
    assert_eq!(decide(&plain(), answered(429, Some(7)), late), Decision::GiveUp);
}

#[test]
fn another_key_is_tried_at_once_beyond_the_number_of_retries() {
    let spare = Progress { retries: 3, has_another_key: true, ..Progress::default() };
    for status in [401, 402, 403, 429] {
        assert_eq!(decide(&plain(), answered(status, Some(99)), spare), Decision::NextKey, "{status}");
    }
    assert_eq!(decide(&plain(), answered(503, None), spare), Decision::GiveUp);
}

#[test]
fn a_probe_is_not_retried() {
    let probe = Progress { is_probe: true, ..Progress::default() };
    assert_eq!(decide(&plain(), answered(503, None), probe), Decision::GiveUp);
    let spare = Progress { has_another_key: true, ..probe };
    assert_eq!(decide(&plain(), answered(429, None), spare), Decision::GiveUp);
}

#[test]
fn jitter_stays_in_its_range() {
    let policy = RetryPolicy { jitter_factor: 0.5, ..RetryPolicy::default() };
    for _ in 0..200 {
        let wait = policy.backoff(1);
        assert!(wait >= SECOND && wait <= 3 * SECOND, "{wait:?}");
    }
}
