//! Why a text is not the JSON object that was asked for.
//! Invariant: the texts are public; they name a place, never the content.

use std::fmt;

use super::scan::MAX_DEPTH;

/// What is wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing but white space.
    Empty,
    /// Larger than 4 GiB.
    TooLarge,
    /// Not UTF-8, or a byte-order mark in front.
    InvalidUtf8,
    /// A JSON value of another kind.
    NotAnObject,
    /// The text ends too early.
    UnexpectedEnd,
    /// More than 256 levels.
    TooDeep,
    /// A raw control character in a string.
    ControlCharacter,
    /// A backslash with something unknown after it.
    InvalidEscape,
    /// A number that the grammar does not know.
    InvalidNumber,
    /// No value where one must stand.
    ExpectedValue,
    /// No quoted member name where one must stand.
    ExpectedName,
    /// No `:` after a member name.
    ExpectedColon,
    /// Neither `,` nor the end of the object or array.
    ExpectedComma,
    /// More than white space after the value.
    TrailingBytes,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the body is empty",
            Self::TooLarge => "the body is too large",
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::NotAnObject => "expected a JSON object",
            Self::UnexpectedEnd => "unexpected end of JSON",
            Self::TooDeep => return write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Self::ControlCharacter => "control character in a string",
            Self::InvalidEscape => "invalid escape in a string",
            Self::InvalidNumber => "invalid number",
            Self::ExpectedValue => "expected a value",
            Self::ExpectedName => "expected a member name in quotes",
            Self::ExpectedColon => "expected ':'",
            Self::ExpectedComma => "expected ',' or a closing bracket",
            Self::TrailingBytes => "unexpected bytes after the JSON value",
        })
    }
}

/// A text that is not one JSON object, and where it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub problem: Problem,
    /// How many bytes are right.
    pub offset: usize,
    /// The JSON path of the value at that place, such as `messages[0].content`; empty at the top.
    pub path: String,
}

/// A problem and its offset, before the path is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) problem: Problem,
    pub(super) at: usize,
}

/// The fault at a place: `problem`, unless the text simply ends there.
#[cold]
pub(super) fn fault_at(text: &[u8], at: usize, problem: Problem) -> Fault {
    Fault { problem: if at >= text.len() { Problem::UnexpectedEnd } else { problem }, at: at.min(text.len()) }
}
