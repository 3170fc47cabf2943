//! What a translation left out, and what it refuses (spec 03 §1.8).
//! In: the notes of a request, the target, the caller's wish to be strict. Out: the paths for `X-GoModel-Dropped`, or a 400.
//! Invariant: the decision stands in `loss_table`; nothing here knows a member.

use std::collections::{HashMap, HashSet};

use vocabulary::{ApiError, Code, Dialect};

use super::Request;
use super::loss_table::{Fate, Feature, fate};

/// A member of a request that some target cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub feature: Feature,
    /// Where it stands in the client's body, such as `messages[2].content[0]`.
    pub path: String,
    /// What a refusal says, if it is not the table's text.
    pub refusal: Option<String>,
}

/// Whether a hint may be dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is dropped and named.
    #[default]
    Lenient,
    /// It is refused.
    Strict,
}

/// What was left out of one request.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    strictness: Strictness,
    dropped: Vec<String>,
    /// The same paths: a hostile body has a million of them.
    known: HashSet<String>,
    /// How many of them the table decided.
    settled: usize,
}

impl Losses {
    /// Decides over every note of a request. `keeps` names features that this one provider takes although its dialect
    /// does not have them.
    ///
    /// # Errors
    /// 400 `unsupported_translation` for what the target cannot express and the caller must know.
    pub fn settle(
        request: &Request,
        target: Dialect,
        strictness: Strictness,
        keeps: &[Feature],
    ) -> Result<Self, ApiError> {
        let mut losses = Self { strictness, ..Self::default() };
        for note in request.notes.iter().filter(|note| !keeps.contains(&note.feature)) {
            match fate(note.feature, target) {
                Fate::Kept | Fate::Changed(_) => {}
                Fate::Dropped => losses.drop(note.feature, &note.path, target)?,
                Fate::Refused(text) => return Err(refusal(note, target, text)),
                Fate::Unsupported(text) => {
                    return Err(ApiError::new(Code::UnsupportedParameter, text).with_param(note.path.clone()));
                }
            }
        }
        losses.settled = losses.dropped.len();
        Ok(losses)
    }

    /// Leaves something out that the table keeps in general: because of the model, or of what else was asked for.
    ///
    /// # Errors
    /// 400 `unsupported_translation` if the caller is strict.
    pub fn drop(&mut self, feature: Feature, path: &str, target: Dialect) -> Result<(), ApiError> {
        if self.strictness == Strictness::Strict {
            return Err(cannot(feature, path, target));
        }
        if self.known.insert(path.to_owned()) {
            self.dropped.push(path.to_owned());
        }
        Ok(())
    }

    /// The paths of what was left out, in the order of the request's notes; what was not noted comes last.
    pub fn into_dropped(self, notes: &[Note]) -> Vec<String> {
        let mut dropped = self.dropped;
        if dropped.len() > self.settled {
            let mut places = HashMap::with_capacity(notes.len());
            for (place, note) in notes.iter().enumerate() {
                places.entry(&*note.path).or_insert(place);
            }
            dropped.sort_by_key(|path| places.get(&**path).copied().unwrap_or(usize::MAX));
        }
        dropped
    }
}

fn refusal(note: &Note, target: Dialect, text: Option<&'static str>) -> ApiError {
    let fixed = note.refusal.clone().or(text.map(|text| text.replace("{path}", &note.path)));
    match fixed {
        Some(message) => ApiError::invalid_request(message).with_param(note.path.clone()),
        None => cannot(note.feature, &note.path, target),
    }
}

/// 400 for a feature that a target does not have.
pub(crate) fn cannot(feature: Feature, path: &str, target: Dialect) -> ApiError {
    let message =
        format!("{path}: {} cannot be expressed in the dialect {}", feature.title(), target.title());
    ApiError::new(Code::UnsupportedTranslation, message).with_param(path.to_owned())
}
