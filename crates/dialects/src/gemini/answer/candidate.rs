//! One candidate of an answer, chunk by chunk.
//! In: elements of `candidates`. Out: events of one choice. Invariants: texts of one kind that follow each other are one part, as a
//! stream cuts them anywhere; a signature becomes a `Reasoning` part before what it stands on, or after a text that has left
//! already; what is said about a text (sources) comes at its end, when its indexes can be counted.

use vocabulary::Dialect;

use super::super::decode::in_standard_alphabet;
use super::super::spelling::name_of;
use super::super::{SKIPPED_SIGNATURE, grounding, logprobs};
use super::stop::stop_of;
use super::{get, text_in};
use crate::conversation::{
    Content, Delta, Event, Foreign, Issuer, Json, Media, MediaSource, OpaqueState, Part, Place, Reasoning,
    Stop, Text, ToolCall, ToolCallKind, open,
};
use crate::json::{Kind, RawObject, RawValue};

/// What has been read of a candidate.
#[derive(Debug)]
pub(super) struct Candidate {
    index: u32,
    next_part: u32,
    open: Option<(Growing, Place)>,
    /// The text of the part that is open, or was last: sources count in its bytes.
    text: String,
    /// A signature that came while the text that it stands on was under way: it follows that text.
    trailing: Option<Reasoning>,
    calls: u32,
    reason: Text,
    grounding: Option<Json>,
    citations: Option<Json>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growing {
    Text,
    Thought,
}

impl Candidate {
    /// A candidate of which nothing was read.
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            next_part: 0,
            open: None,
            text: String::new(),
            trailing: None,
            calls: 0,
            reason: Text::default(),
            grounding: None,
            citations: None,
        }
    }

    /// Why it ended; `None` if it has not.
    pub(super) fn stop(&self) -> Option<Stop> {
        stop_of(&self.reason, self.calls > 0)
    }

    /// Reads what a chunk says of it.
    pub(super) fn read(&mut self, candidate: RawValue<'_>, suffix: &str, out: &mut Vec<Event>) {
        let (mut likely, mut reason) = (Vec::new(), None);
        let (mut content, mut grounding, mut citations) = (None, None, None);
        for (name, value) in candidate.raw_members().filter(|(_, value)| !value.is_null()) {
            let object = || Some(value).filter(|value| value.kind() == Kind::Object).map(Json::of);
            match &*name_of(name) {
                b"content" => content = Some(value),
                b"finishReason" => reason = value.as_text(),
                b"groundingMetadata" => grounding = object(),
                b"citationMetadata" => citations = object(),
                b"logprobsResult" => likely = logprobs::read(value),
                _ => {}
            }
        }
        let parts = content.and_then(|content| get(content, "parts"));
        for part in parts.into_iter().flat_map(|parts| parts.elements()) {
            self.read_part(part, suffix, out);
        }
        self.grounding = grounding.or(self.grounding.take());
        self.citations = citations.or(self.citations.take());
        if let Some((Growing::Text, at)) = self.open.filter(|_| !likely.is_empty()) {
            out.push(Event::Delta { at, delta: Delta::Logprobs(likely) });
        }
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.reason = reason;
        }
    }

    /// Nothing more comes.
    pub(super) fn close(&mut self, out: &mut Vec<Event>) {
        self.annotate(out);
        self.end_open(out);
    }

    fn read_part(&mut self, part: RawValue<'_>, suffix: &str, out: &mut Vec<Event>) {
        let (mut text, mut is_thought, mut signature) = (None, false, None);
        for (name, value) in part.raw_members() {
            match &*name_of(name) {
                b"text" => text = value.as_text(),
                b"thought" => is_thought = value.as_bool() == Some(true),
                b"thoughtSignature" => signature = value.as_text(),
                _ => {}
            }
        }
        let said = text.clone().filter(|text| !text.is_empty());
        if let Some(thought) = said.clone().filter(|_| is_thought) {
            self.grow(Growing::Thought, thought, out);
        }
        if let Some(signature) = signature {
            self.sign(signature, text.is_some() && !is_thought, out);
        }
        match said {
            Some(said) if !is_thought => self.grow(Growing::Text, said, out),
            None if text.is_none() => self.read_data(part, suffix, out),
            _ => {}
        }
    }

    fn read_data(&mut self, part: RawValue<'_>, suffix: &str, out: &mut Vec<Event>) {
        if let Some(call) = get(part, "functionCall") {
            self.read_call(call, suffix, out);
        } else if let Some(blob) = get(part, "inlineData") {
            if let Some(content) = medium(blob) {
                self.push_whole(content, out);
            }
        } else if part.members().any(|(name, _)| !matches!(name, "thought" | "thoughtSignature")) {
            let foreign = Foreign { dialect: Dialect::Gemini, raw: Json::of(part) };
            self.push_whole(Content::Foreign(foreign), out);
        }
    }

    fn read_call(&mut self, call: RawValue<'_>, suffix: &str, out: &mut Vec<Event>) {
        let Some(name) = text_in(call, "name").filter(|name| !name.is_empty()) else { return };
        let number = self.calls;
        self.calls += 1;
        let own = text_in(call, "id").filter(|id| !id.is_empty());
        let id = own.unwrap_or_else(|| format!("call_{}_{number}_{suffix}", self.index).into());
        let args = get(call, "args").filter(|args| args.kind() == Kind::Object);
        let arguments = args.map_or(Text::from_static("{}"), |args| Json::of(args).text());
        let (kind, item_id) = (ToolCallKind::Function, None);
        let call = ToolCall { id, name, arguments: Text::default(), kind, namespace: None, item_id };
        self.end_open(out);
        let at = self.start(Content::ToolCall(call), out);
        out.push(Event::Delta { at, delta: Delta::Text(arguments) });
        out.push(Event::PartFinished { at });
    }

    fn grow(&mut self, kind: Growing, more: Text, out: &mut Vec<Event>) {
        let at = match self.open {
            Some((open, at)) if open == kind => at,
            _ => {
                self.end_open(out);
                let content = match kind {
                    Growing::Text => {
                        self.text.clear();
                        Part::text("").content
                    }
                    Growing::Thought => Content::Reasoning(Reasoning::default()),
                };
                let at = self.start(content, out);
                self.open = Some((kind, at));
                at
            }
        };
        self.say(at, more, out);
    }

    /// Adds to the part that is open.
    pub(super) fn say(&mut self, at: Place, more: Text, out: &mut Vec<Event>) {
        if matches!(self.open, Some((Growing::Text, open)) if open == at) {
            self.text.push_str(&more);
        }
        out.push(Event::Delta { at, delta: Delta::Text(more) });
    }

    fn sign(&mut self, signature: Text, is_on_text: bool, out: &mut Vec<Event>) {
        if signature.is_empty() || signature == SKIPPED_SIGNATURE {
            return;
        }
        let google = |bytes| {
            let state = Some(OpaqueState { issuer: Issuer::Google, bytes });
            Reasoning { state, ..Reasoning::default() }
        };
        // Sealed by a gateway behind us: the state of another provider.
        let reasoning = open(&signature).unwrap_or_else(|| google(signature));
        match (self.open, &reasoning.state) {
            (Some((Growing::Thought, at)), Some(state)) => {
                out.push(Event::Delta { at, delta: Delta::State(state.clone()) });
                self.end_open(out);
            }
            (Some((Growing::Text, _)), _) if is_on_text && self.trailing.is_none() => {
                self.trailing = Some(reasoning);
            }
            _ => {
                self.end_open(out);
                self.push_whole(Content::Reasoning(reasoning), out);
            }
        }
    }

    fn start(&mut self, content: Content, out: &mut Vec<Event>) -> Place {
        let at = Place { choice: self.index, part: self.next_part };
        self.next_part += 1;
        out.push(Event::PartStarted { at, part: Box::new(content.into()) });
        at
    }

    fn push_whole(&mut self, content: Content, out: &mut Vec<Event>) {
        self.end_open(out);
        let at = self.start(content, out);
        out.push(Event::PartFinished { at });
    }

    fn end_open(&mut self, out: &mut Vec<Event>) {
        if let Some((_, at)) = self.open.take() {
            out.push(Event::PartFinished { at });
        }
        if let Some(reasoning) = self.trailing.take() {
            let at = self.start(Content::Reasoning(reasoning), out);
            out.push(Event::PartFinished { at });
        }
    }

    /// Says where the text is from. A text that has ended already gets an empty one behind it.
    fn annotate(&mut self, out: &mut Vec<Event>) {
        let wrapped = |json: Option<Json>| json.and_then(|json| json.object());
        let (grounding, citations): (Option<RawObject>, Option<RawObject>) =
            (wrapped(self.grounding.take()), wrapped(self.citations.take()));
        let is_open = matches!(self.open, Some((Growing::Text, _)));
        let text = if is_open { &*self.text } else { "" };
        let annotations = grounding::read(grounding.as_ref(), citations.as_ref(), text);
        if annotations.is_empty() {
            return;
        }
        let at = match self.open {
            Some((Growing::Text, at)) => at,
            _ => {
                self.end_open(out);
                let at = self.start(Part::text("").content, out);
                self.open = Some((Growing::Text, at));
                at
            }
        };
        let deltas = annotations.into_iter().map(|annotation| Delta::Annotation(Box::new(annotation)));
        out.extend(deltas.map(|delta| Event::Delta { at, delta }));
    }
}

/// A medium of an answer; `None` if it has no data.
fn medium(blob: RawValue<'_>) -> Option<Content> {
    let data = text_in(blob, "data").filter(|data| !data.is_empty())?;
    let media_type = text_in(blob, "mimeType").map(|media_type| media_type.to_ascii_lowercase());
    let source = MediaSource::Base64(in_standard_alphabet(data));
    let media = Media { media_type: media_type.as_deref().map(Text::from), ..Media::of(source) };
    Some(match media_type.as_deref().and_then(|media_type| media_type.split_once('/')) {
        Some(("audio", _)) => Content::Audio(media),
        Some(("video", _)) => Content::Video(media),
        Some(("image", _)) | None => Content::Image(media),
        Some(_) => Content::Document(media),
    })
}
