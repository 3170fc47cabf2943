//! Groq: Qwen models know only `none` and `default`, all others three levels (B26). It has no embeddings (B30).

use vocabulary::ProviderType;

use crate::definition::{ChatEdits, Definition, Effort, Level, RequestId};

pub(super) const GROQ: Definition = Definition {
    kind: ProviderType("groq"),
    base_url: Some("https://api.groq.com/openai/v1"),
    request_id: RequestId::Sent("x-request-id"),
    chat: ChatEdits { effort: Effort::Flat(level), ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};

fn level(model: &str, effort: &str) -> Level {
    let bare = model.rsplit('/').next().unwrap_or(model);
    let is = |word: &str| effort.eq_ignore_ascii_case(word);
    if bare.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("qwen")) {
        return Level::Word(if is("none") { "none" } else { "default" });
    }
    match () {
        () if is("none") || is("minimal") || is("low") => Level::Word("low"),
        () if is("medium") => Level::Word("medium"),
        () if is("high") || is("xhigh") || is("max") => Level::Word("high"),
        () => Level::AsGiven,
    }
}
