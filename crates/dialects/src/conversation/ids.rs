//! Ids that the gateway gives: unique within the process as far as their seed is, and the same for the same seed.
//! Decoders have no seed: what they name they tell apart by a mark of the answer that it stands in.

use super::Text;

/// What ids that a decoder gives end in, so that they differ from one answer to the next (spec 03-B18): the answer's own id, or
/// some bytes of it, made short. FNV-1a: the same everywhere, and no secret.
pub(crate) fn mark_of(answer: &[u8]) -> String {
    let digest = answer.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{digest:016x}")
}

/// A source of ids for one answer.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: u128,
    given: u64,
}

impl Ids {
    /// Ids from a random seed of the caller's.
    pub fn new(seed: u128) -> Self {
        Self { seed, given: 0 }
    }

    /// The next id: the prefix and 32 hex digits.
    pub fn next(&mut self, prefix: &str) -> Text {
        self.given += 1;
        // The golden ratio in 128 bits: neighbours share no digits, and no two of one seed are equal.
        const STEP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let number = self.seed.wrapping_add(STEP.wrapping_mul(u128::from(self.given)));
        format!("{prefix}{number:032x}").into()
    }
}
