//! The tools of a request, and whether the model must call one.
//! In: `tools`, `tool_choice`. Out: tools of the conversation, with a note on what other dialects lack.
//! Invariant (04-B22): a tool that runs at the provider is a hint, unless it is the only tool or the one that must be called.

use vocabulary::ApiError;

use super::super::blocks::{OURS, present, text_of, type_of};
use super::{boolean, cache_control, elements, invalid};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, HostedTool, Json, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{Kind, RawObject, RawValue};
use crate::request::wrong_kind;

pub(super) fn read(
    request: &mut Request,
    value: RawValue<'_>,
    choice: Option<RawValue<'_>>,
) -> Result<(), ApiError> {
    let tools: Vec<_> = elements(value, "tools")?.collect();
    let is_alone = tools.iter().all(|tool| is_hosted(*tool));
    let forced = choice.filter(|choice| &*type_of(*choice) == "tool").map(|choice| text_of(choice, "name"));
    for (index, tool) in tools.into_iter().enumerate() {
        let path = format!("tools[{index}]");
        if tool.kind() != Kind::Object {
            return Err(wrong_kind(path, "must be an object"));
        }
        if is_hosted(tool) {
            let is_forced = forced.as_ref().is_some_and(|name| *name == text_of(tool, "name"));
            read_hosted(request, tool, path, is_alone, is_forced);
        } else {
            read_function(request, tool, path)?;
        }
    }
    Ok(())
}

/// `type` absent, blank or `custom` is the caller's own tool.
fn is_hosted(tool: RawValue<'_>) -> bool {
    !matches!(type_of(tool).trim(), "" | "custom")
}

fn read_hosted(request: &mut Request, tool: RawValue<'_>, path: String, is_alone: bool, is_forced: bool) {
    let name = type_of(tool);
    let is_web_search = name.starts_with("web_search");
    let feature = match (is_forced, is_alone, is_web_search) {
        (true, ..) | (false, true, false) => Feature::ForcedHostedTool,
        (false, true, true) => Feature::ForcedWebSearch,
        (false, false, true) => Feature::WebSearch,
        (false, false, false) => Feature::HostedTool,
    };
    let refusal = format!(
        "{path}: server tool type \"{name}\" is not supported; use the /p/anthropic/v1/messages passthrough for \
         provider-native features"
    );
    request.note_with(feature, path.clone(), refusal);
    let hosted = HostedTool { dialect: OURS, is_web_search, raw: Json::of(tool) };
    let kind = ToolKind::Hosted(hosted);
    request.tools.push(Tool { kind, name, description: None, path, cache_control: None, extras: None });
}

fn read_function(request: &mut Request, tool: RawValue<'_>, path: String) -> Result<(), ApiError> {
    let name = text_of(tool, "name");
    if name.trim().is_empty() {
        return Err(invalid(format!("{path}: name is required"), format!("{path}.name")));
    }
    let schema = present(tool, "input_schema");
    if schema.is_some_and(|schema| schema.kind() != Kind::Object) {
        return Err(wrong_kind(format!("{path}.input_schema"), "must be an object"));
    }
    let strict = present(tool, "strict").and_then(|strict| strict.as_bool());
    if strict.is_some() {
        request.note(Feature::StrictTool, format!("{path}.strict"));
    }
    let marker_path = format!("{path}.cache_control");
    let cache_control = cache_control(request, tool.get("cache_control"), &format!("{path}: "), marker_path)?;
    let extras = other_members(request, tool, &path);
    let kind = ToolKind::Function { parameters: schema.map(Json::of), strict };
    let description = present(tool, "description").and_then(|description| description.as_text());
    request.tools.push(Tool { kind, name, description, path, cache_control, extras });
    Ok(())
}

fn other_members(request: &mut Request, tool: RawValue<'_>, path: &str) -> Option<Extras> {
    const KNOWN: [&str; 6] = ["type", "name", "description", "input_schema", "strict", "cache_control"];
    let object = RawObject::scan(tool.slice()).ok()?;
    let mut members = Vec::new();
    for member in object.members().filter(|member| !member.value().is_null()) {
        let key = member.key();
        if !KNOWN.contains(&&*key) {
            request.note(Feature::ToolMember, format!("{path}.{key}"));
            members.push((Text::from(&*key), Json::of(member.value())));
        }
    }
    Some(Extras { dialect: OURS, members }).filter(|extras| !extras.members.is_empty())
}

/// A `tool` without a name is `auto`; a type that nobody knows is no choice.
pub(super) fn read_choice(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    if value.kind() != Kind::Object {
        return Err(wrong_kind("tool_choice", "must be an object"));
    }
    let name = text_of(value, "name");
    request.tool_choice = match &*type_of(value) {
        "auto" => Some(ToolChoice::Auto),
        "any" => Some(ToolChoice::Required),
        "none" => Some(ToolChoice::None),
        "tool" if name.trim().is_empty() => Some(ToolChoice::Auto),
        "tool" => Some(ToolChoice::Tool(name)),
        _ => None,
    };
    const SINGLE: &str = "tool_choice.disable_parallel_tool_use";
    let single = present(value, "disable_parallel_tool_use");
    if single.map(|single| boolean(single, SINGLE)).transpose()? == Some(true) {
        request.parallel_tool_calls = Some(false);
        request.note(Feature::ParallelToolCalls, SINGLE);
    }
    Ok(())
}
