//! What single models can do beyond their dialect: data, and the few functions that find a row. The only place that knows model ids.
//! In: an upstream's id of a model, as Anthropic, Bedrock, Vertex or OpenRouter spell it. Out: its traits.
//! Invariant (03-B5): a model that is listed has the traits of its row; a newer one that nobody listed has those of its version,
//! so that it works without a release. Where vendors disagree, the row says what no model refuses.
//! Sources: Anthropic's documents "Adaptive thinking", "Effort", "Structured outputs", "Mid-conversation system messages" and the
//! migration guides of its models; Amazon Bedrock, "Adaptive thinking"; spec 03 §§2.3, 2.5, B1–B11.

use crate::conversation::Effort;

/// How a Claude model is told to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThinkingControl {
    /// By a budget of tokens.
    Budget,
    /// By an effort; a budget is still taken.
    EffortOrBudget,
    /// By an effort; budgets are refused.
    Effort,
}

/// How a Claude model is told not to think (03-B11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThinkingOff {
    /// By saying nothing.
    Silence,
    /// `thinking: {"type":"disabled"}`.
    Disabled,
    /// It always thinks: the least is the effort `low`.
    LowEffort,
}

/// What a Claude model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaudeTraits {
    /// How it is told to think.
    pub(crate) thinking: ThinkingControl,
    /// How it is told not to.
    pub(crate) off: ThinkingOff,
    /// It knows the effort `xhigh`.
    pub(crate) has_xhigh: bool,
    /// It takes `output_config.format`, and `strict` on tools.
    pub(crate) has_output_format: bool,
    /// It takes messages with the role `system`.
    pub(crate) has_mid_conversation_system: bool,
    /// It takes `temperature`, `top_p` and `top_k` other than the defaults.
    pub(crate) has_sampling: bool,
}

const LEGACY: ClaudeTraits = ClaudeTraits {
    thinking: ThinkingControl::Budget,
    off: ThinkingOff::Silence,
    has_xhigh: false,
    has_output_format: false,
    has_mid_conversation_system: false,
    has_sampling: true,
};
const V4_5: ClaudeTraits = ClaudeTraits { has_output_format: true, ..LEGACY };
const V4_6: ClaudeTraits =
    ClaudeTraits { thinking: ThinkingControl::EffortOrBudget, off: ThinkingOff::Disabled, ..V4_5 };
const V4_7: ClaudeTraits = ClaudeTraits {
    thinking: ThinkingControl::Effort,
    // Off unless asked for; Bedrock refuses `disabled`.
    off: ThinkingOff::Silence,
    has_xhigh: true,
    has_sampling: false,
    ..V4_5
};
const V4_8: ClaudeTraits =
    ClaudeTraits { off: ThinkingOff::Disabled, has_mid_conversation_system: true, ..V4_7 };
const ALWAYS_THINKS: ClaudeTraits = ClaudeTraits { off: ThinkingOff::LowEffort, ..V4_8 };

type Version = (u32, u32);

/// Models by family and version. A preview without a version is 0.0.
const CLAUDE: &[(&str, Version, ClaudeTraits)] = &[
    ("fable", (5, 0), ALWAYS_THINKS),
    ("mythos", (5, 0), ALWAYS_THINKS),
    ("mythos", (0, 0), ClaudeTraits { has_mid_conversation_system: false, ..ALWAYS_THINKS }),
    ("opus", (5, 0), V4_8),
    ("sonnet", (5, 0), V4_8),
    ("opus", (4, 8), V4_8),
    ("opus", (4, 7), V4_7),
    ("opus", (4, 6), V4_6),
    ("sonnet", (4, 6), V4_6),
    ("opus", (4, 5), V4_5),
    ("sonnet", (4, 5), V4_5),
    ("haiku", (4, 5), V4_5),
];

