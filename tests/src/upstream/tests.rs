use std::time::Duration;

use super::{At, Cut, Gate, Outcome, Reply, openai, upstream};
use crate::Request;

#[test]
fn replies_come_in_order_and_the_last_one_repeats() {
    let upstream = upstream().chat([Reply::status(502), openai::chat("hi")]).start();
    let call = || Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}").send().status();
    assert_eq!([call(), call(), call()], [502, 200, 200]);
    let chats = upstream.chats();
    assert_eq!(chats.len(), 3);
    assert_eq!(chats[2].text(), "{}");
    // The client may have the answer before the upstream has noted that it was sent.
    crate::eventually("the reply is noted as sent", || {
        (upstream.chats()[2].outcome == Outcome::Sent).then_some(())
    });
}

#[test]
fn chunked_bodies_are_logged_without_their_coding() {
    let upstream = upstream().start();
    let request = Request::new(upstream.address(), "POST", "/v1/chat/completions");
    request.chunked(["{\"a\"", ":1}"]).send().expect_status(200);
    assert_eq!(upstream.only_chat().text(), "{\"a\":1}");
}

#[test]
fn every_cut_is_seen_as_one() {
    for at in [At::BeforeHead, At::InsideHead, At::AfterHead, At::InsideBody, At::AfterFrames(1)] {
        for how in [Cut::Close, Cut::Reset] {
            let upstream = upstream().chat([openai::chat_stream(&["a", "b"]).cut(at, how)]).start();
            let request = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}");
            assert!(request.try_send().is_err(), "{at:?} {how:?} looked like a whole answer");
        }
    }
}

#[test]
fn a_peer_that_leaves_during_silence_or_at_a_gate_is_noticed() {
    let gate = Gate::new();
    let silent = openai::chat_stream(&["a"]).cut(At::AfterFrames(1), Cut::Silence);
    let held = openai::chat_stream(&["a"]).gate(1, &gate);
    let upstream = upstream().chat([silent, held]).start();
    for index in 0..2 {
        let mut stream = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}").open();
        assert!(stream.next_frame().is_some());
        drop(stream);
        upstream.wait_for_hangup(index);
    }
}

#[test]
fn a_gate_holds_frames_back_until_it_opens() {
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(1, &gate)]).start();
    let mut stream = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}").open();
    assert!(stream.next_text().contains("assistant"));
    gate.open();
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
    assert!(stream.ended_whole());
}

#[test]
fn dripping_and_pacing_change_no_byte() {
    let whole = openai::completion("hi").to_string();
    let dripping = openai::chat("hi").dripping(7, Duration::from_micros(50));
    let paced = openai::chat("hi").chunked([&whole.as_bytes()[..9], &whole.as_bytes()[9..]]);
    let upstream = upstream().chat([dripping, paced.paced(Duration::from_millis(1))]).start();
    for _ in 0..2 {
        let answer = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}").send();
        assert_eq!(answer.text(), whole);
    }
}

#[test]
fn a_connection_can_be_closed_when_it_is_reused() {
    let upstream = upstream().close_when_reused().start();
    let request = Request::new(upstream.address(), "POST", "/v1/chat/completions").body("{}");
    let mut connection = request.begin();
    assert_eq!(connection.read_answer("POST").unwrap().status(), 200);
    connection.write(&request.wire()).unwrap();
    assert!(connection.read_answer("POST").is_err());
    assert_eq!(upstream.chats()[1].nth_on_connection, 1);
}
