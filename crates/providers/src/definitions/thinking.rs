//! Z.ai and Xiaomi: thinking is a switch, `thinking: {"type": "enabled" | "disabled"}` (B26).

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Effort, Embeddings};

pub(super) const ZAI: Definition = Definition {
    kind: ProviderType("zai"),
    base_url: Some("https://api.z.ai/api/paas/v4"),
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
