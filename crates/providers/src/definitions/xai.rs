//! xAI: efforts beyond `high` for some models only, and a conversation id that lets its cache find the earlier turns.
//! Source: <https://docs.x.ai/docs/api-reference>; spec 02 §4, B35.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::ProviderType;

use crate::definition::{CallHeaderInput, ChatEdits, Definition, Effort, Embeddings, Level, RequestId};
use crate::spoken::Spoken;

pub(super) const XAI: Definition = Definition {
    kind: ProviderType("xai"),
    base_url: Some("https://api.x.ai/v1"),
    request_id: RequestId::Sent("x-request-id"),
    dialects: &[Spoken::CHAT, Spoken::RESPONSES],
    embeddings: Embeddings::Native,
    chat: ChatEdits { effort: Effort::Flat(level), ..ChatEdits::PLAIN },
    call_headers: Some(conversation_header),
    ..Definition::OPENAI_COMPATIBLE
};

fn level(model: &str, effort: &str) -> Level {
    if effort.eq_ignore_ascii_case("xhigh") || effort.eq_ignore_ascii_case("max") {
        return Level::Word(if thinks_beyond_high(model) { "xhigh" } else { "high" });
    }
    let known = ["none", "minimal", "low", "medium", "high"];
    known.into_iter().find(|word| effort.eq_ignore_ascii_case(word)).map_or(Level::AsGiven, Level::Word)
}

/// Multi-agent models, and `grok-4.<n>` from 6 on; 20 is the date-like name of an older one.
fn thinks_beyond_high(model: &str) -> bool {
    let model = model.to_ascii_lowercase();
    let minor = model.strip_prefix("grok-4.").map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest.get(..digits).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0)
    });
    model.contains("multi-agent") || minor.is_some_and(|minor| minor >= 6 && minor != 20)
}

const HEADER: HeaderName = HeaderName::from_static("x-grok-conv-id");

fn conversation_header(input: &CallHeaderInput<'_>, headers: &mut HeaderList) {
    let Some(body) = input.chat else { return };
    let own = input.context.client_headers.and_then(|client| {
        client
            .get_all(&HEADER)
            .iter()
            .find(|value| value.as_bytes().iter().any(|byte| !byte.is_ascii_whitespace()))
    });
    if let Some(own) = own {
        headers.push((HEADER, own.clone()));
        return;
    }
    let mut hash = digest::Context::new(&digest::SHA256);
    if let Some(session) = input.context.session_id {
        hash.update(b"session\0");
        hash.update(session.as_bytes());
    } else {
        hash.update(input.model.as_bytes());
        let messages = body.get("messages");
        for message in messages.iter().flat_map(|messages| messages.elements()).take(2) {
            hash.update(b"\0");
            hash.update(message.raw().as_bytes());
        }
        for key in ["tools", "tool_choice", "parallel_tool_calls"] {
            hash.update(b"\0");
            hash.update(body.get(key).map_or("", |value| value.raw()).as_bytes());
        }
    }
    let mut id = String::with_capacity("gomodel-".len() + 32);
    id.push_str("gomodel-");
    for byte in hash.finish().as_ref().iter().take(16) {
        if write!(id, "{byte:02x}").is_err() {
            return;
        }
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.push((HEADER, id));
    }
}
