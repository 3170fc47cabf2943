//! A provider that does exactly what the test says: raw TCP, so that it can misbehave at any byte.
//! In: replies per path and call. Out: every request as it came, and when its connection was closed.
//! Invariant: a request is logged before its reply begins, so what a test sees of the reply has its request in the log.

pub mod agent;
pub mod anthropic;
mod connection;
pub mod gemini;
mod log;
pub mod openai;
mod reply;
pub mod responses;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

pub use log::{Outcome, Seen};
pub use reply::{At, Cut, Gate, Reply};

use log::{Replies, Shared};

/// What answers a request when its route is a function: the request and how many came to this path before it.
pub type Answerer = Arc<dyn Fn(&Seen, usize) -> Reply + Send + Sync>;

/// The runtime of all scripted servers of this process.
fn bench_runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    })
}

/// An OpenAI-shaped upstream with the model `gpt-4o`, to be scripted further.
pub fn upstream() -> Builder {
    Builder { shared: Arc::default() }.models(&["gpt-4o"])
}

/// An upstream in Anthropic's shape with these models; its replies are scripted by path (`anthropic::MESSAGES`).
pub fn anthropic_upstream(models: &[&str]) -> Builder {
    Builder { shared: Arc::default() }.on("/v1/models", [anthropic::models(models)])
}

/// An upstream in Google's shape with these models; its replies are scripted by path (`gemini::generate`).
pub fn gemini_upstream(models: &[&str]) -> Builder {
    Builder { shared: Arc::default() }.on("/v1/models", [gemini::models(models)])
}

/// A text in pieces of a word each, so that a stream of it has deltas; nothing for an empty text.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}

/// Describes an upstream before it listens.
pub struct Builder {
    shared: Arc<Shared>,
}

impl Builder {
    /// What `GET /v1/models` lists.
    #[must_use]
    pub fn models(self, ids: &[&str]) -> Self {
        let listing = openai::models(ids);
        self.on("/v1/models", [listing])
    }

    /// Replies of `POST /v1/chat/completions`, one per call; the last one repeats.
    #[must_use]
    pub fn chat(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.on("/v1/chat/completions", replies)
    }

    /// Replies of a path, one per call; the last one repeats.
    #[must_use]
    pub fn on(self, path: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.shared.route(path, Replies::List(replies.into_iter().collect()));
        self
    }

    /// A function answers a path.
    #[must_use]
    pub fn answer(
        self,
        path: &str,
        answerer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.shared.route(path, Replies::Function(Arc::new(answerer)));
        self
    }

    /// A connection is closed, unanswered, as soon as a second request arrives on it: the race that every connection
    /// pool must survive.
    #[must_use]
    pub fn close_when_reused(self) -> Self {
        self.shared.set_close_when_reused();
        self
    }

    /// Listens on a free loopback port.
    pub fn start(self) -> Upstream {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a nonblocking listener");
        let address = listener.local_addr().expect("an address");
        let _inside = bench_runtime().enter();
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of the runtime");
        let task = bench_runtime().spawn(connection::accept(listener, self.shared.clone()));
        Upstream { shared: self.shared, address, task }
    }
}

/// A listening upstream. Dropping it closes every connection.
pub struct Upstream {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// `host:port`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL that a provider block names: `http://127.0.0.1:<port>/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Replaces the replies of a path; its calls are counted from zero again.
    pub fn on(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.shared.route(path, Replies::List(replies.into_iter().collect()));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.read(|state| state.seen.clone())
    }

    /// The requests to one path so far.
    pub fn requests_to(&self, path: &str) -> Vec<Seen> {
        self.shared.read(|state| state.seen.iter().filter(|seen| seen.path() == path).cloned().collect())
    }

    /// The chat calls so far.
    pub fn chats(&self) -> Vec<Seen> {
        self.requests_to("/v1/chat/completions")
    }

    /// The only chat call so far.
    ///
    /// # Panics
    /// If there is none or more than one.
    #[track_caller]
    pub fn only_chat(&self) -> Seen {
        let mut chats = self.chats();
        assert_eq!(chats.len(), 1, "chat calls that reached the upstream");
        chats.remove(0)
    }

    /// The only call of a path so far.
    ///
    /// # Panics
    /// If there is none or more than one.
    #[track_caller]
    pub fn only(&self, path: &str) -> Seen {
        let mut calls = self.requests_to(path);
        assert_eq!(calls.len(), 1, "calls of {path} that reached the upstream");
        calls.remove(0)
    }

    /// Waits until so many chat calls have come, and returns them.
    #[track_caller]
    pub fn wait_for_chats(&self, count: usize) -> Vec<Seen> {
        self.wait_for(count, "/v1/chat/completions")
    }

    /// Waits until so many requests to a path have come, and returns them.
    ///
    /// # Panics
    /// If they do not come within the limit.
    #[track_caller]
    pub fn wait_for(&self, count: usize, path: &str) -> Vec<Seen> {
        let what = format!("{count} requests to {path} at the upstream");
        self.shared.wait(&what, |state| {
            let to_path: Vec<Seen> = state.seen.iter().filter(|seen| seen.path() == path).cloned().collect();
            (to_path.len() >= count).then_some(to_path)
        })
    }

    /// Waits until the gateway has closed the connection on which chat call `index` was being answered; returns when.
    #[track_caller]
    pub fn wait_for_hangup(&self, index: usize) -> Instant {
        self.wait_for_hangup_on("/v1/chat/completions", index)
    }

    /// Waits until the gateway has closed the connection on which call `index` to this path was being answered.
    #[track_caller]
    pub fn wait_for_hangup_on(&self, path: &str, index: usize) -> Instant {
        self.shared.wait("the gateway hangs up on the upstream", |state| {
            let mut calls = state.seen.iter().filter(|seen| seen.path() == path);
            match calls.nth(index).map(|seen| seen.outcome) {
                Some(Outcome::PeerGone(at)) => Some(at),
                _ => None,
            }
        })
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        self.shared.read(|state| state.open.len())
    }

    /// True if the connection with this number is open.
    pub fn is_open(&self, connection: usize) -> bool {
        self.shared.read(|state| state.open.contains(&connection))
    }

    /// Connections that have ever been accepted.
    pub fn accepted_connections(&self) -> usize {
        self.shared.read(|state| state.accepted)
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }
}

pub(crate) use log::Shared as SharedLog;

/// A loopback address where nobody listens.
pub fn refusing_base_url() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/v1", listener.local_addr().expect("an address"))
}

#[cfg(test)]
mod tests;
