//! Giving memory back to the system after a crowd has left.
//! glibc keeps what was freed for the next allocation, per thread, and returns it only from the top of a heap: after 128
//! connections have gone an idle gateway holds 15 MiB instead of 12. In: the number of connections. Out: a call of
//! `malloc_trim` when it has fallen well below its peak.
//! Invariant: the only `unsafe` of the repository is the one line below; elsewhere than on glibc nothing happens.

/// Remembers how full it was, to know when giving back is worth its price.
#[derive(Debug, Default)]
pub struct CrowdWatch {
    peak: i64,
}

/// A crowd below this leaves too little behind.
const SMALLEST_CROWD: i64 = 32;

impl CrowdWatch {
    /// Takes note of how many there are now; true if at most a quarter of a crowd is left, once per crowd.
    pub fn has_left(&mut self, now: i64) -> bool {
        self.peak = self.peak.max(now);
        let has_left = self.peak >= SMALLEST_CROWD && now <= self.peak / 4;
        if has_left {
            self.peak = now;
        }
        has_left
    }
}

/// Returns freed memory to the system. Takes some milliseconds and the locks of the allocator: for idle moments.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` takes no pointer and touches free memory only; the glibc manual calls it MT-Safe.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::{CrowdWatch, give_back};

    #[test]
    fn a_crowd_leaves_once() {
        let mut watch = CrowdWatch::default();
        let seen: Vec<_> =
            [0, 10, 0, 128, 100, 40, 32, 0, 0, 31, 0, 64, 16].map(|now| watch.has_left(now)).into();
        let left: Vec<_> = (0..seen.len()).filter(|index| seen[*index]).collect();
        assert_eq!(left, [6, 7, 12]);
    }

    #[test]
    fn what_is_in_use_survives() {
        let kept = vec![7u8; 1 << 20];
        drop(vec![0u8; 1 << 22]);
        give_back();
        assert!(kept.iter().all(|byte| *byte == 7));
    }
}
