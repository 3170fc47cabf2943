//! Answers of Gemini to the conversation, whole and streamed (spec 03 §4.6, §4.7 with B4, B7, B13, B14, B17, B18).
//! In: a whole answer, or the chunks of a stream: both are `GenerateContentResponse`s, so one reader serves both.
//! Out: events. Invariants: a member of the wrong kind takes nothing else with it; ids of calls differ within an answer and
//! between answers; an answer that Google did not finish is a failed one.
//! Source: Gemini API reference, "GenerateContentResponse".

mod candidate;
mod stop;
mod usage;

use std::collections::BTreeMap;

use bytes::Bytes;
use vocabulary::{ApiError, Code};

use super::spelling::{get, get_of_body, name_of};
use crate::conversation::{Event, Place, Response, Started, Stop, StopReason, Text, fold, mark_of};
use crate::error::{Told, status_of_type};
use crate::json::{Kind, RawObject, RawValue};
use crate::sse;
use candidate::Candidate;

pub(super) use stop::finish_reason_of;
pub(super) use usage::{read_usage, write_usage};

/// As many as the conversation keeps.
const MAX_CANDIDATES: usize = 128;

/// Reads a whole answer.
///
/// # Errors
/// 400 `content_filter` for a blocked prompt; the upstream's error if the body is one.
pub fn decode_response(body: &RawObject) -> Result<Response, ApiError> {
    let (mut answer, mut events) = (Answer::default(), Vec::new());
    answer.read(body, &mut events);
    if let Some(Event::Failed(error)) = events.last() {
        return Err(error.clone());
    }
    answer.finish(Missing::IsTheEnd, &mut events);
    Ok(fold(events))
}

/// Reads a stream.
#[derive(Debug, Default)]
pub struct StreamDecoder(Answer);

impl StreamDecoder {
    /// Reads a frame.
    pub fn decode(&mut self, frame: &Bytes, out: &mut Vec<Event>) {
        let Some(data) = sse::shared_data(frame) else { return };
        let text = data.trim_ascii();
        if self.0.has_ended || text.is_empty() || text == b"[DONE]" {
            return;
        }
        match RawObject::scan(data.clone()) {
            Ok(chunk) => self.0.read(&chunk, out),
            Err(error) => {
                let listed = chunks_of_array(&data);
                if listed.is_empty() {
                    return self.0.fail(interrupted().with_detail(format!("chunk is no JSON: {error}")), out);
                }
                listed.iter().for_each(|chunk| self.0.read(chunk, out));
            }
        }
    }

    /// More text of a part that is open, from a frame that was recognised without being read.
    pub(crate) fn say(&mut self, at: Place, text: Text, out: &mut Vec<Event>) {
        if let Some(candidate) = self.0.candidates.get_mut(&at.choice) {
            candidate.say(at, text, out);
        }
    }

    /// False: a chunk with a finish reason may be followed by another one; only the end of the body is the end.
    pub fn is_complete(&self) -> bool {
        self.0.has_ended
    }

    /// The upstream's body has ended.
    pub fn finish(&mut self, out: &mut Vec<Event>) {
        self.0.finish(Missing::IsAFailure, out);
    }
}

fn interrupted() -> ApiError {
    ApiError::new(Code::StreamInterrupted, "upstream stream interrupted")
}

/// The elements of an array of chunks, which is what Google's errors come in at times.
pub(super) fn chunks_of_array(data: &[u8]) -> Vec<RawObject> {
    if !data.trim_ascii().starts_with(b"[") {
        return Vec::new();
    }
    let Ok(wrapped) = RawObject::scan([br#"{"v":"#, data, b"}"].concat().into()) else { return Vec::new() };
    let elements = wrapped.get("v").into_iter().flat_map(|array| array.elements());
    elements.filter_map(|element| RawObject::scan(element.slice()).ok()).collect()
}

/// What a missing finish reason means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsTheEnd,
    IsAFailure,
}

/// An answer as far as it was read.
#[derive(Debug, Default)]
struct Answer {
    is_started: bool,
    has_ended: bool,
    candidates: BTreeMap<u32, Candidate>,
    /// What ids of calls end in, so that they differ between answers.
    suffix: String,
}

/// The members of a chunk that every chunk is asked for, found in one pass.
#[derive(Default)]
struct Members<'a> {
    candidates: Option<RawValue<'a>>,
    usage: Option<RawValue<'a>>,
    is_error: bool,
    has_feedback: bool,
}

impl<'a> Members<'a> {
    fn of(chunk: &'a RawObject) -> Self {
        let mut members = Self::default();
        for member in chunk.members() {
            let value = || Some(member.value()).filter(|value| !value.is_null());
            match &*name_of(member.raw_key().as_bytes()) {
                b"candidates" => members.candidates = value(),
                b"usageMetadata" => members.usage = value(),
                b"error" => members.is_error = true,
                b"promptFeedback" => members.has_feedback = true,
                _ => {}
            }
        }
        members
    }
}

