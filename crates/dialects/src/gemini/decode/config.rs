//! `generationConfig` (spec 03 §4.5 read backwards).
//! In: the object. Out: members of the request. Invariant: each member is noted under its path, also those that every target has,
//! since a model may refuse what its dialect knows.

use vocabulary::ApiError;

use super::super::spelling::{count, expect, fields, flag, number, text, texts};
use super::keep_extra;
use super::schema::to_json_schema;
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Effort, Json, LogprobsWish, Number, OutputFormat, ReasoningMode, ReasoningWish, Request, Text,
};
use crate::json::{Kind, RawValue, object};
use crate::request::wrong_kind;

/// What decides the form of the answer, wherever its members stand.
#[derive(Default)]
struct Form {
    media_type: Option<(Text, String)>,
    schema: Option<(Json, String)>,
}

/// Reads the object.
pub(super) fn read(request: &mut Request, config: RawValue<'_>) -> Result<(), ApiError> {
    expect(config, Kind::Object, "generationConfig")?;
    let (mut form, mut logprobs) = (Form::default(), (None, None));
    for (name, value) in fields(config) {
        let path = format!("generationConfig.{name}");
        if read_sampling(request, &name, value, &path)? {
            continue;
        }
        match &*name {
            "maxOutputTokens" => {
                request.max_output_tokens = Some(count(value, &path)?);
                request.note(Feature::MaxOutputTokens, path);
            }
            "candidateCount" => read_candidates(request, value, path)?,
            "responseLogprobs" => logprobs.0 = Some(flag(value, &path)?),
            "logprobs" => logprobs.1 = Some(count(value, &path)?),
            "thinkingConfig" => read_thinking(request, value, &path)?,
            "responseMimeType" => form.media_type = Some((text(value, &path)?, path)),
            "responseSchema" => {
                expect(value, Kind::Object, &path)?;
                form.schema = Some((to_json_schema(value), path));
            }
            "responseJsonSchema" | "_responseJsonSchema" => {
                expect(value, Kind::Object, &path)?;
                form.schema = Some((Json::of(value), path));
            }
            "responseModalities" => read_modalities(request, value, &path)?,
            _ => keep_extra(request, path, value),
        }
    }
    if logprobs.0 == Some(true) {
        request.logprobs = Some(LogprobsWish { top: logprobs.1 });
        request.note(Feature::Logprobs, "generationConfig.responseLogprobs");
    }
    read_form(request, form)
}

/// Reads what decides how tokens are chosen. False if the member is another.
fn read_sampling(
    request: &mut Request,
    name: &str,
    value: RawValue<'_>,
    path: &str,
) -> Result<bool, ApiError> {
    let sampling = &mut request.sampling;
    let (slot, feature): (&mut Option<Number>, Feature) = match name {
        "temperature" => (&mut sampling.temperature, Feature::Temperature),
        "topP" => (&mut sampling.top_p, Feature::TopP),
        "topK" => (&mut sampling.top_k, Feature::TopK),
        "seed" => (&mut sampling.seed, Feature::Seed),
        "presencePenalty" => (&mut sampling.presence_penalty, Feature::PresencePenalty),
        "frequencyPenalty" => (&mut sampling.frequency_penalty, Feature::FrequencyPenalty),
        "stopSequences" => {
            sampling.stop = texts(value, path)?;
            if !sampling.stop.is_empty() {
                request.note(Feature::StopSequences, path);
            }
            return Ok(true);
        }
        _ => return Ok(false),
    };
    *slot = Some(number(value, path)?);
    request.note(feature, path);
    Ok(true)
}

fn read_candidates(request: &mut Request, value: RawValue<'_>, path: String) -> Result<(), ApiError> {
    let candidates = count(value, &path)?;
    request.candidates = Some(candidates);
    if candidates > 1 {
        request.note(Feature::Candidates, path);
    }
    Ok(())
}

