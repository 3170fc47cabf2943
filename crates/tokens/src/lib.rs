//! Counting tokens offline: by the model's own vocabulary where one is known, by bytes where none is, and always said which.
//! In: a conversation of any client's dialect and the name of a model. Out: a `Count`.
//! Invariants: a vocabulary is in memory only while it is used (built by the first count, dropped by `sweep` after `IDLE_LIMIT`);
//! the work of one count is bounded by `MAX_TOKENISED_BYTES`; nothing panics on any text. Counting takes tens of milliseconds and a
//! first count a tenth of a second more: callers run it on a blocking thread, never in a stage of a call or for admission.
//! Not here: providers' own count endpoints, what a call did cost (usage), prices. Read `tokenizers`, then `prompt`.

mod family;
mod prompt;
mod sizes;
#[cfg(test)]
mod tests;
mod tokenizers;

pub use family::{Family, chat_overhead, family_of};
pub use prompt::estimate;
pub use tokenizers::{IDLE_LIMIT, MAX_TOKENISED_BYTES, Tokenizers};

/// How many tokens something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub tokens: u64,
    /// True unless a vocabulary counted all of it: no vocabulary is known, something is not text, or the text is too long.
    pub is_estimate: bool,
}
