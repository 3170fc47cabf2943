//! Streams from one dialect to another: frames in, events in the middle, frames out.
//! Invariant: whatever the upstream sends or fails to send, the client's stream ends once, and a failed one never looks complete.

use bytes::Bytes;
use vocabulary::{ApiError, Dialect};

use super::repeat::Repeat;
use super::{AnswerShape, Rendering, Shaper, decode_response};
use crate::conversation::{Event, replay};
use crate::json::RawObject;
use crate::sse;
use crate::{anthropic_messages, gemini, openai_chat, openai_responses};

/// Reads an upstream's stream.
#[derive(Debug)]
pub struct Decoder {
    form: DecoderForm,
    repeat: Repeat,
}

#[derive(Debug)]
enum DecoderForm {
    OpenAiChat(Box<openai_chat::StreamDecoder>),
    OpenAiResponses(Box<openai_responses::StreamDecoder>),
    AnthropicMessages(Box<anthropic_messages::StreamDecoder>),
    Gemini(Box<gemini::StreamDecoder>),
}

macro_rules! each {
    ($form:expr, $decoder:ident => $what:expr) => {
        match $form {
            DecoderForm::OpenAiChat($decoder) => $what,
            DecoderForm::OpenAiResponses($decoder) => $what,
            DecoderForm::AnthropicMessages($decoder) => $what,
            DecoderForm::Gemini($decoder) => $what,
        }
    };
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new(dialect: Dialect) -> Self {
        let form = match dialect {
            Dialect::OpenAiChat => DecoderForm::OpenAiChat(Box::default()),
            Dialect::OpenAiResponses => DecoderForm::OpenAiResponses(Box::default()),
            Dialect::AnthropicMessages => DecoderForm::AnthropicMessages(Box::default()),
            Dialect::Gemini => DecoderForm::Gemini(Box::default()),
        };
        Self { form, repeat: Repeat::default() }
    }

    /// Reads one whole frame.
    pub fn decode(&mut self, frame: &Bytes, out: &mut Vec<Event>) {
        if let Some((at, text)) = self.repeat.read(frame) {
            return each!(&mut self.form, decoder => decoder.say(at, text, out));
        }
        let before = out.len();
        each!(&mut self.form, decoder => decoder.decode(frame, out));
        self.repeat.learn(frame, out.get(before..).unwrap_or_default());
    }

    /// True once the dialect's own end has come: what follows says nothing.
    pub fn is_complete(&self) -> bool {
        each!(&self.form, decoder => decoder.is_complete())
    }

    /// The upstream has ended its stream in order: if the dialect's own end has not come, the answer has failed.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        each!(&mut self.form, decoder => decoder.finish(out));
    }
}

/// Writes a client's stream.
#[derive(Debug)]
pub enum Encoder {
    /// Chat chunks.
    OpenAiChat(Box<openai_chat::StreamEncoder>),
    /// Responses events.
    OpenAiResponses(Box<openai_responses::StreamEncoder>),
    /// Messages events.
    AnthropicMessages(Box<anthropic_messages::StreamEncoder>),
    /// Gemini chunks.
    Gemini(Box<gemini::StreamEncoder>),
}

impl Encoder {
    /// An encoder that has written nothing.
    pub fn new(dialect: Dialect, rendering: Rendering) -> Self {
        match dialect {
            Dialect::OpenAiChat => Self::OpenAiChat(Box::new(openai_chat::StreamEncoder::new(rendering))),
            Dialect::OpenAiResponses => {
                Self::OpenAiResponses(Box::new(openai_responses::StreamEncoder::new(rendering)))
            }
            Dialect::AnthropicMessages => {
                Self::AnthropicMessages(Box::new(anthropic_messages::StreamEncoder::new(rendering)))
            }
            Dialect::Gemini => Self::Gemini(Box::new(gemini::StreamEncoder::new(rendering))),
        }
    }

