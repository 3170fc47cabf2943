//! Choice of keys, with a clock that the test holds.

use super::{KeyIndex, KeyOutcome, KeyRing, KeyState};
use std::time::{Duration, Instant};
use vocabulary::Secret;

const MINUTE: Duration = Duration::from_secs(60);

fn ring(keys: &[&str], sticky: bool) -> KeyRing {
    KeyRing::new(keys.iter().map(|key| Secret::new(*key)), sticky)
}

fn pick(ring: &KeyRing, session: Option<&str>, tried: &[KeyIndex], now: Instant) -> String {
    ring.pick(session, tried, now).unwrap().secret.reveal().to_owned()
}

fn index(ring: &KeyRing, key: &str, now: Instant) -> KeyIndex {
    let picks = (0..ring.len()).map(|_| ring.pick(None, &[], now).unwrap()).collect::<Vec<_>>();
    picks.iter().find(|picked| picked.secret.reveal() == key).unwrap().index
}

#[test]
fn keys_take_turns_from_the_first_and_duplicates_count_once() {
    let (ring, now) = (ring(&["a", "b", "a", "j"], true), Instant::now());
    let picks: Vec<_> = (0..4).map(|_| pick(&ring, None, &[], now)).collect();
    assert_eq!(picks, ["a", "b", "j", "a"]);
    assert!(ring.snapshot(now).iter().all(|status| status.id.len() == 12 && status.state == KeyState::Ok));
}

#[test]
fn no_keys_give_none_and_one_key_is_always_used() {
    let now = Instant::now();
    assert!(ring(&[], true).pick(Some("s"), &[], now).is_none());
    let single = ring(&["a"], true);
    single.report(KeyIndex(0), KeyOutcome::Refused, now);
    assert_eq!(pick(&single, Some("s"), &[KeyIndex(0)], now), "a");
}

#[test]
fn a_session_stays_on_its_key_and_only_its_own_sessions_move() {
    let now = Instant::now();
    let (all, fewer) = (ring(&["a", "b", "c"], true), ring(&["a", "c"], true));
    let mut seen = std::collections::BTreeSet::new();
    for session in 0..60 {
        let session = format!("session-{session}");
        let key = pick(&all, Some(&session), &[], now);
        assert_eq!(pick(&all, Some(&session), &[], now), key);
        if key != "b" {
            assert_eq!(pick(&fewer, Some(&session), &[], now), key);
        }
        seen.insert(key);
    }
    assert_eq!(seen.len(), 3);
    let loose = ring(&["a", "b"], false);
    assert_ne!(pick(&loose, Some("s"), &[], now), pick(&loose, Some("s"), &[], now));
}

#[test]
fn a_refused_key_rests_ten_minutes_then_twenty_and_at_most_an_hour() {
    let (ring, mut now) = (ring(&["a", "b"], false), Instant::now());
    let a = index(&ring, "a", now);
    for minutes in [10, 20, 40, 60, 60] {
        ring.report(a, KeyOutcome::Refused, now);
        assert_eq!(ring.snapshot(now)[0].state, KeyState::Bad(now + minutes * MINUTE));
        assert!((0..4).all(|_| pick(&ring, None, &[], now) == "b"));
        now += minutes * MINUTE;
        assert_eq!(ring.snapshot(now)[0].state, KeyState::Ok);
    }
    ring.report(a, KeyOutcome::Accepted, now);
    ring.report(a, KeyOutcome::Refused, now);
    assert_eq!(ring.snapshot(now)[0].state, KeyState::Bad(now + 10 * MINUTE));
    assert_eq!(ring.snapshot(now)[0].errors, 6);
}

#[test]
fn a_throttled_key_cools_as_long_as_it_was_told() {
    let (ring, now) = (ring(&["a", "b"], true), Instant::now());
    let home = ring.pick(Some("s"), &[], now).unwrap().index;
    ring.report(home, KeyOutcome::Throttled { retry_after: Some(MINUTE) }, now);
    assert_ne!(ring.pick(Some("s"), &[], now).unwrap().index, home);
    assert_eq!(ring.pick(Some("s"), &[], now + MINUTE).unwrap().index, home);
    ring.report(home, KeyOutcome::Throttled { retry_after: None }, now);
    assert_eq!(ring.snapshot(now)[home.0].state, KeyState::Cooling(now + MINUTE / 2));
}

#[test]
fn with_no_usable_key_the_least_bad_one_is_tried() {
    let (ring, now) = (ring(&["a", "b", "c"], false), Instant::now());
    ring.report(KeyIndex(0), KeyOutcome::Refused, now);
    ring.report(KeyIndex(1), KeyOutcome::Throttled { retry_after: Some(2 * MINUTE) }, now);
    ring.report(KeyIndex(2), KeyOutcome::Throttled { retry_after: Some(MINUTE) }, now);
    assert_eq!(pick(&ring, None, &[], now), "c");
    assert_eq!(pick(&ring, None, &[KeyIndex(2)], now), "b");
    assert!(!ring.has_another(&[], now));
    assert!(ring.has_another(&[], now + MINUTE) && !ring.has_another(&[KeyIndex(2)], now + MINUTE));
}

#[test]
fn statuses_say_what_they_say() {
    let of = |status: u16| KeyOutcome::of_status(status.try_into().unwrap(), None);
    assert!([401, 402, 403].map(of).iter().all(|outcome| *outcome == KeyOutcome::Refused));
    assert_eq!(of(429), KeyOutcome::Throttled { retry_after: None });
    assert_eq!(
        (of(503), of(400), of(200)),
        (KeyOutcome::Unknown, KeyOutcome::Accepted, KeyOutcome::Accepted)
    );
}
