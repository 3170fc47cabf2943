//! What one client counts.
//! In: events of the pool and the dialer. Out: numbers, read by whoever registers them.
//! Invariant: plain atomics, relaxed: nothing is decided by them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increase(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that grows and shrinks.
#[derive(Debug, Default)]
pub struct Level(AtomicUsize);

impl Level {
    pub(crate) fn increase(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn decrease(&self, by: usize) {
        self.0.fetch_sub(by, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of one client.
#[derive(Debug, Default)]
pub struct ClientMetrics {
    /// Connections that were begun.
    pub dials: Counter,
    /// Connections that could not be made.
    pub failed_dials: Counter,
    /// Exchanges that found an idle connection.
    pub reused: Counter,
    /// Requests sent a second time because a reused connection turned out to be dead.
    pub replays: Counter,
    /// Idle connections.
    pub idle: Level,
}
