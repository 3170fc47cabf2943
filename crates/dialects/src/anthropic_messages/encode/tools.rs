//! Tools and the choice among them.
//! In: the request's tools and choice. Out: definitions as JSON, and a choice. Invariants: a choice without tools is none, unless it
//! forces one, which is a 400; `none` keeps the tools, as history may hold calls of them (03-B23).

use std::collections::HashMap;

use vocabulary::{ApiError, Dialect};

use super::super::blocks::OURS;
use super::schema::{close_objects, object_schema};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, HostedTool, Json, Losses, Request, Text, Tool, ToolChoice, ToolKind};
use crate::json::{ObjectWriter, object};
use crate::model_traits::claude::ClaudeTraits;
use crate::translate::{AnswerShape, Target, custom_input_schema};

/// Whether the model must call a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Unsaid,
    Auto,
    None,
    Any,
    Tool(Text),
}

impl Choice {
    pub(super) fn is_forced(&self) -> bool {
        matches!(self, Self::Any | Self::Tool(_))
    }
}

pub(super) struct Tools {
    definitions: Vec<Vec<u8>>,
    pub(super) choice: Choice,
    /// At most one call at once.
    is_single: bool,
}

impl Tools {
    pub(super) fn of(
        request: &Request,
        target: &Target<'_>,
        traits: &ClaudeTraits,
        losses: &mut Losses,
        shape: &mut AnswerShape,
    ) -> Result<Self, ApiError> {
        let allowed = ToolChoice::allowed(request.tool_choice.as_ref());
        let is_allowed = |tool: &&Tool| allowed.as_ref().is_none_or(|names| names.contains(&*tool.name));
        let strict_paths = strict_paths(request);
        let mut definitions = Vec::new();
        for tool in request.tools.iter().filter(is_allowed) {
            match &tool.kind {
                ToolKind::Function { parameters, strict } => {
                    let strict = strict_of(&strict_paths, tool, *strict, traits, losses)?;
                    definitions.push(function(tool, parameters.as_ref(), strict)?);
                }
                ToolKind::Custom { format } => {
                    definitions.push(custom(tool, format.as_ref())?);
                    shape.custom_tools.push(tool.name.clone());
                }
                ToolKind::Hosted(hosted) => definitions.extend(hosted_tool(tool, hosted, target, losses)?),
            }
        }
        let choice = choice_of(request.tool_choice.as_ref(), definitions.is_empty())?;
        Ok(Self { definitions, choice, is_single: request.parallel_tool_calls == Some(false) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    pub(super) fn push(&mut self, definition: Vec<u8>) {
        self.definitions.push(definition);
    }

    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        if self.definitions.is_empty() {
            return;
        }
        body.array("tools", |array| {
            self.definitions.iter().for_each(|definition| {
                array.raw(definition);
            });
        });
        let (name, tool) = match &self.choice {
            Choice::Unsaid if self.is_single => ("auto", None),
            Choice::Unsaid => return,
            Choice::Auto => ("auto", None),
            Choice::None => ("none", None),
            Choice::Any => ("any", None),
            Choice::Tool(tool) => ("tool", Some(&**tool)),
        };
        body.object("tool_choice", |choice| {
            choice.text("type", name).text("name", tool);
            if self.is_single && name != "none" {
                choice.bool("disable_parallel_tool_use", true);
            }
        });
    }
}

fn choice_of(choice: Option<&ToolChoice>, has_no_tools: bool) -> Result<Choice, ApiError> {
    let choice = match choice {
        None => Choice::Unsaid,
        Some(ToolChoice::Auto | ToolChoice::Allowed { is_required: false, .. }) => Choice::Auto,
        Some(ToolChoice::None) => Choice::None,
        Some(ToolChoice::Required | ToolChoice::Allowed { is_required: true, .. }) => Choice::Any,
        Some(ToolChoice::Tool(name)) => Choice::Tool(name.clone()),
    };
    match has_no_tools {
        true if choice.is_forced() => {
            Err(ApiError::invalid_request("tool_choice requires at least one tool").with_param("tool_choice"))
        }
        true => Ok(Choice::Unsaid),
        false => Ok(choice),
    }
}

/// Where the client says `strict` of a tool, by the tool's own path.
fn strict_paths(request: &Request) -> HashMap<&str, &str> {
    let strict = request.notes.iter().filter(|note| note.feature == Feature::StrictTool);
    let starts = strict.flat_map(|note| {
        let ends = note.path.match_indices('.').map(|(end, _)| end);
        ends.filter_map(|end| Some((note.path.get(..end)?, &*note.path)))
    });
    starts.collect()
}

/// `strict`, where the model has it.
fn strict_of(
    paths: &HashMap<&str, &str>,
    tool: &Tool,
    strict: Option<bool>,
    traits: &ClaudeTraits,
    losses: &mut Losses,
) -> Result<bool, ApiError> {
    if strict != Some(true) {
        return Ok(false);
    }
    if !traits.has_output_format {
        let path = paths.get(&*tool.path).map(|path| (*path).to_owned());
        let path = path.unwrap_or_else(|| format!("{}.strict", tool.path));
        losses.drop(Feature::StrictTool, &path, Dialect::AnthropicMessages)?;
    }
    Ok(traits.has_output_format)
}

fn name_of(tool: &Tool) -> Result<&str, ApiError> {
    let name = tool.name.trim();
    if name.is_empty() {
        return Err(ApiError::invalid_request("tool.function.name is required").with_param(tool.path.clone()));
    }
    Ok(name)
}

fn function(tool: &Tool, parameters: Option<&Json>, strict: bool) -> Result<Vec<u8>, ApiError> {
    let name = name_of(tool)?;
    let schema = object_schema(parameters).map_err(|error| error.with_param(tool.path.clone()))?;
    let schema = if strict { close_objects(&schema) } else { schema };
    Ok(object(|definition| {
        definition.text("name", name).text("description", tool.description.as_deref());
        definition.json("input_schema", &schema).json("cache_control", tool.cache_control.as_ref());
        definition.bool("strict", strict.then_some(true));
        for (key, value) in Extras::members_for(tool.extras.as_ref(), OURS) {
            definition.json(key, value);
        }
    }))
}

fn custom(tool: &Tool, format: Option<&Json>) -> Result<Vec<u8>, ApiError> {
    let name = name_of(tool)?;
    Ok(object(|definition| {
        definition.text("name", name).text("description", tool.description.as_deref());
        definition.raw("input_schema", &custom_input_schema(format));
        definition.json("cache_control", tool.cache_control.as_ref());
    }))
}

/// Our own as it came; a web search of any dialect as ours, if the provider has one. Others were dropped and named before.
fn hosted_tool(
    tool: &Tool,
    hosted: &HostedTool,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<Option<Vec<u8>>, ApiError> {
    const WEB_SEARCH: &[u8] = br#"{"type":"web_search_20250305","name":"web_search"}"#;
    if hosted.is_web_search && !target.has_web_search {
        losses.drop(Feature::WebSearch, &tool.path, Dialect::AnthropicMessages)?;
        return Ok(None);
    }
    Ok(match (hosted.dialect == OURS, hosted.is_web_search) {
        (true, _) => Some(hosted.raw.as_bytes().to_vec()),
        (false, true) => Some(WEB_SEARCH.to_vec()),
        (false, false) => None,
    })
}
