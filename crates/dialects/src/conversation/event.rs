//! What happens while an answer is made.
//! Invariants, which every decoder keeps and every encoder relies on: `Started` comes first and once; a part is started before
//! its deltas and finished before `Finished` of its choice; parts of one choice have rising indexes from 0, in the order of
//! their starts; several parts may be open at once (parallel tool calls) - who cannot have that uses `Sequencer`;
//! `Failed` is the last event if it comes; otherwise each choice has one `Finished`. `Usage` may come anywhere, a later one replaces an earlier.

use vocabulary::{ApiError, Usage};

use super::{Annotation, Logprob, OpaqueState, Part, Stop, Text};

/// One event.
#[derive(Clone, Debug)]
pub enum Event {
    /// The upstream has begun to answer.
    Started(Started),
    /// A part begins, with what is known of it: a tool call has its id and name, and deltas are added to what is here.
    PartStarted {
        /// Which.
        at: Place,
        /// Its beginning.
        part: Box<Part>,
    },
    /// More of a part that was started.
    Delta {
        /// Of which.
        at: Place,
        /// What.
        delta: Delta,
    },
    /// Nothing more comes of a part.
    PartFinished {
        /// Which.
        at: Place,
    },
    /// What it costs so far.
    Usage(Usage),
    /// A choice is complete.
    Finished {
        /// Which.
        choice: u32,
        /// Why.
        stop: Stop,
    },
    /// The answer failed; what came before stands.
    Failed(ApiError),
}

/// The beginning of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// The upstream's id; may be empty.
    pub id: Text,
    /// The model that answers; may be empty.
    pub model: Text,
    /// When, in Unix seconds, where the dialect says so.
    pub created: Option<u64>,
}

/// Which part of which choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The choice, from 0.
    pub choice: u32,
    /// The part of that choice, from 0.
    pub part: u32,
}

/// More of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// More text, reasoning, refusal or arguments: whichever the part is.
    Text(Text),
    /// Where the text is from.
    Annotation(Box<Annotation>),
    /// How likely the latest tokens were.
    Logprobs(Vec<Logprob>),
    /// What the issuer must get back, for a reasoning part.
    State(OpaqueState),
    /// Base64 of a medium, which comes whole.
    Medium(Text),
}
