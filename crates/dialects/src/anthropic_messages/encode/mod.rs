//! The conversation to a request for an upstream that speaks this dialect.
//! In: a request, the target, the losses so far. Out: the body; in `shape`, what must be done to the answer's form.
//! Invariants: what the table of losses keeps is written; what this one model refuses is dropped and named, or a 400 with the texts
//! of the spec; extras are written only if they came from this dialect. Nothing here knows a model id.
//! Source: spec 03 §§2.2–2.6 with B1–B3, B8–B11, B23, B35.

mod media;
mod messages;
mod schema;
mod structured;
mod thinking;
mod tools;

use vocabulary::{ApiError, Dialect};

use super::blocks::OURS;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Json, Losses, Request, Text};
use crate::json::{ObjectWriter, object};
use crate::model_traits::claude::{ClaudeTraits, claude};
use crate::translate::{AnswerShape, Target};

use messages::Conversation;
use structured::Structured;
use thinking::Thinking;
use tools::Tools;

/// Writes a request.
///
/// # Errors
/// 400 for what the dialect or the model cannot take.
pub fn encode_request(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
    shape: &mut AnswerShape,
) -> Result<Vec<u8>, ApiError> {
    let traits = claude(target.model);
    let mut conversation = Conversation::of(request, &traits)?;
    let mut tools = Tools::of(request, target, &traits, losses, shape)?;
    let structured = Structured::of(request, &traits, &mut tools, shape)?;
    conversation.instruct(structured.instruction);
    let thinking = Thinking::of(request, target, &traits, tools.choice.is_forced(), losses)?;
    let sampling = Sampling::of(request, &traits, thinking.is_on(), losses)?;
    let stops = stop_sequences(request, losses)?;
    Ok(object(|body| {
        body.text("model", target.model).number("max_tokens", thinking.max_tokens);
        conversation.write(body);
        tools.write(body);
        thinking.write(body);
        write_output_config(body, &thinking, structured.format.as_ref());
        body.json("temperature", sampling.temperature).json("top_p", sampling.top_p);
        body.json("top_k", sampling.top_k);
        write_stop(body, &stops);
        if let Some(user) = &request.user {
            body.object("metadata", |metadata| {
                metadata.text("user_id", &**user);
            });
        }
        body.json("cache_control", request.cache_control.as_ref());
        for (key, value) in Extras::members_for(request.extras.as_ref(), OURS) {
            body.json(key, value);
        }
        if request.stream {
            body.bool("stream", true);
        }
    }))
}

fn write_output_config(body: &mut ObjectWriter<'_>, thinking: &Thinking, format: Option<&Json>) {
    if thinking.effort.is_none() && format.is_none() {
        return;
    }
    body.object("output_config", |config| {
        config.text("effort", thinking.effort.map(|effort| effort.as_str()));
        if let Some(schema) = format {
            config.object("format", |format| {
                format.text("type", "json_schema").json("schema", schema);
            });
        }
    });
}

/// The stop sequences without those of white space alone, which are refused upstream.
fn stop_sequences<'r>(request: &'r Request, losses: &mut Losses) -> Result<Vec<&'r Text>, ApiError> {
    let all = &request.sampling.stop;
    let (kept, blank): (Vec<_>, Vec<_>) =
        all.iter().enumerate().partition(|(_, stop)| !stop.trim().is_empty());
    let path = request.path_of(Feature::StopSequences);
    for (index, _) in blank {
        let path = if all.len() == 1 { path.to_owned() } else { format!("{path}[{index}]") };
        losses.drop(Feature::StopSequences, &path, OURS)?;
    }
    Ok(kept.into_iter().map(|(_, stop)| stop).collect())
}

fn write_stop(body: &mut ObjectWriter<'_>, stops: &[&Text]) {
    if !stops.is_empty() {
        body.array("stop_sequences", |array| {
            stops.iter().for_each(|stop| {
                array.text(stop);
            });
        });
    }
}

/// Sampling as far as the model takes it.
struct Sampling<'r> {
    temperature: Option<&'r Json>,
    top_p: Option<&'r Json>,
    top_k: Option<&'r Json>,
}

impl<'r> Sampling<'r> {
    /// While a model thinks, the temperature is 1, `top_p` at least 0.95, and there is no `top_k`; the newest models take
    /// nothing but the defaults at any time.
    fn of(
        request: &'r Request,
        traits: &ClaudeTraits,
        is_thinking: bool,
        losses: &mut Losses,
    ) -> Result<Self, ApiError> {
        let wish = &request.sampling;
        let mut sampling = Self {
            temperature: wish.temperature.as_ref(),
            top_p: wish.top_p.as_ref(),
            top_k: wish.top_k.as_ref(),
        };
        let is_fixed = !traits.has_sampling;
        if !is_fixed && !is_thinking {
            return Ok(sampling);
        }
        let least_top_p = if is_fixed { 1.0 } else { 0.95 };
        let mut drop = |feature| losses.drop(feature, request.path_of(feature), Dialect::AnthropicMessages);
        if sampling.temperature.and_then(Json::as_f64).is_some_and(|temperature| temperature != 1.0) {
            drop(Feature::Temperature)?;
            sampling.temperature = None;
        }
        if sampling.top_p.and_then(Json::as_f64).is_some_and(|top_p| top_p < least_top_p) {
            drop(Feature::TopP)?;
            sampling.top_p = None;
        }
        if sampling.top_k.take().is_some() {
            drop(Feature::TopK)?;
        }
        Ok(sampling)
    }
}
