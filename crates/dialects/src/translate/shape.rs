//! What a request promised of its answer's form, kept although the target had to be asked in another way: a structured answer
//! that came as the input of a forced tool, a custom tool that was sent as a function, one call where the target cannot be
//! held to one, the names of tools where the target knows them under others.
//! In: the events as the upstream's dialect decodes them. Out: the events that the client asked for.
//! Invariant: with nothing promised, events pass untouched; indexes of parts stay without gaps.

use std::collections::HashMap;

use super::names::RenamedTool;
use crate::conversation::{
    Content, Delta, Event, Json, Part, Place, Response, Stop, StopReason, Text, ToolCall, ToolCallKind, fold,
    replay,
};
use crate::json::{RawObject, object};

/// The argument under which a custom tool's text travels in a function call.
pub const CUSTOM_INPUT: &str = "input";

/// The schema of a function that stands for a tool with plain text; a grammar is told, as it cannot be enforced.
pub fn custom_input_schema(format: Option<&Json>) -> Vec<u8> {
    let format = format.and_then(Json::object);
    let text = |key: &str| format.as_ref().and_then(|format| format.get(key)?.as_text());
    let description = match text("definition") {
        Some(grammar) => {
            let syntax = text("syntax").unwrap_or(Text::from_static("given"));
            format!("The input as plain text, in this {syntax} grammar:\n{grammar}")
        }
        None => "The input as plain text.".to_owned(),
    };
    object(|schema| {
        schema.text("type", "object");
        schema.object("properties", |properties| {
            properties.object(CUSTOM_INPUT, |input| {
                input.text("type", "string").text("description", &*description);
            });
        });
        schema.array("required", |required| {
            required.text(CUSTOM_INPUT);
        });
        schema.bool("additionalProperties", false);
    })
}

/// What the request promised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerShape {
    /// The tool whose input is the answer's text.
    pub structured_tool: Option<Text>,
    /// Tools that take plain text and were sent as functions.
    pub custom_tools: Vec<Text>,
    /// Only the first tool call counts.
    pub first_call_only: bool,
    /// The name under which the model answers, if not the upstream's.
    pub model: Option<Text>,
    /// Tools that the target knows under another name.
    pub renamed_tools: Vec<RenamedTool>,
}

impl AnswerShape {
    /// True if there is nothing to do.
    pub fn is_plain(&self) -> bool {
        self.structured_tool.is_none()
            && self.custom_tools.is_empty()
            && !self.first_call_only
            && self.model.is_none()
            && self.renamed_tools.is_empty()
    }

    /// Gives a call the name that the client knows.
    fn name_back(&self, call: &mut ToolCall) {
        if let Some(renamed) = self.renamed_tools.iter().find(|renamed| renamed.sent == call.name) {
            call.name = renamed.name.clone();
            call.namespace = renamed.namespace.clone();
        }
    }

    /// A whole answer in the promised form.
    pub fn apply(&self, response: Response) -> Response {
        if self.is_plain() {
            return response;
        }
        let (mut shaper, mut events) = (Shaper::new(self.clone()), Vec::new());
        for event in replay(response) {
            shaper.push(event, &mut |event| events.push(event));
        }
        fold(events)
    }
}

/// The same for a stream.
#[derive(Debug)]
pub struct Shaper {
    shape: AnswerShape,
    parts: HashMap<Place, Fate>,
    /// Parts that were handed on, per choice.
    handed_on: HashMap<u32, u32>,
    has_called: bool,
    is_structured: bool,
}

#[derive(Debug)]
enum Fate {
    /// Handed on at this place.
    Pass(Place),
    /// Its arguments are collected until it ends: a custom tool's.
    Collect(Place, Box<ToolCall>, String),
    Drop,
}

impl Shaper {
    /// A shaper that has seen nothing.
    pub fn new(shape: AnswerShape) -> Self {
        let (parts, handed_on) = (HashMap::new(), HashMap::new());
        Self { shape, parts, handed_on, has_called: false, is_structured: false }
    }

    /// Takes an event and hands on what the client gets.
    pub fn push(&mut self, event: Event, out: &mut impl FnMut(Event)) {
        if self.shape.is_plain() {
            return out(event);
        }
        match event {
            Event::Started(mut started) => {
                started.model = self.shape.model.clone().unwrap_or(started.model);
                out(Event::Started(started));
            }
            Event::PartStarted { at, part } => self.start(at, *part, out),
            Event::Delta { at, delta } => match (self.parts.get_mut(&at), delta) {
                (Some(Fate::Pass(to)), delta) => out(Event::Delta { at: *to, delta }),
                (Some(Fate::Collect(_, _, arguments)), Delta::Text(more)) => arguments.push_str(&more),
                _ => {}
            },
            Event::PartFinished { at } => self.end(at, out),
            Event::Finished { choice, stop } => out(Event::Finished { choice, stop: self.stop(stop) }),
            other => out(other),
        }
    }

