//! One setting from three layers: the environment over the file over the default.
//! In: the nodes that the walk found, the merged environment, a declaration. Out: a typed value and a line for `print-config`.
//! Invariant: every layer that was set is checked, also where a stronger one wins.

use std::collections::BTreeMap;

use crate::declare::{Declaration, DefaultValue, EffectiveValue, Kind, Origin};
use crate::environment::MergedEnvironment;
use crate::problems::Place;
use crate::reader::{Reader, shown_text};
use crate::yaml::{Node, Value};

/// A struct of settings that knows its declarations.
pub(crate) trait Section: Sized {
    const TABLES: SectionTables;
    /// `None` if any of its values is wrong; all of them are tried.
    fn assemble(resolver: &mut Resolver<'_, '_>) -> Option<Self>;
}

/// The declarations of a section and of the sections inside it.
pub(crate) struct SectionTables {
    /// What the section is about, as doc lines.
    pub(crate) about: &'static [&'static str],
    pub(crate) own: &'static [Declaration],
    pub(crate) inner: &'static [SectionTables],
}

impl SectionTables {
    pub(crate) fn declarations(&self) -> impl Iterator<Item = &'static Declaration> {
        self.own.iter().chain(self.inner.iter().flat_map(|inner| inner.own))
    }
}

/// Finds values for declarations.
pub(crate) struct Resolver<'a, 'r> {
    pub(crate) reader: &'a mut Reader<'r>,
    pub(crate) nodes: &'a BTreeMap<&'static str, Node>,
}

/// A layer's answer: not set, or set (and perhaps refused).
type Layer<V> = Option<(Option<V>, String, Origin)>;

impl<'r> Resolver<'_, 'r> {
    fn environment(&self) -> &'r MergedEnvironment {
        self.reader.lookup.environment
    }

    /// The value of `declaration` by kind `K`; `None` if a layer holds a bad one.
    pub(crate) fn resolve<K: Kind>(&mut self, declaration: &'static Declaration) -> Option<K::Value> {
        let from_file = self.file_layer::<K>(declaration);
        let from_environment = self.environment_layer::<K>(declaration);
        let refused =
            [&from_file, &from_environment].into_iter().flatten().any(|(value, ..)| value.is_none());
        let (value, shown, origin) =
            from_environment.or(from_file).unwrap_or_else(|| self.default_layer::<K>(declaration));
        let env = declaration.env.first().copied();
        self.reader.values.push(EffectiveValue {
            key: declaration.name().to_owned(),
            env,
            value: shown,
            origin,
        });
        value.filter(|_| !refused)
    }

    fn file_layer<K: Kind>(&mut self, declaration: &Declaration) -> Layer<K::Value> {
        let key = declaration.yaml_key()?;
        let node = self.nodes.get(key).filter(|node| node.value != Value::Null)?;
        let shown = self.reader.shown(node, K::SECRET);
        let origin = self.reader.origin(node);
        Some((K::read(node, key, self.reader), shown, origin))
    }

    fn environment_layer<K: Kind>(&mut self, declaration: &Declaration) -> Layer<K::Value> {
        let environment = self.environment();
        let name = declaration.env.iter().find(|name| environment.get(name).is_some())?;
        let mut text = environment.get(name)?;
        if K::CLEARABLE && text == "none" {
            text = "";
        }
        let value = K::parse(text).map_err(|rejection| {
            let shown = (!K::SECRET).then_some(text);
            self.reader
                .problems
                .error(Place::Environment, rejection.message(declaration.name(), Some(name), shown));
        });
        Some((value.ok(), shown_text(text, K::SECRET), environment.origin(name)))
    }

    fn default_layer<K: Kind>(&mut self, declaration: &Declaration) -> (Option<K::Value>, String, Origin) {
        let text = match declaration.default {
            DefaultValue::Fixed(text) => text.to_owned(),
            DefaultValue::Found { find, .. } => {
                find(self.reader.lookup.directory, self.environment().values()).to_string_lossy().into_owned()
            }
        };
        let value = K::parse(&text).map_err(|rejection| {
            self.reader
                .problems
                .error(Place::Environment, rejection.message(declaration.name(), None, Some(&text)));
        });
        (value.ok(), shown_text(&text, K::SECRET), Origin::Default)
    }
}
