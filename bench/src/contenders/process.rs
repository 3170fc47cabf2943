//! Child processes and scratch folders that end with their owner.
//! Invariant: dropping a `Process` ends it and its workers: TERM, three seconds, KILL. Output goes to a file in the
//! folder, whose last lines are shown when the process ends by itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::error::{BenchError, Result};

const END_WITHIN: Duration = Duration::from_secs(3);
const SHOWN_BYTES: usize = 2_000;

/// A child process.
pub(super) struct Process {
    child: Child,
    name: &'static str,
    log: Option<PathBuf>,
}

/// A folder under the system's temporary one.
pub(super) struct Folder(PathBuf);

impl Process {
    pub(super) fn start(mut command: Command, name: &'static str, folder: Option<&Folder>) -> Result<Self> {
        let failed = |source| BenchError::io(format!("start {name}"), source);
        command.stdin(Stdio::null());
        let mut log = None;
        if let Some(folder) = folder {
            let path = folder.path().join("output.log");
            let file = File::create(&path).map_err(failed)?;
            command.stdout(file.try_clone().map_err(failed)?).stderr(file);
            log = Some(path);
        }
        Ok(Self { child: command.spawn().map_err(failed)?, name, log })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An error with the end of its output if the process has ended.
    pub(super) fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(BenchError::Failed(format!("{} ended", self.describe()))),
        }
    }

    /// Its name and the last lines that it wrote.
    pub(super) fn describe(&self) -> String {
        let text = self.log.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let mut from = text.len().saturating_sub(SHOWN_BYTES);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        format!("{} (output: {})", self.name, text.get(from..).unwrap_or_default().trim())
    }

    fn wait(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < END_WITHIN {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        signal("TERM", self.pid());
        if !self.wait() {
            eprintln!("bench: {} does not end on TERM; killing it", self.name);
            if self.child.kill().is_ok() {
                self.wait();
            }
        }
    }
}

impl Folder {
    pub(super) fn create(name: &str) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gomodel-bench-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|source| BenchError::io(format!("create {path:?}"), source))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, text).map_err(|source| BenchError::io(format!("write {path:?}"), source))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("bench: cannot remove {}: {error}", self.0.display());
        }
    }
}

/// Sends a signal by name. A process that has ended already is no failure.
pub(crate) fn signal(name: &str, pid: u32) {
    let sent =
        Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
    if let Err(error) = sent {
        eprintln!("bench: cannot run `kill`: {error}");
    }
}

/// The program can be started (it is asked for its version).
pub(crate) fn has_program(name: &str, version_flag: &str) -> bool {
    let asked = Command::new(name).arg(version_flag).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
