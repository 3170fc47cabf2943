//! What a stream told of itself, on its way to the record of the call and to the breaker.
//! Invariant: told once: at the end, at a failure, or at the drop.

use std::sync::Arc;

use dialects::conversation::{Content, Delta, Event, StopReason};
use dialects::observe::Seen;
use vocabulary::FinishReason;

use crate::attempt::StreamVerdict;
use crate::record::CallRecord;

/// How a stream came to its end.
#[derive(Clone, Copy)]
pub(super) enum StreamEnd {
    /// The upstream ended it.
    Upstream,
    /// The upstream broke off.
    Broken,
    /// The client left, or the gateway did.
    Abandoned,
}

/// Hands on what was seen, once.
pub(super) struct Watch {
    record: Arc<CallRecord>,
    verdict: Option<StreamVerdict>,
}

impl Watch {
    pub(super) fn new(record: Arc<CallRecord>, verdict: StreamVerdict) -> Self {
        Self { record, verdict: Some(verdict) }
    }

    pub(super) fn first_content(&self) {
        self.record.first_byte();
    }

    pub(super) fn finish(&mut self, end: StreamEnd, seen: &Seen) {
        let Some(verdict) = self.verdict.take() else { return };
        if let Some(error) = &seen.error {
            self.record.failed(error);
        }
        self.record.observed(seen.usage, seen.finish_reason, seen.is_complete());
        match end {
            StreamEnd::Broken => verdict.failed(),
            StreamEnd::Upstream if seen.error.is_some() => verdict.failed(),
            StreamEnd::Upstream => verdict.succeeded(),
            StreamEnd::Abandoned => drop(verdict),
        }
    }
}

/// What events tell, for a stream that is translated.
#[derive(Default)]
pub(super) struct EventLog(pub(super) Seen);

impl EventLog {
    pub(super) fn see(&mut self, event: &Event) {
        let seen = &mut self.0;
        match event {
            Event::Usage(usage) => seen.usage = Some(*usage),
            Event::Finished { stop, .. } => {
                seen.finish_reason = Some(finish_reason(stop.reason));
                seen.has_ended = true;
            }
            Event::Failed(error) => seen.error = Some(error.clone()),
            Event::Delta { delta: Delta::Text(text), .. } => seen.has_content |= !text.is_empty(),
            Event::PartStarted { part, .. } => {
                seen.has_content |= !matches!(part.content, Content::Text { .. } | Content::Reasoning(_));
            }
            _ => {}
        }
    }
}

/// The record's word for the end of an answer.
pub(crate) fn finish_reason(reason: StopReason) -> FinishReason {
    match reason {
        StopReason::End | StopReason::StopSequence => FinishReason::Stop,
        StopReason::Length => FinishReason::Length,
        StopReason::ToolCalls => FinishReason::ToolCalls,
        StopReason::ContentFilter | StopReason::Refusal => FinishReason::ContentFilter,
        StopReason::Pause | StopReason::Other => FinishReason::Other,
    }
}
