//! Ollama: chat and models in OpenAI's form, embeddings at its own `/api/embed`, capabilities from `/api/show`.
//! Source: <https://github.com/ollama/ollama/blob/main/docs/api.md>; spec 02 §4.

use vocabulary::ProviderType;

use crate::definition::{Definition, Embeddings, Extras, Listing, ListingPlace, RequestId};

pub(super) const OLLAMA: Definition = Definition {
    kind: ProviderType("ollama"),
    base_url: Some("http://localhost:11434/v1"),
    keyless: true,
    self_hosted: true,
    shares_models_variable: true,
    request_id: RequestId::Sent("x-request-id"),
    embeddings: Embeddings::OllamaEmbed,
    listing: Listing { place: ListingPlace::Base("/models"), extras: Extras::Ollama },
    ..Definition::OPENAI_COMPATIBLE
};
