//! A failed attempt: what the caller would be told, and what key ring, breaker and retry table must know.
//! Invariant: texts about transport are fixed and name neither host nor library (spec 01 B5); the detail is for the log.
//! A credential that an upstream repeats is masked before anybody sees it.

use std::time::Duration;

use bytes::BytesMut;
use dialects::error::{from_upstream, native_of_anthropic};
use http::StatusCode;
use providers::Instance;
use telemetry::StatusLabel;
use upstream::breaker::Verdict;
use upstream::keys::KeyOutcome;
use upstream::retry::{Ending, wait_hint};
use upstream::{Answer, BodyError, ExchangeError};
use vocabulary::{ApiError, Code, Dialect, Secret, Side, Usage};

use super::answer_headers::{relay_native_to_error, relay_to_error};

/// An error body is read this far (spec 01 §6.3).
const MAX_ERROR_BYTES: usize = 64 << 10;
/// An error status whose body does not come is told without it.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(5);

/// Shorter texts are no keys, and masking them would make messages unreadable.
const SHORTEST_MASKED: usize = 4;

/// How an attempt failed.
pub(super) struct Failure {
    pub(super) error: ApiError,
    /// What it cost all the same (spec 04 B7).
    pub(super) usage: Option<Usage>,
    cause: Cause,
}

enum Cause {
    Answered {
        status: StatusCode,
        hint: Option<Duration>,
    },
    Exchange(ExchangeError),
    BrokenAfterSuccess,
    /// The answer is 2xx and complete, but makes no sense: the provider works.
    Unreadable,
}

impl Failure {
    fn new(error: ApiError, cause: Cause) -> Self {
        Self { error, usage: None, cause }
    }

    /// With what the failed answer cost.
    pub(super) fn costing(self, usage: Option<Usage>) -> Self {
        Self { usage, ..self }
    }

    /// The exchange never got to a response head.
    pub(super) fn of_exchange(error: ExchangeError) -> Self {
        let told = match &error {
            error if error.is_timeout() => ApiError::new(Code::UpstreamTimeout, "upstream request timed out"),
            ExchangeError::InvalidHead(_) | ExchangeError::Redirect(_) => invalid_response(),
            _ => ApiError::new(Code::UpstreamConnectionError, "upstream connection failed"),
        };
        let error_text = telemetry::chain(&error).to_string();
        Self::new(told.with_detail(error_text), Cause::Exchange(error))
    }

    /// A 2xx head, then a body that broke before anything of it was handed on.
    pub(super) fn of_body(error: &BodyError) -> Self {
        let told = match error {
            error if error.is_timeout() => ApiError::new(Code::UpstreamTimeout, "upstream request timed out"),
            BodyError::Closed { .. } | BodyError::Http2(_) => {
                ApiError::new(Code::UpstreamConnectionError, "upstream connection failed")
            }
            _ => invalid_response(),
        };
        Self::new(told.with_detail(telemetry::chain(error).to_string()), Cause::BrokenAfterSuccess)
    }

    /// A 2xx answer that is not what was asked for.
    pub(super) fn unreadable(detail: String) -> Self {
        Self::new(invalid_response().with_detail(detail), Cause::Unreadable)
    }

    /// A 2xx answer with a translation that failed.
    pub(super) fn untranslatable(error: ApiError) -> Self {
        Self::new(error.with_side(Side::Upstream), Cause::Unreadable)
    }

    /// A request that nobody can send: another attempt would not help.
    pub(super) fn unsendable(error: ApiError) -> Self {
        Self::new(error, Cause::Unreadable)
    }

    /// A stream that ended before it began.
    pub(super) fn empty_stream() -> Self {
        let error = ApiError::new(Code::UpstreamInvalidResponse, "provider returned empty stream");
        Self::new(error, Cause::BrokenAfterSuccess)
    }

    /// An error event in front of a stream stands for the status that it names.
    pub(super) fn of_event(error: ApiError, instance: &Instance) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        Self::new(mask(error, instance), Cause::Answered { status, hint: None })
    }

    /// An answer that is no success: its body tells why. `is_translated`: the client speaks another dialect.
    pub(super) async fn of_answer(
        mut answer: Answer,
        dialect: Dialect,
        is_translated: bool,
        instance: &Instance,
    ) -> Self {
        let status = answer.status;
        let body = read_error_body(&mut answer).await;
        let hint = wait_hint(status, &answer.headers, &body, std::time::SystemTime::now());
        let mut error = from_upstream(status.as_u16(), &body);
        if dialect == Dialect::AnthropicMessages
            && let Some(native) = native_of_anthropic(&body)
        {
            error = error.with_native(native);
        }
        error = relay_to_error(error, &answer.headers, instance.definition);
        if dialect == Dialect::AnthropicMessages && !is_translated {
            error = relay_native_to_error(error, &answer.headers);
        }
        Self::new(mask(error, instance), Cause::Answered { status, hint })
    }

    pub(super) fn ending(&self) -> Ending<'_> {
        match &self.cause {
            Cause::Answered { status, hint } => Ending::Answered { status: *status, hint: *hint },
            Cause::Exchange(error) => Ending::Failed(error),
            Cause::BrokenAfterSuccess | Cause::Unreadable => Ending::BrokenAfterSuccess,
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        match &self.cause {
            Cause::Answered { status, .. } => Verdict::of_status(*status),
            Cause::Exchange(_) | Cause::BrokenAfterSuccess => Verdict::Failure,
            Cause::Unreadable => Verdict::Success,
        }
    }

    pub(super) fn key_outcome(&self) -> KeyOutcome {
        match &self.cause {
            Cause::Answered { status, hint } => KeyOutcome::of_status(*status, *hint),
            Cause::Unreadable => KeyOutcome::Accepted,
            Cause::Exchange(_) | Cause::BrokenAfterSuccess => KeyOutcome::Unknown,
        }
    }

    pub(super) fn is_500(&self) -> bool {
        matches!(&self.cause, Cause::Answered { status, .. } if *status == StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(super) fn status_label(&self) -> StatusLabel {
        match &self.cause {
            Cause::Answered { status, .. } => StatusLabel::Code(status.as_u16()),
            Cause::Unreadable => StatusLabel::Code(200),
            Cause::Exchange(_) | Cause::BrokenAfterSuccess => StatusLabel::NetworkError,
        }
    }
}

fn invalid_response() -> ApiError {
    ApiError::new(Code::UpstreamInvalidResponse, "invalid upstream response")
}

/// Masks every key of the instance: an upstream may name another one than it was sent.
fn mask(error: ApiError, instance: &Instance) -> ApiError {
    let keys = instance.settings.keys.iter().map(Secret::reveal).filter(|key| key.len() >= SHORTEST_MASKED);
    keys.fold(error, |error, key| error.masking(key))
}

async fn read_error_body(answer: &mut Answer) -> BytesMut {
    let mut body = BytesMut::new();
    let reading = async {
        while let Some(Ok(chunk)) = answer.body.next_chunk().await {
            let left = MAX_ERROR_BYTES - body.len();
            body.extend_from_slice(chunk.get(..left.min(chunk.len())).unwrap_or_default());
            if body.len() >= MAX_ERROR_BYTES {
                return;
            }
        }
    };
    // A body that breaks off or does not come is told as far as it came.
    drop(tokio::time::timeout(ERROR_BODY_WAIT, reading).await);
    body
}
