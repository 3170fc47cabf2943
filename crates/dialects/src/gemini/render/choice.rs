//! The parts of one choice, as Gemini spells them.
//! In: events of that choice, in any legal order. Out: parts, each whole JSON. Invariants: text and thoughts leave as they come, a
//! call leaves once; a state stands on the part after its reasoning, Google's as it is, others sealed; what other dialects' hosted
//! tools did has no spelling here and is left out.

use vocabulary::Dialect;

use crate::conversation::{
    Annotation, Content, Delta, Event, Issuer, Logprob, Media, MediaSource, Part, Reasoning, Sequencer, Stop,
    Text, ToolCall, ToolCallKind, seal,
};
use crate::json::{ObjectWriter, RawObject, object};
use crate::translate::CUSTOM_INPUT;

/// Writes the parts of one choice.
#[derive(Debug, Default)]
pub(super) struct ChoiceWriter {
    sequencer: Sequencer,
    inner: Inner,
}

#[derive(Debug, Default)]
struct Inner {
    open: Option<Open>,
    /// Waits for the part that it stands on.
    signature: Option<Text>,
    text: String,
    annotations: Vec<Annotation>,
    logprobs: Vec<Logprob>,
    stop: Option<Stop>,
}

/// The part that is being told.
#[derive(Debug)]
enum Open {
    Text,
    Reasoning(Box<Reasoning>, String),
    Call(Box<ToolCall>, String),
    Medium(Box<Part>),
}

impl ChoiceWriter {
    /// Takes an event of this choice and hands on the parts that are ready.
    pub(super) fn push(&mut self, event: Event, emit: &mut impl FnMut(Vec<u8>)) {
        let Self { sequencer, inner } = self;
        sequencer.push(event, &mut |event| inner.take(event, emit));
    }

    /// The part that carries a signature which no part followed.
    pub(super) fn take_trailing(&mut self) -> Option<Vec<u8>> {
        self.inner.signature.take().map(signed_nothing)
    }

    /// Why it ended.
    pub(super) fn stop(&self) -> Option<&Stop> {
        self.inner.stop.as_ref()
    }

    /// All of its text that annotations may speak of: that of the last text part with any.
    pub(super) fn text(&self) -> &str {
        &self.inner.text
    }

    /// Where its text is from.
    pub(super) fn annotations(&self) -> &[Annotation] {
        &self.inner.annotations
    }

    /// How likely its tokens were.
    pub(super) fn logprobs(&self) -> &[Logprob] {
        &self.inner.logprobs
    }
}

impl Inner {
    fn take(&mut self, event: Event, emit: &mut impl FnMut(Vec<u8>)) {
        match event {
            Event::PartStarted { part, .. } => self.start(*part, emit),
            Event::Delta { delta, .. } => self.grow(delta, emit),
            Event::PartFinished { .. } => self.end(emit),
            Event::Finished { stop, .. } => self.stop = Some(stop),
            Event::Started(_) | Event::Usage(_) | Event::Failed(_) => {}
        }
    }

    fn start(&mut self, part: Part, emit: &mut impl FnMut(Vec<u8>)) {
        self.open = match part.content {
            Content::Text { text, annotations, logprobs } => {
                self.begin_text();
                self.say(&text, emit);
                self.annotations.extend(annotations);
                self.logprobs.extend(logprobs);
                Some(Open::Text)
            }
            Content::Refusal(text) => {
                self.begin_text();
                self.say(&text, emit);
                Some(Open::Text)
            }
            Content::Reasoning(mut reasoning) => {
                if let Some(signature) = self.signature.take() {
                    emit(signed_nothing(signature));
                }
                let thought = std::mem::take(&mut reasoning.text);
                think(&thought, emit);
                Some(Open::Reasoning(Box::new(reasoning), thought.to_string()))
            }
            Content::ToolCall(mut call) => {
                let arguments = std::mem::take(&mut call.arguments).to_string();
                Some(Open::Call(Box::new(call), arguments))
            }
            Content::Image(_) | Content::Audio(_) | Content::Video(_) | Content::Document(_) => {
                Some(Open::Medium(Box::new(part)))
            }
            Content::Foreign(foreign) if foreign.dialect == Dialect::Gemini => {
                if let Some(signature) = self.signature.take() {
                    emit(signed_nothing(signature));
                }
                emit(foreign.raw.as_bytes().to_vec());
                None
            }
            Content::Foreign(_) | Content::ToolResult(_) => None,
        };
    }

    /// Places count within one text part; where an answer has several, only the last one's are kept right.
    fn begin_text(&mut self) {
        self.annotations.iter_mut().for_each(|annotation| (annotation.start, annotation.end) = (None, None));
        self.text.clear();
    }

