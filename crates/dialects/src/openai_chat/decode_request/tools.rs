//! Tools and the choice among them, in every spelling (spec 03 §§2.4, 4.4, B23, B27).
//! In: `tools`, the older `functions`, `web_search_options`; `tool_choice`, the older `function_call`. Out: `Request::tools` and
//! `tool_choice`. Invariant: a choice that demands a call has at least one tool to call.

use vocabulary::{ApiError, Dialect};

use crate::conversation::loss_table::Feature;
use crate::conversation::{HostedTool, Json, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{Kind, RawValue, object};
use crate::openai_chat::typed::{array, cache_control, members, object as as_object};
use crate::request::wrong_kind;

fn refuse(text: impl Into<String>, path: impl Into<String>) -> ApiError {
    ApiError::invalid_request(text.into()).with_param(path.into())
}

pub(super) fn read_tools(request: &mut Request, tools: RawValue<'_>) -> Result<(), ApiError> {
    array(tools, "tools")?;
    for (index, tool) in tools.elements().enumerate() {
        let path = format!("tools[{index}]");
        as_object(tool, &path)?;
        let kind = tool.get("type").and_then(|kind| kind.as_text()).unwrap_or_default();
        let tool = match kind.trim() {
            "function" => read_function_tool(request, tool, path)?,
            "" if tool.get("function").is_some() => read_function_tool(request, tool, path)?,
            "custom" => read_custom_tool(request, tool, path)?,
            kind if kind.starts_with("web_search") => hosted_search(request, tool, kind, path),
            kind => {
                let text = format!("unsupported tool type: {kind}");
                return Err(refuse(text, format!("{path}.type")));
            }
        };
        request.tools.push(tool);
    }
    Ok(())
}

/// The older `functions`: definitions without a wrapper.
pub(super) fn read_functions(request: &mut Request, functions: RawValue<'_>) -> Result<(), ApiError> {
    array(functions, "functions")?;
    for (index, function) in functions.elements().enumerate() {
        let path = format!("functions[{index}]");
        as_object(function, &path)?;
        let tool = read_function(function, &path, path.clone())?;
        request.tools.push(tool);
    }
    Ok(())
}

pub(super) fn read_web_search(request: &mut Request, options: RawValue<'_>) -> Result<(), ApiError> {
    const PATH: &str = "web_search_options";
    as_object(options, PATH)?;
    let tool = hosted_search(request, options, "web_search", PATH.to_owned());
    request.tools.push(tool);
    Ok(())
}

fn hosted_search(request: &mut Request, raw: RawValue<'_>, kind: &str, path: String) -> Tool {
    request.note(Feature::WebSearch, path.clone());
    let hosted = HostedTool { dialect: Dialect::OpenAiChat, is_web_search: true, raw: Json::of(raw) };
    let (name, kind) = (kind.into(), ToolKind::Hosted(hosted));
    Tool { kind, name, description: None, path, cache_control: None, extras: None }
}

fn read_function_tool(request: &mut Request, tool: RawValue<'_>, path: String) -> Result<Tool, ApiError> {
    let function = tool.get("function").filter(|function| function.kind() == Kind::Object);
    let inner = format!("{path}.function");
    let function = function.ok_or_else(|| refuse("tool.function must be an object", inner.clone()))?;
    let mut read = read_function(function, &inner, path)?;
    if matches!(read.kind, ToolKind::Function { strict: Some(true), .. }) {
        request.note(Feature::StrictTool, format!("{inner}.strict"));
    }
    read_beside(request, tool, &["type", "function"], &mut read)?;
    Ok(read)
}

fn read_function(function: RawValue<'_>, inner: &str, path: String) -> Result<Tool, ApiError> {
    let member = |key: &str| function.get(key).filter(|value| !value.is_null());
    let name = member("name").and_then(|name| name.as_text()).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| refuse("tool.function.name is required", format!("{inner}.name")))?;
    let parameters = member("parameters");
    if parameters.is_some_and(|parameters| parameters.kind() != Kind::Object) {
        let text = "tool.function.parameters must be an object";
        return Err(refuse(text, format!("{inner}.parameters")));
    }
    let strict = member("strict").and_then(|strict| strict.as_bool());
    Ok(Tool {
        kind: ToolKind::Function { parameters: parameters.map(Json::of), strict },
        name,
        description: member("description").and_then(|description| description.as_text()),
        path,
        cache_control: None,
        extras: None,
    })
}

fn read_custom_tool(request: &mut Request, tool: RawValue<'_>, path: String) -> Result<Tool, ApiError> {
    let inner = format!("{path}.custom");
    let custom = tool.get("custom").filter(|custom| custom.kind() == Kind::Object);
    let custom = custom.ok_or_else(|| refuse("tool.custom must be an object", inner.clone()))?;
    let member = |key: &str| custom.get(key).filter(|value| !value.is_null());
    let name = member("name").and_then(|name| name.as_text()).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| refuse("tool.custom.name is required", format!("{inner}.name")))?;
    request.note(Feature::CustomTool, path.clone());
    let mut read = Tool {
        kind: ToolKind::Custom { format: member("format").map(flat_format) },
        name,
        description: member("description").and_then(|description| description.as_text()),
        path,
        cache_control: None,
        extras: None,
    };
    read_beside(request, tool, &["type", "custom"], &mut read)?;
    Ok(read)
}

