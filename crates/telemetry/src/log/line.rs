//! The pieces that log lines are made of: time, strings and numbers, as JSON and as text for people.
//! In: values. Out: bytes appended to a buffer that the caller keeps, so that a line costs no allocation.
//! Invariant: what is appended has no raw control character, so a line stays one line and a terminal stays calm.

use std::cell::RefCell;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::LogFormat;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room that a thread keeps for its next line.
const KEEP_SCRATCH: usize = 4096;

/// Lends the thread's line buffer, empty. A line that is written while another is being rendered gets its own.
pub(super) fn with_scratch(render: impl FnOnce(&mut Vec<u8>)) {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut line) => {
            line.clear();
            render(&mut line);
            line.shrink_to(KEEP_SCRATCH);
        }
        Err(_) => render(&mut Vec::new()),
    });
}

/// The form of a line's head and fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// One JSON object.
    Json,
    /// For people, with or without colours.
    Text { colour: bool },
}

impl Style {
    pub(super) fn of(format: LogFormat, terminal: bool) -> Self {
        match format {
            LogFormat::Json => Self::Json,
            LogFormat::Text => Self::Text { colour: terminal },
            LogFormat::Auto if terminal => Self::Text { colour: true },
            LogFormat::Auto => Self::Json,
        }
    }
}

/// A log line under construction.
pub(super) struct Line<'a> {
    pub(super) out: &'a mut Vec<u8>,
    style: Style,
}

impl<'a> Line<'a> {
    /// Begins a line with time, level and message.
    pub(super) fn begin(out: &'a mut Vec<u8>, style: Style, level: tracing::Level, message: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match style {
            Style::Json => {
                out.extend_from_slice(b"{\"time\":\"");
                push_rfc3339(out, now);
                out.extend_from_slice(b"\",\"level\":\"");
                out.extend_from_slice(level.as_str().as_bytes());
                out.extend_from_slice(b"\",\"msg\":");
                push_json_string(out, message.as_bytes());
            }
            Style::Text { colour } => {
                push_text_head(out, now, level, colour);
                push_plain(out, message.as_bytes());
            }
        }
        Self { out, style }
    }

    /// Appends a text field.
    pub(super) fn text(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        let bare = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'=');
        if self.style != Style::Json && !value.is_empty() && value.iter().all(bare) {
            self.out.extend_from_slice(value);
        } else {
            push_json_string(self.out, value);
        }
    }

    /// Appends a field whose `Display` is plain: numbers, booleans. It is not quoted.
    pub(super) fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        push_display(self.out, value);
    }

    /// Appends an integer.
    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        push_number(self.out, value);
    }

    /// Appends a duration as milliseconds with three decimals.
    pub(super) fn milliseconds(&mut self, key: &str, value: Duration) {
        self.key(key);
        let micros = u64::try_from(value.as_micros()).unwrap_or(u64::MAX);
        push_number(self.out, micros / 1000);
        self.out.push(b'.');
        push_padded(self.out, micros % 1000, 3);
    }

    /// Ends the line.
    pub(super) fn end(self) {
        self.out.extend_from_slice(if self.style == Style::Json { b"}\n" } else { b"\n" });
    }

    fn key(&mut self, key: &str) {
        match self.style {
            Style::Json => {
                self.out.reserve(key.len() + 4);
                self.out.extend_from_slice(b",\"");
                push_escaped(self.out, key.as_bytes());
                self.out.extend_from_slice(b"\":");
            }
            Style::Text { colour } => {
                self.out.extend_from_slice(if colour { b" \x1b[2m" } else { b" " });
                push_escaped(self.out, key.as_bytes());
                self.out.extend_from_slice(if colour { b"=\x1b[0m" } else { b"=" });
            }
        }
    }
}

/// Appends a value as it displays itself, without escaping.
pub(super) fn push_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    let _infallible = write!(out, "{value}");
}

fn push_text_head(out: &mut Vec<u8>, now: Duration, level: tracing::Level, colour: bool) {
    let (name, paint): (&[u8], &[u8]) = match level {
        tracing::Level::ERROR => (b"ERR", b"\x1b[31m"),
        tracing::Level::WARN => (b"WRN", b"\x1b[33m"),
        tracing::Level::INFO => (b"INF", b"\x1b[32m"),
        tracing::Level::DEBUG => (b"DBG", b"\x1b[34m"),
        tracing::Level::TRACE => (b"TRC", b"\x1b[35m"),
    };
    push_clock(out, now.as_secs());
    out.push(b' ');
    if colour {
        out.extend_from_slice(paint);
    }
    out.extend_from_slice(name);
    out.extend_from_slice(if colour { b"\x1b[0m " } else { b" " });
}

