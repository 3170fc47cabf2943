//! What belongs to the process and outlives every reload: registry, metrics, workers, log, and the owner of all tasks.

use std::io;
use std::sync::Arc;

use catalog::Registry;
use pipeline::{CallSink, Recall};
use runtime::{Supervisor, Workers};
use server::Lifecycle;
use telemetry::{GatewayMetrics, LogHandle, MetricsRegistry};
use tokens::Tokenizers;

/// Made once, at boot.
pub(crate) struct Process {
    /// Stops everything.
    pub(crate) supervisor: Supervisor,
    /// Owns the client connections, which end later than the rest.
    pub(crate) connections: Supervisor,
    pub(crate) workers: Arc<Workers>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) registry: Arc<Registry>,
    pub(crate) metrics_registry: MetricsRegistry,
    pub(crate) metrics: GatewayMetrics,
    pub(crate) log: LogHandle,
    pub(crate) sink: Arc<CallSink>,
    pub(crate) recall: Arc<Recall>,
    pub(crate) tokenizers: Tokenizers,
}

impl Process {
    /// Starts the workers and the counts.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(crate) fn start(log: LogHandle) -> io::Result<Self> {
        let metrics_registry = MetricsRegistry::new();
        log.register(&metrics_registry);
        let metrics = GatewayMetrics::new(&metrics_registry);
        Ok(Self {
            supervisor: Supervisor::new(),
            connections: Supervisor::new(),
            workers: Workers::start()?,
            lifecycle: Lifecycle::new(),
            registry: Arc::new(Registry::new()),
            sink: Arc::new(CallSink::new(metrics.clone(), log.access_log())),
            recall: Arc::default(),
            tokenizers: Tokenizers::new(),
            metrics_registry,
            metrics,
            log,
        })
    }
}
