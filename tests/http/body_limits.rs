//! `BODY_SIZE_LIMIT`: declared or not, compressed or not, a body beyond it is 413 (spec 01 §1.3).

use std::io::Write;

use blackbox::{Answer, Gateway, gateway, upstream};

use crate::setup::{KEY, one};

const MIB: usize = 1 << 20;

fn chat_body(bytes: usize) -> Vec<u8> {
    let mut body = br#"{"model":"gpt-4o","messages":[{"role":"user","content":""#.to_vec();
    body.resize(bytes - 4, b'x');
    body.extend(br#""}]}"#);
    body
}

fn chunked(gateway: &Gateway, path: &str, body: &[u8]) -> Answer {
    let pieces: Vec<Vec<u8>> = body.chunks(64 << 10).map(<[u8]>::to_vec).collect();
    gateway.request("POST", path).chunked(pieces).send()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("compression");
    encoder.finish().expect("compression")
}

#[track_caller]
fn expect_too_large(answer: &Answer) {
    let error = answer.error(413);
    assert_eq!(error.error_type, "invalid_request_error");
    assert_eq!(error.code.as_deref(), Some("request_too_large"));
}

#[test]
fn eleven_mebibytes_are_too_large_on_every_route_and_nine_are_not() {
    // Case 1-18, first half.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let large = chat_body(11 * MIB);
    for path in ["/v1/chat/completions", "/v1/embeddings", "/health", "/nowhere"] {
        expect_too_large(&gateway.request("POST", path).body(large.clone()).send());
    }
    let answer = gateway.request("POST", "/v1/chat/completions").body(chat_body(9 * MIB)).send();
    answer.expect_status(200);
    assert_eq!(upstream.only_chat().body.len(), 9 * MIB);
}

#[test]
fn an_undeclared_length_is_counted() {
    // Case 1-19, first half.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    expect_too_large(&chunked(&gateway, "/v1/chat/completions", &chat_body(11 * MIB)));
    chunked(&gateway, "/v1/chat/completions", &chat_body(9 * MIB)).expect_status(200);
}

#[test]
fn a_small_limit_counts_declared_and_undeclared_bodies_alike() {
    // Case 1-18, second half.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("BODY_SIZE_LIMIT", "500K").start();
    let send = |size: usize| gateway.request("POST", "/v1/chat/completions").body(chat_body(size)).send();
    expect_too_large(&send(600 << 10));
    expect_too_large(&send((500 << 10) + 1));
    expect_too_large(&chunked(&gateway, "/v1/chat/completions", &chat_body((500 << 10) + 1)));
    send(500 << 10).expect_status(200);
    send(400 << 10).expect_status(200);
    chunked(&gateway, "/v1/chat/completions", &chat_body(500 << 10)).expect_status(200);
}

#[test]
fn the_limit_comes_before_authentication() {
    let gateway = gateway().master_key(KEY).env("BODY_SIZE_LIMIT", "1K").start();
    expect_too_large(
        &gateway.request("POST", "/v1/chat/completions").anonymous().body(vec![b' '; 2048]).send(),
    );
}

#[test]
fn on_the_messages_path_too_large_is_said_in_its_envelope() {
    let gateway = gateway().env("BODY_SIZE_LIMIT", "1K").start();
    let answer = gateway.request("POST", "/v1/messages").body(vec![b' '; 2048]).send();
    assert_eq!(answer.anthropic_error(413).0, "request_too_large");
}

#[test]
fn a_compressed_body_is_limited_in_both_sizes() {
    // B21.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("BODY_SIZE_LIMIT", "1M").start();
    let post = |body: Vec<u8>| {
        gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "gzip").body(body).send()
    };
    post(gzip(&chat_body(900 << 10))).expect_status(200);
    expect_too_large(&post(gzip(&chat_body(8 * MIB))));
    expect_too_large(&post(vec![0x1f; 2 * MIB]));
    assert_eq!(upstream.only_chat().body.len(), 900 << 10);
}

#[test]
fn a_limit_that_makes_no_sense_stops_the_start() {
    // Case 1-19, second half.
    for value in ["1G", "1023", "0", "ten", "10X", "-1", "101M"] {
        let output = gateway().env("BODY_SIZE_LIMIT", value).start_fails();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{value}: {text}");
        assert!(text.contains("BODY_SIZE_LIMIT"), "{value}: {text}");
    }
}

#[test]
fn every_spelling_of_the_limit_is_understood() {
    for value in ["1024", "1K", "1kb", "1024B"] {
        let gateway = gateway().env("BODY_SIZE_LIMIT", value).start();
        expect_too_large(&gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 1025]).send());
        gateway.request("POST", "/v1/chat/completions").body(vec![b' '; 1024]).send().error(400);
    }
}
