//! Tools and the choice among them, for an upstream (spec 03 §13.2, B27).
//! Invariants: hosted tools are left out (the losses name them); a choice or a limit of calls is never sent without a tool;
//! a tool that takes plain text becomes a function with one text argument, and the answer's shape says so.

use super::{CHAT, Encoder};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Tool, ToolChoice, ToolKind};
use crate::json::{ArrayWriter, ObjectWriter};
use crate::translate::{AnswerShape, custom_input_schema};

impl Encoder<'_> {
    pub(super) fn write_tools(&self, body: &mut ObjectWriter<'_>, shape: &mut AnswerShape) {
        if self.carries(Feature::WebSearch) && self.request.tools.iter().any(is_web_search) {
            body.raw("web_search_options", &self.search_options());
        }
        let allowed = ToolChoice::allowed(self.request.tool_choice.as_ref());
        let is_sent = |tool: &&Tool| {
            allowed.as_ref().is_none_or(|names| names.contains(&*tool.name))
                && !matches!(tool.kind, ToolKind::Hosted(_))
        };
        let sent: Vec<&Tool> = self.request.tools.iter().filter(is_sent).collect();
        if sent.is_empty() {
            return;
        }
        body.array("tools", |tools| sent.iter().for_each(|tool| self.write_tool(tools, tool, shape)));
        if let Some(choice) = &self.request.tool_choice {
            write_choice(body, choice, &sent);
        }
        body.bool("parallel_tool_calls", self.request.parallel_tool_calls);
    }

    fn write_tool(&self, tools: &mut ArrayWriter<'_>, tool: &Tool, shape: &mut AnswerShape) {
        tools.object(|member| {
            member.text("type", "function").object("function", |function| {
                function.text("name", &*tool.name).text("description", tool.description.as_deref());
                match &tool.kind {
                    ToolKind::Function { parameters, strict } => {
                        function.json("parameters", parameters.as_ref()).bool("strict", *strict);
                    }
                    ToolKind::Custom { format } => {
                        function.raw("parameters", &custom_input_schema(format.as_ref()));
                        shape.custom_tools.push(tool.name.clone());
                    }
                    ToolKind::Hosted(_) => {}
                }
            });
            if self.carries(Feature::CacheControl) {
                member.json("cache_control", tool.cache_control.as_ref());
            }
            for (key, value) in Extras::members_for(tool.extras.as_ref(), CHAT) {
                member.json(key, value);
            }
        });
    }

    fn search_options(&self) -> Vec<u8> {
        let own = self.request.tools.iter().find_map(|tool| match &tool.kind {
            ToolKind::Hosted(hosted) if hosted.is_web_search && hosted.dialect == CHAT => Some(&hosted.raw),
            _ => None,
        });
        own.map_or_else(|| b"{}".to_vec(), |raw| raw.as_bytes().to_vec())
    }
}

fn is_web_search(tool: &Tool) -> bool {
    matches!(&tool.kind, ToolKind::Hosted(hosted) if hosted.is_web_search)
}

/// Writes the choice; nothing if it names a tool that is not sent.
fn write_choice(body: &mut ObjectWriter<'_>, choice: &ToolChoice, sent: &[&Tool]) {
    let word = match choice {
        ToolChoice::Auto | ToolChoice::Allowed { is_required: false, .. } => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required | ToolChoice::Allowed { is_required: true, .. } => "required",
        ToolChoice::Tool(name) => {
            if sent.iter().any(|tool| tool.name == *name) {
                body.object("tool_choice", |choice| {
                    choice.text("type", "function").object("function", |function| {
                        function.text("name", &**name);
                    });
                });
            }
            return;
        }
    };
    body.text("tool_choice", word);
}
