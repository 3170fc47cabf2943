//! Turns as messages for an upstream (spec 03 §13.3, 04-B22).
//! In: turns. Out: the array `messages`. Invariants: what a tool answered stands right behind the message that called it, and in
//! front of whatever the user says; images of results follow in a user message of their own, after all results;
//! consecutive assistant turns are one message until one of them speaks after another has spoken or called.

use vocabulary::ApiError;

use super::parts::{Body, join, plain_words};
use super::{CHAT, Encoder};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Extras, Part, Role, ToolCall, ToolCallKind, ToolResult, Turn};
use crate::json::{ObjectWriter, object, write_object};
use crate::translate::CUSTOM_INPUT;

impl Encoder<'_> {
    /// The array `messages`.
    pub(super) fn messages(&self) -> Result<Vec<u8>, ApiError> {
        let mut writer =
            Messages { encoder: self, out: vec![b'['], assistant: Vec::new(), media: Vec::new() };
        for turn in &self.request.turns {
            writer.push(turn)?;
        }
        writer.flush_assistant()?;
        writer.flush_media()?;
        writer.out.push(b']');
        Ok(writer.out)
    }
}

struct Messages<'a> {
    encoder: &'a Encoder<'a>,
    out: Vec<u8>,
    /// Assistant turns that become one message.
    assistant: Vec<&'a Turn>,
    /// Images and documents of results, which a tool message cannot hold.
    media: Vec<&'a Part>,
}

impl<'a> Messages<'a> {
    fn push(&mut self, turn: &'a Turn) -> Result<(), ApiError> {
        if turn.role == Role::Assistant {
            if speaks(turn) && self.assistant.iter().any(|earlier| speaks(earlier) || calls(earlier)) {
                self.flush_assistant()?;
            }
            self.assistant.push(turn);
            return Ok(());
        }
        self.flush_assistant()?;
        for part in &turn.parts {
            if let Content::ToolResult(result) = &part.content {
                self.push_result(part, result);
            }
        }
        if turn.role == Role::Tool {
            return Ok(());
        }
        self.flush_media()?;
        self.push_speech(turn)
    }

    /// What the user or the operator says.
    fn push_speech(&mut self, turn: &'a Turn) -> Result<(), ApiError> {
        let is_result = |part: &&Part| matches!(part.content, Content::ToolResult(_));
        let is_thought = |part: &&Part| matches!(part.content, Content::Reasoning(_));
        let parts: Vec<&Part> =
            turn.parts.iter().filter(|part| !is_result(part) && !is_thought(part)).collect();
        if parts.is_empty() && turn.parts.iter().any(|part| is_result(&part)) {
            return Ok(());
        }
        // Blocks of instructions are paragraphs (04-B22).
        let (role, separator) = if turn.role == Role::User { ("user", "\n") } else { ("system", "\n\n") };
        let body = self.encoder.body(&parts, separator)?;
        self.message(|message| {
            message.text("role", role);
            body.write(message);
            write_rest(message, turn);
        });
        Ok(())
    }

    fn push_result(&mut self, part: &'a Part, result: &'a ToolResult) {
        let text = join(result.content.iter().filter_map(plain_words), "\n");
        let text = if result.is_error { format!("Error: {text}") } else { text };
        let marker = part.cache_control.as_ref().filter(|_| self.encoder.carries(Feature::CacheControl));
        self.media.extend(result.content.iter().filter(|part| plain_words(part).is_none()));
        self.message(|message| {
            message.text("role", "tool").text("tool_call_id", &*result.call_id).text("content", &*text);
            message.json("cache_control", marker);
        });
    }

    /// Writes the media that tool messages could not hold.
    fn flush_media(&mut self) -> Result<(), ApiError> {
        let media = std::mem::take(&mut self.media);
        if media.is_empty() {
            return Ok(());
        }
        let parts = media.into_iter().map(|part| self.encoder.part(part)).collect::<Result<_, _>>()?;
        let body = Body::Parts(parts);
        self.message(|message| {
            message.text("role", "user");
            body.write(message);
        });
        Ok(())
    }

