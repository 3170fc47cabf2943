//! The vocabularies in memory, and counting with them.
//! In: texts and a family. Out: a `Count`. A vocabulary is 46 MiB (`o200k`) or 24 MiB (`cl100k`) and takes about a tenth of a second to
//! build: the first count builds it, one build at a time, and counts that come meanwhile wait; `sweep` drops it when nobody has
//! counted for `IDLE_LIMIT`.
//! Invariants: marks such as `<|endoftext|>` are text like any other. One count tokenises at most `MAX_TOKENISED_BYTES`, `SLICE_BYTES`
//! at a time; 256 KiB of the worst known text take less than 100 ms in a release build.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use dialects::conversation::Request;
use tiktoken_rs::CoreBPE;

use crate::prompt::{Prompt, estimate};
use crate::sizes::BYTES_PER_TOKEN;
use crate::{Count, Family, family_of};

/// How long a vocabulary that nobody uses stays.
pub const IDLE_LIMIT: Duration = Duration::from_secs(600);

/// What one count tokenises at most, about half a million tokens of English. What is beyond counts in the same proportion.
pub const MAX_TOKENISED_BYTES: usize = 2 << 20;

/// What is tokenised at a time: bounds memory (a run of one letter takes 60 times its size) and steps of the pattern's matcher.
const SLICE_BYTES: usize = 64 << 10;

/// The process's vocabularies. Clones are handles of the same ones.
#[derive(Clone, Default)]
pub struct Tokenizers {
    residents: Arc<Mutex<Residents>>,
}

/// One place per `Vocabulary`.
type Residents = [Option<Resident>; 2];

struct Resident {
    encoder: Arc<CoreBPE>,
    used_at: Instant,
}

impl Tokenizers {
    /// No vocabulary is built yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a request is for a model. Blocks: see the crate's head.
    pub fn count_request(&self, model: &str, request: &Request, now: Instant) -> Count {
        let Some(family) = family_of(model) else { return estimate(request) };
        let prompt = Prompt::of(request, Some(family));
        prompt.count(self.count_texts(family, &prompt.texts, now), family)
    }

    /// What texts are together, each for itself, without a chat around them. Blocks: see the crate's head.
    pub fn count_texts(&self, family: Family, texts: &[&str], now: Instant) -> Count {
        let bytes: u64 = texts.iter().map(|text| text.len() as u64).sum();
        let by_bytes = Count { tokens: bytes.div_ceil(BYTES_PER_TOKEN), is_estimate: true };
        if bytes == 0 {
            return Count { tokens: 0, is_estimate: false };
        }
        let Some(encoder) = self.encoder(family, now) else { return by_bytes };
        let Some((counted, tokens)) = count_up_to(&encoder, texts, MAX_TOKENISED_BYTES) else {
            return by_bytes;
        };
        Count { tokens: in_proportion(tokens, counted, bytes), is_estimate: counted < bytes }
    }

    /// Drops what was not used for `IDLE_LIMIT` and says how many. A drop frees 600 000 pieces of memory, which takes tens of milliseconds:
    /// not for a thread that serves. To give the memory back to the system is the caller's business (`memory::give_back`).
    pub fn sweep(&self, now: Instant) -> usize {
        let mut residents = match self.residents.try_lock() {
            Ok(residents) => residents,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Somebody builds: nothing is idle enough to hurry.
            Err(TryLockError::WouldBlock) => return 0,
        };
        let is_idle = |resident: &mut Resident| now.saturating_duration_since(resident.used_at) >= IDLE_LIMIT;
        let idle = residents.each_mut().map(|place| place.take_if(is_idle));
        // Others may count while it is freed.
        drop(residents);
        idle.into_iter().flatten().count()
    }

    /// True if a vocabulary is in memory.
    pub fn is_resident(&self, family: Family) -> bool {
        self.lock()[place_of(family)].is_some()
    }

    fn encoder(&self, family: Family, now: Instant) -> Option<Arc<CoreBPE>> {
        let mut residents = self.lock();
        let place = &mut residents[place_of(family)];
        if let Some(resident) = place {
            resident.used_at = resident.used_at.max(now);
            return Some(Arc::clone(&resident.encoder));
        }
        let encoder = Arc::new(build(family)?);
        *place = Some(Resident { encoder: Arc::clone(&encoder), used_at: now });
        Some(encoder)
    }

    /// A build that panicked left its place empty: there is nothing to be afraid of.
    fn lock(&self) -> MutexGuard<'_, Residents> {
        self.residents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokenizers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokenizers").finish_non_exhaustive()
    }
}

/// The two families of `o200k` differ in their marks, which are never read: they share a vocabulary.
fn place_of(family: Family) -> usize {
    match family {
        Family::O200k | Family::O200kHarmony => 0,
        Family::Cl100k => 1,
    }
}

fn build(family: Family) -> Option<CoreBPE> {
    match family {
        Family::O200k | Family::O200kHarmony => tiktoken_rs::o200k_base(),
        Family::Cl100k => tiktoken_rs::cl100k_base(),
    }
    .ok()
}

/// Bytes that were tokenised, and their tokens; `None` if the matcher gave up.
fn count_up_to(encoder: &CoreBPE, texts: &[&str], max_bytes: usize) -> Option<(u64, u64)> {
    // `count` and no mark allowed, not `count_ordinary`: that one panics where the matcher gives up.
    let no_marks = std::collections::HashSet::new();
    let (mut left, mut tokens) = (max_bytes, 0);
    for text in texts {
        let mut rest = &text[..text.floor_char_boundary(left)];
        left -= rest.len();
        while !rest.is_empty() {
            let slice;
            (slice, rest) = cut(rest, SLICE_BYTES);
            tokens += encoder.count(slice, &no_marks).ok()? as u64;
        }
    }
    Some(((max_bytes - left) as u64, tokens))
}

/// Cuts a text that is longer than a slice: before the last word that a space parts from the one before, where the patterns of all
/// families cut too; in a text without words anywhere, which may count a token more or less.
fn cut(text: &str, slice_bytes: usize) -> (&str, &str) {
    if text.len() <= slice_bytes {
        return (text, "");
    }
    let end = text.floor_char_boundary(slice_bytes).max(text.ceil_char_boundary(1));
    let is_gap =
        |three: &[u8]| three[0].is_ascii_alphanumeric() && three[1] == b' ' && three[2].is_ascii_alphabetic();
    let gap = text.as_bytes()[..end].windows(3).rposition(is_gap);
    text.split_at(gap.map_or(end, |at| at + 1))
}

fn in_proportion(tokens: u64, counted: u64, bytes: u64) -> u64 {
    let whole = (u128::from(tokens) * u128::from(bytes)).div_ceil(u128::from(counted.max(1)));
    u64::try_from(whole).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{cut, in_proportion};

    #[test]
    fn long_texts_are_cut_between_words_and_else_between_letters() {
        assert_eq!(cut("short", 5), ("short", ""));
        assert_eq!(cut("one two three", 9), ("one two", " three"));
        assert_eq!(cut("äöü", 3), ("ä", "öü"));
        assert_eq!(cut("äöü", 1), ("ä", "öü"));
        assert_eq!(cut("a  b, c", 6), ("a  b, ", "c"));
    }

    #[test]
    fn what_is_beyond_the_limit_counts_in_proportion() {
        assert_eq!(in_proportion(10, 40, 40), 10);
        assert_eq!(in_proportion(10, 40, 41), 11);
        assert_eq!(in_proportion(u64::MAX, 1, u64::MAX), u64::MAX);
        assert_eq!(in_proportion(0, 0, 5), 0);
    }
}
