//! Headers of an answer: where it came from, what was left out, and the provider's hints on when to come back
//! (spec 01 §4.4, B4, B13; 03 §1.8).
//! Invariant: no other header of an upstream reaches the client, and its limits never collide with ours.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use providers::Definition;
use routing::Route;
use upstream::AnswerHeaders;
use vocabulary::ApiError;

const PROVIDER: HeaderName = HeaderName::from_static("x-gomodel-provider");
const MODEL: HeaderName = HeaderName::from_static("x-gomodel-model");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-gomodel-attempts");
const DROPPED: HeaderName = HeaderName::from_static("x-gomodel-dropped");
const MAX_DROPPED_BYTES: usize = 1024;
/// How providers spell their limits.
const LIMIT_PREFIXES: [&str; 2] = ["x-ratelimit-", "ratelimit-"];
const RELAYED_LIMIT_PREFIX: &str = "x-upstream-ratelimit-";
/// What an upstream's server says of itself and to browsers (spec 01 §4.2, B12).
const NOT_RELAYED: [&str; 5] =
    ["alt-svc", "date", "server", "strict-transport-security", "x-accel-buffering"];
const NOT_RELAYED_PREFIXES: [&str; 3] = ["access-control-", "x-forwarded-", "x-gomodel-"];
const UPSTREAM_REQUEST_ID: &str = "x-upstream-request-id";
/// What an Anthropic client reads of an error beside its body (spec 04 B26).
const OF_NATIVE_ERRORS: [&str; 2] = ["retry-after", "request-id"];
const NATIVE_LIMIT_PREFIX: &str = "anthropic-ratelimit-";
/// When to come back, as a busy provider says it.
const BACK_OFF: [&str; 2] = ["retry-after", "retry-after-ms"];
const BUSY: [u16; 3] = [429, 503, 529];

/// Where an answer came from.
pub(super) fn routing(route: &Route, attempts: u32, headers: &mut HeaderMap) {
    for (name, text) in [(PROVIDER, route.instance.name.as_str()), (MODEL, route.model.as_str())] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
    headers.insert(ATTEMPTS, HeaderValue::from(attempts));
}

/// The same, on an error.
pub(super) fn routing_to_error(route: &Route, attempts: u32, error: ApiError) -> ApiError {
    error
        .with_header("x-gomodel-provider", route.instance.name.as_str())
        .with_header("x-gomodel-model", route.model.as_str())
        .with_header("x-gomodel-attempts", attempts.to_string())
}

/// The provider's limits, renamed.
pub(super) fn relay(upstream: &AnswerHeaders, headers: &mut HeaderMap) {
    for (name, value) in limits(upstream) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
}

