//! OpenAI's reasoning models take `max_completion_tokens` and no sampling members (spec 02 §3.2, B27).
//! In: a model id. Out: what kind of reasoning model it is, and the edits that follow.

use super::chat::Editing;
use crate::definition::ReasoningIds;

/// A reasoning model, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reasoning {
    /// `o1`, `o3-mini`, …: no sampling members at all.
    OSeries,
    /// `gpt-5` and its minor versions; 0 if none is named.
    Gpt5 { minor: u32 },
    /// `gpt-5-chat…`: takes a temperature.
    Gpt5Chat,
}

pub(super) fn edit(editing: &mut Editing<'_>, model: &str, ids: ReasoningIds) {
    let Some(kind) = classify(model, ids) else { return };
    editing.rename_member("max_tokens", "max_completion_tokens");
    let keeps_temperature = match kind {
        Reasoning::OSeries => false,
        Reasoning::Gpt5Chat => true,
        Reasoning::Gpt5 { minor } => minor >= 1 && effort_is_none(editing),
    };
    if !keeps_temperature {
        editing.drop_member("temperature");
    }
    if kind == Reasoning::OSeries {
        for key in ["top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"] {
            editing.drop_member(key);
        }
    }
}

fn effort_is_none(editing: &Editing<'_>) -> bool {
    let flat = editing.object.get("reasoning_effort").filter(|effort| !effort.is_null());
    let effort = flat.or_else(|| editing.object.get("reasoning")?.get("effort"));
    effort.and_then(|effort| effort.as_str()).is_some_and(|effort| effort.eq_ignore_ascii_case("none"))
}

fn classify(model: &str, ids: ReasoningIds) -> Option<Reasoning> {
    let bare = match ids {
        ReasoningIds::Bare => model,
        ReasoningIds::VendorPrefixed => model.rsplit('/').next().unwrap_or(model),
    };
    let rest_after = |prefix: &str| {
        let (start, rest) = bare.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    if rest_after("o").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) {
        return Some(Reasoning::OSeries);
    }
    let rest = rest_after("gpt-5")?;
    if rest_after("gpt-5-chat").is_some() {
        return Some(Reasoning::Gpt5Chat);
    }
    if let Some(version) = rest.strip_prefix('.') {
        let digits = version.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
        return Some(Reasoning::Gpt5 { minor: digits.parse().unwrap_or(0) });
    }
    (rest.is_empty() || rest.starts_with('-')).then_some(Reasoning::Gpt5 { minor: 0 })
}

#[cfg(test)]
mod tests {
    use super::{Reasoning, ReasoningIds, classify};

    #[test]
    fn the_ids_of_spec_02_section_3_2() {
        let gpt5 = |minor| Some(Reasoning::Gpt5 { minor });
        let cases = [
            ("o1", Some(Reasoning::OSeries)),
            ("O3-mini", Some(Reasoning::OSeries)),
            ("o4", Some(Reasoning::OSeries)),
            ("o", None),
            ("omni-1", None),
            ("gpt-5", gpt5(0)),
            ("GPT-5-mini", gpt5(0)),
            ("gpt-5.6-terra", gpt5(6)),
            ("gpt-5.1", gpt5(1)),
            ("gpt-5-chat-latest", Some(Reasoning::Gpt5Chat)),
            ("gpt-50", None),
            ("gpt-4o", None),
            ("openai/gpt-5", None),
            ("", None),
            ("ö3", None),
        ];
        for (model, expected) in cases {
            assert_eq!(classify(model, ReasoningIds::Bare), expected, "{model}");
        }
        assert_eq!(classify("openai/gpt-5", ReasoningIds::VendorPrefixed), gpt5(0));
        assert_eq!(classify("openai/o3", ReasoningIds::VendorPrefixed), Some(Reasoning::OSeries));
    }
}
