//! Any dialect of a client to any dialect of an upstream: what every pair must do (spec 01 §§6, 9.5; 03 §1.8, B7, B14).
//! `to_anthropic.rs`, `to_gemini.rs`, `to_subscription.rs`: what a chat client's request becomes (03 §15). `losses.rs`: what
//! is refused, dropped and named. `tool_names.rs`: names that not every dialect takes. `remote_images.rs`: images at addresses.
//! `faults.rs`: streams that break. `oddities.rs`: what odd upstreams send. `media.rs`: images and
//! documents.

mod faults;
mod losses;
mod media;
mod oddities;
mod remote_images;
mod to_anthropic;
mod to_gemini;
mod to_subscription;
mod tool_names;

use std::time::{Duration, Instant};

use blackbox::{Gate, gateway};
use serde_json::json;

use crate::dialects::{ALL, Chat, Dialect, Four, Gemini, Messages, Responses, foreign_pairs, pairs};

/// 50 ms are the limit of the design; the rest is what two busy cores may add.
const AT_ONCE: Duration = Duration::from_millis(500);

#[test]
fn every_client_reads_a_whole_text_of_every_upstream() {
    let four = Four::start();
    for (client, up) in pairs() {
        four.script(up, up.says("Grüße, \u{1f600} \"you\"\n"));
        let answer = four.call(client, up, &json!({})).expect_status(200);
        let name = format!("{client:?} to {up:?}: {}", answer.text());
        assert_eq!(client.text(&answer.json()), "Grüße, \u{1f600} \"you\"\n", "{name}");
        assert_eq!(answer.header("x-gomodel-provider"), Some(up.instance()), "{name}");
        assert_eq!(answer.header("x-gomodel-model"), Some("m"), "{name}");
        // A subscription takes no limit, and a Messages client cannot leave it out.
        if (client, up) != (Messages, Responses) {
            assert_eq!(answer.header("x-gomodel-dropped"), None, "{name}");
        }
        assert!(answer.header("x-request-id").is_some(), "{name}");
    }
}

#[test]
fn every_client_reads_a_streamed_text_of_every_upstream() {
    let four = Four::start();
    for (client, up) in pairs() {
        four.script(up, up.streams("Grüße, \u{1f600} you all"));
        let mut stream = four.open(client, up, &json!({}));
        assert_eq!(stream.status(), 200, "{client:?} to {up:?}");
        let content_type = stream.header("content-type").unwrap_or_default().to_owned();
        assert!(content_type.starts_with("text/event-stream"), "{client:?} to {up:?}: {content_type}");
        let frames = stream.rest_texts();
        let name = format!("{client:?} to {up:?}: {frames:#?}");
        assert_eq!(client.streamed_text(&frames), "Grüße, \u{1f600} you all", "{name}");
        assert!(client.looks_whole(&frames) && stream.ended_whole(), "{name}");
        let done = frames.iter().filter(|frame| *frame == "data: [DONE]").count();
        assert_eq!(done, usize::from(matches!(client, Chat | Responses)), "{name}");
    }
}

#[test]
fn usage_is_the_same_sum_for_every_client() {
    // B14, 04-B24: inclusive everywhere but in Messages, where the cache stands beside the input.
    let four = Four::start();
    for (client, up) in pairs() {
        four.script(up, up.says("hi"));
        let answer = four.call(client, up, &json!({})).expect_status(200).json();
        let input = if up == Messages { 127 } else { 120 };
        assert_eq!(client.tokens(&answer), (input, 12), "{client:?} to {up:?}: {answer}");
        let usage = &answer["usage"];
        let cached = match client {
            Chat => &usage["prompt_tokens_details"]["cached_tokens"],
            Responses => &usage["input_tokens_details"]["cached_tokens"],
            Messages => &usage["cache_read_input_tokens"],
            Gemini => &answer["usageMetadata"]["cachedContentTokenCount"],
        };
        assert_eq!(*cached, 100, "{client:?} to {up:?}: {answer}");
    }
}

