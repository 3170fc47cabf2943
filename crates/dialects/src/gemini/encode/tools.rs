//! `tools` and `toolConfig` (spec 03 §4.4, B23).
//! In: the tools and the choice. Out: one entry with all functions, one per hosted tool. Invariant: a schema passes as it was spelt
//! but for its top level, where Google wants an object and no `$schema`.

use vocabulary::{ApiError, Dialect};

use super::{Elements, write_extras};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, HostedTool, Json, Losses, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{Kind, ObjectWriter, RawValue, object};
use crate::translate::{AnswerShape, Target, custom_input_schema};

/// Writes the tools.
pub(super) fn write(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
    shape: &mut AnswerShape,
) -> Result<Elements, ApiError> {
    let (mut functions, mut hosted) = (Elements::default(), Elements::default());
    let has_functions = request.tools.iter().any(is_function);
    for tool in &request.tools {
        match &tool.kind {
            ToolKind::Function { parameters, .. } => {
                let schema = parameters.as_ref().map(|schema| schema_of(schema, tool)).transpose()?.flatten();
                functions.push_object(|out| write_function(tool, schema.as_deref(), out));
            }
            ToolKind::Custom { format } => {
                shape.custom_tools.push(tool.name.clone());
                let schema = custom_input_schema(format.as_ref());
                functions.push_object(|out| write_function(tool, Some(&schema), out));
            }
            ToolKind::Hosted(own) if own.dialect == Dialect::Gemini => hosted.push(own.raw.as_bytes()),
            // Google does not run its search beside functions unless the client answers for both.
            ToolKind::Hosted(HostedTool { is_web_search: true, .. }) => {
                if target.has_web_search && !has_functions {
                    hosted.push(br#"{"google_search":{}}"#);
                } else {
                    losses.drop(Feature::WebSearch, &tool.path, Dialect::Gemini)?;
                }
            }
            // Named by the table.
            ToolKind::Hosted(_) => {}
        }
    }
    shape.first_call_only = has_functions && request.parallel_tool_calls == Some(false);
    let mut tools = Elements::default();
    if !functions.is_empty() {
        let functions = functions.into_array();
        tools.push_object(|out| {
            out.raw("functionDeclarations", &functions);
        });
    }
    if !hosted.is_empty() {
        let listed = hosted.into_array();
        // The elements without their brackets.
        tools.push(listed.get(1..listed.len() - 1).unwrap_or_default());
    }
    Ok(tools)
}

fn is_function(tool: &Tool) -> bool {
    !matches!(tool.kind, ToolKind::Hosted(_))
}

fn write_function(tool: &Tool, schema: Option<&[u8]>, out: &mut ObjectWriter<'_>) {
    out.text("name", &*tool.name).text("description", tool.description.as_deref());
    if let Some(schema) = schema {
        out.raw("parametersJsonSchema", schema);
    }
    for (name, value) in Extras::members_for(tool.extras.as_ref(), Dialect::Gemini) {
        out.json(name, value);
    }
}

/// A schema of arguments: an object, without `$schema`.
fn schema_of(schema: &Json, tool: &Tool) -> Result<Option<Vec<u8>>, ApiError> {
    let wrong = |rule: &str| ApiError::invalid_request(rule.to_owned()).with_param(tool.path.clone());
    if schema.kind() == Kind::Null {
        return Ok(None);
    }
    let Some(object) = schema.object() else {
        return Err(wrong("tool.function.parameters must be an object"));
    };
    let mut edits = object.edit();
    edits.remove("$schema");
    match object.get("type") {
        Some(value) if value.as_str().as_deref() == Some("object") => {}
        Some(value) if !names_object(value) => {
            return Err(wrong("tool.function.parameters must define an object schema"));
        }
        _ => edits.set("type", &br#""object""#[..]),
    }
    Ok(Some(edits.finish().concat()))
}

/// `["object","null"]`: arguments that may be left out.
fn names_object(value: RawValue<'_>) -> bool {
    value.elements().any(|element| element.as_str().as_deref() == Some("object"))
}

/// Writes the choice; `None` if there is nothing to say.
pub(super) fn write_choice(request: &Request) -> Result<Option<Vec<u8>>, ApiError> {
    let none: &[Text] = &[];
    let chosen = match &request.tool_choice {
        None => None,
        Some(ToolChoice::Auto) => Some(("AUTO", none)),
        Some(ToolChoice::None) => Some(("NONE", none)),
        Some(ToolChoice::Required) => Some(("ANY", none)),
        Some(ToolChoice::Tool(name)) => Some(("ANY", std::slice::from_ref(name))),
        Some(ToolChoice::Allowed { is_required: true, names }) => Some(("ANY", &names[..])),
        // The only mode that takes names and leaves the choice to the model.
        Some(ToolChoice::Allowed { is_required: false, names }) => Some(("VALIDATED", &names[..])),
    };
    let has_functions = request.tools.iter().any(is_function);
    let chosen = match chosen {
        Some(("ANY", _)) if !has_functions => {
            let path = request.path_of(Feature::ForcedHostedTool).to_owned();
            return Err(ApiError::invalid_request("tool_choice requires at least one tool").with_param(path));
        }
        chosen => chosen.filter(|_| has_functions),
    };
    let written = object(|config| {
        if let Some((mode, names)) = chosen {
            config.object("functionCallingConfig", |out| {
                out.text("mode", mode);
                if !names.is_empty() {
                    out.array("allowedFunctionNames", |out| {
                        names.iter().for_each(|name| {
                            out.text(name);
                        });
                    });
                }
            });
        }
        write_extras(request, config, "toolConfig.");
    });
    Ok((written != b"{}").then_some(written))
}
