//! Layer `translate`: the upstream's frames in the client's dialect (spec 03, 04 §§2.8, 12.6).
//! In: bursts of whole frames. Out: bytes of the client's frames, all that one burst means in one piece.
//! Invariant: an answer that broke, failed or was cut short ends with the failure of the client's dialect, and with nothing
//! after it; the record and the breaker learn of the end once, as in `observe`.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use dialects::sse::Burst;
use dialects::translate::StreamTranslator;
use vocabulary::ApiError;

use super::watch::{EventLog, StreamEnd, Watch};
use super::{ClientBytes, Layer, StreamError};
use crate::attempt::StreamVerdict;
use crate::call::Call;
use crate::recall::Remembering;

pub(crate) struct Translate<L> {
    /// Gone once the stream has ended: its drop closes the upstream.
    inner: Option<L>,
    translator: StreamTranslator,
    log: EventLog,
    remembering: Remembering,
    watch: Watch,
}

impl<L> Translate<L> {
    pub(crate) fn new(
        inner: L,
        translator: StreamTranslator,
        remembering: Remembering,
        call: &Call,
        verdict: StreamVerdict,
    ) -> Self {
        let watch = Watch::new(call.record.clone(), verdict);
        Self { inner: Some(inner), translator, log: EventLog::default(), remembering, watch }
    }

    fn translate(&mut self, burst: &Burst, out: &mut Vec<u8>) {
        let Self { translator, log, remembering, .. } = self;
        let had_content = log.0.has_content;
        for range in burst.ranges() {
            let frame = burst.bytes().slice(range);
            translator.translate(
                &frame,
                &mut |event| {
                    log.see(event);
                    remembering.see(event);
                },
                out,
            );
        }
        if !had_content && log.0.has_content {
            self.watch.first_content();
        }
    }

    fn end(&mut self, end: StreamEnd) {
        self.inner = None;
        self.watch.finish(end, &self.log.0);
    }
}

impl<L: Layer<Item = Burst>> Layer for Translate<L> {
    type Item = Bytes;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        loop {
            let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
            let mut out = Vec::new();
            match ready!(inner.poll_next(cx)) {
                Some(Ok(burst)) => {
                    // Rarely does a burst become more than twice its bytes: one allocation instead of a dozen.
                    out.reserve(burst.bytes().len() * 2);
                    self.translate(&burst, &mut out);
                }
                Some(Err(error)) => {
                    self.end(StreamEnd::Broken);
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    let Self { translator, log, .. } = self;
                    translator.finish(&mut |event| log.see(event), &mut out);
                    self.end(StreamEnd::Upstream);
                }
            }
            if self.translator.has_ended() {
                self.end(StreamEnd::Upstream);
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(out.into())));
            }
        }
    }
}

impl<L: Layer<Item = Burst>> ClientBytes for Translate<L> {
    fn is_complete(&self) -> bool {
        self.translator.has_ended()
    }

    fn fail(&mut self, error: &ApiError) -> Bytes {
        let mut out = Vec::new();
        self.translator.fail(error.clone(), &mut out);
        out.into()
    }
}

impl<L> Drop for Translate<L> {
    fn drop(&mut self) {
        self.watch.finish(StreamEnd::Abandoned, &self.log.0);
    }
}
