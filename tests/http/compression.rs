//! Compressed requests are understood, answers are compressed on request, streams never (spec 01 B21).

use std::io::{Read, Write};

use blackbox::{gateway, openai, upstream};

use crate::setup::one;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("compression");
    encoder.finish().expect("compression")
}

const BODY: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"ping"}]}"#;

#[test]
fn a_gzip_body_reaches_the_upstream_plain() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let request = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "gzip");
    request.body(gzip(BODY.as_bytes())).send().expect_status(200);
    let seen = upstream.only_chat();
    assert_eq!((seen.text().as_str(), seen.header("content-encoding")), (BODY, None));
}

#[test]
fn a_body_that_is_not_what_its_coding_says_is_a_bad_request() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for coding in ["gzip", "zstd", "br"] {
        let request = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", coding);
        let error = request.body(BODY).send().error(400);
        assert!(error.message.starts_with("invalid request body:"), "{coding}: {}", error.message);
    }
    let mut cut = gzip(BODY.as_bytes());
    cut.truncate(cut.len() / 2);
    let request = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "gzip");
    request.body(cut).send().error(400);
    let request = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "identity");
    request.body(BODY).send().expect_status(200);
    assert_eq!(upstream.chats().len(), 1);
}

#[test]
fn an_unknown_coding_is_refused() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let request = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "sdch");
    let status = request.body(BODY).send().status();
    assert!(status == 400 || status == 415, "{status}");
}

#[test]
fn a_large_json_answer_is_compressed_for_who_asks() {
    let text = "many words ".repeat(400);
    let upstream = upstream().chat([openai::chat(&text)]).start();
    let gateway = one(&upstream);
    let plain = gateway.chat("gpt-4o").expect_status(200);
    assert_eq!(plain.header("content-encoding"), None);
    let packed = gateway.chat_request("gpt-4o").header("Accept-Encoding", "gzip").send().expect_status(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut body).expect("gzip");
    assert_eq!(body, plain.body);
    assert!(packed.header("vary").is_some_and(|vary| vary.to_lowercase().contains("accept-encoding")));
    let refused =
        gateway.chat_request("gpt-4o").header("Accept-Encoding", "gzip;q=0").send().expect_status(200);
    assert_eq!(refused.header("content-encoding"), None);
}

#[test]
fn small_answers_and_streams_are_not_compressed() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let small = gateway.chat_request("gpt-4o").header("Accept-Encoding", "gzip").send().expect_status(200);
    assert_eq!(small.header("content-encoding"), None);
    let mut stream = gateway.stream_request("gpt-4o").header("Accept-Encoding", "gzip").open();
    assert_eq!(stream.header("content-encoding"), None);
    stream.rest();
}

#[test]
fn a_compressed_upstream_answer_is_read() {
    // The existing gateway negotiates gzip with upstreams; some send it unasked.
    let body = openai::completion("packed").to_string();
    let reply = blackbox::Reply::status(200).header("content-encoding", "gzip").body(gzip(body.as_bytes()));
    let upstream = upstream().chat([reply]).start();
    let gateway = gateway().provider("openai", &upstream).start();
    let answer = gateway.chat("gpt-4o").expect_status(200);
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "packed");
}
