//! Azure OpenAI: the key in `api-key`, deployments in the path, `api-version` in the query (spec 02 §4, B8, B29).
//! Source: <https://learn.microsoft.com/azure/ai-services/openai/reference>. Paths are formed in `endpoints`.

use vocabulary::ProviderType;

use crate::definition::{
    Auth, ChatEdits, Definition, Embeddings, Endpoints, Extras, Listing, ListingPlace, ReasoningIds,
    RequestId,
};
use crate::spoken::Spoken;

pub(super) const AZURE: Definition = Definition {
    kind: ProviderType("azure"),
    auth: Auth::Header("api-key"),
    request_id: RequestId::Strict("x-client-request-id"),
    endpoints: Endpoints::AzureDeployments { default_version: "2024-10-21" },
    dialects: &[Spoken::CHAT, Spoken::RESPONSES],
    embeddings: Embeddings::Native,
    chat: ChatEdits { reasoning_ids: ReasoningIds::VendorPrefixed, ..ChatEdits::PLAIN },
    listing: Listing { place: ListingPlace::AzureResource, extras: Extras::Azure },
    ..Definition::OPENAI_COMPATIBLE
};
