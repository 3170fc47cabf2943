//! The gateway's own metrics, registered once per process.
//! In: a registry. Out: handles that are bound to their labels ahead of the calls that count.
//! Invariant: names and labels are those of spec 08 §9 and B29; handles live as long as the process, reloads included.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::call::{
    CallLabels, CallMetrics, DurationLabels, InFlightLabels, ModelLabels, RequestLabels, TokenCounters,
};
use super::status::{StatusCounters, StatusLabel};
use super::{BoundedLabels, Histogram, Label, MetricsRegistry};

/// Models that get a label of their own; a provider may list thousands.
pub(super) const MAX_MODELS: usize = 500;
/// Instances that get a label of their own.
const MAX_PROVIDERS: usize = 100;

const CALL_SECONDS: &[f64] =
    &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
const OVERHEAD_SECONDS: &[f64] =
    &[0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0];

/// Makes the members of a family of histograms.
#[derive(Clone, Debug)]
pub(super) struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0)
    }
}

type Histograms<L> = Family<L, Histogram, Buckets>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ProviderLabels {
    provider: Label,
}

/// Labels of a connection's fate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ConnectionLabels {
    provider: Label,
    event: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabels {
    route: &'static str,
    status: StatusLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TokenLabels {
    r#type: &'static str,
}

/// The registered families.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) requests: Family<RequestLabels, Counter>,
    pub(super) duration: Histograms<DurationLabels>,
    pub(super) in_flight: Family<InFlightLabels, Gauge>,
    pub(super) first_token: Histograms<ModelLabels>,
    pub(super) stream_duration: Histograms<ModelLabels>,
    pub(super) overhead: Histogram,
    pub(super) tokens: Family<TokenLabels, Counter>,
    breaker: Family<ProviderLabels, Gauge>,
    retries: Family<ProviderLabels, Counter>,
    upstream_connections: Family<ConnectionLabels, Counter>,
    idle_connections: Family<ProviderLabels, Gauge>,
    http_requests: Family<RouteLabels, Counter>,
    calls_in_flight: Gauge,
    connections: Gauge,
}

impl Families {
    fn new() -> Self {
        let calls = Buckets(CALL_SECONDS);
        Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(calls.clone()),
            in_flight: Family::default(),
            first_token: Family::new_with_constructor(calls.clone()),
            stream_duration: Family::new_with_constructor(calls),
            overhead: Histogram::new(OVERHEAD_SECONDS),
            tokens: Family::default(),
            breaker: Family::default(),
            retries: Family::default(),
            upstream_connections: Family::default(),
            idle_connections: Family::default(),
            http_requests: Family::default(),
            calls_in_flight: Gauge::default(),
            connections: Gauge::default(),
        }
    }

    fn register(&self, into: &mut Registry) {
        into.register(
            "gomodel_requests",
            "Calls to providers, retries not counted apart",
            self.requests.clone(),
        );
        let help = "Time of a call to a provider, retries included; of a stream until it stands";
        into.register("gomodel_request_duration_seconds", help, self.duration.clone());
        into.register(
            "gomodel_requests_in_flight",
            "Calls to providers that run now",
            self.in_flight.clone(),
        );
        into.register(
            "gomodel_calls_in_flight",
            "Calls of clients that run now",
            self.calls_in_flight.clone(),
        );
        into.register("gomodel_connections", "Open connections of clients", self.connections.clone());
        let help = "State of the circuit breaker: 0 closed, 1 half-open, 2 open";
        into.register("gomodel_circuit_breaker_state", help, self.breaker.clone());
        into.register("gomodel_retries", "Attempts after the first one of a call", self.retries.clone());
        let help = "Connections to providers: dialed, failed, reused, replayed";
        into.register("gomodel_upstream_connections", help, self.upstream_connections.clone());
        let help = "Connections to providers that wait unused";
        into.register("gomodel_upstream_idle_connections", help, self.idle_connections.clone());
        into.register("gomodel_tokens", "Tokens that upstreams reported", self.tokens.clone());
        let help = "Time from sending a streamed call to its first content";
        into.register("gomodel_ttft_seconds", help, self.first_token.clone());
        let help = "Time from sending a streamed call to its end";
        into.register("gomodel_stream_duration_seconds", help, self.stream_duration.clone());
        let help = "Time that the gateway itself adds to a call";
        into.register("gomodel_overhead_seconds", help, self.overhead.clone());
        into.register("gomodel_http_requests", "Requests of clients", self.http_requests.clone());
    }

    pub(super) fn token_counters(&self) -> TokenCounters {
        let of = |r#type| self.tokens.get_or_create_owned(&TokenLabels { r#type });
        TokenCounters {
            input: of("input"),
            output: of("output"),
            cached_input: of("cached_input"),
            reasoning: of("reasoning"),
        }
    }
}

/// The gateway's metrics. Clones are the same metrics.
#[derive(Clone, Debug)]
pub struct GatewayMetrics {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    families: Families,
    providers: BoundedLabels,
    models: BoundedLabels,
    bound: Mutex<HashMap<DurationLabels, Arc<CallMetrics>>>,
}

