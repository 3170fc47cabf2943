//! Layer `strip`: takes out the usage that only the gateway asked for (spec 01 B3). The place where a translating call
//! re-encodes its events.
//! Invariant: with nothing to hide, or nothing hidden in a burst, the burst's own bytes pass.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use dialects::openai_chat::strip_burst;
use dialects::sse::Burst;

use super::{Layer, StreamError};

pub(crate) struct Strip<L> {
    inner: L,
    hides_usage: bool,
}

impl<L> Strip<L> {
    pub(crate) fn new(inner: L, hides_usage: bool) -> Self {
        Self { inner, hides_usage }
    }
}

impl<L: Layer<Item = Burst>> Layer for Strip<L> {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        loop {
            let Some(burst) = ready!(self.inner.poll_next(cx)).transpose()? else {
                return Poll::Ready(None);
            };
            let bytes = if self.hides_usage { strip_burst(&burst) } else { burst.into_bytes() };
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
    }
}
