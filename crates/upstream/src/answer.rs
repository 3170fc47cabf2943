//! What comes back: status, headers and a body that is still arriving.
//! In: a head of `http1` or `http2`, or an answer made in this process. Out: one type for all of them.
//! Invariant: the headers own a copy of their text, so that a waiting stream does not pin its first read buffer.

use bytes::Bytes;
use http::StatusCode;

use crate::body::AnswerBody;

/// An answer whose head is complete. Dropping it, or its body, closes the exchange.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers as they came.
    pub headers: AnswerHeaders,
    /// The body, being received.
    pub body: AnswerBody,
}

impl Answer {
    /// An answer made from its parts.
    pub fn new(status: StatusCode, headers: AnswerHeaders, body: impl Into<AnswerBody>) -> Self {
        Self { status, headers, body: body.into() }
    }
}

/// Where a name and its value stand in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: (u32, u32),
    pub(crate) value: (u32, u32),
}

/// Response headers in their order, over one shared text. Values are bytes: an upstream is free in what it sends.
#[derive(Clone, Default)]
pub struct AnswerHeaders {
    text: Bytes,
    fields: Vec<Field>,
}

impl AnswerHeaders {
    /// Over a text whose fields were already found.
    pub(crate) fn over(text: Bytes, fields: Vec<Field>) -> Self {
        Self { text, fields }
    }

    /// The first value of a header; the name is compared without regard to case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first value of a header as text, if it is UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Every value of a header, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names as they were spelled, and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| {
            let name = std::str::from_utf8(self.part(field.name)).unwrap_or_default();
            (name, self.part(field.value))
        })
    }

    /// Number of header lines.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The same headers without those of a name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let text = &self.text;
        self.fields.retain(|field| {
            let range = field.name.0 as usize..field.name.1 as usize;
            !text.get(range).is_some_and(|candidate| candidate.eq_ignore_ascii_case(name.as_bytes()))
        });
        self
    }

    fn part(&self, (start, end): (u32, u32)) -> &[u8] {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for AnswerHeaders {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut text = Vec::new();
        let mut fields = Vec::new();
        for (name, value) in headers {
            let name = append(&mut text, name.as_ref());
            let value = append(&mut text, value.as_ref());
            fields.push(Field { name, value });
        }
        Self { text: text.into(), fields }
    }
}

impl From<&http::HeaderMap> for AnswerHeaders {
    fn from(headers: &http::HeaderMap) -> Self {
        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }
}

fn append(text: &mut Vec<u8>, part: &[u8]) -> (u32, u32) {
    let start = offset(text.len());
    text.extend_from_slice(part);
    (start, offset(text.len()))
}

/// Heads are far below 4 GiB; what is not ends up empty instead of wrong.
pub(crate) fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl std::fmt::Debug for AnswerHeaders {
    /// Names only: a value may repeat a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerHeaders;

    #[test]
    fn names_are_found_in_any_case_and_removed_in_any_case() {
        let headers: AnswerHeaders = [("X-A", "1"), ("b", "2"), ("x-a", "3")].into_iter().collect();
        assert_eq!(headers.get("x-A"), Some(b"1".as_slice()));
        assert_eq!(headers.get_all("x-a").count(), 2);
        assert_eq!(format!("{headers:?}"), r#"["X-A", "b", "x-a"]"#);
        let rest = headers.without("X-a");
        assert_eq!(rest.iter().collect::<Vec<_>>(), [("b", b"2".as_slice())]);
    }
}
