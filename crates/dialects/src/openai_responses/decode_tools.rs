//! Tools and the choice among them (spec 03 §13.2, 04 §2.6).
//! In: `tools`, also those of an item `additional_tools`; `tool_choice`. Out: tools of the conversation, those of a namespace under
//! both names in one; hosted ones are kept whole. Invariant: a choice of a tool that is
//! not the client's own is no choice elsewhere, and is noted.

use std::collections::HashSet;

use vocabulary::{ApiError, Dialect};

use super::decode_request::flag;
use super::items::{filled, text};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Extras, HostedTool, Json, NamespacedTool, Request, Text, Tool, ToolChoice, ToolKind,
};
use crate::json::{Kind, RawValue};
use crate::request::{check, wrong_kind};

/// Reads `tools`, which stand at `path`. A namespace counts as the tools in it.
pub(super) fn read(tools: RawValue<'_>, path: &str, request: &mut Request) -> Result<(), ApiError> {
    for (index, tool) in tools.elements().enumerate() {
        let path = format!("{path}[{index}]");
        let inner = tool.get("tools").is_some_and(|tools| tools.elements().next().is_some());
        match filled(tool, "name").filter(|_| inner && text(tool, "type").trim() == "namespace") {
            Some(namespace) => read_namespace(tool, &namespace, &path, request)?,
            None => {
                let tool = read_tool(tool, path, request)?;
                request.tools.push(tool);
            }
        }
    }
    Ok(())
}

/// Of tools with one name the last one is meant: items add tools in mid-conversation, and may do so again.
pub(super) fn keep_last_of_each_name(tools: &mut Vec<Tool>) {
    let mut known: HashSet<Text> = HashSet::new();
    let mut kept: Vec<Tool> = std::mem::take(tools)
        .into_iter()
        .rev()
        .filter(|tool| !is_own(tool) || known.insert(tool.name.clone()))
        .collect();
    kept.reverse();
    *tools = kept;
}

fn is_own(tool: &Tool) -> bool {
    !matches!(tool.kind, ToolKind::Hosted(_))
}

fn read_tool(tool: RawValue<'_>, path: String, request: &mut Request) -> Result<Tool, ApiError> {
    match text(tool, "type").trim() {
        "function" => function(tool, path, request),
        "custom" => custom(tool, path, request),
        other => Ok(hosted(tool, other, path, request)),
    }
}

/// No other dialect groups tools, and a client that does (Codex, for the tools of its MCP servers) has no others for the work.
fn read_namespace(
    namespace: RawValue<'_>,
    name: &Text,
    path: &str,
    request: &mut Request,
) -> Result<(), ApiError> {
    request.note(Feature::ToolNamespace, path);
    let tools = namespace.get("tools").into_iter().flat_map(|tools| tools.elements());
    for (index, tool) in tools.enumerate() {
        let mut tool = read_tool(tool, format!("{path}.tools[{index}]"), request)?;
        if is_own(&tool) {
            let named = NamespacedTool::new(name.clone(), tool.name);
            tool.name = named.qualified.clone();
            request.namespaced_tools.push(named);
        }
        request.tools.push(tool);
    }
    Ok(())
}

/// The names of the tools that the client runs itself.
pub(super) fn names(tools: RawValue<'_>) -> Vec<Text> {
    let own = tools.elements().filter(|tool| matches!(text(*tool, "type").trim(), "function" | "custom"));
    own.filter_map(|tool| filled(tool.get("function").unwrap_or(tool), "name")).collect()
}

fn function(tool: RawValue<'_>, path: String, request: &mut Request) -> Result<Tool, ApiError> {
    // The nested form is chat's.
    let nested = tool.get("function").filter(|function| function.kind() == Kind::Object);
    let body = nested.unwrap_or(tool);
    let inner = if nested.is_some() { format!("{path}.function") } else { path.clone() };
    let parameters = body.get("parameters").filter(|parameters| !parameters.is_null());
    let parameters_path = format!("{inner}.parameters");
    check(parameters, &parameters_path, |value| value.kind() == Kind::Object, "must be an object")?;
    let strict_path = format!("{inner}.strict");
    let strict = flag(body.get("strict"), &strict_path)?;
    if strict == Some(true) {
        request.note(Feature::StrictTool, strict_path);
    }
    let kind = ToolKind::Function { parameters: parameters.map(Json::of), strict };
    let held = ["type", "function", "name", "description", "parameters", "strict", "cache_control"];
    named(tool, body, kind, &held, (path, &inner), request)
}

