//! Holding a stream's head back if a failed attempt may be made again (spec 07 §14.2, 02 B13): an error event, or an
//! end, in front of a stream is then a failed attempt, and after the last one an error with a real status.
//! Invariant: what was held is handed on first, unchanged; the wait is bounded.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use dialects::observe::StreamObserver;
use dialects::sse::Burst;
use providers::Instance;
use vocabulary::Dialect;

use super::failure::Failure;
use crate::layers::{Frames, Layer, StreamError};

/// How long the head waits for the first frame of an attempt.
const HOLD: Duration = Duration::from_millis(250);

/// Looks at what is there of a stream, without waiting for more: the only attempt is not held back.
pub(super) async fn glance(
    frames: &mut Frames,
    dialect: Dialect,
    instance: &Instance,
) -> Result<(), Failure> {
    let glance = poll_fn(|cx| match frames.poll_next(cx) {
        Poll::Ready(first) => Poll::Ready(Some(first)),
        Poll::Pending => Poll::Ready(None),
    });
    match glance.await {
        Some(first) => judge(first, frames, dialect, instance),
        None => Ok(()),
    }
}

/// Waits for the first frame, at most `HOLD`.
pub(super) async fn first_frame(
    frames: &mut Frames,
    dialect: Dialect,
    instance: &Instance,
) -> Result<(), Failure> {
    match tokio::time::timeout(HOLD, poll_fn(|cx| frames.poll_next(cx))).await {
        Ok(first) => judge(first, frames, dialect, instance),
        Err(_) => Ok(()),
    }
}

fn judge(
    first: Option<Result<Burst, StreamError>>,
    frames: &mut Frames,
    dialect: Dialect,
    instance: &Instance,
) -> Result<(), Failure> {
    match first {
        None => Err(Failure::empty_stream()),
        Some(Err(StreamError::Upstream(error))) => Err(Failure::of_body(&error)),
        Some(Err(error)) => Err(Failure::unreadable(telemetry::chain(&error).to_string())),
        Some(Ok(burst)) => {
            // Some dialects open every stream with a greeting; an error behind it still stands in front of the answer.
            let mut observer = StreamObserver::new(dialect);
            for frame in burst.frames() {
                observer.see(frame);
                if let Some(error) = &observer.seen().error {
                    let failure = Failure::of_event(error.clone(), instance);
                    return Err(failure.costing(observer.seen().usage));
                }
                if observer.seen().has_content {
                    break;
                }
            }
            frames.hold(burst);
            Ok(())
        }
    }
}
