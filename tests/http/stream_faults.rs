//! Upstreams that break: each fault for a whole call and for a stream, as one table (spec 01 §9.5, B2; 02-B13, B14).
//! What a row says: what the client sees, how often the upstream was asked, and what became of its connection.

use std::time::Duration;

use blackbox::{At, Cut, Gateway, Reply, Upstream, client, gateway, openai, upstream};

/// What the client sees.
#[derive(Clone, Copy, Debug)]
enum Sees {
    /// A whole answer.
    Fine,
    /// An error of this status and one of these codes.
    Error(u16, &'static [&'static str]),
    /// A stream that ends with an error frame of this code.
    Frame(&'static str),
    /// The upstream's frames as they came, without `[DONE]` and without an error frame.
    Relayed,
}

/// What became of the upstream's connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    Open,
    Closed,
}

struct Row {
    name: &'static str,
    reply: Reply,
    sees: Sees,
    attempts: usize,
    left: Left,
}

const RETRIES: usize = 2;
const BROKEN: &[&str] = &["upstream_connection_error"];
const UNREADABLE: &[&str] = &["upstream_invalid_response", "upstream_connection_error"];
const LATE: &[&str] = &["upstream_timeout"];
const NO_CODE: &[&str] = &[];

fn row(name: &'static str, reply: Reply, sees: Sees, attempts: usize, left: Left) -> Row {
    Row { name, reply, sees, attempts, left }
}

/// Faults that do not depend on the kind of call.
fn faults_before_an_answer(reply: &Reply) -> Vec<Row> {
    use Left::{Closed, Open};
    let all = RETRIES + 1;
    let broken = Sees::Error(502, BROKEN);
    let cut = |at, how| reply.clone().cut(at, how);
    let status = |status: u16| openai::error(status, "no", "its_own");
    let refusal = |status: u16| Sees::Error(status, &["its_own"]);
    vec![
        row("reset before the head", cut(At::BeforeHead, Cut::Reset), broken, all, Closed),
        row("close before the head", cut(At::BeforeHead, Cut::Close), broken, all, Closed),
        row("silence before the head", cut(At::BeforeHead, Cut::Silence), Sees::Error(504, LATE), 1, Closed),
        row("reset inside the head", cut(At::InsideHead, Cut::Reset), broken, all, Closed),
        row("close inside the head", cut(At::InsideHead, Cut::Close), broken, all, Closed),
        row("silence inside the head", cut(At::InsideHead, Cut::Silence), Sees::Error(504, LATE), 1, Closed),
        row("429", status(429), refusal(429), all, Open),
        row("502", status(502), refusal(502), all, Open),
        row("503", status(503), refusal(503), all, Open),
        row("504", status(504), refusal(504), all, Open),
        row("529", status(529), refusal(529), all, Open),
        row("408", status(408), refusal(408), all, Open),
        row("500", status(500), refusal(500), 2, Open),
        row("501", status(501), refusal(501), 1, Open),
        row("400", status(400), refusal(400), 1, Open),
        row("503 and close", status(503).then(Cut::Close), refusal(503), all, Closed),
        row(
            "an error body cut short",
            Reply::status(400).claiming(500, "half"),
            Sees::Error(400, NO_CODE),
            1,
            Closed,
        ),
    ]
}

