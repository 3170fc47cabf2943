//! A JSON object over one body: its top-level members in order, found by one scan.
//! Invariant: the body was validated whole, so that nothing behind this type can fail.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::edit::Edits;
use super::fault::{Fault, JsonError, Problem};
use super::path::path_at;
use super::scan::{Mark, MemberSpan, Outline, scan};
use super::string::unescape;
use super::value::{RawValue, key_is};

/// An ordered list of top-level members with their raw text. Holds the body, copies nothing of it.
#[derive(Clone, Debug)]
pub struct RawObject {
    body: Bytes,
    outline: Outline,
}

impl RawObject {
    /// Validates a body and finds its members: one RFC 8259 object in UTF-8, at most 256 levels deep, and nothing after it but
    /// white space.
    ///
    /// # Errors
    /// `JsonError` with the place and its JSON path.
    pub fn scan(body: Bytes) -> Result<Self, JsonError> {
        match check_utf8(&body).and_then(|()| scan(&body)) {
            Ok(outline) => Ok(Self { body, outline }),
            Err(Fault { problem, at }) => Err(JsonError { problem, offset: at, path: path_at(&body, at) }),
        }
    }

    /// The bytes as they came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The value of a member; of duplicates, the last.
    pub fn get(&self, key: &str) -> Option<RawValue<'_>> {
        self.outline
            .members
            .iter()
            .rev()
            .find(|span| key_is(self.key_of(span), key))
            .map(|span| self.value_of(span))
    }

    /// All members in order, duplicates included.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = Member<'_>> + ExactSizeIterator {
        self.outline.members.iter().map(|span| Member { object: self, span: *span })
    }

    /// Begins a list of edits. Without any, they yield the body as it came.
    pub fn edit(&self) -> Edits<'_> {
        Edits::new(self)
    }

    /// The range to cut so that a member is gone, comma included; `None` unless exactly one member has this name.
    /// What `Edits::remove` would cut, for a caller that needs nothing else.
    pub(crate) fn member_cut(&self, key: &str) -> Option<Range<usize>> {
        let spans = self.spans();
        let mut found = spans.iter().enumerate().filter(|(_, span)| key_is(self.key_of(span), key));
        let (index, member) = found.next().filter(|_| found.next().is_none())?;
        let before = index.checked_sub(1).and_then(|before| spans.get(before));
        let start = before.map_or(member.key_start - 1, |before| before.value_end);
        let behind = spans.get(index + 1).filter(|_| before.is_none());
        let end = behind.map_or(member.value_end, |behind| behind.key_start - 1);
        Some(start as usize..end as usize)
    }

    pub(super) fn marks(&self) -> &[Mark] {
        &self.outline.marks
    }

    pub(super) fn spans(&self) -> &[MemberSpan] {
        &self.outline.members
    }

    pub(super) fn key_of(&self, span: &MemberSpan) -> &[u8] {
        self.body.get(span.key_start as usize..span.key_end as usize).unwrap_or_default()
    }

    fn value_of(&self, span: &MemberSpan) -> RawValue<'_> {
        RawValue::new(self, span.value_start, span.value_end, span.mark)
    }
}

fn check_utf8(body: &[u8]) -> Result<(), Fault> {
    if simdutf8::basic::from_utf8(body).is_ok() {
        return if body.starts_with(b"\xEF\xBB\xBF") { Err(invalid_utf8(0)) } else { Ok(()) };
    }
    let valid = simdutf8::compat::from_utf8(body).err().map_or(0, |error| error.valid_up_to());
    Err(invalid_utf8(valid))
}

fn invalid_utf8(at: usize) -> Fault {
    Fault { problem: Problem::InvalidUtf8, at }
}

/// A top-level member.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    object: &'a RawObject,
    span: MemberSpan,
}

impl<'a> Member<'a> {
    /// True if this is the member's name, after unescaping.
    pub fn is(&self, key: &str) -> bool {
        key_is(self.object.key_of(&self.span), key)
    }

    /// The name as it is spelt, without its quotes.
    pub fn raw_key(&self) -> &'a str {
        simdutf8::basic::from_utf8(self.object.key_of(&self.span)).unwrap_or_default()
    }

    /// The name, unescaped.
    pub fn key(&self) -> Cow<'a, str> {
        unescape(self.raw_key())
    }

    /// The name, unescaped, for matching against byte strings.
    pub(crate) fn key_bytes(&self) -> Cow<'a, [u8]> {
        let raw = self.object.key_of(&self.span);
        if raw.contains(&b'\\') {
            Cow::Owned(self.key().into_owned().into_bytes())
        } else {
            Cow::Borrowed(raw)
        }
    }

    /// The value.
    pub fn value(&self) -> RawValue<'a> {
        self.object.value_of(&self.span)
    }

    /// Where the name stands in the body, quotes included.
    pub fn key_range(&self) -> Range<usize> {
        self.span.key_start as usize - 1..self.span.key_end as usize + 1
    }
}
