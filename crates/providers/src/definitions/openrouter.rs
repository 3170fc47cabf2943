//! OpenRouter: names its caller in two headers, keeps the nested reasoning form, and groups calls by session.
//! Source: <https://openrouter.ai/docs/api-reference/overview>; spec 02 §4.

use dialects::conversation::loss_table::Feature;
use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::ProviderType;

use crate::definition::{
    CallHeaderInput, ChatEdits, DefaultHeader, Definition, Effort, Embeddings, Extras, Listing, ListingPlace,
    RequestId,
};
use crate::spoken::Spoken;

pub(super) const OPENROUTER: Definition = Definition {
    kind: ProviderType("openrouter"),
    base_url: Some("https://openrouter.ai/api/v1"),
    request_id: RequestId::Strict("x-client-request-id"),
    dialects: &[
        Spoken {
            keeps: &[Feature::CacheControl, Feature::TopK, Feature::MinP],
            nested_reasoning: true,
            ..Spoken::CHAT
        },
        Spoken::RESPONSES,
        // Its Messages endpoint takes the key as the others do.
        Spoken { auth: None, ..Spoken::MESSAGES },
    ],
    embeddings: Embeddings::Native,
    chat: ChatEdits { effort: Effort::Nested, ..ChatEdits::PLAIN },
    default_headers: &[
        DefaultHeader {
            name: "http-referer",
            value: "https://gomodel.enterpilot.io",
            env: Some("OPENROUTER_SITE_URL"),
            unless: &[],
        },
        DefaultHeader {
            name: "x-openrouter-title",
            value: "GoModel",
            env: Some("OPENROUTER_APP_NAME"),
            unless: &["x-title"],
        },
    ],
    call_headers: Some(session_header),
    listing: Listing {
        place: ListingPlace::Base("/models?output_modalities=all"),
        extras: Extras::OpenRouter,
    },
    ..Definition::OPENAI_COMPATIBLE
};

fn session_header(input: &CallHeaderInput<'_>, headers: &mut HeaderList) {
    if let Some(Ok(session)) = input.context.session_id.map(|id| HeaderValue::from_bytes(id.as_bytes())) {
        headers.push((HeaderName::from_static("x-session-id"), session));
    }
}
