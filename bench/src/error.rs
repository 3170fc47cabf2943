//! What can go wrong in the bench, in sentences for the person who runs it.
//! Not here: errors of single calls, which are counted in `load::Outcome`.

use std::io;

/// A failure that ends the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("cannot {what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("{0}")]
    Failed(String),
}

impl BenchError {
    /// `what` completes the sentence "cannot …".
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }
}

pub(crate) type Result<T> = std::result::Result<T, BenchError>;
