//! The one scan over a body: validates all of it, and remembers where things are.
//! In: bytes. Out: the top-level members, and marks, a shallow outline that lets every later walk jump over what it does not
//! read: one per array or object down to `OUTLINED_DEPTH`, and one per long string inside those.
//! Invariant: no recursion. The stack is a bit set (one bit per level: object or array), so depth costs no memory.

use smallvec::SmallVec;

use super::fault::{Fault, Problem, fault_at};
use super::string::{string_end, string_fault};

/// Deepest nesting that is accepted; the object itself is level 1.
pub const MAX_DEPTH: usize = 256;

/// Deepest level whose arrays and objects get marks: body 1, `messages` 2, message 3, `content` 4, part 5.
const OUTLINED_DEPTH: usize = 5;

/// A string of at least this many bytes gets a mark.
const LONG_STRING: usize = 64;

/// There is at most one mark for so many bytes of the body, so that marks never outweigh it.
const BYTES_PER_MARK: usize = 16;

/// Stands for no mark.
const UNMARKED: u32 = u32::MAX;

/// A top-level member. Offsets are into the body; the key's are inside its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberSpan {
    pub(super) key_start: u32,
    pub(super) key_end: u32,
    pub(super) value_start: u32,
    pub(super) value_end: u32,
    /// The first mark at or after the value.
    pub(super) mark: u32,
}

/// A marked array, object or string, and the first mark behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
}

pub(super) type MemberSpans = SmallVec<[MemberSpan; 12]>;
pub(super) type Marks = SmallVec<[Mark; 8]>;

/// What a scan remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub(super) members: MemberSpans,
    pub(super) marks: Marks,
}

enum Step {
    FirstName,
    Name,
    FirstElement,
    Value,
    AfterValue,
}

/// Scans a text that is known to be UTF-8.
pub(super) fn scan(text: &[u8]) -> Result<Outline, Fault> {
    if u32::try_from(text.len()).is_err() {
        return Err(Fault { problem: Problem::TooLarge, at: 0 });
    }
    let start = skip_space(text, 0);
    match byte_at(text, start) {
        b'{' => {}
        _ if start == text.len() => return Err(Fault { problem: Problem::Empty, at: start }),
        b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            return Err(Fault { problem: Problem::NotAnObject, at: start });
        }
        _ => return Err(Fault { problem: Problem::ExpectedValue, at: start }),
    }
    let mut scanner = Scanner {
        text,
        max_marks: text.len() / BYTES_PER_MARK + 16,
        levels: Levels::default(),
        open_marks: [UNMARKED; OUTLINED_DEPTH + 1],
        outline: Outline::default(),
    };
    let end = scanner.run(start)?;
    let end = skip_space(text, end);
    if end < text.len() {
        return Err(Fault { problem: Problem::TrailingBytes, at: end });
    }
    Ok(scanner.outline)
}

struct Scanner<'a> {
    text: &'a [u8],
    max_marks: usize,
    levels: Levels,
    /// By depth: the mark of the array or object that is open there.
    open_marks: [u32; OUTLINED_DEPTH + 1],
    outline: Outline,
}

