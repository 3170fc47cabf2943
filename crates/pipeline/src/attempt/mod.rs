//! Stage `attempt`: the plan's routes one after the other, until one answers.
//! In: a call and its plan. Out: an answer that stands, or the error of the first route.
//! Invariant: nothing has reached the client when this stage returns; after that nothing is tried again. Dropping its
//! future closes the upstream.
//! Start at `route`: it holds the loop over the attempts on one route.

mod answer_headers;
mod exchange;
mod failure;
mod hold;
mod route;

use std::time::Instant;

use dialects::translate::{AnswerShape, Rendering};
use http::HeaderMap;
use routing::Plan;
use upstream::breaker::{Permit, Verdict};
use vocabulary::{ApiError, Code, Dialect, ModelId, ProviderType};

pub(crate) use exchange::Read;

use crate::call::Call;
use crate::layers::Frames;
use crate::pipeline::House;

/// An answer whose head stands.
pub(crate) struct Established {
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    Whole(WholeAnswer),
    Stream(StreamStart),
}

/// A whole answer.
pub(crate) struct WholeAnswer {
    pub(crate) read: Read,
    pub(crate) provider_type: ProviderType,
    pub(crate) model: ModelId,
    /// How the answer is written for a client that speaks another dialect.
    pub(crate) translation: Option<Box<Translation>>,
}

/// The beginning of a streamed answer.
pub(crate) struct StreamStart {
    pub(crate) frames: Frames,
    /// The provider's dialect.
    pub(crate) dialect: Dialect,
    /// Usage was asked for by us alone.
    pub(crate) usage_is_hidden: bool,
    /// How the client's stream is written, if it speaks another dialect.
    pub(crate) translation: Option<Box<Translation>>,
    pub(crate) verdict: StreamVerdict,
}

/// How an answer is written in another dialect than its own.
pub(crate) struct Translation {
    pub(crate) shape: AnswerShape,
    pub(crate) rendering: Rendering,
}

/// What the breaker learns of a stream when it has ended. Dropped without a word it learns nothing: the client left.
pub(crate) struct StreamVerdict(Option<Permit>);

impl StreamVerdict {
    /// A probe has proved its point with the head; it must not keep the breaker half open for the length of a stream.
    fn of(permit: Permit, now: Instant) -> Self {
        if permit.is_probe() {
            permit.record(Verdict::Success, now);
            return Self(None);
        }
        Self(Some(permit))
    }

    pub(crate) fn succeeded(self) {
        self.give(Verdict::Success);
    }

    pub(crate) fn failed(self) {
        self.give(Verdict::Failure);
    }

    fn give(self, verdict: Verdict) {
        if let Some(permit) = self.0 {
            permit.record(verdict, Instant::now());
        }
    }
}

/// Tries the routes in order.
///
/// # Errors
/// The error of the first route: it is the one that the caller asked for.
pub(crate) async fn attempt(call: &Call, plan: &Plan, house: &House) -> Result<Established, ApiError> {
    let mut first_error = None;
    for route in &plan.routes {
        match route::attempt(call, route, house).await {
            Ok(established) => return Ok(established),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| ApiError::new(Code::InternalError, "an unexpected error occurred")))
}
