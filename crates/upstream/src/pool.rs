//! Idle connections, kept per worker: a call takes and returns them on its own core.
//! In: connections whose last answer was read to its end. Out: the one used last, if it is still quiet.
//! Invariant: a connection is in one place at a time; it never waits longer than the peer keeps it, and never leaves the
//! runtime that made it. A sweeper runs while something is idle.
//! Not here: HTTP/2, which is shared instead of lent (`http2`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use runtime::Supervisor;
use tokio::time::Instant;

use crate::dial::Wire;
use crate::metrics::ClientMetrics;

/// An HTTP/1.1 connection, lent to one exchange at a time.
pub(crate) struct Connection {
    pub(crate) wire: Wire,
    /// The worker whose runtime drives the socket.
    pub(crate) slot: usize,
    /// True once an exchange on it has ended well.
    pub(crate) reused: bool,
}

impl Connection {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire, slot: runtime::worker_index(), reused: false }
    }
}

struct Idle {
    connection: Connection,
    until: Instant,
}

/// The idle connections of one client.
pub(crate) struct Pool {
    slots: Box<[Mutex<Vec<Idle>>]>,
    idle_timeout: Duration,
    max_idle_per_worker: usize,
    sweeping: AtomicBool,
    supervisor: Supervisor,
    metrics: Arc<ClientMetrics>,
}

impl Pool {
    pub(crate) fn new(
        idle_timeout: Duration,
        max_idle_per_worker: usize,
        supervisor: Supervisor,
        metrics: Arc<ClientMetrics>,
    ) -> Arc<Self> {
        Arc::new(Self {
            slots: (0..runtime::worker_slots()).map(|_| Mutex::default()).collect(),
            idle_timeout,
            max_idle_per_worker,
            sweeping: AtomicBool::new(false),
            supervisor,
            metrics,
        })
    }

    /// The connection that was used last on this worker. Those that the peer has closed meanwhile are dropped.
    pub(crate) fn checkout(&self) -> Option<Connection> {
        let mut idle = self.slot(runtime::worker_index())?;
        let now = Instant::now();
        while let Some(Idle { mut connection, until }) = idle.pop() {
            self.metrics.idle.decrease(1);
            if until > now && connection.wire.is_quiet() {
                self.metrics.reused.increase();
                return Some(connection);
            }
        }
        None
    }

    /// Takes a connection back, at most until the peer's own limit (`Keep-Alive: timeout`) less a second.
    pub(crate) fn put(self: &Arc<Self>, mut connection: Connection, hint: Option<Duration>) {
        let hinted = hint.map(|hint| hint.saturating_sub(Duration::from_secs(1)));
        let limit = hinted.map_or(self.idle_timeout, |hinted| hinted.min(self.idle_timeout));
        if limit.is_zero() || self.max_idle_per_worker == 0 || self.supervisor.is_stopped() {
            return;
        }
        connection.reused = true;
        let Some(mut idle) = self.slot(connection.slot) else { return };
        if idle.len() >= self.max_idle_per_worker {
            // The one at the front has waited longest.
            drop(idle.remove(0));
            self.metrics.idle.decrease(1);
        }
        idle.push(Idle { connection, until: Instant::now() + limit });
        drop(idle);
        self.metrics.idle.increase();
        self.start_sweeping();
    }

    fn slot(&self, index: usize) -> Option<MutexGuard<'_, Vec<Idle>>> {
        self.slots.get(index).map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start_sweeping(self: &Arc<Self>) {
        if self.sweeping.load(Ordering::Relaxed) || self.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        if tokio::runtime::Handle::try_current().is_err() {
            self.sweeping.store(false, Ordering::Release);
            return;
        }
        let period = (self.idle_timeout / 4).clamp(Duration::from_millis(100), Duration::from_secs(10));
        let running = Sweeping(Arc::downgrade(self));
        self.supervisor.own("upstream idle connections", async move {
            while running.sweep() {
                tokio::time::sleep(period).await;
            }
            running.end();
        });
    }

    /// Closes what has waited too long, and gives the number of those that wait on.
    fn close_expired(&self) -> usize {
        let now = Instant::now();
        (0..self.slots.len())
            .filter_map(|index| {
                let mut idle = self.slot(index)?;
                let before = idle.len();
                idle.retain(|idle| idle.until > now);
                self.metrics.idle.decrease(before - idle.len());
                Some(idle.len())
            })
            .sum()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let left = self.slots.iter().filter_map(|slot| slot.lock().ok().map(|idle| idle.len())).sum();
        self.metrics.idle.decrease(left);
    }
}

/// The running sweeper's mark, cleared however it ends.
struct Sweeping(Weak<Pool>);

impl Sweeping {
    /// One round; false when there is nothing to wait for any more.
    fn sweep(&self) -> bool {
        self.0.upgrade().is_some_and(|pool| pool.close_expired() > 0)
    }

    /// Ends, and starts anew for a connection that came after the last round.
    fn end(self) {
        let pool = self.0.upgrade();
        drop(self);
        if let Some(pool) = pool.filter(|pool| pool.close_expired() > 0) {
            pool.start_sweeping();
        }
    }
}

impl Drop for Sweeping {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.sweeping.store(false, Ordering::Release);
        }
    }
}