#[test]
fn an_error_of_an_upstream_stands_in_the_envelope_of_the_caller() {
    // 01 §6.3, 03 §17.3, 04 §12.8 and 04-B26.
    let four = Four::start();
    for (client, up) in pairs() {
        for status in [400, 401, 403, 404, 413, 429, 500, 503, 529] {
            four.script(up, up.refuses(status, "no such thing"));
            for streams in [false, true] {
                let answer = four.request(client, up, streams, &json!({})).send();
                let told = client.error(&answer, status);
                let name = format!("{client:?} to {up:?}, {status}, streamed {streams}: {}", answer.text());
                assert_eq!(told.message, "no such thing", "{name}");
                assert_eq!(told.kind, kind_of(client, status), "{name}");
                assert_eq!(answer.header("x-gomodel-error-source"), Some("upstream"), "{name}");
            }
        }
    }
}

/// The word of an error in the caller's dialect.
pub(crate) fn kind_of(client: Dialect, status: u16) -> &'static str {
    match (client, status) {
        (Chat | Responses, 401 | 403) => "authentication_error",
        (Chat | Responses, 404) => "not_found_error",
        (Chat | Responses, 429) => "rate_limit_error",
        (Chat | Responses, 400..500) => "invalid_request_error",
        (Chat | Responses, _) => "provider_error",
        (Messages, 401) => "authentication_error",
        (Messages, 402) => "billing_error",
        (Messages, 403) => "permission_error",
        (Messages, 404) => "not_found_error",
        (Messages, 413) => "request_too_large",
        (Messages, 429) => "rate_limit_error",
        (Messages, 503 | 529) => "overloaded_error",
        (Messages, 400..500) => "invalid_request_error",
        (Messages, _) => "api_error",
        (Gemini, 400) => "INVALID_ARGUMENT",
        (Gemini, 401) => "UNAUTHENTICATED",
        (Gemini, 403) => "PERMISSION_DENIED",
        (Gemini, 404) => "NOT_FOUND",
        (Gemini, 429) => "RESOURCE_EXHAUSTED",
        (Gemini, 500) => "INTERNAL",
        (Gemini, 503) => "UNAVAILABLE",
        (Gemini, _) => "UNKNOWN",
    }
}

#[test]
fn an_unknown_model_and_a_wrong_key_are_told_in_the_dialect_of_the_caller() {
    // Cases 4-1, 4-4 and 3-§17 (2), for every dialect.
    let four = Four::with(|builder| builder.master_key("mk-planted-dialects"));
    for client in ALL {
        let answer = client.request(&four.gateway, "nope", false, &json!({})).send();
        let told = client.error(&answer, 404);
        assert_eq!(told.message, "unsupported model: nope", "{client:?}");
        let refused = client.request(&four.gateway, "chat/m", false, &json!({})).bearer("wrong-key").send();
        let kind = if client == Gemini { "UNAUTHENTICATED" } else { "authentication_error" };
        assert_eq!(client.error(&refused, 401).kind, kind, "{client:?}");
    }
    for up in ALL {
        assert_eq!(four.calls(up), 0, "{up:?}");
    }
}

#[test]
fn a_body_that_is_no_json_is_told_in_the_dialect_of_the_caller() {
    // Case 4-3.
    let four = Four::start();
    for client in ALL {
        let path = client.endpoint("chat/m", false);
        for body in [r#"{"model":"m","input":}"#, "", "[]", "{} {}"] {
            let answer = four.gateway.request("POST", &path).body(body).send();
            let message = client.error(&answer, 400).message;
            assert!(message.starts_with("invalid request body"), "{client:?} {body:?}: {message}");
        }
    }
}

#[test]
fn no_client_header_and_no_gateway_credential_reaches_a_foreign_upstream() {
    // 01 §4.2.
    let four = Four::with(|builder| builder.master_key("mk-planted-headers"));
    for (client, up) in foreign_pairs() {
        four.script(up, up.says("hi"));
        let request = four.request(client, up, false, &json!({}));
        let request = request.header("x-mine", "1").header("anthropic-beta", "a").header("cookie", "c=1");
        request.send().expect_status(200);
        let seen = four.upstream(up).requests().pop().expect("a call");
        for name in ["x-mine", "anthropic-beta", "cookie"] {
            assert_eq!(seen.header(name), None, "{client:?} to {up:?}");
        }
        assert!(!format!("{:?}", seen.headers).contains("mk-planted"), "{client:?} to {up:?}");
    }
}

