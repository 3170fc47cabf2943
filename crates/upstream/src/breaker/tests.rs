//! The breaker's table, with a clock that the test holds.

use super::{BreakerSettings, BreakerState, CircuitBreaker, Verdict};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn breaker(failure_threshold: u32, success_threshold: u32) -> CircuitBreaker {
    CircuitBreaker::new(BreakerSettings { failure_threshold, success_threshold, timeout: 30 * SECOND })
}

fn call(breaker: &CircuitBreaker, verdict: Verdict, now: Instant) {
    breaker.admit(now).unwrap().record(verdict, now);
}

fn pause(breaker: &CircuitBreaker, now: Instant) -> u64 {
    breaker.admit(now).unwrap_err().retry_after.as_secs()
}

#[test]
fn failures_in_a_row_open_it_and_successes_between_do_not() {
    let (breaker, now) = (breaker(2, 2), Instant::now());
    for verdict in
        [Verdict::Failure, Verdict::Success, Verdict::Failure, Verdict::Throttled, Verdict::Neutral]
    {
        call(&breaker, verdict, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }
    call(&breaker, Verdict::Failure, now);
    assert_eq!((breaker.state(now), breaker.state(now).gauge()), (BreakerState::Open, 2));
    assert_eq!(pause(&breaker, now + SECOND), 4);
}

#[test]
fn one_probe_at_a_time_until_enough_succeeded() {
    let (breaker, start) = (breaker(1, 2), Instant::now());
    call(&breaker, Verdict::Failure, start);
    let now = start + 5 * SECOND;
    assert_eq!((breaker.state(now), breaker.state(now).gauge()), (BreakerState::HalfOpen, 1));
    let probe = breaker.admit(now).unwrap();
    assert!(probe.is_probe());
    assert_eq!(pause(&breaker, now), 30);
    probe.record(Verdict::Success, now);
    assert_eq!(breaker.state(now), BreakerState::HalfOpen);
    call(&breaker, Verdict::Success, now);
    assert_eq!(breaker.state(now), BreakerState::Closed);
    assert!(!breaker.admit(now).unwrap().is_probe());
}

#[test]
fn pauses_grow_up_to_the_timeout_and_begin_anew_after_closing() {
    let (breaker, mut now) = (breaker(1, 1), Instant::now());
    call(&breaker, Verdict::Failure, now);
    for seconds in [5, 10, 20, 30, 30] {
        assert_eq!(pause(&breaker, now), seconds);
        now += Duration::from_secs(seconds);
        call(&breaker, if seconds == 10 { Verdict::Throttled } else { Verdict::Failure }, now);
    }
    now += 30 * SECOND;
    call(&breaker, Verdict::Success, now);
    call(&breaker, Verdict::Failure, now);
    assert_eq!(pause(&breaker, now), 5);
}

#[test]
fn a_short_timeout_is_the_pause() {
    let settings =
        BreakerSettings { failure_threshold: 1, timeout: 2 * SECOND, ..BreakerSettings::default() };
    let (breaker, now) = (CircuitBreaker::new(settings), Instant::now());
    call(&breaker, Verdict::Failure, now);
    assert_eq!(pause(&breaker, now), 2);
}

#[test]
fn a_dropped_probe_gives_its_slot_back_and_a_hung_one_loses_it() {
    let (breaker, start) = (breaker(1, 2), Instant::now());
    call(&breaker, Verdict::Failure, start);
    let now = start + 5 * SECOND;
    drop(breaker.admit(now).unwrap());
    let hung = breaker.admit(now).unwrap();
    assert!(breaker.admit(now + 29 * SECOND).is_err());
    let fresh = breaker.admit(now + 30 * SECOND).unwrap();
    // The hung probe's late verdict no longer counts, and does not free the slot of the fresh one.
    hung.record(Verdict::Failure, now + 31 * SECOND);
    assert!(breaker.admit(now + 31 * SECOND).is_err());
    fresh.record(Verdict::Success, now + 31 * SECOND);
    assert!(breaker.admit(now + 31 * SECOND).is_ok());
}

#[test]
fn late_outcomes_of_earlier_calls_extend_the_pause_and_close_nothing() {
    let (breaker, now) = (breaker(1, 1), Instant::now());
    let (late, later) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
    call(&breaker, Verdict::Failure, now);
    late.record(Verdict::Failure, now + 3 * SECOND);
    later.record(Verdict::Success, now + 3 * SECOND);
    assert_eq!(pause(&breaker, now + 3 * SECOND), 5);
}

#[test]
fn threshold_zero_switches_it_off() {
    let (breaker, now) = (breaker(0, 1), Instant::now());
    (0..20).for_each(|_| call(&breaker, Verdict::Failure, now));
    assert_eq!(breaker.state(now), BreakerState::Closed);
}

#[test]
fn statuses_say_what_they_say() {
    let of = |status: u16| Verdict::of_status(status.try_into().unwrap());
    assert_eq!((of(401), of(403), of(429)), (Verdict::Neutral, Verdict::Neutral, Verdict::Throttled));
    assert_eq!(
        (of(500), of(529), of(404), of(200)),
        (Verdict::Failure, Verdict::Failure, Verdict::Success, Verdict::Success)
    );
}