/// Models that are not listed: the first row whose version they have reached.
const CLAUDE_BY_VERSION: &[(Version, ClaudeTraits)] =
    &[((5, 0), ALWAYS_THINKS), ((4, 8), V4_8), ((4, 7), V4_7), ((4, 6), V4_6), ((4, 5), V4_5)];

/// The traits of a model that is spoken to in Anthropic's dialect; the oldest ones for a model that is no Claude.
pub(crate) fn claude(model: &str) -> ClaudeTraits {
    let Some((family, version)) = claude_version(model) else { return LEGACY };
    let listed = CLAUDE.iter().find(|(name, number, _)| *name == family && *number == version);
    let by_version = || CLAUDE_BY_VERSION.iter().find(|(reached, _)| version >= *reached);
    listed.map(|(_, _, traits)| *traits).or_else(|| by_version().map(|(_, traits)| *traits)).unwrap_or(LEGACY)
}

/// Family and version of a Claude: `us.anthropic.claude-opus-4-6-v1:0`, `anthropic/claude-opus-4.6`, `claude-3-5-sonnet-20241022`,
/// `claude-sonnet-5@20260301`. A number of more than two digits is a date.
fn claude_version(model: &str) -> Option<(String, Version)> {
    let lower = model.to_ascii_lowercase();
    let (_, id) = lower.rsplit_once("claude-")?;
    let (mut family, mut numbers) = (None, Vec::new());
    for token in id.split(['-', '.', '_', '@', ':']) {
        match token.parse::<u32>() {
            Ok(number) if token.len() <= 2 && numbers.len() < 2 => numbers.push(number),
            Ok(_) => break,
            Err(_) if family.is_none() => family = Some(token.to_owned()),
            Err(_) => break,
        }
    }
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    Some((family.unwrap_or_default(), (at(0), at(1))))
}

/// The budget that an effort stands for.
pub(crate) fn budget_of_effort(effort: Effort) -> u64 {
    match effort {
        Effort::None | Effort::Minimal | Effort::Low => 5_000,
        Effort::Medium => 10_000,
        Effort::High | Effort::XHigh | Effort::Max => 20_000,
    }
}

/// The effort that a budget stands for.
pub(crate) fn effort_of_budget(budget_tokens: u64) -> Effort {
    match budget_tokens {
        20_000.. => Effort::High,
        10_000.. => Effort::Medium,
        _ => Effort::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS_THINKS, ClaudeTraits, LEGACY, V4_5, V4_6, V4_7, V4_8, claude};

    #[test]
    fn a_model_is_found_in_every_spelling() {
        let cases: [(&str, ClaudeTraits); 21] = [
            ("claude-3-5-sonnet", LEGACY),
            ("claude-3-5-sonnet-20241022", LEGACY),
            ("claude-opus-4-20250514", LEGACY),
            ("claude-opus-4-1-20250805", LEGACY),
            ("claude-haiku-4-5-20251001", V4_5),
            ("claude-sonnet-4-5", V4_5),
            ("claude-opus-4-6", V4_6),
            ("us.anthropic.claude-opus-4-6-v1:0", V4_6),
            ("anthropic/claude-sonnet-4.6", V4_6),
            ("claude-opus-4-7-20260416", V4_7),
            ("anthropic/claude-4.7-opus", V4_7),
            ("claude-opus-4-8-20260301", V4_8),
            ("claude-sonnet-5@20260301", V4_8),
            ("claude-opus-5", V4_8),
            ("claude-opus-5-5", ALWAYS_THINKS),
            ("claude-fable-5-1", ALWAYS_THINKS),
            ("claude-haiku-6", ALWAYS_THINKS),
            ("claude-sonnet-4-6-fast", V4_6),
            ("claude-instant", LEGACY),
            ("deepseek-chat", LEGACY),
            ("claude-", LEGACY),
        ];
        for (model, traits) in cases {
            assert_eq!(claude(model), traits, "{model}");
        }
        assert!(!claude("claude-mythos-preview").has_mid_conversation_system);
    }
}
