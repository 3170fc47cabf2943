//! Label texts that cannot grow without bound.
//! In: names that configuration or a provider's model list gave. Out: a `Label`, `unknown` beyond the cap.
//! Invariant: a family never has more than `cap` values of such a label, plus `unknown`.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// A label's text. Comparing and hashing are by text; clones share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label(Option<Arc<str>>);

impl Label {
    /// What stands for everything that a caller invented.
    pub const UNKNOWN: Self = Self(None);

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("unknown")
    }
}

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.as_str().encode(encoder)
    }
}

/// The names that one label may take: the first `cap` that were asked for.
///
/// Whether a name is known at all is the caller's to say: text from a client that the registry does not list is
/// `Label::UNKNOWN` without asking here.
#[derive(Debug)]
pub struct BoundedLabels {
    cap: usize,
    seen: Mutex<HashSet<Arc<str>>>,
}

impl BoundedLabels {
    /// An empty set with room for `cap` names.
    pub fn new(cap: usize) -> Self {
        Self { cap, seen: Mutex::default() }
    }

    /// The label of a known name; `unknown` when there is no room for one more.
    pub fn known(&self, name: &str) -> Label {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = seen.get(name) {
            return Label(Some(name.clone()));
        }
        if name.is_empty() || name == "unknown" || seen.len() >= self.cap {
            return Label::UNKNOWN;
        }
        let name: Arc<str> = name.into();
        seen.insert(name.clone());
        Label(Some(name))
    }

    /// How many names were taken in.
    pub fn len(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// True if no name was taken in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundedLabels, Label};

    #[test]
    fn names_beyond_the_cap_are_unknown_and_the_first_ones_stay() {
        let labels = BoundedLabels::new(2);
        assert_eq!(labels.known("a").as_str(), "a");
        assert_eq!(labels.known("b").as_str(), "b");
        assert_eq!(labels.known("c"), Label::UNKNOWN);
        assert_eq!(labels.known("a").as_str(), "a");
        assert_eq!(labels.known(""), Label::UNKNOWN);
        assert_eq!((labels.len(), Label::UNKNOWN.as_str()), (2, "unknown"));
    }
}
