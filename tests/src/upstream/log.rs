//! What an upstream knows: its routes, the requests that came, its connections.
//! In: events of the connections. Out: copies, and bounded waits for a state.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::{Answerer, Reply};
use crate::wait::LIMIT;

/// How a reply went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is being sent, or is held back by the script.
    Pending,
    /// All that the script says was sent.
    Sent,
    /// The gateway closed the connection before that.
    PeerGone(Instant),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which connection, counted from 0.
    pub connection: usize,
    /// Which request on that connection, counted from 0.
    pub nth_on_connection: usize,
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in the order and spelling of the wire.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, without transfer coding.
    pub body: Vec<u8>,
    /// When it was complete.
    pub at: Instant,
    /// How its reply went.
    pub outcome: Outcome,
}

impl Seen {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "the upstream got a body that is not JSON ({error}): {}",
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How a route answers.
pub(super) enum Replies {
    /// One per call; the last one repeats.
    List(Vec<Reply>),
    /// By a function.
    Function(Answerer),
}

struct Route {
    replies: Replies,
    calls: usize,
}

#[derive(Default)]
pub(crate) struct State {
    routes: HashMap<String, Route>,
    close_when_reused: bool,
    pub(super) seen: Vec<Seen>,
    pub(super) open: BTreeSet<usize>,
    pub(super) accepted: usize,
}

/// The state that connections and test share.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    pub(super) fn route(&self, path: &str, replies: Replies) {
        self.change(|state| state.routes.insert(path.to_owned(), Route { replies, calls: 0 }));
    }

    pub(super) fn set_close_when_reused(&self) {
        self.change(|state| state.close_when_reused = true);
    }

    /// Waits for an answer to a question about the state.
    #[track_caller]
    pub(super) fn wait<T>(&self, what: &str, mut question: impl FnMut(&State) -> Option<T>) -> T {
        let end = Instant::now() + LIMIT;
        let mut state = self.lock();
        loop {
            if let Some(answer) = question(&state) {
                return answer;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not within {LIMIT:?}: {what}\n{}", summary(&state));
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Logs a request and chooses its reply; `None` if the connection is to be closed instead.
    pub(super) fn begin(&self, seen: Seen) -> (usize, Option<Reply>) {
        let (index, function, calls, listed) = self.change(|state| {
            let index = state.seen.len();
            let closes = state.close_when_reused && seen.nth_on_connection > 0;
            state.seen.push(seen.clone());
            let Some(route) = state.routes.get_mut(seen.path()) else {
                return (index, None, 0, (!closes).then(|| super::openai::default_reply(&seen)));
            };
            let calls = route.calls;
            route.calls += 1;
            match &route.replies {
                _ if closes => (index, None, calls, None),
                Replies::List(list) => (index, None, calls, list.get(calls).or(list.last()).cloned()),
                Replies::Function(function) => (index, Some(function.clone()), calls, None),
            }
        });
        (index, function.map(|function| function(&seen, calls)).or(listed))
    }

    pub(super) fn finish(&self, index: usize, outcome: Outcome) {
        self.change(|state| {
            if let Some(seen) = state.seen.get_mut(index).filter(|seen| seen.outcome == Outcome::Pending) {
                seen.outcome = outcome;
            }
        });
    }

    /// Calls whose reply is still going on. A listing in the background is no call: it may take its time.
    pub(crate) fn busy(&self) -> Vec<String> {
        self.read(|state| {
            let calls = state.seen.iter().filter(|seen| seen.method != "GET");
            let busy = calls.filter(|seen| seen.outcome == Outcome::Pending);
            busy.map(|seen| format!("{} {} (connection {})", seen.method, seen.target, seen.connection))
                .collect()
        })
    }
}

fn summary(state: &State) -> String {
    let mut text = format!("{} connections open, {} accepted; requests:\n", state.open.len(), state.accepted);
    for seen in &state.seen {
        text += &format!("  {} {} on {}: {:?}\n", seen.method, seen.target, seen.connection, seen.outcome);
    }
    text
}
