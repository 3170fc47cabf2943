//! What a request says of the answer: whether to think, how hard, and in which form.
//! In: `thinking`, `output_config`, `output_format`. Out: the wishes of the conversation.
//! Invariant (03-B35): effort and budget are kept as they came, neither is computed from the other here.

use vocabulary::ApiError;

use super::super::blocks::{present, text_of};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Effort, Json, OutputFormat, ReasoningMode, ReasoningWish, Request};
use crate::json::{Kind, RawObject, RawValue};
use crate::request::wrong_kind;

pub(super) fn read_thinking(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    if value.kind() != Kind::Object {
        return Err(wrong_kind("thinking", "must be an object"));
    }
    let mode = match &*text_of(value, "type") {
        "disabled" => ReasoningMode::Disabled,
        "adaptive" => ReasoningMode::Adaptive,
        _ => ReasoningMode::Enabled,
    };
    let budget = present(value, "budget_tokens");
    let budget_tokens = budget.and_then(|budget| budget.as_u64());
    if budget.is_some() && budget_tokens.is_none() {
        return Err(wrong_kind("thinking.budget_tokens", "must be a positive integer"));
    }
    let display = present(value, "display").and_then(|display| display.as_text());
    let wish = request.reasoning.get_or_insert_default();
    wish.mode = Some(mode);
    wish.budget_tokens = budget_tokens.filter(|_| mode == ReasoningMode::Enabled);
    wish.include_thoughts = display.map(|display| &*display != "omitted");
    if wish.budget_tokens.is_some() {
        request.note(Feature::ReasoningBudget, "thinking.budget_tokens");
    }
    Ok(())
}

pub(super) fn read_config(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    if value.kind() != Kind::Object {
        return Err(wrong_kind("output_config", "must be an object"));
    }
    let Ok(config) = RawObject::scan(value.slice()) else { return Ok(()) };
    for member in config.members().filter(|member| !member.value().is_null()) {
        match &*member.key() {
            "effort" => read_effort(request, member.value()),
            "format" => read_format(request, member.value(), "output_config.format")?,
            key => request.note(Feature::UnknownMember, format!("output_config.{key}")),
        }
    }
    Ok(())
}

/// A level that nobody here knows is left out and named, as a newer model may have it.
fn read_effort(request: &mut Request, value: RawValue<'_>) {
    match value.as_str().and_then(|word| Effort::parse(&word)) {
        Some(effort) => {
            request.reasoning.get_or_insert_with(ReasoningWish::default).effort = Some(effort);
            request.note(Feature::ReasoningEffort, "output_config.effort");
        }
        None => request.note(Feature::UnknownMember, "output_config.effort"),
    }
}

pub(super) fn read_format(request: &mut Request, value: RawValue<'_>, path: &str) -> Result<(), ApiError> {
    if value.kind() != Kind::Object {
        return Err(wrong_kind(path, "must be an object"));
    }
    match &*text_of(value, "type") {
        "json_schema" => {
            let Some(schema) = value.get("schema").filter(|schema| schema.kind() == Kind::Object) else {
                return Err(wrong_kind(format!("{path}.schema"), "must be an object"));
            };
            let (name, description) = (None, None);
            request.output =
                OutputFormat::JsonSchema { name, description, schema: Json::of(schema), strict: Some(true) };
            request.note(Feature::JsonSchema, path);
            Ok(())
        }
        "text" | "" => Ok(()),
        _ => Err(wrong_kind(format!("{path}.type"), "must be \"json_schema\"")),
    }
}
