//! The stream of a translated response: the full lifecycle of 03-B31 and 04-B2.

use blackbox::{Reply, openai};
use serde_json::{Value, json};

use super::groq;
use crate::dialects::{Responses, frame_data};

/// The events that a client gets for these frames of a chat upstream, and whether `[DONE]` ends them.
fn events(frames: Vec<Vec<u8>>) -> Vec<Value> {
    let (upstream, gateway) = groq();
    upstream.on("/v1/chat/completions", [Reply::stream(frames)]);
    let frames = Responses.request(&gateway, "groq/m", true, &json!({})).open().rest_texts();
    assert_eq!(frames.last().map(String::as_str), Some("data: [DONE]"), "{frames:?}");
    let events: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    for (frame, event) in frames.iter().zip(&events) {
        let name = event["type"].as_str().unwrap_or_default();
        assert!(frame.starts_with(&format!("event: {name}\n")), "{frame}");
    }
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    assert_eq!(numbers, (0..events.len() as u64).collect::<Vec<_>>(), "{events:#?}");
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().filter_map(|event| event["type"].as_str());
    types.map(|name| name.strip_prefix("response.").unwrap_or(name)).collect()
}

fn of<'events>(events: &'events [Value], name: &str) -> Vec<&'events Value> {
    events.iter().filter(|event| event["type"] == name).collect()
}

fn text(events: &[Value], name: &str) -> String {
    of(events, name).into_iter().filter_map(|event| event["delta"].as_str()).collect()
}

#[test]
fn reasoning_text_and_a_call_have_their_whole_lifecycle() {
    // Case 4-16 as 04-B2 changes it.
    let call = |index: u64, arguments: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]});
    let start = json!({"tool_calls": [{"index": 0, "id": "c9", "type": "function",
        "function": {"name": "lookup", "arguments": ""}}]});
    let deltas = [
        json!({"role": "assistant"}),
        json!({"reasoning_content": "Need a "}),
        json!({"reasoning_content": "tool."}),
        json!({"content": "Checking."}),
        start,
        call(0, "{\"q\""),
        call(0, ":1}"),
    ];
    let events = events(openai::frames_of(&deltas, "tool_calls", true));
    assert_eq!(
        types(&events),
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "reasoning_text.delta",
            "reasoning_text.delta",
            "reasoning_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    let indexes: Vec<u64> = of(&events, "response.output_item.added")
        .into_iter()
        .filter_map(|event| event["output_index"].as_u64())
        .collect();
    assert_eq!(indexes, [0, 1, 2]);
    let added = of(&events, "response.output_item.added");
    assert_eq!((&added[2]["item"]["arguments"], &added[2]["item"]["call_id"]), (&json!(""), &json!("c9")));
    let delta = of(&events, "response.output_text.delta")[0];
    assert_eq!(
        (&delta["item_id"], &delta["output_index"], &delta["content_index"]),
        (&added[1]["item"]["id"], &json!(1), &json!(0))
    );
    let done = of(&events, "response.function_call_arguments.done")[0];
    assert_eq!((&done["arguments"], &done["name"]), (&json!("{\"q\":1}"), &json!("lookup")));
    let terminal = &events.last().expect("events")["response"];
    let ids = |list: Vec<&Value>| list.into_iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let output = terminal["output"].as_array().cloned().unwrap_or_default();
    assert_eq!(ids(output.iter().collect()), ids(added.iter().map(|event| &event["item"]).collect()));
    assert_eq!(
        (&terminal["usage"]["input_tokens"], &terminal["usage"]["total_tokens"]),
        (&json!(120), &json!(132))
    );
    assert!(events.iter().take(2).all(|event| event["response"]["output"] == json!([])));
}

#[test]
fn arguments_that_come_before_the_name_are_one_delta_after_the_start() {
    // Cases 4-17, 3-57: the second call's name arrives late.
    let part = |index: u64, members: Value| {
        let mut call = json!({"index": index});
        for (name, value) in members.as_object().into_iter().flatten() {
            call[name] = value.clone();
        }
        json!({"tool_calls": [call]})
    };
    let deltas = [
        json!({"reasoning_content": "R"}),
        json!({"content": "T"}),
        part(0, json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}})),
        part(1, json!({"id": "b", "function": {"arguments": "{\"x\""}})),
        part(1, json!({"function": {"arguments": ":1}"}})),
        part(1, json!({"function": {"name": "g"}})),
    ];
    let events = events(openai::frames_of(&deltas, "tool_calls", true));
    let added = of(&events, "response.output_item.added");
    let indexes: Vec<u64> = added.iter().filter_map(|event| event["output_index"].as_u64()).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    for event in &added {
        let id = &event["item"]["id"];
        let done = of(&events, "response.output_item.done");
        assert_eq!(done.iter().filter(|event| event["item"]["id"] == *id).count(), 1, "{id}");
    }
    let late = &added[3]["item"];
    assert_eq!((&late["name"], &late["arguments"]), (&json!("g"), &json!("")));
    let deltas: Vec<&Value> = of(&events, "response.function_call_arguments.delta")
        .into_iter()
        .filter(|event| event["item_id"] == late["id"])
        .collect();
    let arguments: String = deltas.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!((arguments.as_str(), deltas.len()), ("{\"x\":1}", 1));
    assert_eq!(types(&events).last(), Some(&"completed"));
}

