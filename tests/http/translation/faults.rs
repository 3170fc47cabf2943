//! Streams that break, for every pair of dialects: how they end is 01 §9.5, that they end honestly is 03-B7 and 04-B7.

use blackbox::{At, Cut, Reply, responses};
use serde_json::{Value, json};

use crate::dialects::{Dialect, Four, Responses, foreign_pairs, frame_data, pairs};

const MALFORMED: &[u8] = b"data: {broken\n\n";

fn cut(up: Dialect, how: Cut) -> Reply {
    let frames = up.opening();
    let count = frames.len();
    Reply::stream(frames).cut(At::AfterFrames(count), how)
}

fn opening_and(up: Dialect, frame: Option<Vec<u8>>) -> Reply {
    let mut frames = up.opening();
    frames.extend(frame);
    Reply::stream(frames)
}

/// Runs a fault for pairs of dialects and reports all pairs that do not hold.
fn run(
    pairs: impl Iterator<Item = (Dialect, Dialect)>,
    fault: impl Fn(Dialect) -> Reply,
    expect: impl Fn(Dialect, Dialect, &[String]) -> Result<(), String>,
) {
    let four = Four::start();
    let problems: Vec<String> = pairs
        .filter_map(|(client, up)| {
            four.script(up, fault(up));
            let mut stream = four.open(client, up, &json!({}));
            let frames = stream.rest_texts();
            let held = if stream.status() == 200 {
                expect(client, up, &frames)
            } else {
                Err(format!("status {}", stream.status()))
            };
            held.err().map(|problem| format!("{client:?} to {up:?}: {problem}\n  {}", frames.join("\n  ")))
        })
        .collect();
    assert!(problems.is_empty(), "{} pairs do not hold:\n{}", problems.len(), problems.join("\n"));
}

/// What came before stands, and the end says that this is not all, in these words.
fn honest(client: Dialect, up: Dialect, frames: &[String], message: &str) -> Result<(), String> {
    let text = client.streamed_text(frames);
    if text != "po " {
        return Err(format!("the text before the failure is {text:?}"));
    }
    let told = client.failure(frames, client == up)?;
    if !told.message.contains(message) || told.kind.is_empty() {
        return Err(format!("{told:?}, not {message:?}"));
    }
    if client == Responses && client != up {
        every_item_is_closed(frames)?;
    }
    Ok(())
}

/// 03-B31: on failure open items are closed as incomplete first.
fn every_item_is_closed(frames: &[String]) -> Result<(), String> {
    let events: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    let (added, done) = (of("response.output_item.added"), of("response.output_item.done"));
    if added.len() != done.len() || done.iter().any(|event| event["item"]["status"] != "incomplete") {
        return Err(format!("{} items were added, these were closed: {done:?}", added.len()));
    }
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    if numbers != (0..events.len() as u64).collect::<Vec<_>>() {
        return Err(format!("the events are numbered {numbers:?}"));
    }
    Ok(())
}

#[test]
fn a_reset_in_mid_stream_is_told() {
    run(
        pairs(),
        |up| cut(up, Cut::Reset),
        |client, up, frames| honest(client, up, frames, "upstream stream interrupted"),
    );
}

#[test]
fn a_close_in_mid_stream_is_told() {
    run(
        pairs(),
        |up| cut(up, Cut::Close),
        |client, up, frames| honest(client, up, frames, "upstream stream interrupted"),
    );
}

#[test]
fn an_error_event_is_told_in_the_dialect_of_the_caller() {
    run(
        foreign_pairs(),
        |up| opening_and(up, Some(up.error_event())),
        |client, up, frames| honest(client, up, frames, "busy now"),
    );
}

#[test]
fn a_malformed_frame_is_told() {
    // Case 3-22 as ours; the rest of the stream, however good, does not make it whole again.
    let fault = |up: Dialect| {
        let mut frames = up.opening();
        frames.push(MALFORMED.to_vec());
        frames.extend(up.opening());
        Reply::stream(frames)
    };
    run(foreign_pairs(), fault, |client, up, frames| {
        honest(client, up, frames, "upstream stream interrupted")
    });
}

#[test]
fn an_end_without_the_dialects_own_end_is_told() {
    run(
        foreign_pairs(),
        |up| opening_and(up, None),
        |client, up, frames| honest(client, up, frames, "upstream stream interrupted"),
    );
}

