//! Reading nodes of the file into values: shapes, `${...}`, unknown keys and the origin of every value.
//! In: nodes and the full key they stand at. Out: values; everything wrong goes to `Problems` with its line.
//! Invariant: a value that is shown or named in a message has its secrets masked.

use crate::declare::{EffectiveValue, Field, Kind, Origin, Rejection};
use crate::expand::{Expanded, Lookup, expand};
use crate::near;
use crate::problems::{Place, Problems};
use crate::values::{list, mask_userinfo};
use crate::yaml::{Entry, Node, Value};

/// What shows in place of a secret.
const MASK: &str = "***";

/// A structured mapping whose keys are declared with `block!`.
pub(crate) trait Block: Default {
    const FIELDS: &'static [Field];
    fn read(entries: &[Entry], key: &str, reader: &mut Reader<'_>) -> Self;
}

/// How a field of a block holds a value that may be absent.
pub(crate) trait Fill<V> {
    fn fill(value: Option<V>) -> Self;
}

impl<V> Fill<V> for Option<V> {
    fn fill(value: Option<V>) -> Self {
        value
    }
}

impl<T> Fill<Self> for Vec<T> {
    fn fill(value: Option<Self>) -> Self {
        value.unwrap_or_default()
    }
}

/// Reads one file.
pub(crate) struct Reader<'a> {
    /// Path of the file, for messages.
    pub(crate) file: &'a str,
    pub(crate) lookup: Lookup<'a>,
    /// Unknown keys and unresolved names are errors, not warnings.
    pub(crate) strict: bool,
    pub(crate) problems: &'a mut Problems,
    pub(crate) values: &'a mut Vec<EffectiveValue>,
    /// Values that are read now are part of one that is listed whole.
    pub(crate) inside_listed: bool,
}