#[test]
fn a_client_that_leaves_closes_every_foreign_upstream() {
    // `DESIGN.md`: client gone means upstream gone.
    let four = Four::start();
    for (client, up) in foreign_pairs() {
        let gate = Gate::new();
        let frames = up.opening();
        let reply = blackbox::Reply::stream(frames.clone()).gate(frames.len(), &gate);
        four.script(up, reply);
        let before = four.upstream(up).requests_to(&up.path(true)).len();
        let mut stream = four.open(client, up, &json!({}));
        stream.next_frame();
        let left = Instant::now();
        drop(stream);
        let at = four.upstream(up).wait_for_hangup_on(&up.path(true), before);
        let late = at.saturating_duration_since(left);
        assert!(late < AT_ONCE, "{client:?} left, and {up:?} was left after {late:?}");
    }
}

#[test]
fn a_client_that_leaves_before_the_answer_closes_the_upstream_as_well() {
    // 01 §9.5 and 04 §2.8: it is on record as a client that left.
    let four = Four::start();
    for (client, up) in pairs() {
        four.script(up, up.says("never").held_before_head(&Gate::new()));
        // A subscription streams whole answers, too.
        let path = up.path(false);
        let before = four.upstream(up).requests_to(&path).len();
        let connection = {
            let id = format!("left-{client:?}-{up:?}");
            four.request(client, up, false, &json!({})).header("X-Request-ID", &id).begin()
        };
        four.upstream(up).wait_for(before + 1, &path);
        let left = Instant::now();
        drop(connection);
        let late = four.upstream(up).wait_for_hangup_on(&path, before).saturating_duration_since(left);
        assert!(late < AT_ONCE, "{client:?} left, and {up:?} was left after {late:?}");
        let line = four.gateway.wait_for_log(&[&format!("left-{client:?}-{up:?}"), "REQUEST"]);
        assert!(line.contains("client_disconnected") && line.contains("499"), "{line}");
    }
}

#[test]
fn what_failed_before_its_first_word_is_tried_again_in_every_pair() {
    // 02-B13, 07 §14.2: an error in the first event is a failed attempt.
    let four = Four::with(|builder| builder.env("RETRY_MAX_RETRIES", "1"));
    let mut problems = Vec::new();
    // A subscription is never asked twice (02 §4).
    for (client, up) in foreign_pairs().filter(|(_, up)| *up != Responses) {
        let failing = blackbox::Reply::stream([up.error_event()]);
        for streams in [false, true] {
            four.upstream(up).on(&up.path(streams), [failing.clone(), up.streams("second try")]);
        }
        let mut stream = four.open(client, up, &json!({}));
        let attempts = stream.header("x-gomodel-attempts").map(str::to_owned);
        let frames = stream.rest_texts();
        if client.streamed_text(&frames) != "second try" || attempts.as_deref() != Some("2") {
            problems.push(format!("{client:?} to {up:?}: {} {attempts:?} {frames:?}", stream.status()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn an_upstream_that_ignored_stream_is_still_streamed_to_every_client() {
    // 03 §1.5, case 2-38, for every dialect: the whole answer is replayed as events.
    let four = Four::start();
    for (client, up) in foreign_pairs().filter(|(_, up)| *up != Responses) {
        four.script(up, up.says("all at once"));
        let frames = four.open(client, up, &json!({})).rest_texts();
        assert_eq!(client.streamed_text(&frames), "all at once", "{client:?} to {up:?}: {frames:?}");
        assert!(client.looks_whole(&frames), "{client:?} to {up:?}: {frames:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_an_invalid_response_in_every_pair() {
    let four = Four::start();
    for (client, up) in foreign_pairs().filter(|(_, up)| *up != Responses) {
        for body in ["not json", "", "[]", "{\"id\":"] {
            four.script(up, blackbox::Reply::status(200).body(body));
            let answer = four.call(client, up, &json!({}));
            let told = client.error(&answer, 502);
            assert_eq!(told.message, "invalid upstream response", "{client:?} to {up:?}, {body:?}");
        }
    }
}

#[test]
fn a_route_without_a_provider_that_listens_is_an_honest_error() {
    let closed = blackbox::Provider::new("messages")
        .kind("anthropic")
        .base_url(&blackbox::upstream::refusing_base_url())
        .yaml("models: [m]");
    let gateway = gateway().with(closed).env("RETRY_MAX_RETRIES", "0").start();
    for client in ALL {
        let answer = client.request(&gateway, "messages/m", false, &json!({})).send();
        assert_eq!(client.error(&answer, 502).message, "upstream connection failed", "{client:?}");
    }
}
