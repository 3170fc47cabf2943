//! Events to a client's stream.
//! In: events in any legal order. Out: frames `event: <type>` and `data: <json>`. Invariants (04-B25): blocks never interleave, and
//! their indexes rise by one; a `ping` follows `message_start`; a signature stands before the end of its block; a stream ends with
//! `message_stop` or with `event: error`, once. A block opens when it has something to say: an empty text is none.
//! Source: spec 04 §12.6, B23–B25.

use vocabulary::{ApiError, Usage};

use super::blocks::{OURS, redacted_data, signature_of};
use super::observe::error_frame;
use super::usage::{write_stop, write_usage};
use super::whole::message_id;
use crate::conversation::{
    Content, Delta, Event, Part, Place, Reasoning, Sequencer, Started, Stop, StopReason, Text, ToolCallKind,
};
use crate::json::{ObjectWriter, push_quoted, write_object};
use crate::translate::{CUSTOM_INPUT, Rendering};

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {
    sequencer: Sequencer,
    writer: Writer,
}

#[derive(Debug)]
struct Writer {
    rendering: Rendering,
    has_started: bool,
    has_ended: bool,
    has_calls: bool,
    has_refused: bool,
    /// The next block's index.
    index: u64,
    open: Option<Block>,
    usage: Option<Usage>,
    stop: Option<Stop>,
}

/// The part whose turn it is.
#[derive(Debug)]
struct Block {
    kind: Kind,
    /// `content_block_start` was written.
    is_open: bool,
}

#[derive(Debug)]
enum Kind {
    Text,
    /// With its text so far, as a state that is sealed takes the text along.
    Thinking(Reasoning, String),
    /// JSON as it comes.
    Call,
    /// Plain text, which travels as a JSON string.
    CustomCall,
    /// Nothing of it is written.
    Ignored,
}

impl StreamEncoder {
    /// An encoder that has written nothing.
    pub fn new(rendering: Rendering) -> Self {
        let writer = Writer {
            rendering,
            has_started: false,
            has_ended: false,
            has_calls: false,
            has_refused: false,
            index: 0,
            open: None,
            usage: None,
            stop: None,
        };
        Self { sequencer: Sequencer::new(), writer }
    }

    /// Writes what an event means.
    pub fn encode(&mut self, event: Event, out: &mut Vec<u8>) {
        let Self { sequencer, writer } = self;
        if writer.has_ended {
            return;
        }
        match event {
            // Not through the sequencer: it would end blocks that did not end.
            Event::Failed(error) => writer.fail(&error, out),
            event if choice_of(&event) != 0 => {}
            event => sequencer.push(event, &mut |event| writer.write(event, out)),
        }
    }

    /// Writes the end of a complete stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Self { sequencer, writer } = self;
        if writer.has_ended {
            return;
        }
        if writer.stop.is_none() {
            let stop = Stop::new(StopReason::End);
            sequencer.push(Event::Finished { choice: 0, stop }, &mut |event| writer.write(event, out));
        }
        writer.end(out);
    }
}

fn choice_of(event: &Event) -> u32 {
    match event {
        Event::PartStarted { at: Place { choice, .. }, .. }
        | Event::Delta { at: Place { choice, .. }, .. }
        | Event::PartFinished { at: Place { choice, .. } }
        | Event::Finished { choice, .. } => *choice,
        Event::Started(_) | Event::Usage(_) | Event::Failed(_) => 0,
    }
}

fn frame(out: &mut Vec<u8>, name: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    write_object(out, |object| {
        object.text("type", name);
        members(object);
    });
    out.extend_from_slice(b"\n\n");
}

impl Writer {
    fn write(&mut self, event: Event, out: &mut Vec<u8>) {
        match event {
            Event::Started(started) => self.start(&started, out),
            Event::PartStarted { part, .. } => self.begin(*part, out),
            Event::Delta { delta, .. } => self.grow(delta, out),
            Event::PartFinished { .. } => self.close(out),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Finished { stop, .. } => self.stop = Some(stop),
            Event::Failed(_) => {}
        }
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.has_ended = true;
        out.extend_from_slice(&error_frame(error));
    }

