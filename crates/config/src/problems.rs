//! Everything that is wrong with a configuration, gathered before anything is said about it.
//! In: problems in any order. Out: one list in reading order (`.env`, then the file by line, then the environment).
//! Invariant: the text of a problem never holds a secret; whoever adds one has masked it.

use std::fmt;

/// Every problem of a configuration. `Display` writes one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadErrors(Vec<String>);

impl LoadErrors {
    /// The problems, in reading order. Never empty.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<String> for LoadErrors {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for LoadErrors {}

/// Where a problem was found; the order of the variants is the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Dotenv(usize),
    File(usize),
    Environment,
}

/// The collector that all steps of loading share.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    errors: Vec<(Place, String)>,
    warnings: Vec<(Place, String)>,
}

impl Problems {
    pub(crate) fn error(&mut self, place: Place, text: impl Into<String>) {
        self.errors.push((place, text.into()));
    }

    pub(crate) fn warning(&mut self, place: Place, text: impl Into<String>) {
        self.warnings.push((place, text.into()));
    }

    /// The warnings if nothing is wrong, else all errors.
    pub(crate) fn finish(self) -> Result<Vec<String>, LoadErrors> {
        if self.errors.is_empty() {
            Ok(in_order(self.warnings))
        } else {
            Err(LoadErrors(in_order(self.errors)))
        }
    }
}

fn in_order(mut entries: Vec<(Place, String)>) -> Vec<String> {
    entries.sort_by_key(|(place, _)| *place);
    let mut texts: Vec<String> = entries.into_iter().map(|(_, text)| text).collect();
    texts.dedup();
    texts
}
