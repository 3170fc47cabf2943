//! Turns to messages, and the system text.
//! In: the turns of a request. Out: the members `system` and `messages`. Invariants: neighbours of one role are one message, so that
//! all results of a step stand together and before what the user says then; thinking stands first in its message (03-B10); a message
//! of the model that would be empty is none.

use vocabulary::{ApiError, Code};

use super::super::blocks::{OURS, write_citations, write_reasoning};
use super::media;
use crate::conversation::{
    Content, Issuer, Json, Part, Reasoning, Request, Role, Text, ToolCall, ToolCallKind, ToolResult, Turn,
};
use crate::json::{Kind, ObjectWriter, RawObject, object};
use crate::model_traits::claude::ClaudeTraits;
use crate::translate::CUSTOM_INPUT;

/// As many calls as one message may hold.
const MAX_CALLS: usize = 1024;

pub(super) struct Conversation {
    system: Vec<Block>,
    messages: Vec<Message>,
    /// Calls that came without an id and were given one.
    unnamed_calls: usize,
}

struct Message {
    role: Role,
    results: Vec<Block>,
    blocks: Vec<Block>,
    calls: usize,
}

enum Block {
    /// Text with nothing said about it.
    Text(Text),
    Thinking(Vec<u8>),
    Other(Vec<u8>),
}

impl Conversation {
    pub(super) fn of(request: &Request, traits: &ClaudeTraits) -> Result<Self, ApiError> {
        let mut conversation = Self { system: Vec::new(), messages: Vec::new(), unnamed_calls: 0 };
        for turn in &request.turns {
            match turn.role {
                Role::System | Role::Developer => conversation.add_system(turn, traits)?,
                Role::User | Role::Tool => conversation.add(turn, Role::User)?,
                Role::Assistant => conversation.add(turn, Role::Assistant)?,
            }
        }
        Ok(conversation)
    }

    /// Adds an instruction of the gateway's behind those of the caller.
    pub(super) fn instruct(&mut self, instruction: Option<Text>) {
        self.system.extend(instruction.map(Block::Text));
    }

    /// Leading instructions, and later ones that the model cannot take in place, go to `system`.
    fn add_system(&mut self, turn: &Turn, traits: &ClaudeTraits) -> Result<(), ApiError> {
        let is_in_place = traits.has_mid_conversation_system && !self.messages.is_empty();
        let mut blocks = Vec::new();
        for part in &turn.parts {
            let (Content::Text { text, .. } | Content::Refusal(text)) = &part.content else {
                return Err(ApiError::invalid_request("anthropic system messages only support text content"));
            };
            if !text.is_empty() {
                blocks.push(text_block(part, text));
            }
        }
        if !is_in_place {
            self.system.append(&mut blocks);
        } else if !blocks.is_empty() {
            self.message(Role::System).blocks.append(&mut blocks);
        }
        Ok(())
    }

    /// The message that a turn of this role belongs to.
    fn message(&mut self, role: Role) -> &mut Message {
        let is_open = self.messages.last().is_some_and(|last| last.role == role);
        if !is_open {
            self.messages.push(Message { role, results: Vec::new(), blocks: Vec::new(), calls: 0 });
        }
        let last = self.messages.len() - 1;
        &mut self.messages[last]
    }

    fn add(&mut self, turn: &Turn, role: Role) -> Result<(), ApiError> {
        let (mut results, mut blocks) = (Vec::new(), Vec::new());
        let mut calls = 0;
        for part in &turn.parts {
            match &part.content {
                Content::ToolResult(result) => results.push(tool_result(part, result)?),
                Content::ToolCall(call) => {
                    calls += 1;
                    blocks.push(self.tool_use(part, call)?);
                }
                _ => blocks.extend(block(part)?),
            }
        }
        if role == Role::Assistant && blocks.is_empty() && results.is_empty() {
            return Ok(());
        }
        let message = self.message(role);
        message.results.append(&mut results);
        message.blocks.append(&mut blocks);
        message.calls += calls;
        if message.calls > MAX_CALLS {
            return Err(ApiError::invalid_request("too many tool calls in message"));
        }
        Ok(())
    }

    fn tool_use(&mut self, part: &Part, call: &ToolCall) -> Result<Block, ApiError> {
        let name = call.name.trim();
        if name.is_empty() {
            return Err(ApiError::invalid_request("tool_call.function.name is required"));
        }
        let id = match call.id.trim() {
            "" => {
                self.unnamed_calls += 1;
                format!("call_{}", self.unnamed_calls)
            }
            id => wire_id(id),
        };
        let input = input(call)?;
        Ok(Block::Other(object(|block| {
            block.text("type", "tool_use").text("id", &*id).text("name", name).json("input", &input);
            block.json("cache_control", part.cache_control.as_ref());
        })))
    }

    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        match joined(&self.system, "\n\n") {
            Some(text) if text.is_empty() => {}
            Some(text) => {
                body.text("system", &*text);
            }
            None => write_blocks(body, "system", self.system.iter()),
        }
        body.array("messages", |array| {
            for message in &self.messages {
                array.object(|object| message.write(object));
            }
        });
    }
}

impl Message {
    fn write(&self, message: &mut ObjectWriter<'_>) {
        message.text(
            "role",
            match self.role {
                Role::Assistant => "assistant",
                Role::System | Role::Developer => "system",
                Role::User | Role::Tool => "user",
            },
        );
        match (self.results.as_slice(), self.blocks.as_slice()) {
            ([], []) => {
                message.text("content", "");
            }
            ([], [Block::Text(text)]) => {
                message.text("content", &**text);
            }
            (results, blocks) => {
                write_blocks(message, "content", results.iter().chain(thinking_first(blocks)))
            }
        }
    }
}

