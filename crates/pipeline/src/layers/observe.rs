//! Layer `observe`: reads usage, finish reason and timing out of the frames that pass, and changes none of them.
//! Invariant: what was seen reaches the record once, at the end, at an error or at the drop; the breaker learns the
//! verdict of the stream the same way.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use dialects::observe::StreamObserver;
use dialects::sse::Burst;
use vocabulary::Dialect;

use super::watch::{StreamEnd, Watch};
use super::{Layer, StreamError};
use crate::attempt::StreamVerdict;
use crate::record::CallRecord;

pub(crate) struct Observe<L> {
    inner: L,
    observer: StreamObserver,
    watch: Watch,
}

impl<L> Observe<L> {
    pub(crate) fn new(inner: L, dialect: Dialect, record: Arc<CallRecord>, verdict: StreamVerdict) -> Self {
        Self { inner, observer: StreamObserver::new(dialect), watch: Watch::new(record, verdict) }
    }

    /// What the dialect's stream has shown so far.
    pub(super) fn observer(&self) -> &StreamObserver {
        &self.observer
    }

    fn see(&mut self, burst: &Burst) {
        let had_content = self.observer.seen().has_content;
        for frame in burst.frames() {
            self.observer.see(frame);
        }
        if !had_content && self.observer.seen().has_content {
            self.watch.first_content();
        }
    }

    fn finish(&mut self, end: StreamEnd) {
        self.watch.finish(end, self.observer.seen());
    }
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
