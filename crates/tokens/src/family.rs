//! Which vocabulary a model reads with, and what the format of a chat adds to the texts.
//! In: the id of a model as clients and upstreams spell it. Out: its `Family`, if its vocabulary is built in.
//! Invariant: no family is better than a wrong one; models whose vocabulary is not public have none.
//! Sources: tiktoken's `model.py`; OpenAI's cookbook, "How to count tokens with tiktoken"; OpenAI's "harmony response format".

use Family::{Cl100k, O200k, O200kHarmony};

/// Models that read alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `o200k_base`: GPT-4o, 4.1, 4.5, 5, o1, o3, o4.
    O200k,
    /// `o200k_harmony`: gpt-oss. The ordinary tokens are those of `o200k_base`; the chat begins with a system message of its own.
    O200kHarmony,
    /// `cl100k_base`: GPT-4, GPT-3.5, embeddings.
    Cl100k,
}

/// How ids begin. Behind a beginning comes nothing or one of `-:@_`, so that `gpt-4` is not the beginning of `gpt-4o`;
/// behind a point comes anything.
const BEGINNINGS: &[(&str, Family)] = &[
    ("gpt-oss", O200kHarmony),
    ("gpt-4o", O200k),
    ("chatgpt-4o", O200k),
    ("gpt-4.1", O200k),
    ("gpt-4.5", O200k),
    ("gpt-5", O200k),
    ("gpt-5.", O200k),
    ("o1", O200k),
    ("o3", O200k),
    ("o4", O200k),
    ("codex-mini", O200k),
    ("gpt-4", Cl100k),
    ("gpt-3.5", Cl100k),
    ("gpt-35", Cl100k),
    ("text-embedding-3", Cl100k),
    ("text-embedding-ada-002", Cl100k),
];

/// The family of a model. Names of vendors before it (`vendor/model`, `vendor.model`), dates and variants behind it, the mark of
/// a fine-tuned model and the case of letters make no difference.
pub fn family_of(model: &str) -> Option<Family> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("ft:").unwrap_or(name);
    let behind_points = name.match_indices('.').filter_map(|(at, point)| name.get(at + point.len()..));
    std::iter::once(name).chain(behind_points).find_map(|name| {
        BEGINNINGS.iter().find(|(beginning, _)| begins_with(name, beginning)).map(|(_, family)| *family)
    })
}

fn begins_with(name: &str, beginning: &str) -> bool {
    let Some((head, rest)) = name.split_at_checked(beginning.len()) else { return false };
    let is_whole = beginning.ends_with('.') || rest.is_empty() || rest.starts_with(['-', ':', '@', '_']);
    is_whole && head.eq_ignore_ascii_case(beginning)
}

/// What stands around a message: its begin, the end of its head, its end, and its role, which is one token.
const PER_MESSAGE: u64 = 3 + 1;
/// What begins the answer.
const ANSWER_BEGINS: u64 = 3;
/// What ends the list of tools.
const TOOLS_END: u64 = 12;
/// The system message that gpt-oss is always given ("You are ChatGPT, … Valid channels: …").
pub(crate) const HARMONY_PREAMBLE: u64 = 61;

/// What the format of a chat adds to its texts, as OpenAI documents it. Names of speakers are one token each beside their text.
pub fn chat_overhead(family: Family, messages: u64, tools: u64) -> u64 {
    let per_tool = match family {
        O200k | O200kHarmony => 7,
        Cl100k => 10,
    };
    let preamble = if family == O200kHarmony { HARMONY_PREAMBLE } else { 0 };
    let of_tools = if tools == 0 { 0 } else { tools.saturating_mul(per_tool).saturating_add(TOOLS_END) };
    let of_messages = messages.saturating_mul(PER_MESSAGE).saturating_add(ANSWER_BEGINS);
    of_messages.saturating_add(of_tools).saturating_add(preamble)
}

#[cfg(test)]
mod tests {
    use super::{Family, family_of};

    #[test]
    fn models_are_known_by_their_beginning_whoever_serves_them() {
        let known = [
            (
                Family::O200k,
                "gpt-4o gpt-4o-mini-2024-07-18 openai/gpt-4.1 GPT-5 gpt-5.2-codex gpt-5-nano o1 o3-mini",
            ),
            (
                Family::O200k,
                "azure/openai/o4-mini-2026-06-02 chatgpt-4o-latest ft:gpt-4o:org::id o1-pro gpt-4.5-preview",
            ),
            (Family::O200k, "codex-mini-latest gpt-4o:free gpt-4o@2024-08-06 gpt-5_2"),
            (
                Family::O200kHarmony,
                "gpt-oss-120b openai/gpt-oss-20b:free us.openai.gpt-oss-120b-1:0 gpt-oss:20b @cf/x/gpt-oss-20b",
            ),
            (
                Family::Cl100k,
                "gpt-4 gpt-4-turbo gpt-4-0613 gpt-3.5-turbo-0125 gpt-35-turbo text-embedding-3-large",
            ),
            (Family::Cl100k, "ft:gpt-3.5-turbo:org:name:id text-embedding-ada-002 openai.gpt-4"),
        ];
        for (family, models) in known {
            for model in models.split(' ') {
                assert_eq!(family_of(model), Some(family), "{model}");
            }
        }
    }

    #[test]
    fn models_without_a_public_vocabulary_have_no_family() {
        let unknown = "claude-sonnet-4-5 gemini-2.5-pro deepseek-r1 llama-3.3-70b qwen3-32b mistral-large gpt-4.7 gpt-6 \
                       gpt-4all o10 marco-o1 mini-gpt-4 gpt o é gpt-image-1 o200k/unknown gpt-4o/other";
        for model in unknown.split(' ').chain(["", "/", ".", "ft:", "gpt-4é"]) {
            assert_eq!(family_of(model), None, "{model}");
        }
    }
}
