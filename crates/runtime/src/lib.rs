//! Who runs what: one single-threaded runtime per core for calls, and an owner for every task.
//! In: futures with a name. Out: tasks that are counted, stop when told to, and whose end is logged.
//! Invariant: no task outlives its `Supervisor`; `tokio::spawn` appears nowhere else (clippy holds it).
//! Not here: what the tasks do.

mod supervisor;
mod worker;

pub use supervisor::Supervisor;
pub use worker::{Assigned, Workers, worker_index, worker_slots};
