//! The payload of a frame: its `data` lines, and how a payload becomes lines.
//! Invariant: line ends inside a payload cannot break the framing; each becomes a `data` line of its own.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The data of a frame: `data:` lines with or without a space after the colon, joined by LF. `None` if there is no such line.
/// Borrowed if there is one line only.
pub fn data(frame: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut ranges = data_ranges(frame);
    let line = |range: Range<usize>| frame.get(range).unwrap_or_default();
    let first = line(ranges.next()?);
    let Some(second) = ranges.next() else { return Some(Cow::Borrowed(first)) };
    let mut joined = first.to_vec();
    for range in std::iter::once(second).chain(ranges) {
        joined.push(b'\n');
        joined.extend_from_slice(line(range));
    }
    Some(Cow::Owned(joined))
}

/// The data of a frame that is shared: a slice of it where the data is one line, which it nearly always is.
pub fn shared_data(frame: &Bytes) -> Option<Bytes> {
    match data_range(frame) {
        Some(range) => Some(frame.slice(range)),
        None => data(frame).map(|data| Bytes::from(data.into_owned())),
    }
}

/// Where the data of a frame stands; `None` if it has no `data` line, or several.
pub fn data_range(frame: &[u8]) -> Option<Range<usize>> {
    let mut ranges = data_ranges(frame);
    let first = ranges.next()?;
    ranges.next().is_none().then_some(first)
}

fn data_ranges(frame: &[u8]) -> impl Iterator<Item = Range<usize>> {
    line_ranges(frame).filter_map(|line| {
        let text = frame.get(line.clone())?;
        let text = if line.start == 0 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text) } else { text };
        let rest = text.strip_prefix(b"data")?;
        let value = match rest.strip_prefix(b":") {
            Some(value) => value.strip_prefix(b" ").unwrap_or(value),
            None => Some(rest).filter(|rest| rest.is_empty())?,
        };
        Some(line.end - value.len()..line.end)
    })
}

/// Appends a payload as `data` lines, without the blank line that ends the frame.
pub fn push_data(out: &mut Vec<u8>, payload: &[u8]) {
    for line in line_ranges(payload) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(payload.get(line).unwrap_or_default());
        out.push(b'\n');
    }
}

/// The lines of a text without their ends: LF, CRLF or CR. An empty rest after the last end is no line, but an empty text is
/// one empty line.
fn line_ranges(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = text.get(start..).unwrap_or_default();
        if rest.is_empty() && start > 0 {
            return None;
        }
        let Some(length) = memchr::memchr2(b'\n', b'\r', rest) else {
            next = None;
            return Some(start..text.len());
        };
        let end = start + length;
        let is_crlf = rest.get(length..).is_some_and(|ending| ending.starts_with(b"\r\n"));
        next = Some(end + if is_crlf { 2 } else { 1 });
        Some(start..end)
    })
}
