//! Events as a chat stream, for a client.
//! In: events in any legal order. Out: chunks as whole frames, in the member order of spec 03 §1.5. The first chunk of a choice
//! has its role; usage comes in a chunk of its own, before `[DONE]`, if the client asked for it.
//! Invariants: the index of a call is unique within its choice; a call begins with the first piece of its arguments, or with
//! `{}` if it has none; a failed stream ends with an error frame and has no `[DONE]`.
//! Source: spec 03 §§1.5, 2.8 with B4, B10, B13, B14, B17, B18; 01 §9.5.

mod choice;

use vocabulary::Usage;

use self::choice::Choice;
use super::encode_response::id_of;
use super::frames::{DONE, error_frame};
use super::words;
use crate::conversation::{Event, Started};
use crate::json::{ObjectWriter, object, write_object};
use crate::translate::Rendering;

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {
    rendering: Rendering,
    /// The beginning of every chunk, up to its choices.
    head: Vec<u8>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
    has_ended: bool,
}

impl StreamEncoder {
    /// An encoder that has written nothing.
    pub fn new(rendering: Rendering) -> Self {
        Self { rendering, head: Vec::new(), choices: Vec::new(), usage: None, has_ended: false }
    }

    /// Writes what an event means.
    pub fn encode(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.has_ended {
            return;
        }
        match event {
            Event::Started(started) => {
                self.start(&started);
                self.choice(0, out);
            }
            Event::PartStarted { at, part } => {
                let (head, choice) = self.choice(at.choice, out);
                choice.start(at.part, *part, &mut Chunks { head, out });
            }
            Event::Delta { at, delta } => {
                let (head, choice) = self.choice(at.choice, out);
                choice.grow(at.part, delta, &mut Chunks { head, out });
            }
            Event::PartFinished { at } => {
                let (head, choice) = self.choice(at.choice, out);
                choice.finish_part(at.part, &mut Chunks { head, out });
            }
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Finished { choice, stop } => {
                let (head, choice) = self.choice(choice, out);
                choice.finish(&stop, &mut Chunks { head, out });
            }
            Event::Failed(error) => {
                self.has_ended = true;
                out.extend_from_slice(&error_frame(&error));
            }
        }
    }

    /// Writes the end of a complete stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        if let Some(usage) = self.usage.filter(|_| self.rendering.include_usage) {
            self.ensure_started();
            let (upstream, mut chunks) = (self.rendering.upstream, Chunks { head: &self.head, out });
            chunks.write(b"", |chunk| words::write_usage(chunk, &usage, upstream));
        }
        out.extend_from_slice(DONE);
    }

    fn ensure_started(&mut self) {
        if self.head.is_empty() {
            self.start(&Started::default());
        }
    }

    fn start(&mut self, started: &Started) {
        let id = id_of(&started.id, &mut self.rendering);
        let rendering = &self.rendering;
        let model = if started.model.is_empty() { &rendering.model } else { &started.model };
        self.head = object(|chunk| {
            chunk.text("id", &*id).text("object", "chat.completion.chunk");
            chunk.number("created", started.created.unwrap_or(rendering.created));
            chunk.text("model", &**model).text("provider", rendering.provider);
        });
        // The choices come behind.
        self.head.pop();
    }

    /// A choice, with its role written.
    fn choice(&mut self, index: u32, out: &mut Vec<u8>) -> (&[u8], &mut Choice) {
        self.ensure_started();
        let Self { head, choices, .. } = self;
        let position = choices.iter().position(|choice| choice.index == index).unwrap_or_else(|| {
            let mut chunks = Chunks { head, out };
            chunks.delta(index, |delta| {
                delta.text("role", "assistant").text("content", "");
            });
            choices.push(Choice::new(index));
            choices.len() - 1
        });
        (head, &mut choices[position])
    }
}

/// Where chunks are written.
struct Chunks<'o> {
    head: &'o [u8],
    out: &'o mut Vec<u8>,
}

impl Chunks<'_> {
    /// A chunk with these choices, and members behind them.
    fn write(&mut self, choices: &[u8], more: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.out.extend_from_slice(b"data: ");
        self.out.extend_from_slice(self.head);
        self.out.extend_from_slice(b",\"choices\":[");
        self.out.extend_from_slice(choices);
        self.out.push(b']');
        let rest = object(more);
        // An object without its opening bracket continues the chunk.
        if rest.len() > 2 {
            self.out.push(b',');
        }
        self.out.extend_from_slice(rest.get(1..).unwrap_or_default());
        self.out.extend_from_slice(b"\n\n");
    }

    /// A chunk of one choice.
    fn choice(&mut self, index: u32, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.out.extend_from_slice(b"data: ");
        self.out.extend_from_slice(self.head);
        self.out.extend_from_slice(b",\"choices\":[");
        write_object(self.out, |choice| {
            choice.number("index", u64::from(index));
            members(choice);
        });
        self.out.extend_from_slice(b"]}\n\n");
    }

    /// A chunk with a delta.
    fn delta(&mut self, index: u32, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.choice(index, |choice| {
            choice.object("delta", members).null("finish_reason");
        });
    }
}
