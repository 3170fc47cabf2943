//! What odd upstreams send and what a translation must do with it, for every pair of dialects: framing (spec 01 §9.2), arguments
//! byte for byte (03-B33), huge frames (B34), calls without ids (B18), the upstream's own types of errors (B6).

use blackbox::{Reply, anthropic, gemini, openai, responses};
use serde_json::{Value, json};

use crate::dialects::{
    ALL, Chat, Dialect, Four, Gemini, Messages, Responses, foreign_pairs, frame_data, pairs,
};

/// Arguments as nobody would write them: spaces, an order of their own, digits beyond a float, escapes, a key that is escaped.
const ARGUMENTS: &str =
    r#"{ "z" : 1.10, "a":12345678901234567890,"\u00e9":"\ud83d\ude00\/\n", "n":[ ],"e":1E+2 }"#;

/// A frame with a piece of raw JSON in the place of `"@@"`.
fn with_raw(value: &Value) -> Vec<u8> {
    value.to_string().replace("\"@@\"", ARGUMENTS).into_bytes()
}

/// An answer that calls `f` with the odd arguments.
fn calls(up: Dialect, streams: bool) -> Reply {
    let object = json!("@@");
    let reply = |body: Vec<u8>| Reply::status(200).header("content-type", "application/json").body(body);
    match up {
        Chat => {
            let message = json!({"role": "assistant", "content": null,
                "tool_calls": [openai::tool_call("c1", "f", ARGUMENTS)]});
            if streams {
                return Reply::stream(openai::frames_of(&openai::deltas(&message), "tool_calls", true));
            }
            Reply::json(&openai::completion_of(&message, "tool_calls"))
        }
        Responses => responses::answer_stream(&[responses::function_call("fc_1", "c1", "f", ARGUMENTS)]),
        Messages if streams => {
            let mut frames = vec![
                anthropic::message_start(),
                anthropic::block_start(0, &anthropic::tool_use("c1", "f", &json!({}))),
            ];
            let (one, other) = ARGUMENTS.split_at(33);
            for piece in [one, other] {
                let delta = json!({"type": "input_json_delta", "partial_json": piece});
                frames.push(anthropic::delta(0, &delta));
            }
            frames.push(anthropic::block_stop(0));
            frames.extend(anthropic::message_end("tool_use"));
            Reply::stream(frames)
        }
        Messages => reply(with_raw(&anthropic::body(&[anthropic::tool_use("c1", "f", &object)], "tool_use"))),
        Gemini => {
            let body = with_raw(&gemini::body(&[gemini::call_with_id("c1", "f", &object)], "STOP"));
            if streams { Reply::stream([[b"data: ", &body[..], b"\n\n"].concat()]) } else { reply(body) }
        }
    }
}

/// The arguments of a streamed call as a client of text arguments puts them together; of the others, the whole body.
fn streamed_arguments(client: Dialect, frames: &[String]) -> String {
    let events = frames.iter().filter_map(|frame| frame_data(frame));
    let piece = |event: &Value| -> Option<String> {
        let piece = match client {
            Chat => &event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"],
            Responses if event["type"] == "response.function_call_arguments.delta" => &event["delta"],
            Messages => &event["delta"]["partial_json"],
            Responses | Gemini => &Value::Null,
        };
        piece.as_str().map(str::to_owned)
    };
    if client == Gemini { frames.concat() } else { events.filter_map(|event| piece(&event)).collect() }
}

