//! Layer `frames`: the upstream's bytes as bursts of whole frames. A "stream" that is one JSON document, from an upstream
//! that ignored `stream`, becomes the stream that it stands for (spec 01 §9.2).
//! Invariant: every whole frame that has arrived is handed on at once; only the beginning of an unfinished one is held.
//! An unfinished frame at a clean end is handed on as it is; at a cut it is dropped, as no client could read it.

use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use dialects::openai_chat::{BodyKind, body_kind};
use dialects::sse::{Burst, FrameSplitter, split_burst};
use dialects::translate::whole_as_stream;
use routing::Route;
use upstream::{AnswerBody, BodyError};
use vocabulary::Dialect;

use super::{Layer, StreamError};
use crate::rendering;

enum State {
    /// Nothing but white space has come.
    Lead(BytesMut),
    Frames,
    /// The upstream answers with one JSON document.
    Document(BytesMut),
    Ended,
}

pub(crate) struct Frames {
    upstream: AnswerBody,
    splitter: FrameSplitter,
    state: State,
    max_document: usize,
    dialect: Dialect,
    route: Route,
    /// Read while the head was held back, and not handed on yet.
    held: Option<Burst>,
}

impl Frames {
    /// Over the body of an answer. `limits`: bytes of a frame, beyond which the stream is broken off (03-B34), and of a document
    /// in place of a stream.
    pub(crate) fn new(upstream: AnswerBody, dialect: Dialect, limits: (usize, usize), route: &Route) -> Self {
        let (max_frame, max_document) = limits;
        let splitter = FrameSplitter::new(max_frame);
        let state = State::Lead(BytesMut::new());
        Self { upstream, splitter, state, max_document, dialect, route: route.clone(), held: None }
    }

    /// Puts a burst back, to be yielded next.
    pub(crate) fn hold(&mut self, burst: Burst) {
        self.held = Some(burst);
    }

    fn take_chunk(&mut self, chunk: Bytes) -> Result<(), StreamError> {
        match &mut self.state {
            State::Frames | State::Ended => self.splitter.push(chunk),
            State::Document(document) => {
                if document.len() + chunk.len() > self.max_document {
                    let limit = self.max_document;
                    return Err(StreamError::Upstream(BodyError::TooLarge { limit }));
                }
                document.extend_from_slice(&chunk);
            }
            State::Lead(lead) => {
                let joined = if lead.is_empty() { chunk } else { join(std::mem::take(lead), &chunk) };
                self.state = match body_kind(&joined) {
                    BodyKind::Json => State::Document(joined.into()),
                    BodyKind::Undecided => State::Lead(joined.into()),
                    BodyKind::Events => {
                        self.splitter.push(joined);
                        State::Frames
                    }
                };
            }
        }
        Ok(())
    }

    /// What is left when the upstream has ended well.
    fn last(&mut self) -> Option<Burst> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Document(document) => {
                let rendering = rendering::plain(&self.route, self.dialect);
                split_burst(&whole_as_stream(self.dialect, &document.freeze(), rendering))
            }
            State::Lead(lead) => (!lead.is_empty()).then(|| Burst::of_one(lead.freeze())),
            State::Frames | State::Ended => {
                let tail = self.splitter.take_tail();
                (!tail.is_empty()).then(|| Burst::of_one(tail))
            }
        }
    }

    fn fail(&mut self, error: StreamError) -> Poll<Option<Result<Burst, StreamError>>> {
        self.state = State::Ended;
        self.upstream = AnswerBody::empty();
        Poll::Ready(Some(Err(error)))
    }
}

fn join(mut lead: BytesMut, chunk: &[u8]) -> Bytes {
    lead.extend_from_slice(chunk);
    lead.freeze()
}

impl Layer for Frames {
    type Item = Burst;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Burst, StreamError>>> {
        if let Some(burst) = self.held.take() {
            return Poll::Ready(Some(Ok(burst)));
        }
        loop {
            match self.state {
                State::Ended => return Poll::Ready(None),
                State::Frames => match self.splitter.next_burst() {
                    Ok(Some(burst)) => return Poll::Ready(Some(Ok(burst))),
                    Ok(None) => {}
                    Err(error) => return self.fail(StreamError::Frame(error)),
                },
                State::Lead(_) | State::Document(_) => {}
            }
            match ready!(self.upstream.poll_chunk(cx)) {
                Some(Ok(chunk)) => {
                    if let Err(error) = self.take_chunk(chunk) {
                        return self.fail(error);
                    }
                }
                Some(Err(error)) => return self.fail(StreamError::Upstream(error)),
                None => return Poll::Ready(self.last().map(Ok)),
            }
        }
    }
}
