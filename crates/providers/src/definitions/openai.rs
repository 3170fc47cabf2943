//! OpenAI itself, and anything that speaks its dialect at an address of your own.
//! Source: <https://platform.openai.com/docs/api-reference>; spec 02 §2.1, B25 (`openai_compatible`), B27.

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Embeddings, ReasoningIds, RequestId};
use crate::spoken::Spoken;

pub(super) const OPENAI: Definition = Definition {
    kind: ProviderType("openai"),
    base_url: Some("https://api.openai.com/v1"),
    request_id: RequestId::Strict("x-client-request-id"),
    dialects: &[Spoken::CHAT, Spoken::RESPONSES],
    embeddings: Embeddings::Native,
    chat: ChatEdits { reasoning_ids: ReasoningIds::VendorPrefixed, ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const OPENAI_COMPATIBLE: Definition = Definition {
    kind: ProviderType("openai_compatible"),
    keyless: true,
    self_hosted: true,
    request_id: RequestId::Strict("x-request-id"),
    embeddings: Embeddings::Native,
    chat: ChatEdits { reasoning_ids: ReasoningIds::VendorPrefixed, ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};
