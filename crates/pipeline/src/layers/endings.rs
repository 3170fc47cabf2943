//! Layer `endings`, the outermost: a stream that breaks says so in the client's dialect, and one that is still open when
//! the process ends is ended with a frame (spec 01 B2, §9.5).
//! Invariant: after an error frame nothing follows, no `[DONE]` either; the record learns of the failure before the frame
//! goes out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{ClientBytes, StreamError};
use crate::record::CallRecord;

pub(crate) struct Endings<L> {
    inner: Option<L>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    record: Arc<CallRecord>,
    is_mid_frame: bool,
    has_sent: bool,
    /// What the layers inside send while there is nothing to say.
    sign_of_life: &'static [u8],
}

impl<L: ClientBytes> Endings<L> {
    /// Ends the stream with a frame when `cut` is cancelled, or when `inner` fails.
    pub(crate) fn new(
        inner: L,
        sign_of_life: &'static [u8],
        cut: CancellationToken,
        record: Arc<CallRecord>,
    ) -> Self {
        Self {
            inner: Some(inner),
            cut: Box::pin(cut.cancelled_owned()),
            record,
            is_mid_frame: false,
            has_sent: false,
            sign_of_life,
        }
    }

    /// The next bytes for the client.
    pub(crate) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let next = match inner.poll_next(cx) {
            // What is there goes out first; only a stream that waits is cut.
            Poll::Pending => {
                ready!(self.cut.as_mut().poll(cx));
                Some(Err(StreamError::ShuttingDown))
            }
            Poll::Ready(None) if !self.has_sent => Some(Err(StreamError::Empty)),
            Poll::Ready(next) => next,
        };
        match next {
            Some(Ok(bytes)) => {
                self.is_mid_frame = !ends_frame(&bytes);
                self.has_sent |= bytes != self.sign_of_life;
                Poll::Ready(Some(bytes))
            }
            Some(Err(error)) => {
                let ending = self.failure(&error);
                self.inner = None;
                Poll::Ready((!ending.is_empty()).then_some(ending))
            }
            None => {
                self.inner = None;
                Poll::Ready(None)
            }
        }
    }

    fn failure(&mut self, error: &StreamError) -> Bytes {
        let error = error.to_api_error();
        self.record.failed(&error);
        let frame = self.inner.as_mut().map_or_else(Bytes::new, |inner| inner.fail(&error));
        if !self.is_mid_frame {
            return frame;
        }
        let mut bytes = BytesMut::from(&b"\n\n"[..]);
        bytes.extend_from_slice(&frame);
        bytes.freeze()
    }
}

/// True if nothing of an unfinished frame stands at the end.
pub(super) fn ends_frame(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes.ends_with(b"\n\n") || bytes.ends_with(b"\n\r\n") || bytes.ends_with(b"\r\r")
}