    fn grow(&mut self, delta: Delta, emit: &mut impl FnMut(Vec<u8>)) {
        match (&mut self.open, delta) {
            (Some(Open::Text), Delta::Text(more)) => self.say(&more, emit),
            (Some(Open::Text), Delta::Annotation(annotation)) => self.annotations.push(*annotation),
            (Some(Open::Text), Delta::Logprobs(more)) => self.logprobs.extend(more),
            (Some(Open::Reasoning(_, text)), Delta::Text(more)) => {
                text.push_str(&more);
                think(&more, emit);
            }
            (Some(Open::Reasoning(reasoning, _)), Delta::State(state)) => reasoning.state = Some(state),
            (Some(Open::Call(_, arguments)), Delta::Text(more)) => arguments.push_str(&more),
            (Some(Open::Medium(part)), Delta::Medium(data)) => {
                if let Content::Image(media) | Content::Audio(media) = &mut part.content {
                    media.source = MediaSource::Base64(data);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, emit: &mut impl FnMut(Vec<u8>)) {
        match self.open.take() {
            Some(Open::Reasoning(mut reasoning, text)) => {
                reasoning.text = text.into();
                self.signature = signature_of(&reasoning);
            }
            Some(Open::Call(call, arguments)) => {
                let signature = self.signature.take();
                emit(part(signature, |out| write_call(&call, &arguments, out)));
            }
            Some(Open::Medium(medium)) => {
                let media = match &medium.content {
                    Content::Image(media) => (media, "image/png"),
                    Content::Audio(media) => (media, "audio/wav"),
                    Content::Video(media) => (media, "video/mp4"),
                    Content::Document(media) => (media, "application/pdf"),
                    _ => return,
                };
                if let Some(media) = Medium::of(media.0, media.1) {
                    emit(part(self.signature.take(), |out| media.write(out)));
                }
            }
            Some(Open::Text) | None => {}
        }
    }

    fn say(&mut self, more: &Text, emit: &mut impl FnMut(Vec<u8>)) {
        if !more.is_empty() {
            self.text.push_str(more);
            emit(part(self.signature.take(), |out| {
                out.text("text", &**more);
            }));
        }
    }
}

fn think(more: &Text, emit: &mut impl FnMut(Vec<u8>)) {
    if !more.is_empty() {
        emit(object(|part| {
            part.text("text", &**more).bool("thought", true);
        }));
    }
}

fn signature_of(reasoning: &Reasoning) -> Option<Text> {
    match &reasoning.state {
        Some(state) if state.issuer == Issuer::Google => Some(state.bytes.clone()),
        _ => seal(reasoning),
    }
}

fn signed_nothing(signature: Text) -> Vec<u8> {
    part(Some(signature), |out| {
        out.text("text", "");
    })
}

fn part(signature: Option<Text>, members: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    object(|part| {
        members(part);
        part.text("thoughtSignature", signature.as_deref());
    })
}

/// Arguments that are no object cannot be written; the model's own mistake becomes an empty one.
fn write_call(call: &ToolCall, arguments: &str, out: &mut ObjectWriter<'_>) {
    out.object("functionCall", |out| {
        out.text("id", &*call.id).text("name", &*call.name);
        if call.kind == ToolCallKind::Custom {
            out.object("args", |args| {
                args.text(CUSTOM_INPUT, arguments);
            });
            return;
        }
        let scanned = RawObject::scan(arguments.as_bytes().to_vec().into());
        out.raw("args", scanned.as_ref().map_or(b"{}", |scanned| scanned.body().trim_ascii()));
    });
}

/// A medium that can be written.
enum Medium<'m> {
    Inline(&'m str, &'m str),
    File(Option<&'m str>, &'m str),
}

impl<'m> Medium<'m> {
    fn of(media: &'m Media, default_type: &'m str) -> Option<Self> {
        let media_type = media.media_type.as_deref();
        match &media.source {
            MediaSource::Base64(data) if !data.is_empty() => {
                Some(Self::Inline(media_type.unwrap_or(default_type), data))
            }
            MediaSource::Url(url) => Some(Self::File(media_type, url)),
            _ => None,
        }
    }

    fn write(&self, out: &mut ObjectWriter<'_>) {
        match self {
            Self::Inline(media_type, data) => out.object("inlineData", |blob| {
                blob.text("mimeType", *media_type).text("data", *data);
            }),
            Self::File(media_type, url) => out.object("fileData", |file| {
                file.text("mimeType", *media_type).text("fileUri", *url);
            }),
        };
    }
}
