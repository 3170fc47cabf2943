//! The file that names the running process, for `--reload` (spec 08 §7.2, §7.3).
//! Invariant: at exit it is removed only if it still names this process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

/// The file of this process; removed when dropped.
pub(crate) struct PidFile(PathBuf);

impl PidFile {
    /// Writes the file; a directory that is missing is made.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, std::process::id().to_string())?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let is_ours =
            fs::read_to_string(&self.0).is_ok_and(|text| text.trim() == std::process::id().to_string());
        if is_ours && let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the pid file could not be removed");
        }
    }
}

/// Sends SIGHUP to the process that the file names, and returns its id.
pub(crate) fn signal_reload(path: Option<&Path>) -> Result<i32, String> {
    let Some(path) = path else {
        return Err("no pid file configured: set PID_FILE or server.pid_file".to_owned());
    };
    let shown = path.display();
    let text =
        fs::read_to_string(path).map_err(|_| format!("no pid file at {shown}: is the gateway running?"))?;
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    let pid = number.and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| format!("pid file {shown} does not contain a process id"))?;
    let number = pid.as_raw_nonzero();
    match kill_process(pid, Signal::HUP) {
        Ok(()) => Ok(number.get()),
        Err(error) if error == rustix::io::Errno::SRCH => {
            Err(format!("process {number} from {shown} is not running: remove the stale pid file"))
        }
        Err(error) => Err(format!("process {number} from {shown} cannot be signalled: {error}")),
    }
}
