//! The events of one output item and how an event is framed (spec 03-B31, 04-B2).
//! In: an item that is being written. Out: complete frames. Invariants: every event has the next `sequence_number`, from 0; a
//! delta never repeats what was announced; whatever JSON is echoed, its line ends cannot break the framing.

use super::output::{
    annotation_json, arguments_of, content_part, finished, opening, text_part, write_logprobs,
};
use crate::conversation::{
    Annotation, Content, Logprob, Place, Reasoning, Text, ToolCall, ToolCallKind, text_of,
};
use crate::json::{ObjectWriter, push_number, push_quoted, write_object};

/// Writes events, and counts them.
#[derive(Debug, Default)]
pub(super) struct EventWriter {
    next_sequence_number: u64,
}

impl EventWriter {
    /// Writes one event.
    pub(super) fn event(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        members: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        let start = out.len();
        write_object(out, |event| {
            event.text("type", name).number("sequence_number", self.next_sequence_number);
            members(event);
        });
        // Raw line ends stand only between the tokens of what the client wrote.
        let data = out.get_mut(start..).unwrap_or_default();
        data.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        out.extend_from_slice(b"\n\n");
        self.next_sequence_number += 1;
    }

    /// Writes the event of which there are hundreds, in fewer steps: more text of a message. `place` stands between number and text.
    fn text_delta(&mut self, place: &[u8], more: &str, out: &mut Vec<u8>) {
        out.reserve(TEXT_DELTA.len() + place.len() + more.len() + 48);
        out.extend_from_slice(TEXT_DELTA);
        push_number(out, self.next_sequence_number);
        out.extend_from_slice(place);
        push_quoted(out, more);
        out.extend_from_slice(b",\"logprobs\":[]}\n\n");
        self.next_sequence_number += 1;
    }
}

/// How that event begins.
const TEXT_DELTA: &[u8] =
    b"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":";

/// An output item that is being written.
#[derive(Debug)]
pub(super) struct OpenItem {
    pub(super) at: Place,
    pub(super) id: Text,
    pub(super) output_index: u64,
    pub(super) content: Content,
    /// The text so far, arguments included.
    pub(super) text: String,
    /// Its `added` is out. Until something comes of it, an item is not announced.
    pub(super) is_announced: bool,
    /// What stands between the number and the text of a message's every delta.
    delta_place: Vec<u8>,
}

impl OpenItem {
    pub(super) fn new(at: Place, id: Text, output_index: u64, content: Content) -> Self {
        let delta_place = match content {
            Content::Text { .. } => {
                format!(r#","item_id":"{id}","output_index":{output_index},"content_index":0,"delta":"#)
            }
            _ => String::new(),
        };
        let delta_place = delta_place.into_bytes();
        Self { at, id, output_index, content, text: String::new(), is_announced: false, delta_place }
    }

    fn place(&self, event: &mut ObjectWriter<'_>) {
        event.text("item_id", &*self.id).number("output_index", self.output_index);
    }

    /// The place of the one content part that a message or reasoning item has here.
    fn part_place(&self, event: &mut ObjectWriter<'_>) {
        self.place(event);
        let is_summary = matches!(&self.content, Content::Reasoning(Reasoning { is_summary: true, .. }));
        event.number(if is_summary { "summary_index" } else { "content_index" }, 0);
    }

    /// Announces the item.
    pub(super) fn announce(&mut self, events: &mut EventWriter, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.is_announced, true) {
            return;
        }
        events.event(out, "response.output_item.added", |event| {
            event.number("output_index", self.output_index).raw("item", &opening(&self.id, &self.content));
        });
        let empty = match &self.content {
            Content::Text { .. } => content_part(&Content::Text {
                text: Text::default(),
                annotations: Vec::new(),
                logprobs: Vec::new(),
            }),
            Content::Refusal(_) => content_part(&Content::Refusal(Text::default())),
            _ => return,
        };
        self.part_event(events, out, "response.content_part.added", &empty);
    }

    fn part_event(&self, events: &mut EventWriter, out: &mut Vec<u8>, name: &str, part: &[u8]) {
        events.event(out, name, |event| {
            self.part_place(event);
            event.raw("part", part);
        });
    }

    /// More text, of whichever kind.
    pub(super) fn push_text(&mut self, more: &str, events: &mut EventWriter, out: &mut Vec<u8>) {
        self.announce(events, out);
        let is_first = self.text.is_empty();
        self.text.push_str(more);
        let name = match &self.content {
            Content::Text { .. } => return events.text_delta(&self.delta_place, more, out),
            Content::Refusal(_) => "response.refusal.delta",
            Content::Reasoning(reasoning) => {
                let (added, part_type, delta) = reasoning_names(reasoning);
                if is_first {
                    self.part_event(events, out, added, &text_part(part_type, ""));
                }
                delta
            }
            Content::ToolCall(call) if call.kind == ToolCallKind::Custom => {
                "response.custom_tool_call_input.delta"
            }
            Content::ToolCall(_) => "response.function_call_arguments.delta",
            _ => return,
        };
        events.event(out, name, |event| {
            if matches!(self.content, Content::ToolCall(_)) {
                self.place(event);
            } else {
                self.part_place(event);
            }
            event.text("delta", more);
        });
    }

