//! The closed-loop load generator: each connection sends its next call as soon as its last one is answered.
//! In: an address, an encoded call, and when to stop. Out: `Outcome`, with histograms of all calls.
//! Invariant: one thread, raw sockets and prepared requests, so that it costs less than what it measures.
//! Not here: CPU and memory of the target (`probe`).

mod answer;
pub(crate) mod by_hand;
mod connection;
mod histogram;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::error::{BenchError, Result};
use answer::Answer;
use connection::{Connection, Times, into_histogram};
pub(crate) use histogram::Histogram;

const BUFFER_BYTES: usize = 64 * 1024;
const IDLE_BUFFER_BYTES: usize = 4 * 1024;
/// How many connections are opened at once.
const OPEN_AT_ONCE: usize = 100;
/// A call that takes longer than this past the end of a run has hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// A prepared call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) request: Bytes,
    /// Fewer frames mean that the stream was cut. Zero for whole answers.
    pub(crate) least_frames: u64,
    /// How much later than the one before it each connection starts, so that paced streams do not march in step.
    pub(crate) stagger: Duration,
}

/// When a run stops sending.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Elapsed(Duration),
    Calls(u64),
}

/// What a run saw.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) latency: Histogram,
    pub(crate) first_byte: Histogram,
    pub(crate) gaps: Histogram,
    pub(crate) completed: u64,
    pub(crate) frames: u64,
    pub(crate) arrivals: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) elapsed: Duration,
}

/// Connections that stay open between runs.
pub(crate) struct Fleet {
    target: SocketAddr,
    connections: Vec<Connection>,
}

struct Shared {
    target: SocketAddr,
    call: Call,
    deadline: Option<Instant>,
    calls_left: AtomicI64,
    outcome: Mutex<Outcome>,
}

impl Fleet {
    pub(crate) async fn open(target: SocketAddr, count: usize) -> Result<Self> {
        let mut connections = Vec::with_capacity(count);
        for index in 0..count {
            let opened = Connection::open(target, index, BUFFER_BYTES).await;
            connections
                .push(opened.map_err(|source| BenchError::io(format!("connect to {target}"), source))?);
        }
        Ok(Self { target, connections })
    }

    /// Sends calls on all connections until told to stop, and waits for the answers.
    pub(crate) async fn run(&mut self, call: &Call, until: Until) -> Result<Outcome> {
        let begin = Instant::now();
        let (deadline, calls, limit) = match until {
            Until::Elapsed(time) => (Some(begin + time), i64::MAX, time + PATIENCE),
            Until::Calls(calls) => (None, i64::try_from(calls).unwrap_or(i64::MAX), PATIENCE * 10),
        };
        let shared = Arc::new(Shared {
            target: self.target,
            call: call.clone(),
            deadline,
            calls_left: AtomicI64::new(calls),
            outcome: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        for (index, connection) in (0..).zip(self.connections.drain(..)) {
            tasks.spawn(drive(connection, shared.call.stagger * index, shared.clone()));
        }
        let gather = async {
            while let Some(ended) = tasks.join_next().await {
                if let Ok(Some(connection)) = ended {
                    self.connections.push(connection);
                }
            }
        };
        let hung = tokio::time::timeout(limit, gather).await.is_err();
        let elapsed = begin.elapsed();
        tasks.shutdown().await;
        if hung {
            return Err(BenchError::Failed(format!("{} did not answer within {limit:?}", self.target)));
        }
        Ok(Outcome { elapsed, ..std::mem::take(&mut *shared.outcome()) })
    }
}

impl Shared {
    fn wants_more(&self) -> bool {
        self.deadline.is_none_or(|deadline| Instant::now() < deadline)
            && self.calls_left.fetch_sub(1, Ordering::Relaxed) > 0
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, times: std::io::Result<Times>, status: u16) {
        let mut outcome = self.outcome();
        let failure = match times {
            Ok(times) if status == 200 && times.frames >= self.call.least_frames => {
                outcome.latency.record(times.total);
                outcome.first_byte.record(times.first_byte);
                outcome.completed += 1;
                outcome.frames += times.frames;
                outcome.arrivals += times.arrivals;
                return;
            }
            Ok(times) => format!("status {status}, {} frames", times.frames),
            Err(error) => error.to_string(),
        };
        outcome.errors += 1;
        outcome.first_error.get_or_insert(failure);
    }
}

/// The loop of one connection. One that broke is replaced; `None` if that fails as well.
async fn drive(connection: Connection, delay: Duration, shared: Arc<Shared>) -> Option<Connection> {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut gaps = Histogram::default();
    let mut current = Some(connection);
    while shared.wants_more() {
        let Some(connection) = &mut current else { break };
        let mut answer = Answer::default();
        let gap = into_histogram(&mut gaps);
        let times = connection.exchange(&shared.call.request, &mut answer, gap).await;
        let broken = times.is_err();
        shared.record(times, answer.status);
        if broken {
            current = Connection::open(shared.target, 0, BUFFER_BYTES).await.ok();
        }
    }
    shared.outcome().gaps.merge(&gaps);
    current
}

/// One call on a connection of its own; the status and the payload.
pub(crate) async fn fetch(target: SocketAddr, request: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    let mut connection = Connection::open(target, 0, BUFFER_BYTES).await?;
    let mut answer = Answer::kept();
    let exchange = connection.exchange(request, &mut answer, drop);
    tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| std::io::ErrorKind::TimedOut)??;
    Ok((answer.status, answer.kept.unwrap_or_default()))
}

/// Streams that were begun and stay open until this is dropped.
pub(crate) struct OpenStreams {
    open: Vec<Connection>,
    pub(crate) first_error: Option<String>,
}

impl OpenStreams {
    /// Begins `count` streams, each on a connection of its own, and waits for the first frame of each.
    pub(crate) async fn begin(target: SocketAddr, call: &Call, count: usize) -> Self {
        let (mut open, mut first_error) = (Vec::with_capacity(count), None);
        for from in (0..count).step_by(OPEN_AT_ONCE) {
            let mut tasks = JoinSet::new();
            for index in from..count.min(from + OPEN_AT_ONCE) {
                let request = call.request.clone();
                tasks.spawn(tokio::time::timeout(PATIENCE, begin_one(target, index, request)));
            }
            while let Some(ended) = tasks.join_next().await {
                match ended {
                    Ok(Ok(Ok(connection))) => open.push(connection),
                    Ok(Ok(Err(error))) => first_error = first_error.or(Some(error.to_string())),
                    Ok(Err(_)) => first_error = first_error.or(Some("no first frame".to_owned())),
                    Err(error) => first_error = first_error.or(Some(error.to_string())),
                }
            }
        }
        Self { open, first_error }
    }

    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }
}

async fn begin_one(target: SocketAddr, index: usize, request: Bytes) -> std::io::Result<Connection> {
    let mut connection = Connection::open(target, index, IDLE_BUFFER_BYTES).await?;
    connection.begin(&request).await?;
    Ok(connection)
}
