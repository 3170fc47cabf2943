//! What serves a request: the `Gateway`, which lives as long as the process, and the `Generation`, which a reload replaces.
//! Invariant: a request loads the generation once and keeps it to its end.

use std::sync::Arc;

use arc_swap::ArcSwap;
use identity::Gate;
use ipnet::IpNet;
use pipeline::{CallSink, Endpoint, House};
use telemetry::{GatewayMetrics, MetricsRegistry};

use crate::base_path::BasePath;
use crate::body::BodyLimits;
use crate::cors::Cors;
use crate::lifecycle::Lifecycle;
use crate::route::LABELS;

/// What belongs to the process.
pub struct Gateway {
    generation: ArcSwap<Generation>,
    lifecycle: Lifecycle,
    sink: Arc<CallSink>,
    registry: MetricsRegistry,
    /// One per label: few enough to be found by looking.
    endpoints: Vec<Endpoint>,
}

/// Settings and rows that hold for a request from its first byte to its last.
pub struct Generation {
    pub(crate) house: House,
    pub(crate) gate: Gate,
    pub(crate) base_path: BasePath,
    pub(crate) cors: Cors,
    pub(crate) body_limits: BodyLimits,
    pub(crate) metrics_path: Option<String>,
    pub(crate) metrics_need_auth: bool,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) logs_every_route: bool,
    pub(crate) readiness_needs_models: bool,
    pub(crate) lists_concrete_models: bool,
    pub(crate) version: &'static str,
}

/// What a generation is made from.
pub struct GenerationParts {
    /// Registry, instances and the pipeline's settings.
    pub house: House,
    /// Who may call.
    pub gate: Gate,
    /// Normalised `BASE_PATH`.
    pub base_path: String,
    /// Origins that browsers may call from.
    pub cors_origins: Vec<String>,
    /// Largest request body.
    pub body_bytes: usize,
    /// Longest silence inside a request body.
    pub body_idle: std::time::Duration,
    /// Where metrics are served, if they are.
    pub metrics_path: Option<String>,
    /// Metrics need a credential.
    pub metrics_need_auth: bool,
    /// Proxies whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// A line for every request, not for model calls alone.
    pub logs_every_route: bool,
    /// `/health/ready` is 503 while there is no model.
    pub readiness_needs_models: bool,
    /// `/v1/models` names the models of providers, not aliases alone.
    pub lists_concrete_models: bool,
    /// The version of this build.
    pub version: &'static str,
}

impl From<GenerationParts> for Generation {
    fn from(parts: GenerationParts) -> Self {
        Self {
            house: parts.house,
            gate: parts.gate,
            base_path: BasePath::new(&parts.base_path),
            cors: Cors::new(&parts.cors_origins),
            body_limits: BodyLimits { bytes: parts.body_bytes, idle: parts.body_idle },
            metrics_path: parts.metrics_path,
            metrics_need_auth: parts.metrics_need_auth,
            trusted_proxies: parts.trusted_proxies,
            logs_every_route: parts.logs_every_route,
            readiness_needs_models: parts.readiness_needs_models,
            lists_concrete_models: parts.lists_concrete_models,
            version: parts.version,
        }
    }
}

impl Gateway {
    /// A gateway that serves its first generation.
    pub fn new(
        first: Generation,
        lifecycle: Lifecycle,
        sink: Arc<CallSink>,
        registry: MetricsRegistry,
    ) -> Self {
        let endpoint = |label| Endpoint { label, metrics: Arc::new(sink.metrics.route(label)) };
        Self {
            generation: ArcSwap::from_pointee(first),
            lifecycle,
            endpoints: LABELS.iter().map(|label| endpoint(*label)).collect(),
            sink,
            registry,
        }
    }

    /// Replaces the generation: requests that come from now on are served by the new one.
    pub fn replace(&self, next: Generation) {
        self.generation.store(Arc::new(next));
    }

    /// The generation that serves now.
    pub fn generation(&self) -> Arc<Generation> {
        self.generation.load_full()
    }

    /// Where the process stands.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// What the gateway counts.
    pub fn metrics(&self) -> &GatewayMetrics {
        &self.sink.metrics
    }

    pub(crate) fn sink(&self) -> &Arc<CallSink> {
        &self.sink
    }

    pub(crate) fn metrics_registry(&self) -> &MetricsRegistry {
        &self.registry
    }

    /// The endpoint of a label. Every label is bound at the start; an unknown one would be bound anew.
    pub(crate) fn endpoint(&self, label: &'static str) -> Endpoint {
        let bound = self.endpoints.iter().find(|endpoint| endpoint.label == label).cloned();
        bound.unwrap_or_else(|| Endpoint { label, metrics: Arc::new(self.sink.metrics.route(label)) })
    }
}
