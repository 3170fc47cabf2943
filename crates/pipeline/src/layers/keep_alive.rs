//! Layer `keep-alive`: a comment between frames while an open stream is idle (spec 01 B2), so that proxies and clients do
//! not take silence for death. Observers and caches are inside and never see it.
//! Invariant: a stream that flows costs one clock reading per burst; the timer moves only when it fires.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dialects::openai_chat::{DONE, KEEP_ALIVE};
use tokio::time::{Instant, Sleep};

use super::{Layer, StreamError};

pub(crate) struct KeepAlive<L> {
    inner: L,
    interval: Option<Duration>,
    last_sent: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// The stream has said that it is complete: nothing may follow.
    is_done: bool,
}

impl<L> KeepAlive<L> {
    /// Speaks after each `interval` of silence; never if it is zero.
    pub(crate) fn new(inner: L, interval: Duration) -> Self {
        let interval = (!interval.is_zero()).then_some(interval);
        Self { inner, interval, last_sent: Instant::now(), timer: None, is_done: false }
    }
}

impl<L: Layer<Item = Bytes>> Layer for KeepAlive<L> {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        let polled = self.inner.poll_next(cx);
        let Some(interval) = self.interval.filter(|_| !self.is_done) else { return polled };
        if let Poll::Ready(next) = &polled {
            self.last_sent = Instant::now();
            self.is_done = matches!(next, Some(Ok(bytes)) if bytes.ends_with(DONE));
            return polled;
        }
        let due = self.last_sent + interval;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if self.last_sent + interval <= now {
                self.last_sent = now;
                timer.as_mut().reset(now + interval);
                return Poll::Ready(Some(Ok(Bytes::from_static(KEEP_ALIVE))));
            }
            timer.as_mut().reset(self.last_sent + interval);
        }
        Poll::Pending
    }
}
