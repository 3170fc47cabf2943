//! What an answer cost in tokens, and why it ended: the counts that every dialect reports in its own words.

/// Token counts of one upstream answer. Counts that the upstream did not report are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All tokens of the prompt, cached ones included.
    pub input_tokens: u64,
    /// All tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// What the upstream gave as the total; the sum if it gave none.
    pub total_tokens: u64,
    /// Prompt tokens read from the provider's cache.
    pub cached_input_tokens: u64,
    /// Prompt tokens written to the provider's cache.
    pub cache_write_input_tokens: u64,
    /// Answer tokens spent on reasoning.
    pub reasoning_tokens: u64,
}

/// Why an answer ended, as far as the gateway has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done, or met a stop sequence.
    Stop,
    /// A token limit was met.
    Length,
    /// The model calls tools.
    ToolCalls,
    /// A safety system intervened.
    ContentFilter,
    /// A reason that only the provider knows.
    Other,
}
