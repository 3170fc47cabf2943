//! Answers in a promised form (03-B3): `output_config.format` where the model has it, else a forced tool whose input is the answer.
//! In: the wish, the model's traits, the caller's tools. Out: the schema to send, or an instruction, a tool and a choice.
//! Invariant: with tools of the caller's own none is forced, since then it could no longer call them: the instruction says what is
//! wanted, and a schema goes with it.

use vocabulary::ApiError;

use super::schema::{close_objects, object_schema};
use super::tools::{Choice, Tools};
use crate::conversation::{Json, OutputFormat, Request, Text};
use crate::json::object;
use crate::model_traits::claude::ClaudeTraits;
use crate::translate::AnswerShape;

/// The tool whose input is the answer.
const TOOL: &str = "structured_answer";

#[derive(Default)]
pub(super) struct Structured {
    /// The schema for `output_config.format`.
    pub(super) format: Option<Json>,
    /// What the model is told, after the caller's own instructions.
    pub(super) instruction: Option<Text>,
}

impl Structured {
    pub(super) fn of(
        request: &Request,
        traits: &ClaudeTraits,
        tools: &mut Tools,
        shape: &mut AnswerShape,
    ) -> Result<Self, ApiError> {
        let (schema, description) = match &request.output {
            OutputFormat::Text => return Ok(Self::default()),
            OutputFormat::JsonSchema { schema, .. } if traits.has_output_format => {
                return Ok(Self { format: Some(close_objects(schema)), ..Self::default() });
            }
            OutputFormat::JsonObject => (None, None),
            OutputFormat::JsonSchema { schema, description, .. } => (Some(schema), description.as_deref()),
        };
        let input_schema = object_schema(schema).ok();
        let instruction = match input_schema.filter(|_| tools.is_empty()) {
            Some(input_schema) => {
                tools.push(tool(&input_schema, description));
                tools.choice = Choice::Tool(Text::from_static(TOOL));
                shape.structured_tool = Some(Text::from_static(TOOL));
                format!("Give your whole answer as the input of one call of the tool `{TOOL}`.")
            }
            None => instruction(schema),
        };
        Ok(Self { instruction: Some(instruction.into()), format: None })
    }
}

fn tool(input_schema: &Json, description: Option<&str>) -> Vec<u8> {
    object(|tool| {
        tool.text("name", TOOL);
        tool.text("description", description.unwrap_or("Takes the answer."))
            .json("input_schema", input_schema);
    })
}

fn instruction(schema: Option<&Json>) -> String {
    const PLAIN: &str = "Give your final answer as JSON and nothing else: no prose around it, no code fence.";
    match schema {
        Some(schema) => format!("{PLAIN} It must match this JSON schema: {}", schema.as_str()),
        None => format!("{PLAIN} It must be one JSON object."),
    }
}
