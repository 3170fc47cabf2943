//! The limit of open files: raised for this process, and so for every contender that it starts.
//! A relay of n streams needs 2n sockets. Where the hard limit is lower, fewer streams are opened, and the report says so.

use std::process::{Command, Stdio};

use crate::probe;

const WANTED: usize = 65_536;
/// Files that a contender has open besides its streams.
const OTHER_FILES: usize = 150;

/// Raises the soft limit as far as this user may. Without `prlimit` the limit stays, and is reported where it matters.
pub(super) fn raise() {
    let (soft, hard) = probe::open_file_limits();
    let own = std::process::id().to_string();
    for limit in [WANTED.max(hard), hard] {
        if soft >= limit {
            return;
        }
        let mut command = Command::new("prlimit");
        command.arg("--pid").arg(&own).arg(format!("--nofile={limit}:{limit}")).stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) {
            return;
        }
    }
}

pub(super) fn streams_allowed() -> usize {
    probe::open_file_limits().0.saturating_sub(OTHER_FILES) / 2
}
