//! A histogram of durations without a lock: observing is two atomic additions.
//! In: durations. Out: cumulative buckets in seconds, as Prometheus wants them.
//! Invariant: count is the sum of the buckets, so it never disagrees with them; the sum may lag by one observation.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Counts durations by size. Clones count into the same buckets.
#[derive(Clone, Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    cells: Arc<Cells>,
}

#[derive(Debug)]
struct Cells {
    /// One per bound and one for everything above.
    buckets: Box<[AtomicU64]>,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Buckets with these upper bounds in seconds, ascending.
    pub fn new(bounds: &'static [f64]) -> Self {
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, cells: Arc::new(Cells { buckets, nanoseconds: AtomicU64::new(0) }) }
    }

    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = self.bounds.partition_point(|bound| *bound < seconds);
        if let Some(cell) = self.cells.buckets.get(bucket) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.cells.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.cells.buckets.iter().map(|cell| cell.load(Ordering::Relaxed)).sum()
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        // The encoder takes counts per bucket, adds them up itself, and expects the last bound to be infinite.
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let counts = self.cells.buckets.iter().map(|cell| cell.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.cells.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram(sum, count, &buckets, None::<&HashMap<usize, Exemplar<NoLabelSet, f64>>>)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use crate::MetricsRegistry;
    use std::time::Duration;

    #[test]
    fn a_bound_belongs_to_its_bucket_and_the_rest_is_above() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        for millis in [1, 100, 101, 1000, 5000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let registry = MetricsRegistry::new();
        registry.register(|registry| registry.register("x_seconds", "X", histogram.clone()));
        let text = registry.encode().unwrap();
        let samples: Vec<_> = text.lines().filter(|line| line.starts_with("x_seconds")).collect();
        assert_eq!(
            samples,
            [
                "x_seconds_bucket{le=\"0.1\"} 2",
                "x_seconds_bucket{le=\"1\"} 4",
                "x_seconds_bucket{le=\"+Inf\"} 5",
                "x_seconds_sum 6.202",
                "x_seconds_count 5",
            ]
        );
        assert_eq!(histogram.count(), 5);
    }
}
