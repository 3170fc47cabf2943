//! What an operator sees of the gateway from outside: its log and its metrics.
//! In: `tracing` events, one `AccessLine` per call, counts and durations. Out: lines on stderr, written in batches by a
//! thread of their own, and the Prometheus text of one registry that is handed to whoever has something to count.
//! Invariant: neither a full log nor a slow reader of it delays a call, and no text that a caller invents becomes a label.
//! Not here: traces (OTLP), audit records, and the decision which calls are logged. Source: spec 08 §7.4, §9; spec 01 §4.5.

mod chain;
mod log;
mod metrics;
mod redact;

pub use chain::chain;
pub use log::{AccessLine, AccessLog, LogFormat, LogHandle, LogOptions, init_logging};
pub use metrics::{
    BoundedLabels, BreakerState, CallLabels, CallMetrics, ConnectionEvent, Entered, GatewayMetrics,
    Histogram, Label, MetricsRegistry, PROMETHEUS_CONTENT_TYPE, ProviderMetrics, RouteMetrics, StatusLabel,
    TokenCounts,
};
pub use redact::redact_uri;
pub use tracing::Level;
