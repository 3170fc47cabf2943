//! Streams that clients read: the full lifecycle, in every order of parts (acceptance 03 §15 57, 58; 04 §15 16 to 19).

use vocabulary::{ApiError, Dialect, ErrorType, Usage};

use super::rendering;
use crate::conversation::{
    Annotation, Content, Delta, Event, Foreign, Ids, Issuer, Json, Logprob, Media, MediaSource, OpaqueState,
    Part, Place, Reasoning, Started, Stop, StopReason, ToolCall, ToolCallKind, fold,
};
use crate::json::RawObject;
use crate::openai_responses::{StreamDecoder, StreamEncoder, encode_response};
use crate::sse::FrameSplitter;
use crate::translate::Rendering;

const LEAN: &str = r#"{"model":"m","input":"hi"}"#;

fn started() -> Event {
    Event::Started(Started { id: "up_1".into(), model: "m-1".into(), created: Some(7) })
}

fn begin(part: u32, content: impl Into<Part>) -> Event {
    Event::PartStarted { at: Place { choice: 0, part }, part: Box::new(content.into()) }
}

fn delta(part: u32, delta: Delta) -> Event {
    Event::Delta { at: Place { choice: 0, part }, delta }
}

fn more(part: u32, text: &'static str) -> Event {
    delta(part, Delta::Text(text.into()))
}

fn end(part: u32) -> Event {
    Event::PartFinished { at: Place { choice: 0, part } }
}

fn finished(reason: StopReason) -> Event {
    Event::Finished { choice: 0, stop: Stop::new(reason) }
}

fn call(id: &'static str, name: &'static str, kind: ToolCallKind) -> Content {
    let (id, name) = (id.into(), name.into());
    Content::ToolCall(ToolCall { id, name, arguments: "".into(), kind, namespace: None, item_id: None })
}

fn thought(is_summary: bool) -> Content {
    Content::Reasoning(Reasoning { is_summary, ..Reasoning::default() })
}

fn usage() -> Event {
    Event::Usage(Usage {
        input_tokens: 5,
        output_tokens: 9,
        total_tokens: 14,
        cached_input_tokens: 2,
        reasoning_tokens: 1,
        ..Usage::default()
    })
}

fn stream(request: &str, events: Vec<Event>) -> String {
    let mut encoder = StreamEncoder::new(rendering(request));
    let mut out = Vec::new();
    events.into_iter().for_each(|event| encoder.encode(event, &mut out));
    encoder.finish(&mut out);
    encoder.finish(&mut out);
    String::from_utf8(out).unwrap()
}

/// The data of each frame, or `[DONE]`.
fn data(stream: &str) -> Vec<&str> {
    stream
        .split("\n\n")
        .filter(|frame| !frame.is_empty())
        .map(|frame| frame.split_once("data: ").unwrap().1)
        .collect()
}

/// The names of the events, each with the index of its item.
fn names(stream: &str) -> Vec<String> {
    data(stream)
        .into_iter()
        .map(|data| match RawObject::scan(data.to_owned().into()) {
            Ok(event) => {
                let name = event.get("type").unwrap().as_text().unwrap();
                let index = event.get("output_index").map(|index| format!(" {}", index.raw()));
                name.trim_start_matches("response.").to_owned() + &index.unwrap_or_default()
            }
            Err(_) => data.to_owned(),
        })
        .collect()
}

