//! What is sent: a head and a body that can be sent again.
//! In: parts from `providers`. Out: what `http1` and `http2` put on the wire.
//! Invariant: a body is a list of shared slices, so a replay copies nothing.
//! Not here: `Host`, `Content-Length` and framing, which the client adds itself.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, header};
use smallvec::SmallVec;

/// Headers that go no further than one hop, in either direction: of the connection, of the body's form on it, and credentials.
pub const OF_ONE_HOP: [&str; 19] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-api-key",
];

/// The headers of a request, in the order in which they are sent.
pub type HeaderList = SmallVec<[(HeaderName, HeaderValue); 8]>;

/// Method, target and headers of a request. `Host`, `Content-Length` and hop-by-hop headers are set by the client;
/// if they stand here they are not sent.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: PathAndQuery,
    /// Headers, credentials included. Mark those sensitive, or `Debug` prints them.
    pub headers: HeaderList,
}

/// A whole request body: slices that are sent one after the other. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct RequestBody(SmallVec<[Bytes; 4]>);

impl RequestBody {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// True if nothing is to be sent.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }

    /// The slices in order.
    pub fn slices(&self) -> &[Bytes] {
        &self.0
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self(SmallVec::from_iter([bytes]))
    }
}

impl From<SmallVec<[Bytes; 4]>> for RequestBody {
    fn from(slices: SmallVec<[Bytes; 4]>) -> Self {
        Self(slices)
    }
}

impl FromIterator<Bytes> for RequestBody {
    fn from_iter<I: IntoIterator<Item = Bytes>>(slices: I) -> Self {
        Self(slices.into_iter().collect())
    }
}

/// Headers that belong to one connection (RFC 9110 §7.6.1) or that the client sets itself.
pub(crate) fn is_set_by_client(name: &HeaderName) -> bool {
    [
        header::HOST,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::EXPECT,
        header::UPGRADE,
        header::TE,
        header::TRAILER,
        header::PROXY_AUTHORIZATION,
    ]
    .contains(name)
        || name == "keep-alive"
        || name == "proxy-connection"
}

#[cfg(test)]
mod tests {
    use super::RequestBody;
    use bytes::Bytes;

    #[test]
    fn the_length_is_that_of_all_slices() {
        let body: RequestBody =
            [Bytes::from_static(b"ab"), Bytes::new(), Bytes::from_static(b"c")].into_iter().collect();
        assert_eq!((body.len(), body.is_empty(), RequestBody::empty().is_empty()), (3, false, true));
    }
}
