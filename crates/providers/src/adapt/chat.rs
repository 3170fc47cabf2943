//! The edits of a chat body behind those that the dialect makes for every provider (`ChatRequest::edit_for_upstream`):
//! reasoning models, effort, what the row declares, what the operator configured.
//! Out: slices of the body with small pieces between them, and the names of what was left out.
//! Invariant: closed list (spec 01 §8.2). A later step sees the members as the earlier ones named them.

use bytes::Bytes;
use dialects::json::{Edits, Kind, RawObject, RawValue, Slices};
use dialects::openai_chat::{ChatRequest, UsageWish};

use super::{Target, effort, reasoning};
use crate::definition::{ChatEdits, Clamp, Definition, Rename};
use crate::settings::InstanceSettings;

pub(super) fn edit(
    request: &ChatRequest,
    target: &Target<'_>,
    definition: &Definition,
    settings: &InstanceSettings,
) -> (Slices, Vec<String>) {
    let row = &definition.chat;
    let wanted = request.stream() && target.enforce_usage && row.usage_on_request;
    let usage = if wanted { UsageWish::Include } else { UsageWish::AsSent };
    let mut editing = Editing::new(request.edit_for_upstream(target.model, usage));
    if settings.model_quirks {
        reasoning::edit(&mut editing, target.model, row.reasoning_ids);
    }
    effort::edit(&mut editing, target.model, row, settings);
    declared(&mut editing, row);
    configured(&mut editing, settings);
    editing.finish()
}

/// A body that is being edited.
pub(super) struct Editing<'a> {
    pub object: &'a RawObject,
    pub edits: Edits<'a>,
    pub dropped: Vec<String>,
}

impl<'a> Editing<'a> {
    /// Goes on from the edits that the gateway makes for every provider.
    pub(super) fn new(edits: Edits<'a>) -> Self {
        Self { object: edits.object(), edits, dropped: Vec::new() }
    }

    /// The edited body, and what was left out, in the order of the request.
    pub(super) fn finish(mut self) -> (Slices, Vec<String>) {
        let object = self.object;
        self.dropped.sort_by_key(|path| {
            let key = path.split(['.', '[']).next().unwrap_or(path);
            object.members().position(|member| member.is(key))
        });
        (self.edits.finish(), self.dropped)
    }

    /// Removes a member that the caller sent, and says so unless it was null.
    pub(super) fn drop_member(&mut self, key: &str) {
        if let Some(value) = self.object.get(key) {
            self.edits.remove(key);
            if !value.is_null() {
                self.dropped.push(key.to_owned());
            }
        }
    }

    /// Renames a member; if the new name was sent as well, that one wins and the old one is dropped.
    pub(super) fn rename_member(&mut self, from: &str, to: &str) {
        let explicit = self.object.get(to).is_some_and(|value| !value.is_null());
        match self.object.get(from) {
            Some(_) if explicit => self.drop_member(from),
            Some(_) => self.edits.rename(from, to),
            None => {}
        }
    }
}

/// What the row renames, drops and clamps, and its own quirk.
fn declared(editing: &mut Editing<'_>, row: &ChatEdits) {
    for Rename { from, to } in row.renames {
        editing.rename_member(from, to);
    }
    for key in row.drops {
        editing.drop_member(key);
    }
    for clamp in row.clamps {
        clamp_number(editing, clamp);
    }
    if let Some(quirk) = row.quirk {
        quirk(editing.object, &mut editing.edits);
    }
}

fn clamp_number(editing: &mut Editing<'_>, clamp: &Clamp) {
    let number = editing.object.get(clamp.member).as_ref().and_then(as_number);
    if number.is_some_and(|number| number <= clamp.above || number > clamp.up_to) {
        editing.edits.set(clamp.member, Bytes::from_static(clamp.replacement.as_bytes()));
    }
}

fn as_number(value: &RawValue<'_>) -> Option<f64> {
    (value.kind() == Kind::Number).then(|| value.raw().parse().ok()).flatten()
}

/// What the operator wrote down for this instance, on what would otherwise be sent (B25).
pub(super) fn configured(editing: &mut Editing<'_>, settings: &InstanceSettings) {
    for key in &settings.drop_fields {
        editing.edits.remove(key);
        if editing.object.get(key).is_some_and(|value| !value.is_null()) && !editing.dropped.contains(key) {
            editing.dropped.push(key.clone());
        }
    }
    for (from, to) in &settings.rename_fields {
        editing.edits.rename(from, to);
    }
    for (key, json) in &settings.extra_body {
        editing.edits.set(key, json.clone());
    }
}
