//! A model of `Edits` over plain lists, to compare with.

use bytes::Bytes;
use dialects::json::{Edits, RawObject};
use proptest::prelude::*;
use proptest::sample::select;

use crate::documents::Parts;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Set(&'static str, &'static str),
    Rename(&'static str, &'static str),
    Remove(&'static str),
    RemoveDuplicates(&'static str),
}

pub(crate) fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let key = || select(vec!["a", "b", "c", "model", "x y", "", "new"]);
    let json = select(vec!["1", "\"text\"", "null", "{\"deep\":[1]}"]);
    let operation = prop_oneof![
        (key(), json).prop_map(|(key, json)| Operation::Set(key, json)),
        (key(), key()).prop_map(|(key, name)| Operation::Rename(key, name)),
        key().prop_map(Operation::Remove),
        key().prop_map(Operation::RemoveDuplicates),
    ];
    proptest::collection::vec(operation, 0..6)
}

impl Operation {
    pub(crate) fn apply(&self, edits: &mut Edits<'_>) {
        match *self {
            Self::Set(key, json) => edits.set(key, Bytes::from_static(json.as_bytes())),
            Self::Rename(key, name) => edits.rename(key, name),
            Self::Remove(key) => edits.remove(key),
            Self::RemoveDuplicates(key) => edits.remove_duplicates(key),
        }
    }
}

#[derive(Clone, Debug)]
struct Entry {
    key: String,
    value: String,
    /// The member's text if nothing touched it.
    untouched: Option<String>,
}

/// The members that the object had, and those that were appended.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    kept: Vec<Entry>,
    appended: Vec<Entry>,
}

impl Model {
    pub(crate) fn of(parts: &Parts) -> Self {
        let entry = |(_, text, key, value, _): &(_, String, &str, String, _)| Entry {
            key: serde_json::from_str(key).expect("a key"),
            value: value.clone(),
            untouched: Some(text.clone()),
        };
        Self { kept: parts.members.iter().map(entry).collect(), appended: Vec::new() }
    }

    pub(crate) fn after(mut self, operations: &[Operation]) -> Self {
        for operation in operations {
            match *operation {
                Operation::Set(key, json) => self.set(key, json),
                Operation::Rename(key, name) if key != name => self.rename(key, name),
                Operation::Rename(..) => {}
                Operation::Remove(key) => self.remove(key),
                Operation::RemoveDuplicates(key) => drop(self.keep_last(key)),
            }
        }
        self
    }

    fn keep_last(&mut self, key: &str) -> Option<&mut Entry> {
        let last = self.kept.iter().rposition(|entry| entry.key == key)?;
        let mut index = 0;
        self.kept.retain(|entry| {
            index += 1;
            entry.key != key || index - 1 == last
        });
        self.kept.iter_mut().find(|entry| entry.key == key)
    }

    fn set(&mut self, key: &str, json: &str) {
        if let Some(entry) = self.keep_last(key) {
            if entry.value != json {
                (entry.value, entry.untouched) = (json.to_owned(), None);
            }
            return;
        }
        self.appended.retain(|entry| entry.key != key);
        self.appended.push(Entry { key: key.to_owned(), value: json.to_owned(), untouched: None });
    }

    fn rename(&mut self, key: &str, name: &str) {
        if self.keep_last(key).is_some() {
            self.remove(name);
            let entry = self.keep_last(key).expect("it is there");
            (entry.key, entry.untouched) = (name.to_owned(), None);
        } else if self.appended.iter().any(|entry| entry.key == key) {
            self.remove(name);
            let entry = self.appended.iter_mut().find(|entry| entry.key == key).expect("it is there");
            entry.key = name.to_owned();
        }
    }

    fn remove(&mut self, key: &str) {
        self.kept.retain(|entry| entry.key != key);
        self.appended.retain(|entry| entry.key != key);
    }

    /// Names and value texts, in order.
    pub(crate) fn members(&self) -> Vec<(String, String)> {
        self.kept.iter().chain(&self.appended).map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }

    /// True if the text of every untouched member stands in the edited text, in order.
    pub(crate) fn untouched_stand_in(&self, edited: &str) -> bool {
        let mut rest = edited;
        self.kept.iter().filter_map(|entry| entry.untouched.as_deref()).all(|text| {
            let found = rest.find(text);
            rest = found.and_then(|at| rest.get(at + text.len()..)).unwrap_or_default();
            found.is_some()
        })
    }
}

/// The members of a text, as the scan finds them; checked by `serde_json` to be JSON at all.
pub(crate) fn members_of(text: &str) -> Vec<(String, String)> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).expect(text);
    let object = RawObject::scan(Bytes::copy_from_slice(text.as_bytes())).expect(text);
    object.members().map(|member| (member.key().into_owned(), member.value().raw().to_owned())).collect()
}
