//! How hard to think, in the provider's form (B26). The nested form `reasoning: {"effort": …}` is never sent to a
//! provider that does not know it; what else stood in it is named as dropped.
//! Invariant: what the caller said in the provider's own form wins over the nested form.

use bytes::Bytes;
use dialects::json::{Kind, RawValue, quote};

use super::chat::Editing;
use crate::definition::{ChatEdits, Effort, Level};
use crate::settings::InstanceSettings;

pub(super) fn edit(editing: &mut Editing<'_>, model: &str, row: &ChatEdits, settings: &InstanceSettings) {
    match row.effort {
        Effort::Nested => {}
        Effort::Flat(level) => flat(editing, |effort| {
            let lowered = effort.to_ascii_lowercase();
            match settings.reasoning_efforts.iter().find(|(from, _)| from.eq_ignore_ascii_case(&lowered)) {
                Some((_, to)) => Word::Configured(to.clone()),
                None => Word::Declared(level(model, effort)),
            }
        }),
        Effort::Thinking => thinking(editing),
    }
}

/// What an effort becomes, from the operator's table or the row's.
enum Word {
    Configured(String),
    Declared(Level),
}

fn flat(editing: &mut Editing<'_>, translate: impl Fn(&str) -> Word) {
    let nested = editing.object.get("reasoning");
    if let Some(nested) = &nested {
        name_other_members(editing, nested);
    }
    let explicit = editing.object.get("reasoning_effort").filter(|effort| !effort.is_null());
    if nested.is_none() && explicit.is_none() {
        return;
    }
    let nested_effort = nested.and_then(|nested| nested.get("effort"));
    let effort = explicit.or(nested_effort).and_then(|effort| effort.as_str());
    let Some(effort) = effort else {
        editing.edits.remove("reasoning");
        return;
    };
    let word = match translate(&effort) {
        Word::Declared(Level::Disabled) => return disable(editing),
        Word::Declared(Level::AsGiven) => None,
        Word::Declared(Level::Word(word)) => Some(Bytes::from(format!("\"{word}\""))),
        Word::Configured(word) => Some(quote(&word)),
    };
    if explicit.is_some() {
        editing.edits.remove("reasoning");
        if let Some(word) = word {
            editing.edits.set("reasoning_effort", word);
        }
    } else {
        editing.edits.rename("reasoning", "reasoning_effort");
        editing.edits.set("reasoning_effort", word.unwrap_or_else(|| quote(&effort)));
    }
}

fn disable(editing: &mut Editing<'_>) {
    editing.edits.remove("reasoning");
    editing.edits.remove("reasoning_effort");
    if editing.object.get("thinking").is_none_or(|thinking| thinking.is_null()) {
        editing.edits.set("thinking", Bytes::from_static(br#"{"type":"disabled"}"#));
    }
}

fn thinking(editing: &mut Editing<'_>) {
    let Some(nested) = editing.object.get("reasoning") else { return };
    name_other_members(editing, &nested);
    let effort = nested.get("effort").and_then(|effort| effort.as_str());
    let explicit = editing.object.get("thinking").is_some_and(|thinking| !thinking.is_null());
    let Some(effort) = effort.filter(|_| !explicit) else {
        editing.edits.remove("reasoning");
        return;
    };
    let on = !effort.eq_ignore_ascii_case("none");
    let thinking: &[u8] = if on { br#"{"type":"enabled"}"# } else { br#"{"type":"disabled"}"# };
    editing.edits.rename("reasoning", "thinking");
    editing.edits.set("thinking", Bytes::from_static(thinking));
}

/// The nested form says more than the flat one can: its other members are dropped by name.
fn name_other_members(editing: &mut Editing<'_>, nested: &RawValue<'_>) {
    if !matches!(nested.kind(), Kind::Object | Kind::Null) {
        editing.dropped.push("reasoning".to_owned());
    }
    for (key, _) in nested.members().filter(|(key, value)| *key != "effort" && !value.is_null()) {
        editing.dropped.push(format!("reasoning.{key}"));
    }
}