/// All that the provider said, but for what belongs to one connection or to one party: for a client that speaks to its own
/// provider through us (spec 04 §12.3). What would collide with a header of ours gets another name.
pub(super) fn relay_native(upstream: &AnswerHeaders, headers: &mut HeaderMap) {
    relay(upstream, headers);
    for (name, value) in upstream.iter().filter(|(name, _)| is_relayed(upstream, name)) {
        let is_id = name.eq_ignore_ascii_case("x-request-id");
        let name = if is_id { UPSTREAM_REQUEST_ID } else { name };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
}

fn is_relayed(upstream: &AnswerHeaders, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    !upstream::OF_ONE_HOP.contains(&&*name)
        && !NOT_RELAYED.contains(&&*name)
        && !starts(&NOT_RELAYED_PREFIXES)
        && !starts(&LIMIT_PREFIXES)
        && !upstream.get_all("connection").any(|list| {
            list.split(|byte| *byte == b',')
                .any(|token| token.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        })
}

/// The headers of an error that a client of the same dialect knows by their own names.
pub(super) fn relay_native_to_error(mut error: ApiError, upstream: &AnswerHeaders) -> ApiError {
    for (name, value) in upstream.iter() {
        let name = name.to_ascii_lowercase();
        let is_there = error.headers().any(|(there, _)| there == name);
        if (OF_NATIVE_ERRORS.contains(&&*name) && !is_there) || name.starts_with(NATIVE_LIMIT_PREFIX) {
            error = error.with_header(name, String::from_utf8_lossy(value));
        }
    }
    error
}

/// The provider's limits, and when to come back.
/// What the provider's row relays with a 429 goes along.
pub(super) fn relay_to_error(
    mut error: ApiError,
    upstream: &AnswerHeaders,
    definition: &Definition,
) -> ApiError {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    for (name, value) in limits(upstream) {
        error = error.with_header(name, text(value));
    }
    let back_off = BACK_OFF.iter().filter(|_| BUSY.contains(&error.status()));
    let of_row = definition.relayed_on_429.iter().filter(|_| error.status() == 429);
    for name in back_off.chain(of_row).copied().collect::<Vec<_>>() {
        if let Some(value) = upstream.get(name) {
            error = error.with_header(name, text(value));
        }
    }
    error
}

fn limits(upstream: &AnswerHeaders) -> impl Iterator<Item = (String, &[u8])> {
    upstream.iter().filter_map(|(name, value)| {
        let rest = LIMIT_PREFIXES.iter().find_map(|prefix| {
            let (start, rest) = name.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix).then_some(rest)
        })?;
        Some((format!("{RELAYED_LIMIT_PREFIX}{}", rest.to_ascii_lowercase()), value))
    })
}

/// What was left out of the request, in its order; the rest is counted.
pub(super) fn dropped(paths: &[String], headers: &mut HeaderMap) {
    if paths.is_empty() {
        return;
    }
    let mut text = String::new();
    for (index, path) in paths.iter().enumerate() {
        let path = header_text(path);
        let separator = if index == 0 { "" } else { ", " };
        text.push_str(separator);
        if text.len() + path.len() > MAX_DROPPED_BYTES {
            text.push_str(&format!("+{}", paths.len() - index));
            break;
        }
        text.push_str(&path);
    }
    // Nothing else can stand in it by now; what could not would count.
    let value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from(paths.len()));
    headers.insert(DROPPED, value);
}

/// A path in the letters that every client can read in a header: others are escaped as in JSON.
fn header_text(path: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte);
    if path.bytes().all(is_plain) {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len());
    for unit in path.encode_utf16() {
        match u8::try_from(unit).ok().filter(|byte| is_plain(*byte)) {
            Some(byte) => text.push(char::from(byte)),
            None => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::{dropped, relay};
    use http::HeaderMap;
    use upstream::AnswerHeaders;

    #[test]
    fn limits_are_renamed_and_nothing_else_is_relayed() {
        let upstream: AnswerHeaders =
            [("X-RateLimit-Remaining-Requests", "9"), ("Server", "x"), ("ratelimit-limit", "5")]
                .into_iter()
                .collect();
        let mut headers = HeaderMap::new();
        relay(&upstream, &mut headers);
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["x-upstream-ratelimit-remaining-requests"], "9");
        assert_eq!(headers["x-upstream-ratelimit-limit"], "5");
    }

    #[test]
    fn what_is_dropped_is_named_up_to_a_kilobyte() {
        let mut headers = HeaderMap::new();
        dropped(&["seed".to_owned(), "tools[0]".to_owned()], &mut headers);
        assert_eq!(headers["x-gomodel-dropped"], "seed, tools[0]");
        dropped(&vec!["x".repeat(400); 5], &mut headers);
        assert!(headers["x-gomodel-dropped"].to_str().unwrap().ends_with(", +3"));
        dropped(&["x".repeat(1025), "seed".to_owned()], &mut headers);
        assert_eq!(headers["x-gomodel-dropped"], "+2");
        dropped(&["a\r\nb".to_owned(), "\u{e9}\u{1f600}".to_owned(), "seed".to_owned()], &mut headers);
        assert_eq!(headers["x-gomodel-dropped"], "a\\u000d\\u000ab, \\u00e9\\ud83d\\ude00, seed");
    }
}
