//! A value inside a scanned body, read on demand.
//! In: a `RawObject` and a place in it. Out: scalars, members and elements, without allocating (but for escapes).
//! Invariant: walks are iterative and jump over whatever the scan has marked, so a long prompt is never read twice.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;

use super::object::RawObject;
use super::scan::{byte_at, skip_space};
use super::string::{string_end, unescape};

/// The six kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A value of a `RawObject`, at any depth. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct RawValue<'a> {
    object: &'a RawObject,
    start: u32,
    end: u32,
    /// The first mark at or after `start`.
    mark: u32,
}

impl<'a> RawValue<'a> {
    pub(super) fn new(object: &'a RawObject, start: u32, end: u32, mark: u32) -> Self {
        Self { object, start, end, mark }
    }

    /// Where the value stands in the body.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The value's text as bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.object.body().get(self.range()).unwrap_or_default()
    }

    /// The value's text. Checks UTF-8 again, which `bytes` does not.
    pub fn raw(&self) -> &'a str {
        simdutf8::basic::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The value's text as a slice that shares the body.
    pub fn slice(&self) -> Bytes {
        self.object.body().slice(self.range())
    }

    /// Which kind of value it is.
    pub fn kind(&self) -> Kind {
        match byte_at(self.object.body(), self.start as usize) {
            b'"' => Kind::String,
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// A string's text, unescaped.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        let inner = self.bytes().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        simdutf8::basic::from_utf8(inner).ok().map(unescape)
    }

    /// A string's text as one that shares the body, or owns its text if that had escapes.
    pub fn as_text(&self) -> Option<ByteString> {
        match self.as_str()? {
            Cow::Owned(text) => Some(text.into()),
            Cow::Borrowed(_) => {
                let Range { start, end } = self.range();
                ByteString::try_from(self.object.body().slice(start + 1..end - 1)).ok()
            }
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.bytes() == b"true")
    }

    /// A number that is spelt as a whole one: no fraction, no exponent. Its sign and size do not matter.
    pub fn is_integer(&self) -> bool {
        self.kind() == Kind::Number && self.bytes().iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
    }

    /// A count: a whole number, or one that is spelt `12.0`.
    pub fn as_count(&self) -> Option<u64> {
        if self.kind() != Kind::Number {
            return None;
        }
        self.as_u64().or_else(|| self.raw().split_once(".0")?.0.parse().ok())
    }

    /// A whole number from 0 to 2⁶⁴ − 1, spelt without fraction and exponent.
    pub fn as_u64(&self) -> Option<u64> {
        if self.kind() != Kind::Number {
            return None;
        }
        self.bytes().iter().try_fold(0u64, |sum, byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            sum.checked_mul(10)?.checked_add(digit)
        })
    }

    /// The members of an object, in order, duplicates included; nothing for other kinds.
    pub fn members(&self) -> Members<'a> {
        Members(self.walk(Kind::Object))
    }

    /// The elements of an array; nothing for other kinds.
    pub fn elements(&self) -> Elements<'a> {
        Elements(self.walk(Kind::Array))
    }

    /// The value of an object's member; of duplicates, the last.
    pub fn get(&self, key: &str) -> Option<RawValue<'a>> {
        let mut found = None;
        for (name, value) in self.raw_members() {
            if key_is(name, key) {
                found = Some(value);
            }
        }
        found
    }

    /// The members of an object with their names as bytes, for the hot paths: names need no second UTF-8 check there.
    pub(crate) fn raw_members(&self) -> impl Iterator<Item = (&'a [u8], RawValue<'a>)> + use<'a> {
        let mut walk = self.walk(Kind::Object);
        std::iter::from_fn(move || walk.is_open().then(|| (walk.name(), walk.value())))
    }

    /// Where the name of an object's member stands in the body, quotes included; of duplicates, the last.
    pub fn key_range(&self, key: &str) -> Option<Range<usize>> {
        let mut walk = self.walk(Kind::Object);
        let mut found = None;
        while walk.is_open() {
            let start = walk.at;
            let name = walk.name();
            if key_is(name, key) {
                found = Some(start..start + name.len() + 2);
            }
            walk.value();
        }
        found
    }

    /// True if a walk can jump over this value.
    pub(super) fn is_marked(&self) -> bool {
        self.object.marks().get(self.mark as usize).is_some_and(|mark| mark.start == self.start)
    }

    fn walk(&self, kind: Kind) -> Walk<'a> {
        let text = self.object.body();
        let mark = self.mark + u32::from(self.is_marked());
        if self.kind() != kind {
            return Walk { object: self.object, at: 0, end: 0, mark };
        }
        let end = (self.end as usize).saturating_sub(1);
        Walk { object: self.object, at: skip_space(text, self.start as usize + 1), end, mark }
    }
}

