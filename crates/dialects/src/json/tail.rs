//! A look at the end of an object without scanning its beginning, for stream chunks: many a chunk ends in one member that
//! must go. Sound only for texts that are valid JSON objects, which whoever relays a chunk may assume and need not prove.

use std::ops::Range;

use super::scan::{byte_at, skip_space};
use super::string::string_end;

/// The last place where `member` (with its leading comma, such as `,"usage":null`) stands, if it is proved to be a top-level
/// one: after it come only members with scalar values, and the brace that ends the text.
///
/// Why that proves it: in a valid object a quote behind a comma opens a name unless it closes a string, and it closes none as
/// a colon follows the name; and the members behind it end with the outermost brace, so they are top-level, and so is it.
pub(crate) fn trailing_member(text: &[u8], member: &memchr::memmem::FinderRev<'_>) -> Option<Range<usize>> {
    let start = member.rfind(text)?;
    let end = start + member.needle().len();
    closes_after_scalars(text, end).then_some(start..end)
}

fn closes_after_scalars(text: &[u8], mut at: usize) -> bool {
    loop {
        at = skip_space(text, at);
        match byte_at(text, at) {
            b'}' => return skip_space(text, at + 1) == text.len(),
            b',' => match scalar_member_end(text, skip_space(text, at + 1)) {
                Some(end) => at = end,
                None => return false,
            },
            _ => return false,
        }
    }
}

fn scalar_member_end(text: &[u8], at: usize) -> Option<usize> {
    let name_end = string_end(text, at + usize::from(byte_at(text, at) == b'"'))?;
    let colon = skip_space(text, name_end);
    let value = skip_space(text, colon + 1);
    match (byte_at(text, colon), byte_at(text, value)) {
        (b':', b'"') => string_end(text, value + 1),
        (b':', b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            let rest = text.get(value..)?;
            rest.iter().position(|byte| matches!(byte, b',' | b'}')).map(|length| value + length)
        }
        _ => None,
    }
}
