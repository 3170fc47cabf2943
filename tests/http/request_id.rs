//! `X-Request-ID`: on every answer, the client's if it is a sensible one (spec 01 §4.1, B1, B13).

use blackbox::{Answer, gateway, upstream};

use crate::setup::{KEY, one};

fn is_uuid(text: &str) -> bool {
    let dashes = text.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at).collect::<Vec<_>>();
    text.len() == 36 && dashes == [8, 13, 18, 23] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[track_caller]
fn id(answer: &Answer) -> String {
    answer.header("x-request-id").expect("a request id").to_owned()
}

#[test]
fn a_clients_id_is_echoed_on_success_on_errors_and_on_streams() {
    // Case 1-20, first part.
    let upstream = upstream().start();
    let gateway =
        gateway().provider("openai", &upstream).master_key(KEY).env("BODY_SIZE_LIMIT", "10K").start();
    let answers = [
        gateway.chat_request("gpt-4o"),
        gateway.get("/v1/models").anonymous(),
        gateway.get("/nowhere"),
        gateway.get("/health"),
        gateway.get("/v1/chat/completions"),
        gateway.chat_request("nope"),
        gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 20_000]),
    ];
    for request in answers {
        let answer = request.header("X-Request-ID", "abc-1").send();
        assert_eq!(id(&answer), "abc-1", "status {}", answer.status());
    }
    let mut stream = gateway.stream_request("gpt-4o").header("X-Request-ID", "abc-1").open();
    assert_eq!(stream.header("x-request-id"), Some("abc-1"));
    stream.rest();
}

#[test]
fn without_an_id_every_answer_has_a_new_uuid() {
    // Case 1-20, second part.
    let gateway = gateway().start();
    let first = id(&gateway.get("/health").send());
    let second = id(&gateway.get("/health").send());
    assert!(is_uuid(&first) && is_uuid(&second) && first != second, "{first} {second}");
}

#[test]
fn an_id_that_is_no_sensible_text_is_replaced() {
    // B13: 1 to 128 visible ASCII characters.
    let gateway = gateway().start();
    let long = "x".repeat(129);
    for bad in [long.as_str(), "a b", "a\tb", "\u{e9}", ""] {
        let answer = gateway.get("/health").header("X-Request-ID", bad).send();
        assert!(is_uuid(&id(&answer)), "{bad:?} became {}", id(&answer));
    }
    let longest = "x".repeat(128);
    assert_eq!(id(&gateway.get("/health").header("X-Request-ID", &longest).send()), longest);
    assert_eq!(id(&gateway.get("/health").header("X-Request-ID", "  padded ").send()), "padded");
}

#[test]
fn the_id_goes_to_the_provider_in_the_header_of_its_row() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.chat_request("gpt-4o").header("X-Request-ID", "abc-1").send().expect_status(200);
    let seen = upstream.only_chat();
    assert_eq!(seen.header("x-client-request-id"), Some("abc-1"));
    assert_eq!(seen.header("x-request-id"), None);
}

#[test]
fn an_upstream_id_never_replaces_ours() {
    let reply = blackbox::openai::chat("hi").header("x-request-id", "req_upstream");
    let upstream = upstream().chat([reply]).start();
    let answer = one(&upstream).chat_request("gpt-4o").header("X-Request-ID", "abc-1").send();
    assert_eq!(id(&answer), "abc-1");
}

#[test]
fn outside_the_base_path_answers_have_an_id_too() {
    let gateway = gateway().env("BASE_PATH", "/g").start();
    let answer = gateway.get("/health").header("X-Request-ID", "abc-1").send();
    answer.error(404);
    assert_eq!(id(&answer), "abc-1");
}
