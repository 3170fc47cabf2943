//! Tools and the choice among them, in the flat form of this dialect.
//! In: the conversation's tools. Out: `tools`, `tool_choice`, `parallel_tool_calls`. Invariant: without a tool there is neither a
//! choice nor a word about parallel calls.

use std::collections::HashSet;

use vocabulary::{ApiError, Dialect};

use super::encode_request::own_member;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Json, Losses, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{ArrayWriter, ObjectWriter};
use crate::translate::Target;

const OURS: Dialect = Dialect::OpenAiResponses;

/// The tools that can be sent. Another provider's web search is this one's, where it has one.
pub(super) fn sendable<'r>(
    request: &'r Request,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<Vec<&'r Tool>, ApiError> {
    let mut tools = Vec::with_capacity(request.tools.len());
    for tool in &request.tools {
        match &tool.kind {
            ToolKind::Hosted(hosted) if hosted.dialect != OURS => {
                if hosted.is_web_search && target.has_web_search {
                    tools.push(tool);
                } else if hosted.is_web_search {
                    losses.drop(Feature::WebSearch, &tool.path, OURS)?;
                }
            }
            ToolKind::Hosted(_) | ToolKind::Function { .. } | ToolKind::Custom { .. } => tools.push(tool),
        }
    }
    Ok(tools)
}

/// Writes what a request says of these tools.
pub(super) fn write(body: &mut ObjectWriter<'_>, request: &Request, tools: &[&Tool], own: &[(Text, Json)]) {
    if tools.is_empty() {
        return;
    }
    body.array("tools", |written| tools.iter().for_each(|tool| write_tool(written, tool)));
    match (&request.tool_choice, own_member(own, "tool_choice")) {
        (Some(choice), _) => write_choice(body, choice, request),
        (None, own) => {
            body.json("tool_choice", own);
        }
    }
    body.bool("parallel_tool_calls", request.parallel_tool_calls);
}

fn write_tool(tools: &mut ArrayWriter<'_>, tool: &Tool) {
    if let ToolKind::Hosted(hosted) = &tool.kind {
        let web_search = Json::constant(r#"{"type":"web_search"}"#);
        tools.json(if hosted.dialect == OURS { &hosted.raw } else { &web_search });
        return;
    }
    tools.object(|written| {
        written.text("type", type_of(tool)).text("name", &*tool.name);
        written.text("description", tool.description.as_deref());
        match &tool.kind {
            ToolKind::Function { parameters, strict } => {
                let nothing = Json::constant(r#"{"type":"object","properties":{}}"#);
                written.json("parameters", parameters.as_ref().unwrap_or(&nothing));
                // Strict is the default here and nowhere else.
                written.bool("strict", strict.unwrap_or(false));
            }
            ToolKind::Custom { format } => {
                written.json("format", format.as_ref());
            }
            ToolKind::Hosted(_) => {}
        }
        for (key, json) in Extras::members_for(tool.extras.as_ref(), Dialect::OpenAiResponses) {
            written.json(key, json);
        }
    });
}

fn type_of(tool: &Tool) -> &'static str {
    if matches!(tool.kind, ToolKind::Custom { .. }) { "custom" } else { "function" }
}

fn write_choice(body: &mut ObjectWriter<'_>, choice: &ToolChoice, request: &Request) {
    let is_custom = |tool: &&Tool| matches!(tool.kind, ToolKind::Custom { .. });
    let customs: HashSet<&str> = request.tools.iter().filter(is_custom).map(|tool| &*tool.name).collect();
    let write_named = |tool: &mut ObjectWriter<'_>, name: &str| {
        let kind = if customs.contains(name) { "custom" } else { "function" };
        tool.text("type", kind).text("name", name);
    };
    match choice {
        ToolChoice::Auto => body.text("tool_choice", "auto"),
        ToolChoice::None => body.text("tool_choice", "none"),
        ToolChoice::Required => body.text("tool_choice", "required"),
        ToolChoice::Tool(name) => body.object("tool_choice", |choice| write_named(choice, name)),
        ToolChoice::Allowed { is_required, names } => body.object("tool_choice", |choice| {
            let mode = if *is_required { "required" } else { "auto" };
            choice.text("type", "allowed_tools").text("mode", mode).array("tools", |tools| {
                names.iter().for_each(|name| {
                    tools.object(|tool| write_named(tool, name));
                });
            });
        }),
    };
}