    fn flush_assistant(&mut self) -> Result<(), ApiError> {
        let turns = std::mem::take(&mut self.assistant);
        let Some(last) = turns.last() else { return Ok(()) };
        // Results before this message come with their images before it.
        self.flush_media()?;
        let parts = || turns.iter().flat_map(|turn| &turn.parts);
        let calls: Vec<(&Part, &ToolCall)> = parts().filter_map(as_call).collect();
        let spoken: Vec<&Part> = parts().filter(|part| is_speech(part)).collect();
        // An image that the model made can only be shown as if the user did.
        self.media = parts().filter(|part| matches!(part.content, Content::Image(_))).collect();
        if spoken.is_empty() && calls.is_empty() && parts().next().is_some() {
            // Thoughts alone are no message.
            return Ok(());
        }
        let body = self.encoder.body(&spoken, "\n")?;
        let thoughts =
            if calls.is_empty() { String::new() } else { join(parts().filter_map(thought), "\n\n") };
        let encoder = self.encoder;
        self.message(|message| {
            message.text("role", "assistant");
            if spoken.is_empty() && !calls.is_empty() {
                message.null("content");
            } else {
                body.write(message);
            }
            message.text("reasoning_content", Some(&*thoughts).filter(|thoughts| !thoughts.is_empty()));
            if !calls.is_empty() {
                message.array("tool_calls", |list| {
                    for (part, call) in calls {
                        list.object(|object| encoder.write_call(object, part, call));
                    }
                });
            }
            write_rest(message, last);
        });
        Ok(())
    }

    fn message(&mut self, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        if self.out.len() > 1 {
            self.out.push(b',');
        }
        write_object(&mut self.out, members);
    }
}

impl Encoder<'_> {
    fn write_call(&self, object: &mut ObjectWriter<'_>, part: &Part, call: &ToolCall) {
        object.text("id", &*call.id).text("type", "function").object("function", |function| {
            function.text("name", &*call.name);
            match call.kind {
                ToolCallKind::Custom => function.text("arguments", &*as_argument(&call.arguments)),
                // No text at all is no JSON, which some servers insist on.
                ToolCallKind::Function if call.arguments.trim().is_empty() => {
                    function.text("arguments", "{}")
                }
                ToolCallKind::Function => function.text("arguments", &*call.arguments),
            };
        });
        if self.carries(Feature::CacheControl) {
            object.json("cache_control", part.cache_control.as_ref());
        }
    }
}

/// A name, and members that only chat knows.
fn write_rest(message: &mut ObjectWriter<'_>, turn: &Turn) {
    message.text("name", turn.name.as_deref());
    for (key, value) in Extras::members_for(turn.extras.as_ref(), CHAT) {
        message.json(key, value);
    }
}

/// The text of a custom tool as the argument of a function.
fn as_argument(text: &str) -> String {
    let argument = object(|object| {
        object.text(CUSTOM_INPUT, text);
    });
    String::from_utf8(argument).unwrap_or_default()
}

fn as_call(part: &Part) -> Option<(&Part, &ToolCall)> {
    match &part.content {
        Content::ToolCall(call) => Some((part, call)),
        _ => None,
    }
}

fn thought(part: &Part) -> Option<&str> {
    match &part.content {
        Content::Reasoning(reasoning) => Some(&reasoning.text),
        _ => None,
    }
}

/// What an assistant's message says in `content`: everything but thoughts, calls and images.
fn is_speech(part: &Part) -> bool {
    !matches!(
        part.content,
        Content::Reasoning(_) | Content::ToolCall(_) | Content::Image(_) | Content::ToolResult(_)
    )
}

fn speaks(turn: &Turn) -> bool {
    turn.parts.iter().any(is_speech)
}

fn calls(turn: &Turn) -> bool {
    turn.parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)))
}
