//! The process of a gateway: spawned, its standard error read as it comes, signalled, waited for.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use rustix::process::Signal;
use serde_json::Value;

use crate::wait::within;

/// The binary under test: it lies beside the directory of the running test.
///
/// # Panics
/// If it was not built, with the cure.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    let path =
        test.ancestors().nth(2).map(|directory| directory.join("gomodel")).expect("a target directory");
    assert!(path.exists(), "{} is missing; build it first: cargo build -p gomodel", path.display());
    path
}

pub(super) struct Process {
    child: Child,
    status: Option<ExitStatus>,
    settled: bool,
    may_exit: AtomicBool,
    lines: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
    pub(super) address: SocketAddr,
}

impl Process {
    pub(super) fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let lines = Arc::new(Mutex::new(String::new()));
        let (sink, stderr) = (lines.clone(), child.stderr.take().expect("a piped standard error"));
        let reader = std::thread::spawn(move || {
            let mut stderr = BufReader::new(stderr);
            let mut line = Vec::new();
            while stderr.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line);
                sink.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
                line.clear();
            }
        });
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            child,
            status: None,
            settled: false,
            may_exit: AtomicBool::new(false),
            lines,
            reader: Some(reader),
            address: unknown,
        }
    }

    /// Waits for the line that says where it listens.
    pub(super) fn wait_for_address(&mut self, limit: Duration) -> Option<SocketAddr> {
        let address = within(limit, || {
            if self.exit_status().is_some() {
                return Some(None);
            }
            let log = self.log();
            let line = log.lines().find(|line| line.contains("\"msg\":\"listening\""))?;
            let line: Value = serde_json::from_str(line).ok()?;
            Some(line["address"].as_str().and_then(|address| address.parse::<SocketAddr>().ok()))
        })??;
        self.address = SocketAddr::from(([127, 0, 0, 1], address.port()));
        Some(self.address)
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn log(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.may_exit.fetch_or(signal != Signal::HUP, Ordering::Relaxed);
        if self.status.is_none() {
            let _gone = rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal);
        }
    }

    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("the state of the process");
            if self.status.is_some()
                && let Some(reader) = self.reader.take()
            {
                reader.join().expect("the reader of the log");
            }
        }
        self.status
    }

    /// How it ended although nobody had asked it to: a crash that the test did not notice.
    pub(super) fn died(&mut self) -> Option<ExitStatus> {
        self.exit_status().filter(|_| !self.may_exit.load(Ordering::Relaxed))
    }

    pub(super) fn kill(&mut self) {
        self.settled = true;
        if self.exit_status().is_none() {
            let _gone = self.child.kill();
            let _status = within(Duration::from_secs(5), || self.exit_status());
        }
    }

    pub(super) fn was_settled(&self) -> bool {
        self.settled
    }

    pub(super) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok());
        kib.expect("resident memory in /proc") * 1024
    }
}
