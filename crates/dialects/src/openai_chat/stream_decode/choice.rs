//! One choice of a stream: which parts are open, and what is known of calls that are not yet.
//! In: elements of `choices`. Out: events of its parts. Invariant: parts have rising indexes in the order of their starts.

use crate::conversation::{
    Content, Delta, Event, Media, MediaSource, Part, Place, Reasoning, Stop, StopReason, Text, ToolCall,
    ToolCallKind,
};
use crate::json::RawValue;
use crate::openai_chat::decode_response::{Called, UNKNOWN_NAME, called, made_id};
use crate::openai_chat::thinking;
use crate::openai_chat::words::{self, Piece};

#[derive(Debug)]
pub(super) struct Choice {
    index: usize,
    /// Of the answer, for ids of calls.
    mark: Text,
    next_part: u32,
    open: Option<Open>,
    calls: Vec<Call>,
    stop: Option<Stop>,
}

/// The part that is open beside calls.
#[derive(Debug)]
struct Open {
    at: Place,
    kind: Kind,
    /// What was thought, to know whose thoughts a block signs.
    thoughts: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Refusal,
}

#[derive(Debug)]
struct Call {
    /// As the upstream counts; `None` for the older `function_call`.
    index: Option<u64>,
    id: Text,
    name: Text,
    kind: ToolCallKind,
    /// Arguments that came before the call could open.
    arguments: String,
    signed: Option<Reasoning>,
    at: Option<Place>,
}

impl Choice {
    pub(super) fn new(index: usize, mark: Text) -> Self {
        Self { index, mark, next_part: 0, open: None, calls: Vec::new(), stop: None }
    }

    /// True once a finish reason came.
    pub(super) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Reads an element of `choices`.
    pub(super) fn read(&mut self, value: RawValue<'_>, out: &mut Vec<Event>) {
        if let Some(delta) = value.get("delta").or_else(|| value.get("message")) {
            self.read_thoughts(delta, out);
            self.read_words(delta, out);
            self.read_about_text(value, delta, out);
            self.read_calls(delta, out);
        }
        if let Some(stop) = words::read_stop(value) {
            self.stop = Some(stop);
        }
    }

    fn read_thoughts(&mut self, delta: RawValue<'_>, out: &mut Vec<Event>) {
        let mut blocks = delta.get("thinking_blocks").into_iter().flat_map(thinking::read_blocks).peekable();
        // Blocks beside a text repeat it.
        let text = if blocks.peek().is_some() { None } else { thinking::read_text(delta) };
        if let Some(text) = text {
            self.say(Kind::Reasoning, text, out);
        }
        for block in blocks {
            self.read_state(block, out);
        }
        if let Some(signed) = delta.get("extra_content").and_then(thinking::read_signature) {
            self.read_state(signed, out);
        }
    }

    /// A state of the thoughts that are open, or thoughts of its own.
    fn read_state(&mut self, block: Reasoning, out: &mut Vec<Event>) {
        let is_of_open = self.open.as_ref().is_some_and(|open| {
            open.kind == Kind::Reasoning
                && !block.is_redacted
                && thinking::matches_text(&block, &open.thoughts)
        });
        if !is_of_open {
            self.close(out);
            let start = Reasoning { text: Text::default(), state: None, ..block.clone() };
            let at = self.start(Content::Reasoning(start).into(), out);
            self.open = Some(Open { at, kind: Kind::Reasoning, thoughts: String::new() });
            if !block.text.is_empty() {
                out.push(Event::Delta { at, delta: Delta::Text(block.text.clone()) });
            }
        }
        if let (Some(open), Some(state)) = (&self.open, block.state) {
            out.push(Event::Delta { at: open.at, delta: Delta::State(state) });
        }
        self.close(out);
    }

