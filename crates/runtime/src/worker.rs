//! The threads that serve calls: one single-threaded tokio runtime each, so that a call, its client's socket and its
//! upstream's socket share one core and wake each other without a lock or a system call.
//! In: jobs, handed to a worker in turn. Out: nothing; `Workers` joins its threads when it is dropped.
//! Invariant: `worker_index()` is unique per worker and below `worker_slots()`; every other thread has the last slot.

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

static SLOTS: OnceLock<usize> = OnceLock::new();

thread_local! {
    static INDEX: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Number of slots for state that is kept per worker: one for each worker, one for all other threads.
pub fn worker_slots() -> usize {
    *SLOTS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from) + 1)
}

/// The slot of the current thread, below `worker_slots()`.
pub fn worker_index() -> usize {
    INDEX.get().unwrap_or_else(|| worker_slots() - 1)
}

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait for a worker; a full queue tells the acceptor to pause.
const QUEUED_JOBS: usize = 1024;

struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    load: AtomicUsize,
    thread: Option<JoinHandle<()>>,
}

/// The worker threads.
pub struct Workers {
    workers: Vec<Worker>,
}

/// Counts one connection on one worker until it is dropped.
pub struct Assigned {
    workers: std::sync::Arc<Workers>,
    worker: usize,
}

impl Drop for Assigned {
    fn drop(&mut self) {
        self.workers.workers[self.worker].load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts one worker per core.
    ///
    /// # Errors
    /// If a thread or its runtime cannot be made.
    pub fn start() -> io::Result<std::sync::Arc<Self>> {
        let workers = (0..worker_slots() - 1).map(start_worker).collect::<io::Result<Vec<_>>>()?;
        Ok(std::sync::Arc::new(Self { workers }))
    }

    /// Runs a job inside the runtime of the worker that has the fewest assignments. The job is given its assignment,
    /// to be kept as long as its work lasts. `false` if the workers have stopped.
    pub async fn assign(self: &std::sync::Arc<Self>, job: impl FnOnce(Assigned) + Send + 'static) -> bool {
        let load = |worker: &Worker| worker.load.load(Ordering::Relaxed);
        let Some((index, worker)) = self.workers.iter().enumerate().min_by_key(|(_, worker)| load(worker))
        else {
            return false;
        };
        let Some(jobs) = &worker.jobs else { return false };
        worker.load.fetch_add(1, Ordering::Relaxed);
        let assigned = Assigned { workers: self.clone(), worker: index };
        jobs.send(Box::new(move || job(assigned))).await.is_ok()
    }
}

fn start_worker(index: usize) -> io::Result<Worker> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (jobs, mut queue) = mpsc::channel::<Job>(QUEUED_JOBS);
    let thread = std::thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
        INDEX.set(Some(index));
        runtime.block_on(async move {
            while let Some(job) = queue.recv().await {
                job();
            }
        });
        runtime_shutdown(runtime);
    })?;
    Ok(Worker { jobs: Some(jobs), load: AtomicUsize::new(0), thread: Some(thread) })
}

fn runtime_shutdown(runtime: tokio::runtime::Runtime) {
    runtime.shutdown_background();
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.jobs = None;
        }
        for thread in self.workers.iter_mut().filter_map(|worker| worker.thread.take()) {
            if std::thread::current().id() != thread.thread().id() && thread.join().is_err() {
                tracing::error!("a worker thread panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Workers, worker_index, worker_slots};

    #[tokio::test]
    async fn assignments_spread_over_the_workers() {
        let workers = Workers::start().unwrap();
        let (seen, mut indexes) = tokio::sync::mpsc::channel(8);
        for _ in 0..worker_slots() - 1 {
            let seen = seen.clone();
            assert!(workers.assign(move |assigned| drop(seen.try_send((worker_index(), assigned)))).await);
        }
        let mut used = Vec::new();
        for _ in 0..worker_slots() - 1 {
            used.push(indexes.recv().await.unwrap());
        }
        let mut distinct: Vec<_> = used.iter().map(|(index, _)| *index).collect();
        distinct.sort_unstable();
        assert_eq!(distinct, (0..worker_slots() - 1).collect::<Vec<_>>());
        assert_eq!(worker_index(), worker_slots() - 1);
        tokio::task::spawn_blocking(move || drop((used, indexes, workers))).await.unwrap();
    }
}
