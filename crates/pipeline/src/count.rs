//! How many tokens a prompt has, without sending it to a model (spec 04 §12.9 with B27, 03 §17): the provider's own count where
//! it has one, else a tokenizer of the model's family, else an estimate.
//! Invariant: a count never fails because the provider cannot be asked; whatever is not the provider's own number says so, but a
//! tokenizer's is exact for plain text.

use std::time::{Duration, Instant};

use dialects::anthropic_messages::estimate_input_tokens;
use dialects::conversation::{Request, estimate};
use dialects::ingress::ClientForm;
use dialects::json::RawObject;
use dialects::translate::counted_tokens;
use providers::Prepared;
use routing::Route;
use vocabulary::{ApiError, Code};

use crate::call::{Call, Operation};
use crate::pipeline::House;
use crate::{label, prepare, resolve};

/// A count is asked for by clients that wait for it before they go on.
const LIMIT: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// A count of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub tokens: u64,
    /// Neither the provider nor a tokenizer counted.
    pub is_estimate: bool,
}

/// Counts the tokens of a call's prompt.
///
/// # Errors
/// As `answer`: unknown models, and requests that cannot be read.
pub async fn count_tokens(mut call: Call, house: &House) -> Result<Counted, ApiError> {
    label::label(&mut call, &house.settings.user_path_header)?;
    let plan = resolve::resolve(&call, house).await?;
    let Operation::Generate(request) = &call.operation else {
        return Err(ApiError::new(Code::InternalError, "an unexpected error occurred"));
    };
    let Some(route) = plan.routes.first() else {
        return Err(ApiError::new(Code::InternalError, "an unexpected error occurred"));
    };
    if let Some(tokens) = ask(&call, route, house).await {
        return Ok(Counted { tokens, is_estimate: false });
    }
    match request.conversation(|_| {}) {
        Ok(conversation) => Ok(here(conversation, route, house).await),
        // Only the model is asked of a prompt to count: what of it cannot be read has no weight.
        Err(error) => match &request.form {
            ClientForm::AnthropicMessages(request) => {
                Ok(Counted { tokens: estimate_input_tokens(request.head().object()), is_estimate: true })
            }
            _ => Err(error),
        },
    }
}

/// The provider's own count; `None` if it has none to give.
async fn ask(call: &Call, route: &Route, house: &House) -> Option<u64> {
    let prepared = prepare::prepare_count(call, route, house)?;
    let asked = tokio::time::timeout(LIMIT, exchange(route, prepared)).await;
    let counted = asked.ok().flatten();
    if counted.is_none() {
        tracing::debug!(
            request_id = call.record.request_id_text(),
            provider = %route.instance.name,
            "the provider did not count; the gateway does"
        );
    }
    counted
}

async fn exchange(route: &Route, mut prepared: Prepared) -> Option<u64> {
    let instance = &route.instance;
    let key = instance.keys.pick(None, &[], Instant::now()).map(|key| key.secret);
    instance.add_credentials(prepared.auth, key, &mut prepared.head.headers).ok()?;
    let sent = instance.send(&prepared.head, &prepared.body, instance.deadlines_for(false)).await;
    let answer = sent.ok()?.decoded().ok()?;
    if !answer.status.is_success() {
        return None;
    }
    let body = answer.body.collect_limited(MAX_ANSWER_BYTES).await.ok()?;
    counted_tokens(prepared.dialect, &RawObject::scan(body).ok()?)
}

/// Loading a tokenizer takes tens of milliseconds: not on a worker that serves others.
async fn here(request: &Request, route: &Route, house: &House) -> Counted {
    let (tokenizers, counted, model) = (house.tokenizers.clone(), request.clone(), route.model.to_string());
    match tokio::task::spawn_blocking(move || tokenizers.count_request(&model, &counted, Instant::now()))
        .await
    {
        Ok(count) => Counted { tokens: count.tokens, is_estimate: count.is_estimate },
        Err(_) => Counted { tokens: estimate(request), is_estimate: true },
    }
}
