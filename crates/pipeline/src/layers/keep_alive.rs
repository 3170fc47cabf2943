//! Layer `keep-alive`: a sign of life between frames while an open stream is idle (spec 01 B2, 04 B25), so that proxies and
//! clients do not take silence for death. Observers and caches are inside and never see it.
//! Invariant: a stream that flows costs one clock reading per burst; the timer moves only when it fires.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dialects::openai_chat::KEEP_ALIVE;
use tokio::time::{Instant, Sleep};
use vocabulary::{ApiError, Dialect};

use super::{ClientBytes, Layer, StreamError};

const PING: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";
/// White space between the elements of an array.
const SPACE: &[u8] = b"\n";

/// How a dialect says that its stream lives. `as_array`: a Gemini stream in the form of one JSON array.
pub(crate) fn keep_alive_of(dialect: Dialect, as_array: bool) -> &'static [u8] {
    match dialect {
        Dialect::AnthropicMessages => PING,
        Dialect::Gemini if as_array => SPACE,
        Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini => KEEP_ALIVE,
    }
}

pub(crate) struct KeepAlive<L> {
    inner: L,
    interval: Option<Duration>,
    last_sent: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    sign: &'static [u8],
}

impl<L> KeepAlive<L> {
    /// Sends `sign` after each `interval` of silence; never if that is zero.
    pub(crate) fn new(inner: L, interval: Duration, sign: &'static [u8]) -> Self {
        let interval = (!interval.is_zero()).then_some(interval);
        Self { inner, interval, last_sent: Instant::now(), timer: None, sign }
    }
}

impl<L: ClientBytes> Layer for KeepAlive<L> {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        let polled = self.inner.poll_next(cx);
        let Some(interval) = self.interval else { return polled };
        if polled.is_ready() {
            self.last_sent = Instant::now();
            return polled;
        }
        if self.inner.is_complete() {
            return polled;
        }
        let due = self.last_sent + interval;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if self.last_sent + interval <= now {
                self.last_sent = now;
                timer.as_mut().reset(now + interval);
                return Poll::Ready(Some(Ok(Bytes::from_static(self.sign))));
            }
            timer.as_mut().reset(self.last_sent + interval);
        }
        Poll::Pending
    }
}

impl<L: ClientBytes> ClientBytes for KeepAlive<L> {
    fn is_complete(&self) -> bool {
        self.inner.is_complete()
    }

    fn fail(&mut self, error: &ApiError) -> Bytes {
        self.inner.fail(error)
    }
}