impl Answer {
    fn read(&mut self, chunk: &RawObject, out: &mut Vec<Event>) {
        if self.has_ended {
            return;
        }
        let Members { candidates, usage, is_error, has_feedback } = Members::of(chunk);
        if let Some(error) = is_error.then(|| error_in(chunk)).flatten() {
            return self.fail(error, out);
        }
        let has_candidates = candidates.is_some_and(|listed| listed.elements().next().is_some());
        if let Some(error) = blocked(chunk).filter(|_| has_feedback && !has_candidates) {
            return self.fail(error, out);
        }
        self.start(chunk, out);
        let listed = candidates.into_iter().flat_map(|listed| listed.elements()).enumerate();
        let mut is_first_seen = false;
        for (position, value) in listed.filter(|(_, value)| value.kind() == Kind::Object) {
            let index = index_of(value, if is_first_seen { position } else { 0 });
            is_first_seen |= index == 0;
            if index as usize >= MAX_CANDIDATES {
                continue;
            }
            let candidate = self.candidates.entry(index).or_insert_with(|| Candidate::new(index));
            candidate.read(value, &self.suffix, out);
        }
        out.extend(usage.and_then(read_usage).map(Event::Usage));
    }

    fn start(&mut self, chunk: &RawObject, out: &mut Vec<Event>) {
        if std::mem::replace(&mut self.is_started, true) {
            return;
        }
        let text = |name| get_of_body(chunk, name).and_then(|value| value.as_text()).unwrap_or_default();
        let (id, model) = (text("responseId"), text("modelVersion"));
        let source = if id.is_empty() { &chunk.body()[..] } else { id.as_bytes() };
        self.suffix = mark_of(source);
        out.push(Event::Started(Started { id, model, created: None }));
    }

    fn fail(&mut self, error: ApiError, out: &mut Vec<Event>) {
        self.has_ended = true;
        out.push(Event::Failed(error));
    }

    fn finish(&mut self, missing: Missing, out: &mut Vec<Event>) {
        if self.has_ended {
            return;
        }
        let is_cut = self.candidates.is_empty() || self.candidates.values().any(|one| one.stop().is_none());
        if is_cut && missing == Missing::IsAFailure {
            return self.fail(interrupted().with_detail("no finish reason came"), out);
        }
        self.has_ended = true;
        for (index, mut candidate) in std::mem::take(&mut self.candidates) {
            candidate.close(out);
            let stop = candidate.stop().unwrap_or(Stop::new(StopReason::End));
            out.push(Event::Finished { choice: index, stop });
        }
    }
}

/// The index of a candidate, or `otherwise` where it says 0 or nothing: some servers give all of them 0, so only one of a chunk is
/// the first.
fn index_of(candidate: RawValue<'_>, otherwise: usize) -> u32 {
    let told = get(candidate, "index").and_then(|index| index.as_u64()).filter(|index| *index > 0);
    let index = told.unwrap_or(otherwise as u64);
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The refusal of a prompt (B13).
fn blocked(chunk: &RawObject) -> Option<ApiError> {
    let feedback = get_of_body(chunk, "promptFeedback")?;
    let reason =
        get(feedback, "blockReason").and_then(|reason| reason.as_text()).filter(|text| !text.is_empty())?;
    let told = get(feedback, "blockReasonMessage").and_then(|message| message.as_text());
    let told =
        told.filter(|message| !message.is_empty()).map_or(String::new(), |message| format!(": {message}"));
    Some(ApiError::new(Code::ContentFilter, format!("Gemini blocked prompt: {reason}{told}")))
}

/// True if the prompt was refused.
pub(super) fn is_blocked(chunk: &RawObject) -> bool {
    blocked(chunk).is_some()
}

/// `{"error":{"code","message","status"}}`, with Google's status.
pub(super) fn error_in(chunk: &RawObject) -> Option<ApiError> {
    let error = get_of_body(chunk, "error")?;
    let by_number =
        get(error, "code").and_then(|code| code.as_u64()).and_then(|code| u16::try_from(code).ok());
    let by_name = || get(error, "status").and_then(|status| status_of_type(&status.as_str()?));
    let status = by_number.filter(|status| (400..600).contains(status)).or_else(by_name).unwrap_or(502);
    Some(Told::read(chunk).into_error(status, || "upstream sent an error in the stream".to_owned()))
}

/// A text that may be missing or of another kind.
fn text_in(value: RawValue<'_>, name: &str) -> Option<Text> {
    get(value, name).and_then(|text| text.as_text())
}