/// Everything but text is an answer that no translation has.
fn read_modalities(request: &mut Request, value: RawValue<'_>, path: &str) -> Result<(), ApiError> {
    let is_text = |modality: &Text| {
        ["TEXT", "MODALITY_UNSPECIFIED"].iter().any(|known| modality.eq_ignore_ascii_case(known))
    };
    if !texts(value, path)?.iter().all(is_text) {
        request.note(Feature::OutputModalities, path);
    }
    Ok(())
}

fn read_form(request: &mut Request, form: Form) -> Result<(), ApiError> {
    let media_type = form.media_type.as_ref().map(|(text, path)| (text.trim().to_ascii_lowercase(), path));
    match (media_type.as_ref().map(|(text, path)| (text.as_str(), path)), form.schema) {
        (Some(("text/x.enum", path)), _) => {
            let refusal = format!("{path}: text/x.enum is only supported by Gemini models");
            request.note_with(Feature::OutputModalities, path.as_str(), refusal);
        }
        (None | Some(("application/json" | "" | "text/plain", _)), Some((schema, path))) => {
            request.note(Feature::JsonSchema, path);
            request.output = OutputFormat::JsonSchema { name: None, description: None, schema, strict: None };
        }
        (Some(("application/json", path)), None) => {
            request.note(Feature::JsonObject, path.as_str());
            request.output = OutputFormat::JsonObject;
        }
        (None | Some(("" | "text/plain", _)), None) => {}
        (Some((_, path)), _) => {
            return Err(wrong_kind(path.as_str(), "must be text/plain, application/json or text/x.enum"));
        }
    }
    Ok(())
}

fn read_thinking(request: &mut Request, config: RawValue<'_>, path: &str) -> Result<(), ApiError> {
    expect(config, Kind::Object, path)?;
    let mut wish = ReasoningWish::default();
    let members = fields(config);
    for (name, value) in &members {
        let (value, path) = (*value, format!("{path}.{name}"));
        match &**name {
            "thinkingBudget" => read_budget(request, &mut wish, value, path)?,
            "thinkingLevel" => read_level(request, &mut wish, value, path)?,
            "includeThoughts" => {
                wish.include_thoughts = Some(flag(value, &path)?);
                if wish.include_thoughts == Some(true) {
                    request.note(Feature::ReasoningSummary, path);
                }
            }
            _ => request.note(Feature::UnknownMember, path),
        }
    }
    request.reasoning = Some(wish);
    request.google.thinking_config = Some(Json::written(object(|config| {
        for (name, value) in &members {
            config.raw(name, value.bytes());
        }
    })));
    Ok(())
}

/// −1 leaves it to the model, 0 turns thinking off.
fn read_budget(
    request: &mut Request,
    wish: &mut ReasoningWish,
    value: RawValue<'_>,
    path: String,
) -> Result<(), ApiError> {
    let budget = number(value, &path)?;
    wish.mode = Some(match budget.as_u64() {
        _ if budget.as_str() == "-1" => ReasoningMode::Adaptive,
        Some(0) => ReasoningMode::Disabled,
        Some(tokens) => {
            wish.budget_tokens = Some(tokens);
            ReasoningMode::Enabled
        }
        None => return Err(wrong_kind(path, "must be a whole number from -1")),
    });
    request.note(Feature::ReasoningBudget, path);
    Ok(())
}

fn read_level(
    request: &mut Request,
    wish: &mut ReasoningWish,
    value: RawValue<'_>,
    path: String,
) -> Result<(), ApiError> {
    let word = text(value, &path)?.to_ascii_lowercase();
    if word != "thinking_level_unspecified" {
        let known = Effort::parse(word.strip_prefix("thinking_level_").unwrap_or(&word));
        wish.effort = Some(known.ok_or_else(|| wrong_kind(path.as_str(), "is no level of thinking"))?);
        request.note(Feature::ReasoningEffort, path);
    }
    Ok(())
}
