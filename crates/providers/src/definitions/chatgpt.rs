//! A ChatGPT subscription: the Responses dialect of the Codex backend, streams only, with a closed list of members.
//! No list of models. Source: spec 02 §4, 03 §11, 03-B26; the header of a session is the one that the Codex client sends.

use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::ProviderType;

use crate::definition::{
    Auth, CallHeaderInput, Definition, Embeddings, Extras, Listing, ListingPlace, Refusal,
};
use crate::spoken::{BodyRule, Offered, Spoken};

pub(super) const CHATGPT: Definition = Definition {
    kind: ProviderType("chatgpt"),
    base_url: Some("https://chatgpt.com/backend-api/codex"),
    auth: Auth::ChatGpt,
    dialects: &[Spoken {
        offered: Offered::Always,
        always_streams: true,
        body: BodyRule::ChatGpt,
        has_web_search: true,
        ..Spoken::RESPONSES
    }],
    embeddings: Embeddings::Unsupported(Refusal::NotOffered(
        "chatgpt serves only the Responses API; embeddings are not available on a ChatGPT subscription",
    )),
    missing_key: Some(
        "missing ChatGPT access token; set CHATGPT_API_KEY to the token from your Codex sign-in",
    ),
    call_headers: Some(session_header),
    listing: Listing {
        place: ListingPlace::BuiltIn(&["gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5"]),
        extras: Extras::Standard,
    },
    ..Definition::OPENAI_COMPATIBLE
};

fn session_header(input: &CallHeaderInput<'_>, headers: &mut HeaderList) {
    if let Some(Ok(session)) = input.context.session_id.map(|id| HeaderValue::from_bytes(id.as_bytes())) {
        headers.push((HeaderName::from_static("session-id"), session));
    }
}
