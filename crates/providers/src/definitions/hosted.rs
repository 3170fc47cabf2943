//! Hosted providers without a peculiarity of their own (spec 02 §§2.1, 4): a name, an address, a key.

use vocabulary::ProviderType;

use crate::definition::{Definition, Embeddings, Extras, Listing, ListingPlace};
use crate::spoken::Spoken;

pub(super) const ORACLE: Definition = Definition {
    kind: ProviderType("oracle"),
    dialects: &[Spoken::CHAT, Spoken::RESPONSES],
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const CHUTES: Definition = Definition {
    kind: ProviderType("chutes"),
    base_url: Some("https://llm.chutes.ai/v1"),
    listing: Listing { place: ListingPlace::Base("/models"), extras: Extras::Chutes },
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const FIREWORKS: Definition = Definition {
    kind: ProviderType("fireworks"),
    base_url: Some("https://api.fireworks.ai/inference/v1"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES_IF_NATIVE],
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const HETZNER: Definition = Definition {
    kind: ProviderType("hetzner"),
    base_url: Some("https://inference.hetzner.com/api/v1"),
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const KILO: Definition = Definition {
    kind: ProviderType("kilo"),
    base_url: Some("https://api.kilo.ai/api/gateway"),
    ..Definition::OPENAI_COMPATIBLE
};

// Messages with the key in `x-api-key` (ANTHROPIC_API_KEY, not ANTHROPIC_AUTH_TOKEN):
// https://www.kimi.com/code/docs/en/third-party-tools/other-coding-agents.html
pub(super) const KIMICODE: Definition = Definition {
    kind: ProviderType("kimicode"),
    base_url: Some("https://api.kimi.com/coding/v1"),
    dialects: &[Spoken::CHAT, Spoken::MESSAGES, Spoken::RESPONSES_IF_NATIVE],
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const META: Definition = Definition {
    kind: ProviderType("meta"),
    base_url: Some("https://api.meta.ai/v1"),
    ..Definition::OPENAI_COMPATIBLE
};
