//! The shape of a declaration: one place per setting for key, environment name, kind, default and doc line.
//! In: the `section!` and `block!` lists of `settings`, `provider_block` and `model_block`. Out: typed structs, and tables that the
//! file walk, the environment overlay, `print-config` and the manual read.
//! Invariant: a default is text that passes through the same parser as a configured value.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::reader::Reader;
use crate::sources::Environment;
use crate::yaml::Node;

/// One setting, as the tables know it.
pub(crate) struct Declaration {
    /// Full YAML key; begins with `.` if the setting has none.
    key: &'static str,
    /// Environment names, strongest first.
    pub(crate) env: &'static [&'static str],
    /// The kind of value, for the manual.
    pub(crate) kind: &'static str,
    pub(crate) secret: bool,
    pub(crate) default: DefaultValue,
    pub(crate) doc: &'static [&'static str],
}

impl Declaration {
    pub(crate) const fn new(
        key: &'static str,
        env: &'static [&'static str],
        kind: (&'static str, bool),
        default: DefaultValue,
        doc: &'static [&'static str],
    ) -> Self {
        Self { key, env, kind: kind.0, secret: kind.1, default, doc }
    }

    /// The full YAML key, if the setting can stand in the file.
    pub(crate) fn yaml_key(&self) -> Option<&'static str> {
        (!self.key.starts_with('.')).then_some(self.key)
    }

    /// What messages call the setting.
    pub(crate) fn name(&self) -> &'static str {
        self.yaml_key().or(self.env.first().copied()).unwrap_or(self.key)
    }

    pub(crate) fn doc_line(&self) -> String {
        doc_line(self.doc)
    }
}

/// Doc comment lines as one line of prose.
pub(crate) fn doc_line(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// The value of a setting that nobody set.
pub(crate) enum DefaultValue {
    Fixed(&'static str),
    /// Depends on the machine: what the manual says, and how to find it.
    Found {
        shown: &'static str,
        find: fn(&Path, &Environment) -> PathBuf,
    },
}

/// One key of a structured block, for the walk and the manual.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) doc: &'static [&'static str],
    /// The keys of the mapping or of the mappings in the list that stands here.
    pub(crate) fields: &'static [Field],
}

/// How the text or the node of a setting becomes a value. Each kind overrides `parse`, `read` or both.
pub(crate) trait Kind {
    type Value;
    /// What the manual and error messages call it: `integer`, `list`.
    const NAME: &'static str;
    /// Secrets are never shown.
    const SECRET: bool = false;
    /// The environment value `none` empties it.
    const CLEARABLE: bool = false;
    /// An unresolved `${NAME}` stays in the text instead of being an error (spec 02 §1.4).
    const KEEPS_UNRESOLVED: bool = false;
    /// Empty text in a block says something; otherwise it counts as absent.
    const EMPTY_COUNTS: bool = false;
    /// The keys below, if it is a mapping or a list of mappings.
    const FIELDS: &'static [Field] = &[];
    /// `print-config` shows it as one value, not key by key.
    const LISTED: bool = true;

    /// Reads a scalar.
    fn parse(_text: &str) -> Result<Self::Value, Rejection> {
        Err(Rejection::Not(Self::NAME))
    }

    /// Reads a node of the file; what is wrong goes to `reader`.
    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        let text = reader.text(node, key, Self::NAME, Self::KEEPS_UNRESOLVED)?;
        reader.accept(node.line, key, (!Self::SECRET).then_some(&text), Self::parse(&text))
    }
}

/// Why a value was refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Rejection {
    /// `"x" is not a valid integer`.
    Not(&'static str),
    /// `"x" must be between 1 and 9`.
    Must(String),
    /// A text of its own, fixed by the spec.
    Whole(String),
}

