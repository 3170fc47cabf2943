//! `contents`: who speaks, and the order of turns.
//! In: the array. Out: turns. Invariants: a turn holds what its role may hold; results of a content come before what else the
//! same content says, as every other dialect wants them right behind their calls.

use vocabulary::ApiError;

use super::super::spelling::{expect, get};
use super::pairing::Pairing;
use super::parts::PartReader;
use crate::conversation::{Content, Part, Reasoning, Request, Role, Text, Turn};
use crate::json::{Kind, RawValue};
use crate::request::wrong_kind;

/// Reads `contents`.
pub(super) fn read(request: &mut Request, contents: RawValue<'_>) -> Result<(), ApiError> {
    expect(contents, Kind::Array, "contents")?;
    let mut pairing = Pairing::default();
    for (index, content) in contents.elements().enumerate() {
        let path = format!("contents[{index}]");
        expect(content, Kind::Object, &path)?;
        let role = read_role(content, &path)?;
        match role {
            Role::Assistant => pairing.model_speaks(),
            _ => pairing.user_speaks(),
        }
        let mut reader = PartReader::new(request, &mut pairing, index);
        if let Some(parts) = get(content, "parts") {
            let path = format!("{path}.parts");
            expect(parts, Kind::Array, &path)?;
            for (number, part) in parts.elements().enumerate() {
                reader.read(part, number, &format!("{path}[{number}]"))?;
            }
        }
        let (parts, results) = reader.finish();
        push_turns(request, role, parts, results);
    }
    join_turns(&mut request.turns);
    Ok(())
}

/// Google's SDKs append each chunk of a streamed answer to the history as a content of its own: what the model said in one go
/// becomes one turn again, and its pieces one text.
fn join_turns(turns: &mut Vec<Turn>) {
    let mut joined: Vec<Turn> = Vec::with_capacity(turns.len());
    for turn in turns.drain(..) {
        match joined.last_mut() {
            Some(last) if last.role == Role::Assistant && turn.role == Role::Assistant => {
                last.parts.extend(turn.parts);
            }
            _ => joined.push(turn),
        }
    }
    for turn in joined.iter_mut().filter(|turn| turn.role == Role::Assistant) {
        turn.parts = join_parts(std::mem::take(&mut turn.parts));
    }
    *turns = joined;
}

/// A part and the pieces that came after it.
#[derive(Default)]
struct Run {
    first: Option<Part>,
    more: String,
}

fn join_parts(parts: Vec<Part>) -> Vec<Part> {
    let (mut joined, mut run) = (Vec::with_capacity(parts.len()), Run::default());
    for part in parts {
        if let Some(part) = run.take(part) {
            run.end(&mut joined);
            run.first = Some(part);
        }
    }
    run.end(&mut joined);
    joined
}

impl Run {
    /// Takes a part that continues the run; hands any other back.
    fn take(&mut self, part: Part) -> Option<Part> {
        match (self.first.as_mut().map(|first| &mut first.content), &part.content) {
            (Some(Content::Text { .. }), Content::Text { text, .. }) if part.extras.is_none() => {
                self.more.push_str(text);
            }
            (Some(Content::Reasoning(first)), Content::Reasoning(more)) if first.state.is_none() => {
                // Thoughts that come with their state are whole if they have a text, and else the state of those before.
                if more.state.is_some() && !more.text.is_empty() {
                    self.more.clear();
                    *first = more.clone();
                } else {
                    self.more.push_str(&more.text);
                    *first = Reasoning { text: std::mem::take(&mut first.text), ..more.clone() };
                }
            }
            _ => return Some(part),
        }
        None
    }

    fn end(&mut self, joined: &mut Vec<Part>) {
        let Self { first, more } = std::mem::take(self);
        let Some(mut part) = first else { return };
        match &mut part.content {
            Content::Text { text, .. } | Content::Reasoning(Reasoning { text, .. }) if !more.is_empty() => {
                *text = Text::from([&**text, &*more].concat());
            }
            _ => {}
        }
        joined.push(part);
    }
}

fn read_role(content: RawValue<'_>, path: &str) -> Result<Role, ApiError> {
    let Some(role) = get(content, "role") else { return Ok(Role::User) };
    let word = role.as_str().map(|word| word.trim().to_ascii_lowercase());
    match word.as_deref() {
        Some("" | "user") => Ok(Role::User),
        Some("model") => Ok(Role::Assistant),
        Some("function" | "tool") => Ok(Role::Tool),
        Some(_) => Err(wrong_kind(format!("{path}.role"), "must be \"user\" or \"model\"")),
        None => Err(wrong_kind(format!("{path}.role"), "must be a string")),
    }
}

fn push_turns(request: &mut Request, role: Role, parts: Vec<Part>, results: Vec<Part>) {
    let is_call = |part: &Part| matches!(part.content, Content::ToolCall(_));
    let role = match role {
        Role::Assistant => Role::Assistant,
        _ if parts.iter().any(is_call) => Role::Assistant,
        _ => Role::User,
    };
    let (said, answered) = (Turn::new(role, parts), Turn::new(Role::Tool, results));
    let turns = if role == Role::Assistant { [said, answered] } else { [answered, said] };
    request.turns.extend(turns.into_iter().filter(|turn| !turn.parts.is_empty()));
}
