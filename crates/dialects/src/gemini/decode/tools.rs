//! `tools` and `toolConfig` (spec 03 §4.4 read backwards).
//! In: the two members. Out: tools with their paths, and the choice. Invariant: one element of `tools` may hold functions and
//! hosted tools at once; each becomes a tool of its own.

use vocabulary::{ApiError, Dialect};

use super::super::spelling::{expect, fields, get, name, text, texts};
use super::keep_extra;
use super::schema::to_json_schema;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, HostedTool, Json, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{Kind, RawValue, object};
use crate::request::wrong_kind;

/// Reads `tools`.
pub(super) fn read(request: &mut Request, tools: RawValue<'_>) -> Result<(), ApiError> {
    expect(tools, Kind::Array, "tools")?;
    for (index, tool) in tools.elements().enumerate() {
        let path = format!("tools[{index}]");
        expect(tool, Kind::Object, &path)?;
        for (kind, value) in fields(tool) {
            let path = format!("{path}.{kind}");
            if kind == "functionDeclarations" {
                expect(value, Kind::Array, &path)?;
                for (number, declared) in value.elements().enumerate() {
                    read_function(request, declared, format!("{path}[{number}]"))?;
                }
            } else {
                read_hosted(request, &kind, value, path);
            }
        }
    }
    Ok(())
}

fn read_function(request: &mut Request, declared: RawValue<'_>, path: String) -> Result<(), ApiError> {
    expect(declared, Kind::Object, &path)?;
    let name = name(get(declared, "name"), &format!("{path}.name"))?;
    let (mut description, mut parameters, mut beside) = (None, None, Vec::new());
    for (key, value) in fields(declared) {
        let at = format!("{path}.{key}");
        match &*key {
            "name" => {}
            "description" => description = Some(text(value, &at)?),
            "parameters" => {
                expect(value, Kind::Object, &at)?;
                parameters = Some(to_json_schema(value));
            }
            "parametersJsonSchema" => {
                expect(value, Kind::Object, &at)?;
                parameters = Some(Json::of(value));
            }
            _ => {
                request.note(Feature::ToolMember, at);
                beside.push((Text::from(&*key), Json::of(value)));
            }
        }
    }
    let extras = (!beside.is_empty()).then_some(Extras { dialect: Dialect::Gemini, members: beside });
    let kind = ToolKind::Function { parameters, strict: None };
    request.tools.push(Tool { kind, name, description, path, cache_control: None, extras });
    Ok(())
}

fn read_hosted(request: &mut Request, kind: &str, value: RawValue<'_>, path: String) {
    let is_web_search = matches!(kind, "googleSearch" | "googleSearchRetrieval");
    request.note(if is_web_search { Feature::WebSearch } else { Feature::HostedTool }, path.clone());
    let raw = Json::written(object(|tool| {
        tool.raw(kind, value.bytes());
    }));
    let hosted = HostedTool { dialect: Dialect::Gemini, is_web_search, raw };
    let (kind, name) = (ToolKind::Hosted(hosted), kind.into());
    request.tools.push(Tool { kind, name, description: None, path, cache_control: None, extras: None });
}

/// Reads `toolConfig`.
pub(super) fn read_choice(request: &mut Request, config: RawValue<'_>) -> Result<(), ApiError> {
    expect(config, Kind::Object, "toolConfig")?;
    for (name, value) in fields(config) {
        let path = format!("toolConfig.{name}");
        if name != "functionCallingConfig" {
            keep_extra(request, path, value);
            continue;
        }
        expect(value, Kind::Object, &path)?;
        let names = get(value, "allowedFunctionNames");
        let at = format!("{path}.allowedFunctionNames");
        let names = names.map(|names| texts(names, &at)).transpose()?.unwrap_or_default();
        let mode = get(value, "mode").map(|mode| text(mode, &format!("{path}.mode"))).transpose()?;
        request.tool_choice = choice_of(mode.as_deref().unwrap_or_default(), names, &path)?;
        if matches!(request.tool_choice, Some(ToolChoice::Allowed { .. })) {
            request.note(Feature::AllowedTools, at);
        }
    }
    Ok(())
}

fn choice_of(mode: &str, mut names: Vec<Text>, path: &str) -> Result<Option<ToolChoice>, ApiError> {
    Ok(Some(match (mode.to_ascii_uppercase().as_str(), names.len()) {
        ("" | "MODE_UNSPECIFIED", _) => return Ok(None),
        ("AUTO" | "VALIDATED", 0) | ("AUTO", _) => ToolChoice::Auto,
        ("VALIDATED", _) => ToolChoice::Allowed { is_required: false, names },
        ("ANY", 0) => ToolChoice::Required,
        ("ANY", 1) => ToolChoice::Tool(names.remove(0)),
        ("ANY", _) => ToolChoice::Allowed { is_required: true, names },
        ("NONE", _) => ToolChoice::None,
        _ => return Err(wrong_kind(format!("{path}.mode"), "must be AUTO, ANY, NONE or VALIDATED")),
    }))
}
