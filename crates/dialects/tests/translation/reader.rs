//! A strict client of each dialect, reading a whole stream: the rules that SDKs rely on, and how it ended.
//! In: the bytes that a client got. Out: how it ended; a panic that shows the stream if a rule is broken. The rules are written
//! after the vendors' documents and share no code with the encoders.

use std::collections::HashSet;

use bytes::Bytes;
use dialects::sse::data;
use serde_json::Value;
use vocabulary::Dialect;

use crate::words::frames;

/// How a client's stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As the dialect ends what is complete.
    Complete,
    /// With an error, after which nothing came.
    Failed,
}

/// Reads a stream to its end.
pub(crate) fn read(client: Dialect, stream: &Bytes) -> Ending {
    let frames = frames(stream.clone());
    assert_eq!(frames.concat(), stream[..], "the stream ends between frames: {}", shown(stream));
    let payloads: Vec<String> = frames
        .iter()
        .filter_map(|frame| data(frame).map(|data| String::from_utf8(data.into_owned()).expect("UTF-8")))
        .collect();
    let outcome = match client {
        Dialect::OpenAiChat => read_chat(&payloads),
        Dialect::OpenAiResponses => read_responses(&payloads),
        Dialect::AnthropicMessages => read_messages(&payloads),
        Dialect::Gemini => read_gemini(&payloads),
    };
    outcome.unwrap_or_else(|rule| panic!("{client:?}: {rule}: {}", shown(stream)))
}

fn shown(stream: &Bytes) -> String {
    String::from_utf8_lossy(stream).into_owned()
}

type Read = Result<Ending, String>;

fn rule(holds: bool, text: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text.to_owned()) }
}

fn json(payload: &str) -> Result<Value, String> {
    serde_json::from_str(payload).map_err(|error| format!("{error}: {payload}"))
}

fn read_chat(payloads: &[String]) -> Read {
    let Some((last, before)) = payloads.split_last() else { return Err("an empty stream".to_owned()) };
    rule(!before.iter().any(|payload| payload == "[DONE]"), "nothing follows [DONE]")?;
    let chunks = before.iter().map(|payload| json(payload)).collect::<Result<Vec<_>, _>>()?;
    rule(!chunks.iter().any(|chunk| chunk["error"].is_object()), "nothing follows an error")?;
    let (mut begun, mut ended, mut calls) = (HashSet::new(), HashSet::new(), Vec::new());
    for choice in chunks.iter().flat_map(|chunk| chunk["choices"].as_array().into_iter().flatten()) {
        let index = choice["index"].as_u64().ok_or("a choice has an index")?;
        rule(!ended.contains(&index), "a choice that has ended says nothing more")?;
        rule(begun.insert(index) == choice["delta"]["role"].is_string(), "the role comes first and once")?;
        if choice["finish_reason"].is_string() {
            ended.insert(index);
        }
        for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
            read_call(index, call, &mut calls)?;
        }
    }
    let ids: HashSet<_> = calls.iter().map(|(_, _, id)| id).collect();
    rule(ids.len() == calls.len(), "ids of calls are unique")?;
    if last == "[DONE]" {
        rule(begun == ended, "every choice says why it ended")?;
        return Ok(Ending::Complete);
    }
    rule(json(last)?["error"]["message"].is_string(), "a stream ends with [DONE] or an error")?;
    Ok(Ending::Failed)
}

/// A call begins with its id and name at the next index, and grows under that index.
fn read_call(choice: u64, call: &Value, calls: &mut Vec<(u64, u64, String)>) -> Result<(), String> {
    let index = call["index"].as_u64().ok_or("a call has an index")?;
    let known = calls.iter().any(|(of, at, _)| (*of, *at) == (choice, index));
    if let Some(id) = call["id"].as_str() {
        rule(!known, "a call begins once")?;
        let next = calls.iter().filter(|(of, ..)| *of == choice).count() as u64;
        rule(index == next, "indexes of calls rise by one")?;
        let name = call["function"]["name"].as_str().or(call["custom"]["name"].as_str());
        rule(!id.is_empty() && name.is_some_and(|name| !name.is_empty()), "a call begins with id and name")?;
        calls.push((choice, index, id.to_owned()));
        return Ok(());
    }
    rule(known, "a call that grows has begun")
}

/// The item of a Responses stream that is open.
#[derive(Default)]
struct Item {
    id: String,
    index: u64,
    text: String,
}

fn read_responses(payloads: &[String]) -> Read {
    let Some((last, before)) = payloads.split_last() else { return Err("an empty stream".to_owned()) };
    rule(last == "[DONE]", "a stream ends with [DONE]")?;
    let events = before.iter().map(|payload| json(payload)).collect::<Result<Vec<_>, _>>()?;
    let (mut open, mut done): (Option<Item>, Vec<Value>) = (None, Vec::new());
    for (number, event) in events.iter().enumerate() {
        rule(event["sequence_number"] == number, "events are numbered from 0 without gaps")?;
        let name = event["type"].as_str().unwrap_or_default();
        rule((name == "response.created") == (number == 0), "`created` comes first")?;
        rule((name == "response.in_progress") == (number == 1), "`in_progress` comes next")?;
        let is_last = number + 1 == events.len();
        rule(
            TERMINAL.iter().any(|(end, _)| *end == name) == is_last,
            "one terminal event, and it is the last",
        )?;
        read_item_event(name, event, &mut open, &mut done)?;
    }
    rule(open.is_none(), "every item that was added is done")?;
    let end = events.last().ok_or("some events")?;
    let (_, ending) = TERMINAL.iter().find(|(name, _)| end["type"] == *name).ok_or("a terminal event")?;
    rule(end["response"]["output"].as_array() == Some(&done), "the terminal event has every item")?;
    Ok(*ending)
}

