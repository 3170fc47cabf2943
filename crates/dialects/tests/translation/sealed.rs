//! Reasoning state of any issuer, through any client: what an answer hands out comes back in the next request, untouched and in its
//! place, whether the answer came whole or as a stream.

use dialects::conversation::{
    Choice, Content, Issuer, Json, OpaqueState, Part, Reasoning, Request, Response, Stop, StopReason, Text,
    ToolCall, ToolCallKind, fold,
};
use dialects::json::RawObject;
use dialects::translate::{decode_request, encode_response};
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::Dialect;

use crate::answers::{events_of, stream_of};
use crate::words::{base64, few, frames, rendering, scan, text};

/// An answer that thinks, then calls.
fn thinking_answer(reasoning: Reasoning) -> Response {
    let call = ToolCall {
        id: "call_1".into(),
        name: "f".into(),
        arguments: r#"{"a":1}"#.into(),
        kind: ToolCallKind::Function,
        namespace: None,
        item_id: None,
    };
    let parts = vec![Part::new(Content::Reasoning(reasoning)), Part::new(Content::ToolCall(call))];
    let choices = vec![Choice { parts, stop: Some(Stop::new(StopReason::ToolCalls)) }];
    Response { id: "id1".into(), model: "m1".into(), choices, ..Response::default() }
}

/// The next request of a client that returns what it got: the answer as it stands, and the tool's result.
fn next_request(client: Dialect, answer: &RawObject) -> Request {
    let member =
        |value: &RawObject, key: &str| Json::of(value.get(key).unwrap_or_else(|| panic!("no {key}")));
    let first = |list: &Json, key: &str| {
        let wrapped = list.wrapped().expect("a list");
        let first = wrapped.get("v").and_then(|list| list.elements().next()).expect("an element");
        Json::of(first.get(key).expect("its member"))
    };
    let body = match client {
        Dialect::OpenAiChat => {
            let message = first(&member(answer, "choices"), "message");
            format!(
                r#"{{"model":"m","messages":[{},{{"role":"tool","tool_call_id":"call_1","content":"r"}}]}}"#,
                message.as_str()
            )
        }
        Dialect::OpenAiResponses => {
            let output = member(answer, "output");
            let items = output.as_str().trim_start_matches('[').trim_end_matches(']').to_owned();
            format!(
                r#"{{"model":"m","input":[{items},{{"type":"function_call_output","call_id":"call_1","output":"r"}}]}}"#
            )
        }
        Dialect::AnthropicMessages => {
            let content = member(answer, "content");
            format!(
                r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"assistant","content":{}}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"call_1","content":"r"}}]}}]}}"#,
                content.as_str()
            )
        }
        Dialect::Gemini => {
            let content = first(&member(answer, "candidates"), "content");
            format!(
                r#"{{"contents":[{},{{"role":"user","parts":[{{"functionResponse":{{"id":"call_1","name":"f","response":{{"result":"r"}}}}}}]}}]}}"#,
                content.as_str()
            )
        }
    };
    decode_request(client, &scan(body.clone()))
        .unwrap_or_else(|error| panic!("{client:?}: {error:?}: {body}"))
}

/// The thoughts of a request up to its call, in order.
fn thoughts_before_the_call(request: &Request) -> Vec<&Reasoning> {
    let parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let before = parts.take_while(|part| !matches!(part.content, Content::ToolCall(_)));
    before
        .filter_map(
            |part| if let Content::Reasoning(reasoning) = &part.content { Some(reasoning) } else { None },
        )
        .collect()
}

fn reasoning() -> impl Strategy<Value = Reasoning> {
    let issuer = select(vec![Issuer::Anthropic, Issuer::Google, Issuer::OpenAi]);
    (issuer, text(), base64(), any::<bool>(), any::<bool>()).prop_map(
        |(issuer, text, bytes, is_hidden, is_redacted)| {
            let is_redacted = is_redacted && issuer == Issuer::Anthropic;
            Reasoning {
                text: if is_hidden || is_redacted { Text::new() } else { text },
                is_summary: issuer == Issuer::OpenAi && !is_hidden,
                is_redacted,
                id: (issuer == Issuer::OpenAi).then(|| "rs_1".into()),
                state: Some(OpaqueState { issuer, bytes }),
            }
        },
    )
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn state_comes_back_through_every_client(reasoning in reasoning()) {
        for client in Dialect::ALL {
            let answer = thinking_answer(reasoning.clone());
            let whole = scan(encode_response(client, &answer, &mut rendering()));
            // A client of a stream has, at its end, what it would have got whole.
            let streamed = fold(events_of(client, &frames(stream_of(client, answer))));
            let streamed = scan(encode_response(client, &streamed, &mut rendering()));
            for (way, got) in [("whole", whole), ("streamed", streamed)] {
                let request = next_request(client, &got);
                let thoughts = thoughts_before_the_call(&request);
                let shown = String::from_utf8_lossy(got.body()).into_owned();
                let back: Vec<_> = thoughts.iter().filter(|thought| thought.state.is_some()).collect();
                prop_assert_eq!(back.len(), 1, "{:?} {}: {:?} from {}", client, way, thoughts, shown);
                prop_assert_eq!(&back[0].state, &reasoning.state, "{:?} {}", client, way);
                prop_assert_eq!(back[0].is_redacted, reasoning.is_redacted, "{:?} {}", client, way);
                let said: String = thoughts.iter().map(|thought| &*thought.text).collect();
                prop_assert_eq!(&said, &*reasoning.text, "{:?} {}: {:?} from {}", client, way, thoughts, shown);
            }
        }
    }
}
