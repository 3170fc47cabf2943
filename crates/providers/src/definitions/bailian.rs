//! Alibaba's Bailian in its OpenAI-compatible mode: it counts `max_completion_tokens` only (spec 02 §4).

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Embeddings, Rename};

pub(super) const BAILIAN: Definition = Definition {
    kind: ProviderType("bailian"),
    base_url: Some("https://dashscope.aliyuncs.com/compatible-mode/v1"),
    embeddings: Embeddings::Native,
    chat: ChatEdits {
        renames: &[Rename { from: "max_tokens", to: "max_completion_tokens" }],
        ..ChatEdits::PLAIN
    },
    ..Definition::OPENAI_COMPATIBLE
};
