//! Anthropic: the Messages dialect, its own list of models, and tokens of a Claude subscription beside API keys.
//! Source: <https://docs.anthropic.com/en/api/messages>, <https://docs.anthropic.com/en/api/models-list>; spec 03 §2.1.

use vocabulary::ProviderType;

use crate::definition::{
    Auth, DefaultHeader, Definition, Embeddings, Extras, Listing, ListingPlace, Refusal, RequestId,
};
use crate::spoken::{Spoken, SpokenPath};

pub(super) const ANTHROPIC: Definition = Definition {
    kind: ProviderType("anthropic"),
    base_url: Some("https://api.anthropic.com/v1"),
    auth: Auth::Anthropic,
    request_id: RequestId::Sent("x-request-id"),
    dialects: &[Spoken {
        auth: None,
        count_path: Some(SpokenPath::Base("/messages/count_tokens")),
        has_web_search: true,
        ..Spoken::MESSAGES
    }],
    embeddings: Embeddings::Unsupported(Refusal::Text(
        "anthropic does not support embeddings — consider using Voyage AI",
    )),
    // Every call carries it, the list of models too.
    default_headers: &[DefaultHeader {
        name: "anthropic-version",
        value: "2023-06-01",
        env: None,
        unless: &[],
    }],
    listing: Listing { place: ListingPlace::Base("/models?limit=1000"), extras: Extras::Anthropic },
    ..Definition::OPENAI_COMPATIBLE
};