impl Reader<'_> {
    /// Something wrong on a line, always fatal.
    pub(crate) fn error(&mut self, line: usize, text: &str) {
        self.problems.error(Place::File(line), format!("failed to parse {}: line {line}: {text}", self.file));
    }

    /// Something wrong on a line that `CONFIG_STRICT=false` forgives.
    pub(crate) fn complain(&mut self, line: usize, text: &str) {
        if self.strict {
            self.error(line, text);
        } else {
            self.problems.warning(Place::File(line), format!("{}: line {line}: {text}", self.file));
        }
    }

    pub(crate) fn unknown_key<'k>(
        &mut self,
        line: usize,
        parent: &str,
        key: &str,
        known: impl Iterator<Item = &'k str>,
    ) {
        let hint = near::closest(key, known)
            .map_or_else(String::new, |near| format!(" (did you mean {:?}?)", join(parent, near)));
        self.complain(line, &format!("field {} not found{hint}", join(parent, key)));
    }

    /// The value, or `None` and a message.
    pub(crate) fn accept<V>(
        &mut self,
        line: usize,
        key: &str,
        shown: Option<&str>,
        parsed: Result<V, Rejection>,
    ) -> Option<V> {
        parsed.map_err(|rejection| self.error(line, &rejection.message(key, None, shown))).ok()
    }

    fn wrong_shape(&mut self, node: &Node, key: &str, expected: &str) {
        let found = match node.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Null | Value::Scalar { .. } => "a single value",
        };
        let article = if expected.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        self.error(node.line, &format!("{key} must be {article} {expected}, not {found}"));
    }

    /// The expanded text of a scalar; null is the empty text.
    pub(crate) fn text(
        &mut self,
        node: &Node,
        key: &str,
        expected: &str,
        keeps_unresolved: bool,
    ) -> Option<String> {
        match &node.value {
            Value::Null => Some(String::new()),
            Value::Scalar { text, .. } => self.expanded(text, node.line, key, keeps_unresolved),
            Value::Sequence(_) | Value::Mapping(_) => {
                self.wrong_shape(node, key, expected);
                None
            }
        }
    }

    fn expanded(&mut self, text: &str, line: usize, key: &str, keeps_unresolved: bool) -> Option<String> {
        let Expanded { text, unresolved, faults } = expand(text, self.lookup);
        for fault in &faults {
            self.error(line, &format!("{key}: {fault}"));
        }
        for name in unresolved.iter().filter(|_| !keeps_unresolved) {
            self.complain(
                line,
                &format!(
                    "{key}: environment variable {name} is unset or empty (write ${{{name}:-}} to allow that)"
                ),
            );
        }
        let failed = !faults.is_empty() || (self.strict && !keeps_unresolved && !unresolved.is_empty());
        (!failed).then_some(text)
    }

    /// The texts of a list: a sequence of scalars, or one comma-separated text.
    pub(crate) fn texts(&mut self, node: &Node, key: &str, keeps_unresolved: bool) -> Option<Vec<String>> {
        let Value::Sequence(items) = &node.value else {
            return self.text(node, key, "list", keeps_unresolved).map(|text| list(&text));
        };
        let texts: Vec<Option<String>> =
            items.iter().map(|item| self.text(item, key, "list of texts", keeps_unresolved)).collect();
        texts.into_iter().collect()
    }

    /// The entries of a mapping; none for null.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Mapping(entries) => Some(entries),
            Value::Null => Some(&[]),
            Value::Sequence(_) | Value::Scalar { .. } => {
                self.wrong_shape(node, key, "mapping");
                None
            }
        }
    }

    /// The items of a sequence; none for null.
    pub(crate) fn items<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Node]> {
        match &node.value {
            Value::Sequence(items) => Some(items),
            Value::Null => Some(&[]),
            Value::Mapping(_) | Value::Scalar { .. } => {
                self.wrong_shape(node, key, "list");
                None
            }
        }
    }

    /// Reads a mapping of declared keys; others are unknown.
    pub(crate) fn block<B: Block>(&mut self, node: &Node, key: &str) -> Option<B> {
        let entries = self.entries(node, key)?;
        for entry in entries {
            if !B::FIELDS.iter().any(|field| field.key == entry.key) {
                self.unknown_key(entry.line, key, &entry.key, B::FIELDS.iter().map(|field| field.key));
            }
        }
        Some(B::read(entries, key, self))
    }

    /// Reads one key of a block, if it is there and neither null nor empty.
    pub(crate) fn field<K: Kind>(&mut self, entries: &[Entry], parent: &str, name: &str) -> Option<K::Value> {
        let entry = entries.iter().find(|entry| entry.key == name && entry.value.value != Value::Null)?;
        let empty = |text: &str| expand(text, self.lookup).text.trim().is_empty();
        if !K::EMPTY_COUNTS && matches!(&entry.value.value, Value::Scalar { text, .. } if empty(text)) {
            return None;
        }
        let key = join(parent, name);
        if K::LISTED && !self.inside_listed {
            let value = self.shown(&entry.value, K::SECRET);
            self.values.push(EffectiveValue {
                key: key.clone(),
                env: None,
                value,
                origin: self.origin(&entry.value),
            });
        }
        let outside = self.inside_listed;
        self.inside_listed = outside || K::LISTED;
        let value = K::read(&entry.value, &key, self);
        self.inside_listed = outside;
        value
    }

    /// The node as one line of text, expanded, or the mask.
    pub(crate) fn shown(&self, node: &Node, secret: bool) -> String {
        if secret {
            return MASK.to_owned();
        }
        match &node.value {
            Value::Scalar { text, .. } => mask_userinfo(&expand(text, self.lookup).text),
            Value::Null => String::new(),
            Value::Sequence(_) | Value::Mapping(_) => {
                crate::json::encode(node, &|text| mask_userinfo(&expand(text, self.lookup).text))
            }
        }
    }

    pub(crate) fn origin(&self, node: &Node) -> Origin {
        Origin::File { path: self.file.to_owned(), line: node.line }
    }
}

/// `parent.key`, or `key` at the top.
pub(crate) fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}

/// The text shown for a value that came as text.
pub(crate) fn shown_text(text: &str, secret: bool) -> String {
    if secret && !text.is_empty() { MASK.to_owned() } else { mask_userinfo(text) }
}