impl Rejection {
    /// The full message; `value` is `None` for secrets.
    pub(crate) fn message(&self, name: &str, env: Option<&str>, value: Option<&str>) -> String {
        let shown = value.map_or_else(
            || "the value".to_owned(),
            |value| format!("{:?}", shorten(&crate::values::mask_userinfo(value))),
        );
        let subject = match env {
            Some(env) if env != name => format!("invalid value for {name} ({env}): {shown}"),
            _ => format!("invalid value for {name}: {shown}"),
        };
        match self {
            Self::Not(what) => format!("{subject} is not a valid {what}"),
            Self::Must(rule) => format!("{subject} must {rule}"),
            Self::Whole(text) => text.clone(),
        }
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST).chain("...".chars()).collect()
    }
}

/// Where an effective value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// Path as it was given.
        path: String,
        /// Line of the value, from 1.
        line: usize,
    },
    /// A variable of the process environment.
    Environment(String),
    /// A variable of the `.env` file.
    Dotenv(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "env {name}"),
            Self::Dotenv(name) => write!(f, ".env {name}"),
        }
    }
}

/// One line of `print-config`: a setting and the value that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveValue {
    /// Full YAML key, or the environment name of a setting without one.
    pub key: String,
    /// The first environment name that sets it.
    pub env: Option<&'static str>,
    /// The value as text; `***` for a secret.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// Declares the settings of one section of the file: a struct, its table, and how it is assembled.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $vis:vis $name:ident at $path:literal {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:tt as $kind:ty $(, env $($env:literal)|+)?; )*
        }
        $(with { $( $(#[doc = $inner_doc:literal])+ $inner:ident: $section:ident; )* })?
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $vis $field: $type, )*
            $($( $(#[doc = $inner_doc])+ $vis $inner: $section, )*)?
        }

        impl $crate::resolver::Section for $name {
            const TABLES: $crate::resolver::SectionTables = $crate::resolver::SectionTables {
                about: &[$($about),+],
                own: &[$(
                    $crate::declare::Declaration::new(
                        concat!($path, ".", stringify!($field)),
                        &[$($($env),+)?],
                        (<$kind as $crate::declare::Kind>::NAME, <$kind as $crate::declare::Kind>::SECRET),
                        $crate::declare::default_value!($default),
                        &[$($doc),+],
                    )
                ),*],
                inner: &[$($( <$section as $crate::resolver::Section>::TABLES ),*)?],
            };

            fn assemble(resolver: &mut $crate::resolver::Resolver<'_, '_>) -> Option<Self> {
                let mut declarations = Self::TABLES.own.iter();
                $( let $field = resolver.resolve::<$kind>(declarations.next()?); )*
                $($( let $inner = $section::assemble(resolver); )*)?
                Some(Self { $($field: $field?,)* $($($inner: $inner?,)*)? })
            }
        }
    };
}

macro_rules! default_value {
    ($text:literal) => {
        $crate::declare::DefaultValue::Fixed($text)
    };
    ($found:ident) => {
        $found
    };
}

/// Declares a structured mapping of the file, every key optional: a struct, its keys, and how it is read.
macro_rules! block {
    (
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal as $kind:ty; )*
        }
        $(beside { $( $(#[doc = $extra_doc:literal])+ $extra:ident: $extra_type:ty; )* })?
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($( $(#[doc = $extra_doc])+ pub $extra: $extra_type, )*)?
            $( $(#[doc = $doc])+ pub $field: $type, )*
        }

        impl $crate::reader::Block for $name {
            const FIELDS: &'static [$crate::declare::Field] = &[$(
                $crate::declare::Field {
                    key: $key,
                    kind: <$kind as $crate::declare::Kind>::NAME,
                    doc: &[$($doc),+],
                    fields: <$kind as $crate::declare::Kind>::FIELDS,
                }
            ),*];

            fn read(entries: &[$crate::yaml::Entry], key: &str, reader: &mut $crate::reader::Reader<'_>) -> Self {
                Self {
                    $($( $extra: <$extra_type>::default(), )*)?
                    $( $field: $crate::reader::Fill::fill(reader.field::<$kind>(entries, key, $key)), )*
                }
            }
        }
    };
}

pub(crate) use {block, default_value, section};
