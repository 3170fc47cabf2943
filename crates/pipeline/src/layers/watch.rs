//! What a stream told of itself, on its way to the record of the call and to the breaker.
//! Invariant: told once: at the end, at a failure, or at the drop.

use std::sync::Arc;

use dialects::conversation::{Content, Delta, Event, StopReason};
use vocabulary::{ApiError, FinishReason, Usage};

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

/// What was seen of a stream.
#[derive(Default)]
pub(super) struct Seen<'a> {
    pub(super) usage: Option<Usage>,
    pub(super) finish_reason: Option<FinishReason>,
    pub(super) error: Option<&'a ApiError>,
    pub(super) is_complete: bool,
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

    pub(super) fn finish(&mut self, end: StreamEnd, seen: &Seen<'_>) {
        let Some(verdict) = self.verdict.take() else { return };
        if let Some(error) = seen.error {
            self.record.failed(error);
        }
        self.record.observed(seen.usage, seen.finish_reason, seen.is_complete);
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
pub(super) struct EventLog {
    usage: Option<Usage>,
    finish_reason: Option<FinishReason>,
    error: Option<ApiError>,
    pub(super) has_content: bool,
}

impl EventLog {
    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Finished { stop, .. } => self.finish_reason = Some(finish_reason(stop.reason)),
            Event::Failed(error) => self.error = Some(error.clone()),
            Event::Delta { delta: Delta::Text(text), .. } => self.has_content |= !text.is_empty(),
            Event::PartStarted { part, .. } => {
                self.has_content |= !matches!(part.content, Content::Text { .. } | Content::Reasoning(_));
            }
            _ => {}
        }
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen {
            usage: self.usage,
            finish_reason: self.finish_reason,
            error: self.error.as_ref(),
            is_complete: self.finish_reason.is_some() && self.error.is_none(),
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
