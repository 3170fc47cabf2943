//! A native Responses stream to events.
//! In: whole frames. Out: events as `conversation::event` wants them. Invariants: what an item's `done` or the terminal object
//! holds and no delta brought is told then, so that missing events and an empty final `output` (04-B2) lose nothing; what was
//! told is not told again; nothing follows `Failed`.

use std::collections::BTreeMap;

use bytes::Bytes;
use vocabulary::{ApiError, Code};

use super::decode_response::{seconds, stop_of};
use super::items::{annotation_of, filled, logprobs_of, parts_of, text};
use super::observe::{error_in, event_type, is_terminal};
use super::whole::read_usage;
use crate::conversation::{
    Content, Delta, Event, Part, Place, Reasoning, Started, Text, ToolCall, ToolCallKind, take_deltas,
};
use crate::json::{RawObject, RawValue};
use crate::sse;

/// Reads a stream.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    has_started: bool,
    /// The terminal event came, or the answer failed.
    has_ended: bool,
    next_part: u32,
    has_called: bool,
    /// By `output_index`.
    items: BTreeMap<u64, Item>,
    /// The item that an event without index is about.
    latest: u64,
}

/// What is known of an output item.
#[derive(Debug, Default)]
struct Item {
    is_done: bool,
    /// The call as it was announced, once its id and name are known.
    call: Option<Box<ToolCall>>,
    /// The id of a reasoning item.
    id: Option<Text>,
    /// Arguments that came before the call was announced.
    held: String,
    parts: BTreeMap<u64, OpenPart>,
}

/// What was told of a part.
#[derive(Debug)]
struct OpenPart {
    at: Place,
    text_bytes: usize,
    annotations: usize,
    has_logprobs: bool,
    /// Which piece of the reasoning came last.
    piece: u64,
    is_summary: bool,
}

impl StreamDecoder {
    /// Reads a frame.
    pub fn decode(&mut self, frame: &Bytes, out: &mut Vec<Event>) {
        if self.has_ended {
            return;
        }
        let Some(data) = sse::shared_data(frame) else { return };
        if matches!(data.trim_ascii(), b"" | b"[DONE]") {
            return;
        }
        match RawObject::scan(data) {
            Ok(event) => {
                let name = event_type(&event, frame);
                self.read(&event, &name, out);
            }
            Err(error) => {
                self.fail(interrupted().with_detail(format!("malformed stream event: {error}")), out)
            }
        }
    }

    /// More text of a part that is open, from a frame that was recognised without being read.
    pub(crate) fn say(&mut self, at: Place, text: Text, out: &mut Vec<Event>) {
        let mut parts = self.items.values_mut().rev().flat_map(|item| item.parts.values_mut());
        if let Some(part) = parts.find(|part| part.at == at) {
            part.text_bytes += text.len();
        }
        out.push(Event::Delta { at, delta: Delta::Text(text) });
    }

    /// True once the terminal event has come.
    pub fn is_complete(&self) -> bool {
        self.has_ended
    }