fn custom(tool: RawValue<'_>, path: String, request: &mut Request) -> Result<Tool, ApiError> {
    request.note(Feature::CustomTool, path.clone());
    let format = tool.get("format").filter(|format| !format.is_null()).map(Json::of);
    let held = ["type", "name", "description", "format", "cache_control"];
    let inner = path.clone();
    named(tool, tool, ToolKind::Custom { format }, &held, (path, &inner), request)
}

/// A tool with a name. `body` is where the name stands: the tool, or what is nested in it.
fn named(
    tool: RawValue<'_>,
    body: RawValue<'_>,
    kind: ToolKind,
    held: &[&str],
    (path, inner): (String, &str),
    request: &mut Request,
) -> Result<Tool, ApiError> {
    let name = filled(body, "name")
        .ok_or_else(|| wrong_kind(format!("{inner}.name"), "must be a string that is not empty"))?;
    let mut members = Vec::new();
    for (key, value) in tool.members().filter(|(key, value)| !held.contains(key) && !value.is_null()) {
        request.note(Feature::ToolMember, format!("{path}.{key}"));
        members.push((Text::from(key), Json::of(value)));
    }
    let cache_control =
        tool.get("cache_control").filter(|marker| marker.kind() == Kind::Object).map(Json::of);
    if cache_control.is_some() {
        request.note(Feature::CacheControl, format!("{path}.cache_control"));
    }
    let extras = (!members.is_empty()).then_some(Extras { dialect: Dialect::OpenAiResponses, members });
    let description = body.get("description").and_then(|words| words.as_text());
    Ok(Tool { kind, name, description, path, cache_control, extras })
}

fn hosted(tool: RawValue<'_>, tool_type: &str, path: String, request: &mut Request) -> Tool {
    let is_web_search = tool_type.starts_with("web_search");
    request.note(if is_web_search { Feature::WebSearch } else { Feature::HostedTool }, path.clone());
    let hosted = HostedTool { dialect: Dialect::OpenAiResponses, is_web_search, raw: Json::of(tool) };
    Tool {
        kind: ToolKind::Hosted(hosted),
        name: tool_type.into(),
        description: None,
        path,
        cache_control: None,
        extras: None,
    }
}

/// Reads `tool_choice`. `names` are the client's own tools, if any tools were given. False if the choice was only noted.
pub(super) fn read_choice(
    choice: RawValue<'_>,
    names: Option<&[Text]>,
    request: &mut Request,
) -> Result<bool, ApiError> {
    let word = if choice.kind() == Kind::Object { filled(choice, "type") } else { choice.as_text() };
    let word = word.unwrap_or_default();
    let found = match (word.trim(), choice.kind()) {
        ("auto", _) => Some(ToolChoice::Auto),
        ("none", _) => Some(ToolChoice::None),
        ("required", _) => Some(ToolChoice::Required),
        ("function" | "custom", Kind::Object) => {
            let body = choice.get("function").or(choice.get("custom")).unwrap_or(choice);
            let name = filled(body, "name")
                .ok_or_else(|| wrong_kind("tool_choice.name", "must be a string that is not empty"))?;
            let is_known = names.is_none_or(|names| names.contains(&name));
            is_known.then_some(ToolChoice::Tool(name))
        }
        ("allowed_tools", Kind::Object) => allowed(choice),
        _ => None,
    };
    match &found {
        Some(ToolChoice::Allowed { .. }) => request.note(Feature::AllowedTools, "tool_choice"),
        Some(_) => {}
        None => request.note(Feature::HostedToolChoice, "tool_choice"),
    }
    request.tool_choice = found;
    Ok(request.tool_choice.is_some())
}

/// A choice among the client's own tools; `None` if it names none of them.
fn allowed(choice: RawValue<'_>) -> Option<ToolChoice> {
    // The nested form is chat's.
    let body = choice.get("allowed_tools").filter(|nested| nested.kind() == Kind::Object).unwrap_or(choice);
    let names = body.get("tools").map(names)?;
    let is_required = text(body, "mode").trim() == "required";
    (!names.is_empty()).then_some(ToolChoice::Allowed { is_required, names })
}
