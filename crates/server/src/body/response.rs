//! The body of every response: nothing, bytes that are there, or a stream of the pipeline.
//! Invariant: its drop is the end of the call on this connection, whether it was sent, failed or was abandoned.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use dialects::json::Slices;
use http_body::{Body, Frame, SizeHint};
use pipeline::{CallRecord, StreamBody};

use crate::connection::ConnectionState;

enum Content {
    Slices { slices: Slices, next: usize },
    Stream(Box<StreamBody>),
}

/// A response body.
pub(crate) struct ResponseBody {
    content: Content,
    /// Kept until the last byte was taken: settles the call when it goes.
    record: Option<Arc<CallRecord>>,
    connection: Option<EndsCall>,
}

/// Marks the connection as idle again when the body goes.
struct EndsCall(Arc<ConnectionState>);

impl Drop for EndsCall {
    fn drop(&mut self) {
        self.0.call_ended();
    }
}

impl ResponseBody {
    pub(crate) fn empty() -> Self {
        Self::slices(Slices::new())
    }

    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::slices(Slices::from_iter([bytes.into()]))
    }

    pub(crate) fn slices(slices: Slices) -> Self {
        Self { content: Content::Slices { slices, next: 0 }, record: None, connection: None }
    }

    pub(crate) fn stream(stream: Box<StreamBody>) -> Self {
        Self { content: Content::Stream(stream), record: None, connection: None }
    }

    /// Settles `record` when the body ends; counts the bytes that were taken.
    #[must_use]
    pub(crate) fn with_record(mut self, record: Arc<CallRecord>) -> Self {
        self.record = Some(record);
        if self.is_end_stream() {
            self.finish();
        }
        self
    }

    /// Tells the connection when the call is over.
    #[must_use]
    pub(crate) fn on(mut self, connection: Arc<ConnectionState>) -> Self {
        connection.set_closing_call(matches!(self.content, Content::Stream(_)));
        self.connection = Some(EndsCall(connection));
        self
    }

    /// The bytes of a body that is all there.
    pub(crate) fn as_slices(&self) -> Option<&Slices> {
        match &self.content {
            Content::Slices { slices, .. } => Some(slices),
            Content::Stream(_) => None,
        }
    }

    /// Replaces the bytes, as compression does; record and connection stay.
    pub(crate) fn replace(&mut self, bytes: Bytes) {
        self.content = Content::Slices { slices: Slices::from_iter([bytes]), next: 0 };
    }

    fn finish(&mut self) {
        if let Some(record) = self.record.take() {
            record.delivered();
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = pipeline::StreamEnded;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, pipeline::StreamEnded>>> {
        let this = self.get_mut();
        let polled = match &mut this.content {
            Content::Slices { slices, next } => {
                let slice = slices.get_mut(*next).map(std::mem::take);
                *next += 1;
                Poll::Ready(slice.map(|slice| Ok(Frame::data(slice))))
            }
            Content::Stream(stream) => Pin::new(&mut **stream).poll_frame(cx),
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                if let Some(record) = &this.record {
                    record.sent(bytes);
                }
                if this.is_end_stream() {
                    this.finish();
                }
            }
            Poll::Ready(None) => this.finish(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Slices { slices, next } => *next >= slices.len(),
            Content::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Slices { slices, next } => {
                SizeHint::with_exact(slices.iter().skip(*next).map(|slice| slice.len() as u64).sum())
            }
            Content::Stream(_) => SizeHint::default(),
        }
    }
}