/// A grammar as the conversation has it, and Responses: `{"type":"grammar","syntax","definition"}` without chat's wrapper.
fn flat_format(format: RawValue<'_>) -> Json {
    let Some(grammar) = format.get("grammar").filter(|grammar| grammar.kind() == Kind::Object) else {
        return Json::of(format);
    };
    Json::written(object(|flat| {
        flat.text("type", "grammar");
        for key in ["syntax", "definition"] {
            flat.json(key, grammar.get(key).map(Json::of).as_ref());
        }
    }))
}

/// What stands beside the definition: a cache marker, and members that only one provider knows.
fn read_beside(
    request: &mut Request,
    tool: RawValue<'_>,
    known: &[&str],
    read: &mut Tool,
) -> Result<(), ApiError> {
    let mut extras = Vec::new();
    for (key, value) in members(tool) {
        let path = format!("{}.{key}", read.path);
        if key == "cache_control" {
            read.cache_control = Some(cache_control(value, &path)?);
            request.note(Feature::CacheControl, path);
        } else if !known.contains(&&*key) {
            extras.push((Text::from(&*key), Json::of(value)));
            request.note(Feature::ToolMember, path);
        }
    }
    read.extras = super::extras(extras);
    Ok(())
}

/// The choice as far as it was read.
#[derive(Default)]
pub(super) struct Choice {
    current: Option<ToolChoice>,
    /// The older `function_call`.
    legacy: Option<ToolChoice>,
    demands_hosted: bool,
}

impl Choice {
    pub(super) fn read(
        &mut self,
        request: &mut Request,
        key: &str,
        value: RawValue<'_>,
    ) -> Result<(), ApiError> {
        if key == "function_call" {
            self.legacy = read_legacy(value)?;
            return Ok(());
        }
        let kind = value.get("type").and_then(|kind| kind.as_text()).unwrap_or_default();
        if value.kind() == Kind::Object && kind.starts_with("web_search") {
            request.note(Feature::ForcedHostedTool, key);
            self.demands_hosted = true;
            return Ok(());
        }
        self.current = read_choice(value)?;
        if matches!(self.current, Some(ToolChoice::Allowed { .. })) {
            request.note(Feature::AllowedTools, key);
        }
        Ok(())
    }

    /// Sets the choice, now that all tools are known.
    pub(super) fn settle(self, request: &mut Request) -> Result<(), ApiError> {
        let choice = self.current.or(self.legacy).filter(|_| !self.demands_hosted);
        let may_call_nothing = matches!(choice, None | Some(ToolChoice::None | ToolChoice::Auto));
        if request.tools.is_empty() && !may_call_nothing {
            return Err(refuse("tool_choice requires at least one tool", "tool_choice"));
        }
        request.tool_choice = choice;
        Ok(())
    }
}

fn read_choice(value: RawValue<'_>) -> Result<Option<ToolChoice>, ApiError> {
    const PATH: &str = "tool_choice";
    if let Some(word) = value.as_str() {
        let choice =
            choice_of_word(word.trim()).or_else(|| word.trim().is_empty().then_some(ToolChoice::Auto));
        return choice.map(Some).ok_or_else(|| refuse("unsupported tool_choice value", PATH));
    }
    if value.kind() != Kind::Object {
        return Err(refuse("tool_choice must be a string or object", PATH));
    }
    let kind = value.get("type").and_then(|kind| kind.as_text()).unwrap_or_default();
    match kind.trim() {
        "function" => named(value, "function", "tool_choice.function.name").map(Some),
        "custom" => named(value, "custom", "tool_choice.custom.name").map(Some),
        "tool" => named(value, "function", "tool_choice.name").map(Some),
        "allowed_tools" => read_allowed(value.get("allowed_tools").unwrap_or(value)).map(Some),
        word => choice_of_word(word).map(Some).ok_or_else(|| refuse("unsupported tool_choice type", PATH)),
    }
}

fn choice_of_word(word: &str) -> Option<ToolChoice> {
    Some(match &*word.to_ascii_lowercase() {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" | "any" => ToolChoice::Required,
        _ => return None,
    })
}

/// A choice of one tool, whose name stands inside `wrapper` or beside `type`.
fn named(choice: RawValue<'_>, wrapper: &str, path: &str) -> Result<ToolChoice, ApiError> {
    let name = tool_name(choice, wrapper);
    name.map(ToolChoice::Tool).ok_or_else(|| refuse(format!("{path} is required"), path))
}

fn tool_name(tool: RawValue<'_>, wrapper: &str) -> Option<Text> {
    let named = |value: RawValue<'_>| value.get("name")?.as_text().filter(|name| !name.trim().is_empty());
    tool.get(wrapper).and_then(named).or_else(|| named(tool))
}

fn read_allowed(allowed: RawValue<'_>) -> Result<ToolChoice, ApiError> {
    const PATH: &str = "tool_choice.allowed_tools.tools";
    let tools = allowed.get("tools").filter(|tools| tools.kind() == Kind::Array);
    let tools = tools.ok_or_else(|| wrong_kind(PATH, "must be an array"))?;
    let name = |tool| tool_name(tool, "function").or_else(|| tool_name(tool, "custom"));
    let is_required = allowed.get("mode").is_some_and(|mode| mode.bytes() == br#""required""#);
    Ok(ToolChoice::Allowed { is_required, names: tools.elements().filter_map(name).collect() })
}

fn read_legacy(value: RawValue<'_>) -> Result<Option<ToolChoice>, ApiError> {
    const PATH: &str = "function_call";
    match value.as_str() {
        Some(word) => {
            choice_of_word(&word).map(Some).ok_or_else(|| wrong_kind(PATH, "must be \"none\" or \"auto\""))
        }
        None => named(value, "function", "function_call.name").map(Some),
    }
}
