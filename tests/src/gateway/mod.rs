//! The real binary in a temporary directory, with no environment but what the test sets.
//! In: providers, settings, a configuration file. Out: requests to it, its log, its metrics, its exit.
//! Invariant: `drop` checks that the gateway ends settled (`settle.rs`); a test that wants to see the end calls `stop`.

mod builder;
mod metrics;
mod process;
mod settle;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Output};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub use builder::{Builder, Provider, gateway};
pub use metrics::Metrics;
pub use process::{Signal, binary};

use crate::client::{Answer, Connection, Request, Stream};
use crate::upstream::SharedLog;
use crate::wait::{LIMIT, eventually, within};
use process::Process;

/// A running gateway.
pub struct Gateway {
    setup: Builder,
    process: Process,
    upstreams: Vec<Arc<SharedLog>>,
}

impl Gateway {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its working directory, where `config.yaml` lies.
    pub fn directory(&self) -> &Path {
        self.setup.directory.path()
    }

    /// A request with the master key, if the gateway has one.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(self.address(), method, path);
        match &self.setup.master_key {
            Some(key) => request.bearer(key),
            None => request,
        }
    }

    /// A `GET` with the master key.
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// A `POST` of JSON with the master key.
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request("POST", path).json(body)
    }

    /// A chat call, to be sent.
    pub fn chat_request(&self, model: &str) -> Request {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "ping"}]});
        self.post("/v1/chat/completions", &body)
    }

    /// A streaming chat call, to be opened.
    pub fn stream_request(&self, model: &str) -> Request {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "ping"}], "stream": true});
        self.post("/v1/chat/completions", &body)
    }

    /// Sends a chat call.
    #[track_caller]
    pub fn chat(&self, model: &str) -> Answer {
        self.chat_request(model).send()
    }

    /// Opens a chat stream.
    #[track_caller]
    pub fn stream(&self, model: &str) -> Stream {
        self.stream_request(model).open()
    }

    /// The ids of `GET /v1/models`.
    ///
    /// # Panics
    /// If it does not answer 200.
    #[track_caller]
    pub fn model_ids(&self) -> Vec<String> {
        let list = self.get("/v1/models").send().expect_status(200).json();
        let entries = list["data"].as_array().expect("a list of models").clone();
        entries.iter().filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect()
    }

    /// A raw connection.
    ///
    /// # Panics
    /// If it is refused.
    #[track_caller]
    pub fn connect(&self) -> Connection {
        Connection::open(self.address()).expect("the gateway accepts a connection")
    }

    /// All that it has written to its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Waits for a line of the log that contains all of these, and returns it.
    #[track_caller]
    pub fn wait_for_log(&self, parts: &[&str]) -> String {
        eventually(&format!("a log line with {parts:?}"), || {
            let log = self.log();
            log.lines().find(|line| parts.iter().all(|part| line.contains(part))).map(str::to_owned)
        })
    }

    /// Lines of the log that contain all of these.
    pub fn log_lines(&self, parts: &[&str]) -> Vec<String> {
        let log = self.log();
        log.lines().filter(|line| parts.iter().all(|part| line.contains(part))).map(str::to_owned).collect()
    }

    /// Its metrics now.
    #[track_caller]
    pub fn metrics(&self) -> Metrics {
        Metrics::fetch(self.address(), &self.setup.metrics_path(), self.setup.master_key.as_deref())
            .expect("metrics")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Writes the configuration file anew, without telling the gateway.
    ///
    /// # Panics
    /// If the directory cannot be written.
    pub fn rewrite_config(&mut self, change: impl FnOnce(Builder) -> Builder) {
        let kept = std::mem::take(&mut self.setup);
        self.setup = change(kept);
        self.upstreams = self.setup.upstreams();
        self.setup.write_files();
    }

    /// Sends SIGHUP and waits until the log says how it ended: true if the new configuration is in force.
    #[track_caller]
    pub fn reload(&self) -> bool {
        let ends =
            |log: &str| log.matches("configuration reloaded").count() + log.matches("reload failed").count();
        let before = ends(&self.log());
        self.signal(Signal::HUP);
        eventually("the end of a reload in the log", || (ends(&self.log()) > before).then_some(()));
        let log = self.log();
        log.rfind("configuration reloaded") > log.rfind("reload failed")
    }

    /// Runs the binary with these arguments in the directory and environment of this gateway, on its port.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.setup.run(arguments, Some(self.address().port()))
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.process.resident_bytes()
    }

    /// Waits until it has exited by itself or by a signal of the test.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        within(LIMIT * 2, || self.process.exit_status()).expect("the gateway exits")
    }

    /// Checks that it is settled, stops it by SIGTERM and returns its whole log.
    #[track_caller]
    pub fn stop(mut self) -> String {
        self.settle();
        self.log()
    }

    /// Stops it as `stop` does and starts it again: same directory, environment and files.
    #[must_use]
    #[track_caller]
    pub fn restart(mut self) -> Self {
        self.settle();
        let setup = std::mem::take(&mut self.setup);
        drop(self);
        setup.start()
    }

    #[track_caller]
    fn settle(&mut self) {
        let ended = settle::settle(&mut self.process, &self.setup, &self.upstreams);
        self.process.kill();
        if let Err(problem) = ended {
            panic!("{problem}\n--- end of the gateway's log ---\n{}", self.process.log_tail());
        }
    }

    /// Waits a bounded time until a question about it has an answer.
    #[track_caller]
    pub fn eventually<T>(&self, what: &str, mut question: impl FnMut(&Self) -> Option<T>) -> T {
        eventually(what, || question(self))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.process.kill();
            eprintln!("--- end of the gateway's log ---\n{}", self.process.log_tail());
        } else if !self.process.was_settled() {
            self.settle();
        }
    }
}

/// How long a gateway may take to answer its first `/health`.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(20);
