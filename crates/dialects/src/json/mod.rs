//! JSON as slices of the bytes that carried it: one validating scan, lazy access, edits between slices.
//! In: a body. Out: a `RawObject`, or a `JsonError` that says where and in which member.
//! Invariants: what is not edited leaves byte for byte as it came; of duplicate keys the last wins; nothing recurses.
//! Source: RFC 8259. A lone surrogate escape is grammatical and accepted; reading it as text yields U+FFFD.

mod edit;
mod fault;
mod object;
mod path;
mod scan;
mod string;
mod tail;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use edit::{Edits, Slices};
pub use fault::{JsonError, Problem};
pub use object::{Member, RawObject};
pub use scan::MAX_DEPTH;
pub use string::{push_quoted, quote};
pub(crate) use string::{string_end, string_text, unescape};
pub(crate) use tail::trailing_member;
pub use value::{Elements, Kind, Members, RawValue};
pub use write::{ArrayWriter, Maybe, ObjectWriter, object, write_object};