#[test]
fn reasoning_text_and_two_calls() {
    let text = stream(
        LEAN,
        vec![
            started(),
            begin(0, thought(false)),
            more(0, "Need "),
            more(0, "a tool."),
            end(0),
            begin(1, Part::text("")),
            more(1, "Checking."),
            end(1),
            begin(2, call("call_1", "f", ToolCallKind::Function)),
            more(2, "{\"a\""),
            // The second call begins before the first one is over.
            begin(3, call("call_2", "g", ToolCallKind::Function)),
            more(2, ":1}"),
            end(2),
            end(3),
            usage(),
            finished(StopReason::ToolCalls),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn every_item_that_is_added_is_done_and_numbers_have_no_gaps() {
    let text = stream(
        LEAN,
        vec![
            started(),
            begin(0, call("c1", "f", ToolCallKind::Function)),
            more(0, "{}"),
            end(0),
            begin(1, Part::text("after")),
            end(1),
            begin(2, thought(true)),
            more(2, "late"),
            end(2),
            begin(3, call("c2", "p", ToolCallKind::Custom)),
            more(3, "a\nb"),
            end(3),
            begin(4, Content::Refusal("no".into())),
            end(4),
            finished(StopReason::ToolCalls),
        ],
    );
    let expected = [
        "created",
        "in_progress",
        "output_item.added 0",
        "function_call_arguments.delta 0",
        "function_call_arguments.done 0",
        "output_item.done 0",
        "output_item.added 1",
        "content_part.added 1",
        "output_text.delta 1",
        "output_text.done 1",
        "content_part.done 1",
        "output_item.done 1",
        "output_item.added 2",
        "reasoning_summary_part.added 2",
        "reasoning_summary_text.delta 2",
        "reasoning_summary_text.done 2",
        "reasoning_summary_part.done 2",
        "output_item.done 2",
        "output_item.added 3",
        "custom_tool_call_input.delta 3",
        "custom_tool_call_input.done 3",
        "output_item.done 3",
        "output_item.added 4",
        "content_part.added 4",
        "refusal.delta 4",
        "refusal.done 4",
        "content_part.done 4",
        "output_item.done 4",
        "completed",
        "[DONE]",
    ];
    assert_eq!(names(&text), expected);
    for (index, data) in data(&text).into_iter().filter(|data| *data != "[DONE]").enumerate() {
        let event = RawObject::scan(data.to_owned().into()).unwrap();
        assert_eq!(event.get("sequence_number").unwrap().as_u64(), Some(index as u64));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn annotations_and_log_probabilities_have_their_events() {
    let token =
        Logprob { token: "Hi".into(), logprob: Json::constant("-0.50"), bytes: None, top: Vec::new() };
    let token = Logprob { top: vec![token.clone()], ..token };
    let cited = Annotation { url: "https://x".into(), title: Some("X".into()), ..Annotation::default() };
    let raw = Foreign {
        dialect: Dialect::OpenAiResponses,
        raw: Json::constant(r#"{"type":"file_citation","file_id":"f"}"#),
    };
    let text = stream(
        LEAN,
        vec![
            started(),
            begin(0, Part::text("")),
            more(0, "Hi"),
            delta(0, Delta::Logprobs(vec![token])),
            delta(0, Delta::Annotation(Box::new(cited))),
            delta(0, Delta::Annotation(Box::new(Annotation { raw: Some(raw), ..Annotation::default() }))),
            delta(0, Delta::Annotation(Box::default())),
            end(0),
            finished(StopReason::End),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn encrypted_reasoning_goes_to_whoever_keeps_the_conversation() {
    let state = |issuer| Delta::State(OpaqueState { issuer, bytes: "gAAA".into() });
    let events = |issuer| {
        let reasoning = Content::Reasoning(Reasoning { id: Some("rs_up".into()), ..Reasoning::default() });
        vec![
            started(),
            begin(0, reasoning),
            delta(0, state(issuer)),
            end(0),
            begin(1, Part::text("a")),
            end(1),
            finished(StopReason::End),
        ]
    };
    let with = r#"{"model":"m","include":["reasoning.encrypted_content"],"store":true}"#;
    let native = stream(with, events(Issuer::OpenAi));
    let item = r#"{"id":"rs_up","type":"reasoning","status":"completed","summary":[],"content":[],"encrypted_content":"gAAA"}"#;
    assert!(native.contains(&format!(r#""output_index":0,"item":{item}"#)), "{native}");
    let sealed = stream(r#"{"model":"m","store":false}"#, events(Issuer::Google));
    assert!(sealed.contains(r#""encrypted_content":"Z29tb2RlbDE6"#), "{sealed}");
    let without = names(&stream(LEAN, events(Issuer::OpenAi)));
    assert_eq!(without[2], "output_item.added 0");
    assert!(!stream(LEAN, events(Issuer::OpenAi)).contains("reasoning\",\"status"));
}

#[test]
fn a_cut_answer_is_incomplete_and_so_is_its_last_item() {
    for (reason, word) in [
        (StopReason::Length, "max_output_tokens"),
        (StopReason::ContentFilter, "content_filter"),
        (StopReason::Refusal, "content_filter"),
    ] {
        let events = vec![
            started(),
            begin(0, call("c", "f", ToolCallKind::Function)),
            end(0),
            begin(1, Part::text("cut")),
            end(1),
            finished(reason),
        ];
        let text = stream(LEAN, events);
        assert!(text.contains("event: response.incomplete\n") && text.ends_with("data: [DONE]\n\n"));
        assert!(text.contains(&format!(r#""status":"incomplete","background":false,"error":null,"incomplete_details":{{"reason":"{word}"}}"#)));
        assert!(text.contains(r#""type":"message","status":"incomplete""#));
        assert!(text.contains(
            r#""type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}""#
        ));
    }
    let stop = Stop { raw: Some("cancelled".into()), ..Stop::new(StopReason::Other) };
    let text =
        stream(LEAN, vec![started(), begin(0, Part::text("a")), end(0), Event::Finished { choice: 0, stop }]);
    assert!(text.contains("event: response.incomplete\n") && text.contains(r#""status":"cancelled""#));
}

/// 03 §15 58, 04 §15 18.
#[test]
fn a_failed_answer_closes_what_is_open_and_says_so_once() {
    let error = ApiError::uncoded(502, ErrorType::Provider, "capacity exhausted");
    let text = stream(
        LEAN,
        vec![
            started(),
            begin(0, Part::text("cut")),
            Event::Failed(error.clone()),
            usage(),
            finished(StopReason::End),
        ],
    );
    let names = names(&text);
    assert_eq!(names[names.len() - 3..], ["output_item.done 0", "failed", "[DONE]"]);
    assert!(text.contains(r#""status":"failed","background":false,"error":{"code":"provider_error","message":"capacity exhausted"}"#));
    assert!(text.contains(
        r#""status":"incomplete","role":"assistant","content":[{"type":"output_text","text":"cut""#
    ));
    let alone = stream(LEAN, vec![Event::Failed(error)]);
    assert_eq!(self::names(&alone), ["created", "in_progress", "failed", "[DONE]"]);
    // An upstream that never said why it ended has not ended.
    let cut = stream(LEAN, vec![started(), begin(0, Part::text("cut"))]);
    assert!(cut.contains(r#""error":{"code":"stream_interrupted""#) && !cut.contains("response.completed"));
}

/// 04 §15 19.
#[test]
fn an_empty_answer_has_one_message_and_no_usage_that_nobody_reported() {
    let text = stream(LEAN, vec![started(), begin(0, Part::text("")), end(0), finished(StopReason::End)]);
    let expected = [
        "created",
        "in_progress",
        "output_item.added 0",
        "content_part.added 0",
        "output_text.done 0",
        "content_part.done 0",
        "output_item.done 0",
        "completed",
        "[DONE]",
    ];
    assert_eq!(names(&text), expected);
    let data = data(&text);
    assert!(!data[data.len() - 2].contains("usage"));
}

#[test]
fn what_the_client_wrote_in_lines_does_not_break_the_framing() {
    let request = "{\"model\":\"m\",\"tools\":[\n  {\"type\":\"function\",\r\n\n\"name\":\"f\"}],\"instructions\":\"a\\nb\"}";
    let image = Content::Image(Media {
        media_type: Some("image/png".into()),
        ..Media::of(MediaSource::Base64("AAAA".into()))
    });
    let item = Foreign {
        dialect: Dialect::OpenAiResponses,
        raw: Json::constant("{\"type\":\"web_search_call\",\n\"id\":\"ws_1\"}"),
    };
    let text = stream(
        request,
        vec![
            started(),
            begin(0, image),
            end(0),
            begin(1, Content::Foreign(item)),
            end(1),
            finished(StopReason::End),
        ],
    );
    let expected = [
        "created",
        "in_progress",
        "output_item.added 0",
        "output_item.done 0",
        "output_item.added 1",
        "output_item.done 1",
        "completed",
        "[DONE]",
    ];
    assert_eq!(names(&text), expected);
    assert!(text.contains(r#""type":"image_generation_call","status":"completed","result":"AAAA""#));
}

#[test]
fn a_stream_and_a_whole_answer_say_the_same() {
    let events = || {
        vec![
            started(),
            begin(0, thought(false)),
            more(0, "hm"),
            end(0),
            begin(1, Part::text("")),
            end(1),
            begin(2, Part::text("")),
            more(2, "Hi"),
            end(2),
            begin(3, call("c", "f", ToolCallKind::Function)),
            end(3),
            usage(),
            finished(StopReason::ToolCalls),
        ]
    };
    let text = stream(LEAN, events());
    let mut rendering: Rendering = rendering(LEAN);
    rendering.ids = Ids::new(1);
    let whole = String::from_utf8(encode_response(&fold(events()), &mut rendering)).unwrap();
    let data = data(&text);
    let terminal = RawObject::scan(data[data.len() - 2].to_owned().into()).unwrap();
    // The empty text has used an id in the stream: ids are left out.
    let strip = |json: &str| -> String {
        let mut out = String::new();
        let mut rest = json;
        while let Some(at) = rest.find("_") {
            let (head, tail) = rest.split_at(at + 1);
            out.push_str(head);
            let is_id = tail.len() >= 32 && tail.bytes().take(32).all(|byte| byte.is_ascii_hexdigit());
            rest = if is_id { &tail[32..] } else { tail };
        }
        out + rest
    };
    assert_eq!(strip(terminal.get("response").unwrap().raw()), strip(&whole));
}

/// What we write, we read: the events come back, in the same order.
#[test]
fn our_own_streams_are_read_without_loss() {
    let events = vec![
        started(),
        begin(0, thought(true)),
        more(0, "sum"),
        delta(0, Delta::State(OpaqueState { issuer: Issuer::OpenAi, bytes: "gAAA".into() })),
        end(0),
        begin(1, Part::text("")),
        more(1, "Hi \"there\"\n"),
        end(1),
        begin(2, call("c", "f", ToolCallKind::Function)),
        more(2, "{\"a\":1}"),
        end(2),
        usage(),
        finished(StopReason::ToolCalls),
    ];
    let text = stream(r#"{"store":false}"#, events.clone());
    let (mut decoder, mut splitter, mut read) =
        (StreamDecoder::default(), FrameSplitter::new(1 << 20), Vec::new());
    splitter.push(text.into());
    while let Some(frame) = splitter.next_frame().unwrap() {
        decoder.decode(&frame, &mut read);
    }
    decoder.finish(&mut read);
    let (mut was, mut is) = (fold(events), fold(read));
    let forget = |response: &mut crate::conversation::Response| {
        response.id = "".into();
        for part in response.choices.iter_mut().flat_map(|choice| &mut choice.parts) {
            match &mut part.content {
                Content::Reasoning(reasoning) => reasoning.id = None,
                Content::ToolCall(call) => call.item_id = None,
                _ => {}
            }
        }
    };
    forget(&mut was);
    forget(&mut is);
    assert_eq!(format!("{was:#?}"), format!("{is:#?}"));
}
