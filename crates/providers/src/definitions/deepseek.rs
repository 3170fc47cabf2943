//! DeepSeek: two levels of effort, and a thinking model that wants its own `reasoning_content` back in every assistant
//! message that calls tools, even if the caller's client has thrown it away (spec 02 §4).
//! Source: <https://api-docs.deepseek.com/guides/thinking_mode>, <https://api-docs.deepseek.com/guides/anthropic_api>.

use bytes::Bytes;
use dialects::json::{Edits, RawObject};
use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Effort, Level, RequestId};
use crate::spoken::{Spoken, SpokenPath};

pub(super) const DEEPSEEK: Definition = Definition {
    kind: ProviderType("deepseek"),
    base_url: Some("https://api.deepseek.com"),
    request_id: RequestId::Sent("x-request-id"),
    dialects: &[
        Spoken::CHAT,
        Spoken {
            path: SpokenPath::Root { cut: &["/v1", "/beta"], path: "/anthropic/v1/messages" },
            ..Spoken::MESSAGES
        },
        Spoken::RESPONSES_IF_NATIVE,
    ],
    chat: ChatEdits {
        effort: Effort::Flat(level),
        quirk: Some(give_reasoning_to_tool_calls),
        ..ChatEdits::PLAIN
    },
    ..Definition::OPENAI_COMPATIBLE
};

fn level(_model: &str, effort: &str) -> Level {
    let is = |word: &str| effort.eq_ignore_ascii_case(word);
    match () {
        () if is("none") => Level::Disabled,
        () if is("low") || is("medium") || is("high") => Level::Word("high"),
        () if is("xhigh") || is("max") => Level::Word("max"),
        () => Level::AsGiven,
    }
}

fn give_reasoning_to_tool_calls<'a>(body: &'a RawObject, edits: &mut Edits<'a>) {
    let has_tools = body.get("tools").is_some_and(|tools| tools.elements().next().is_some());
    let Some(messages) = body.get("messages").filter(|_| has_tools) else { return };
    for message in messages.elements() {
        let calls = message.get("tool_calls").is_some_and(|calls| calls.elements().next().is_some());
        let assistant = message.get("role").and_then(|role| role.as_str()).as_deref() == Some("assistant");
        let reasoned = message.get("reasoning_content").is_some();
        if assistant && calls && !reasoned {
            let end = message.range().end.saturating_sub(1);
            edits.replace(end..end, Bytes::from_static(br#","reasoning_content":" ""#));
        }
    }
}
