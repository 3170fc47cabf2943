//! Z.ai and Xiaomi: thinking is a switch, `thinking: {"type": "enabled" | "disabled"}` (B26).

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Effort, Embeddings};
use crate::spoken::{Spoken, SpokenPath};

pub(super) const ZAI: Definition = Definition {
    kind: ProviderType("zai"),
    base_url: Some("https://api.z.ai/api/paas/v4"),
    dialects: &[
        Spoken::CHAT,
        // https://docs.z.ai/scenario-example/develop-tools/claude: one endpoint for the general and the coding plan, with the
        // key as ANTHROPIC_AUTH_TOKEN, which is a bearer token.
        Spoken {
            auth: None,
            path: SpokenPath::Root {
                cut: &["/api/coding/paas/v4", "/api/paas/v4"],
                path: "/api/anthropic/v1/messages",
            },
            ..Spoken::MESSAGES
        },
        Spoken::RESPONSES_IF_NATIVE,
    ],
    embeddings: Embeddings::Native,
    chat: ChatEdits { effort: Effort::Thinking, ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const XIAOMI: Definition = Definition {
    kind: ProviderType("xiaomi"),
    base_url: Some("https://api.xiaomimimo.com/v1"),
    chat: ChatEdits { effort: Effort::Thinking, ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};
