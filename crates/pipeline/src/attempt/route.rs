//! The attempts on one route: key, exchange, verdict, and what the retry table says next (spec 02 §§5, 6, B11–B16).
//! Invariant: the breaker gets one verdict per call, whatever the number of attempts; every attempt is counted in the
//! record before it is sent.

use std::time::Instant;

use dialects::conversation::Text;
use http::HeaderMap;
use providers::Prepared;
use routing::Route;
use telemetry::StatusLabel;
use upstream::breaker::{Permit, Verdict};
use upstream::keys::{KeyOutcome, TriedKeys};
use upstream::retry::{Decision, Progress, decide};
use vocabulary::{ApiError, Code, Dialect};

use super::exchange::{Expected, Received, exchange};
use super::failure::Failure;
use super::{Content, Established, StreamStart, StreamVerdict, Translation, WholeAnswer, answer_headers};
use crate::call::{Call, Operation};
use crate::pipeline::House;
use crate::{prepare, rendering};

/// Tries one route until it answers or the retry table gives up.
pub(super) async fn attempt(call: &Call, route: &Route, house: &House) -> Result<Established, ApiError> {
    let now = Instant::now();
    let is_stream = call.is_stream();
    call.record.routed(&route.instance.name, &route.model, route.is_known_model, is_stream, now);
    let prepared = prepare::prepare(call, route, house).await?;
    let permit = match route.instance.breakers.of(&route.model).admit(now) {
        Ok(permit) => permit,
        Err(open) => {
            call.record.upstream_answered(StatusLabel::Code(503), std::time::Duration::ZERO);
            let message = "circuit breaker is open - provider temporarily unavailable";
            return Err(ApiError::new(Code::CircuitOpen, message).with_retry_after(open.retry_after));
        }
    };
    let progress = Progress { is_probe: permit.is_probe(), ..Progress::default() };
    let mut attempts = Attempts { call, route, house, prepared, began: now, progress };
    attempts.run(permit).await
}

struct Attempts<'a> {
    call: &'a Call,
    route: &'a Route,
    house: &'a House,
    prepared: Prepared,
    began: Instant,
    progress: Progress,
}

impl Attempts<'_> {
    async fn run(&mut self, permit: Permit) -> Result<Established, ApiError> {
        let instance = &self.route.instance;
        let mut tried = TriedKeys::new();
        let mut sent_at = self.began;
        loop {
            let key = instance.keys.pick(None, &tried, sent_at);
            self.call.record.attempted();
            let secret = key.map(|key| key.secret);
            let expected = self.expected();
            let outcome = exchange(instance, &mut self.prepared, secret, self.route, expected).await;
            let now = Instant::now();
            let wait = now.duration_since(sent_at);
            let failure = match outcome {
                Ok((headers, received)) => {
                    self.call.record.upstream_answered(StatusLabel::Code(200), wait);
                    if let Some(key) = key {
                        instance.keys.report(key.index, KeyOutcome::Accepted, now);
                    }
                    self.call.record.established(now);
                    return Ok(self.established(&headers, received, permit, now));
                }
                Err(failure) => failure,
            };
            self.call.record.upstream_answered(failure.status_label(), wait);
            self.call.record.observed(failure.usage, None, false);
            if let Some(key) = key {
                let outcome = failure.key_outcome();
                instance.keys.report(key.index, outcome, now);
                if outcome.speaks_for_another_key() {
                    tried.push(key.index);
                }
            }
            if !self.goes_on(&failure, &tried).await {
                permit.record(failure.verdict(), Instant::now());
                return Err(self.told(failure));
            }
            sent_at = Instant::now();
        }
    }

    fn expected(&self) -> Expected {
        Expected {
            is_stream: self.call.is_stream(),
            max_bytes: self.house.settings.max_response_bytes,
            max_frame_bytes: self.house.settings.max_frame_bytes,
            // The last attempt is held too: if all fail, the client is told so with a real status (07 §14.2).
            holds_head: !self.progress.is_probe && self.route.instance.retry.max_retries > 0,
            is_translated: self.prepared.shape.is_some(),
        }
    }

    /// Waits as long as the retry table says; false if it gives up.
    async fn goes_on(&mut self, failure: &Failure, tried: &TriedKeys) -> bool {
        let instance = &self.route.instance;
        self.progress.elapsed = self.began.elapsed();
        self.progress.has_another_key = instance.keys.has_another(tried, Instant::now());
        match decide(&instance.retry, failure.ending(), self.progress) {
            Decision::GiveUp => false,
            Decision::NextKey => {
                self.log(failure, std::time::Duration::ZERO);
                true
            }
            Decision::Retry { after } => {
                self.log(failure, after);
                self.progress.retries += 1;
                self.progress.retries_after_500 += u32::from(failure.is_500());
                self.call.record.retried();
                tokio::time::sleep(after).await;
                true
            }
        }
    }

    fn log(&self, failure: &Failure, wait: std::time::Duration) {
        tracing::warn!(
            request_id = self.call.record.request_id_text(),
            provider = %self.route.instance.name,
            model = %self.route.model,
            attempt = self.call.record.attempts(),
            status = failure.error.status(),
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            detail = failure.error.detail().unwrap_or(failure.error.message()),
            "an attempt failed and is made again"
        );
    }

    fn told(&self, failure: Failure) -> ApiError {
        if !self.house.settings.sends_routing_headers {
            return failure.error;
        }
        answer_headers::routing_to_error(self.route, self.call.record.attempts(), failure.error)
    }

    fn established(
        &mut self,
        upstream: &upstream::AnswerHeaders,
        received: Received,
        permit: Permit,
        now: Instant,
    ) -> Established {
        // Room for these and for what the server adds, in one allocation.
        let mut headers = HeaderMap::with_capacity(12);
        if self.house.settings.sends_routing_headers {
            answer_headers::routing(self.route, self.call.record.attempts(), &mut headers);
        }
        match self.call.dialect() {
            // A native call is answered as the provider answered it (spec 04 §12.3).
            Some(Dialect::AnthropicMessages) if self.prepared.shape.is_none() => {
                answer_headers::relay_native(upstream, &mut headers);
            }
            _ => answer_headers::relay(upstream, &mut headers),
        }
        answer_headers::dropped(&self.prepared.dropped, &mut headers);
        let (call, dialect) = (self.call, self.prepared.dialect);
        let translation = self.prepared.shape.take().map(|mut shape| {
            shape.model = call.answering_name().map(Text::from);
            Box::new(Translation { shape, rendering: rendering::of(call, self.route, dialect) })
        });
        let content = match received {
            Received::Stream(frames) => Content::Stream(StreamStart {
                frames,
                dialect: self.prepared.dialect,
                usage_is_hidden: self.hides_usage(),
                translation,
                verdict: StreamVerdict::of(permit, now),
            }),
            Received::Whole(read) => {
                permit.record(Verdict::Success, now);
                Content::Whole(WholeAnswer {
                    read,
                    provider_type: self.route.instance.definition.kind,
                    model: self.route.model.clone(),
                    translation,
                })
            }
        };
        Established { headers, content }
    }

    /// Usage that the client did not ask for is ours alone.
    fn hides_usage(&self) -> bool {
        match &self.call.operation {
            Operation::Generate(request) => self.house.settings.enforces_usage && !request.include_usage(),
            Operation::Embeddings(_) | Operation::GeminiEmbeddings { .. } => false,
        }
    }
}
