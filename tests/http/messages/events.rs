//! The stream of a translated message (04 §12.6, B24, B25).

use blackbox::{Reply, openai, upstream};
use serde_json::{Value, json};

use crate::dialects::{Messages, frame_data};
use crate::setup::one;

/// The events that a client gets for these deltas of a chat upstream.
fn events(deltas: &[Value], finish_reason: &str) -> Vec<Value> {
    let upstream = upstream().chat([Reply::stream(openai::frames_of(deltas, finish_reason, true))]).start();
    let frames = Messages.request(&one(&upstream), "gpt-4o", true, &json!({})).open().rest_texts();
    let events: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    for (frame, event) in frames.iter().zip(&events) {
        let name = event["type"].as_str().unwrap_or_default();
        assert!(frame.starts_with(&format!("event: {name}\n")), "{frame}");
    }
    assert!(!frames.concat().contains("[DONE]"), "{frames:?}");
    disciplined(&events);
    events
}

/// One block at a time, indexes rising by one, deltas only of the open one.
fn disciplined(events: &[Value]) {
    let (mut open, mut next) = (None, 0);
    for event in events {
        let index = event["index"].as_u64();
        match event["type"].as_str().unwrap_or_default() {
            "content_block_start" => {
                assert_eq!((open, index), (None, Some(next)), "{events:#?}");
                open = index;
                next += 1;
            }
            "content_block_delta" => assert_eq!(index, open, "{events:#?}"),
            "content_block_stop" => {
                assert_eq!(index, open, "{events:#?}");
                open = None;
            }
            _ => {}
        }
    }
    assert_eq!(open, None, "{events:#?}");
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["type"].as_str()).collect()
}

/// Each block's start, and its deltas joined.
fn blocks(events: &[Value]) -> Vec<(Value, String)> {
    let mut blocks: Vec<(Value, String)> = Vec::new();
    for event in events {
        match event["type"].as_str().unwrap_or_default() {
            "content_block_start" => blocks.push((event["content_block"].clone(), String::new())),
            "content_block_delta" => {
                let delta = &event["delta"];
                let text = ["text", "thinking", "partial_json"].iter().find_map(|name| delta[*name].as_str());
                blocks.last_mut().expect("an open block").1 += text.unwrap_or_default();
            }
            _ => {}
        }
    }
    blocks
}

fn start(index: u64, id: &str, name: &str) -> Value {
    json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}]})
}

fn more(index: u64, text: &str) -> Value {
    json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]})
}

#[test]
fn thinking_text_and_a_call_come_one_after_the_other() {
    // Case 4-54 as B25 changes it.
    let deltas = [
        json!({"role": "assistant", "content": ""}),
        json!({"reasoning_content": "hm"}),
        json!({"content": "Let me "}),
        json!({"content": "look."}),
        start(0, "call_1", "f"),
        more(0, "{\"a\""),
        more(0, ":1}"),
    ];
    let events = events(&deltas, "tool_calls");
    assert_eq!(types(&events)[..2], ["message_start", "ping"], "{events:#?}");
    let message = &events[0]["message"];
    assert!(message["usage"]["input_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{message}");
    assert_eq!((&message["content"], &message["stop_reason"]), (&json!([]), &Value::Null));
    for name in ["cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"] {
        assert!(message["usage"][name].is_u64(), "{name} of {message}");
    }
    let blocks = blocks(&events);
    let kinds: Vec<&str> = blocks.iter().filter_map(|(block, _)| block["type"].as_str()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    let texts: Vec<&str> = blocks.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["hm", "Let me look.", "{\"a\":1}"]);
    assert_eq!(blocks[0].0["signature"], "");
    assert_eq!(blocks[2].0, json!({"type": "tool_use", "id": "call_1", "name": "f", "input": {}}));
    assert_eq!(
        types(&events).iter().rev().take(2).copied().collect::<Vec<_>>(),
        ["message_stop", "message_delta"]
    );
    let delta = &events[events.len() - 2];
    assert_eq!(delta["delta"], json!({"stop_reason": "tool_use", "stop_sequence": null}));
    let usage = &delta["usage"];
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"]), (&json!(20), &json!(12)), "{usage}");
    assert_eq!(usage["cache_read_input_tokens"], 100);
}

#[test]
fn calls_whose_pieces_alternate_are_put_in_order() {
    // B25: no delta goes into a closed block.
    let deltas = [
        start(0, "a", "f"),
        start(1, "b", "g"),
        more(0, "{\"n\""),
        more(1, "{\"m\""),
        more(0, ":1}"),
        more(1, ":2}"),
    ];
    let blocks = blocks(&events(&deltas, "tool_calls"));
    let seen: Vec<(&str, &str)> = blocks
        .iter()
        .map(|(block, text)| (block["id"].as_str().unwrap_or_default(), text.as_str()))
        .collect();
    assert_eq!(seen, [("a", "{\"n\":1}"), ("b", "{\"m\":2}")]);
}

#[test]
fn a_call_opens_only_when_its_id_and_name_are_known() {
    // B25.
    let late = json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f"}}]});
    let blocks = blocks(&events(&[more(0, "{\"x\""), late, more(0, ":1}")], "tool_calls"));
    assert_eq!(blocks.len(), 1);
    assert_eq!((&blocks[0].0["name"], blocks[0].1.as_str()), (&json!("f"), "{\"x\":1}"));
}

#[test]
fn an_empty_answer_is_still_a_message() {
    // 04 §12.6.5.
    let events = events(&[json!({"role": "assistant"})], "stop");
    let names: Vec<&str> = types(&events).into_iter().filter(|name| *name != "ping").collect();
    assert_eq!(names, ["message_start", "message_delta", "message_stop"]);
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "end_turn");
}