    /// The upstream's body has ended.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        if !self.has_ended {
            self.fail(interrupted().with_detail("the stream ended without a terminal event"), out);
        }
    }

    fn read(&mut self, event: &RawObject, name: &str, out: &mut Vec<Event>) {
        if let Some(response) = event.get("response") {
            self.start(response, out);
        }
        if is_terminal(name) {
            return self.end(event, name, out);
        }
        if let Some(error) = error_in(event, name) {
            return self.fail(error, out);
        }
        let next = || self.items.keys().next_back().map_or(0, |last| last + 1);
        let index = match event.get("output_index").and_then(|index| index.as_u64()) {
            Some(index) => index,
            None if name == "response.output_item.added" => next(),
            None => self.latest,
        };
        match name {
            "response.output_item.added" => self.announce(event, index, out),
            "response.output_item.done" => {
                if let Some(item) = event.get("item") {
                    self.complete(index, item, out);
                }
            }
            "response.output_text.annotation.added" => {
                if let Some(annotation) = event.get("annotation").filter(|annotation| !annotation.is_null()) {
                    let delta = Delta::Annotation(Box::new(annotation_of(annotation)));
                    self.grow(index, content_index(event), Part::text(""), delta, out);
                }
            }
            _ => self.read_delta(event, name, index, out),
        }
    }

    fn read_delta(&mut self, event: &RawObject, name: &str, index: u64, out: &mut Vec<Event>) {
        let Some(more) = event.get("delta").and_then(|delta| delta.as_text()) else { return };
        let place = content_index(event);
        match name {
            "response.output_text.delta" => {
                self.grow(index, place, Part::text(""), Delta::Text(more), out);
                let logprobs = event.get("logprobs").map(logprobs_of).unwrap_or_default();
                if !logprobs.is_empty() {
                    self.grow(index, place, Part::text(""), Delta::Logprobs(logprobs), out);
                }
            }
            "response.refusal.delta" => {
                let part = Content::Refusal(Text::default()).into();
                self.grow(index, place, part, Delta::Text(more), out);
            }
            "response.reasoning_text.delta" => self.think(index, place, Reasoning::default(), more, out),
            "response.reasoning_summary_text.delta" => {
                let place = event.get("summary_index").and_then(|index| index.as_u64()).unwrap_or(0);
                self.think(index, place, Reasoning { is_summary: true, ..Reasoning::default() }, more, out);
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.argue(index, more, out);
            }
            _ => {}
        }
    }

    fn start(&mut self, response: RawValue<'_>, out: &mut Vec<Event>) {
        let created = response.get("created_at").and_then(seconds);
        self.start_as(Started { id: text(response, "id"), model: text(response, "model"), created }, out);
    }

    fn start_as(&mut self, started: Started, out: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.has_started, true) {
            out.push(Event::Started(started));
        }
    }

    fn announce(&mut self, event: &RawObject, index: u64, out: &mut Vec<Event>) {
        self.start_as(Started::default(), out);
        self.latest = index;
        let Some(announced) = event.get("item") else { return };
        let item = self.items.entry(index).or_default();
        let kind = match &*text(announced, "type") {
            "function_call" => ToolCallKind::Function,
            "custom_tool_call" => ToolCallKind::Custom,
            _ => {
                item.id = filled(announced, "id");
                return;
            }
        };
        if filled(announced, "call_id").is_none() || filled(announced, "name").is_none() {
            return;
        }
        let call = super::items::call_of(announced, kind);
        // What is announced of the arguments comes again, in deltas or when the item is done.
        item.call = Some(Box::new(ToolCall { arguments: Text::default(), ..call }));
        let held = std::mem::take(&mut item.held);
        self.argue(index, held.into(), out);
    }

    /// More arguments of a call.
    fn argue(&mut self, index: u64, more: Text, out: &mut Vec<Event>) {
        let item = self.items.entry(index).or_default();
        match &item.call {
            Some(call) => {
                let part = Content::ToolCall((**call).clone()).into();
                self.grow(index, 0, part, Delta::Text(more), out);
            }
            None => item.held.push_str(&more),
        }
    }

    /// More reasoning. An item's pieces become one part, with a blank line between two.
    fn think(&mut self, index: u64, piece: u64, kind: Reasoning, more: Text, out: &mut Vec<Event>) {
        let item = self.items.entry(index).or_default();
        let mut is_next = false;
        if let Some(part) = item.parts.get_mut(&0) {
            if part.is_summary != kind.is_summary {
                // Its own words and a summary of them: the first kind stays.
                return;
            }
            is_next = std::mem::replace(&mut part.piece, piece) != piece;
        }
        let part = Content::Reasoning(Reasoning { id: item.id.clone(), ..kind });
        let more = if is_next { format!("\n\n{more}").into() } else { more };
        self.grow(index, 0, part.into(), Delta::Text(more), out);
    }

    /// A delta of a part, which is started first if it is new.
    fn grow(&mut self, index: u64, content_index: u64, part: Part, delta: Delta, out: &mut Vec<Event>) {
        self.start_as(Started::default(), out);
        self.latest = index;
        if self.items.get(&index).is_some_and(|item| item.is_done) {
            return;
        }
        let open = self.open(index, content_index, part, out);
        match &delta {
            Delta::Text(more) if more.is_empty() => return,
            Delta::Text(more) => open.text_bytes += more.len(),
            Delta::Annotation(_) => open.annotations += 1,
            Delta::Logprobs(_) => open.has_logprobs = true,
            Delta::State(_) | Delta::Medium(_) => {}
        }
        out.push(Event::Delta { at: open.at, delta });
    }

    /// The part at this place; started with what is given if it is new.
    fn open(&mut self, index: u64, content_index: u64, part: Part, out: &mut Vec<Event>) -> &mut OpenPart {
        let (next_part, has_called) = (&mut self.next_part, &mut self.has_called);
        self.items.entry(index).or_default().parts.entry(content_index).or_insert_with(|| {
            let at = Place { choice: 0, part: *next_part };
            *next_part += 1;
            *has_called |= matches!(part.content, Content::ToolCall(_));
            let is_summary = matches!(&part.content, Content::Reasoning(reasoning) if reasoning.is_summary);
            out.push(Event::PartStarted { at, part: Box::new(part) });
            OpenPart { at, text_bytes: 0, annotations: 0, has_logprobs: false, piece: 0, is_summary }
        })
    }

    /// An item is there whole: what was not told of it is told, and its parts end.
    fn complete(&mut self, index: u64, item: RawValue<'_>, out: &mut Vec<Event>) {
        self.start_as(Started::default(), out);
        self.latest = index;
        if self.items.get(&index).is_some_and(|item| item.is_done) {
            return;
        }
        for (part, content_index) in parts_of(item).into_iter().zip(0u64..) {
            self.complete_part(index, content_index, part, out);
        }
        self.close(index, out);
    }

    fn complete_part(&mut self, index: u64, content_index: u64, mut part: Part, out: &mut Vec<Event>) {
        let deltas = take_deltas(&mut part);
        let open = self.open(index, content_index, part, out);
        let mut known_annotations = open.annotations;
        for delta in deltas {
            let rest = match delta {
                Delta::Text(whole) => match whole.get(open.text_bytes..) {
                    Some(rest) if !rest.is_empty() => Delta::Text(whole.slice_ref(rest)),
                    _ => continue,
                },
                Delta::Annotation(_) if known_annotations > 0 => {
                    known_annotations -= 1;
                    continue;
                }
                Delta::Logprobs(_) if open.has_logprobs => continue,
                other => other,
            };
            out.push(Event::Delta { at: open.at, delta: rest });
        }
    }

    fn close(&mut self, index: u64, out: &mut Vec<Event>) {
        let item = self.items.entry(index).or_default();
        if !std::mem::replace(&mut item.is_done, true) {
            out.extend(item.parts.values().map(|part| Event::PartFinished { at: part.at }));
        }
        // The place stays taken, so that the terminal object does not tell the item again.
        *item = Item { is_done: true, ..Item::default() };
    }

    fn end(&mut self, event: &RawObject, name: &str, out: &mut Vec<Event>) {
        self.start_as(Started::default(), out);
        let response = event.get("response");
        let usage = response.and_then(|response| response.get("usage")).and_then(read_usage);
        if let Some(error) = error_in(event, name).filter(|_| name == "response.failed") {
            // What is open stays open: a call whose end never came must not look like one that can be made.
            out.extend(usage.map(Event::Usage));
            return self.fail(error, out);
        }
        let output = response.and_then(|response| response.get("output"));
        for (item, index) in output.into_iter().flat_map(|output| output.elements()).zip(0u64..) {
            self.complete(index, item, out);
        }
        let open: Vec<u64> =
            self.items.iter().filter(|(_, item)| !item.is_done).map(|(index, _)| *index).collect();
        open.into_iter().for_each(|index| self.close(index, out));
        out.extend(usage.map(Event::Usage));
        self.has_ended = true;
        let details = response.and_then(|response| response.get("incomplete_details"));
        let reason = details.and_then(|details| details.get("reason"));
        let told = response.map(|response| text(response, "status")).unwrap_or_default();
        let status = match name {
            // 04-B13: a cancelled answer ends in this event too.
            "response.incomplete" if told == super::output::CANCELLED => super::output::CANCELLED,
            "response.incomplete" => "incomplete",
            "response.cancelled" => super::output::CANCELLED,
            _ => "completed",
        };
        let stop = stop_of(status, reason, self.has_called);
        out.extend(stop.map(|stop| Event::Finished { choice: 0, stop }));
    }

    fn fail(&mut self, error: ApiError, out: &mut Vec<Event>) {
        self.has_ended = true;
        out.push(Event::Failed(error));
    }
}

fn content_index(event: &RawObject) -> u64 {
    event.get("content_index").and_then(|index| index.as_u64()).unwrap_or(0)
}

fn interrupted() -> ApiError {
    ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
}
