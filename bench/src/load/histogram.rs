//! A log-linear histogram of durations: 128 steps per power of two, so every figure is right within 0.8 %.
//! In: durations in nanoseconds. Out: quantiles and counts above a threshold. Memory is constant.

use std::time::Duration;

const STEP_BITS: u32 = 7;
const STEPS: u64 = 1 << STEP_BITS;
/// Values up to 2³⁷ ns (137 s); longer ones count as that.
const ROWS: u64 = 31;

/// Counts of durations.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; usize::try_from(ROWS * STEPS).unwrap_or_default()], total: 0 }
    }
}

impl Histogram {
    pub(crate) fn record(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(slot(nanos)) {
            *count += 1;
            self.total += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
    }

    /// The smallest duration below which the share `q` of all durations lies, in nanoseconds. Zero when empty.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2⁵²"
    )]
    pub(crate) fn quantile_nanos(&self, q: f64) -> u64 {
        let wanted = ((self.total as f64) * q).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return lower_bound(index as u64);
            }
        }
        0
    }

    /// How many durations were at least this long.
    pub(crate) fn count_from(&self, threshold: Duration) -> u64 {
        let first = slot(u64::try_from(threshold.as_nanos()).unwrap_or(u64::MAX));
        self.counts.iter().skip(first).sum()
    }
}

fn slot(nanos: u64) -> usize {
    let slot = if nanos < STEPS {
        nanos
    } else {
        let shift = u64::from(63 - nanos.leading_zeros() - STEP_BITS);
        (shift * STEPS) + (nanos >> shift)
    };
    usize::try_from(slot.min(ROWS * STEPS - 1)).unwrap_or_default()
}

fn lower_bound(slot: u64) -> u64 {
    if slot < 2 * STEPS {
        return slot;
    }
    let shift = slot / STEPS - 1;
    (slot - shift * STEPS) << shift
}

#[cfg(test)]
mod tests {
    use super::{Histogram, lower_bound, slot};
    use std::time::Duration;

    #[test]
    fn a_value_is_within_one_percent_of_its_slot() {
        for nanos in (0..40_u32).flat_map(|bits| [(1_u64 << bits) / 3, 1 << bits, (1 << bits) + 5]) {
            let bound = lower_bound(slot(nanos) as u64);
            if nanos < 1 << 37 {
                assert!(bound <= nanos && nanos - bound <= nanos / 100, "{nanos} {bound}");
            }
        }
    }

    #[test]
    fn quantiles_and_counts_agree_with_the_values() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|n| histogram.record(Duration::from_micros(n)));
        assert_eq!(histogram.total, 1000);
        let p99 = histogram.quantile_nanos(0.99);
        assert!((980_000..=990_000).contains(&p99), "{p99}");
        assert!((1..=12).contains(&histogram.count_from(Duration::from_micros(995))));
    }
}
