//! The walk over the file: which node belongs to which setting, and which key to nobody.
//! In: the tree. Out: nodes by declared key, the `providers` node, and the known names without a feature that were set.
//! Invariant: every key of the file is a setting, below a known section, or reported with its line and full name.

use std::collections::{BTreeMap, BTreeSet};

use crate::declare::Declaration;
use crate::known;
use crate::reader::{Reader, join};
use crate::yaml::{Node, Value};

/// What the file holds.
#[derive(Default)]
pub(crate) struct Found<'n> {
    pub(crate) nodes: BTreeMap<&'static str, Node>,
    pub(crate) providers: Option<&'n Node>,
    /// Keys that are accepted without effect.
    pub(crate) later: Vec<String>,
}

/// What a key of the file is.
enum Class {
    Setting(&'static str),
    Providers,
    Later,
    Section,
    Unknown,
}

/// Sorts every key below `root`.
pub(crate) fn walk<'n>(
    root: &'n Node,
    declarations: &[&'static Declaration],
    reader: &mut Reader<'_>,
) -> Found<'n> {
    let mut found = Found::default();
    let keys: Vec<&'static str> =
        declarations.iter().filter_map(|declaration| declaration.yaml_key()).collect();
    walk_section(root, "", &keys, reader, &mut found);
    found
}

fn walk_section<'n>(
    node: &'n Node,
    section: &str,
    keys: &[&'static str],
    reader: &mut Reader<'_>,
    found: &mut Found<'n>,
) {
    let name = if section.is_empty() { "the file" } else { section };
    for entry in reader.entries(node, name).unwrap_or_default() {
        let key = join(section, &entry.key);
        match classify(&key, keys) {
            Class::Setting(declared) => {
                found.nodes.insert(declared, entry.value.clone());
            }
            Class::Providers => found.providers = Some(&entry.value),
            Class::Later if entry.value.value == Value::Null => {}
            Class::Later => found.later.push(key),
            Class::Section => walk_section(&entry.value, &key, keys, reader, found),
            Class::Unknown => {
                let siblings = siblings(section, keys);
                reader.unknown_key(entry.line, section, &entry.key, siblings.into_iter());
            }
        }
    }
}

fn classify(key: &str, keys: &[&'static str]) -> Class {
    let below = |known: &str| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    if let Some(declared) = keys.iter().find(|declared| **declared == key) {
        Class::Setting(declared)
    } else if key == "providers" {
        Class::Providers
    } else if known::later_keys().any(|known| known == key || known.strip_suffix(".*") == Some(key)) {
        Class::Later
    } else if keys.iter().any(|declared| below(declared)) || known::later_keys().any(below) {
        Class::Section
    } else {
        Class::Unknown
    }
}

/// The words that may stand in a section.
fn siblings(section: &str, keys: &[&'static str]) -> BTreeSet<&'static str> {
    let later = known::later_keys();
    let word = |key: &'static str| {
        let rest = if section.is_empty() { key } else { key.strip_prefix(section)?.strip_prefix('.')? };
        rest.split('.').next()
    };
    keys.iter().copied().chain(later).chain(["providers"]).filter_map(word).collect()
}
