//! JSON strings: where one ends, what it says, and how a text is quoted.
//! Why two speeds: keys end within eight bytes, prompts run for a mebibyte. Words of eight bytes go first, because they
//! tell the exact place; then come blocks of 64, whose comparisons the compiler turns into vector code. No unsafe.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;

use super::fault::{Fault, Problem, fault_at};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// Words to look at one by one at the start of a string: most keys and short values end there.
const AT_START: usize = 3;
/// The same after an escape: where one was, another one is likely soon.
const NEAR: usize = 8;

/// Finds the end of a string, from the byte after its opening quote to the byte after its closing quote. `None` if it is
/// faulty: then `string_fault` says why. (Two registers; a `Result` with the fault in it would go through memory.)
#[inline]
pub(crate) fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let at = find_special::<AT_START>(text, start);
    if text.get(at) == Some(&b'"') { Some(at + 1) } else { string_end_after_escape(text, at) }
}

#[inline(never)]
fn string_end_after_escape(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at) {
            Some(b'"') => return Some(at + 1),
            Some(b'\\') => at = find_special::<NEAR>(text, escape_end(text, at).ok()?),
            _ => return None,
        }
    }
}

/// What is wrong with the string whose text begins at `start`.
#[cold]
pub(super) fn string_fault(text: &[u8], start: usize) -> Fault {
    let mut at = find_special::<NEAR>(text, start);
    while text.get(at) == Some(&b'\\') {
        match escape_end(text, at) {
            Ok(end) => at = find_special::<NEAR>(text, end),
            Err(fault) => return fault,
        }
    }
    fault_at(text, at, Problem::ControlCharacter)
}

#[inline]
fn escape_end(text: &[u8], backslash: usize) -> Result<usize, Fault> {
    match text.get(backslash + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(backslash + 2),
        Some(b'u') => unicode_escape_end(text, backslash),
        _ => Err(fault_at(text, backslash + 1, Problem::InvalidEscape)),
    }
}

fn unicode_escape_end(text: &[u8], backslash: usize) -> Result<usize, Fault> {
    let digits = text.get(backslash + 2..).unwrap_or_default();
    match digits.iter().take(4).position(|byte| !byte.is_ascii_hexdigit()) {
        Some(wrong) => Err(fault_at(text, backslash + 2 + wrong, Problem::InvalidEscape)),
        None if digits.len() < 4 => Err(fault_at(text, text.len(), Problem::UnexpectedEnd)),
        None => Ok(backslash + 6),
    }
}

/// The first quote, backslash or control character at or after `at`; the length of the text if there is none.
/// The first `WORDS` words are looked at one by one.
#[inline]
fn find_special<const WORDS: usize>(text: &[u8], mut at: usize) -> usize {
    for _ in 0..WORDS {
        let Some(word) = word_at(text, at) else { return find_special_in_tail(text, at) };
        let hits = specials(word);
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    find_special_far(text, at)
}

#[inline(never)]
fn find_special_far(text: &[u8], mut at: usize) -> usize {
    let (blocks, _) = text.get(at..).unwrap_or_default().as_chunks::<64>();
    for block in blocks {
        if has_special(block) {
            break;
        }
        at += 64;
    }
    while let Some(word) = word_at(text, at) {
        let hits = specials(word);
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    find_special_in_tail(text, at)
}

fn find_special_in_tail(text: &[u8], at: usize) -> usize {
    let tail = text.get(at..).unwrap_or_default();
    at + tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(tail.len())
}

#[inline]
fn word_at(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The high bit of each special byte. Bits above the lowest one may be wrong (borrows); the lowest never is.
#[inline]
fn specials(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    found & HIGH
}

#[inline]
fn has_special(block: &[u8; 64]) -> bool {
    block.iter().fold(false, |any, &byte| any | (byte == b'"') | (byte == b'\\') | (byte < 0x20))
}

/// A text as it stands between the quotes of a JSON string, read; `None` if it cannot stand there.
pub(crate) fn string_text(inner: &Bytes) -> Option<ByteString> {
    let mut at = find_special::<NEAR>(inner, 0);
    let has_escapes = at < inner.len();
    while at < inner.len() {
        if inner.get(at) != Some(&b'\\') {
            return None;
        }
        at = find_special::<NEAR>(inner, escape_end(inner, at).ok()?);
    }
    let raw = ByteString::try_from(inner.clone()).ok()?;
    Some(if has_escapes { unescape(&raw).into_owned().into() } else { raw })
}

/// What a string says: its raw text between the quotes, unescaped. Copies only if there is an escape.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some(backslash) = next {
        let (plain, escape) = rest.split_at(backslash);
        text.push_str(plain);
        let (character, length) = read_escape(escape);
        text.push(character);
        rest = escape.get(length..).unwrap_or_default();
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that an escape stands for and the escape's length. A lone surrogate is U+FFFD.
fn read_escape(escape: &str) -> (char, usize) {
    let simple = match escape.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return read_unicode_escape(escape),
        Some(&other) => char::from(other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (simple, 2)
}

fn read_unicode_escape(escape: &str) -> (char, usize) {
    let unit = |at: usize| escape.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let high = unit(2).unwrap_or(0xFFFD);
    let low = unit(8).filter(|low| (0xDC00..0xE000).contains(low));
    if let (0xD800..0xDC00, Some("\\u"), Some(low)) = (high, escape.get(6..8), low) {
        let scalar = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// A text as a JSON string, quotes included.
pub fn quote(text: &str) -> Bytes {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    push_quoted(&mut quoted, text);
    quoted.into()
}

/// Appends a text as a JSON string, quotes included. Only what must be escaped is.
pub fn push_quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let special = find_special::<NEAR>(bytes, from);
        out.extend_from_slice(bytes.get(from..special).unwrap_or_default());
        let Some(&byte) = bytes.get(special) else { break };
        push_escape(out, byte);
        from = special + 1;
    }
    out.push(b'"');
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            return;
        }
    };
    out.extend([b'\\', short]);
}
