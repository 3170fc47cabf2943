//! The batch between those who log and stderr: lines are copied into memory, one thread writes them.
//! In: whole lines. Out: the same lines in order, in few large writes: at 64 KiB, after 100 ms, at once when urgent.
//! Invariant: a writer of lines never waits for stderr. What does not fit is counted, and a line says how many were lost.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;

/// Lines that wait for stderr, in bytes. Beyond it they are dropped.
const MAX_PENDING: usize = 1 << 20;
/// So much is worth a write of its own.
const WRITE_AT: usize = 64 << 10;
/// The longest time that a line waits for company.
const MAX_AGE: Duration = Duration::from_millis(100);
/// Room that is kept between writes; what a burst needed beyond it is given back.
const KEEP_CAPACITY: usize = 2 * WRITE_AT;

/// Renders the line that reports lost ones, in the log's own format.
pub(super) type LossLine = Box<dyn Fn(u64, &mut Vec<u8>) + Send>;

#[derive(Default)]
struct State {
    pending: Vec<u8>,
    since: Option<Instant>,
    urgent: bool,
    lost: u64,
    /// Bytes ever taken in, and ever written; a flush waits for the second to reach the first.
    accepted: u64,
    written: u64,
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
    dropped: Counter,
}

/// The batch. Dropping it writes what is left and ends its thread.
pub(super) struct LogBuffer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl LogBuffer {
    /// Starts the writing thread. Without one (the system refused it) every line counts as lost.
    pub(super) fn start(sink: impl Write + Send + 'static, loss_line: LossLine) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
            dropped: Counter::default(),
        });
        let worker = shared.clone();
        let thread = std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || worker.write_batches(sink, &loss_line))
            .ok();
        Self { shared, thread }
    }

    /// Takes one whole line, with its newline. `urgent` lines are written at once.
    pub(super) fn push(&self, line: &[u8], urgent: bool) {
        let mut state = self.shared.lock();
        if self.thread.is_none() || state.pending.len() + line.len() > MAX_PENDING {
            state.lost += 1;
            let first = state.since.is_none();
            state.since.get_or_insert_with(Instant::now);
            drop(state);
            self.shared.dropped.inc();
            if first {
                self.shared.work.notify_one();
            }
            return;
        }
        let first = state.since.is_none();
        state.since.get_or_insert_with(Instant::now);
        state.pending.extend_from_slice(line);
        state.accepted += line.len() as u64;
        state.urgent |= urgent;
        let full = state.pending.len() >= WRITE_AT && state.pending.len() - line.len() < WRITE_AT;
        drop(state);
        if first || urgent || full {
            self.shared.work.notify_one();
        }
    }

    /// Waits until everything logged before this call is written, at most `limit`. True if it was.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let mut state = self.shared.lock();
        let target = state.accepted;
        state.urgent = true;
        self.shared.work.notify_one();
        let deadline = Instant::now() + limit;
        while state.written < target {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.thread.is_none() {
                return false;
            }
            state = self.shared.progress.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Lines lost so far, as the counter to register.
    pub(super) fn dropped(&self) -> Counter {
        self.shared.dropped.clone()
    }
}

impl Drop for LogBuffer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the writer was reported by the panic hook; there is nobody left to tell.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements, so a panic under the lock spoils nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_batches(&self, mut sink: impl Write, loss_line: &LossLine) {
        let mut batch = Vec::with_capacity(KEEP_CAPACITY);
        while let Some(lost) = self.next_batch(&mut batch) {
            let taken = batch.len() as u64;
            if lost > 0 {
                loss_line(lost, &mut batch);
            }
            // Nowhere is left to report that stderr itself fails: the lines count as lost.
            if sink.write_all(&batch).and_then(|()| sink.flush()).is_err() {
                self.dropped.inc_by(batch.iter().filter(|byte| **byte == b'\n').count() as u64);
            }
            batch.clear();
            batch.shrink_to(KEEP_CAPACITY);
            self.lock().written += taken;
            self.progress.notify_all();
        }
    }

    /// Waits for the next batch and swaps it into the empty `batch`; how many lines were lost behind it. `None` at the end.
    fn next_batch(&self, batch: &mut Vec<u8>) -> Option<u64> {
        let mut state = self.lock();
        loop {
            let idle = state.pending.is_empty() && state.lost == 0;
            if idle && state.closed {
                return None;
            }
            let age = state.since.map_or(Duration::ZERO, |since| since.elapsed());
            let due = state.urgent || state.closed || state.pending.len() >= WRITE_AT || age >= MAX_AGE;
            if !idle && due {
                std::mem::swap(&mut state.pending, batch);
                (state.urgent, state.since) = (false, None);
                return Some(std::mem::take(&mut state.lost));
            }
            state.urgent = false;
            state = if idle {
                self.work.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.work.wait_timeout(state, MAX_AGE - age).unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }
}

#[cfg(test)]
#[path = "buffer/tests.rs"]
mod tests;