    /// Where the text is from.
    pub(super) fn push_annotation(
        &mut self,
        annotation: Annotation,
        events: &mut EventWriter,
        out: &mut Vec<u8>,
    ) {
        let Some(json) = annotation_json(&annotation) else { return };
        self.announce(events, out);
        let Content::Text { annotations, .. } = &mut self.content else { return };
        let index = annotations.len() as u64;
        annotations.push(annotation);
        events.event(out, "response.output_text.annotation.added", |event| {
            self.part_place(event);
            event.number("annotation_index", index).raw("annotation", &json);
        });
    }

    /// How likely the latest tokens were: a delta without text, as the text is out already.
    pub(super) fn push_logprobs(&mut self, more: Vec<Logprob>, events: &mut EventWriter, out: &mut Vec<u8>) {
        if more.is_empty() || !matches!(self.content, Content::Text { .. }) {
            return;
        }
        self.announce(events, out);
        events.event(out, "response.output_text.delta", |event| {
            self.part_place(event);
            event.text("delta", "");
            write_logprobs(event, &more);
        });
        if let Content::Text { logprobs, .. } = &mut self.content {
            logprobs.extend(more);
        }
    }

    /// Ends the item, which was announced, and returns it.
    pub(super) fn close(
        mut self,
        status: &str,
        shows_state: bool,
        events: &mut EventWriter,
        out: &mut Vec<u8>,
    ) -> Vec<u8> {
        let is_empty = self.text.is_empty();
        let given = match &self.content {
            Content::ToolCall(call) if is_empty => Text::from(arguments_of(call, status)),
            _ => Text::default(),
        };
        if !given.is_empty() {
            // Whoever adds the deltas up shall find what `done` says.
            self.push_text(&given, events, out);
        }
        if let Some(text) = text_of(&mut self.content) {
            *text = std::mem::take(&mut self.text).into();
        }
        self.end_parts(events, out);
        let item = finished(&self.id, &self.content, status, shows_state);
        events.event(out, "response.output_item.done", |event| {
            event.number("output_index", self.output_index).raw("item", &item);
        });
        item
    }

    /// The events that end what is in the item.
    fn end_parts(&self, events: &mut EventWriter, out: &mut Vec<u8>) {
        match &self.content {
            Content::Text { text, logprobs, .. } => {
                events.event(out, "response.output_text.done", |event| {
                    self.part_place(event);
                    event.text("text", &**text);
                    write_logprobs(event, logprobs);
                });
                self.part_event(events, out, "response.content_part.done", &content_part(&self.content));
            }
            Content::Refusal(refusal) => {
                events.event(out, "response.refusal.done", |event| {
                    self.part_place(event);
                    event.text("refusal", &**refusal);
                });
                self.part_event(events, out, "response.content_part.done", &content_part(&self.content));
            }
            Content::Reasoning(reasoning) if !reasoning.text.is_empty() => {
                let (done, part_type, part_done) = reasoning_end_names(reasoning);
                events.event(out, done, |event| {
                    self.part_place(event);
                    event.text("text", &*reasoning.text);
                });
                self.part_event(events, out, part_done, &text_part(part_type, &reasoning.text));
            }
            Content::ToolCall(call) => self.end_call(call, events, out),
            _ => {}
        }
    }

    fn end_call(&self, call: &ToolCall, events: &mut EventWriter, out: &mut Vec<u8>) {
        match call.kind {
            ToolCallKind::Function => events.event(out, "response.function_call_arguments.done", |event| {
                self.place(event);
                event.text("name", &*call.name).text("arguments", &*call.arguments);
            }),
            ToolCallKind::Custom => events.event(out, "response.custom_tool_call_input.done", |event| {
                self.place(event);
                event.text("input", &*call.arguments);
            }),
        }
    }
}

/// The event that begins the part, the part's type, the event of a delta.
fn reasoning_names(reasoning: &Reasoning) -> (&'static str, &'static str, &'static str) {
    if reasoning.is_summary {
        ("response.reasoning_summary_part.added", "summary_text", "response.reasoning_summary_text.delta")
    } else {
        ("response.content_part.added", "reasoning_text", "response.reasoning_text.delta")
    }
}

/// The event that ends the text, the part's type, the event that ends the part.
fn reasoning_end_names(reasoning: &Reasoning) -> (&'static str, &'static str, &'static str) {
    if reasoning.is_summary {
        ("response.reasoning_summary_text.done", "summary_text", "response.reasoning_summary_part.done")
    } else {
        ("response.reasoning_text.done", "reasoning_text", "response.content_part.done")
    }
}
