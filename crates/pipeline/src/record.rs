//! What is known of one call, and its end. Every part of an answer that is under way holds the record; when the last one
//! lets go, on completion, error or drop, it is settled: one log line, the metrics, later the ledger.
//! In: facts, as they become known. Out: one settlement.
//! Invariant: settled exactly once, by `Drop`; nothing here waits or does I/O.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::metric_handles::HandleCache;
use http::HeaderValue;
use telemetry::{
    AccessLine, AccessLog, CallLabels, CallMetrics, Entered, GatewayMetrics, RouteMetrics, StatusLabel,
    redact_uri,
};
use vocabulary::{ApiError, FinishReason, InstanceName, ModelId, Usage};

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The last byte was handed to the client's connection.
    Completed,
    /// The answer is an error, or its stream broke and the client was told so.
    Failed,
    /// The client left before the end.
    #[default]
    ClientGone,
}

/// The route that answered, or was tried last.
struct RouteFacts {
    instance: InstanceName,
    model: ModelId,
    metrics: Arc<CallMetrics>,
    /// When the call went to the route; its upstream calls and pauses all lie after it.
    began: Instant,
    _in_flight: Entered,
}

/// What becomes known while a call runs.
#[derive(Default)]
struct Facts {
    status: u16,
    outcome: Outcome,
    route: Option<RouteFacts>,
    upstream_status: Option<StatusLabel>,
    upstream_wait: Duration,
    established: Option<Duration>,
    attempts: u32,
    is_stream: bool,
    usage: Option<Usage>,
    finish_reason: Option<FinishReason>,
    first_byte: Option<Duration>,
    error: Option<ApiError>,
    is_complete: bool,
}

/// Where records go when they are settled. Process-wide.
pub struct CallSink {
    /// Counts and durations.
    pub metrics: GatewayMetrics,
    /// The line per call.
    pub access_log: AccessLog,
    handles: HandleCache,
}

impl CallSink {
    /// A sink that counts into `metrics` and writes into `access_log`.
    pub fn new(metrics: GatewayMetrics, access_log: AccessLog) -> Self {
        Self { metrics, access_log, handles: HandleCache::new() }
    }
}

/// The endpoint that was called: its label, and the count of its requests.
#[derive(Clone)]
pub struct Endpoint {
    /// As metrics and logs name it.
    pub label: &'static str,
    /// Its requests by status.
    pub metrics: Arc<RouteMetrics>,
}

/// One call.
pub struct CallRecord {
    sink: Arc<CallSink>,
    started: Instant,
    request_id: HeaderValue,
    request: http::request::Parts,
    endpoint: Endpoint,
    remote_ip: IpAddr,
    is_logged: bool,
    _in_flight: Entered,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    is_delivered: AtomicBool,
    facts: Mutex<Facts>,
}

