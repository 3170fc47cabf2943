//! Google's Gemini on AI Studio: its own dialect, or OpenAI's below `/openai` with `api_mode: openai_compatible`. Embeddings
//! are OpenAI's in both modes. The two bases take the key in different headers.
//! Source: <https://ai.google.dev/api>, <https://ai.google.dev/gemini-api/docs/openai>; spec 03 §§4.1, 4.9, B15.

use vocabulary::{Dialect, ProviderType};

use crate::definition::{Auth, Definition, Embeddings, Endpoints, Extras, Listing, ListingPlace, RequestId};
use crate::settings::ApiMode;
use crate::spoken::{Offered, Spoken, SpokenPath};

const OFFICIAL: &str = "https://generativelanguage.googleapis.com/v1beta";

pub(super) const GEMINI: Definition = Definition {
    kind: ProviderType("gemini"),
    base_url: Some(OFFICIAL),
    auth: Auth::Header("x-goog-api-key"),
    request_id: RequestId::Sent("x-request-id"),
    endpoints: Endpoints::GoogleWithCompat { official: OFFICIAL, compat: "/openai" },
    dialects: &[
        Spoken {
            dialect: Dialect::Gemini,
            offered: Offered::InMode(ApiMode::Native),
            path: SpokenPath::PerModel {
                before: "/models/",
                whole: ":generateContent",
                streamed: ":streamGenerateContent?alt=sse",
            },
            count_path: Some(SpokenPath::PerModel {
                before: "/models/",
                whole: ":countTokens",
                streamed: ":countTokens",
            }),
            has_web_search: true,
            ..Spoken::CHAT
        },
        Spoken {
            offered: Offered::InMode(ApiMode::OpenAiCompatible),
            auth: Some(Auth::Bearer),
            ..Spoken::CHAT
        },
    ],
    embeddings: Embeddings::Native,
    embeddings_auth: Some(Auth::Bearer),
    listing: Listing { place: ListingPlace::Base("/models?pageSize=1000"), extras: Extras::Google },
    ..Definition::OPENAI_COMPATIBLE
};
