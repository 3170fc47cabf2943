//! Whether the model thinks, how hard, and the limit of its answer, which thinking counts against.
//! In: the wish, the model's traits, the history. Out: `thinking`, an effort for `output_config`, `max_tokens`.
//! Invariants: a budget is at least 1024 and below `max_tokens`; thinking never makes a request fail that works without: it is left
//! out, and named, when a tool is forced or when the call that is being answered lacks its signed block (03-B10).

use vocabulary::{ApiError, Dialect};

use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, Issuer, Losses, ReasoningMode, ReasoningWish, Request, Role, Turn,
};
use crate::json::ObjectWriter;
use crate::model_traits::claude::{
    ClaudeTraits, ThinkingControl, ThinkingOff, budget_of_effort, effort_of_budget,
};
use crate::translate::Target;

/// The smallest budget that is taken.
const LEAST_BUDGET: u64 = 1024;
/// What is left for the answer beside a budget.
const ANSWER_TOKENS: u64 = 1024;

pub(super) struct Thinking {
    config: Config,
    pub(super) effort: Option<Effort>,
    pub(super) max_tokens: u64,
    /// The thoughts shall be shown, or hidden, where the model's default may be the other.
    is_shown: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Config {
    Unsaid,
    Disabled,
    Adaptive,
    Budget(u64),
}

impl Thinking {
    pub(super) fn of(
        request: &Request,
        target: &Target<'_>,
        traits: &ClaudeTraits,
        is_tool_forced: bool,
        losses: &mut Losses,
    ) -> Result<Self, ApiError> {
        let max_tokens = max_tokens(request, target)?;
        let wish = request.reasoning.clone().unwrap_or_default();
        let (config, effort) = plan(&wish, traits);
        let is_shown = wish.include_thoughts.or(wish.summary.is_some().then_some(true));
        let mut thinking =
            Self { config, effort: effort.map(|effort| known(effort, traits)), max_tokens, is_shown };
        if let Config::Budget(budget) = config {
            thinking.make_room(budget, target.max_output_tokens);
        }
        let lacks_block = matches!(config, Config::Budget(_)) && lacks_signed_block(&request.turns);
        if matches!(config, Config::Adaptive | Config::Budget(_))
            && (!thinking.is_on() || is_tool_forced || lacks_block)
        {
            (thinking.config, thinking.max_tokens) = (Config::Unsaid, max_tokens);
            name_loss(request, losses)?;
        }
        Ok(thinking)
    }

    pub(super) fn is_on(&self) -> bool {
        matches!(self.config, Config::Adaptive | Config::Budget(_))
    }

    /// Widens the limit so that the answer has room beside the budget, within what the model can; then the budget shrinks.
    fn make_room(&mut self, budget: u64, model_limit: Option<u64>) {
        let mut budget = budget.max(LEAST_BUDGET);
        if self.max_tokens <= budget {
            let wanted = budget.saturating_add(ANSWER_TOKENS);
            // A caller who asks for more than the registry knows of may know better.
            let limit = model_limit.unwrap_or(u64::MAX).max(self.max_tokens);
            self.max_tokens = wanted.min(limit);
            if self.max_tokens < wanted {
                budget = self.max_tokens.saturating_sub(ANSWER_TOKENS).max(LEAST_BUDGET);
            }
        }
        let fits = budget < self.max_tokens;
        self.config = if fits { Config::Budget(budget) } else { Config::Unsaid };
    }

    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        let name = match self.config {
            Config::Unsaid => return,
            Config::Disabled => "disabled",
            Config::Adaptive => "adaptive",
            Config::Budget(_) => "enabled",
        };
        body.object("thinking", |thinking| {
            thinking.text("type", name);
            if let Config::Budget(budget) = self.config {
                thinking.number("budget_tokens", budget);
            }
            if let (true, Some(is_shown)) = (self.is_on(), self.is_shown) {
                thinking.text("display", if is_shown { "summarized" } else { "omitted" });
            }
        });
    }
}

/// The caller's limit, or the default within what the model can (03-B1).
fn max_tokens(request: &Request, target: &Target<'_>) -> Result<u64, ApiError> {
    match request.max_output_tokens {
        Some(0) => {
            let path = request.path_of(Feature::MaxOutputTokens).to_owned();
            Err(ApiError::invalid_request("max_tokens must be a positive integer").with_param(path))
        }
        Some(limit) => Ok(limit),
        None => Ok(target.max_output_tokens.unwrap_or(u64::MAX).min(target.default_max_tokens).max(1)),
    }
}

/// An explicit effort wins over a budget, but where a budget is what the model takes, the exact number does (03-B35).
fn plan(wish: &ReasoningWish, traits: &ClaudeTraits) -> (Config, Option<Effort>) {
    let effort = wish.effort.filter(|effort| *effort > Effort::Minimal);
    let takes_effort = traits.thinking != ThinkingControl::Budget;
    if wish.mode == Some(ReasoningMode::Disabled) || (wish.effort.is_some() && effort.is_none()) {
        return match traits.off {
            ThinkingOff::Silence => (Config::Unsaid, effort.filter(|_| takes_effort)),
            ThinkingOff::Disabled => (Config::Disabled, effort),
            ThinkingOff::LowEffort => (Config::Unsaid, effort.or(Some(Effort::Low))),
        };
    }
    match (traits.thinking, wish.budget_tokens, effort) {
        (_, None, None) if wish.mode.is_none() => (Config::Unsaid, None),
        (ThinkingControl::Budget, Some(budget), _)
        | (ThinkingControl::EffortOrBudget, Some(budget), None) => (Config::Budget(budget), None),
        (ThinkingControl::Budget, None, effort) => {
            (Config::Budget(budget_of_effort(effort.unwrap_or(Effort::Medium))), None)
        }
        (_, budget, effort) => (Config::Adaptive, effort.or(budget.map(effort_of_budget))),
    }
}

/// The nearest effort that the model knows.
fn known(effort: Effort, traits: &ClaudeTraits) -> Effort {
    if effort == Effort::XHigh && !traits.has_xhigh { Effort::High } else { effort }
}

/// True if the last assistant turn calls tools and does not begin with thinking that Anthropic signed.
fn lacks_signed_block(turns: &[Turn]) -> bool {
    let last = turns.iter().rposition(|turn| turn.role == Role::Assistant);
    // What one dialect says in one message may be several turns of another: reasoning, then the call.
    let start = last.map_or(0, |last| {
        let before = turns.get(..last).unwrap_or_default();
        before.iter().rposition(|turn| turn.role != Role::Assistant).map_or(0, |other| other + 1)
    });
    let message = turns.get(start..last.map_or(0, |last| last + 1)).unwrap_or_default();
    let parts = || message.iter().flat_map(|turn| &turn.parts);
    let has_call = parts().any(|part| matches!(part.content, Content::ToolCall(_)));
    let is_signed = parts().any(|part| match &part.content {
        Content::Reasoning(reasoning) => {
            reasoning.state.as_ref().is_some_and(|state| state.issuer == Issuer::Anthropic)
        }
        _ => false,
    });
    has_call && !is_signed
}

fn name_loss(request: &Request, losses: &mut Losses) -> Result<(), ApiError> {
    let has_effort = request.reasoning.as_ref().is_some_and(|wish| wish.effort.is_some());
    let feature = if has_effort { Feature::ReasoningEffort } else { Feature::ReasoningBudget };
    losses.drop(feature, request.path_of(feature), Dialect::AnthropicMessages)
}
