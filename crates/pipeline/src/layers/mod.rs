//! The layers of a streamed answer's body: each a stream over a stream, put together in `pipeline.rs`.
//! In: the upstream's bytes. Out: the client's bytes. Polling is the only motion: who does not read holds the upstream.
//! Invariant: frames pass in order and unchanged, unless a layer exists to change them; dropping the outermost layer
//! closes the upstream.

mod endings;
mod frames;
mod keep_alive;
mod observe;
mod rewrite;
mod translate;
mod watch;

pub(crate) use endings::Endings;
pub(crate) use frames::Frames;
pub(crate) use keep_alive::{KeepAlive, keep_alive_of};
pub(crate) use observe::Observe;
pub(crate) use rewrite::{Rewrite, StreamEdit};
pub(crate) use translate::Translate;
pub(crate) use watch::finish_reason;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use dialects::sse::FrameTooLarge;
use http_body::{Body, Frame};
use upstream::BodyError;
use vocabulary::{ApiError, Code};

/// One layer.
pub(crate) trait Layer: Send {
    /// What it yields: bursts of whole frames inside, bytes outside.
    type Item;

    /// The next item, or `None` at the end. After an error the layer is over.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Self::Item, StreamError>>>;
}

/// A layer that yields the client's bytes, and knows how its dialect ends.
pub(crate) trait ClientBytes: Layer<Item = Bytes> {
    /// True once the answer is complete: nothing but the dialect's own end may follow.
    fn is_complete(&self) -> bool;

    /// The bytes that end the stream as failed; empty if it has ended already.
    fn fail(&mut self, error: &ApiError) -> Bytes;
}

/// A stream that is relayed, or translated.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and stands in the box of the body"
)]
pub(crate) enum Outflow {
    /// Client and provider speak the same dialect.
    Relayed(Rewrite<Frames>),
    /// They do not.
    Translated(Box<Translate<Frames>>),
}

impl Layer for Outflow {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        match self {
            Self::Relayed(layer) => layer.poll_next(cx),
            Self::Translated(layer) => layer.poll_next(cx),
        }
    }
}

impl ClientBytes for Outflow {
    fn is_complete(&self) -> bool {
        match self {
            Self::Relayed(layer) => layer.is_complete(),
            Self::Translated(layer) => layer.is_complete(),
        }
    }

    fn fail(&mut self, error: &ApiError) -> Bytes {
        match self {
            Self::Relayed(layer) => layer.fail(error),
            Self::Translated(layer) => layer.fail(error),
        }
    }
}

/// Why a stream broke after its head was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    #[error("the upstream's body failed")]
    Upstream(#[source] BodyError),
    #[error("the upstream sent an event that is too large")]
    Frame(#[source] FrameTooLarge),
    #[error("the upstream ended the stream before its first event")]
    Empty,
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl StreamError {
    /// What the client is told (spec 01 B2).
    pub(crate) fn to_api_error(&self) -> ApiError {
        let error = match self {
            Self::Upstream(error) if error.is_timeout() => {
                ApiError::new(Code::StreamTimeout, "upstream stream timed out")
            }
            Self::Empty => ApiError::new(Code::StreamInterrupted, "provider returned empty stream"),
            Self::Upstream(_) | Self::Frame(_) => {
                ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
            }
            Self::ShuttingDown => ApiError::new(Code::ShuttingDown, "the gateway is shutting down"),
        };
        error.with_detail(telemetry::chain(self).to_string())
    }
}

type Outermost = Endings<KeepAlive<Outflow>>;

/// The body of a streamed answer, as the client's connection takes it.
pub struct StreamBody(Outermost);

impl StreamBody {
    pub(crate) fn new(outermost: Outermost) -> Self {
        Self(outermost)
    }
}

/// The connection must be closed: nothing more can be said on it. Never happens while a client can be told.
#[derive(Debug)]
pub enum StreamEnded {}

impl fmt::Display for StreamEnded {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for StreamEnded {}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = StreamEnded;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamEnded>>> {
        self.get_mut().0.poll_bytes(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
