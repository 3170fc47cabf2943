//! How long an upstream wants to be left alone (spec 02 B12, 01 B4).
//! In: the headers and body of a refusal. Out: a duration, or none.
//! Order: `retry-after-ms`, `Retry-After` (seconds or date, RFC 9110 §10.2.3), `x-ratelimit-reset-*` of what is used up
//! (429 only: these stand on every answer), Gemini's `retryDelay` in the body.

use std::time::{Duration, SystemTime};

use http::StatusCode;

use crate::answer::AnswerHeaders;

/// A wait beyond this is a mistake, or as good as for ever.
const LONGEST_HINT: Duration = Duration::from_secs(86_400);
/// How much of a body is searched for `retryDelay`.
const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// How long the upstream wants us to wait.
pub fn wait_hint(
    status: StatusCode,
    headers: &AnswerHeaders,
    body: &[u8],
    now: SystemTime,
) -> Option<Duration> {
    let hint = retry_after_ms(headers)
        .or_else(|| retry_after(headers, now))
        .or_else(|| (status == StatusCode::TOO_MANY_REQUESTS).then(|| limit_reset(headers, now)).flatten())
        .or_else(|| {
            (status.is_client_error() || status.is_server_error()).then(|| retry_delay(body)).flatten()
        });
    hint.map(|hint| hint.min(LONGEST_HINT))
}

fn retry_after_ms(headers: &AnswerHeaders) -> Option<Duration> {
    seconds(headers.get_str("retry-after-ms")?).map(|value| value / 1000)
}

fn retry_after(headers: &AnswerHeaders, now: SystemTime) -> Option<Duration> {
    let value = headers.get_str("retry-after")?.trim();
    seconds(value).or_else(|| {
        let seconds = jiff::fmt::rfc2822::parse(value).ok()?.timestamp().as_second();
        let date = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))?;
        Some(date.duration_since(now).unwrap_or_default())
    })
}

/// The longest reset among the limits of which nothing remains; where remainders are not told, among all.
fn limit_reset(headers: &AnswerHeaders, now: SystemTime) -> Option<Duration> {
    const RESET: &str = "x-ratelimit-reset";
    let resets = headers.iter().filter_map(|(name, value)| {
        let suffix = name.get(RESET.len()..)?;
        let prefix = name.get(..RESET.len())?;
        if !prefix.eq_ignore_ascii_case(RESET) || !(suffix.is_empty() || suffix.starts_with('-')) {
            return None;
        }
        let remaining = headers.get_str(&format!("x-ratelimit-remaining{suffix}"));
        let is_used_up = remaining.is_none_or(|remaining| remaining.trim() == "0");
        is_used_up.then(|| reset_time(std::str::from_utf8(value).ok()?.trim(), now)).flatten()
    });
    resets.max()
}

/// `6m0s`, `20ms`, `1.5` (seconds), or a Unix time in seconds or milliseconds.
fn reset_time(value: &str, now: SystemTime) -> Option<Duration> {
    const YEAR_2001: u64 = 1_000_000_000;
    const YEAR_2001_MS: u64 = YEAR_2001 * 1000;
    match value.parse::<u64>() {
        Ok(number) if number >= YEAR_2001 => {
            let since_epoch = if number >= YEAR_2001_MS {
                Duration::from_millis(number)
            } else {
                Duration::from_secs(number)
            };
            let date = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
            Some(date.duration_since(now).unwrap_or_default())
        }
        _ => seconds(value).or_else(|| go_duration(value)),
    }
}

/// A Go duration: `1h2m3.5s`, `20ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number_end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number.parse::<f64>().ok()? * scale).ok()?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// A plain, non-negative decimal number of seconds.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if text.is_empty() || !is_decimal {
        return None;
    }
    Some(text.parse().ok().and_then(|value| Duration::try_from_secs_f64(value).ok()).unwrap_or(LONGEST_HINT))
        .filter(|_| text != ".")
}

/// `"retryDelay": "34.07s"` wherever it stands in a Gemini error (google.rpc.RetryInfo).
fn retry_delay(body: &[u8]) -> Option<Duration> {
    let searched = body.get(..MAX_SEARCHED_BYTES).unwrap_or(body);
    let key = b"\"retryDelay\"";
    let start = memchr::memmem::find(searched, key)? + key.len();
    let rest = searched.get(start..)?.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    seconds(std::str::from_utf8(rest.get(..end)?).ok()?.strip_suffix('s')?)
}

#[cfg(test)]
mod tests {
    use super::wait_hint;
    use crate::answer::AnswerHeaders;
    use std::time::{Duration, SystemTime};

    fn hint(status: u16, headers: &[(&str, &str)], body: &str) -> Option<f64> {
        let headers: AnswerHeaders = headers.iter().copied().collect();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        wait_hint(status.try_into().unwrap(), &headers, body.as_bytes(), now).map(|hint| hint.as_secs_f64())
    }

    #[test]
    fn every_form_is_understood() {
        for (header, value, expected) in [
            ("Retry-After", "7", Some(7.0)),
            ("retry-after", "0.5", Some(0.5)),
            ("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT", Some(10.0)),
            ("retry-after", "Tue, 14 Nov 2023 22:13:00 GMT", Some(0.0)),
            ("retry-after", "99999999999999999999", Some(86_400.0)),
            ("retry-after", "-1", None),
            ("retry-after", "soon", None),
            ("retry-after-ms", "1500", Some(1.5)),
            ("x-ratelimit-reset-tokens", "1m2.5s", Some(62.5)),
            ("X-RateLimit-Reset-Requests", "20ms", Some(0.02)),
            ("x-ratelimit-reset", "1700000005", Some(5.0)),
            ("x-ratelimit-reset", "1700000005000", Some(5.0)),
            ("x-ratelimit-resetting", "5", None),
        ] {
            assert_eq!(hint(429, &[(header, value)], ""), expected, "{header}: {value}");
        }
    }

    #[test]
    fn only_used_up_limits_count_and_only_on_429() {
        let headers = [
            ("x-ratelimit-remaining-requests", "9"),
            ("x-ratelimit-reset-requests", "8h"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "2s"),
        ];
        assert_eq!((hint(429, &headers, ""), hint(503, &headers, "")), (Some(2.0), None));
    }

    #[test]
    fn the_finer_header_wins_and_the_body_comes_last() {
        let body = r#"{"error":{"details":[{"@type":"x","retryDelay" : "34.25s"}]}}"#;
        assert_eq!(hint(429, &[("retry-after", "2"), ("retry-after-ms", "1700")], body), Some(1.7));
        assert_eq!(hint(429, &[], body), Some(34.25));
        assert_eq!((hint(200, &[], body), hint(429, &[], r#"{"retryDelay":34}"#)), (None, None));
    }
}
