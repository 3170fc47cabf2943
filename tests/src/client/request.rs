//! A request to be sent as it is: headers in order and spelling, the body with its length or in given chunks.

use std::net::SocketAddr;

use serde_json::Value;

use super::{Answer, Connection, Stream};

#[derive(Clone, Debug)]
enum Body {
    None,
    Sized(Vec<u8>),
    Chunked(Vec<Vec<u8>>),
}

/// A request to an address.
#[derive(Clone, Debug)]
pub struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Request {
    /// A request without body and with no header but `Host`.
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        let headers = vec![("Host".to_owned(), address.to_string())];
        Self { address, method: method.to_owned(), target: target.to_owned(), headers, body: Body::None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes every header of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// Removes the credential that the gateway fixture added.
    #[must_use]
    pub fn anonymous(self) -> Self {
        self.without("authorization")
    }

    /// Replaces the credential by this one.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.anonymous().header("Authorization", &format!("Bearer {token}"))
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.header("Content-Type", "application/json").body(value.to_string())
    }

    /// A body with its length.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Sized(bytes.into());
        self
    }

    /// A chunked body, cut as given.
    #[must_use]
    pub fn chunked<C: Into<Vec<u8>>>(mut self, chunks: impl IntoIterator<Item = C>) -> Self {
        self.body = Body::Chunked(chunks.into_iter().map(Into::into).collect());
        self
    }

    /// The bytes of the wire.
    pub fn wire(&self) -> Vec<u8> {
        let mut wire = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            wire += &format!("{name}: {value}\r\n");
        }
        match &self.body {
            Body::None => {}
            Body::Sized(bytes) => wire += &format!("Content-Length: {}\r\n", bytes.len()),
            Body::Chunked(_) => wire += "Transfer-Encoding: chunked\r\n",
        }
        wire += "\r\n";
        let mut wire = wire.into_bytes();
        match &self.body {
            Body::None => {}
            Body::Sized(bytes) => wire.extend_from_slice(bytes),
            Body::Chunked(chunks) => {
                for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
            }
        }
        wire
    }

    /// Sends it on a connection of its own and reads the whole answer.
    ///
    /// # Panics
    /// If there is no whole answer.
    #[track_caller]
    pub fn send(&self) -> Answer {
        self.try_send().unwrap_or_else(|error| panic!("{} {}: no answer: {error}", self.method, self.target))
    }

    /// As `send`, but an answer that does not come, or not whole, is an error.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn try_send(&self) -> std::io::Result<Answer> {
        let mut connection = Connection::open(self.address)?;
        connection.write_tolerantly(&self.wire());
        connection.read_answer(&self.method)
    }

    /// Sends it on a connection of its own and reads the head only; the body is read frame by frame.
    ///
    /// # Panics
    /// If there is no head.
    #[track_caller]
    pub fn open(&self) -> Stream {
        let mut connection = Connection::open(self.address).expect("a connection");
        connection.write_tolerantly(&self.wire());
        Stream::begin(connection, &self.method)
            .unwrap_or_else(|error| panic!("{} {}: no head: {error}", self.method, self.target))
    }

    /// Sends it on a connection of its own, and leaves it at that.
    ///
    /// # Panics
    /// If the connection is refused.
    #[track_caller]
    pub fn begin(&self) -> Connection {
        let mut connection = Connection::open(self.address).expect("a connection");
        connection.write_tolerantly(&self.wire());
        connection
    }
}