fn push_clock(out: &mut Vec<u8>, seconds: u64) {
    for (index, part) in [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].into_iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        push_padded(out, part, 2);
    }
}

/// Appends an instant in UTC with milliseconds: `2026-08-01T09:00:00.120Z`.
fn push_rfc3339(out: &mut Vec<u8>, since_epoch: Duration) {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    push_padded(out, year, 4);
    out.push(b'-');
    push_padded(out, month, 2);
    out.push(b'-');
    push_padded(out, day, 2);
    out.push(b'T');
    push_clock(out, seconds);
    out.push(b'.');
    push_padded(out, u64::from(since_epoch.subsec_millis()), 3);
    out.push(b'Z');
}

/// Year, month and day of a count of days since 1970-01-01, by counting years from March so that a leap day comes last.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

fn push_number(out: &mut Vec<u8>, value: u64) {
    push_padded(out, value, 1);
}

/// Appends a number with leading zeros up to `width` digits.
fn push_padded(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        start -= 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start.min(20 - width)..]);
}

/// Appends a quoted JSON string. Invalid UTF-8 becomes U+FFFD.
pub(super) fn push_json_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends text for people: control characters are escaped, quotes are not.
fn push_plain(out: &mut Vec<u8>, text: &[u8]) {
    push_filtered(out, text, |byte| byte.is_ascii_control());
}

fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    push_filtered(out, text, |byte| byte.is_ascii_control() || matches!(byte, b'"' | b'\\'));
}

/// True for what no format escapes. A fold without an early end: the compiler makes vector code of it.
fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |plain, byte| {
        plain & (*byte >= b' ') & (*byte < 0x7f) & (*byte != b'"') & (*byte != b'\\')
    })
}

fn push_filtered(out: &mut Vec<u8>, text: &[u8], escape: impl Fn(&u8) -> bool) {
    if is_plain(text) {
        return out.extend_from_slice(text);
    }
    let lossy;
    let text = if text.is_ascii() || std::str::from_utf8(text).is_ok() {
        text
    } else {
        lossy = String::from_utf8_lossy(text);
        lossy.as_bytes()
    };
    let mut rest = text;
    while let Some(at) = rest.iter().position(&escape) {
        let (clean, tail) = rest.split_at(at);
        out.extend_from_slice(clean);
        push_escape(out, tail.first().copied().unwrap_or_default());
        rest = tail.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => out.extend_from_slice(&[
            b'\\',
            b'u',
            b'0',
            b'0',
            HEX[usize::from(byte >> 4)],
            HEX[usize::from(byte & 15)],
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::{push_json_string, push_number, push_padded, push_rfc3339};
    use std::time::Duration;

    fn rendered(render: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        render(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_agree_with_jiff() {
        for seconds in [0, 68_169_599, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399, 1_764_000_000]
        {
            let ours = rendered(|out| push_rfc3339(out, Duration::from_millis(seconds * 1000 + 120)));
            let time =
                jiff::Timestamp::from_millisecond(i64::try_from(seconds).unwrap() * 1000 + 120).unwrap();
            assert_eq!(ours, format!("{time:.3}"));
        }
    }

    #[test]
    fn strings_are_json_whatever_is_in_them() {
        for (text, json) in [
            (&b"plain"[..], r#""plain""#),
            (b"a\"b\\c\nd\x1b[31m\x7f", r#""a\"b\\c\nd\u001b[31m\u007f""#),
            ("ключ".as_bytes(), "\"ключ\""),
            (b"\xff!", "\"\u{fffd}!\""),
        ] {
            assert_eq!(rendered(|out| push_json_string(out, text)), json);
        }
    }

    #[test]
    fn numbers_are_padded_and_never_cut() {
        assert_eq!(rendered(|out| push_padded(out, 7, 3)), "007");
        assert_eq!(rendered(|out| push_padded(out, 12_345, 3)), "12345");
        assert_eq!(rendered(|out| push_number(out, 0)), "0");
        assert_eq!(rendered(|out| push_number(out, u64::MAX)), u64::MAX.to_string());
    }
}