    fn read_words(&mut self, delta: RawValue<'_>, out: &mut Vec<Event>) {
        for piece in delta.get("content").into_iter().flat_map(words::content_texts) {
            match piece {
                Piece::Text(text) => self.say(Kind::Text, text, out),
                Piece::Thinking(text) => self.say(Kind::Reasoning, text, out),
            }
        }
        let refusal = delta.get("refusal").and_then(|refusal| refusal.as_text());
        if let Some(refusal) = refusal.filter(|refusal| !refusal.is_empty()) {
            self.say(Kind::Refusal, refusal, out);
        }
        for image in delta.get("images").into_iter().flat_map(words::read_images) {
            self.show(image, out);
        }
    }

    /// Annotations and log probabilities of the text that is open.
    fn read_about_text(&mut self, choice: RawValue<'_>, delta: RawValue<'_>, out: &mut Vec<Event>) {
        let logprobs = words::read_logprobs(choice);
        let is_text = self.open.as_ref().is_some_and(|open| open.kind == Kind::Text);
        if let Some(open) = self.open.as_ref().filter(|_| is_text && !logprobs.is_empty()) {
            out.push(Event::Delta { at: open.at, delta: Delta::Logprobs(logprobs) });
        }
        let listed = delta.get("annotations").into_iter().flat_map(|annotations| annotations.elements());
        for annotation in listed.map(words::read_annotation) {
            let at = self.open_as(Kind::Text, out);
            out.push(Event::Delta { at, delta: Delta::Annotation(Box::new(annotation)) });
        }
    }

    fn read_calls(&mut self, delta: RawValue<'_>, out: &mut Vec<Event>) {
        for value in delta.get("tool_calls").into_iter().flat_map(|calls| calls.elements()) {
            let id = value.get("id").and_then(|id| id.as_text()).filter(|id| !id.trim().is_empty());
            let index = value.get("index").and_then(|index| index.as_u64());
            let called = called(value);
            let number = self.call_of(index, id.as_ref(), called.name.is_some());
            let signed = value.get("extra_content").and_then(thinking::read_signature);
            self.grow(number, id, called, signed, out);
        }
        if let Some(value) = delta.get("function_call").filter(|call| !call.is_null()) {
            let known = self.calls.iter().position(|call| call.index.is_none());
            let number = known.unwrap_or_else(|| self.add_call(None));
            let id = made_id(self.index, number, &self.mark);
            self.grow(number, Some(id), called(value), None, out);
        }
    }

    /// The call that a piece belongs to. A new id with a new name is a new call, whatever index its upstream gave it; without an
    /// index and an id it is the latest.
    fn call_of(&mut self, index: Option<u64>, id: Option<&Text>, is_named: bool) -> usize {
        let is_other = |call: &Call| is_named && id.is_some_and(|id| !call.id.is_empty() && *id != call.id);
        let known = match (index, id) {
            (Some(_), _) => self.calls.iter().rposition(|call| call.index == index),
            (None, Some(id)) => self.calls.iter().rposition(|call| call.id == *id),
            (None, None) => self.calls.len().checked_sub(1),
        };
        let known = known.filter(|number| self.calls.get(*number).is_some_and(|call| !is_other(call)));
        known.unwrap_or_else(|| self.add_call(index.or(Some(self.calls.len() as u64))))
    }

    fn add_call(&mut self, index: Option<u64>) -> usize {
        self.calls.push(Call {
            index,
            id: Text::default(),
            name: Text::default(),
            kind: ToolCallKind::Function,
            arguments: String::new(),
            signed: None,
            at: None,
        });
        self.calls.len() - 1
    }

    fn grow(
        &mut self,
        number: usize,
        id: Option<Text>,
        called: Called,
        signed: Option<Reasoning>,
        out: &mut Vec<Event>,
    ) {
        let Some(call) = self.calls.get_mut(number) else { return };
        let arguments = called.arguments.filter(|arguments| !arguments.is_empty());
        if let Some(at) = call.at {
            out.extend(arguments.map(|more| Event::Delta { at, delta: Delta::Text(more) }));
            return;
        }
        if let Some(id) = id {
            call.id = id;
        }
        if let Some(name) = called.name {
            (call.name, call.kind) = (name, called.kind);
        }
        call.signed = signed.or(call.signed.take());
        call.arguments.push_str(arguments.as_deref().unwrap_or_default());
        if !call.id.is_empty() && !call.name.is_empty() {
            self.open_call(number, out);
        }
    }