fn faults_of_whole_answers() -> Vec<Row> {
    use Left::{Closed, Open};
    let reply = openai::chat("hello");
    let unreadable = Sees::Error(502, UNREADABLE);
    let late = Sees::Error(504, LATE);
    let cut = |at, how| reply.clone().cut(at, how);
    let text = openai::completion("hello").to_string();
    let chunks: Vec<&[u8]> = text.as_bytes().chunks(9).collect();
    let chunked = Reply::status(200).chunked(chunks);
    let mut rows = vec![
        row("reset after the head", cut(At::AfterHead, Cut::Reset), unreadable, 1, Closed),
        row("close after the head", cut(At::AfterHead, Cut::Close), unreadable, 1, Closed),
        row("silence after the head", cut(At::AfterHead, Cut::Silence), late, 1, Closed),
        row("reset inside the body", cut(At::InsideBody, Cut::Reset), unreadable, 1, Closed),
        row("close inside the body", cut(At::InsideBody, Cut::Close), unreadable, 1, Closed),
        row("silence inside the body", cut(At::InsideBody, Cut::Silence), late, 1, Closed),
        row("close inside chunks", chunked.clone().cut(At::InsideBody, Cut::Close), unreadable, 1, Closed),
        row(
            "close before the last chunk",
            chunked.cut(At::AfterFrames(3), Cut::Close),
            unreadable,
            1,
            Closed,
        ),
        row(
            "a length that is too long",
            Reply::status(200).claiming(9999, text.clone()),
            unreadable,
            1,
            Closed,
        ),
        row("a length that is too short", Reply::status(200).claiming(10, text), unreadable, 1, Closed),
        row("broken JSON", Reply::status(200).body("{\"id\":"), unreadable, 1, Open),
        row("an empty body", Reply::status(200), unreadable, 1, Open),
        row("a bad chunk size", bad_chunk(), unreadable, 1, Closed),
        row("whole, then reset", reply.clone().then(Cut::Reset), Sees::Fine, 1, Closed),
        row(
            "slowly, byte by byte",
            reply.clone().dripping(5, Duration::from_micros(200)),
            Sees::Fine,
            1,
            Open,
        ),
    ];
    rows.extend(faults_before_an_answer(&reply));
    rows
}

fn faults_of_streams() -> Vec<Row> {
    use Left::{Closed, Open};
    let reply = openai::chat_stream(&["a", "b"]);
    let interrupted = Sees::Frame("stream_interrupted");
    // While retries are left the head is held for the first frame (07 §14.2), so what breaks before it is an error.
    let early = Sees::Error(502, BROKEN);
    let cut = |at, how| reply.clone().cut(at, how);
    let without_done =
        Reply::stream(openai::frames(&["a"], false).into_iter().filter(|frame| frame != openai::DONE));
    let broken_frame =
        Reply::stream(["data: {\"choices\":[{\"index\":0}]}\n\n", "data: {broken\n\n", "data: [DONE]\n\n"]);
    let mut rows = vec![
        row("reset after the head", cut(At::AfterHead, Cut::Reset), early, 1, Closed),
        row("close after the head", cut(At::AfterHead, Cut::Close), early, 1, Closed),
        row(
            "silence after the head",
            cut(At::AfterHead, Cut::Silence),
            Sees::Frame("stream_timeout"),
            1,
            Closed,
        ),
        row("reset after two frames", cut(At::AfterFrames(2), Cut::Reset), interrupted, 1, Closed),
        row("close after two frames", cut(At::AfterFrames(2), Cut::Close), interrupted, 1, Closed),
        row(
            "silence after two frames",
            cut(At::AfterFrames(2), Cut::Silence),
            Sees::Frame("stream_timeout"),
            1,
            Closed,
        ),
        row("reset inside a frame", cut(At::InsideBody, Cut::Reset), interrupted, 1, Closed),
        row("close inside a frame", cut(At::InsideBody, Cut::Close), interrupted, 1, Closed),
        row("a bad chunk size", bad_chunk(), Sees::Error(502, &["upstream_invalid_response"]), 1, Closed),
        row("no frame at all", Reply::stream(Vec::<Vec<u8>>::new()), Sees::Error(502, UNREADABLE), 1, Open),
        row("nothing but [DONE]", Reply::stream([openai::DONE]), Sees::Fine, 1, Open),
        row("an end without [DONE]", without_done, Sees::Relayed, 1, Open),
        row("a frame that is no JSON", broken_frame, Sees::Fine, 1, Open),
        row("one whole answer instead", openai::chat("hello"), Sees::Fine, 1, Open),
        row("whole, then reset", reply.clone().then(Cut::Reset), Sees::Fine, 1, Closed),
        row(
            "slowly, byte by byte",
            reply.clone().dripping(5, Duration::from_micros(200)),
            Sees::Fine,
            1,
            Open,
        ),
    ];
    rows.extend(faults_before_an_answer(&reply));
    rows
}

fn bad_chunk() -> Reply {
    Reply::raw(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    )
}

fn bench() -> (Upstream, Gateway) {
    let upstream = upstream().start();
    let gateway = gateway()
        .provider("openai", &upstream)
        .env("RETRY_MAX_RETRIES", &RETRIES.to_string())
        .env("RETRY_INITIAL_BACKOFF", "1ms")
        .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
        .env("HTTP_RESPONSE_HEADER_TIMEOUT", "300ms")
        .env("HTTP_STREAM_IDLE_TIMEOUT", "300ms")
        .env("HTTP_TIMEOUT", "1s")
        .start();
    (upstream, gateway)
}

