//! Secrets in the query of a URI, hidden before the URI is logged.
//! In: a request target or a `Location` value. Out: the same text with the values of known keys replaced by `REDACTED`.
//! Invariant: the rest stays byte for byte; a query that does not parse and holds such a key is dropped whole.
//! Source: spec 01 §4.5 and B22, spec 08 §1.3.

use std::borrow::Cow;

/// Query keys whose values are never logged; compared without case, after percent decoding.
const SECRET_KEYS: &[&str] = &[
    "access_token",
    "api_key",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "error_description",
    "id_token",
    "key",
    "nonce",
    "password",
    "refresh_token",
    "sig",
    "signature",
    "state",
    "token",
];

const REDACTED: &str = "REDACTED";

/// Hides the values of secret query keys. Fragments are treated like queries: some sign-in flows return tokens there.
pub fn redact_uri(uri: &str) -> Cow<'_, str> {
    let Some(start) = uri.find(['?', '#']) else { return Cow::Borrowed(uri) };
    let query = &uri[start + 1..];
    if !pieces(query).any(|piece| key_is_secret(piece.split('=').next().unwrap_or(piece))) {
        return Cow::Borrowed(uri);
    }
    if !parses(query) {
        return Cow::Borrowed(&uri[..start]);
    }
    let mut redacted = String::with_capacity(uri.len());
    redacted.push_str(&uri[..=start]);
    let mut rest = query;
    loop {
        let end = rest.find(['&', '#']).unwrap_or(rest.len());
        push_pair(&mut redacted, &rest[..end]);
        let Some(separator) = rest.get(end..=end) else { return Cow::Owned(redacted) };
        redacted.push_str(separator);
        rest = &rest[end + 1..];
    }
}

fn push_pair(redacted: &mut String, pair: &str) {
    match pair.split_once('=') {
        Some((key, _)) if key_is_secret(key) => {
            redacted.push_str(key);
            redacted.push('=');
            redacted.push_str(REDACTED);
        }
        _ => redacted.push_str(pair),
    }
}

/// Everything that some reader of a query may take for a pair, so that a malformed one hides nothing from the check.
fn pieces(query: &str) -> impl Iterator<Item = &str> {
    query.split(['&', ';', '?', '#'])
}

fn parses(query: &str) -> bool {
    !query.contains(';') && query.split('%').skip(1).all(|after| hex_pair(after.as_bytes()).is_some())
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*text.first()?)? << 4 | digit(*text.get(1)?)?)
}

fn key_is_secret(raw: &str) -> bool {
    let key: Cow<'_, [u8]> = if raw.contains('%') { decode(raw).into() } else { raw.as_bytes().into() };
    SECRET_KEYS.iter().any(|secret| secret.as_bytes().eq_ignore_ascii_case(&key))
}

fn decode(raw: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = if byte == b'%' { hex_pair(after) } else { None };
        decoded.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::redact_uri;
    use std::borrow::Cow;

    #[test]
    fn secret_values_are_hidden_and_the_rest_stays() {
        for (uri, expected) in [
            ("/v1/models", "/v1/models"),
            ("/v1/models?limit=2&after_id=a%2Fb", "/v1/models?limit=2&after_id=a%2Fb"),
            ("/v1beta/x:y?key=AIza&alt=sse", "/v1beta/x:y?key=REDACTED&alt=sse"),
            ("/cb?CODE=1&State=2&x=%20", "/cb?CODE=REDACTED&State=REDACTED&x=%20"),
            ("/x?a=1&to%6ben=s3cret", "/x?a=1&to%6ben=REDACTED"),
            ("/x?token", "/x?token"),
            ("/x?token=", "/x?token=REDACTED"),
            ("/x?token=a=b&token=c", "/x?token=REDACTED&token=REDACTED"),
            ("/x?monkey=1&keys=2", "/x?monkey=1&keys=2"),
            ("https://h/p#id_token=abc&a=1", "https://h/p#id_token=REDACTED&a=1"),
            ("/x?a=1#access_token=abc", "/x?a=1#access_token=REDACTED"),
            ("/x?ключ=1&sig=2", "/x?ключ=1&sig=REDACTED"),
        ] {
            assert_eq!(redact_uri(uri), expected);
        }
    }

    #[test]
    fn a_malformed_query_with_a_secret_is_dropped() {
        for (uri, expected) in [
            ("/x?a=%zz&token=s", "/x"),
            ("/x?a=1;api_key=s", "/x"),
            ("/x?token=%e", "/x"),
            ("/x?a=%zz?password=s", "/x"),
            ("/x?a=%zz&b=1", "/x?a=%zz&b=1"),
        ] {
            assert_eq!(redact_uri(uri), expected);
        }
    }

    #[test]
    fn an_innocent_uri_is_not_copied() {
        assert!(matches!(redact_uri("/v1/chat/completions?trace=1"), Cow::Borrowed(_)));
    }
}
