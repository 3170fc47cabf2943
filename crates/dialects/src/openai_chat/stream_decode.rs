//! An upstream's chat stream as events.
//! In: whole frames. Out: events that keep the invariants of `conversation::event`. One text, reasoning or refusal part is open
//! at a time per choice; calls stay open until the end, since their pieces may interleave. A call opens only when its id and its
//! name are known; one whose upstream gave neither until the end gets an id of ours or `unknown`.
//! Invariants: ends are honest: `[DONE]`, or a finish reason and the end of the body; anything else is `Failed`, and nothing
//! follows that. Choices finish at the end of the stream, as some servers send content after a finish reason.
//! Source: OpenAI API reference, "The chat completion chunk object"; spec 03 §1.5, B7; 01 §9.

mod choice;

use bytes::Bytes;
use vocabulary::{ApiError, Code};

use self::choice::Choice;
use super::decode_response::{MAX_CHOICES, choice_index};
use super::stream::error_in;
use super::usage::read_usage;
use crate::conversation::{Event, Place, Started, Text, mark_of};
use crate::json::{RawObject, RawValue};
use crate::sse;

/// Reads a stream.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    has_started: bool,
    /// Of the answer, for ids of calls.
    mark: Text,
    /// By index; `None` for one that has not begun.
    choices: Vec<Option<Choice>>,
    phase: Phase,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// `[DONE]` came.
    Done,
    /// Every event was handed on.
    Ended,
}

impl StreamDecoder {
    /// Reads a frame.
    pub fn decode(&mut self, frame: &Bytes, out: &mut Vec<Event>) {
        if self.phase != Phase::Open {
            return;
        }
        let Some(data) = sse::shared_data(frame) else { return };
        match data.trim_ascii() {
            b"" => {}
            b"[DONE]" => {
                self.phase = Phase::Done;
                self.end(out);
            }
            _ => match RawObject::scan(data) {
                Ok(chunk) => self.read_chunk(&chunk, out),
                Err(error) => self.fail(interrupted().with_detail(format!("malformed chunk: {error}")), out),
            },
        }
    }

    /// More text of a part that is open, from a frame that was recognised without being read.
    pub(crate) fn say(&mut self, at: Place, text: Text, out: &mut Vec<Event>) {
        if let Some(Some(choice)) = self.choices.get_mut(at.choice as usize) {
            choice.say_at(at, text, out);
        }
    }

    /// True once the dialect's own end has come.
    pub fn is_complete(&self) -> bool {
        self.phase != Phase::Open
    }

    /// The upstream's body has ended.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        if self.phase != Phase::Open {
            return;
        }
        let mut begun = self.choices.iter().flatten().peekable();
        if begun.peek().is_some() && begun.all(Choice::has_stopped) {
            self.end(out);
        } else {
            self.fail(interrupted().with_detail("the body ended before the answer did"), out);
        }
    }

    fn read_chunk(&mut self, chunk: &RawObject, out: &mut Vec<Event>) {
        let members = Members::of(chunk);
        if let Some(error) = members.may_be_error.then(|| error_in(chunk)).flatten() {
            return self.fail(error, out);
        }
        let choices = || members.choices.into_iter().flat_map(|choices| choices.elements());
        if !self.has_started {
            let id = members.id.and_then(|id| id.as_text()).unwrap_or_default();
            // Some servers send a chunk about the prompt first, with neither.
            if !id.is_empty() || choices().next().is_some() {
                self.has_started = true;
                self.mark = mark_of(if id.is_empty() { chunk.body() } else { id.as_bytes() }).into();
                out.push(Event::Started(started(id, chunk)));
            }
        }
        for (position, choice) in choices().enumerate().take(MAX_CHOICES) {
            self.read_choice(choice, position, out);
        }
        if let Some(usage) = members.usage.and_then(read_usage) {
            self.start(out);
            out.push(Event::Usage(usage));
        }
    }

    fn read_choice(&mut self, value: RawValue<'_>, position: usize, out: &mut Vec<Event>) {
        let index = choice_index(value, position);
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, || None);
        }
        if let Some(slot) = self.choices.get_mut(index) {
            slot.get_or_insert_with(|| Choice::new(index, self.mark.clone())).read(value, out);
        }
    }

    fn start(&mut self, out: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.has_started, true) {
            out.push(Event::Started(Started::default()));
        }
    }

    /// The answer is whole.
    fn end(&mut self, out: &mut Vec<Event>) {
        self.start(out);
        self.phase = Phase::Ended;
        let mut choices = std::mem::take(&mut self.choices);
        if choices.is_empty() {
            choices.push(Some(Choice::new(0, self.mark.clone())));
        }
        for choice in choices.into_iter().flatten() {
            choice.end(out);
        }
    }

    fn fail(&mut self, error: ApiError, out: &mut Vec<Event>) {
        self.phase = Phase::Ended;
        self.choices.clear();
        out.push(Event::Failed(error));
    }
}

/// The members that every chunk is asked for, found in one pass.
#[derive(Default)]
struct Members<'a> {
    id: Option<RawValue<'a>>,
    choices: Option<RawValue<'a>>,
    usage: Option<RawValue<'a>>,
    may_be_error: bool,
}

impl<'a> Members<'a> {
    fn of(chunk: &'a RawObject) -> Self {
        let mut members = Self::default();
        for member in chunk.members() {
            match &*member.key_bytes() {
                b"id" => members.id = Some(member.value()),
                b"choices" => members.choices = Some(member.value()),
                b"usage" => members.usage = Some(member.value()),
                b"error" | b"type" => members.may_be_error = true,
                b"object" => members.may_be_error |= member.value().bytes() == br#""error""#,
                _ => {}
            }
        }
        members
    }
}

fn started(id: Text, chunk: &RawObject) -> Started {
    let created = chunk.get("created").and_then(|created| created.as_u64());
    let model = chunk.get("model").and_then(|model| model.as_text()).unwrap_or_default();
    Started { id, model, created: created.filter(|created| *created > 0) }
}

fn interrupted() -> ApiError {
    ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
}
