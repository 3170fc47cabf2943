//! Layer `observe`: reads usage, finish reason and timing out of the frames that pass, and changes none of them.
//! Invariant: what was seen reaches the record once, at the end, at an error or at the drop; the breaker learns the
//! verdict of the stream the same way.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use dialects::openai_chat::StreamObserver;
use dialects::sse::Burst;

use super::{Layer, StreamError};
use crate::attempt::StreamVerdict;
use crate::record::CallRecord;

pub(crate) struct Observe<L> {
    inner: L,
    observer: StreamObserver,
    record: Arc<CallRecord>,
    verdict: Option<StreamVerdict>,
}

impl<L> Observe<L> {
    pub(crate) fn new(inner: L, record: Arc<CallRecord>, verdict: StreamVerdict) -> Self {
        Self { inner, observer: StreamObserver::new(), record, verdict: Some(verdict) }
    }

    fn see(&mut self, burst: &Burst) {
        let had_content = self.observer.has_content();
        for frame in burst.frames() {
            self.observer.see(frame);
        }
        if !had_content && self.observer.has_content() {
            self.record.first_byte();
        }
    }

    fn finish(&mut self, end: StreamEnd) {
        let Some(verdict) = self.verdict.take() else { return };
        let observer = &self.observer;
        if let Some(error) = observer.error() {
            self.record.failed(error);
        }
        self.record.observed(observer.usage(), observer.finish_reason(), observer.is_complete());
        match end {
            StreamEnd::Broken => verdict.failed(),
            StreamEnd::Upstream if observer.error().is_some() => verdict.failed(),
            StreamEnd::Upstream => verdict.succeeded(),
            StreamEnd::Abandoned => drop(verdict),
        }
    }
}

/// How a stream came to its end.
enum StreamEnd {
    /// The upstream ended it.
    Upstream,
    /// The upstream broke off.
    Broken,
    /// The client left, or the gateway did.
    Abandoned,
}

impl<L: Layer<Item = Burst>> Layer for Observe<L> {
    type Item = Burst;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Burst, StreamError>>> {
        let next = ready!(self.inner.poll_next(cx));
        match &next {
            Some(Ok(burst)) => self.see(burst),
            Some(Err(_)) => self.finish(StreamEnd::Broken),
            None => self.finish(StreamEnd::Upstream),
        }
        Poll::Ready(next)
    }
}

impl<L> Drop for Observe<L> {
    fn drop(&mut self) {
        self.finish(StreamEnd::Abandoned);
    }
}