/// Compares a name as it is spelt, without quotes, with a text.
#[inline]
pub(super) fn key_is(raw: &[u8], key: &str) -> bool {
    raw == key.as_bytes() || (raw.len() > key.len() && key_is_escaped(raw, key))
}

/// For names with escapes, which nobody but an attacker writes: most others differ in the first byte already.
#[inline]
fn key_is_escaped(raw: &[u8], key: &str) -> bool {
    (raw.first() == key.as_bytes().first() || raw.first() == Some(&b'\\'))
        && raw.contains(&b'\\')
        && std::str::from_utf8(raw).is_ok_and(|raw| unescape(raw) == key)
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a>(Walk<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = RawValue<'a>;

    fn next(&mut self) -> Option<RawValue<'a>> {
        self.0.is_open().then(|| self.0.value())
    }
}

/// The members of an object: the name as it is spelt, without quotes, and the value.
#[derive(Clone, Debug)]
pub struct Members<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, RawValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.is_open().then(|| (std::str::from_utf8(self.0.name()).unwrap_or_default(), self.0.value()))
    }
}

/// A walk through one array or object of a validated body.
#[derive(Clone, Debug)]
struct Walk<'a> {
    object: &'a RawObject,
    at: usize,
    /// The closing bracket.
    end: usize,
    mark: u32,
}

impl<'a> Walk<'a> {
    fn is_open(&self) -> bool {
        self.at < self.end
    }

    /// The name here, as it is spelt, without quotes; moves on to the value.
    fn name(&mut self) -> &'a [u8] {
        let text: &'a [u8] = self.object.body();
        let start = self.at + 1;
        let end = string_end(text, start).unwrap_or(self.end);
        let colon = skip_space(text, end);
        self.at = skip_space(text, colon + 1);
        text.get(start..end.saturating_sub(1)).unwrap_or_default()
    }

    /// The value here; moves on to the next member or element.
    fn value(&mut self) -> RawValue<'a> {
        let text = self.object.body();
        let (start, mark) = (self.at, self.mark);
        let end = match self.object.marks().get(mark as usize).filter(|mark| mark.start as usize == start) {
            Some(marked) => {
                self.mark = marked.next;
                marked.end as usize
            }
            None => value_end(text, start),
        };
        self.at = skip_space(text, end);
        if byte_at(text, self.at) == b',' {
            self.at = skip_space(text, self.at + 1);
        }
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        RawValue { object: self.object, start: place(start), end: place(end), mark }
    }
}

/// The end of an unmarked value.
fn value_end(text: &[u8], start: usize) -> usize {
    let mut depth = 0usize;
    let mut at = start;
    loop {
        match byte_at(text, at) {
            b'"' => at = string_end(text, at + 1).unwrap_or(text.len()),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            _ => at = scalar_end(text, at),
        }
        if depth == 0 || at >= text.len() {
            return at;
        }
    }
}

fn scalar_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let is_end = |byte: &u8| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
    // At least one byte, so that a walk always moves.
    start + rest.iter().position(is_end).unwrap_or(rest.len()).max(1)
}
