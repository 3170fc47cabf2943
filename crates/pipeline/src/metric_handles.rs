//! The metric handles of the routes that are in use, per worker: binding one locks and hashes, and every call needs one.
//! Invariant: a worker's cache is touched by that worker alone, so its lock is never waited for; it is bounded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use telemetry::{CallLabels, CallMetrics, GatewayMetrics};
use vocabulary::{InstanceName, ModelId};

/// Beyond this a worker forgets its handles and binds anew.
const MAX_HANDLES: usize = 2000;

type Key = (InstanceName, ModelId, &'static str, bool);
type Handles = HashMap<Key, Arc<CallMetrics>>;

/// Handles by worker.
pub(crate) struct HandleCache(Box<[Mutex<Handles>]>);

impl HandleCache {
    pub(crate) fn new() -> Self {
        Self((0..runtime::worker_slots()).map(|_| Mutex::default()).collect())
    }

    /// The handle of a route. `labels.model` is `None` for a model that is `unknown` in metrics.
    pub(crate) fn get(
        &self,
        metrics: &GatewayMetrics,
        instance: &InstanceName,
        model: &ModelId,
        labels: CallLabels<'_>,
    ) -> Arc<CallMetrics> {
        // Models that callers may have made up share one handle, and must not fill the cache.
        let slot = self.0.get(runtime::worker_index()).filter(|_| labels.model.is_some());
        let Some(slot) = slot else { return metrics.call(labels) };
        let mut handles = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (instance.clone(), model.clone(), labels.endpoint, labels.stream);
        if let Some(handle) = handles.get(&key) {
            return handle.clone();
        }
        if handles.len() >= MAX_HANDLES {
            handles.clear();
        }
        let handle = metrics.call(labels);
        handles.insert(key, handle.clone());
        handle
    }
}
