//! The one line per call, `REQUEST`, rendered without `tracing` and without an allocation.
//! In: what the record stage knows about a finished call. Out: one line in the log's format.
//! Invariant: no body, no credential, no raw query: the caller passes the URI through `redact_uri`.
//! Source: spec 08 §7.4, spec 01 §4.5.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::line::{Line, push_display, with_scratch};
use super::{Core, Level};

/// What is said about one call. Empty text, `None` and 0 attempts are left out of the line.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessLine<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path and query, already redacted.
    pub uri: &'a str,
    /// Status sent to the client.
    pub status: u16,
    /// Arrival to the last byte.
    pub latency: Duration,
    /// Arrival to the first byte of a streamed answer.
    pub first_byte: Option<Duration>,
    /// The answer's `X-Request-ID`.
    pub request_id: &'a str,
    /// Instance that answered.
    pub provider: &'a str,
    /// Model that ran.
    pub model: &'a str,
    /// Upstream calls made.
    pub attempts: u32,
    /// Body bytes received.
    pub bytes_in: u64,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// The header as it came.
    pub user_agent: &'a [u8],
    /// The client's address.
    pub remote_ip: Option<IpAddr>,
    /// The header as it came.
    pub host: &'a [u8],
    /// A streamed answer.
    pub stream: bool,
    /// Public code of what went wrong.
    pub error_code: &'a str,
    /// What went wrong, for operators.
    pub error: &'a str,
    /// Prompt tokens, when known.
    pub input_tokens: Option<u64>,
    /// Answer tokens, when known.
    pub output_tokens: Option<u64>,
}

/// Writes access lines into the log. Cheap to clone; free of cost below level info.
#[derive(Clone)]
pub struct AccessLog {
    core: Arc<Core>,
}

impl AccessLog {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// True if lines are wanted at the level of the moment, for callers who would work to fill one.
    pub fn is_on(&self) -> bool {
        self.core.is_on(Level::INFO)
    }

    /// Writes the line of one call.
    pub fn write(&self, call: &AccessLine<'_>) {
        if self.is_on() {
            with_scratch(|out| {
                call.render(Line::begin(out, self.core.style, Level::INFO, "REQUEST"));
                self.core.buffer.push(out, false);
            });
        }
    }
}

impl AccessLine<'_> {
    fn render(&self, mut line: Line<'_>) {
        line.text("method", self.method.as_bytes());
        line.text("uri", self.uri.as_bytes());
        line.number("status", self.status.into());
        line.milliseconds("latency_ms", self.latency);
        if let Some(first_byte) = self.first_byte {
            line.milliseconds("first_byte_ms", first_byte);
        }
        optional(&mut line, "request_id", self.request_id.as_bytes());
        optional(&mut line, "provider", self.provider.as_bytes());
        optional(&mut line, "model", self.model.as_bytes());
        if self.attempts > 0 {
            line.number("attempts", self.attempts.into());
        }
        line.plain("stream", self.stream);
        line.number("bytes_in", self.bytes_in);
        line.number("bytes_out", self.bytes_out);
        for (key, tokens) in [("input_tokens", self.input_tokens), ("output_tokens", self.output_tokens)] {
            if let Some(tokens) = tokens {
                line.number(key, tokens);
            }
        }
        if let Some(address) = self.remote_ip {
            address_field(&mut line, address);
        }
        optional(&mut line, "host", self.host);
        optional(&mut line, "user_agent", self.user_agent);
        optional(&mut line, "error_code", self.error_code.as_bytes());
        optional(&mut line, "error", self.error.as_bytes());
        line.end();
    }
}

fn optional(line: &mut Line<'_>, key: &str, text: &[u8]) {
    if !text.is_empty() {
        line.text(key, text);
    }
}

fn address_field(line: &mut Line<'_>, address: IpAddr) {
    line.text("remote_ip", b"");
    // The empty text is `""`: the address goes between its quotes, which also suits a text line.
    line.out.pop();
    push_display(line.out, address);
    line.out.push(b'"');
}
