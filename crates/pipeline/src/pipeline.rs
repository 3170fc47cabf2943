//! The pipeline in one file: the stages before the answer, and the layers of its body, both in order.
//! In: a call. Out: head and body of its answer, or the error that its caller is told.
//!
//! | stage    | does                                             | where            |
//! | -------- | ------------------------------------------------ | ---------------- |
//! | identify | credentials → `Caller`, before anything is read   | `server::handler` |
//! | label    | headers → user path                               | `label`          |
//! | resolve  | selector → `Plan`: routes in order                | `resolve`        |
//! | attempt  | route by route: send, retry, hold the head        | `attempt`        |
//!
//! A stage that is built later (access, guard, cache, limit) gets its line in `answer`, where the order is.
//! Source: spec 01 §5; `ARCHITECTURE.md` draws the same two lists.

use std::sync::Arc;
use std::time::Duration;

use catalog::Registry;
use dialects::json::Slices;
use http::HeaderMap;
use providers::{Discovery, Instances};
use vocabulary::ApiError;

use crate::attempt::{self, Established};
use crate::call::Call;
use crate::label::UserPathHeader;
use crate::layers::{Endings, Frames, KeepAlive, Observe, StreamBody, Strip};
use crate::{label, resolve, whole};

/// What every call of one generation shares.
pub struct House {
    /// Which models exist, and where.
    pub registry: Arc<Registry>,
    /// The configured providers.
    pub instances: Instances,
    /// Asks providers for their models.
    pub discovery: Discovery,
    /// Settings that the pipeline heeds.
    pub settings: HouseSettings,
}

/// Settings that the pipeline heeds.
#[derive(Clone, Debug)]
pub struct HouseSettings {
    /// Where a caller names its user path.
    pub user_path_header: UserPathHeader,
    /// Ask upstreams for the usage of streams, whatever the client asked for.
    pub enforces_usage: bool,
    /// Silence after which an open stream gets a comment; zero for none.
    pub keep_alive: Duration,
    /// Largest answer that is not a stream.
    pub max_response_bytes: usize,
    /// Name the route in response headers.
    pub sends_routing_headers: bool,
    /// Pass `traceparent` and `tracestate` on to providers.
    pub propagates_trace: bool,
}

/// What the client gets.
pub struct Answered {
    /// Headers beyond those of the connection.
    pub headers: HeaderMap,
    /// The body; the status is 200.
    pub content: AnswerContent,
}

/// The body of an answer.
pub enum AnswerContent {
    /// JSON that is all there.
    Whole(Slices),
    /// Server-sent events.
    Stream(Box<StreamBody>),
}

/// The stages.
///
/// # Errors
/// What the caller is told; the record knows more.
pub async fn answer(mut call: Call, house: &House) -> Result<Answered, ApiError> {
    label::label(&mut call, &house.settings.user_path_header)?;
    let plan = resolve::resolve(&call, house).await?;
    let established = attempt::attempt(&call, &plan, house).await?;
    Ok(body(&call, established, house))
}

/// The layers.
fn body(call: &Call, established: Established, house: &House) -> Answered {
    let headers = established.headers;
    let content = match established.content {
        attempt::Content::Whole(answer) => AnswerContent::Whole(whole::finish(call, answer)),
        attempt::Content::Stream(stream) => {
            let frames: Frames = stream.frames;
            let observed = Observe::new(frames, call.record.clone(), stream.verdict);
            let stripped = Strip::new(observed, stream.usage_is_hidden);
            let kept_alive = KeepAlive::new(stripped, house.settings.keep_alive);
            let ended = Endings::new(kept_alive, call.cut.clone(), call.record.clone());
            AnswerContent::Stream(Box::new(StreamBody::new(ended)))
        }
    };
    Answered { headers, content }
}
