//! One request and its answer's head on one connection.
//! In: a connection, an encoded head, a body, the call's timer. Out: an `Answer`, or why there is none.
//! Invariant: writing and reading are polled together, so a peer that answers early (413, 429) or stops reading can
//! never deadlock us, and its answer is read even if our write failed. Cancel by drop: the connection closes.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
use http::Method;

use crate::answer::Answer;
use crate::deadlines::{CallTimer, Deadlines, Expired};
use crate::error::{ExchangeError, Failure};
use crate::http1::head::{HeadScanner, ResponseHead};
use crate::http1::incoming::{IncomingBody, Unsent, into_body};
use crate::pool::{Connection, Pool};
use crate::request::RequestBody;

/// Size of the first read: holds nearly every whole answer.
pub(crate) const FIRST_READ_BYTES: usize = 8 * 1024;
/// Slices of one write.
const MAX_SLICES: usize = 16;

/// What the exchange needs to know besides the bytes.
pub(crate) struct Terms<'a> {
    pub(crate) method: &'a Method,
    pub(crate) deadlines: Deadlines,
    pub(crate) max_head_bytes: usize,
    pub(crate) pool: &'a Arc<Pool>,
}

/// How far the request has been written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    part: usize,
    offset: usize,
}

struct Exchange<'a> {
    connection: Connection,
    head: &'a [u8],
    body: &'a RequestBody,
    cursor: Cursor,
    writing: Writing,
    buffer: BytesMut,
    scanner: HeadScanner,
    timer: CallTimer,
}

enum Writing {
    Ongoing,
    Flushing,
    Done,
    Failed(io::Error),
}

/// Sends a request and waits for its answer's head, whose deadline the timer already watches.
pub(crate) async fn exchange(
    connection: Connection,
    head: &[u8],
    body: &RequestBody,
    timer: CallTimer,
    terms: Terms<'_>,
) -> Result<Answer, Failure> {
    let mut exchange = Exchange {
        connection,
        head,
        body,
        cursor: Cursor::default(),
        writing: Writing::Ongoing,
        buffer: BytesMut::new(),
        scanner: HeadScanner::new(terms.max_head_bytes),
        timer,
    };
    match poll_fn(|cx| exchange.poll(cx, terms.method)).await {
        Ok((head, length)) => Ok(exchange.into_answer(head, length, &terms)),
        Err(error) => {
            let unanswered = exchange.buffer.is_empty() && matches!(error, ExchangeError::Closed { .. });
            Err(Failure { error, unanswered, timer: exchange.timer })
        }
    }
}

impl Exchange<'_> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        method: &Method,
    ) -> Poll<Result<(ResponseHead, usize), ExchangeError>> {
        self.poll_send(cx);
        if let Poll::Ready(result) = self.poll_head(cx, method) {
            return Poll::Ready(result);
        }
        self.timer.poll_expired(cx).map(|expired| {
            Err(match expired {
                Expired::Phase(limit) => ExchangeError::HeaderTimeout { limit },
                Expired::Total(limit) => ExchangeError::TotalTimeout { limit },
            })
        })
    }

    /// Writes on until the socket is full, all is sent, or writing fails.
    fn poll_send(&mut self, cx: &mut Context<'_>) {
        if matches!(self.writing, Writing::Ongoing) {
            match poll_write(&mut self.connection, cx, self.head, self.body, &mut self.cursor) {
                Poll::Ready(Ok(())) => self.writing = Writing::Flushing,
                Poll::Ready(Err(error)) => self.writing = Writing::Failed(error),
                Poll::Pending => {}
            }
        }
        if matches!(self.writing, Writing::Flushing) {
            match self.connection.wire.poll_flush(cx) {
                Poll::Ready(Ok(())) => self.writing = Writing::Done,
                Poll::Ready(Err(error)) => self.writing = Writing::Failed(error),
                Poll::Pending => {}
            }
        }
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        method: &Method,
    ) -> Poll<Result<(ResponseHead, usize), ExchangeError>> {
        loop {
            let size = FIRST_READ_BYTES.max(self.buffer.len());
            match self.connection.wire.poll_read(cx, &mut self.buffer, size) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.closed(None))),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.closed(Some(error)))),
                Poll::Ready(Ok(_)) => {}
            }
            match self.scanner.scan(&self.buffer, method) {
                Ok(Some(found)) => return Poll::Ready(Ok(found)),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(ExchangeError::InvalidHead(error))),
            }
        }
    }

    /// The first failure is the telling one: a failed write explains the end that the read then saw.
    fn closed(&mut self, read: Option<io::Error>) -> ExchangeError {
        let source = match std::mem::replace(&mut self.writing, Writing::Done) {
            Writing::Failed(error) => Some(error),
            _ => read,
        };
        ExchangeError::Closed { source }
    }

    fn into_answer(mut self, head: ResponseHead, length: usize, terms: &Terms<'_>) -> Answer {
        let received = self.buffer.split_off(length);
        let unsent = match self.writing {
            Writing::Done => None,
            // A refusal needs no more of our body. A peer that already streams its answer may still want it.
            Writing::Ongoing | Writing::Flushing if head.status.is_success() => {
                Some(Box::new(Unsent::new(self.head, self.body, self.cursor)))
            }
            _ => None,
        };
        let reusable = head.keep_alive && matches!(self.writing, Writing::Done);
        let body =
            IncomingBody::new(self.connection, &head, reusable, self.timer, terms.pool.clone(), unsent);
        Answer {
            status: head.status,
            headers: head.headers,
            body: into_body(body, received, terms.deadlines.stream_idle),
        }
    }
}

/// Writes the rest of a request: head and body slices together, from where `cursor` stands.
pub(crate) fn poll_write(
    connection: &mut Connection,
    cx: &mut Context<'_>,
    head: &[u8],
    body: &RequestBody,
    cursor: &mut Cursor,
) -> Poll<io::Result<()>> {
    let parts = 1 + body.slices().len();
    let part = |index: usize| match index {
        0 => head,
        _ => body.slices().get(index - 1).map_or(&[][..], |slice| slice.as_ref()),
    };
    while cursor.part < parts {
        if cursor.offset >= part(cursor.part).len() {
            *cursor = Cursor { part: cursor.part + 1, offset: 0 };
            continue;
        }
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let mut count = 0;
        for (slot, index) in slices.iter_mut().zip(cursor.part..parts) {
            let skip = if index == cursor.part { cursor.offset } else { 0 };
            *slot = IoSlice::new(part(index).get(skip..).unwrap_or_default());
            count += 1;
        }
        let written = match connection.wire.poll_write(cx, slices.get(..count).unwrap_or_default()) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => written,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        };
        cursor.offset += written;
        while cursor.part < parts && cursor.offset >= part(cursor.part).len() {
            cursor.offset -= part(cursor.part).len();
            cursor.part += 1;
        }
    }
    Poll::Ready(Ok(()))
}
