//! One call on a shared HTTP/2 connection.
//! In: a request, the call's timer. Out: an `Answer` whose body reads its stream.
//! Invariant: a lease is counted from checkout until the body is over or dropped.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use smallvec::SmallVec;

use crate::answer::{Answer, AnswerHeaders};
use crate::body::AnswerBody;
use crate::deadlines::{CallTimer, Deadlines, Expired};
use crate::error::{BodyError, ExchangeError, Failure};
use crate::request::{RequestBody, RequestHead, is_set_by_client};

/// What is joined into one piece of a body.
const MAX_JOINED_BYTES: usize = 64 * 1024;

/// A place on a connection, counted until it is dropped.
pub(crate) struct StreamLease {
    sender: SendRequest<Outgoing>,
    _counted: Counted,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl StreamLease {
    pub(super) fn new(sender: SendRequest<Outgoing>, streams: Arc<AtomicUsize>) -> Self {
        streams.fetch_add(1, Ordering::Relaxed);
        Self { sender, _counted: Counted(streams) }
    }

    /// Sends a request and waits for its answer's head, whose deadline the timer already watches.
    pub(crate) async fn send(
        mut self,
        authority: &str,
        head: &RequestHead,
        body: &RequestBody,
        mut timer: CallTimer,
        deadlines: Deadlines,
    ) -> Result<Answer, Failure> {
        let mut answering = std::pin::pin!(self.sender.try_send_request(encode(authority, head, body)));
        let answered = std::future::poll_fn(|cx| {
            if let Poll::Ready(answered) = answering.as_mut().poll(cx) {
                return Poll::Ready(answered.map_err(|mut unsent| match unsent.take_message() {
                    Some(_) => ExchangeError::Refused,
                    None => classify(unsent.into_error()),
                }));
            }
            timer.poll_expired(cx).map(|expired| {
                Err(match expired {
                    Expired::Phase(limit) => ExchangeError::HeaderTimeout { limit },
                    Expired::Total(limit) => ExchangeError::TotalTimeout { limit },
                })
            })
        });
        let (head, incoming) = match answered.await {
            Ok(answer) => answer.into_parts(),
            Err(error) => {
                let unanswered = matches!(error, ExchangeError::Refused);
                return Err(Failure { error, unanswered, timer });
            }
        };
        timer.begin(deadlines.stream_idle);
        let headers = AnswerHeaders::from(&head.headers);
        let body = StreamBody { incoming, timer, failure: None, _lease: self };
        Ok(Answer { status: head.status, headers, body: AnswerBody::http2(body) })
    }
}

/// Which error a failed exchange is. REFUSED_STREAM and a GOAWAY without fault mean "not acted upon" (RFC 9113 §8.7).
fn classify(error: hyper::Error) -> ExchangeError {
    let cause = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    let refused = cause.is_some_and(|cause| {
        cause.is_remote()
            && (cause.reason() == Some(h2::Reason::REFUSED_STREAM)
                || (cause.is_go_away() && cause.reason() == Some(h2::Reason::NO_ERROR)))
    });
    if refused { ExchangeError::Refused } else { ExchangeError::Http2(error) }
}

fn encode(authority: &str, head: &RequestHead, body: &RequestBody) -> Request<Outgoing> {
    let mut request = Request::new(Outgoing::new(body));
    *request.method_mut() = head.method.clone();
    let uri = http::Uri::builder().scheme("https").authority(authority).path_and_query(head.path.clone());
    // Authority and path were parsed before; the parts of a URI that are valid make a valid URI.
    *request.uri_mut() = uri.build().unwrap_or_default();
    *request.version_mut() = http::Version::HTTP_2;
    for (name, value) in head.headers.iter().filter(|(name, _)| !is_set_by_client(name)) {
        request.headers_mut().append(name.clone(), value.clone());
    }
    request
}

/// A request body as hyper wants it.
pub(crate) struct Outgoing {
    slices: smallvec::IntoIter<[Bytes; 8]>,
    remaining: u64,
}

impl Outgoing {
    fn new(body: &RequestBody) -> Self {
        let slices: SmallVec<[Bytes; 8]> =
            body.slices().iter().filter(|slice| !slice.is_empty()).cloned().collect();
        Self { slices: slices.into_iter(), remaining: body.len() as u64 }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = self.slices.next();
        self.remaining -= next.as_ref().map_or(0, Bytes::len) as u64;
        Poll::Ready(next.map(|slice| Ok(Frame::data(slice))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

/// The body of an answer over HTTP/2.
pub(crate) struct StreamBody {
    incoming: Incoming,
    timer: CallTimer,
    /// An error that came behind data which had to go first.
    failure: Option<BodyError>,
    _lease: StreamLease,
}

impl StreamBody {
    pub(crate) fn is_at_end(&self) -> bool {
        self.failure.is_none() && self.incoming.is_end_stream()
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }

    /// All data frames that are there, as one piece.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        let first = match self.poll_data(cx) {
            Poll::Ready(Some(Ok(first))) => first,
            Poll::Pending => return self.poll_timeout(cx),
            other => return other,
        };
        self.timer.touch();
        Poll::Ready(Some(Ok(self.join_what_is_there(first, cx))))
    }

    fn join_what_is_there(&mut self, first: Bytes, cx: &mut Context<'_>) -> Bytes {
        let mut joined = BytesMut::new();
        let mut last = first;
        while joined.len() + last.len() < MAX_JOINED_BYTES {
            match self.poll_data(cx) {
                Poll::Ready(Some(Ok(next))) => joined.extend_from_slice(&std::mem::replace(&mut last, next)),
                Poll::Ready(Some(Err(error))) => {
                    self.failure = Some(error);
                    break;
                }
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        if joined.is_empty() {
            return last;
        }
        joined.extend_from_slice(&last);
        joined.freeze()
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Http2(error)))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                    _ => {}
                },
            }
        }
    }

    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.timer.poll_expired(cx).map(|expired| {
            Some(Err(match expired {
                Expired::Phase(limit) => BodyError::IdleTimeout { limit },
                Expired::Total(limit) => BodyError::TotalTimeout { limit },
            }))
        })
    }
}
