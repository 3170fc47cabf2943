//! `thinkingConfig` (spec 03 §4.5 with B5).
//! In: the wish and the model. Out: a budget or a level, never both. Invariant: an explicit configuration of Google's wins and
//! passes as it is; what a model cannot do is clamped, or dropped and named.

use vocabulary::{ApiError, Dialect};

use super::super::spelling::camel;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Effort, Json, Losses, ReasoningMode, ReasoningWish, Request};
use crate::json::object;
use crate::model_traits::gemini::{Thinking, budget_of, effort_of, level_of, thinking};
use crate::translate::Target;

/// What a model is told.
#[derive(Default)]
struct Told {
    budget: Option<Json>,
    level: Option<Effort>,
    is_off: bool,
}

/// Writes the object; `None` if nothing was asked for.
pub(super) fn thinking_config(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<Option<Vec<u8>>, ApiError> {
    if let Some(explicit) = &request.google.thinking_config {
        return Ok(explicit.object().map(|config| {
            object(|out| {
                for member in config.members().filter(|member| !member.value().is_null()) {
                    out.raw(&camel(member.key()), member.value().bytes());
                }
            })
        }));
    }
    let Some(wish) = &request.reasoning else { return Ok(None) };
    let told = match thinking(target.model) {
        Thinking::Never => {
            name_losses(request, wish, losses)?;
            return Ok(None);
        }
        Thinking::Budget { least, most, can_stop } => {
            let budget = budget(wish, least, most, can_stop);
            Told {
                is_off: budget.as_deref() == Some("0"),
                budget: budget.and_then(|text| Json::parse(&text)),
                level: None,
            }
        }
        Thinking::Levels(levels) => {
            let wanted = wanted(wish).or(wish.budget_tokens.map(effort_of));
            let level = wanted.and_then(|effort| level_of(effort, levels));
            Told { is_off: wanted == Some(Effort::None), level, budget: None }
        }
    };
    Ok(write(wish, &told))
}

/// The effort in words; no thinking at all is one.
fn wanted(wish: &ReasoningWish) -> Option<Effort> {
    if wish.mode == Some(ReasoningMode::Disabled) { Some(Effort::None) } else { wish.effort }
}

/// The budget; −1 leaves it to the model.
fn budget(wish: &ReasoningWish, least: u64, most: u64, can_stop: bool) -> Option<String> {
    let tokens = match (wanted(wish), wish.budget_tokens) {
        (Some(Effort::None), _) => 0,
        (_, Some(tokens)) => tokens,
        (Some(effort), None) => budget_of(effort),
        (None, None) if wish.mode == Some(ReasoningMode::Adaptive) => return Some("-1".to_owned()),
        (None, None) => return None,
    };
    let is_off = tokens == 0 && can_stop;
    Some(if is_off { 0 } else { tokens.clamp(least, most) }.to_string())
}

fn write(wish: &ReasoningWish, told: &Told) -> Option<Vec<u8>> {
    let is_asked =
        told.budget.is_some() || told.level.is_some() || wish.mode == Some(ReasoningMode::Adaptive);
    let shows = (is_asked && !told.is_off && wanted(wish) != Some(Effort::None)) || wish.summary.is_some();
    let include_thoughts = wish.include_thoughts.or(shows.then_some(true));
    let written = object(|out| {
        out.json("thinkingBudget", told.budget.as_ref());
        out.text("thinkingLevel", told.level.map(Effort::as_str));
        out.bool("includeThoughts", include_thoughts);
    });
    (written != b"{}").then_some(written)
}

/// A model that does not think needs nobody to turn that off.
fn name_losses(request: &Request, wish: &ReasoningWish, losses: &mut Losses) -> Result<(), ApiError> {
    if wanted(wish) == Some(Effort::None) {
        return Ok(());
    }
    let asked = [
        (wish.effort.is_some(), Feature::ReasoningEffort),
        (wish.budget_tokens.is_some(), Feature::ReasoningBudget),
        (wish.summary.is_some(), Feature::ReasoningSummary),
    ];
    asked
        .into_iter()
        .filter(|(is_asked, _)| *is_asked)
        .try_for_each(|(_, feature)| losses.drop(feature, request.path_of(feature), Dialect::Gemini))
}
