//! Turns as `system_instruction` and `contents` (spec 03 §4.3, B4, B17).
//! In: the turns. Out: two arrays. Invariants: neighbours of one role are one content, so all results of a step stand together; a
//! state of Google's stands on the part after its reasoning; what no model reads (thoughts of others) is not sent.

use std::collections::HashMap;

use vocabulary::{ApiError, Dialect};

use super::super::SKIPPED_SIGNATURE;
use super::media::medium;
use super::{Elements, write_extras_of_part};
use crate::conversation::{
    Content, Issuer, Part, Reasoning, Request, Role, Text, ToolCall, ToolCallKind, ToolResult, Turn,
};
use crate::json::{ObjectWriter, RawObject, object, write_object};
use crate::model_traits::gemini::checks_signatures;
use crate::translate::CUSTOM_INPUT;

/// What turns became.
pub(super) struct Written {
    /// The parts of `system_instruction`.
    pub(super) system: Elements,
    /// The array of contents.
    pub(super) contents: Vec<u8>,
}

/// Writes the turns of a request for a model.
pub(super) fn write(request: &Request, model: &str) -> Result<Written, ApiError> {
    // What a user adds right behind results is no new question: agents remind their model of things there.
    let is_question = |pair: &[Turn]| matches!(pair, [before, turn] if turn.role == Role::User && !turn.parts.is_empty() && before.role != Role::Tool);
    let question = request.turns.windows(2).rposition(is_question).map(|before| before + 2);
    let current_from = question
        .unwrap_or_else(|| usize::from(request.turns.first().is_some_and(|turn| turn.role == Role::User)));
    let mut writer = Writer {
        names: names_of_calls(request),
        checks_signatures: checks_signatures(model),
        is_current: false,
        has_called: false,
        signature: None,
        system: Elements::default(),
        contents: Vec::new(),
    };
    for (index, turn) in request.turns.iter().enumerate() {
        writer.is_current = index >= current_from;
        writer.turn(turn)?;
    }
    let mut contents = Elements::default();
    for (speaker, parts) in writer.contents {
        let parts = parts.into_array();
        contents.push_object(|content| {
            content.text("role", speaker).raw("parts", &parts);
        });
    }
    Ok(Written { system: writer.system, contents: contents.into_array() })
}

/// The tool behind each call; of equal ids the last.
fn names_of_calls(request: &Request) -> HashMap<&str, &str> {
    let parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let calls = parts.filter_map(|part| match &part.content {
        Content::ToolCall(call) => Some((&*call.id, &*call.name)),
        _ => None,
    });
    calls.collect()
}

struct Writer<'r> {
    names: HashMap<&'r str, &'r str>,
    checks_signatures: bool,
    /// This turn comes after the last question of the user.
    is_current: bool,
    /// The current step has called a tool.
    has_called: bool,
    /// Waits for the part that it stands on.
    signature: Option<&'r Text>,
    system: Elements,
    contents: Vec<(&'static str, Elements)>,
}

impl<'r> Writer<'r> {
    fn turn(&mut self, turn: &'r Turn) -> Result<(), ApiError> {
        match turn.role {
            Role::System | Role::Developer => self.instruct(turn),
            Role::User | Role::Tool => turn.parts.iter().try_for_each(|part| self.user_part(part)),
            Role::Assistant => {
                turn.parts.iter().try_for_each(|part| self.model_part(part))?;
                self.flush_signature();
                Ok(())
            }
        }
    }

    fn instruct(&mut self, turn: &Turn) -> Result<(), ApiError> {
        for part in &turn.parts {
            let Some(text) = part.as_text() else {
                return Err(ApiError::invalid_request(
                    "gemini system instructions only support text content",
                ));
            };
            if !text.is_empty() {
                self.system.push_object(|part| {
                    part.text("text", &**text);
                });
            }
        }
        Ok(())
    }

