//! An upstream's stream to events.
//! In: whole frames; `type` inside the data decides, not the `event:` line. Out: events.
//! Invariants: the input of a call is what the deltas say, or what the block began with if none comes; a block that only this dialect
//! knows comes out whole, when it ends; neighbouring texts are one part, in which a citation has the range of its block; a stream without `message_stop` has failed (03-B7). A member of a wrong kind costs nothing else.
//! Source: Anthropic, "Streaming messages"; spec 03 §2.8.

use bytes::Bytes;
use vocabulary::{ApiError, Code};

use super::blocks::{OURS, annotation_of, text_of, type_of};
use super::observe::error_in;
use super::usage::{Counts, read_stop, stop_members};
use super::whole::{in_range, part_of};
use crate::conversation::{
    Annotation, Content, Delta, Event, Foreign, Issuer, Json, OpaqueState, Part, Place, Reasoning, Started,
    Text,
};
use crate::json::{RawObject, RawValue};
use crate::sse;

/// Reads a stream.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    has_started: bool,
    is_complete: bool,
    has_failed: bool,
    counts: Counts,
    stop: (Option<Text>, Option<Text>),
    has_calls: bool,
    /// Blocks that are open, by the upstream's index.
    open: Vec<(u64, Block)>,
    /// A text whose block has ended; the next block may be more of it.
    tail: Option<Tail>,
    parts: u32,
}

/// A text part so far: its place and its length in characters.
#[derive(Clone, Copy, Debug)]
struct Tail {
    at: Place,
    characters: u64,
}

/// An open block.
#[derive(Debug)]
enum Block {
    /// Its part was started. `input`: what a call began with, which stands if no delta comes.
    Part { at: Place, input: Option<Text> },
    /// More of a text part, from a character on; the citations wait for its end.
    Text { tail: Tail, from: u64, citations: Vec<Annotation> },
    /// Comes out at its end, with the input that the deltas brought.
    Foreign { raw: Json, input: String },
    /// Says nothing to anybody.
    Ignored,
}

impl StreamDecoder {
    /// Reads a frame.
    pub fn decode(&mut self, frame: &Bytes, out: &mut Vec<Event>) {
        if self.has_failed || self.is_complete {
            return;
        }
        let Some(data) = sse::shared_data(frame) else { return };
        let blank = data.trim_ascii();
        if blank.is_empty() || blank == b"[DONE]" {
            return;
        }
        match RawObject::scan(data) {
            Ok(event) => self.see(&event, out),
            Err(error) => {
                self.fail(interrupted().with_detail(format!("a frame is no JSON object: {error}")), out)
            }
        }
    }

    /// More text of a part that is open, from a frame that was recognised without being read.
    pub(crate) fn say(&mut self, at: Place, text: Text, out: &mut Vec<Event>) {
        let tails = self.open.iter_mut().filter_map(|(_, block)| match block {
            Block::Text { tail, .. } if tail.at == at => Some(tail),
            _ => None,
        });
        match tails.last() {
            Some(tail) => tail.grow(text, out),
            None => out.push(Event::Delta { at, delta: Delta::Text(text) }),
        }
    }

