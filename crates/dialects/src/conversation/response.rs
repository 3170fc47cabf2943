//! The answer.
//! Invariant: a `Response` is exactly the fold of its events (`fold`).

use vocabulary::{ApiError, Usage};

use super::{Part, Text};

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The upstream's id; may be empty.
    pub id: Text,
    /// The model that answered; may be empty.
    pub model: Text,
    /// When it was made, in Unix seconds, where the dialect says so.
    pub created: Option<u64>,
    /// The answers, by index; one unless several were asked for.
    pub choices: Vec<Choice>,
    /// What it cost, where it was reported.
    pub usage: Option<Usage>,
    /// Why there is no more of it: it failed. What came before stands.
    pub error: Option<ApiError>,
}

/// One of the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Why it ended; `None` while it has not, or if it was cut.
    pub stop: Option<Stop>,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The reason.
    pub reason: StopReason,
    /// The stop sequence that was met, where the dialect says which.
    pub sequence: Option<Text>,
    /// The provider's own word, where `reason` does not say all of it.
    pub raw: Option<Text>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model was done.
    End,
    /// A stop sequence was met.
    StopSequence,
    /// The token limit, or the end of the context window.
    Length,
    /// Tools are called.
    ToolCalls,
    /// A filter of the provider intervened.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused a long turn, to be continued.
    Pause,
    /// Another reason; see `Stop::raw`.
    Other,
}

impl Stop {
    /// A reason without further words.
    pub fn new(reason: StopReason) -> Self {
        Self { reason, sequence: None, raw: None }
    }
}

impl Response {
    /// The first answer.
    pub fn first(&self) -> Option<&Choice> {
        self.choices.first()
    }
}
