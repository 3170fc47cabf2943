//! An answer as it came, and the two error envelopes read strictly.
//! Source: spec 01 §§6.1, 6.4.

use std::io;

use serde_json::Value;

use super::connection::Framing;

/// Status and headers of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// Status code.
    pub status: u16,
    /// Headers in the order and spelling of the wire.
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> io::Result<Option<(Self, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(bytes).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers =
            response.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
        Ok(Some((Self { status: response.code.unwrap_or_default(), headers }, length)))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn framing(&self, method: &str) -> Framing {
        if method == "HEAD" || self.status == 204 || self.status == 304 {
            return Framing::Sized(0);
        }
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Framing::Chunked;
        }
        match self.header("content-length").and_then(|value| value.trim().parse().ok()) {
            Some(length) => Framing::Sized(length),
            None => Framing::UntilClose,
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status and headers.
    pub head: Head,
    /// The body without transfer coding.
    pub body: Vec<u8>,
}

/// The members of an error envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// `type`
    pub error_type: String,
    /// `message`
    pub message: String,
    /// `param`
    pub param: Option<String>,
    /// `code`
    pub code: Option<String>,
}

impl Answer {
    /// Status code.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("status {}, not JSON ({error}): {}", self.status(), self.text()))
    }

    /// Fails unless the status is this one; the body stands in the message.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "answer: {:?}\n{}", self.head, self.text());
        self
    }

    /// Reads the answer as an error of this status in OpenAI's envelope: four members, JSON, with a request id.
    ///
    /// # Panics
    /// If it is not exactly that.
    #[track_caller]
    pub fn error(&self, status: u16) -> ApiError {
        let answer = self.clone().expect_status(status);
        answer.expect_error_headers();
        let body = answer.json();
        assert_eq!(member_names(&body), ["error"], "{body}");
        let error = &body["error"];
        let mut names = member_names(error);
        names.sort_unstable();
        assert_eq!(names, ["code", "message", "param", "type"], "{body}");
        ApiError {
            error_type: error["type"].as_str().expect("a text as type").to_owned(),
            message: error["message"].as_str().expect("a text as message").to_owned(),
            param: text_or_null(&error["param"]),
            code: text_or_null(&error["code"]),
        }
    }

    /// Reads the answer as an error of this status in Anthropic's envelope: type and message.
    ///
    /// # Panics
    /// If it is not exactly that.
    #[track_caller]
    pub fn anthropic_error(&self, status: u16) -> (String, String) {
        let answer = self.clone().expect_status(status);
        answer.expect_error_headers();
        let body = answer.json();
        assert_eq!(body["type"], "error", "{body}");
        assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"), "{body}");
        let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
        (text("type"), text("message"))
    }

    #[track_caller]
    fn expect_error_headers(&self) {
        let content_type = self.header("content-type").unwrap_or_default();
        assert!(content_type.starts_with("application/json"), "content type {content_type}: {}", self.text());
        assert!(
            self.header("x-request-id").is_some_and(|id| !id.is_empty()),
            "no request id: {:?}",
            self.head
        );
    }
}

fn member_names(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[track_caller]
fn text_or_null(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => panic!("neither text nor null: {other}"),
    }
}