    /// True once `message_stop` has come.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The upstream's body has ended.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        if !self.is_complete && !self.has_failed {
            self.fail(interrupted().with_detail("the stream ended without message_stop"), out);
        }
    }

    fn fail(&mut self, error: ApiError, out: &mut Vec<Event>) {
        self.has_failed = true;
        out.push(Event::Failed(error));
    }

    fn see(&mut self, event: &RawObject, out: &mut Vec<Event>) {
        let index = event.get("index").and_then(|index| index.as_u64()).unwrap_or(0);
        match &*event.get("type").and_then(|name| name.as_text()).unwrap_or_default() {
            "message_start" => self.start(event.get("message"), out),
            "content_block_start" => self.open_block(index, event.get("content_block"), out),
            "content_block_delta" => self.grow(index, event.get("delta"), out),
            "content_block_stop" => self.close(index, out),
            "message_delta" => {
                if let Some(delta) = event.get("delta") {
                    let (reason, sequence) = stop_members(delta);
                    self.stop = (reason.or(self.stop.0.take()), sequence.or(self.stop.1.take()));
                }
                self.count(event.get("usage"), out);
            }
            "message_stop" => self.end(out),
            _ => {
                if let Some(error) = error_in(event) {
                    self.fail(error, out);
                }
            }
        }
    }

    fn start(&mut self, message: Option<RawValue<'_>>, out: &mut Vec<Event>) {
        let text = |key| message.map(|message| text_of(message, key)).unwrap_or_default();
        if !std::mem::replace(&mut self.has_started, true) {
            out.push(Event::Started(Started { id: text("id"), model: text("model"), created: None }));
        }
        self.count(message.and_then(|message| message.get("usage")), out);
    }

    fn count(&mut self, usage: Option<RawValue<'_>>, out: &mut Vec<Event>) {
        let before = self.counts;
        self.counts.merge(usage);
        if self.counts != before {
            out.extend(self.counts.usage().map(Event::Usage));
        }
    }

    /// Begins a part and returns its place.
    fn begin(&mut self, part: Part, out: &mut Vec<Event>) -> Place {
        if !self.has_started {
            self.start(None, out);
        }
        self.end_text(out);
        let at = Place { choice: 0, part: self.parts };
        self.parts += 1;
        out.push(Event::PartStarted { at, part: Box::new(part) });
        at
    }

    fn open_block(&mut self, index: u64, block: Option<RawValue<'_>>, out: &mut Vec<Event>) {
        // An index that is begun again ends what had it.
        self.close(index, out);
        let part = block.and_then(|block| part_of(block, usize::try_from(index).unwrap_or(usize::MAX)));
        let block = match part {
            None => Block::Ignored,
            Some(Part { content: Content::Foreign(foreign), .. }) => {
                Block::Foreign { raw: foreign.raw, input: String::new() }
            }
            Some(Part { content: Content::Text { text, annotations, .. }, .. }) => {
                self.open_text(text, annotations, out)
            }
            Some(mut part) => {
                let mut input = None;
                if let Content::ToolCall(call) = &mut part.content {
                    self.has_calls = true;
                    input = Some(std::mem::take(&mut call.arguments));
                }
                Block::Part { at: self.begin(part, out), input }
            }
        };
        self.open.push((index, block));
    }

    /// Begins a text block: more of the text before it, or a part of its own.
    fn open_text(&mut self, text: Text, citations: Vec<Annotation>, out: &mut Vec<Event>) -> Block {
        let tail = self.tail.take();
        let mut tail = tail.unwrap_or_else(|| Tail { at: self.begin(Part::text(""), out), characters: 0 });
        let from = tail.characters;
        tail.grow(text, out);
        Block::Text { tail, from, citations }
    }

    /// Ends the text whose block has ended: nothing more of it comes.
    fn end_text(&mut self, out: &mut Vec<Event>) {
        out.extend(self.tail.take().map(|tail| Event::PartFinished { at: tail.at }));
    }

    fn grow(&mut self, index: u64, delta: Option<RawValue<'_>>, out: &mut Vec<Event>) {
        let Some(delta) = delta else { return };
        let kind = type_of(delta);
        if !self.open.iter().any(|(open, _)| *open == index) {
            self.open_unannounced(index, &kind, out);
        }
        let Some((_, block)) = self.open.iter_mut().find(|(open, _)| *open == index) else { return };
        let text = |key| Some(text_of(delta, key)).filter(|text| !text.is_empty());
        let at = match block {
            Block::Part { at, input } => {
                if &*kind == "input_json_delta" && text("partial_json").is_some() {
                    *input = None;
                }
                *at
            }
            Block::Text { tail, citations, .. } => {
                match &*kind {
                    "text_delta" => tail.grow(text_of(delta, "text"), out),
                    "citations_delta" => citations.extend(delta.get("citation").map(annotation_of)),
                    _ => {}
                }
                return;
            }
            Block::Foreign { input, .. } => return input.push_str(&text_of(delta, "partial_json")),
            Block::Ignored => return,
        };
        let delta = match &*kind {
            "thinking_delta" => text("thinking").map(Delta::Text),
            "input_json_delta" => text("partial_json").map(Delta::Text),
            "signature_delta" => {
                text("signature").map(|bytes| Delta::State(OpaqueState { issuer: Issuer::Anthropic, bytes }))
            }
            _ => None,
        };
        out.extend(delta.map(|delta| Event::Delta { at, delta }));
    }

    /// Text or thinking whose block was not begun, as some who speak the dialect send it.
    fn open_unannounced(&mut self, index: u64, kind: &str, out: &mut Vec<Event>) {
        let block = match kind {
            "text_delta" => self.open_text(Text::new(), Vec::new(), out),
            "thinking_delta" => {
                let part = Part::new(Content::Reasoning(Reasoning::default()));
                Block::Part { at: self.begin(part, out), input: None }
            }
            _ => return,
        };
        self.open.push((index, block));
    }

    fn close(&mut self, index: u64, out: &mut Vec<Event>) {
        let Some(position) = self.open.iter().position(|(open, _)| *open == index) else { return };
        match self.open.remove(position).1 {
            Block::Part { at, input } => {
                out.extend(input.map(|input| Event::Delta { at, delta: Delta::Text(input) }));
                out.push(Event::PartFinished { at });
            }
            Block::Text { tail, from, citations } => {
                out.extend(citations.into_iter().map(|citation| {
                    let annotation = Box::new(in_range(citation, from, tail.characters));
                    Event::Delta { at: tail.at, delta: Delta::Annotation(annotation) }
                }));
                self.end_text(out);
                self.tail = Some(tail);
            }
            Block::Foreign { raw, input } => {
                let foreign = Foreign { dialect: OURS, raw: with_input(raw, &input) };
                let at = self.begin(Part::new(Content::Foreign(foreign)), out);
                out.push(Event::PartFinished { at });
            }
            Block::Ignored => {}
        }
    }

    fn end(&mut self, out: &mut Vec<Event>) {
        if !self.has_started {
            self.start(None, out);
        }
        while let Some((index, _)) = self.open.first() {
            let index = *index;
            self.close(index, out);
        }
        self.end_text(out);
        self.is_complete = true;
        let (reason, sequence) = std::mem::take(&mut self.stop);
        out.push(Event::Finished { choice: 0, stop: read_stop(reason, sequence, self.has_calls) });
    }
}

impl Tail {
    fn grow(&mut self, more: Text, out: &mut Vec<Event>) {
        if !more.is_empty() {
            self.characters += more.chars().count() as u64;
            out.push(Event::Delta { at: self.at, delta: Delta::Text(more) });
        }
    }
}

/// A block with the input that its deltas brought, if that is JSON.
fn with_input(raw: Json, input: &str) -> Json {
    let (Some(object), Some(input)) = (raw.object(), Json::parse(input)) else { return raw };
    let mut edits = object.edit();
    edits.set("input", input.text().into_bytes());
    Json::written(edits.finish().concat())
}

fn interrupted() -> ApiError {
    ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
}
