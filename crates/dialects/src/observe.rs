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

/// What a stream has shown so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The latest token counts that the upstream reported.
    pub usage: Option<Usage>,
    /// The latest finish reason.
    pub finish_reason: Option<FinishReason>,
    /// The latest error that the upstream sent in a frame.
    pub error: Option<ApiError>,
    /// A frame carried text, reasoning or a tool call.
    pub has_content: bool,
    /// The dialect's own end has come.
    pub has_ended: bool,
}

impl Seen {
    /// True if the stream may end here: its end has come, and no error.
    pub fn is_complete(&self) -> bool {
        self.has_ended && self.error.is_none()
    }
}

/// Reads a stream on the side.
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
            Dialect::OpenAiChat => Self::OpenAiChat(openai_chat::StreamObserver::default()),
            Dialect::OpenAiResponses => Self::OpenAiResponses(Box::default()),
            Dialect::AnthropicMessages => Self::AnthropicMessages(Box::default()),
            Dialect::Gemini => Self::Gemini(Box::default()),
        }
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        each!(self, observer => observer.see(frame));
    }

    /// What the stream has shown so far.
    pub fn seen(&self) -> &Seen {
        each!(self, observer => observer.seen())
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