    fn start(&mut self, at: Place, mut part: Part, out: &mut impl FnMut(Event)) {
        if let Content::ToolCall(call) = &mut part.content {
            if self.shape.structured_tool.as_ref() == Some(&call.name) {
                self.is_structured = true;
                part = Part::text(std::mem::take(&mut call.arguments));
            } else if self.shape.first_call_only && std::mem::replace(&mut self.has_called, true) {
                self.parts.insert(at, Fate::Drop);
                return;
            } else if self.shape.custom_tools.contains(&call.name) && call.kind == ToolCallKind::Function {
                let arguments = std::mem::take(&mut call.arguments).to_string();
                let (to, mut call) = (self.next_place(at.choice), Box::new(call.clone()));
                self.shape.name_back(&mut call);
                self.parts.insert(at, Fate::Collect(to, call, arguments));
                return;
            } else {
                self.shape.name_back(call);
            }
        }
        let to = self.next_place(at.choice);
        self.parts.insert(at, Fate::Pass(to));
        out(Event::PartStarted { at: to, part: Box::new(part) });
    }

    fn end(&mut self, at: Place, out: &mut impl FnMut(Event)) {
        match self.parts.remove(&at) {
            Some(Fate::Pass(to)) => out(Event::PartFinished { at: to }),
            Some(Fate::Collect(to, mut call, arguments)) => {
                call.kind = ToolCallKind::Custom;
                out(Event::PartStarted { at: to, part: Box::new(Part::new(Content::ToolCall(*call))) });
                out(Event::Delta { at: to, delta: Delta::Text(custom_input(&arguments)) });
                out(Event::PartFinished { at: to });
            }
            Some(Fate::Drop) | None => {}
        }
    }

    fn next_place(&mut self, choice: u32) -> Place {
        let next = self.handed_on.entry(choice).or_default();
        let part = *next;
        *next += 1;
        Place { choice, part }
    }

    /// An answer whose only call was the forced tool ended in the ordinary way.
    fn stop(&self, stop: Stop) -> Stop {
        let was_forced = self.is_structured && !self.has_called && stop.reason == StopReason::ToolCalls;
        if was_forced { Stop::new(StopReason::End) } else { stop }
    }
}

/// The text of a custom tool's call; the arguments as they are if the model did not keep to the form.
fn custom_input(arguments: &str) -> Text {
    let object = RawObject::scan(arguments.as_bytes().to_vec().into()).ok();
    let input = object.and_then(|object| object.get(CUSTOM_INPUT).and_then(|input| input.as_text()));
    input.unwrap_or_else(|| arguments.into())
}

#[cfg(test)]
mod tests {
    use super::AnswerShape;
    use crate::conversation::{Choice, Content, Part, Response, Stop, StopReason, ToolCall, ToolCallKind};

    fn call(name: &str, arguments: &str, kind: ToolCallKind) -> Part {
        let (id, item_id) = (format!("call_{name}").into(), None);
        Content::ToolCall(ToolCall {
            id,
            name: name.into(),
            arguments: arguments.into(),
            kind,
            namespace: None,
            item_id,
        })
        .into()
    }

    fn shaped(shape: &AnswerShape, parts: Vec<Part>) -> Choice {
        let stop = Some(Stop::new(StopReason::ToolCalls));
        let response = Response { choices: vec![Choice { parts, stop }], ..Response::default() };
        shape.apply(response).choices.remove(0)
    }

    #[test]
    fn a_forced_tool_becomes_the_text_of_the_answer() {
        let shape = AnswerShape { structured_tool: Some("answer".into()), ..AnswerShape::default() };
        let choice = shaped(&shape, vec![call("answer", r#"{"a":1}"#, ToolCallKind::Function)]);
        assert_eq!(choice.parts, [Part::text(r#"{"a":1}"#)]);
        assert_eq!(choice.stop.unwrap().reason, StopReason::End);
    }

    #[test]
    fn a_custom_tool_gets_its_text_back() {
        let shape = AnswerShape { custom_tools: vec!["patch".into()], ..AnswerShape::default() };
        let choice = shaped(
            &shape,
            vec![
                call("patch", r#"{"input":"a\nb"}"#, ToolCallKind::Function),
                call("f", "{}", ToolCallKind::Function),
                call("patch", "no json", ToolCallKind::Function),
            ],
        );
        let expected = [
            call("patch", "a\nb", ToolCallKind::Custom),
            call("f", "{}", ToolCallKind::Function),
            call("patch", "no json", ToolCallKind::Custom),
        ];
        assert_eq!(choice.parts, expected);
    }

    #[test]
    fn only_the_first_call_counts_if_only_one_was_asked_for() {
        let shape = AnswerShape { first_call_only: true, ..AnswerShape::default() };
        let parts = vec![
            call("f", "{}", ToolCallKind::Function),
            call("g", "{}", ToolCallKind::Function),
            Part::text("x"),
        ];
        let choice = shaped(&shape, parts);
        assert_eq!(choice.parts, [call("f", "{}", ToolCallKind::Function), Part::text("x")]);
    }
}