#[test]
fn an_error_event_of_the_same_dialect_is_relayed_as_it_came() {
    // `DESIGN.md` idea 2: the same bytes, and nothing that makes them look whole.
    let same = || pairs().filter(|(client, up)| client == up);
    run(
        same(),
        |up| opening_and(up, Some(up.error_event())),
        |client, up, frames| {
            let event = String::from_utf8_lossy(&up.error_event()).trim().to_owned();
            if !frames.contains(&event) {
                return Err("the event is not there as it came".to_owned());
            }
            if client.looks_whole(frames) { Err("it looks whole".to_owned()) } else { Ok(()) }
        },
    );
}

#[test]
fn a_stream_of_the_same_dialect_that_ends_too_early_does_not_look_whole() {
    let same = || pairs().filter(|(client, up)| client == up);
    run(
        same(),
        |up| opening_and(up, None),
        |client, _, frames| {
            let text = client.streamed_text(frames);
            if client.looks_whole(frames) || frames.contains(&"data: [DONE]".to_owned()) || text != "po " {
                return Err("it looks whole".to_owned());
            }
            Ok(())
        },
    );
}

#[test]
fn what_a_cut_or_failed_answer_cost_is_on_record() {
    // 04-B7: usage counts on `incomplete` and `failed` too, for a client of either dialect, whole and streamed.
    let four = Four::start();
    for (number, status) in ["incomplete", "failed"].into_iter().enumerate() {
        let mut body = responses::body(&[responses::message_item("msg_0up", "half")], status);
        if status == "failed" {
            body["error"] = json!({"code": "server_error", "message": "busy now"});
        }
        let created = responses::frames(&[], "completed").into_iter().take(1);
        let end = json!({"type": format!("response.{status}"), "sequence_number": 9, "response": body});
        let end = format!("event: response.{status}\ndata: {end}\n\n").into_bytes();
        four.script(Responses, Reply::stream(created.chain([end])));
        for client in [Responses, Dialect::Messages, Dialect::Chat] {
            for streams in [false, true] {
                let id = format!("cost-{number}-{client:?}-{streams}");
                let request =
                    four.request(client, Responses, streams, &json!({})).header("X-Request-ID", &id);
                request.send();
                let line = four.gateway.wait_for_log(&[&id, "REQUEST"]);
                let line: Value = serde_json::from_str(&line).expect("JSON");
                assert_eq!(
                    (&line["input_tokens"], &line["output_tokens"]),
                    (&json!(120), &json!(12)),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn silence_in_mid_stream_ends_with_the_timeouts_code() {
    // 01-B2, B17.
    let four = Four::with(|builder| builder.env("HTTP_STREAM_IDLE_TIMEOUT", "300ms"));
    for (client, up) in pairs() {
        four.script(up, cut(up, Cut::Silence));
        let frames = four.open(client, up, &json!({})).rest_texts();
        let failure = client.failure(&frames, client == up);
        assert!(failure.is_ok(), "{client:?} to {up:?}: {failure:?} {frames:?}");
        let all = frames.concat();
        assert!(!all.contains("stream_interrupted"), "{client:?} to {up:?}: {all}");
    }
}

#[test]
fn an_idle_stream_is_kept_alive_in_the_dialect_of_the_caller() {
    // 01-B2; 04-B25: Messages has its own `ping`.
    let four = Four::with(|builder| builder.env("SSE_KEEPALIVE_INTERVAL", "50ms"));
    for (client, up) in pairs() {
        let gate = blackbox::Gate::new();
        let frames = up.opening();
        let count = frames.len();
        four.script(up, Reply::stream(frames).gate(count, &gate));
        let mut stream = four.open(client, up, &json!({}));
        let sign = if client == Dialect::Messages { "event: ping" } else { ": keep-alive" };
        let mut seen_text = String::new();
        loop {
            let frame = stream.next_text();
            assert!(!frame.is_empty(), "{client:?} to {up:?}: the stream ended");
            seen_text += &client.streamed_text(std::slice::from_ref(&frame));
            if frame.starts_with(sign) && seen_text == "po " {
                break;
            }
        }
        gate.open();
        stream.rest();
    }
}
