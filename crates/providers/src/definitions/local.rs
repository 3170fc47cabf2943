//! Servers that their user runs: no key needed, an inventory that only the user knows, and HTTP servers that close an
//! idle connection after five seconds (uvicorn, cpp-httplib), so that ours are dropped before (spec 02 §§2.1, 4).

use std::time::Duration;

use vocabulary::ProviderType;

use crate::definition::{Definition, Embeddings, Extras, Listing, ListingPlace, RequestId};
use crate::spoken::Spoken;

const SHORT_KEEP_ALIVE: Duration = Duration::from_secs(4);

const LOCAL: Definition = Definition {
    keyless: true,
    self_hosted: true,
    request_id: RequestId::Sent("x-request-id"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES],
    embeddings: Embeddings::Native,
    idle_timeout: SHORT_KEEP_ALIVE,
    ..Definition::OPENAI_COMPATIBLE
};

pub(super) const VLLM: Definition =
    Definition { kind: ProviderType("vllm"), base_url: Some("http://localhost:8000/v1"), ..LOCAL };

pub(super) const SGLANG: Definition =
    Definition { kind: ProviderType("sglang"), base_url: Some("http://localhost:30000/v1"), ..LOCAL };

// No default address: the usual port of llama.cpp, 8080, is the gateway's own.
pub(super) const LLAMACPP: Definition = Definition {
    kind: ProviderType("llamacpp"),
    listing: Listing { place: ListingPlace::Base("/models"), extras: Extras::LlamaCpp },
    ..LOCAL
};
