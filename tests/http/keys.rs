//! Several keys of one provider: rotation, stickiness, keys that fail (spec 02 §5, B11).

use blackbox::{Gateway, Provider, Reply, Seen, Upstream, gateway, openai, upstream};

const CHAT: &str = "/v1/chat/completions";

fn bench(sticky: bool) -> (Upstream, Gateway) {
    let upstream = upstream().start();
    let yaml = format!("api_keys: [key-a, key-b, key-c]\nsession_sticky_keys: {sticky}");
    let provider = Provider::new("openai").keyless().at(&upstream).yaml(&yaml);
    let gateway = gateway().with(provider).start();
    (upstream, gateway)
}

fn key(seen: &Seen) -> String {
    seen.header("authorization").unwrap_or_default().trim_start_matches("Bearer ").to_owned()
}

fn keys(upstream: &Upstream) -> Vec<String> {
    upstream.chats().iter().map(key).collect()
}

#[test]
fn keys_take_turns() {
    // Case 2-59, second half.
    let (upstream, gateway) = bench(false);
    for _ in 0..6 {
        gateway.chat("gpt-4o").expect_status(200);
    }
    let keys = keys(&upstream);
    assert_eq!(keys[..3], keys[3..]);
    let mut distinct = keys[..3].to_vec();
    distinct.sort();
    assert_eq!(distinct, ["key-a", "key-b", "key-c"]);
}

#[test]
fn a_retry_takes_the_next_key() {
    let (upstream, gateway) = bench(false);
    upstream.on(CHAT, [Reply::status(503), openai::chat("hi")]);
    gateway.chat("gpt-4o").expect_status(200);
    let keys = keys(&upstream);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_key_that_is_refused_is_left_out() {
    // 02-B11: trying the next key costs no back-off and is bounded by the number of keys, not by retries.
    for status in [401, 402, 403, 429] {
        let answer = move |seen: &Seen, _: usize| match key(seen).as_str() {
            "key-b" => openai::error(status, "not this key", "k"),
            _ => openai::chat("hi"),
        };
        let upstream = upstream().answer(CHAT, answer).start();
        let yaml = "api_keys: [key-a, key-b, key-c]\nsession_sticky_keys: false";
        let provider = Provider::new("openai").keyless().at(&upstream).yaml(yaml);
        let gateway = gateway().with(provider).env("RETRY_MAX_RETRIES", "0").start();
        for _ in 0..9 {
            gateway.chat("gpt-4o").expect_status(200);
        }
        let bad = keys(&upstream).iter().filter(|key| *key == "key-b").count();
        assert_eq!(bad, 1, "{status}: {:?}", keys(&upstream));
    }
}

#[test]
fn when_every_key_is_refused_the_answer_says_so_after_one_round() {
    let (upstream, gateway) = bench(false);
    upstream.on(CHAT, [openai::error(401, "bad key", "k")]);
    gateway.chat("gpt-4o").error(401);
    let mut used = keys(&upstream);
    used.sort();
    assert_eq!(used, ["key-a", "key-b", "key-c"]);
    gateway.chat("gpt-4o").error(401);
    assert!(upstream.chats().len() <= 6, "the least bad key is tried: {:?}", keys(&upstream));
    assert!(upstream.chats().len() > 3);
}

#[test]
fn no_key_of_a_list_is_ever_logged() {
    let (upstream, gateway) = bench(false);
    upstream.on(CHAT, [openai::error(401, "bad key key-a key-b key-c", "k")]);
    let answer = gateway.chat("gpt-4o");
    answer.error(401);
    let log = gateway.stop();
    for key in ["key-a", "key-b", "key-c"] {
        assert!(!log.contains(key), "{key} stands in the log: {log}");
    }
    let last = keys(&upstream).pop().expect("a call");
    assert!(!answer.text().contains(&last), "{}", answer.text());
}