/// Runs every row and reports all that do not hold at once.
fn run_table(rows: Vec<Row>, stream: bool) {
    let (upstream, gateway) = bench();
    let problems: Vec<String> = rows
        .into_iter()
        .filter_map(|row| {
            let name = row.name;
            run_row(&upstream, &gateway, row, stream).err().map(|problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{} rows do not hold:\n{}", problems.len(), problems.join("\n"));
}

fn run_row(upstream: &Upstream, gateway: &Gateway, row: Row, stream: bool) -> Result<(), String> {
    let before = upstream.chats().len();
    upstream.on("/v1/chat/completions", [row.reply]);
    let seen = if stream { stream_outcome(gateway, row.sees) } else { whole_outcome(gateway, row.sees) };
    seen?;
    let calls = upstream.chats();
    // What was sent on a pooled connection and not answered at all is sent once more: the pool's replay, no attempt.
    let is_unanswered = row.name.ends_with("before the head") && !row.name.contains("silence");
    let replays = calls[before..].iter().filter(|seen| is_unanswered && seen.nth_on_connection > 0).count();
    let attempts = calls.len() - before - replays;
    if attempts != row.attempts {
        return Err(format!("{attempts} attempts, not {}", row.attempts));
    }
    let last = upstream.chats().pop().expect("a call");
    if row.left == Left::Closed {
        blackbox::eventually("the upstream's connection is closed", || {
            (!upstream.is_open(last.connection)).then_some(())
        });
    } else if !upstream.is_open(last.connection) {
        return Err("the upstream's connection was thrown away".to_owned());
    }
    upstream.on("/v1/chat/completions", [openai::chat("after")]);
    match gateway.chat("gpt-4o") {
        next if next.status() == 200 && next.text().contains("after") => Ok(()),
        next => Err(format!("the next call got {} {}", next.status(), next.text())),
    }
}

fn whole_outcome(gateway: &Gateway, sees: Sees) -> Result<(), String> {
    let answer = gateway.chat_request("gpt-4o").try_send().map_err(|error| format!("no answer: {error}"))?;
    let text = answer.text();
    match sees {
        Sees::Fine if answer.status() == 200 && text.contains("hello") => Ok(()),
        Sees::Error(status, codes) => matches_error(answer.status(), &text, status, codes),
        _ => Err(format!("{sees:?}, but {} {text}", answer.status())),
    }
}

fn stream_outcome(gateway: &Gateway, sees: Sees) -> Result<(), String> {
    let mut stream = gateway.stream("gpt-4o");
    let status = stream.status();
    let texts = stream.rest_texts();
    let last = texts.last().cloned().unwrap_or_default();
    let all = texts.join(" | ");
    match sees {
        Sees::Error(expected, codes) => matches_error(status, &last, expected, codes),
        Sees::Frame(code) => ends_with_frame(status, &last, &all, code),
        Sees::Fine if status == 200 && last == "data: [DONE]" && stream.ended_whole() => Ok(()),
        Sees::Relayed if status == 200 && !all.contains("[DONE]") && !all.contains("\"error\"") => Ok(()),
        _ => Err(format!("{sees:?}, but {status} {all}")),
    }
}

fn matches_error(found: u16, text: &str, status: u16, codes: &[&str]) -> Result<(), String> {
    let body: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    let fits = found == status
        && body["error"]["message"].is_string()
        && (codes.is_empty() || codes.contains(&code));
    if fits { Ok(()) } else { Err(format!("expected {status} {codes:?}, got {found} {text}")) }
}

fn ends_with_frame(status: u16, last: &str, all: &str, code: &str) -> Result<(), String> {
    if status != 200 || !last.starts_with("data: {") || all.contains("[DONE]") {
        return Err(format!("expected an error frame {code}, got {status} {all}"));
    }
    let error = &client::data(last)["error"];
    let fits = error["code"] == code && error["type"] == "provider_error" && error["message"].is_string();
    if fits { Ok(()) } else { Err(format!("expected an error frame {code}, got {last}")) }
}

#[test]
fn every_fault_of_a_whole_call_is_an_honest_error() {
    run_table(faults_of_whole_answers(), false);
}

#[test]
fn every_fault_of_a_stream_is_an_honest_error_or_an_error_frame() {
    run_table(faults_of_streams(), true);
}

#[test]
fn what_came_before_the_cut_is_delivered_and_the_error_frame_is_the_fixed_one() {
    // Case 1-48.
    let upstream = upstream().chat([openai::chat_stream(&["a"]).cut(At::AfterFrames(2), Cut::Reset)]).start();
    let gateway = crate::setup::one(&upstream);
    let texts = gateway.stream("gpt-4o").rest_texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(client::data(&texts[1])["choices"][0]["delta"]["content"], "a");
    assert_eq!(
        texts[2],
        r#"data: {"error":{"type":"provider_error","message":"upstream stream interrupted","param":null,"code":"stream_interrupted"}}"#
    );
}

#[test]
fn an_unterminated_frame_is_ended_before_the_error_frame() {
    let frames = [
        openai::frame(&openai::chunk(&serde_json::json!({"content": "a"}), None)),
        b"data: {\"id\":".to_vec(),
    ];
    let upstream = upstream().chat([Reply::stream(frames).cut(At::AfterFrames(2), Cut::Close)]).start();
    let gateway = crate::setup::one(&upstream);
    let bytes = gateway.stream("gpt-4o").rest();
    let text = String::from_utf8(bytes).expect("text");
    let error = text.rsplit("\n\n").nth(1).expect("a last frame");
    assert_eq!(client::data(error)["error"]["code"], "stream_interrupted", "{text:?}");
}

const ERROR_EVENT: &str = "data: {\"error\":{\"message\":\"overloaded\",\"code\":\"busy\"}}\n\n";

#[test]
fn an_error_in_the_first_event_is_a_failed_attempt() {
    // 02-B13, 07 §14.2.
    let upstream = upstream().chat([Reply::stream([ERROR_EVENT]), openai::chat_stream(&["a"])]).start();
    let gateway = crate::setup::one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    assert_eq!((stream.status(), stream.header("x-gomodel-attempts")), (200, Some("2")));
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
}

#[test]
fn error_events_that_are_all_there_is_are_an_error_with_a_real_status() {
    let upstream = upstream().chat([Reply::stream([ERROR_EVENT])]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "1").start();
    let answer = gateway.stream_request("gpt-4o").send();
    assert!(answer.status() >= 400, "{}", answer.status());
    assert_eq!(answer.error(answer.status()).message, "overloaded");
    assert_eq!(upstream.chats().len(), 2);
}

#[test]
fn an_error_in_a_later_event_is_relayed() {
    // Behind a first word; an error behind a mere greeting still stands in front of the answer.
    let later = Reply::stream([
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"po \"}}]}\n\n",
        ERROR_EVENT,
    ]);
    let upstream = upstream().chat([later]).start();
    let texts = crate::setup::one(&upstream).stream("gpt-4o").rest_texts();
    assert_eq!(texts.last().map(String::as_str), Some(ERROR_EVENT.trim()));
    assert_eq!(upstream.chats().len(), 1);
}

#[test]
fn an_error_behind_a_greeting_stands_in_front_of_the_answer() {
    // 07 §14.2: nothing was said yet, so it is a failed attempt, told with a status.
    let greeting = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n";
    let body = [greeting, ERROR_EVENT].concat();
    let upstream = upstream().chat([Reply::stream([body])]).start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    gateway.stream_request("gpt-4o").send().error(502);
}

#[test]
fn a_connection_that_closes_as_it_is_reused_costs_no_call() {
    // The pool's race: nothing was answered, so the call is sent once more on a new connection.
    let upstream = upstream().close_when_reused().start();
    let gateway = gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    for _ in 0..4 {
        gateway.chat("gpt-4o").expect_status(200);
    }
    let mut stream = gateway.stream("gpt-4o");
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.rest_texts().last().map(String::as_str), Some("data: [DONE]"));
}

#[test]
fn what_follows_an_answer_on_its_connection_is_never_taken_for_the_next_answer() {
    let body = openai::completion("first").to_string();
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 26\r\n\r\n{\"id\":\"smuggled answer!!\"}\n";
    let wire = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}{smuggled}", body.len());
    let upstream = upstream().chat([Reply::raw(wire), openai::chat("second")]).start();
    let gateway = crate::setup::one(&upstream);
    assert!(gateway.chat("gpt-4o").text().contains("first"));
    let next = gateway.chat("gpt-4o").text();
    assert!(next.contains("second"), "{next}");
}
