//! The body of an answer, wherever it comes from.
//! In: whole bytes, an HTTP/1.1 connection, an HTTP/2 stream or a body made in this process. Out: `http_body::Body`.
//! Invariant: one poll hands over all that one read brought. The end of a body is a clean end: a cut is an error.
//! Dropping a body that is not at its end closes the connection, or resets the HTTP/2 stream, at once.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use crate::error::BodyError;
use crate::http1::IncomingBody;
use crate::http2::StreamBody;

type DynBody = Pin<Box<dyn Body<Data = Bytes, Error = BodyError> + Send>>;

/// The body of an answer. Trailers are dropped.
pub struct AnswerBody(Source);

enum Source {
    Ended,
    Whole(Bytes),
    Http1(Box<IncomingBody>),
    Http2(Box<StreamBody>),
    InProcess(DynBody),
}

impl AnswerBody {
    /// No body.
    pub fn empty() -> Self {
        Self(Source::Ended)
    }

    /// A body made in this process.
    pub fn in_process(body: impl Body<Data = Bytes, Error = BodyError> + Send + 'static) -> Self {
        Self(Source::InProcess(Box::pin(body)))
    }

    pub(crate) fn http1(body: IncomingBody) -> Self {
        Self(Source::Http1(Box::new(body)))
    }

    pub(crate) fn http2(body: StreamBody) -> Self {
        Self(Source::Http2(Box::new(body)))
    }

    /// The next bytes, or `None` at the clean end. Cancel safe: what was read stays in the body.
    ///
    /// # Errors
    /// See `BodyError`; the body is over after an error.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The next bytes, or `None` at the clean end.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let polled = match &mut self.0 {
            Source::Ended => Poll::Ready(None),
            Source::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Source::Http1(body) => body.poll_chunk(cx),
            Source::Http2(body) => body.poll_chunk(cx),
            Source::InProcess(body) => poll_data(body.as_mut(), cx),
        };
        let over = match &self.0 {
            Source::Whole(_) => true,
            _ => matches!(polled, Poll::Ready(None | Some(Err(_)))),
        };
        if over {
            self.0 = Source::Ended;
        }
        polled
    }

    /// The whole body, at most `limit` bytes. Copies nothing if it comes in one piece.
    ///
    /// # Errors
    /// `TooLarge` beyond the limit, and whatever the body fails with.
    pub async fn collect_limited(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let announced = self.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        let Some(first) = self.next_chunk().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next_chunk().await.transpose()? else { return within(first, limit) };
        let mut whole = BytesMut::with_capacity(capacity_for(announced, first.len() + second.len()));
        whole.extend_from_slice(&within(first, limit)?);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if whole.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            whole.extend_from_slice(&chunk);
            next = self.next_chunk().await.transpose()?;
        }
        Ok(whole.freeze())
    }
}

/// What is allocated on the word of a peer, before its bytes are there.
const MAX_PREALLOCATED: usize = 4 * 1024 * 1024;

fn capacity_for(announced: Option<usize>, received: usize) -> usize {
    announced.map_or(received * 2, |length| length.min(MAX_PREALLOCATED)).max(received)
}

fn within(bytes: Bytes, limit: usize) -> Result<Bytes, BodyError> {
    if bytes.len() > limit { Err(BodyError::TooLarge { limit }) } else { Ok(bytes) }
}

fn poll_data(
    mut body: Pin<&mut (dyn Body<Data = Bytes, Error = BodyError> + Send)>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        match std::task::ready!(body.as_mut().poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.poll_chunk(cx).map(|next| next.map(|result| result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Ended => true,
            Source::Whole(_) => false,
            Source::Http1(body) => body.is_at_end(),
            Source::Http2(body) => body.is_at_end(),
            Source::InProcess(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Ended => SizeHint::with_exact(0),
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Http1(body) => body.remaining().map_or_else(SizeHint::default, SizeHint::with_exact),
            Source::Http2(body) => body.size_hint(),
            Source::InProcess(body) => body.size_hint(),
        }
    }
}

impl From<Bytes> for AnswerBody {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::empty() } else { Self(Source::Whole(bytes)) }
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::Ended => "AnswerBody(ended)",
            Source::Whole(_) => "AnswerBody(whole)",
            Source::Http1(_) => "AnswerBody(http/1.1)",
            Source::Http2(_) => "AnswerBody(h2)",
            Source::InProcess(_) => "AnswerBody(in process)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerBody;
    use crate::error::BodyError;
    use bytes::Bytes;
    use http_body::{Body, Frame};
    use http_body_util::StreamBody;

    fn pieces(pieces: &'static [&'static str]) -> AnswerBody {
        let frames = pieces.iter().map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
        AnswerBody::in_process(StreamBody::new(futures_util::stream::iter(frames)))
    }

    #[tokio::test]
    async fn pieces_are_joined_within_the_limit() {
        assert_eq!(pieces(&["ab", "c", "def"]).collect_limited(6).await.unwrap(), "abcdef");
        assert!(matches!(
            pieces(&["ab", "c"]).collect_limited(2).await,
            Err(BodyError::TooLarge { limit: 2 })
        ));
        assert!(matches!(pieces(&["abc"]).collect_limited(2).await, Err(BodyError::TooLarge { .. })));
        assert_eq!(pieces(&[]).collect_limited(0).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_whole_body_is_handed_over_without_a_copy() {
        let bytes = Bytes::from(vec![7; 100]);
        let address = bytes.as_ptr();
        let body = AnswerBody::from(bytes);
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(100), false));
        assert_eq!(body.collect_limited(100).await.unwrap().as_ptr(), address);
    }
}
