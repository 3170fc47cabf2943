//! What the kernel knows about a process and its children: CPU time and resident memory.
//! In: a process id. Out: sums over the process, its threads and its descendants (nginx: master and workers).
//! CPU time is the scheduler's nanosecond account (`schedstat`), split by the ticks of `stat`.
//! Source: Linux `proc(5)`, `Documentation/scheduler/sched-stats.rst`.

use std::fs;
use std::path::PathBuf;

/// A process and its descendants, as they were when asked.
#[derive(Debug)]
pub(crate) struct Family {
    members: Vec<u32>,
}

/// CPU time used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    nanos: u64,
    user_ticks: u64,
    system_ticks: u64,
}

/// CPU time used between two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) micros: f64,
    pub(crate) user_share: f64,
}

impl Cpu {
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵² ns in one run")]
    pub(crate) fn since(&self, before: &Self) -> Spent {
        let user = self.user_ticks.saturating_sub(before.user_ticks) as f64;
        let system = self.system_ticks.saturating_sub(before.system_ticks) as f64;
        let micros = self.nanos.saturating_sub(before.nanos) as f64 / 1000.0;
        Spent { micros, user_share: user / (user + system).max(1.0) }
    }
}

impl Family {
    pub(crate) fn of(root: u32) -> Self {
        let mut members = vec![root];
        let mut next = 0;
        while let Some(&pid) = members.get(next) {
            members.extend(children(pid));
            next += 1;
        }
        Self { members }
    }

    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// A tracer is attached to every thread.
    pub(crate) fn is_traced(&self) -> bool {
        let threads = self.members.iter().flat_map(|pid| threads(*pid));
        threads.map(|thread| fs::read_to_string(thread.join("status")).unwrap_or_default()).all(|text| {
            text.lines().find_map(|line| line.strip_prefix("TracerPid:")).is_some_and(|pid| pid.trim() != "0")
        })
    }

    pub(crate) fn cpu(&self) -> Cpu {
        let mut sum = Cpu::default();
        for &pid in &self.members {
            for thread in threads(pid) {
                sum.nanos += first_number(&thread.join("schedstat"));
            }
            let (user, system) = ticks(pid);
            sum.user_ticks += user;
            sum.system_ticks += system;
        }
        sum
    }

    /// Resident memory now, in KiB.
    pub(crate) fn rss_kib(&self) -> u64 {
        self.members.iter().map(|pid| status_kib(*pid, "VmRSS:")).sum()
    }

    /// The highest resident memory since `reset_peak`, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.members.iter().map(|pid| status_kib(*pid, "VmHWM:")).sum()
    }

    /// Starts a new peak. Where the kernel refuses, the peak is the one since the start.
    pub(crate) fn reset_peak(&self) {
        for pid in &self.members {
            if let Err(error) = fs::write(format!("/proc/{pid}/clear_refs"), "5") {
                eprintln!("bench: the memory peak of {pid} cannot be reset: {error}");
            }
        }
    }
}

fn threads(pid: u32) -> Vec<PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

fn children(pid: u32) -> Vec<u32> {
    let lists = threads(pid).into_iter().map(|thread| fs::read_to_string(thread.join("children")));
    let text: String = lists.flatten().collect::<Vec<_>>().join(" ");
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn first_number(path: &std::path::Path) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn ticks(pid: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in parentheses, may contain spaces; utime and stime are the 12th and 13th field after it.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = rest.split_whitespace().skip(11).map(|word| word.parse().unwrap_or_default());
    (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
}

fn status_kib(pid: u32, key: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// How many files a process of ours may have open (soft and hard limit).
pub(crate) fn open_file_limits() -> (usize, usize) {
    let text = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let mut words = line.split_whitespace().map(|word| word.parse().unwrap_or(usize::MAX));
    (words.next().unwrap_or(1024), words.next().unwrap_or(1024))
}

/// The effective user is root.
pub(crate) fn is_root() -> bool {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    line.split_whitespace().nth(1) == Some("0")
}

#[cfg(test)]
mod tests {
    use super::{Family, open_file_limits};

    #[test]
    fn work_costs_cpu_time_and_memory_is_resident() {
        let family = Family::of(std::process::id());
        let before = family.cpu();
        let begin = std::time::Instant::now();
        while begin.elapsed().as_millis() < 50 {
            std::hint::spin_loop();
        }
        assert!(family.cpu().since(&before).micros > 10_000.0);
        assert!(family.rss_kib() > 0 && family.peak_kib() >= family.rss_kib() / 2);
        assert!(open_file_limits().0 > 0);
    }
}
