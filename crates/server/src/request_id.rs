//! The id of a call: the client's `X-Request-ID` if it is 1–128 visible ASCII characters, else a new UUID (spec 01 B13).

use http::{HeaderMap, HeaderValue};

/// The header, on requests and responses.
pub(crate) const HEADER: http::HeaderName = http::HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 128;

/// The id of this request. hyper has trimmed the value.
pub(crate) fn of(headers: &HeaderMap) -> HeaderValue {
    match headers.get(&HEADER) {
        Some(id) if is_acceptable(id.as_bytes()) => id.clone(),
        _ => generate(),
    }
}

/// A new id.
pub(crate) fn generate() -> HeaderValue {
    let mut text = uuid::Uuid::encode_buffer();
    let text = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
}

fn is_acceptable(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::{HEADER, of};
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_short_visible_ids_are_kept() {
        let long = "x".repeat(129);
        for (sent, kept) in [("abc-1", true), ("", false), ("a b", false), (long.as_str(), false)] {
            let headers = HeaderMap::from_iter([(HEADER, HeaderValue::from_str(sent).unwrap())]);
            assert_eq!(of(&headers) == sent, kept, "{sent:?}");
        }
        assert_eq!(of(&HeaderMap::new()).len(), 36);
    }
}