/// The order of the model is kept if it began with thinking, as it does; else thinking moves to the front.
fn thinking_first(blocks: &[Block]) -> impl Iterator<Item = &Block> {
    let is_thinking = |block: &&Block| matches!(block, Block::Thinking(_));
    let is_in_order = blocks.first().is_some_and(|first| is_thinking(&first));
    let moved = blocks.iter().filter(move |block| !is_in_order && is_thinking(block));
    moved.chain(blocks.iter().filter(move |block| is_in_order || !is_thinking(block)))
}

/// The texts as one, if none of them carries anything else.
fn joined(blocks: &[Block], with: &str) -> Option<String> {
    let texts = blocks.iter().map(|block| match block {
        Block::Text(text) => Some(&**text),
        Block::Thinking(_) | Block::Other(_) => None,
    });
    texts.collect::<Option<Vec<_>>>().map(|texts| texts.join(with))
}

fn write_blocks<'b>(object: &mut ObjectWriter<'_>, key: &str, blocks: impl Iterator<Item = &'b Block>) {
    object.array(key, |array| {
        for block in blocks {
            match block {
                Block::Text(text) => array.object(|block| {
                    block.text("type", "text").text("text", &**text);
                }),
                Block::Thinking(json) | Block::Other(json) => array.raw(json),
            };
        }
    });
}

/// A part that is neither a call nor a result. `None` for what says nothing here.
fn block(part: &Part) -> Result<Option<Block>, ApiError> {
    Ok(match &part.content {
        Content::Text { text, .. } | Content::Refusal(text) if text.is_empty() => None,
        Content::Text { text, .. } | Content::Refusal(text) => Some(text_block(part, text)),
        Content::Image(media) => Some(Block::Other(media::image(part, media)?)),
        Content::Document(media) => Some(Block::Other(media::document(part, media)?)),
        Content::Audio(_) => {
            return Err(ApiError::invalid_request("anthropic chat does not support input_audio content"));
        }
        Content::Video(_) => return Err(cannot("anthropic messages do not support video content")),
        Content::Reasoning(reasoning) => thinking_block(reasoning),
        Content::Foreign(foreign) if foreign.dialect == OURS => {
            Some(Block::Other(foreign.raw.as_bytes().to_vec()))
        }
        Content::Foreign(_) => return Err(cannot("an item of another dialect cannot be sent to anthropic")),
        Content::ToolCall(_) | Content::ToolResult(_) => None,
    })
}

fn cannot(message: &'static str) -> ApiError {
    ApiError::new(Code::UnsupportedTranslation, message)
}

fn text_block(part: &Part, text: &Text) -> Block {
    let annotations = match &part.content {
        Content::Text { annotations, .. } => annotations.as_slice(),
        _ => &[],
    };
    let has_citations = annotations.iter().any(|annotation| annotation.raw_for(OURS).is_some());
    if part.cache_control.is_none() && !has_citations {
        return Block::Text(text.clone());
    }
    Block::Other(object(|block| {
        block.text("type", "text").text("text", &**text);
        write_citations(block, annotations);
        block.json("cache_control", part.cache_control.as_ref());
    }))
}

/// Thinking without a state of Anthropic's would be refused.
fn thinking_block(reasoning: &Reasoning) -> Option<Block> {
    let state = reasoning.state.as_ref().filter(|state| state.issuer == Issuer::Anthropic);
    state.map(|_| Block::Thinking(object(|block| write_reasoning(block, reasoning))))
}

fn tool_result(part: &Part, result: &ToolResult) -> Result<Block, ApiError> {
    let id = result.call_id.trim();
    if id.is_empty() {
        return Err(ApiError::invalid_request("tool message is missing tool_call_id"));
    }
    let mut blocks = Vec::new();
    for part in &result.content {
        blocks.extend(block(part)?);
    }
    Ok(Block::Other(object(|block| {
        block.text("type", "tool_result").text("tool_use_id", &*wire_id(id));
        match joined(&blocks, "\n") {
            Some(text) => {
                block.text("content", &*text);
            }
            None => write_blocks(block, "content", blocks.iter()),
        }
        block.bool("is_error", result.is_error.then_some(true));
        block.json("cache_control", part.cache_control.as_ref());
    })))
}

/// An id as Anthropic takes it: letters, digits, `_` and `-`. Call and result change alike.
fn wire_id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// The input of a call: one JSON object, its numbers digit for digit.
fn input(call: &ToolCall) -> Result<Json, ApiError> {
    if call.kind == ToolCallKind::Custom {
        let input = object(|input| {
            input.text(CUSTOM_INPUT, &*call.arguments);
        });
        return Ok(Json::written(input));
    }
    let arguments = call.arguments.trim();
    if arguments.is_empty() {
        return Ok(Json::constant("{}"));
    }
    match Json::parse(arguments) {
        Some(json) if json.kind() == Kind::Object => Ok(json),
        Some(_) => Err(ApiError::invalid_request("tool arguments must be a JSON object")),
        None => Err(ApiError::invalid_request(fault_of(arguments))),
    }
}

/// What is wrong with arguments that are no JSON value.
fn fault_of(arguments: &str) -> String {
    use crate::json::Problem;
    match RawObject::scan(arguments.as_bytes().to_vec().into()) {
        Err(error) if error.problem == Problem::TrailingBytes => {
            "tool arguments must contain exactly one JSON object".to_owned()
        }
        Err(error) if error.problem != Problem::NotAnObject => format!("tool arguments: {error}"),
        _ => "tool arguments must be a JSON object".to_owned(),
    }
}
