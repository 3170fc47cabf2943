//! The body of an answer made in this process: frames, all at once or at a pace, with a clean end or a cut.
//! Invariant: dropping the body drops its timer; nothing runs beside it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep, sleep_until};
use upstream::BodyError;

/// Frames of an answer.
pub(super) struct Frames {
    left: VecDeque<Bytes>,
    pace: Option<Pace>,
    cut: bool,
}

struct Pace {
    step: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Frames {
    /// Frames that are all there.
    pub(super) fn new(frames: impl IntoIterator<Item = Bytes>) -> Self {
        Self { left: frames.into_iter().collect(), pace: None, cut: false }
    }

    /// One frame per step; the first at once.
    pub(super) fn paced(mut self, step: Duration) -> Self {
        self.pace = Some(Pace { step, sleep: Box::pin(sleep_until(Instant::now())) });
        self
    }

    /// Ends like a connection that broke.
    pub(super) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.left.is_empty() {
            let end = std::mem::take(&mut self.cut).then_some(Err(BodyError::Closed { source: None }));
            return Poll::Ready(end);
        }
        if let Some(pace) = &mut self.pace {
            std::task::ready!(pace.sleep.as_mut().poll(cx));
            let next = pace.sleep.deadline() + pace.step;
            pace.sleep.as_mut().reset(next);
        }
        Poll::Ready(self.left.pop_front().map(|frame| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.cut
    }
}