    /// Writes what an event means. `Failed` writes the dialect's failure ending, also if nothing was written before it;
    /// the last `Finished` does not end the stream, as usage may follow: `finish` does.
    pub fn encode(&mut self, event: Event, out: &mut Vec<u8>) {
        match self {
            Self::OpenAiChat(encoder) => encoder.encode(event, out),
            Self::OpenAiResponses(encoder) => encoder.encode(event, out),
            Self::AnthropicMessages(encoder) => encoder.encode(event, out),
            Self::Gemini(encoder) => encoder.encode(event, out),
        }
    }

    /// Writes the end of a complete stream; nothing after a failure.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::OpenAiChat(encoder) => encoder.finish(out),
            Self::OpenAiResponses(encoder) => encoder.finish(out),
            Self::AnthropicMessages(encoder) => encoder.finish(out),
            Self::Gemini(encoder) => encoder.finish(out),
        }
    }
}

/// A stream on its way from one dialect to another.
#[derive(Debug)]
pub struct StreamTranslator {
    decoder: Decoder,
    shaper: Shaper,
    encoder: Encoder,
    events: Vec<Event>,
    has_ended: bool,
}

impl StreamTranslator {
    /// A translator between two dialects.
    pub fn new(upstream: Dialect, client: Dialect, shape: AnswerShape, rendering: Rendering) -> Self {
        Self {
            decoder: Decoder::new(upstream),
            shaper: Shaper::new(shape),
            encoder: Encoder::new(client, rendering),
            events: Vec::new(),
            has_ended: false,
        }
    }

    /// Translates one whole frame. `see` is shown every event before it is written.
    pub fn translate(&mut self, frame: &Bytes, see: &mut impl FnMut(&Event), out: &mut Vec<u8>) {
        if !self.has_ended {
            self.decoder.decode(frame, &mut self.events);
            self.write(see, out);
        }
        if self.decoder.is_complete() {
            // Not at the end of the body, which an upstream may keep open.
            self.finish(see, out);
        }
    }

    /// The upstream has ended its stream in order.
    pub fn finish(&mut self, see: &mut impl FnMut(&Event), out: &mut Vec<u8>) {
        if self.has_ended {
            return;
        }
        self.decoder.finish(&mut self.events);
        self.write(see, out);
        if !self.has_ended {
            self.has_ended = true;
            self.encoder.finish(out);
        }
    }

    /// The stream broke, or must end: says so in the client's dialect, unless it has ended already.
    pub fn fail(&mut self, error: ApiError, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.encoder.encode(Event::Failed(error), out);
        }
    }

    /// True once nothing more will be written.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn write(&mut self, see: &mut impl FnMut(&Event), out: &mut Vec<u8>) {
        let Self { shaper, encoder, events, has_ended, .. } = self;
        for event in events.drain(..) {
            if *has_ended {
                break;
            }
            see(&event);
            *has_ended = matches!(event, Event::Failed(_));
            shaper.push(event, &mut |event| encoder.encode(event, out));
        }
    }
}

/// The stream that a whole answer stands for, in the same dialect: an upstream may answer a wish for a stream with one document.
/// What is no answer becomes one frame, as it is.
pub fn whole_as_stream(dialect: Dialect, document: &Bytes, rendering: Rendering) -> Bytes {
    if dialect == Dialect::OpenAiChat {
        return openai_chat::whole_as_stream(document);
    }
    let response =
        RawObject::scan(document.clone()).ok().and_then(|body| decode_response(dialect, &body).ok());
    let mut out = Vec::with_capacity(document.len() + 64);
    match response {
        Some(response) => {
            let mut encoder = Encoder::new(dialect, rendering);
            replay(response).into_iter().for_each(|event| encoder.encode(event, &mut out));
            encoder.finish(&mut out);
        }
        None => {
            sse::push_data(&mut out, document);
            out.push(b'\n');
        }
    }
    out.into()
}