impl Scanner<'_> {
    /// From the opening brace to the byte after the closing one.
    fn run(&mut self, start: usize) -> Result<usize, Fault> {
        let text = self.text;
        let mut at = start + 1;
        let mut step = self.open(start, true)?;
        loop {
            step = match step {
                Step::FirstName => {
                    at = skip_space(text, at);
                    if byte_at(text, at) == b'}' { Step::AfterValue } else { Step::Name }
                }
                Step::Name => {
                    at = self.name(at)?;
                    Step::Value
                }
                Step::FirstElement => {
                    at = skip_space(text, at);
                    if byte_at(text, at) == b']' { Step::AfterValue } else { Step::Value }
                }
                Step::Value => {
                    let (next, after) = self.value(at)?;
                    at = after;
                    next
                }
                Step::AfterValue => {
                    at = skip_space(text, at);
                    match (byte_at(text, at), self.levels.in_object) {
                        (b',', true) => {
                            at = skip_space(text, at + 1);
                            Step::Name
                        }
                        (b',', false) => {
                            at = skip_space(text, at + 1);
                            Step::Value
                        }
                        (b'}', true) | (b']', false) => {
                            at += 1;
                            self.close(at);
                            if self.levels.depth == 0 {
                                return Ok(at);
                            }
                            Step::AfterValue
                        }
                        _ => return Err(fault_at(text, at, Problem::ExpectedComma)),
                    }
                }
            };
        }
    }

    /// A member name, the colon, and the space up to the value.
    #[inline]
    fn name(&mut self, at: usize) -> Result<usize, Fault> {
        let text = self.text;
        if byte_at(text, at) != b'"' {
            return Err(fault_at(text, at, Problem::ExpectedName));
        }
        let end = string_end(text, at + 1).ok_or_else(|| string_fault(text, at + 1))?;
        let colon = skip_space(text, end);
        if byte_at(text, colon) != b':' {
            return Err(fault_at(text, colon, Problem::ExpectedColon));
        }
        let value = skip_space(text, colon + 1);
        if self.levels.depth == 1 {
            self.outline.members.push(MemberSpan {
                key_start: offset(at + 1),
                key_end: offset(end - 1),
                value_start: offset(value),
                value_end: offset(value),
                mark: offset(self.outline.marks.len()),
            });
        }
        Ok(value)
    }

    /// A whole scalar, or the opening bracket of an array or object.
    #[inline]
    fn value(&mut self, at: usize) -> Result<(Step, usize), Fault> {
        let text = self.text;
        let end = match byte_at(text, at) {
            b'"' => {
                let end = string_end(text, at + 1).ok_or_else(|| string_fault(text, at + 1))?;
                if end - at >= LONG_STRING && self.levels.depth <= OUTLINED_DEPTH && self.may_mark() {
                    let next = offset(self.outline.marks.len() + 1);
                    self.outline.marks.push(Mark { start: offset(at), end: offset(end), next });
                }
                end
            }
            b'{' => return Ok((self.open(at, true)?, at + 1)),
            b'[' => return Ok((self.open(at, false)?, at + 1)),
            b't' => literal_end(text, at, b"true")?,
            b'f' => literal_end(text, at, b"false")?,
            b'n' => literal_end(text, at, b"null")?,
            b'-' | b'0'..=b'9' if self.levels.in_object => number_end(text, at)?,
            b'-' | b'0'..=b'9' => numbers_end(text, at)?,
            _ => return Err(fault_at(text, at, Problem::ExpectedValue)),
        };
        self.value_ended(end);
        Ok((Step::AfterValue, end))
    }

    /// False once there are many marks for the size of the body: it is hostile, as `[[],[],…`. What has none is walked through.
    #[inline]
    fn may_mark(&self) -> bool {
        self.outline.marks.len() < self.max_marks
    }

    #[inline]
    fn value_ended(&mut self, end: usize) {
        if self.levels.depth == 1
            && let Some(member) = self.outline.members.last_mut()
        {
            member.value_end = offset(end);
        }
    }

    #[inline]
    fn open(&mut self, at: usize, is_object: bool) -> Result<Step, Fault> {
        if self.levels.depth == MAX_DEPTH {
            return Err(Fault { problem: Problem::TooDeep, at });
        }
        self.levels.push(is_object);
        let may_mark = self.levels.depth > 1 && self.may_mark();
        let index = offset(self.outline.marks.len());
        if let Some(open) = self.open_marks.get_mut(self.levels.depth) {
            *open = if may_mark { index } else { UNMARKED };
            if may_mark {
                self.outline.marks.push(Mark { start: offset(at), end: offset(at), next: index });
            }
        }
        Ok(if is_object { Step::FirstName } else { Step::FirstElement })
    }

    /// Leaves a level whose closing bracket ends at `end`.
    #[inline]
    fn close(&mut self, end: usize) {
        let next = offset(self.outline.marks.len());
        let open = self.open_marks.get(self.levels.depth).copied().unwrap_or(UNMARKED);
        if let Some(mark) = self.outline.marks.get_mut(open as usize) {
            mark.end = offset(end);
            mark.next = next;
        }
        self.levels.pop();
        self.value_ended(end);
    }
}

/// The open levels, as a bit set: a set bit is an object.
#[derive(Default)]
struct Levels {
    depth: usize,
    in_object: bool,
    objects: [u64; MAX_DEPTH / 64],
}

impl Levels {
    #[inline]
    fn push(&mut self, is_object: bool) {
        if let Some(bits) = self.objects.get_mut(self.depth / 64) {
            let bit = 1 << (self.depth % 64);
            *bits = if is_object { *bits | bit } else { *bits & !bit };
        }
        self.depth += 1;
        self.in_object = is_object;
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
        let outer = self.depth.wrapping_sub(1);
        self.in_object = self.objects.get(outer / 64).is_some_and(|bits| bits >> (outer % 64) & 1 == 1);
    }
}

/// Offsets fit: a longer text was refused at the start.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "texts of 4 GiB and more are refused before the scan")]
fn offset(at: usize) -> u32 {
    at as u32
}

/// The byte at a place, or 0 past the end: 0 is no JSON outside of strings.
#[inline]
pub(super) fn byte_at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The first byte at or after `at` that is no white space.
#[inline]
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte_at(text, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

#[inline]
fn literal_end(text: &[u8], at: usize, literal: &[u8]) -> Result<usize, Fault> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(literal) {
        return Ok(at + literal.len());
    }
    let right = rest.iter().zip(literal).take_while(|(have, want)| have == want).count();
    Err(fault_at(text, at + right, Problem::ExpectedValue))
}

fn number_end(text: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start + usize::from(byte_at(text, start) == b'-');
    if byte_at(text, at) == b'0' {
        at += 1;
    } else {
        at = digits_end(text, at)?;
    }
    if byte_at(text, at) == b'.' {
        at = digits_end(text, at + 1)?;
    }
    if matches!(byte_at(text, at), b'e' | b'E') {
        let sign = usize::from(matches!(byte_at(text, at + 1), b'+' | b'-'));
        at = digits_end(text, at + 1 + sign)?;
    }
    Ok(at)
}

/// The end of the last of the numbers that follow each other in an array: vectors have thousands, and need no step each.
fn numbers_end(text: &[u8], start: usize) -> Result<usize, Fault> {
    let mut end = number_end(text, start)?;
    loop {
        let comma = skip_space(text, end);
        if byte_at(text, comma) != b',' {
            return Ok(end);
        }
        let next = skip_space(text, comma + 1);
        if !matches!(byte_at(text, next), b'-' | b'0'..=b'9') {
            return Ok(end);
        }
        end = number_end(text, next)?;
    }
}

fn digits_end(text: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    while byte_at(text, at).is_ascii_digit() {
        at += 1;
    }
    if at == start { Err(fault_at(text, at, Problem::InvalidNumber)) } else { Ok(at) }
}
