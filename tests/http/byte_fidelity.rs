//! Same dialect on both sides: bytes in, the same bytes out, but for the closed list of edits (spec 01 §8.2).
//! Property: whatever unknown members, spacing, escapes and numbers a body has, and wherever it is cut on its way.

use std::fmt::Write as _;

use blackbox::{Gateway, Reply, Upstream, gateway, upstream};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

const CHAT: &str = "/v1/chat/completions";
const STAMP: &str = ",\"provider\":\"openai\"";

fn space() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n", "\t", "\r\n", "   "])
}

fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "Zß",
        "日本",
        "😀",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "/",
        "\\u0041",
        "\\ud83d\\ude00",
        "\\u00e9",
        " ",
        "{",
        "]",
        ":",
        ",",
        "data: ",
        "\\b\\f\\t",
        "\u{7f}",
        "\u{2028}",
        "model",
        "[DONE]",
    ];
    vec(select(pieces), 0..6).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn number() -> impl Strategy<Value = String> {
    let known = vec![
        "0",
        "-0",
        "1.0",
        "1e3",
        "1E+3",
        "1.50e-7",
        "1152921504606846976",
        "9007199254740993",
        "123456789012345678901234567890",
        "-0.0",
        "0.1000",
        "1e400",
    ];
    prop_oneof![select(known).prop_map(str::to_owned), any::<i64>().prop_map(|number| number.to_string())]
}

/// The text of any JSON value.
fn json_text() -> impl Strategy<Value = String> {
    let literal = select(vec!["null", "true", "false", "[]", "{}", "[ ]", "{\n}"]).prop_map(str::to_owned);
    prop_oneof![literal, number(), text()].prop_recursive(5, 40, 5, |inner| {
        let item = (space(), inner, space())
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"))
            .boxed();
        let member = (space(), text(), space(), item.clone());
        let member = member.prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
        prop_oneof![
            vec(item, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// A top-level member that the gateway does not know.
fn unknown_member() -> impl Strategy<Value = String> {
    (space(), "x_[a-z]{1,6}", space(), space(), json_text(), space())
        .prop_map(|(a, key, b, c, value, d)| format!("{a}\"{key}\"{b}:{c}{value}{d}"))
}

/// An object of unknown members with one known member at any place.
fn object_with(known: &'static str) -> impl Strategy<Value = String> {
    (vec(unknown_member(), 0..6), any::<Index>(), space(), space()).prop_map(
        move |(mut members, at, before, after)| {
            members.insert(at.index(members.len() + 1), known.to_owned());
            format!("{before}{{{}}}{after}", members.join(","))
        },
    )
}

/// Cuts bytes anywhere.
fn cut(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.dedup();
    places.windows(2).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

fn bench() -> (Upstream, Gateway) {
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).start();
    (upstream, gateway)
}

fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_request_reaches_the_upstream_unchanged_but_for_its_model() {
    let (upstream, gateway) = bench();
    let member = r#" "model" : "openai/gpt-4o" ,"messages":[ {"role":"user", "content":"é" , "x":1.0} ]"#;
    check(&(object_with(member), vec(any::<Index>(), 0..6)), |(body, cuts)| {
        let request = gateway.request("POST", CHAT).chunked(cut(body.as_bytes(), &cuts));
        let answer = request.send();
        prop_assert_eq!(answer.status(), 200, "{}", answer.text());
        let expected = body.replacen("\"openai/gpt-4o\"", "\"gpt-4o\"", 1);
        let sent = upstream.chats().pop().expect("a call").text();
        prop_assert_eq!(sent, expected);
        Ok(())
    });
}

#[test]
fn a_streams_request_gains_only_its_usage_option() {
    let (upstream, gateway) = bench();
    let member = r#""stream" :true, "model":"gpt-4o""#;
    check(&object_with(member), |body| {
        gateway.request("POST", CHAT).body(body.clone()).open().rest();
        let sent = upstream.chats().pop().expect("a call").text();
        let compact: String = sent.replace(",\"stream_options\":{\"include_usage\":true}", "");
        prop_assert!(compact == body, "sent {sent}\nfor  {body}");
        Ok(())
    });
}

#[test]
fn a_whole_answer_comes_back_unchanged_but_for_its_provider() {
    let (upstream, gateway) = bench();
    let member =
        r#""model": "gpt-4o-2024" , "choices":[{"index":0,"message":{"content":null},"finish_reason":null}]"#;
    check(&(object_with(member), vec(any::<Index>(), 0..6)), |(body, cuts)| {
        upstream.on(CHAT, [Reply::status(200).chunked(cut(body.as_bytes(), &cuts))]);
        let answer = gateway.chat("gpt-4o");
        prop_assert_eq!(answer.status(), 200, "{}", answer.text());
        let text = answer.text();
        prop_assert_eq!(text.matches(STAMP).count(), 1, "{}", text);
        let unstamped = text.replacen(STAMP, "", 1);
        prop_assert_eq!(unstamped.trim(), body.trim());
        Ok(())
    });
}

#[test]
fn every_frame_of_a_stream_comes_back_unchanged() {
    let (upstream, gateway) = bench();
    let members = object_with(r#""choices" :[ {"index":0, "delta":{"content":"x"} ,"finish_reason":null} ]"#);
    let frame = (
        members,
        select(vec!["data: ", "data:", "event: x\ndata: ", ": note\n\ndata: "]),
        select(vec!["\n\n", "\r\n\r\n"]),
    );
    let frames = vec(frame, 1..6);
    check(&(frames, vec(any::<Index>(), 0..8), any::<bool>()), |(frames, cuts, asked)| {
        let mut wire = String::new();
        for (json, prefix, end) in frames {
            let line = json.replace(['\n', '\r'], " ");
            write!(wire, "{prefix}{line}{end}").expect("text");
        }
        wire += "data: [DONE]\n\n";
        let reply = Reply::status(200).header("content-type", "text/event-stream");
        upstream.on(CHAT, [reply.chunked(cut(wire.as_bytes(), &cuts))]);
        let options = if asked { r#","stream_options":{"include_usage":true}"# } else { "" };
        let body = format!(r#"{{"model":"gpt-4o","stream":true{options}}}"#);
        let mut stream = gateway.request("POST", CHAT).body(body).open();
        let bytes = String::from_utf8(stream.rest()).expect("text");
        prop_assert_eq!(bytes, wire);
        prop_assert!(stream.ended_whole());
        Ok(())
    });
}

#[test]
fn an_embeddings_call_keeps_its_bytes_in_both_directions() {
    let upstream = upstream().models(&["e"]).start();
    let gateway = gateway().provider("openai", &upstream).start();
    let both = (
        object_with(r#""model":"e", "input" : [ 1 , 2 ]"#),
        object_with(r#""model":"e","data":[{"index":0,"embedding":[0.10,-0.0,1e-7]}]"#),
    );
    check(&both, |(request, reply)| {
        upstream.on("/v1/embeddings", [Reply::status(200).body(reply.clone())]);
        let answer = gateway.request("POST", "/v1/embeddings").body(request.clone()).send();
        prop_assert_eq!(answer.status(), 200, "{}", answer.text());
        prop_assert_eq!(upstream.requests_to("/v1/embeddings").pop().expect("a call").text(), request);
        let unstamped = answer.text().replacen(STAMP, "", 1);
        prop_assert_eq!(unstamped.trim(), reply.trim());
        Ok(())
    });
}
