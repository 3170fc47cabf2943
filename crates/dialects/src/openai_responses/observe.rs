//! Reading a stream on the side: usage, how it ended, errors, the first content, and what a failure ending must continue.
//! In: every frame, whole. Out: what the record of the call needs. Invariants: frames are never changed here; only events that
//! can matter are scanned, and the name of the event tells which: `event:` where it stands, else a search for bytes.

use std::borrow::Cow;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use vocabulary::{ApiError, FinishReason};

use super::output::push_error;
use super::whole::{has_call, incomplete_reason, read_error, read_usage};
use crate::conversation::Json;
use crate::json::{Kind, RawObject, RawValue, object};
use crate::observe::Seen;
use crate::sse;

static SEQUENCE_NUMBER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""sequence_number""#));
static DELTA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#".delta""#));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""error""#));
static RESPONSE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""response""#));

/// What has been seen of one stream.
#[derive(Clone, Debug, Default)]
pub struct StreamObserver {
    seen: Seen,
    has_called: bool,
    next_sequence_number: u64,
    id: Option<Json>,
    model: Option<Json>,
    created: Option<Json>,
}

impl StreamObserver {
    /// What the stream has shown so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Sees one whole frame.
    pub fn see(&mut self, frame: &[u8]) {
        if let Some(number) = sequence_number(frame) {
            self.next_sequence_number = self.next_sequence_number.max(number.saturating_add(1));
        }
        match name_of(frame) {
            Some(name) => {
                self.has_called |= is_call_delta(name);
                self.seen.has_content |= name.ends_with(b".delta");
                if !carries_response(name) {
                    return;
                }
            }
            None => {
                self.seen.has_content = self.seen.has_content || DELTA.find(frame).is_some();
                if RESPONSE.find(frame).is_none() && ERROR.find(frame).is_none() {
                    return;
                }
            }
        }
        if let Some(event) = scan(frame) {
            self.see_event(&event, frame);
        }
    }

    fn see_event(&mut self, event: &RawObject, frame: &[u8]) {
        let name = event_type(event, frame);
        if let Some(error) = error_in(event, &name) {
            self.seen.error = Some(error);
        }
        let Some(response) = event.get("response") else { return };
        let text = |key: &str| response.get(key).filter(|value| value.kind() == Kind::String).map(copied);
        self.id = text("id").or(self.id.take());
        self.model = text("model").or(self.model.take());
        let created = response.get("created_at").filter(|created| created.kind() == Kind::Number);
        self.created = created.map(copied).or(self.created.take());
        if let Some(usage) = response.get("usage").and_then(read_usage) {
            self.seen.usage = Some(usage);
        }
        self.seen.has_ended |= is_terminal(&name);
        let has_called = self.has_called || has_call(response.get("output"));
        let reason = response.get("incomplete_details").and_then(|details| details.get("reason"));
        let finish_reason = match &*name {
            "response.completed" | "response.done" if has_called => FinishReason::ToolCalls,
            "response.completed" | "response.done" => FinishReason::Stop,
            "response.incomplete" => incomplete_reason(reason),
            "response.cancelled" => FinishReason::Other,
            _ => return,
        };
        self.seen.finish_reason = Some(finish_reason);
    }

    /// The frames that end a stream that failed here: `response.failed` and, as the upstream broke off, no `[DONE]`
    /// (spec 01 §9.5). Nothing if a terminal event has passed.
    pub fn failure_ending(&self, error: &ApiError) -> Bytes {
        if self.seen.has_ended {
            return Bytes::new();
        }
        let data = object(|event| {
            event.text("type", "response.failed").number("sequence_number", self.next_sequence_number);
            event.object("response", |response| {
                let unknown = Json::constant("\"\"");
                response.json("id", self.id.as_ref().unwrap_or(&unknown)).text("object", "response");
                response.json("created_at", self.created.as_ref().unwrap_or(&Json::constant("0")));
                response.text("status", "failed");
                push_error(response, Some(error));
                response.null("incomplete_details").json("model", self.model.as_ref().unwrap_or(&unknown));
                response.array("output", |_| {});
            });
        });
        [b"event: response.failed\ndata: ", &data[..], b"\n\n"].concat().into()
    }
}

/// A copy, so that nothing pins the frame.
fn copied(value: RawValue<'_>) -> Json {
    Json::written(value.bytes().to_vec())
}

/// The same, of an event.
pub(super) fn error_in(event: &RawObject, name: &str) -> Option<ApiError> {
    if name == "response.failed" {
        let response = event.get("response").and_then(|response| RawObject::scan(response.slice()).ok());
        return Some(read_error(response.as_ref().unwrap_or(event)));
    }
    let says_so = |error: RawValue<'_>| match error.kind() {
        Kind::String => error.bytes() != br#""""#,
        Kind::Object => error.members().next().is_some(),
        _ => false,
    };
    (name == "error" || event.get("error").is_some_and(says_so)).then(|| read_error(event))
}

/// The type of an event: the member `type`, else the `event:` line.
pub(super) fn event_type<'a>(event: &'a RawObject, frame: &'a [u8]) -> Cow<'a, str> {
    match event.get("type").and_then(|name| name.as_str()) {
        Some(name) => name,
        None => String::from_utf8_lossy(name_of(frame).unwrap_or_default()),
    }
}

/// True for the events after which nothing comes.
pub(super) fn is_terminal(name: &str) -> bool {
    const TERMINAL: [&str; 5] = [
        "response.completed",
        "response.done",
        "response.incomplete",
        "response.failed",
        "response.cancelled",
    ];
    TERMINAL.contains(&name)
}

fn scan(frame: &[u8]) -> Option<RawObject> {
    sse::data(frame).and_then(|data| RawObject::scan(Bytes::copy_from_slice(&data)).ok())
}

/// The name in the `event:` line, if the frame begins with it.
fn name_of(frame: &[u8]) -> Option<&[u8]> {
    let rest = frame.strip_prefix(b"event:")?;
    let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    rest.get(..end).map(<[u8]>::trim_ascii)
}

/// Events with the whole response, and errors.
fn carries_response(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [b"response.created", b"response.in_progress", b"response.queued", b"error"];
    NAMES.contains(&name) || std::str::from_utf8(name).is_ok_and(is_terminal)
}

fn is_call_delta(name: &[u8]) -> bool {
    name == b"response.function_call_arguments.delta" || name == b"response.custom_tool_call_input.delta"
}

/// The first member of this name that stands in the frame with a number: the event's own, unless somebody writes it last.
fn sequence_number(frame: &[u8]) -> Option<u64> {
    let at = SEQUENCE_NUMBER.find(frame)?;
    let rest = frame.get(at + SEQUENCE_NUMBER.needle().len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()
}
