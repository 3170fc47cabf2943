//! MiniMax: temperatures in (0, 1] only; what lies outside becomes 1 (spec 02 §4, B28). Embeddings are not offered (B30).
//! Source: <https://platform.minimax.io/docs/api-reference/text-anthropic-api>.

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Clamp, Definition};
use crate::spoken::{Spoken, SpokenPath};

pub(super) const MINIMAX: Definition = Definition {
    kind: ProviderType("minimax"),
    base_url: Some("https://api.minimax.io/v1"),
    dialects: &[
        Spoken::CHAT,
        Spoken {
            path: SpokenPath::Root { cut: &["/v1"], path: "/anthropic/v1/messages" },
            ..Spoken::MESSAGES
        },
        Spoken::RESPONSES_IF_NATIVE,
    ],
    chat: ChatEdits {
        clamps: &[Clamp { member: "temperature", above: 0.0, up_to: 1.0, replacement: "1.0" }],
        ..ChatEdits::PLAIN
    },
    ..Definition::OPENAI_COMPATIBLE
};
