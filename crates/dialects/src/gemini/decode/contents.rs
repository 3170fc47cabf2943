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
    for turn in &mut joined {
        turn.parts = join_parts(std::mem::take(&mut turn.parts));
    }
    *turns = joined;
}

fn join_parts(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (joined.last_mut().map(|last| &mut last.content), &part.content) {
            (Some(Content::Text { text, .. }), Content::Text { text: more, .. }) if part.extras.is_none() => {
                *text = Text::from([&**text, &**more].concat());
            }
            (Some(Content::Reasoning(first)), Content::Reasoning(more)) if first.state.is_none() => {
                // Thoughts that come with their state are whole if they have a text, and else the state of those before.
                let is_whole = more.state.is_some() && !more.text.is_empty();
                let text =
                    if is_whole { more.text.clone() } else { [&*first.text, &*more.text].concat().into() };
                *first = Reasoning { text, ..more.clone() };
            }
            _ => joined.push(part),
        }
    }
    joined
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
