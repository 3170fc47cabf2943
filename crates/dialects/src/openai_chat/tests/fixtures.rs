//! What the stories of the conversation's side share.

use bytes::Bytes;
use vocabulary::Usage;

use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Choice, Content, Event, Ids, Issuer, OpaqueState, Part, Reasoning, Request, Response, Stop, StopReason,
    Strictness, ToolCall, ToolCallKind,
};
use crate::json::RawObject;
use crate::openai_chat::{StreamDecoder, decode_request};
use crate::translate::{Rendering, Target};

pub(super) fn scan(text: &str) -> RawObject {
    RawObject::scan(Bytes::copy_from_slice(text.as_bytes())).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn decoded(body: &str) -> Request {
    decode_request(&scan(body)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

pub(super) fn target(keeps: &[Feature]) -> Target<'_> {
    Target {
        model: "up",
        max_output_tokens: None,
        default_max_tokens: 4096,
        include_usage: false,
        strictness: Strictness::Lenient,
        keeps,
        nested_reasoning: false,
        can_stop_thinking: false,
        has_web_search: false,
    }
}

pub(super) fn rendering() -> Rendering {
    Rendering {
        model: "asked".into(),
        provider: "gemini",
        upstream: vocabulary::Dialect::Gemini,
        created: 1_780_000_000,
        ids: Ids::new(7),
        include_usage: false,
        request: None,
        estimated_input_tokens: 0,
        as_array: false,
    }
}

pub(super) fn state(issuer: Issuer, bytes: &str) -> Option<OpaqueState> {
    Some(OpaqueState { issuer, bytes: bytes.to_owned().into() })
}

pub(super) fn thoughts(text: &str, state: Option<OpaqueState>) -> Part {
    Content::Reasoning(Reasoning { text: text.to_owned().into(), state, ..Reasoning::default() }).into()
}

pub(super) fn call(id: &str, name: &str, arguments: &str) -> Part {
    call_of(ToolCallKind::Function, id, name, arguments)
}

pub(super) fn call_of(kind: ToolCallKind, id: &str, name: &str, arguments: &str) -> Part {
    let text = |text: &str| text.to_owned().into();
    Content::ToolCall(ToolCall {
        id: text(id),
        name: text(name),
        arguments: text(arguments),
        kind,
        namespace: None,
        item_id: None,
    })
    .into()
}

pub(super) fn refusal(text: &str) -> Part {
    Content::Refusal(text.to_owned().into()).into()
}

pub(super) fn choice(parts: Vec<Part>, reason: StopReason) -> Choice {
    Choice { parts, stop: Some(Stop::new(reason)) }
}

pub(super) fn response(choices: Vec<Choice>) -> Response {
    Response {
        id: "c1".into(),
        model: "m1".into(),
        created: Some(1),
        choices,
        usage: Some(Usage { input_tokens: 9, output_tokens: 2, total_tokens: 11, ..Usage::default() }),
        error: None,
    }
}

/// Whole frames to events.
pub(super) fn events_of(stream: &str) -> Vec<Event> {
    let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
    for frame in stream.split_inclusive("\n\n") {
        decoder.decode(&Bytes::copy_from_slice(frame.as_bytes()), &mut events);
    }
    decoder.finish(&mut events);
    events
}

/// Answers that chat can say in full, whole and streamed.
pub(super) fn sayable() -> Vec<(&'static str, Response)> {
    use StopReason::{ContentFilter, End, Length, ToolCalls};
    let anthropic = || state(Issuer::Anthropic, "sig+/=");
    let redacted = Content::Reasoning(Reasoning {
        is_redacted: true,
        state: state(Issuer::Anthropic, "hidden"),
        ..Reasoning::default()
    });
    let paused = Stop { raw: Some("pause_turn".into()), ..Stop::new(StopReason::Pause) };
    let met = Stop { sequence: Some("END".into()), ..Stop::new(StopReason::StopSequence) };
    let odd = Stop { raw: Some("malformed_function_call".into()), ..Stop::new(StopReason::Other) };
    let said = || vec![Part::text("Hi \u{1f600}\n")];
    vec![
        ("text", response(vec![choice(said(), End)])),
        ("nothing", response(vec![choice(vec![], Length)])),
        ("a refusal", response(vec![choice(vec![refusal("no")], ContentFilter)])),
        ("thoughts, text", response(vec![choice(vec![thoughts("hm", None), Part::text("A")], End)])),
        (
            "signed thoughts, text, calls",
            response(vec![choice(
                vec![
                    thoughts("hm", anthropic()),
                    redacted.into(),
                    Part::text("A"),
                    call("toolu_1", "f", r#"{"n":1.50}"#),
                    call("toolu_2", "g", "{}"),
                ],
                ToolCalls,
            )]),
        ),
        (
            "sealed thoughts",
            response(vec![choice(
                vec![thoughts("hm", state(Issuer::OpenAi, "enc")), call("call_1", "f", "{}")],
                ToolCalls,
            )]),
        ),
        (
            "a signature on a call, one on the next",
            response(vec![choice(
                vec![
                    thoughts("", state(Issuer::Google, "s1")),
                    call("call_1", "f", "{}"),
                    thoughts("", state(Issuer::Google, "s2")),
                    call("call_2", "g", "{}"),
                ],
                ToolCalls,
            )]),
        ),
        (
            "a signature of the message",
            response(vec![choice(vec![thoughts("hm", state(Issuer::Google, "s1")), Part::text("A")], End)]),
        ),
        (
            "a custom tool",
            response(vec![choice(vec![call_of(ToolCallKind::Custom, "c", "patch", "a\nb")], ToolCalls)]),
        ),
        (
            "two choices",
            response(vec![choice(said(), End), choice(vec![call("call_1", "f", "{}")], ToolCalls)]),
        ),
        ("a pause", response(vec![Choice { parts: said(), stop: Some(paused) }])),
        ("a stop sequence", response(vec![Choice { parts: said(), stop: Some(met) }])),
        ("an odd end", response(vec![Choice { parts: said(), stop: Some(odd) }])),
    ]
}

/// Two answers as far as a reader can tell them apart.
pub(super) fn assert_same(name: &str, left: &Response, right: &Response) {
    let shown = |response: &Response| {
        let Response { id, model, created, choices, usage, error } = response;
        format!(
            "{id} {model} {created:?} {usage:?} {:?}\n{choices:#?}",
            error.as_ref().map(ToString::to_string)
        )
    };
    assert_eq!(shown(left), shown(right), "{name}");
}