impl CallRecord {
    /// Begins the record of a request. `is_logged` says whether it gets a line.
    pub fn begin(
        sink: Arc<CallSink>,
        request: http::request::Parts,
        request_id: HeaderValue,
        endpoint: Endpoint,
        remote_ip: IpAddr,
        is_logged: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            _in_flight: sink.metrics.enter_call(),
            sink,
            started: Instant::now(),
            request_id,
            request,
            endpoint,
            remote_ip,
            is_logged,
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            is_delivered: AtomicBool::new(false),
            facts: Mutex::new(Facts::default()),
        })
    }

    /// The head of the request.
    pub fn request(&self) -> &http::request::Parts {
        &self.request
    }

    /// The id of the call, as its header.
    pub fn request_id(&self) -> &HeaderValue {
        &self.request_id
    }

    /// The id of the call, as text.
    pub fn request_id_text(&self) -> &str {
        self.request_id.to_str().unwrap_or_default()
    }

    /// When the request was read.
    pub fn started(&self) -> Instant {
        self.started
    }

    fn note(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The size of the body that was read.
    pub fn received(&self, bytes: usize) {
        self.bytes_in.store(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of the answer were handed to the connection.
    pub fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The last byte of the answer was handed to the connection.
    pub fn delivered(&self) {
        self.is_delivered.store(true, Ordering::Relaxed);
    }

    /// The status that the client gets.
    pub fn answered(&self, status: u16) {
        self.note(|facts| facts.status = status);
    }

    /// The call goes to this route. `is_known_model` is false for ids that a caller may have made up: they are `unknown`
    /// in metrics.
    pub fn routed(
        &self,
        instance: &InstanceName,
        model: &ModelId,
        is_known_model: bool,
        is_stream: bool,
        now: Instant,
    ) {
        let labels = CallLabels {
            provider: instance.as_str(),
            model: is_known_model.then_some(model.as_str()),
            endpoint: self.endpoint.label,
            stream: is_stream,
        };
        let metrics = self.sink.handles.get(&self.sink.metrics, instance, model, labels);
        let route = RouteFacts {
            instance: instance.clone(),
            model: model.clone(),
            began: now,
            _in_flight: metrics.enter(),
            metrics,
        };
        self.note(|facts| {
            facts.route = Some(route);
            facts.is_stream = is_stream;
        });
    }

    /// An upstream answered, or could not: with which status, and after how long a wait for it.
    pub fn upstream_answered(&self, status: StatusLabel, wait: Duration) {
        self.note(|facts| {
            facts.upstream_status = Some(status);
            facts.upstream_wait += wait;
        });
    }

    /// The route's answer stands: what follows is its body.
    pub fn established(&self, now: Instant) {
        self.note(|facts| facts.established = facts.route.as_ref().map(|route| now - route.began));
    }

    /// One more call to an upstream begins.
    pub fn attempted(&self) {
        self.note(|facts| facts.attempts += 1);
    }

    /// The next call to an upstream is a retry.
    pub fn retried(&self) {
        self.note(|facts| {
            if let Some(route) = &facts.route {
                self.sink.metrics.provider(route.instance.as_str()).retried();
            }
        });
    }

    /// Upstream calls so far.
    pub fn attempts(&self) -> u32 {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).attempts
    }

    /// The first byte of the answer is there.
    pub fn first_byte(&self) {
        let elapsed = self.started.elapsed();
        self.note(|facts| facts.first_byte = facts.first_byte.or(Some(elapsed)));
    }

    /// What the answer said of itself. `is_complete` is false for a stream that ended without saying so.
    pub fn observed(&self, usage: Option<Usage>, finish_reason: Option<FinishReason>, is_complete: bool) {
        self.note(|facts| {
            facts.usage = usage.or(facts.usage);
            facts.finish_reason = finish_reason.or(facts.finish_reason);
            facts.is_complete = is_complete;
        });
    }

    /// The call failed, before or after its head was sent.
    pub fn failed(&self, error: &ApiError) {
        self.note(|facts| facts.error = Some(error.clone()));
    }

    fn settle(&mut self) {
        let is_delivered = *self.is_delivered.get_mut();
        let facts = self.facts.get_mut().unwrap_or_else(PoisonError::into_inner);
        facts.outcome = match (&facts.error, is_delivered) {
            (Some(_), _) => Outcome::Failed,
            (None, true) => Outcome::Completed,
            (None, false) => Outcome::ClientGone,
        };
        if facts.status == 0 {
            facts.status = CLIENT_CLOSED_REQUEST;
        }
    }
}

/// The status of a call whose client left before there was an answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

impl Drop for CallRecord {
    fn drop(&mut self) {
        self.settle();
        let now = Instant::now();
        let latency = now - self.started;
        self.count(latency, now);
        if self.is_logged && self.sink.access_log.is_on() {
            self.log(latency);
        }
    }
}

impl CallRecord {
    fn count(&mut self, latency: Duration, now: Instant) {
        let facts = self.facts.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.endpoint.metrics.answered(facts.status);
        let Some(route) = &facts.route else { return };
        let elapsed = now - route.began;
        let status = facts.upstream_status.unwrap_or(StatusLabel::NetworkError);
        route.metrics.finished(status, facts.established.unwrap_or(elapsed));
        if let Some(usage) = facts.usage {
            route.metrics.tokens(usage.into());
        }
        if facts.is_stream {
            let before = route.began.duration_since(self.started);
            if let Some(first) = facts.first_byte {
                route.metrics.first_token(first.saturating_sub(before));
            }
            route.metrics.stream_ended(elapsed);
        } else {
            route.metrics.overhead(latency.saturating_sub(facts.upstream_wait));
        }
    }

    fn log(&mut self, latency: Duration) {
        let facts = self.facts.get_mut().unwrap_or_else(PoisonError::into_inner);
        let header = |name: http::HeaderName| {
            self.request.headers.get(name).map_or(&b""[..], |value| value.as_bytes())
        };
        let uri = self.request.uri.path_and_query().map_or("", |uri| uri.as_str());
        let (provider, model) = match &facts.route {
            Some(route) => (route.instance.as_str(), route.model.as_str()),
            None => ("", ""),
        };
        let (code, message) = error_texts(facts);
        self.sink.access_log.write(&AccessLine {
            method: self.request.method.as_str(),
            uri: &redact_uri(uri),
            status: facts.status,
            latency,
            first_byte: facts.first_byte.filter(|_| facts.is_stream),
            request_id: self.request_id.to_str().unwrap_or_default(),
            provider,
            model,
            attempts: facts.attempts,
            bytes_in: *self.bytes_in.get_mut(),
            bytes_out: *self.bytes_out.get_mut(),
            user_agent: header(http::header::USER_AGENT),
            remote_ip: Some(self.remote_ip),
            host: header(http::header::HOST),
            stream: facts.is_stream,
            error_code: &code,
            error: &message,
            input_tokens: facts.usage.map(|usage| usage.input_tokens),
            output_tokens: facts.usage.map(|usage| usage.output_tokens),
        });
    }
}

fn error_texts(facts: &Facts) -> (String, String) {
    match (&facts.error, facts.outcome) {
        (Some(error), _) => {
            let message = match error.detail() {
                Some(detail) => format!("{}: {detail}", error.message()),
                None => error.message().to_owned(),
            };
            (error.code().unwrap_or(error.error_type().as_str()).to_owned(), message)
        }
        (None, Outcome::ClientGone) => ("client_disconnected".to_owned(), String::new()),
        (None, _) if facts.is_stream && !facts.is_complete => ("stream_incomplete".to_owned(), String::new()),
        (None, _) => Default::default(),
    }
}