const TERMINAL: [(&str, Ending); 3] = [
    ("response.completed", Ending::Complete),
    ("response.incomplete", Ending::Complete),
    ("response.failed", Ending::Failed),
];

fn read_item_event(
    name: &str,
    event: &Value,
    open: &mut Option<Item>,
    done: &mut Vec<Value>,
) -> Result<(), String> {
    let index = event["output_index"].as_u64();
    match name {
        "response.output_item.added" => {
            rule(open.is_none(), "one item at a time")?;
            rule(index == Some(done.len() as u64), "indexes of items rise by one")?;
            let id = event["item"]["id"].as_str().unwrap_or_default().to_owned();
            rule(done.iter().all(|item| item["id"] != *id), "ids of items are unique")?;
            *open = Some(Item { id, index: done.len() as u64, text: String::new() });
        }
        "response.output_item.done" => {
            let item = open.take().ok_or("an item that is done was added")?;
            rule(event["item"]["id"] == *item.id && index == Some(item.index), "and is the same item")?;
            done.push(event["item"].clone());
        }
        _ => {
            let Some(item_id) = event["item_id"].as_str() else { return Ok(()) };
            let item = open.as_mut().ok_or("an event of an item comes while it is open")?;
            rule(item_id == item.id && index == Some(item.index), "an event names the open item")?;
            match (event["delta"].as_str(), name.ends_with(".delta")) {
                (Some(more), true) => item.text.push_str(more),
                _ => read_whole(event, item)?,
            }
        }
    }
    Ok(())
}

/// What is told at the end is what the deltas told.
fn read_whole(event: &Value, item: &Item) -> Result<(), String> {
    let name = event["type"].as_str().unwrap_or_default();
    if !name.ends_with(".done") || name.contains("part") {
        return Ok(());
    }
    let whole = ["text", "refusal", "arguments", "input"].iter().find_map(|key| event[key].as_str());
    rule(whole.is_none_or(|whole| whole == item.text), "the deltas of an item are its text")
}

fn read_messages(payloads: &[String]) -> Read {
    let events = payloads.iter().map(|payload| json(payload)).collect::<Result<Vec<_>, _>>()?;
    let Some((last, before)) = events.split_last() else { return Err("an empty stream".to_owned()) };
    let is = |event: &Value, name: &str| event["type"] == *name;
    rule(
        !before.iter().any(|event| is(event, "message_stop") || is(event, "error")),
        "nothing follows the end",
    )?;
    if is(last, "error") && before.is_empty() {
        return Ok(Ending::Failed);
    }
    rule(events.first().is_some_and(|event| is(event, "message_start")), "`message_start` comes first")?;
    let (mut blocks, mut open, mut has_delta, mut ids) = (0u64, None, false, HashSet::new());
    for event in before.iter().skip(1) {
        let index = event["index"].as_u64();
        rule(!has_delta, "`message_delta` comes last but one")?;
        match event["type"].as_str().unwrap_or_default() {
            "content_block_start" => {
                rule(
                    open.is_none() && index == Some(blocks),
                    "blocks do not interleave, and their indexes rise by one",
                )?;
                let id = event["content_block"]["id"].as_str();
                rule(id.is_none_or(|id| ids.insert(id.to_owned())), "ids of calls are unique")?;
                (open, blocks) = (index, blocks + 1);
            }
            "content_block_delta" => {
                rule(open.is_some() && index == open, "a delta belongs to the open block")?
            }
            "content_block_stop" => {
                rule(open.is_some() && index == open, "what stops was open")?;
                open = None;
            }
            "message_delta" => has_delta = true,
            "ping" => {}
            _ => return Err("an unknown event".to_owned()),
        }
    }
    if is(last, "error") {
        rule(!has_delta, "a failed message gives no reason for its end")?;
        return Ok(Ending::Failed);
    }
    rule(is(last, "message_stop") && has_delta && open.is_none(), "a message ends with its blocks closed")?;
    Ok(Ending::Complete)
}

fn read_gemini(payloads: &[String]) -> Read {
    let chunks = payloads.iter().map(|payload| json(payload)).collect::<Result<Vec<_>, _>>()?;
    let Some((last, before)) = chunks.split_last() else { return Err("an empty stream".to_owned()) };
    let (mut begun, mut ended, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
    rule(!before.iter().any(|chunk| chunk["error"].is_object()), "nothing follows an error")?;
    for candidate in chunks.iter().flat_map(|chunk| chunk["candidates"].as_array().into_iter().flatten()) {
        let index = candidate["index"].as_u64().unwrap_or(0);
        rule(!ended.contains(&index), "a candidate that has ended says nothing more")?;
        begun.insert(index);
        if candidate["finishReason"].is_string() {
            ended.insert(index);
        }
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            let id = part["functionCall"]["id"].as_str();
            rule(id.is_none_or(|id| ids.insert(id.to_owned())), "ids of calls are unique")?;
        }
    }
    if last["error"].is_object() {
        rule(ended.is_empty(), "a failed answer gives no reason for its end")?;
        return Ok(Ending::Failed);
    }
    rule(begun == ended, "every candidate says why it ended")?;
    Ok(Ending::Complete)
}