#[test]
fn text_after_a_call_opens_a_new_message() {
    // 03-B31.
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "type": "function",
        "function": {"name": "f", "arguments": "{}"}}]});
    let deltas =
        [json!({"content": "one"}), call, json!({"content": "two"}), json!({"reasoning_content": "late"})];
    let events = events(openai::frames_of(&deltas, "tool_calls", false));
    let added = of(&events, "response.output_item.added");
    let kinds: Vec<&str> = added.iter().filter_map(|event| event["item"]["type"].as_str()).collect();
    assert_eq!(kinds, ["message", "function_call", "message", "reasoning"]);
    let ids: std::collections::BTreeSet<String> =
        added.iter().map(|event| event["item"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(text(&events, "response.output_text.delta"), "onetwo");
}

#[test]
fn calls_whose_pieces_alternate_stay_apart() {
    let start = |index: u64, id: &str| json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": {"name": "f", "arguments": ""}}]});
    let more =
        |index: u64, text: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]});
    let deltas =
        [start(0, "a"), start(1, "b"), more(0, "{\"n\""), more(1, "{\"m\""), more(0, ":1}"), more(1, ":2}")];
    let events = events(openai::frames_of(&deltas, "tool_calls", false));
    let output = events.last().expect("events")["response"]["output"].clone();
    assert_eq!((&output[0]["call_id"], &output[0]["arguments"]), (&json!("a"), &json!("{\"n\":1}")));
    assert_eq!((&output[1]["call_id"], &output[1]["arguments"]), (&json!("b"), &json!("{\"m\":2}")));
    let done = of(&events, "response.output_item.done");
    assert_eq!(done.len(), 2);
}

#[test]
fn an_error_in_the_stream_is_a_failed_response() {
    // Cases 3-58, 4-18.
    let error = openai::frame(&json!({"error": "capacity exhausted"}));
    let frames = vec![openai::frame(&openai::chunk(&json!({"content": "po "}), None)), error];
    let events = events(frames);
    let last = events.last().expect("events");
    assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
    let error = &last["response"]["error"];
    assert_eq!((&error["code"], &error["message"]), (&json!("provider_error"), &json!("capacity exhausted")));
    assert!(of(&events, "response.completed").is_empty());
    let item = of(&events, "response.output_item.done")[0];
    assert_eq!(item["item"]["status"], "incomplete");
}

#[test]
fn usage_that_is_none_is_left_out() {
    // Case 4-19, and rule 6 of 04 §2.8.2: counts that are none are not taken for nought.
    for odd in [
        json!("n/a"),
        json!({"prompt_tokens": 7, "completion_tokens": "5", "total_tokens": 12}),
        json!({"prompt_tokens": -7, "completion_tokens": 5, "total_tokens": 12}),
        json!({"prompt_tokens": {}, "completion_tokens": 5}),
    ] {
        let mut frames = openai::frames(&["hi"], false);
        let mut usage = openai::usage_chunk();
        usage["usage"] = odd;
        let at = frames.len() - 1;
        frames.insert(at, openai::frame(&usage));
        let events = events(frames);
        let last = events.last().expect("events");
        assert_eq!(last["type"], "response.completed");
        assert!(last["response"].get("usage").is_none_or(Value::is_null), "{last}");
    }
}

#[test]
fn one_wrong_member_does_not_lose_its_neighbours() {
    // 04 §2.8.2, rule 7.
    let odd = json!({"id": "c1", "object": "chat.completion.chunk", "created": "soon", "model": 7, "choices": [
        {"index": 0, "delta": {"content": "kept", "tool_calls": "junk", "role": 3}, "finish_reason": null, "logprobs": 1}
    ]});
    let frames = vec![
        openai::frame(&odd),
        b"data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\" too\"}}]}\n\n".to_vec(),
        openai::frame(&openai::chunk(&json!({}), Some("stop"))),
        openai::DONE.to_vec(),
    ];
    assert_eq!(text(&events(frames), "response.output_text.delta"), "kept too");
}