    fn start(&mut self, started: &Started, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_started, true) {
            return;
        }
        let id = message_id(&started.id, &mut self.rendering);
        let model = if started.model.is_empty() { &self.rendering.model } else { &started.model };
        let estimate = Usage { input_tokens: self.rendering.estimated_input_tokens, ..Usage::default() };
        frame(out, "message_start", |event| {
            event.object("message", |message| {
                message.text("id", &*id).text("type", "message").text("role", "assistant");
                message.text("model", &**model).array("content", |_| {});
                message.null("stop_reason").null("stop_sequence");
                message.object("usage", |usage| write_usage(usage, &estimate));
            });
        });
        frame(out, "ping", |_| {});
    }

    fn begin(&mut self, part: Part, out: &mut Vec<u8>) {
        self.start(&Started::default(), out);
        self.close(out);
        let set = |kind| Some(Block { kind, is_open: false });
        match part.content {
            Content::Text { text, annotations, .. } => {
                self.open = set(Kind::Text);
                self.grow(Delta::Text(text), out);
                annotations
                    .into_iter()
                    .for_each(|annotation| self.grow(Delta::Annotation(Box::new(annotation)), out));
            }
            Content::Refusal(text) => {
                self.has_refused = true;
                self.open = set(Kind::Text);
                self.grow(Delta::Text(text), out);
            }
            Content::Reasoning(mut reasoning) => {
                let text = std::mem::take(&mut reasoning.text);
                self.open = set(Kind::Thinking(reasoning, String::new()));
                self.grow(Delta::Text(text), out);
            }
            Content::ToolCall(call) => {
                self.has_calls = true;
                let is_custom = call.kind == ToolCallKind::Custom;
                self.open = set(if is_custom { Kind::CustomCall } else { Kind::Call });
                self.open_block(out, |block| {
                    block.text("type", "tool_use").text("id", &*call.id).text("name", &*call.name);
                    block.object("input", |_| {});
                });
                if is_custom {
                    self.delta(out, "input_json_delta", "partial_json", &format!("{{\"{CUSTOM_INPUT}\":\""));
                }
                self.grow(Delta::Text(call.arguments), out);
            }
            Content::Foreign(foreign) if foreign.dialect == OURS => {
                self.open = set(Kind::Ignored);
                let index = self.index;
                frame(out, "content_block_start", |event| {
                    event.number("index", index).json("content_block", &foreign.raw);
                });
                self.mark_open();
            }
            _ => self.open = set(Kind::Ignored),
        }
    }

    /// Writes the start of the block whose turn it is, once.
    fn open_block(&mut self, out: &mut Vec<u8>, block: impl FnOnce(&mut ObjectWriter<'_>)) {
        if self.open.as_ref().is_some_and(|open| open.is_open) {
            return;
        }
        let index = self.index;
        frame(out, "content_block_start", |event| {
            event.number("index", index).object("content_block", block);
        });
        self.mark_open();
    }

    fn mark_open(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_open = true;
        }
    }

    fn delta(&self, out: &mut Vec<u8>, kind: &str, key: &str, text: &str) {
        frame(out, "content_block_delta", |event| {
            event.number("index", self.index).object("delta", |delta| {
                delta.text("type", kind).text(key, text);
            });
        });
    }

    fn grow(&mut self, delta: Delta, out: &mut Vec<u8>) {
        let Some(open) = &mut self.open else { return };
        match (&mut open.kind, delta) {
            (_, Delta::Text(text)) if text.is_empty() => {}
            (Kind::Text, Delta::Text(text)) => {
                self.open_text(out);
                self.delta(out, "text_delta", "text", &text);
            }
            (Kind::Text, Delta::Annotation(annotation)) => {
                let Some(citation) = annotation.raw_for(OURS) else { return };
                self.open_text(out);
                frame(out, "content_block_delta", |event| {
                    event.number("index", self.index).object("delta", |delta| {
                        delta.text("type", "citations_delta").json("citation", citation);
                    });
                });
            }
            (Kind::Thinking(reasoning, _), Delta::State(state)) => reasoning.state = Some(state),
            (Kind::Thinking(_, so_far), Delta::Text(text)) => {
                so_far.push_str(&text);
                self.open_thinking(out);
                self.delta(out, "thinking_delta", "thinking", &text);
            }
            (Kind::Call, Delta::Text(json)) => self.delta(out, "input_json_delta", "partial_json", &json),
            (Kind::CustomCall, Delta::Text(text)) => {
                self.delta(out, "input_json_delta", "partial_json", &escaped(&text));
            }
            _ => {}
        }
    }

    fn open_text(&mut self, out: &mut Vec<u8>) {
        self.open_block(out, |block| {
            block.text("type", "text").text("text", "");
        });
    }

    fn open_thinking(&mut self, out: &mut Vec<u8>) {
        self.open_block(out, |block| {
            block.text("type", "thinking").text("thinking", "").text("signature", "");
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match self.open.as_mut().map(|open| &mut open.kind) {
            None => return,
            Some(Kind::CustomCall) => self.delta(out, "input_json_delta", "partial_json", "\"}"),
            Some(Kind::Thinking(reasoning, text)) => {
                reasoning.text = std::mem::take(text).into();
                let (data, signature) = (redacted_data(reasoning).cloned(), signature_of(reasoning));
                self.close_thinking(data, signature, out);
            }
            Some(Kind::Text | Kind::Call | Kind::Ignored) => {}
        }
        if self.open.take().is_some_and(|open| open.is_open) {
            let index = self.index;
            frame(out, "content_block_stop", |event| {
                event.number("index", index);
            });
            self.index += 1;
        }
    }

    fn close_thinking(&mut self, data: Option<Text>, signature: Option<Text>, out: &mut Vec<u8>) {
        if let Some(data) = data {
            self.open_block(out, |block| {
                block.text("type", "redacted_thinking").text("data", &*data);
            });
        } else if let Some(signature) = signature {
            self.open_thinking(out);
            self.delta(out, "signature_delta", "signature", &signature);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(&Started::default(), out);
        self.close(out);
        self.has_ended = true;
        frame(out, "message_delta", |event| {
            event.object("delta", |delta| {
                write_stop(delta, self.stop.as_ref(), self.has_calls, self.has_refused)
            });
            event.object("usage", |usage| match &self.usage {
                Some(counts) => write_usage(usage, counts),
                None => {
                    usage.number("output_tokens", 0);
                }
            });
        });
        frame(out, "message_stop", |_| {});
    }
}

/// The text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    push_quoted(&mut quoted, text);
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    String::from_utf8_lossy(inner).into_owned()
}
