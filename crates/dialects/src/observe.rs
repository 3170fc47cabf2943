//! Reading answers on the side, in whichever dialect they are: what the record of a call must know.
//! In: whole answers and frames, as they pass. Out: usage, finish reason, errors, and how a stream that failed is ended.
//! Invariant: nothing is changed here; each dialect reads its own (`<dialect>::StreamObserver`).

use bytes::Bytes;
use vocabulary::{ApiError, Dialect, FinishReason, Usage};

use crate::json::RawObject;
use crate::{anthropic_messages, gemini, openai_chat, openai_responses};

/// What the gateway reads of a whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Token counts, if the upstream reported them.
    pub usage: Option<Usage>,
    /// Why the answer ended; of several choices, the first that says so.
    pub finish_reason: Option<FinishReason>,
}

/// Reads a whole answer.
pub fn observe_whole(dialect: Dialect, object: &RawObject) -> Observation {
    match dialect {
        Dialect::OpenAiChat => openai_chat::observe_whole(object),
        Dialect::OpenAiResponses => openai_responses::observe_whole(object),
        Dialect::AnthropicMessages => anthropic_messages::observe_whole(object),
        Dialect::Gemini => gemini::observe_whole(object),
    }
}

/// The error that an upstream sent as a frame of a stream, with the status that it names, or 502.
pub fn error_of(dialect: Dialect, frame: &[u8]) -> Option<ApiError> {
    match dialect {
        Dialect::OpenAiChat => openai_chat::error_of(frame),
        Dialect::OpenAiResponses => openai_responses::error_of(frame),
        Dialect::AnthropicMessages => anthropic_messages::error_of(frame),
        Dialect::Gemini => gemini::error_of(frame),
    }
}

/// What has been seen of one stream.
#[derive(Clone, Debug)]
pub enum StreamObserver {
    /// Chat chunks.
    OpenAiChat(openai_chat::StreamObserver),
    /// Responses events.
    OpenAiResponses(Box<openai_responses::StreamObserver>),
    /// Messages events.
    AnthropicMessages(Box<anthropic_messages::StreamObserver>),
    /// Gemini chunks.
    Gemini(Box<gemini::StreamObserver>),
}

macro_rules! each {
    ($self:ident, $observer:ident => $what:expr) => {
        match $self {
            Self::OpenAiChat($observer) => $what,
            Self::OpenAiResponses($observer) => $what,
            Self::AnthropicMessages($observer) => $what,
            Self::Gemini($observer) => $what,
        }
    };
}

impl StreamObserver {
    /// An observer that has seen nothing.
    pub fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenAiChat => Self::OpenAiChat(openai_chat::StreamObserver::new()),
            Dialect::OpenAiResponses => Self::OpenAiResponses(Box::default()),
            Dialect::AnthropicMessages => Self::AnthropicMessages(Box::default()),
            Dialect::Gemini => Self::Gemini(Box::default()),
        }
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        each!(self, observer => observer.see(frame));
    }

    /// The latest token counts that the upstream reported.
    pub fn usage(&self) -> Option<Usage> {
        each!(self, observer => observer.usage())
    }

    /// The latest finish reason.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        each!(self, observer => observer.finish_reason())
    }

    /// The latest error that the upstream sent in a frame.
    pub fn error(&self) -> Option<&ApiError> {
        each!(self, observer => observer.error())
    }

    /// True once a frame carried text, reasoning or a tool call.
    pub fn has_content(&self) -> bool {
        each!(self, observer => observer.has_content())
    }

    /// True if the stream may end here.
    pub fn is_complete(&self) -> bool {
        each!(self, observer => observer.is_complete())
    }

    /// The frames that end a stream that failed here; nothing follows them.
    pub fn failure_ending(&self, error: &ApiError) -> Bytes {
        match self {
            Self::OpenAiChat(_) => openai_chat::error_frame(error),
            Self::OpenAiResponses(observer) => observer.failure_ending(error),
            Self::AnthropicMessages(observer) => observer.failure_ending(error),
            Self::Gemini(observer) => observer.failure_ending(error),
        }
    }
}
