//! OpenCode Go: some models speak Messages, all others chat, behind one base URL and over one ring of keys. It refuses calls
//! that name no session. Source: <https://opencode.ai/docs/go>; spec 03 §12.

use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::ProviderType;

use crate::definition::{CallHeaderInput, Definition};
use crate::spoken::{SpeakingModels, Spoken};

pub(super) const OPENCODE_GO: Definition = Definition {
    kind: ProviderType("opencode_go"),
    base_url: Some("https://opencode.ai/zen/go/v1"),
    dialects: &[
        Spoken { models: SpeakingModels::OtherModels, ..Spoken::CHAT },
        Spoken { models: SpeakingModels::MessagesModels, ..Spoken::MESSAGES },
    ],
    call_headers: Some(session_header),
    ..Definition::OPENAI_COMPATIBLE
};

fn session_header(input: &CallHeaderInput<'_>, headers: &mut HeaderList) {
    let session = input.context.session_id.map(|id| HeaderValue::from_bytes(id.as_bytes()));
    let session = session.and_then(Result::ok).unwrap_or_else(|| input.context.request_id.clone());
    headers.push((HeaderName::from_static("x-opencode-session"), session));
}
