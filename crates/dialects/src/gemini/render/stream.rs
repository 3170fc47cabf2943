//! A stream for a client that speaks Gemini: events, or one JSON array that is written element by element.
//! In: events of the conversation. Out: chunks that hold new parts only; the last one has the finish reasons and the usage.
//! Invariants: an honest end: `finish` alone writes finish reasons, and a failure is the last thing said, once.
//! Source: spec 03 §17.6; 01 §9.5.

use std::collections::BTreeMap;

use vocabulary::{ApiError, Dialect, Usage};

use super::choice::ChoiceWriter;
use super::{choice_of, named, write_candidate, write_end, write_foot};
use crate::conversation::{Event, Text};
use crate::error::envelope;
use crate::json::object;
use crate::translate::Rendering;

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {
    rendering: Rendering,
    id: Text,
    model: Text,
    choices: BTreeMap<u32, ChoiceWriter>,
    usage: Option<Usage>,
    has_written: bool,
    has_ended: bool,
}

impl StreamEncoder {
    /// An encoder that has written nothing.
    pub fn new(rendering: Rendering) -> Self {
        Self {
            id: Text::default(),
            model: rendering.model.clone(),
            rendering,
            choices: BTreeMap::new(),
            usage: None,
            has_written: false,
            has_ended: false,
        }
    }

    /// Writes what an event means.
    pub fn encode(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.has_ended {
            return;
        }
        match event {
            Event::Started(started) => {
                self.model = named(&started.model, || self.rendering.model.clone());
                self.id = started.id;
            }
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Failed(error) => self.fail(&error, out),
            event => self.encode_choice(event, out),
        }
    }

    /// Writes the end of a complete stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        self.name();
        let mut choices = std::mem::take(&mut self.choices);
        let chunk = object(|chunk| {
            if !choices.is_empty() {
                chunk.array("candidates", |listed| {
                    for (index, writer) in &mut choices {
                        // As Google ends its own streams.
                        let part = writer.take_trailing().unwrap_or_else(|| br#"{"text":""}"#.to_vec());
                        write_candidate(listed, u64::from(*index), &[part], |out| write_end(writer, out));
                    }
                });
            }
            write_foot(chunk, self.usage.as_ref(), &self.model, &self.id);
        });
        self.write(&chunk, out);
        if self.rendering.as_array {
            out.push(b']');
        }
    }

    fn encode_choice(&mut self, event: Event, out: &mut Vec<u8>) {
        let Some(choice) = choice_of(&event) else { return };
        let mut parts = Vec::new();
        self.choices.entry(choice).or_default().push(event, &mut |part| parts.push(part));
        for part in parts {
            self.name();
            let chunk = object(|chunk| {
                chunk.array("candidates", |listed| {
                    write_candidate(listed, u64::from(choice), std::slice::from_ref(&part), |_| {});
                });
                write_foot(chunk, None, &self.model, &self.id);
            });
            self.write(&chunk, out);
        }
    }

    /// One id for all chunks: ours if the upstream has none.
    fn name(&mut self) {
        if self.id.is_empty() {
            self.id = self.rendering.ids.next("");
        }
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.has_ended = true;
        self.write(&envelope(Dialect::Gemini, error, None), out);
        if self.rendering.as_array {
            out.push(b']');
        }
    }

    fn write(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let is_first = !std::mem::replace(&mut self.has_written, true);
        if self.rendering.as_array {
            out.extend_from_slice(if is_first { b"[" } else { b",\n" });
            out.extend_from_slice(chunk);
        } else {
            out.extend_from_slice(b"data: ");
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\n\n");
        }
    }
}
