//! The request head on the wire.
//! In: a `RequestHead` and what the connection adds. Out: bytes, to be sent in one write with the body.
//! Invariant: one `Host`, one framing. `HeaderValue` and `PathAndQuery` admit no CR, LF or NUL, so nothing can be
//! smuggled into the head. No `Expect: 100-continue`: bodies are replayable, a wait would gain nothing.

use std::io::Write as _;

use http::{HeaderValue, Method, header};

use crate::request::{RequestHead, is_set_by_client};

/// What a client adds to each head: prepared once.
#[derive(Clone, Debug)]
pub(crate) struct HeadPrefix {
    /// `http://host:port` in front of the path, where a proxy is told the whole URL.
    pub(crate) absolute: Option<String>,
    /// The value of `Host`.
    pub(crate) host: HeaderValue,
    /// Credentials for that proxy.
    pub(crate) proxy_authorization: Option<HeaderValue>,
}

/// Encodes a head.
pub(crate) fn encode_head(head: &RequestHead, prefix: &HeadPrefix, body_length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(head.method.as_str().as_bytes());
    out.push(b' ');
    if let Some(absolute) = &prefix.absolute {
        out.extend_from_slice(absolute.as_bytes());
    }
    out.extend_from_slice(head.path.as_str().as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    append(&mut out, header::HOST.as_str(), &prefix.host);
    for (name, value) in head.headers.iter().filter(|(name, _)| !is_set_by_client(name)) {
        append(&mut out, name.as_str(), value);
    }
    if let Some(value) = &prefix.proxy_authorization {
        append(&mut out, header::PROXY_AUTHORIZATION.as_str(), value);
    }
    if body_length > 0 || expects_body(&head.method) {
        // Writing into a vector cannot fail.
        let _infallible = write!(out, "content-length: {body_length}\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Methods whose empty body is announced as such (RFC 9110 §8.6).
fn expects_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

fn append(out: &mut Vec<u8>, name: &str, value: &HeaderValue) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::{HeadPrefix, encode_head};
    use crate::request::RequestHead;
    use http::{HeaderName, HeaderValue, Method};

    fn head(method: Method) -> RequestHead {
        let header = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
        RequestHead {
            method,
            path: "/v1/x?y=1".parse().unwrap(),
            headers: [
                header("authorization", "Bearer k"),
                header("host", "evil"),
                header("content-length", "9"),
                header("connection", "close"),
                header("accept", "*/*"),
            ]
            .into_iter()
            .collect(),
        }
    }

    fn prefix() -> HeadPrefix {
        HeadPrefix { absolute: None, host: HeaderValue::from_static("h:1"), proxy_authorization: None }
    }

    #[test]
    fn the_client_sets_host_and_length_itself() {
        assert_eq!(
            String::from_utf8(encode_head(&head(Method::POST), &prefix(), 12)).unwrap(),
            "POST /v1/x?y=1 HTTP/1.1\r\nhost: h:1\r\nauthorization: Bearer k\r\naccept: */*\r\ncontent-length: 12\r\n\r\n"
        );
        assert!(
            !String::from_utf8(encode_head(&head(Method::GET), &prefix(), 0)).unwrap().contains("length")
        );
    }

    #[test]
    fn a_proxy_is_told_the_whole_url() {
        let prefix = HeadPrefix {
            absolute: Some("http://h:1".into()),
            proxy_authorization: Some(HeaderValue::from_static("Basic eA==")),
            ..prefix()
        };
        let text = String::from_utf8(encode_head(&head(Method::GET), &prefix, 0)).unwrap();
        assert!(text.starts_with("GET http://h:1/v1/x?y=1 HTTP/1.1\r\n"), "{text}");
        assert!(text.contains("proxy-authorization: Basic eA==\r\n"), "{text}");
    }
}
