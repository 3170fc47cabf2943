//! The body of an HTTP/1.1 answer, read and decoded in the task that polls it.
//! In: a connection behind its response head. Out: one `Bytes` per read, framing removed.
//! Invariant: the connection goes back to the pool exactly once, when its body was read to the end; in every other case
//! it is closed: at once when the body is dropped or fails. While it waits, a plain connection holds no buffer.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use crate::body::AnswerBody;
use crate::deadlines::{CallTimer, Expired};
use crate::error::BodyError;
use crate::http1::decode::Decoder;
use crate::http1::exchange::{Cursor, FIRST_READ_BYTES, poll_write};
use crate::http1::head::ResponseHead;
use crate::pool::{Connection, Pool};
use crate::request::RequestBody;

/// Size of a read while a body comes in faster than it is read.
const LARGEST_READ_BYTES: usize = 64 * 1024;

/// The rest of a request whose answer began before it was written.
pub(crate) struct Unsent {
    head: Vec<u8>,
    body: RequestBody,
    cursor: Cursor,
}

impl Unsent {
    pub(crate) fn new(head: &[u8], body: &RequestBody, cursor: Cursor) -> Self {
        Self { head: head.to_vec(), body: body.clone(), cursor }
    }
}

/// A body that is being received.
pub(crate) struct IncomingBody {
    /// Taken when the body is over.
    connection: Option<Connection>,
    decoder: Decoder,
    /// Payload that came with the head.
    first: Bytes,
    /// What follows the payload that was there before it.
    failure: Option<BodyError>,
    reusable: bool,
    idle_hint: Option<Duration>,
    read_bytes: usize,
    timer: CallTimer,
    pool: Arc<Pool>,
    unsent: Option<Box<Unsent>>,
}

/// Decodes what came with the head. An answer that is complete gives its connection back here, before it is read.
pub(crate) fn into_body(mut body: IncomingBody, received: BytesMut, stream_idle: Duration) -> AnswerBody {
    let payload = body.decode(received);
    if body.is_at_end() {
        return AnswerBody::from(payload);
    }
    body.first = payload;
    body.timer.begin(stream_idle);
    AnswerBody::http1(body)
}

impl IncomingBody {
    pub(crate) fn new(
        connection: Connection,
        head: &ResponseHead,
        reusable: bool,
        timer: CallTimer,
        pool: Arc<Pool>,
        unsent: Option<Box<Unsent>>,
    ) -> Self {
        Self {
            connection: Some(connection),
            decoder: Decoder::new(head.framing),
            first: Bytes::new(),
            failure: None,
            reusable,
            idle_hint: head.idle_hint,
            read_bytes: FIRST_READ_BYTES,
            timer,
            pool,
            unsent,
        }
    }

    /// True if `poll_chunk` would give `None`.
    pub(crate) fn is_at_end(&self) -> bool {
        self.connection.is_none() && self.first.is_empty() && self.failure.is_none()
    }

    /// Payload bytes still to be handed over, if known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.decoder.remaining().map(|remaining| remaining.saturating_add(self.first.len() as u64))
    }

    /// The payload of the next read, or `None` at the clean end.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        loop {
            if let Some(failure) = self.failure.take() {
                return Poll::Ready(Some(Err(failure)));
            }
            self.poll_send(cx);
            let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
            let mut buffer = BytesMut::new();
            match connection.wire.poll_read(cx, &mut buffer, self.read_bytes) {
                Poll::Pending => return self.poll_timeout(cx),
                Poll::Ready(Ok(0)) => return Poll::Ready(self.end(None).map(Err)),
                Poll::Ready(Err(error)) => return Poll::Ready(self.end(Some(error)).map(Err)),
                Poll::Ready(Ok(length)) => {
                    self.timer.touch();
                    self.adapt(length);
                }
            }
            let payload = self.decode(buffer);
            if !payload.is_empty() {
                return Poll::Ready(Some(Ok(payload)));
            }
        }
    }

    /// Takes the bytes of a read; at the end of the body the connection leaves.
    fn decode(&mut self, mut buffer: BytesMut) -> Bytes {
        let step = self.decoder.decode(&mut buffer);
        if let Some(failure) = step.failure {
            self.failure = Some(BodyError::InvalidFraming(failure));
            self.connection = None;
        } else if self.decoder.is_done() {
            self.finish(step.consumed == buffer.len());
        }
        buffer.truncate(step.payload.end);
        buffer.advance(step.payload.start);
        if buffer.is_empty() { Bytes::new() } else { buffer.freeze() }
    }

    /// The body is complete: back to the pool, unless something speaks against it.
    fn finish(&mut self, nothing_behind: bool) {
        let Some(connection) = self.connection.take() else { return };
        if self.reusable && nothing_behind && self.unsent.is_none() {
            self.pool.put(connection, self.idle_hint);
        }
    }

    /// The connection ended. A clean end only where the framing says so.
    fn end(&mut self, source: Option<std::io::Error>) -> Option<BodyError> {
        self.connection = None;
        let clean = source.is_none() && self.decoder.may_end_here();
        if clean { None } else { Some(BodyError::Closed { source }) }
    }

    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.timer.poll_expired(cx).map(|expired| {
            self.connection = None;
            Some(Err(match expired {
                Expired::Phase(limit) => BodyError::IdleTimeout { limit },
                Expired::Total(limit) => BodyError::TotalTimeout { limit },
            }))
        })
    }

    /// Larger reads while they come back full, smaller ones again when they do not.
    fn adapt(&mut self, length: usize) {
        if length >= self.read_bytes {
            self.read_bytes = (self.read_bytes * 2).min(LARGEST_READ_BYTES);
        } else if length < self.read_bytes / 4 {
            self.read_bytes = (self.read_bytes / 2).max(FIRST_READ_BYTES);
        }
    }

    /// Goes on sending a request whose answer came early. If that fails, the answer still counts.
    fn poll_send(&mut self, cx: &mut Context<'_>) {
        let (Some(connection), Some(unsent)) = (&mut self.connection, &mut self.unsent) else { return };
        let polled = poll_write(connection, cx, &unsent.head, &unsent.body, &mut unsent.cursor);
        let flushed = match polled {
            Poll::Ready(Ok(())) => connection.wire.poll_flush(cx),
            other => other,
        };
        match flushed {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.unsent = None,
            Poll::Ready(Err(_)) => {
                self.unsent = None;
                self.reusable = false;
            }
        }
    }
}
