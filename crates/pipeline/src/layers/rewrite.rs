//! Layer `rewrite`: the few edits that a stream needs whose client and provider speak the same dialect: usage that only the
//! gateway asked for is taken out (spec 01 B3), Claude Code's model gets the name it was asked by, the `[DONE]` that a Responses upstream forgot is added (03 §11.4), events
//! become one JSON array (03 §17).
//! Invariant: with nothing to do, a burst's own bytes pass.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use dialects::anthropic_messages::ModelName;
use dialects::gemini::ArrayForm;
use dialects::openai_chat::strip_burst;
use dialects::openai_responses::DoneRepair;
use dialects::sse::Burst;
use vocabulary::ApiError;

use super::endings::ends_frame;
use super::observe::Observe;
use super::{ClientBytes, Layer, StreamError};

/// What is done to the frames of a same-dialect stream.
pub(crate) enum StreamEdit {
    /// Nothing.
    Nothing,
    /// Usage is taken out.
    HideUsage,
    /// The model is named as the client named it.
    NameModel(ModelName),
    /// A missing `[DONE]` is added at the end.
    AddDone(DoneRepair),
    /// Events become the elements of an array.
    AsArray(ArrayForm),
}

pub(crate) struct Rewrite<L> {
    inner: Observe<L>,
    edit: StreamEdit,
    /// What came after the last blank line, at the end of the upstream's body.
    tail: Bytes,
    has_ended: bool,
}

impl<L> Rewrite<L> {
    pub(crate) fn new(inner: Observe<L>, edit: StreamEdit) -> Self {
        Self { inner, edit, tail: Bytes::new(), has_ended: false }
    }

    fn rewrite(&mut self, burst: Burst) -> Bytes {
        match &mut self.edit {
            StreamEdit::Nothing => burst.into_bytes(),
            StreamEdit::HideUsage => strip_burst(&burst),
            StreamEdit::NameModel(name) => name.write(burst),
            StreamEdit::AddDone(repair) => {
                self.tail = if ends_frame(burst.bytes()) { Bytes::new() } else { burst.bytes().clone() };
                if self.tail.is_empty() {
                    burst.frames().for_each(|frame| repair.see(frame));
                }
                burst.into_bytes()
            }
            StreamEdit::AsArray(array) => {
                let mut out = Vec::with_capacity(burst.bytes().len());
                burst.frames().for_each(|frame| array.push(frame, &mut out));
                out.into()
            }
        }
    }

    /// What is added when the upstream has ended in order.
    fn ending(&mut self) -> Bytes {
        match &mut self.edit {
            StreamEdit::Nothing | StreamEdit::HideUsage | StreamEdit::NameModel(_) => Bytes::new(),
            StreamEdit::AddDone(repair) => repair.missing(&self.tail),
            StreamEdit::AsArray(array) => {
                let mut out = Vec::new();
                array.finish(&mut out);
                out.into()
            }
        }
    }
}

impl<L: Layer<Item = Burst>> Layer for Rewrite<L> {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        loop {
            if self.has_ended {
                return Poll::Ready(None);
            }
            let bytes = match ready!(self.inner.poll_next(cx)).transpose()? {
                Some(burst) => self.rewrite(burst),
                None => {
                    self.has_ended = true;
                    self.ending()
                }
            };
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
    }
}

impl<L: Layer<Item = Burst>> ClientBytes for Rewrite<L> {
    fn is_complete(&self) -> bool {
        self.inner.observer().seen().is_complete()
    }

    fn fail(&mut self, error: &ApiError) -> Bytes {
        match &mut self.edit {
            StreamEdit::AsArray(array) => {
                let mut out = Vec::new();
                array.fail(error, &mut out);
                out.into()
            }
            _ => self.inner.observer().failure_ending(error),
        }
    }
}
