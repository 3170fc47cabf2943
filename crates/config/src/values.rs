//! The spellings of single values: booleans, times, sizes, lists and URLs.
//! In: one text. Out: a value, or `None` if the text is not of the kind; ranges are the business of `kind`.

use std::time::Duration;

/// `true`, `1`, `yes`, `on` and their opposites, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A time: seconds, whole or decimal (`600`, `0.5`), or numbers with units (`500ms`, `1m30s`, `24h`). Not negative.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.ends_with(|last: char| last.is_ascii_digit()) {
        return nanoseconds(text, 1_000_000_000);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, tail) = split_where(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, tail) = split_where(tail, |c| c.is_ascii_digit() || c == '.');
        total = total.checked_add(nanoseconds(number, unit_nanoseconds(unit)?)?)?;
        rest = tail;
    }
    Some(total)
}

fn split_where(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

const fn unit_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit.as_bytes() {
        b"ns" => 1,
        // Both code points for micro, and the letter.
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A decimal number of units, exactly: no float is involved.
fn nanoseconds(number: &str, unit: u64) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) || fraction.len() > 18
    {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = u128::from(whole) * u128::from(unit);
    if !fraction.is_empty() {
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        total += fraction.parse::<u128>().ok()? * u128::from(unit) / scale;
    }
    u64::try_from(total).ok().map(Duration::from_nanos)
}

/// Bytes: `^\d+[KMG]?B?$` in any case, with powers of 1024.
pub(crate) fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_suffix('B').unwrap_or(&text);
    let (number, shift) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Comma-separated items, trimmed; empty ones are dropped.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The text with user name and password of a URL replaced by `***`.
pub(crate) fn mask_userinfo(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &text[..start], &text[start + at..]),
        None => text.to_owned(),
    }
}

/// A base path or metrics path: leading `/`, no `//`, `.` and `..` resolved, no trailing `/` (spec 01 §1.2).
pub(crate) fn clean_path(text: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.trim().split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{boolean, clean_path, list, mask_userinfo, parse_duration, size};

    #[test]
    fn booleans_have_eight_spellings() {
        for text in ["true", "TRUE", "1", "yes", "On"] {
            assert_eq!(boolean(text), Some(true), "{text}");
        }
        for text in ["false", "False", "0", "no", "OFF"] {
            assert_eq!(boolean(text), Some(false), "{text}");
        }
        for text in ["", "y", "t", "2", "enabled", "none"] {
            assert_eq!(boolean(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_seconds_or_carry_units() {
        let cases = [
            ("600", 600_000),
            ("0", 0),
            ("0.5", 500),
            (".5", 500),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("1.5m", 90_000),
            ("10m", 600_000),
            ("24h", 86_400_000),
            ("720h", 2_592_000_000),
            (" 2s ", 2_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration("3us"), Some(Duration::from_micros(3)));
        for text in
            ["", "-1", "-5s", "1d", "s", "1e3", "1s2", "10 m", "ten", "1..5", "99999999999999h", "1m30"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        let cases = [
            ("10M", 10 << 20),
            ("10MB", 10 << 20),
            ("1024k", 1 << 20),
            ("104857600", 100 << 20),
            ("1g", 1 << 30),
            ("7b", 7),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["", "M", "B", "-1", "1.5M", "10X", "10MiB", "10 M", "99999999999G"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn lists_drop_empty_items() {
        assert_eq!(list(" a, ,b,, c "), ["a", "b", "c"]);
        assert!(list(" , ").is_empty());
    }

    #[test]
    fn passwords_in_urls_are_masked() {
        let cases = [
            ("http://user:pa@ss@host:1/x@y", "http://***@host:1/x@y"),
            ("https://host/x", "https://host/x"),
            ("user:pass@host:3128", "***@host:3128"),
            ("plain", "plain"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask_userinfo(text), masked);
        }
    }

    #[test]
    fn paths_are_cleaned_as_spec_01_says() {
        let cases = [
            ("", "/"),
            ("/", "/"),
            ("g/", "/g"),
            (" /a//b/./c/../d/ ", "/a/b/d"),
            ("/foo/../x", "/x"),
            ("../..", "/"),
        ];
        for (text, cleaned) in cases {
            assert_eq!(clean_path(text), cleaned, "{text:?}");
        }
    }
}
