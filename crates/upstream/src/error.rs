//! How a call to a provider can fail.
//! In: failures of `dial`, `http1` and `http2`. Out: enums whose text names neither URL, address nor credential.
//! Invariant: where an error is born it is known whether the provider may bill for it: `may_be_billed`.
//! Not here: public texts and codes (`pipeline` maps them), and what is retried (`retry`).

use std::io;
use std::time::Duration;

use crate::deadlines::CallTimer;
use crate::dial::DialError;
use crate::http1::{FramingError, HeadError};

/// A client could not be made from its settings.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file of certificates is missing, unreadable or empty.
    #[error("the certificates in {path} cannot be read")]
    Certificates {
        /// The file, or `the system's store`.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The TLS library refused its configuration.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The host is no name that a certificate can carry.
    #[error("the host is not a valid name for TLS")]
    ServerName,
}

/// A call failed before its answer's head was complete.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// No connection could be made.
    #[error("the connection could not be made")]
    Dial(#[source] DialError),
    /// No connection within `Deadlines::connect`.
    #[error("no connection within {limit:?}")]
    ConnectTimeout {
        /// The deadline that passed.
        limit: Duration,
    },
    /// No complete response head within `Deadlines::response_header`.
    #[error("no response head within {limit:?}")]
    HeaderTimeout {
        /// The deadline that passed.
        limit: Duration,
    },
    /// The call took longer than `Deadlines::total`.
    #[error("no whole answer within {limit:?}")]
    TotalTimeout {
        /// The deadline that passed.
        limit: Duration,
    },
    /// The peer closed or reset the connection, before or amid its response head.
    #[error("the connection ended before the response head was complete")]
    Closed {
        /// The system's error, if it was more than an end.
        #[source]
        source: Option<io::Error>,
    },
    /// The response head is not HTTP, too large, or its framing is ambiguous.
    #[error("the response head is invalid")]
    InvalidHead(#[source] HeadError),
    /// The peer refused the request unread (HTTP/2 GOAWAY or REFUSED_STREAM).
    #[error("the request was refused unread")]
    Refused,
    /// HTTP/2 failed in another way.
    #[error("the HTTP/2 exchange failed")]
    Http2(#[source] hyper::Error),
    /// A redirect that must not be followed.
    #[error("the redirect cannot be followed")]
    Redirect(#[source] RedirectError),
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Another scheme, host or port: credentials never travel there.
    #[error("the target has another origin")]
    ForeignOrigin,
    /// More than ten in a row.
    #[error("too many redirects")]
    TooMany,
    /// `Location` is missing or no URL.
    #[error("the target is missing or not a URL")]
    InvalidLocation,
}

impl ExchangeError {
    /// False only while no byte of the request can have reached the provider, or if it said that it did not act.
    pub fn may_be_billed(&self) -> bool {
        !matches!(self, Self::Dial(_) | Self::ConnectTimeout { .. } | Self::Refused)
    }

    /// True if one of our own deadlines passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::ConnectTimeout { .. } | Self::HeaderTimeout { .. } | Self::TotalTimeout { .. })
    }
}

/// An exchange without an answer, for the client that may replay it.
pub(crate) struct Failure {
    pub(crate) error: ExchangeError,
    /// The connection died before any byte of the answer, or the peer refused unread: on a connection that was used
    /// before, the request may be replayed.
    pub(crate) unanswered: bool,
    /// The timer goes on in the replay.
    pub(crate) timer: CallTimer,
}

/// The body of an answer failed after its head.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection ended before the body did: the answer is cut.
    #[error("the connection ended before the response body was complete")]
    Closed {
        /// The system's error, if it was more than an end.
        #[source]
        source: Option<io::Error>,
    },
    /// The chunked framing is broken.
    #[error("the response body's framing is invalid")]
    InvalidFraming(#[source] FramingError),
    /// Nothing came for `Deadlines::stream_idle`.
    #[error("the response was silent for {limit:?}")]
    IdleTimeout {
        /// The deadline that passed.
        limit: Duration,
    },
    /// The call took longer than `Deadlines::total`.
    #[error("no whole answer within {limit:?}")]
    TotalTimeout {
        /// The deadline that passed.
        limit: Duration,
    },
    /// More than the caller accepts.
    #[error("the response body exceeds {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// HTTP/2 failed in another way.
    #[error("the HTTP/2 stream failed")]
    Http2(#[source] hyper::Error),
    /// The content encoding could not be undone.
    #[error("the response body cannot be decompressed")]
    Decompression(#[source] io::Error),
    /// The body carries a content encoding that we do not know.
    #[error("the response body has an unknown content encoding")]
    UnknownEncoding,
    /// An answer made inside this process failed on purpose or by fault.
    #[error("the in-process answer failed: {0}")]
    InProcess(&'static str),
}

impl BodyError {
    /// True if one of our own deadlines passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::IdleTimeout { .. } | Self::TotalTimeout { .. })
    }
}
