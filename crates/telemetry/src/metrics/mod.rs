//! What the gateway counts, and the registry that everybody counts into.
//! In: metrics that each crate registers through a closure. Out: the Prometheus text of all of them, at each scrape.
//! Invariant: labels come from closed sets or from `BoundedLabels`; what is on the path of a call is bound ahead, so
//! that counting is an atomic addition. Source: spec 08 §9, B29.

mod call;
mod gateway;
mod histogram;
mod labels;
mod process;
mod status;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

pub use call::{CallLabels, CallMetrics, TokenCounts};
pub use gateway::{BreakerState, ConnectionEvent, Entered, GatewayMetrics, ProviderMetrics, RouteMetrics};
pub use histogram::Histogram;
pub use labels::{BoundedLabels, Label};
pub use prometheus_text::CONTENT_TYPE as PROMETHEUS_CONTENT_TYPE;
pub use status::StatusLabel;

/// The registry of the process. Clones are the same registry.
///
/// Register a counter without its `_total`: the encoder appends it.
#[derive(Clone, Debug)]
pub struct MetricsRegistry {
    registry: Arc<Mutex<Registry>>,
}

impl Default for MetricsRegistry {
    fn default() -> Self {
        Self::new()
    }
}

impl MetricsRegistry {
    /// A registry that holds the process's own figures (`process_*`) and nothing else yet.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process::ProcessCollector));
        Self { registry: Arc::new(Mutex::new(registry)) }
    }

    /// Hands the registry to whoever has metrics to register.
    pub fn register<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        register(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All metrics as Prometheus text 0.0.4 (`PROMETHEUS_CONTENT_TYPE`).
    ///
    /// # Errors
    /// If a metric cannot be rendered; none of ours fails.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        self.register(|registry| prometheus_text::encode(&mut text, registry))?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
