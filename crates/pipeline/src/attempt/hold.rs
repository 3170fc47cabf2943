//! Holding a stream's head back while another attempt is still possible (spec 07 §14.2, 02 B13): an error event, or an
//! end, in front of a stream is then an error with a real status.
//! Invariant: what was held is handed on first, unchanged; the wait is bounded.

use std::future::poll_fn;
use std::time::Duration;

use dialects::openai_chat::error_of;
use dialects::sse;
use providers::Instance;

use super::failure::Failure;
use crate::layers::{Frames, Layer, StreamError};

/// How long the head waits for the first frame if only retries are left.
const HOLD: Duration = Duration::from_millis(250);

/// Waits for the first frame with data, at most `HOLD`.
pub(super) async fn first_frame(frames: &mut Frames, instance: &Instance) -> Result<(), Failure> {
    let Ok(first) = tokio::time::timeout(HOLD, poll_fn(|cx| frames.poll_next(cx))).await else {
        return Ok(());
    };
    match first {
        None => Err(Failure::empty_stream()),
        Some(Err(StreamError::Upstream(error))) => Err(Failure::of_body(&error)),
        Some(Err(error)) => Err(Failure::unreadable(telemetry::chain(&error).to_string())),
        Some(Ok(burst)) => {
            let first_event = burst.frames().find(|frame| sse::data(frame).is_some());
            if let Some(error) = first_event.and_then(error_of) {
                return Err(Failure::of_event(error, instance));
            }
            frames.hold(burst);
            Ok(())
        }
    }
}
