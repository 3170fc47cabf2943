//! Rubbish in: the answer is an error, the next call is served, and memory does not grow (spec 01 §§1.1, 1.3, B24).

use std::io::Write;
use std::time::{Duration, Instant};

use blackbox::{Gateway, Upstream, gateway, upstream};
use serde_json::{Value, json};

use crate::dialects::{Chat, Four, Messages, Responses};
use crate::setup::one;

const MIB: usize = 1 << 20;

fn bench() -> (Upstream, Gateway) {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    (upstream, gateway)
}

/// Sends raw bytes, reads until the gateway closes, and checks that it goes on serving others.
#[track_caller]
fn raw(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut connection = gateway.connect();
    connection.write_tolerantly(bytes);
    connection.finish_writing();
    let answer = connection.read_to_close().expect("the gateway closes the connection");
    gateway.chat("gpt-4o").expect_status(200);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn deep_nesting_is_refused_and_recursion_never_bites() {
    let (upstream, gateway) = bench();
    for depth in [257, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let middle = if open == "[" { String::new() } else { "1".to_owned() };
            let nested = open.repeat(depth) + &middle + &close.repeat(depth);
            let body = format!(r#"{{"model":"gpt-4o","messages":[],"x":{nested}}}"#);
            let error = gateway.request("POST", "/v1/chat/completions").body(body).send().error(400);
            assert!(error.message.starts_with("invalid request body:"), "{}", error.message);
        }
    }
    let fine = format!(r#"{{"model":"gpt-4o","x":{}{}}}"#, "[".repeat(250), "]".repeat(250));
    gateway.request("POST", "/v1/chat/completions").body(fine.clone()).send().expect_status(200);
    assert_eq!(upstream.only_chat().text(), fine);
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    let (upstream, gateway) = bench();
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x00", b"\xc0\xaf"] {
        let mut body = br#"{"model":"gpt-4o","x":""#.to_vec();
        body.extend_from_slice(bad);
        body.extend_from_slice(b"\"}");
        let error = gateway.request("POST", "/v1/chat/completions").body(body).send().error(400);
        assert!(error.message.starts_with("invalid request body:"), "{bad:?}: {}", error.message);
    }
    assert!(upstream.chats().is_empty());
}

#[test]
fn headers_beyond_a_mebibyte_are_431_in_the_envelope() {
    let (_upstream, gateway) = bench();
    let large = "x".repeat(2 * MIB + 4096);
    let answer =
        raw(&gateway, format!("GET /health HTTP/1.1\r\nHost: x\r\nX-Large: {large}\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431"), "{}", &answer[..answer.len().min(200)]);
    assert!(answer.contains("request_headers_too_large"), "{answer}");
    let many: String = (0..20_000).map(|index| format!("X-H{index}: 1\r\n")).collect();
    let answer = raw(&gateway, format!("GET /health HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let fine = "x".repeat(100 << 10);
    gateway.get("/health").header("X-Large", &fine).send().expect_status(200);
}

#[test]
fn ambiguous_framing_is_refused_and_nothing_after_it_is_served() {
    // B24.
    let (upstream, gateway) = bench();
    let smuggled = "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n";
    let body = r#"{"model":"gpt-4o"}"#;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n";
    for (name, request) in [
        (
            "both lengths",
            format!("{head}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}", 5),
        ),
        (
            "both lengths, other order",
            format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{smuggled}"),
        ),
        ("two lengths", format!("{head}Content-Length: 18\r\nContent-Length: 5\r\n\r\n{body}{smuggled}")),
        ("a folded header", format!("{head}X-A: 1\r\n 2\r\nContent-Length: 18\r\n\r\n{body}{smuggled}")),
        ("a space before the colon", format!("{head}Content-Length : 18\r\n\r\n{body}{smuggled}")),
        ("a length that is no number", format!("{head}Content-Length: +18\r\n\r\n{body}{smuggled}")),
        ("an unknown transfer coding", format!("{head}Transfer-Encoding: xchunked\r\n\r\n{smuggled}")),
        ("a chunk size that is none", format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{smuggled}")),
        ("no request line", format!("rubbish\r\n\r\n{smuggled}")),
        ("a bare carriage return", format!("GET /health\rX HTTP/1.1\r\n\r\n{smuggled}")),
        ("a NUL in a header", format!("{head}X-A: a\0b\r\nContent-Length: 18\r\n\r\n{body}{smuggled}")),
    ] {
        let before = upstream.chats().len();
        let answer = raw(&gateway, request.as_bytes());
        let answers = answer.matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{name}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 501"), "{name}: {answer}");
        assert_eq!(
            upstream.chats().len() - before,
            1,
            "{name}: only the check afterwards reached the upstream"
        );
    }
}

#[test]
fn refused_framing_answers_in_the_envelope() {
    let (_upstream, gateway) = bench();
    let answer = raw(&gateway, b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Request-ID: f-1\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n");
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    let body: serde_json::Value =
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert_eq!(body["error"]["type"], "invalid_request_error");
}

#[test]
fn half_sent_requests_hold_nobody_up() {
    let (upstream, gateway) = bench();
    let wire = gateway.chat_request("gpt-4o").wire();
    let held: Vec<_> = (1..wire.len())
        .step_by(7)
        .map(|length| {
            let mut connection = gateway.connect();
            connection.write(&wire[..length]).expect("a half-sent request");
            connection
        })
        .collect();
    gateway.chat("gpt-4o").expect_status(200);
    drop(held);
    gateway.chat("gpt-4o").expect_status(200);
    assert_eq!(upstream.chats().len(), 2, "no half request reached the upstream");
}

#[test]
fn a_body_that_ends_too_early_reaches_nobody() {
    let (upstream, gateway) = bench();
    let body = r#"{"model":"gpt-4o"}"#;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n";
    raw(&gateway, format!("{head}Content-Length: 100\r\n\r\n{body}").as_bytes());
    raw(&gateway, format!("{head}Transfer-Encoding: chunked\r\n\r\n12\r\n{body}\r\n").as_bytes());
    raw(&gateway, format!("{head}Transfer-Encoding: chunked\r\n\r\n12\r\n{}", &body[..6]).as_bytes());
    assert_eq!(upstream.chats().len(), 3, "only the checks");
}

#[test]
fn odd_targets_are_answered_or_refused_but_never_served_as_something_else() {
    let (upstream, gateway) = bench();
    for target in [
        "/v1/chat%2Fcompletions",
        "/v1/../v1/chat/completions",
        "//v1/chat/completions",
        "/v1/chat/completions;x",
        "/%00",
        "/v1/%zz",
        "*",
        "http://evil.example/v1/chat/completions",
        "/v1/chat/completions%20",
    ] {
        let body = r#"{"model":"gpt-4o"}"#;
        let status = gateway.request("POST", target).body(body).try_send().map(|answer| answer.status());
        let fine = status.as_ref().map_or(true, |status| (400..500).contains(status) || *status == 200);
        assert!(fine, "{target}: {status:?}");
        if status.is_ok_and(|status| status == 200) {
            assert!(target.starts_with("http://"), "{target} was served");
        }
    }
    gateway.chat("gpt-4o").expect_status(200);
    drop(upstream);
}

#[test]
fn memory_stays_flat_under_large_rubbish() {
    let (_upstream, gateway) = bench();
    let bomb = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..256 {
            encoder.write_all(&vec![b' '; MIB]).expect("compression");
        }
        encoder.finish().expect("compression")
    };
    let round = || {
        let plain = gateway.request("POST", "/v1/chat/completions").body(vec![b'['; 9 * MIB]);
        plain.send().error(400);
        let pieces: Vec<Vec<u8>> = (0..176).map(|_| vec![b'x'; 64 << 10]).collect();
        gateway.request("POST", "/v1/chat/completions").chunked(pieces).send().error(413);
        let packed = gateway.request("POST", "/v1/chat/completions").header("Content-Encoding", "gzip");
        packed.body(bomb.clone()).send().error(413);
    };
    round();
    let before = gateway.resident_bytes();
    for _ in 0..12 {
        round();
    }
    gateway.chat("gpt-4o").expect_status(200);
    let grown = gateway.resident_bytes().saturating_sub(before);
    assert!(grown < 32 << 20, "resident memory grew by {} MiB", grown >> 20);
}

#[test]
fn many_connections_that_say_nothing_do_not_shut_others_out() {
    let (_upstream, gateway) = bench();
    let silent: Vec<_> = (0..300).map(|_| gateway.connect()).collect();
    gateway.chat("gpt-4o").expect_status(200);
    drop(silent);
}

#[test]
fn a_head_that_never_ends_is_cut_off_after_its_limit() {
    // 01 §1.1: 10 s. One test may wait that long; it runs beside the others.
    let gateway = gateway().start();
    let mut connection = gateway.connect().patience(Duration::from_secs(14));
    connection.write(b"GET /health HTTP/1.1\r\nHost: x\r\n").expect("half a head");
    let answer = connection.read_to_close().expect("it is closed in time");
    let text = String::from_utf8_lossy(&answer);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
}

#[test]
fn a_body_of_nothing_but_tools_or_calls_is_translated_in_the_time_that_it_takes_to_read() {
    // Each of these took a minute when something was looked for in a list once per element.
    const COUNT: usize = 30_000;
    let four = Four::start();
    let names = || (0..COUNT).map(|number| format!("f{number}"));
    let tools: Vec<Value> =
        names().map(|name| json!({"type": "function", "function": {"name": name, "strict": true}})).collect();
    let allowed: Vec<Value> =
        names().map(|name| json!({"type": "function", "function": {"name": name}})).collect();
    let choice = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": allowed}});
    let call =
        |name: String| json!({"type": "function_call", "call_id": name, "name": "f", "arguments": "{}"});
    let output = |name: String| json!({"type": "function_call_output", "call_id": name, "output": "1"});
    let items: Vec<Value> = names().map(call).chain(names().map(output)).collect();
    let strict = json!({"tools": tools});
    let chosen = json!({"tools": allowed, "tool_choice": choice});
    for (client, up, members) in [
        (Chat, Messages, &strict),
        (Chat, Messages, &chosen),
        (Chat, Responses, &chosen),
        (Responses, Chat, &json!({"input": items})),
    ] {
        four.script(up, up.says("hi"));
        let began = Instant::now();
        four.call(client, up, members).expect_status(200);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(15), "{client:?} to {up:?}: {took:?}");
    }
}
