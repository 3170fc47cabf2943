//! MiniMax: temperatures in (0, 1] only; what lies outside becomes 1 (spec 02 §4, B28). Embeddings are not offered (B30).

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Clamp, Definition};

pub(super) const MINIMAX: Definition = Definition {
    kind: ProviderType("minimax"),
    base_url: Some("https://api.minimax.io/v1"),
    chat: ChatEdits {
        clamps: &[Clamp { member: "temperature", above: 0.0, up_to: 1.0, replacement: "1.0" }],
        ..ChatEdits::PLAIN
    },
    ..Definition::OPENAI_COMPATIBLE
};