    fn push(&mut self, speaker: &'static str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        match self.contents.last_mut() {
            Some((last, parts)) if *last == speaker => parts.push_object(members),
            _ => {
                let mut parts = Elements::default();
                parts.push_object(members);
                self.contents.push((speaker, parts));
            }
        }
    }

    fn user_part(&mut self, part: &Part) -> Result<(), ApiError> {
        self.has_called = false;
        match &part.content {
            Content::ToolResult(result) => self.result(result),
            _ => self.plain_part("user", part),
        }
    }

    fn model_part(&mut self, part: &'r Part) -> Result<(), ApiError> {
        match &part.content {
            Content::Reasoning(reasoning) => {
                self.reasoning(reasoning);
                Ok(())
            }
            Content::ToolCall(call) => self.call(call),
            // A blank answer beside calls says nothing, and Google refuses it.
            Content::Text { text, .. } if text.trim().is_empty() => Ok(()),
            _ => self.plain_part("model", part),
        }
    }

    /// Text, media, and what only Gemini knows.
    fn plain_part(&mut self, speaker: &'static str, part: &Part) -> Result<(), ApiError> {
        let medium = medium(&part.content).transpose()?;
        let (said, raw) = match &part.content {
            Content::Text { text, .. } | Content::Refusal(text) => (Some(text), None),
            Content::Foreign(foreign) if foreign.dialect == Dialect::Gemini => (None, Some(&foreign.raw)),
            _ => (None, None),
        };
        if let Some(raw) = raw.and_then(|raw| raw.object()) {
            self.flush_signature();
            self.push(speaker, |out| {
                for member in raw.members() {
                    out.raw(&member.key(), member.value().bytes());
                }
            });
        }
        if medium.is_none() && said.is_none_or(|said| said.is_empty()) {
            return Ok(());
        }
        let signature = self.signature.take();
        self.push(speaker, |out| {
            out.text("text", said.map(|said| &**said));
            if let Some(medium) = medium {
                medium.write(out);
            }
            out.text("thoughtSignature", signature.map(|signature| &**signature));
            write_extras_of_part(part, out);
        });
        Ok(())
    }

    fn reasoning(&mut self, reasoning: &'r Reasoning) {
        let Some(state) = reasoning.state.as_ref().filter(|state| state.issuer == Issuer::Google) else {
            return;
        };
        self.flush_signature();
        if !reasoning.text.is_empty() {
            self.push("model", |part| {
                part.text("text", &*reasoning.text).bool("thought", true);
            });
        }
        self.signature = Some(&state.bytes);
    }

    /// A signature without a part to stand on stands on an empty text.
    fn flush_signature(&mut self) {
        if let Some(signature) = self.signature.take() {
            self.push("model", |part| {
                part.text("text", "").text("thoughtSignature", &**signature);
            });
        }
    }

    fn call(&mut self, call: &ToolCall) -> Result<(), ApiError> {
        let arguments = arguments_of(call)?;
        let is_first = !std::mem::replace(&mut self.has_called, true);
        let is_checked = is_first && self.is_current && self.checks_signatures;
        let signature = self.signature.take().map(|signature| &**signature);
        let signature = signature.or(is_checked.then_some(SKIPPED_SIGNATURE));
        self.push("model", |part| {
            part.object("functionCall", |out| {
                out.text("id", &*call.id).text("name", &*call.name).raw("args", &arguments);
            });
            part.text("thoughtSignature", signature);
        });
        Ok(())
    }

    fn result(&mut self, result: &ToolResult) -> Result<(), ApiError> {
        let mut media = Elements::default();
        for medium in result.content.iter().filter_map(|part| medium(&part.content)) {
            let medium = medium?;
            media.push_object(|part| medium.write(part));
        }
        let response = response_of(result);
        let known = result.name.as_deref().or(self.names.get(&*result.call_id).copied());
        let name = known.unwrap_or(&result.call_id).to_owned();
        self.push("user", |part| {
            part.object("functionResponse", |out| {
                out.text("id", &*result.call_id).text("name", name.as_str()).raw("response", &response);
                if !media.is_empty() {
                    out.raw("parts", &media.into_array());
                }
            });
        });
        Ok(())
    }
}

/// The arguments as an object.
fn arguments_of(call: &ToolCall) -> Result<Vec<u8>, ApiError> {
    if call.kind == ToolCallKind::Custom {
        return Ok(object(|args| {
            args.text(CUSTOM_INPUT, &*call.arguments);
        }));
    }
    if call.arguments.trim().is_empty() {
        return Ok(b"{}".to_vec());
    }
    match RawObject::scan(call.arguments.as_bytes().clone()) {
        Ok(object) => Ok(object.body().trim_ascii().to_vec()),
        Err(_) => Err(ApiError::invalid_request("tool arguments must be a JSON object")),
    }
}

/// `response` by the rule of §4.3.4; a failure as Google's own clients spell it.
fn response_of(result: &ToolResult) -> Vec<u8> {
    let texts: Vec<&str> =
        result.content.iter().filter_map(|part| part.as_text().map(|text| &**text)).collect();
    let said = texts.join("\n");
    let is_object = || RawObject::scan(said.as_bytes().to_vec().into()).is_ok();
    let mut out = Vec::with_capacity(said.len() + 16);
    if result.is_error {
        write_object(&mut out, |response| {
            response.text("error", said.as_str());
        });
    } else if said.trim().is_empty() {
        out.extend_from_slice(b"{}");
    } else if said.trim_start().starts_with('{') && is_object() {
        out.extend_from_slice(said.trim().as_bytes());
    } else {
        let json = crate::conversation::Json::parse(&said);
        write_object(&mut out, |response| {
            match json {
                Some(json) => response.json("result", &json),
                None => response.text("result", said.as_str()),
            };
        });
    }
    out
}