impl GatewayMetrics {
    /// Registers the gateway's metrics. Once per registry.
    pub fn new(registry: &MetricsRegistry) -> Self {
        let families = Families::new();
        registry.register(|registry| families.register(registry));
        Self {
            shared: Arc::new(Shared {
                families,
                providers: BoundedLabels::new(MAX_PROVIDERS),
                models: BoundedLabels::new(MAX_MODELS),
                bound: Mutex::default(),
            }),
        }
    }

    /// The metrics of calls with these labels. It locks and hashes: keep the handle rather than ask for each call.
    pub fn call(&self, labels: CallLabels<'_>) -> Arc<CallMetrics> {
        let Shared { families, providers, models, bound } = &*self.shared;
        let labels = DurationLabels {
            provider: providers.known(labels.provider),
            model: labels.model.map_or(Label::UNKNOWN, |model| models.known(model)),
            endpoint: labels.endpoint,
            stream: labels.stream,
        };
        let mut bound = bound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = bound.get(&labels) {
            return metrics.clone();
        }
        let metrics = CallMetrics::bind(families, labels.clone());
        bound.insert(labels, metrics.clone());
        metrics
    }

    /// The metrics of one provider instance.
    pub fn provider(&self, name: &str) -> ProviderMetrics {
        let Shared { families, providers, .. } = &*self.shared;
        let labels = ProviderLabels { provider: providers.known(name) };
        ProviderMetrics {
            breaker: families.breaker.get_or_create_owned(&labels),
            retries: families.retries.get_or_create_owned(&labels),
            connections: ConnectionEvent::ALL.map(|event| {
                let labels = ConnectionLabels { provider: labels.provider.clone(), event: event.label() };
                families.upstream_connections.get_or_create_owned(&labels)
            }),
            idle_connections: families.idle_connections.get_or_create_owned(&labels),
        }
    }

    /// The metrics of one route of our own HTTP interface, as the route table spells it.
    pub fn route(&self, route: &'static str) -> RouteMetrics {
        let requests = self.shared.families.http_requests.clone();
        RouteMetrics { route, requests, by_status: StatusCounters::default() }
    }

    /// Counts a client's call in flight until the guard is dropped.
    pub fn enter_call(&self) -> Entered {
        Entered::into_gauge(&self.shared.families.calls_in_flight)
    }

    /// Counts a client's connection until the guard is dropped.
    pub fn enter_connection(&self) -> Entered {
        Entered::into_gauge(&self.shared.families.connections)
    }

    /// Calls of clients in flight now.
    pub fn calls_in_flight(&self) -> i64 {
        self.shared.families.calls_in_flight.get()
    }

    /// Open connections of clients now.
    pub fn connections(&self) -> i64 {
        self.shared.families.connections.get()
    }
}

/// State of a circuit breaker, as its gauge shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// One call tries whether the upstream is back.
    HalfOpen,
    /// Calls are refused.
    Open,
}

/// Counts for one provider instance.
#[derive(Clone, Debug)]
pub struct ProviderMetrics {
    breaker: Gauge,
    retries: Counter,
    connections: [Counter; ConnectionEvent::ALL.len()],
    idle_connections: Gauge,
}

/// What can happen to a connection towards a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionEvent {
    /// It was begun.
    Dialed,
    /// It could not be made.
    Failed,
    /// An idle one served another call.
    Reused,
    /// An idle one turned out to be dead, and its request was sent once more.
    Replayed,
}

impl ConnectionEvent {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Dialed, Self::Failed, Self::Reused, Self::Replayed];

    const fn label(self) -> &'static str {
        match self {
            Self::Dialed => "dialed",
            Self::Failed => "failed",
            Self::Reused => "reused",
            Self::Replayed => "replayed",
        }
    }
}

impl ProviderMetrics {
    /// Shows the breaker's state.
    pub fn breaker(&self, state: BreakerState) {
        self.breaker.set(match state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        });
    }

    /// Counts an attempt after the first one.
    pub fn retried(&self) {
        self.retries.inc();
    }

    /// Shows what a client has counted of its connections, and how many it holds unused.
    pub fn connections(&self, counted: [u64; ConnectionEvent::ALL.len()], idle: usize) {
        for (counter, count) in self.connections.iter().zip(counted) {
            // Never backwards: an instance that a reload made anew begins at zero.
            counter.inner().fetch_max(count, Ordering::Relaxed);
        }
        self.idle_connections.set(i64::try_from(idle).unwrap_or(i64::MAX));
    }
}

/// Counts the requests of one route.
#[derive(Debug)]
pub struct RouteMetrics {
    route: &'static str,
    requests: Family<RouteLabels, Counter>,
    by_status: StatusCounters,
}

impl RouteMetrics {
    /// Counts one answered request.
    pub fn answered(&self, status: u16) {
        self.by_status.count(StatusLabel::Code(status), |status| {
            self.requests.get_or_create_owned(&RouteLabels { route: self.route, status })
        });
    }
}

/// Something that is counted as long as it lives.
#[derive(Debug)]
pub struct Entered {
    gauge: Gauge,
}

impl Entered {
    pub(super) fn into_gauge(gauge: &Gauge) -> Self {
        gauge.inc();
        Self { gauge: gauge.clone() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}
