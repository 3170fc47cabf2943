//! The conversation as a chat request for an upstream.
//! In: a request of any dialect, the target. Out: the body, in the order model, messages, tools, settings.
//! Invariants: what the table of losses drops is not written, unless the target keeps it; members that only chat knows are
//! written back for requests that came in chat; numbers and schemas keep their spelling.
//! Not here: names of members that single providers want otherwise (`providers`: `max_tokens`, `reasoning.effort`, …).
//! Source: OpenAI API reference, "Create chat completion"; spec 03 §13.2, §3.1 with B27, B28; 04-B22.

mod messages;
mod parts;
mod tools;

use vocabulary::{ApiError, Dialect};

use crate::conversation::loss_table::{Fate, Feature, fate};
use crate::conversation::{Effort, Extras, Losses, OutputFormat, ReasoningMode, ReasoningWish, Request};
use crate::json::{ObjectWriter, object};
use crate::translate::{AnswerShape, Target};

/// The dialect of this folder.
const CHAT: Dialect = Dialect::OpenAiChat;

/// Writes a request.
///
/// # Errors
/// 400 for content that chat has no place for and that `Losses::settle` could not know of.
pub fn encode_request(
    request: &Request,
    target: &Target<'_>,
    _losses: &mut Losses,
    shape: &mut AnswerShape,
) -> Result<Vec<u8>, ApiError> {
    let encoder = Encoder { request, target };
    let messages = encoder.messages()?;
    Ok(object(|body| {
        body.text("model", target.model).raw("messages", &messages);
        encoder.write_tools(body, shape);
        encoder.write_settings(body);
        encoder.write_hints(body);
        if request.stream {
            body.bool("stream", true);
            if target.include_usage {
                body.object("stream_options", |options| {
                    options.bool("include_usage", true);
                });
            }
        }
        for (key, value) in Extras::members_for(request.extras.as_ref(), CHAT) {
            body.json(key, value);
        }
    }))
}

/// What every piece of the body is written from.
struct Encoder<'a> {
    request: &'a Request,
    target: &'a Target<'a>,
}

impl Encoder<'_> {
    /// True if this target takes a feature.
    fn carries(&self, feature: Feature) -> bool {
        carries(self.target, feature)
    }

    fn write_settings(&self, body: &mut ObjectWriter<'_>) {
        let Request { sampling, candidates, logprobs, .. } = self.request;
        let kept = |feature: Feature| self.carries(feature).then_some(());
        body.number("max_tokens", self.request.max_output_tokens);
        body.json("temperature", sampling.temperature.as_ref()).json("top_p", sampling.top_p.as_ref());
        body.json("top_k", kept(Feature::TopK).and(sampling.top_k.as_ref()));
        body.json("min_p", kept(Feature::MinP).and(sampling.min_p.as_ref()));
        body.json("seed", sampling.seed.as_ref());
        body.json("presence_penalty", sampling.presence_penalty.as_ref());
        body.json("frequency_penalty", sampling.frequency_penalty.as_ref());
        body.json("logit_bias", kept(Feature::LogitBias).and(sampling.logit_bias.as_ref()));
        if !sampling.stop.is_empty() {
            body.array("stop", |stop| {
                sampling.stop.iter().for_each(|text| {
                    stop.text(text);
                });
            });
        }
        body.number("n", *candidates);
        if let Some(wish) = logprobs {
            body.bool("logprobs", true).number("top_logprobs", wish.top);
        }
        if let Some(wish) = &self.request.reasoning {
            self.write_reasoning(body, wish);
        }
        write_format(body, &self.request.output);
    }

    /// An effort in words; a budget in tokens only where the provider reads it.
    fn write_reasoning(&self, body: &mut ObjectWriter<'_>, wish: &ReasoningWish) {
        // A model that never thinks may refuse to be told not to (spec 03 §3.1).
        let is_off = wish.mode == Some(ReasoningMode::Disabled);
        let off = self.target.can_stop_thinking.then_some(Effort::None);
        let stated =
            if is_off { wish.effort.filter(|effort| *effort == Effort::None).or(off) } else { wish.effort };
        let budget = wish.budget_tokens.filter(|_| stated.is_none() && !is_off);
        let exact = budget.filter(|_| self.target.nested_reasoning);
        let effort = stated.or(budget.filter(|_| exact.is_none()).map(effort_of_budget));
        if effort.is_some() || exact.is_some() {
            body.object("reasoning", |reasoning| {
                reasoning.text("effort", effort.map(Effort::as_str)).number("max_tokens", exact);
            });
        }
    }

    fn write_hints(&self, body: &mut ObjectWriter<'_>) {
        let request = self.request;
        let kept = |feature: Feature| self.carries(feature).then_some(());
        let tier = request.service_tier.as_deref();
        let tier = tier.map(|tier| if tier == "standard_only" { "default" } else { tier });
        body.text("verbosity", request.verbosity.as_deref()).text("user", request.user.as_deref());
        body.json("metadata", kept(Feature::Metadata).and(request.metadata.as_ref()));
        body.text("service_tier", tier).bool("store", kept(Feature::Store).and(request.store));
        body.text("prompt_cache_key", request.prompt_cache_key.as_deref());
        body.json("cache_control", kept(Feature::CacheControl).and(request.cache_control.as_ref()));
        let safety = request.google.safety_settings.as_ref();
        body.json("safety_settings", kept(Feature::SafetySettings).and(safety));
        let cached = request.google.cached_content.as_deref();
        body.text("cached_content", kept(Feature::CachedContent).and(cached));
    }
}

/// True if a target takes a feature, by its dialect or by itself.
fn carries(target: &Target<'_>, feature: Feature) -> bool {
    let is_lost = matches!(fate(feature, CHAT), Fate::Dropped | Fate::Refused(_) | Fate::Unsupported(_));
    !is_lost || target.keeps.contains(&feature)
}

/// The effort that a budget stands for (spec 03 §3.1).
fn effort_of_budget(tokens: u64) -> Effort {
    match tokens {
        20_000.. => Effort::High,
        10_000.. => Effort::Medium,
        _ => Effort::Low,
    }
}

fn write_format(body: &mut ObjectWriter<'_>, output: &OutputFormat) {
    match output {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => {
            body.object("response_format", |format| {
                format.text("type", "json_object");
            });
        }
        OutputFormat::JsonSchema { name, description, schema, strict } => {
            body.object("response_format", |format| {
                format.text("type", "json_schema").object("json_schema", |member| {
                    // Chat demands a name; other dialects have none.
                    member.text("name", name.as_deref().unwrap_or("response"));
                    member.text("description", description.as_deref());
                    member.json("schema", schema).bool("strict", *strict);
                });
            });
        }
    }
}
