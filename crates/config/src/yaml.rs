//! A YAML text as a small tree that keeps what a typed decoder forgets: the line of every key and the raw text of every scalar.
//! In: the text of the configuration file. Out: a `Node`, and every fault of the file's form.
//! Invariant: no aliases, one document, no duplicate keys, at most `MAX_DEPTH` levels, so the tree is never larger than the text.
//! Not here: what the keys mean (`walk`), `${...}` (`expand`). Source: YAML 1.2.2.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::problems::{Place, Problems};

const MAX_DEPTH: usize = 64;

/// A value and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Nothing at all, `~` or `null`: the key counts as absent.
    Null,
    /// `plain` is false for quoted and block text, which is never a number, a boolean or null.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: Node,
}

/// Parses `text`; faults are reported against `file`. `None` if the text cannot be understood.
pub(crate) fn parse(text: &str, file: &str, problems: &mut Problems) -> Option<Node> {
    let mut builder = Builder { file, problems, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let kept = match event {
            Ok((event, span)) => builder.accept(event, span),
            Err(error) => Err((error.marker().line(), error.info().to_owned())),
        };
        if let Err((line, fault)) = kept {
            builder.fault(line, &fault);
            return None;
        }
    }
    Some(builder.root.unwrap_or(Node { line: 1, value: Value::Null }))
}

/// A collection that is not closed yet.
enum Open {
    Sequence { line: usize, items: Vec<Node> },
    Mapping { line: usize, entries: Vec<Entry>, key: Option<(String, usize)> },
}

struct Builder<'a> {
    file: &'a str,
    problems: &'a mut Problems,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

/// A fault after which the rest of the file is not worth reading: its line and text.
type Fatal = (usize, String);

impl Builder<'_> {
    fn fault(&mut self, line: usize, text: &str) {
        self.problems.error(Place::File(line), format!("failed to parse {}: line {line}: {text}", self.file));
    }

    fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), Fatal> {
        let line = span.start.line();
        match event {
            Event::DocumentStart(_) => self.open_document(line),
            Event::Alias(_) => Err((line, "aliases (*name) are not supported".to_owned())),
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && !tag.is_some_and(|tag| is_string_tag(&tag));
                self.close(Node { line, value: scalar(&text, plain) })
            }
            Event::SequenceStart(..) => self.open(line, Open::Sequence { line, items: Vec::new() }),
            Event::MappingStart(..) => {
                self.open(line, Open::Mapping { line, entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::Sequence { line, items }) => {
                    self.close(Node { line, value: Value::Sequence(items) })
                }
                Some(Open::Mapping { line, entries, .. }) => {
                    self.close(Node { line, value: Value::Mapping(entries) })
                }
                None => Ok(()),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn open_document(&mut self, line: usize) -> Result<(), Fatal> {
        self.documents += 1;
        if self.documents > 1 {
            return Err((
                line,
                "only one YAML document is supported, found another after a '---' separator".to_owned(),
            ));
        }
        Ok(())
    }

    fn open(&mut self, line: usize, collection: Open) -> Result<(), Fatal> {
        if self.open.len() >= MAX_DEPTH {
            return Err((line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.open.push(collection);
        Ok(())
    }

    /// Hands a finished node to the collection around it.
    fn close(&mut self, node: Node) -> Result<(), Fatal> {
        let duplicate = match self.open.last_mut() {
            None => {
                self.root = Some(node);
                None
            }
            Some(Open::Sequence { items, .. }) => {
                items.push(node);
                None
            }
            Some(Open::Mapping { entries, key, .. }) => match key.take() {
                None => {
                    *key = Some(key_of(node)?);
                    None
                }
                Some((key, line)) => add_entry(entries, Entry { key, line, value: node }),
            },
        };
        if let Some((line, text)) = duplicate {
            self.fault(line, &text);
        }
        Ok(())
    }
}

/// Adds an entry, or says that its key was there before.
fn add_entry(entries: &mut Vec<Entry>, entry: Entry) -> Option<Fatal> {
    if let Some(first) = entries.iter().find(|first| first.key == entry.key) {
        return Some((entry.line, format!("key {:?} already set on line {}", entry.key, first.line)));
    }
    entries.push(entry);
    None
}

fn key_of(node: Node) -> Result<(String, usize), Fatal> {
    match node.value {
        Value::Scalar { text, .. } => Ok((text, node.line)),
        Value::Null => Ok((String::new(), node.line)),
        Value::Sequence(_) | Value::Mapping(_) => Err((node.line, "a key must be a plain word".to_owned())),
    }
}

fn scalar(text: &str, plain: bool) -> Value {
    if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar { text: text.to_owned(), plain }
}

fn is_string_tag(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}