#[test]
fn arguments_of_a_call_come_through_byte_for_byte() {
    // 03-B33.
    let four = Four::start();
    let mut problems = Vec::new();
    for (client, up) in foreign_pairs() {
        four.script(up, calls(up, false));
        let whole = four.call(client, up, &json!({})).expect_status(200);
        let body = whole.json();
        let found = match client {
            Chat => body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].clone(),
            Responses => body["output"][0]["arguments"].clone(),
            Messages | Gemini => json!(whole.text()),
        };
        four.script(up, calls(up, true));
        let frames = four.open(client, up, &json!({})).rest_texts();
        let streamed = streamed_arguments(client, &frames);
        for found in [found.as_str().unwrap_or_default(), &streamed] {
            let holds = if matches!(client, Chat | Responses) {
                found == ARGUMENTS
            } else {
                found.contains(ARGUMENTS)
            };
            if !(holds || client == Messages && found == ARGUMENTS) {
                problems.push(format!("{client:?} to {up:?}: {found}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A stream in another framing.
fn framings(frames: &[Vec<u8>]) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let text = String::from_utf8(frames.concat()).expect("text");
    let crlf = text.replace('\n', "\r\n");
    let commented = text.replace("data: ", ": said on the way\nid: 7\nretry: 10\ndata: ");
    let cut = |text: &str, size: usize| text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
    vec![
        ("bytes", cut(&text, 1)),
        ("sevens", cut(&text, 7)),
        ("one piece", vec![text.clone().into_bytes()]),
        ("crlf", cut(&crlf, 5)),
        ("lone cr", cut(&text.replace('\n', "\r"), 64)),
        ("byte order mark", vec![format!("\u{feff}{text}").into_bytes()]),
        ("no space", vec![text.replace("data: ", "data:").into_bytes()]),
        ("comments", vec![format!(": hello\n\n\n{commented}").into_bytes()]),
        ("several data lines", vec![text.replace(",\"", ",\ndata: \"").into_bytes()]),
        ("no last blank line", vec![text.trim_end().as_bytes().to_vec()]),
    ]
}

#[test]
fn a_stream_is_read_in_every_framing_that_the_standard_allows() {
    // 01 §9.2, 03-B31; surrogates of one character are never parted.
    let four = Four::start();
    let text = "Grüße \u{1f600} \"q\" \\ \u{2028}";
    let mut problems = Vec::new();
    for (client, up) in foreign_pairs() {
        let frames = match up {
            Chat => openai::frames_of(&openai::deltas(&json!({"content": text})), "stop", true),
            Responses => responses::frames(&[responses::message_item("msg_0up", text)], "completed"),
            Messages => anthropic::frames(&[anthropic::text(text)], "end_turn"),
            Gemini => gemini::frames(&[gemini::text(text)], "STOP"),
        };
        for (name, pieces) in framings(&frames) {
            four.script(up, Reply::status(200).header("content-type", "text/event-stream").chunked(pieces));
            let answered = four.open(client, up, &json!({})).rest_texts();
            if client.streamed_text(&answered) != text || !client.looks_whole(&answered) {
                problems.push(format!("{client:?} to {up:?}, {name}: {answered:?}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_frame_of_thirty_three_mebibytes_passes_and_one_beyond_the_limit_fails_loudly() {
    // 03-B34: inline images are large; the limit can be set.
    let four = Four::with(|builder| builder.env("HTTP_MAX_FRAME_SIZE", "34M"));
    let sent = |mebibytes: usize| {
        let delta = json!({"content": "x".repeat(mebibytes << 20)});
        let frames = [openai::chunk(&delta, None), openai::chunk(&json!({}), Some("stop"))];
        let done = b"data: [DONE]\n\n".to_vec();
        four.script(Chat, Reply::stream(frames.iter().map(openai::frame).chain([done])));
        four.open(Messages, Chat, &json!({})).rest_texts()
    };
    let frames = sent(33);
    let length = Messages.streamed_text(&frames).len();
    assert!(Messages.looks_whole(&frames), "{} frames with {length} bytes of text", frames.len());
    assert_eq!(length, 33 << 20);
    let told = Messages.failure(&sent(35), false).expect("a failure");
    assert_eq!(told.message, "upstream stream interrupted");
}

#[test]
fn calls_without_ids_get_ids_that_differ_from_turn_to_turn() {
    // 03-B18, §13.6: some servers of chat name none.
    let four = Four::start();
    let mut ids = Vec::new();
    for turn in 0..2 {
        let call = |index: usize| json!({"index": index, "type": "function", "function": {"name": "f", "arguments": "{}"}});
        let message = json!({"role": "assistant", "content": null, "tool_calls": [call(0), call(1)]});
        let mut body = openai::completion_of(&message, "tool_calls");
        body["id"] = json!(format!("chatcmpl-{turn}"));
        four.script(Chat, Reply::json(&body));
        let content = four.call(Messages, Chat, &json!({})).expect_status(200).json()["content"].clone();
        let of_turn = content.as_array().into_iter().flatten().filter_map(|block| block["id"].as_str());
        ids.extend(of_turn.map(str::to_owned));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
}

#[test]
fn an_upstreams_own_type_is_the_code_where_it_tells_no_better_one() {
    // 03-B6, and the array form of Google.
    let four = Four::start();
    let google = json!([gemini::error_body(429, "RESOURCE_EXHAUSTED", "later")]);
    for (up, reply, status, code) in [
        (Messages, anthropic::error(529, "overloaded_error", "later"), 529, "overloaded_error"),
        (Messages, anthropic::error(500, "api_error", "later"), 500, "api_error"),
        (
            Chat,
            Reply::status(500).body(r#"{"error":{"type":"server_error","message":"later"}}"#),
            500,
            "server_error",
        ),
        (Gemini, Reply::status(429).body(google.to_string()), 429, "RESOURCE_EXHAUSTED"),
        (Gemini, gemini::error(503, "UNAVAILABLE", "later"), 503, "UNAVAILABLE"),
    ] {
        four.script(up, reply);
        for client in [Chat, Responses].into_iter().filter(|client| *client != up) {
            for answer in
                [four.call(client, up, &json!({})), four.request(client, up, true, &json!({})).send()]
            {
                let error = answer.error(status);
                assert_eq!(
                    (error.message.as_str(), error.code.as_deref()),
                    ("later", Some(code)),
                    "{client:?} to {up:?}"
                );
            }
        }
    }
    four.script(Messages, anthropic::error(400, "invalid_request_error", "no"));
    assert_eq!(four.call(Chat, Messages, &json!({})).error(400).code, None);
}

#[test]
fn tokens_and_calls_are_counted_once_under_the_endpoint_of_the_caller() {
    // 03 §17.8, 03-B14: whatever the upstream speaks.
    let four = Four::start();
    let (mut input, mut output) = (0, 0);
    for (client, up) in pairs() {
        four.script(up, up.says("hi"));
        let (read, written) = client.tokens(&four.call(client, up, &json!({})).expect_status(200).json());
        four.script(up, up.streams("hi"));
        four.open(client, up, &json!({})).rest();
        (input, output) = (input + 2 * read, output + 2 * written);
    }
    let metrics = four.gateway.metrics();
    let tokens = |kind: &str| metrics.sum("gomodel_tokens_total", &[&format!("type=\"{kind}\"")]);
    assert_eq!((tokens("input"), tokens("output")), (input as f64, output as f64), "{}", metrics.text());
    for up in ALL {
        let provider = format!("provider=\"{}\"", up.instance());
        let endpoints = [
            ("/v1/chat/completions", 2.0),
            ("/v1/responses", 2.0),
            ("/v1/messages", 2.0),
            ("/v1beta/models:generateContent", 1.0),
            ("/v1beta/models:streamGenerateContent", 1.0),
        ];
        for (endpoint, count) in endpoints {
            let labels = [&*provider, &format!("endpoint=\"{endpoint}\""), "status_code=\"200\""];
            assert_eq!(metrics.sum("gomodel_requests_total", &labels), count, "{up:?} {endpoint}");
        }
    }
}

#[test]
fn usage_that_came_before_a_failure_is_counted() {
    // 03-B7.
    let four = Four::start();
    four.script(Messages, Reply::stream([anthropic::message_start(), b"data: {broken\n\n".to_vec()]));
    for client in [Chat, Responses, Gemini, Messages] {
        let before = four.gateway.metrics().sum("gomodel_tokens_total", &["type=\"input\""]);
        four.open(client, Messages, &json!({})).rest();
        let after = four.gateway.metrics().sum("gomodel_tokens_total", &["type=\"input\""]);
        assert!(after > before, "{client:?}: {before} {after}");
    }
}

#[test]
fn no_text_no_key_and_no_signature_of_a_translated_call_is_logged() {
    // 01 §4.5.
    let four = Four::with(|builder| builder.env("LOG_LEVEL", "debug"));
    let planted = ["prompt-planted-text", "answer-planted-text", "thought-planted-text", "sig-planted-text"];
    for (client, up) in pairs() {
        for members in [json!({}), json!({"seed": 1, "x_unknown": planted[0]})] {
            let members = match client {
                Chat => {
                    json!({"messages": [{"role": "user", "content": planted[0]}], "seed": members["seed"]})
                }
                Responses => json!({"input": planted[0], "metadata": {"a": planted[0]}}),
                Messages => json!({"messages": [{"role": "user", "content": planted[0]},
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": planted[2], "signature": planted[3]},
                        {"type": "text", "text": "x"}]}, {"role": "user", "content": planted[0]}]}),
                Gemini => json!({"contents": [{"role": "user", "parts": [{"text": planted[0]}]},
                    {"role": "model", "parts": [{"text": "x", "thoughtSignature": planted[3]}]},
                    {"role": "user", "parts": [{"text": planted[0]}]}]}),
            };
            four.script(up, up.says(planted[1]));
            four.call(client, up, &members);
            four.script(up, up.streams(planted[1]));
            four.open(client, up, &members).rest();
            let mut broken = up.opening();
            broken.push(format!("data: {{\"{}\n\n", planted[1]).into_bytes());
            four.script(up, Reply::stream(broken));
            four.open(client, up, &members).rest();
        }
    }
    four.script(
        Messages,
        anthropic::answer_stream(
            &[anthropic::thinking(planted[2], planted[3]), anthropic::text("x")],
            "end_turn",
        ),
    );
    for client in ALL {
        four.open(client, Messages, &json!({})).rest();
    }
    let log = four.gateway.log();
    for text in planted {
        assert!(!log.contains(text), "{text} stands in the log");
    }
}
