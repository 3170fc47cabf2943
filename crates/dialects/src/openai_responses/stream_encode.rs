//! Events to a Responses stream with its full lifecycle (spec 03-B31, 04-B2).
//! In: events in any legal order; of several choices the first. Out: frames, one item after the other: `created`, `in_progress`,
//! items, the terminal event with everything in it, `[DONE]`.
//! Invariants: every item that is announced is done; an item is done only when the next begins or the answer ends, so that its
//! status is the truth; an answer that did not say why it ended has failed.

use vocabulary::{ApiError, Code, Usage};

use super::output::{ResponseObject, Status, encrypted_content, item_id, shows_state};
use super::stream_events::{EventWriter, OpenItem};
use crate::conversation::{
    Content, Delta, Event, MediaSource, Part, Place, Sequencer, Started, Stop, Text, take_deltas,
};
use crate::translate::Rendering;

const DONE: &[u8] = b"data: [DONE]\n\n";

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {
    rendering: Rendering,
    id: Text,
    shows_state: bool,
    sequencer: Sequencer,
    events: EventWriter,
    started: Started,
    has_begun: bool,
    has_ended: bool,
    open: Option<OpenItem>,
    /// Items that are done.
    output: Vec<Vec<u8>>,
    usage: Option<Usage>,
    stop: Option<Stop>,
}

impl StreamEncoder {
    /// An encoder that has written nothing.
    pub fn new(mut rendering: Rendering) -> Self {
        Self {
            id: rendering.ids.next("resp_"),
            shows_state: shows_state(&rendering),
            rendering,
            sequencer: Sequencer::new(),
            events: EventWriter::default(),
            started: Started::default(),
            has_begun: false,
            has_ended: false,
            open: None,
            output: Vec::new(),
            usage: None,
            stop: None,
        }
    }

    /// Writes what an event means.
    pub fn encode(&mut self, event: Event, out: &mut Vec<u8>) {
        let mut sequencer = std::mem::take(&mut self.sequencer);
        sequencer.push(event, &mut |event| self.write(event, out));
        self.sequencer = sequencer;
    }

    /// Writes the end of a complete stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.has_ended {
            return;
        }
        let Some(stop) = self.stop.take() else {
            return self.fail(&ApiError::new(Code::StreamInterrupted, "upstream stream interrupted"), out);
        };
        self.begin(out);
        let status = Status::of_stop(&stop);
        self.close(status.of_last_item(), out);
        if self.output.is_empty() {
            self.start(Place { choice: 0, part: u32::MAX }, Part::text(""), out);
            if let Some(open) = &mut self.open {
                open.announce(&mut self.events, out);
            }
            self.close(status.of_last_item(), out);
        }
        self.end(status, out);
    }

    fn write(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.has_ended {
            return;
        }
        match event {
            Event::Started(started) => {
                self.started = started;
                self.begin(out);
            }
            Event::PartStarted { at, part } if at.choice == 0 => {
                self.begin(out);
                self.close("completed", out);
                self.start(at, *part, out);
            }
            Event::Delta { at, delta } => self.grow(at, delta, out),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Finished { choice: 0, stop } => {
                self.close(Status::of_stop(&stop).of_last_item(), out);
                self.stop = Some(stop);
            }
            Event::Failed(error) => self.fail(&error, out),
            // Its end is written when it is known how the item ended.
            Event::PartFinished { .. } => {}
            Event::PartStarted { .. } | Event::Finished { .. } => {}
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let response = self.response(Status::InProgress);
            for name in ["response.created", "response.in_progress"] {
                self.events.event(out, name, |event| {
                    event.raw("response", &response);
                });
            }
        }
    }

    fn start(&mut self, at: Place, mut part: Part, out: &mut Vec<u8>) {
        let Some(id) = item_id(&part.content, &mut self.rendering.ids) else { return };
        let deltas = take_deltas(&mut part);
        let output_index = self.output.len() as u64;
        let content = part.content;
        let is_whole = matches!(content, Content::ToolCall(_) | Content::Image(_) | Content::Foreign(_));
        let mut open = OpenItem::new(at, id, output_index, content);
        if is_whole {
            open.announce(&mut self.events, out);
        }
        self.open = Some(open);
        deltas.into_iter().for_each(|delta| self.grow(at, delta, out));
    }

    fn grow(&mut self, at: Place, delta: Delta, out: &mut Vec<u8>) {
        let Some(open) = self.open.as_mut().filter(|open| open.at == at) else { return };
        match (delta, &mut open.content) {
            (Delta::Text(more), _) if !more.is_empty() => open.push_text(&more, &mut self.events, out),
            (Delta::Annotation(annotation), _) => open.push_annotation(*annotation, &mut self.events, out),
            (Delta::Logprobs(more), _) => open.push_logprobs(more, &mut self.events, out),
            (Delta::State(state), Content::Reasoning(reasoning)) => reasoning.state = Some(state),
            (Delta::Medium(data), Content::Image(media)) => media.source = MediaSource::Base64(data),
            _ => {}
        }
    }

    /// Ends the open item, if there is one and it says something.
    fn close(&mut self, status: &str, out: &mut Vec<u8>) {
        let Some(mut open) = self.open.take() else { return };
        let has_state = match &open.content {
            Content::Reasoning(reasoning) => self.shows_state && encrypted_content(reasoning).is_some(),
            _ => false,
        };
        if has_state {
            open.announce(&mut self.events, out);
        }
        if open.is_announced {
            self.output.push(open.close(status, self.shows_state, &mut self.events, out));
        }
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.begin(out);
        self.close("incomplete", out);
        self.end(Status::Failed(error), out);
    }

    fn end(&mut self, status: Status<'_>, out: &mut Vec<u8>) {
        let response = self.response(status);
        self.events.event(out, status.event(), |event| {
            event.raw("response", &response);
        });
        out.extend_from_slice(DONE);
        self.has_ended = true;
    }

    /// The response as far as it has come.
    fn response(&self, status: Status<'_>) -> Vec<u8> {
        let Self { rendering, id, started, output, usage, .. } = self;
        let usage = if matches!(status, Status::InProgress) { None } else { *usage };
        let created = started.created.unwrap_or(rendering.created);
        let object = ResponseObject { id, model: &started.model, created, status, output, usage };
        crate::json::object(|response| object.write(response, rendering))
    }
}
