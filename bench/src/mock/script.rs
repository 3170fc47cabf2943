//! What a model's answer says, whatever the dialect.
//! In: the model's name. Out: the pieces in which its text is streamed; joined, they are the whole answer's text.
//! Invariant: pieces are JSON-escaped already, and none is empty.

/// Tokens that every prompt is said to have.
pub(super) const INPUT_TOKENS: usize = 57;
const SMALL_TOKENS: usize = 38;
const MAX_FRAMES: usize = 10_000;
const WORDS: [&str; 8] =
    ["The", " gateway", " relays", " each", " frame", " as", " it", " came, \\\"byte for byte\\\"."];
const SMALL: [&str; 8] = [
    "A gateway stands between",
    " many clients and ",
    "many providers.",
    " It knows each caller,",
    " sends the call where it belongs,",
    " and counts what was used.\\n",
    "It should cost",
    " \\\"almost nothing\\\".",
];

/// The text of an answer, and what it is said to have cost.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) pieces: Vec<&'static str>,
    pub(crate) output_tokens: usize,
}

impl Script {
    /// `burst-N` and `paced-N`: as many pieces as make N frames of a chat stream, whose first and last bring no text.
    /// `idle`: none. Any other model: the small answer.
    pub(crate) fn of(model: &str) -> Self {
        let model = unqualified(model);
        let count = match model.split_once('-') {
            Some(("burst" | "paced", count)) => count.parse().unwrap_or(50_usize).clamp(2, MAX_FRAMES),
            _ if model == "idle" => 2,
            _ => return Self { pieces: SMALL.to_vec(), output_tokens: SMALL_TOKENS },
        };
        let words = WORDS.iter().copied().cycle().skip(1);
        Self { pieces: words.take(count - 2).collect(), output_tokens: count }
    }

    pub(super) fn text(&self) -> String {
        self.pieces.concat()
    }

    pub(super) fn total_tokens(&self) -> usize {
        INPUT_TOKENS + self.output_tokens
    }
}

/// A model without the name of its provider, which a gateway takes off and a direct call does not.
pub(super) fn unqualified(model: &str) -> &str {
    model.rsplit_once('/').map_or(model, |(_, model)| model)
}