    fn open_call(&mut self, number: usize, out: &mut Vec<Event>) {
        let Some(call) = self.calls.get_mut(number) else { return };
        let signed = call.signed.take();
        let arguments = std::mem::take(&mut call.arguments);
        let (id, name, kind) = (call.id.clone(), call.name.clone(), call.kind);
        if let Some(signed) = signed {
            self.read_state(signed, out);
        }
        self.close(out);
        let start = ToolCall { id, name, arguments: Text::default(), kind, namespace: None, item_id: None };
        let at = self.start(Content::ToolCall(start).into(), out);
        if !arguments.is_empty() {
            out.push(Event::Delta { at, delta: Delta::Text(arguments.into()) });
        }
        if let Some(call) = self.calls.get_mut(number) {
            call.at = Some(at);
        }
    }

    /// Adds to a part that is open.
    pub(super) fn say_at(&mut self, at: Place, text: Text, out: &mut Vec<Event>) {
        if let Some(open) = self.open.as_mut().filter(|open| open.at == at && open.kind == Kind::Reasoning) {
            open.thoughts.push_str(&text);
        }
        out.push(Event::Delta { at, delta: Delta::Text(text) });
    }

    /// Adds to the open part of a kind, or opens one.
    fn say(&mut self, kind: Kind, text: Text, out: &mut Vec<Event>) {
        let at = self.open_as(kind, out);
        self.say_at(at, text, out);
    }

    fn open_as(&mut self, kind: Kind, out: &mut Vec<Event>) -> Place {
        if let Some(open) = self.open.as_ref().filter(|open| open.kind == kind) {
            return open.at;
        }
        self.close(out);
        let part = match kind {
            Kind::Text => Part::text(""),
            Kind::Reasoning => Content::Reasoning(Reasoning::default()).into(),
            Kind::Refusal => Content::Refusal(Text::default()).into(),
        };
        let at = self.start(part, out);
        self.open = Some(Open { at, kind, thoughts: String::new() });
        at
    }

    /// An image, which comes whole.
    fn show(&mut self, image: Content, out: &mut Vec<Event>) {
        self.close(out);
        let (start, data) = match image {
            Content::Image(Media { source: MediaSource::Base64(data), media_type, name, detail }) => {
                let source = MediaSource::Base64(Text::default());
                (Content::Image(Media { source, media_type, name, detail }), Some(data))
            }
            other => (other, None),
        };
        let at = self.start(start.into(), out);
        out.extend(data.map(|data| Event::Delta { at, delta: Delta::Medium(data) }));
        out.push(Event::PartFinished { at });
    }

    fn start(&mut self, part: Part, out: &mut Vec<Event>) -> Place {
        let at = Place { choice: u32::try_from(self.index).unwrap_or_default(), part: self.next_part };
        self.next_part += 1;
        out.push(Event::PartStarted { at, part: Box::new(part) });
        at
    }

    fn close(&mut self, out: &mut Vec<Event>) {
        out.extend(self.open.take().map(|open| Event::PartFinished { at: open.at }));
    }

    /// Everything that is open ends, and the choice.
    pub(super) fn end(mut self, out: &mut Vec<Event>) {
        self.close(out);
        for number in 0..self.calls.len() {
            let made = made_id(self.index, number, &self.mark);
            if let Some(call) = self.calls.get_mut(number).filter(|call| call.at.is_none()) {
                call.id = if call.id.is_empty() { made } else { call.id.clone() };
                call.name = if call.name.is_empty() { UNKNOWN_NAME } else { call.name.clone() };
                self.open_call(number, out);
            }
        }
        self.close(out);
        out.extend(self.calls.iter().filter_map(|call| call.at).map(|at| Event::PartFinished { at }));
        let choice = u32::try_from(self.index).unwrap_or_default();
        let stop = self.stop.take().unwrap_or(Stop::new(StopReason::End));
        out.push(Event::Finished { choice, stop: words::with_calls(stop, !self.calls.is_empty()) });
    }
}
