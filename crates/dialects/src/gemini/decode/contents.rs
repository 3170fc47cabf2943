//! `contents`: who speaks, and the order of turns.
//! In: the array. Out: turns. Invariants: a turn holds what its role may hold; results of a content come before what else the
//! same content says, as every other dialect wants them right behind their calls.

use vocabulary::ApiError;

use super::super::spelling::{expect, get};
use super::pairing::Pairing;
use super::parts::PartReader;
use crate::conversation::{Content, Part, Request, Role, Turn};
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
    Ok(())
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
