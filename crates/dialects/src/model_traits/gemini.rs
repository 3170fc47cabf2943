//! What Gemini models differ in: how thinking is asked for, and whether thought signatures are checked.
//! In: an upstream's id of a model. Out: a row of the table. Invariant: level and budget are never both right for one model.
//! Source: Gemini API, "Thinking" and "Thought signatures"; spec 03 §4.5, B4, B5.

use crate::conversation::Effort;

/// How a model is told how hard to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// It does not think.
    Never,
    /// By a number of tokens.
    Budget {
        /// The smallest budget but zero.
        least: u64,
        /// The largest.
        most: u64,
        /// Zero turns thinking off.
        can_stop: bool,
    },
    /// By one of these words, lowest first.
    Levels(&'static [Effort]),
}

use Effort::{High, Low, Medium, Minimal};

const PRO_2_5: Thinking = Thinking::Budget { least: 128, most: 32_768, can_stop: false };
const LITE_2_5: Thinking = Thinking::Budget { least: 512, most: 24_576, can_stop: true };
const FLASH_2_5: Thinking = Thinking::Budget { least: 1, most: 24_576, can_stop: true };
const PRO_3: Thinking = Thinking::Levels(&[Low, High]);
const PRO_3_1: Thinking = Thinking::Levels(&[Low, Medium, High]);
const ALL_LEVELS: Thinking = Thinking::Levels(&[Minimal, Low, Medium, High]);

/// Names and what they tell; the first that the model's id contains decides.
const BY_NAME: [(&str, Thinking); 10] = [
    ("gemini-2.5-pro", PRO_2_5),
    ("gemini-2.5-flash-lite", LITE_2_5),
    ("gemini-2.5-flash-image", Thinking::Never),
    ("gemini-2.5", FLASH_2_5),
    ("gemini-2.0", Thinking::Never),
    ("gemini-1", Thinking::Never),
    ("gemma", Thinking::Never),
    ("learnlm", Thinking::Never),
    ("gemini-3-pro", PRO_3),
    ("gemini-3.0-pro", PRO_3),
];

/// How a model is told how hard to think.
pub(crate) fn thinking(model: &str) -> Thinking {
    let by_name = BY_NAME.iter().find(|(name, _)| model.contains(name)).map(|(_, thinking)| *thinking);
    let is_pro = model.contains("gemini-") && model.contains("-pro");
    by_name.unwrap_or(if is_pro { PRO_3_1 } else { ALL_LEVELS })
}

/// True for models that refuse a function call of the current turn without its thought signature: Gemini 3 and newer, and
/// names that always mean the newest.
pub(crate) fn checks_signatures(model: &str) -> bool {
    let Some((_, version)) = model.split_once("gemini-") else { return false };
    let major: Option<u32> = version.split(['.', '-']).next().and_then(|major| major.parse().ok());
    major.map_or(version.ends_with("-latest"), |major| major >= 3)
}

/// The budget that stands for an effort, before it is clamped to a model.
pub(crate) fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::None => 0,
        Minimal | Low => 1024,
        Medium => 8192,
        High | Effort::XHigh | Effort::Max => 24_576,
    }
}

/// The effort that stands for a budget.
pub(crate) fn effort_of(budget: u64) -> Effort {
    match budget {
        0 => Effort::None,
        20_000.. => High,
        10_000.. => Medium,
        _ => Low,
    }
}

/// The lowest of a model's levels that is not below the effort; its highest if all are.
pub(crate) fn level_of(effort: Effort, levels: &[Effort]) -> Option<Effort> {
    levels.iter().find(|level| **level >= effort).or(levels.last()).copied()
}

#[cfg(test)]
mod tests {
    use super::{Effort, Thinking, checks_signatures, level_of, thinking};

    #[test]
    fn levels_are_clamped_to_what_a_model_has() {
        let cases = [
            ("gemini-3-pro-preview", Effort::None, "low"),
            ("gemini-3-pro-preview", Effort::Medium, "high"),
            ("gemini-3.1-pro-preview", Effort::Medium, "medium"),
            ("gemini-3.1-pro-preview", Effort::Max, "high"),
            ("gemini-3-flash-preview", Effort::None, "minimal"),
            ("gemini-3-flash-preview", Effort::XHigh, "high"),
            ("gemini-flash-latest", Effort::Minimal, "minimal"),
        ];
        for (model, effort, expected) in cases {
            let Thinking::Levels(levels) = thinking(model) else { panic!("{model} has levels") };
            assert_eq!(level_of(effort, levels).unwrap().as_str(), expected, "{model} {effort:?}");
        }
    }

    #[test]
    fn signatures_are_checked_from_gemini_3_on() {
        for model in ["gemini-3-pro-preview", "models/gemini-3.1-flash", "gemini-4", "gemini-pro-latest"] {
            assert!(checks_signatures(model), "{model}");
        }
        for model in ["gemini-2.5-flash", "gemini-2.0-flash", "gemma-3-27b-it", "gemini-exp-1206", "x"] {
            assert!(!checks_signatures(model), "{model}");
        }
    }
}
