//! A stream of Responses read to its end, for a caller who wants a whole answer of a provider that only streams (spec 03 §11.3).
//! In: frames. Out: the `response` object of the terminal event, its bytes as they came; an empty `output` is rebuilt from the
//! items that were done before (spec 04 B2).
//! Invariant: bounded by what a whole answer may have; undecodable frames are skipped.

use bytes::Bytes;
use vocabulary::{ApiError, ErrorType, Side};

use crate::error::Told;
use crate::json::{Kind, RawObject};
use crate::sse;

/// A stream that is being read to its end.
#[derive(Debug)]
pub struct Collapse {
    max_bytes: usize,
    held_bytes: usize,
    /// Items that are done, by their place.
    items: Vec<(u64, Bytes)>,
}

impl Collapse {
    /// Holds at most `max_bytes` of items.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, held_bytes: 0, items: Vec::new() }
    }

    /// Sees one whole frame; the answer, if this one ends it.
    ///
    /// # Errors
    /// 502 for an error event, for a terminal event without its object, and for more items than may be held.
    pub fn see(&mut self, frame: &[u8]) -> Result<Option<Bytes>, ApiError> {
        let Some(data) = sse::data(frame) else { return Ok(None) };
        let Ok(event) = RawObject::scan(Bytes::copy_from_slice(&data)) else { return Ok(None) };
        let kind = event.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
        match &*kind {
            "response.output_item.done" => self.keep(&event)?,
            "response.completed" | "response.done" | "response.failed" | "response.incomplete" => {
                return self.finish(&event).map(Some);
            }
            "error" => {
                let told = Told::read(&event);
                return Err(told.into_error(502, || "upstream reported a stream error".to_owned()));
            }
            _ => {}
        }
        Ok(None)
    }

    /// The stream ended without a terminal event.
    pub fn ended_early(&self) -> ApiError {
        bad_gateway("response stream ended before completion")
    }

    fn keep(&mut self, event: &RawObject) -> Result<(), ApiError> {
        let Some(item) = event.get("item").filter(|item| item.kind() == Kind::Object) else { return Ok(()) };
        self.held_bytes += item.bytes().len();
        if self.held_bytes > self.max_bytes {
            return Err(bad_gateway("the provider's answer is too large"));
        }
        let place = event.get("output_index").and_then(|index| index.as_u64());
        self.items.push((place.unwrap_or(u64::MAX), Bytes::copy_from_slice(item.bytes())));
        Ok(())
    }

    fn finish(&mut self, event: &RawObject) -> Result<Bytes, ApiError> {
        let response = event.get("response").filter(|response| response.kind() == Kind::Object);
        let response = response.and_then(|response| RawObject::scan(response.slice()).ok());
        let response = response.ok_or_else(|| bad_gateway("provider returned empty response"))?;
        let has_output = response.get("output").is_some_and(|output| output.elements().next().is_some());
        if has_output || self.items.is_empty() {
            return Ok(response.body().clone());
        }
        self.items.sort_by_key(|(place, _)| *place);
        let items: Vec<&[u8]> = self.items.iter().map(|(_, item)| &item[..]).collect();
        let mut edits = response.edit();
        edits.set("output", [b"[", &items.join(&b","[..])[..], b"]"].concat());
        Ok(edits.finish().concat().into())
    }
}

fn bad_gateway(message: &'static str) -> ApiError {
    ApiError::uncoded(502, ErrorType::Provider, message).with_side(Side::Upstream)
}

#[cfg(test)]
mod tests {
    use super::Collapse;

    fn run(frames: &[&str]) -> Result<String, String> {
        let mut collapse = Collapse::new(1 << 20);
        for frame in frames {
            let frame = format!("data: {frame}\n\n");
            match collapse.see(frame.as_bytes()) {
                Ok(Some(body)) => return Ok(String::from_utf8(body.to_vec()).unwrap()),
                Ok(None) => {}
                Err(error) => return Err(error.message().to_owned()),
            }
        }
        Err(collapse.ended_early().message().to_owned())
    }

    #[test]
    fn the_terminal_events_object_is_the_answer() {
        let whole = r#"{"id":"resp_1","x":1.50,"output":[{"type":"message"}]}"#;
        let terminal = format!(r#"{{"type":"response.incomplete","response":{whole}}}"#);
        assert_eq!(run(&[r#"{"type":"response.created"}"#, "not json", &terminal]), Ok(whole.to_owned()));
    }

    #[test]
    fn an_empty_output_is_rebuilt_from_the_items_that_were_done() {
        let done = |index: u64| {
            format!(
                r#"{{"type":"response.output_item.done","output_index":{index},"item":{{"id":"i{index}"}}}}"#
            )
        };
        let terminal = r#"{"type":"response.completed","response":{"id":"r","output":[]}}"#;
        let expected = r#"{"id":"r","output":[{"id":"i0"},{"id":"i1"}]}"#;
        assert_eq!(run(&[&done(1), &done(0), terminal]), Ok(expected.to_owned()));
    }

    #[test]
    fn an_error_or_an_early_end_is_a_bad_gateway() {
        assert_eq!(run(&[r#"{"type":"error","message":"no"}"#]), Err("no".to_owned()));
        assert_eq!(
            run(&[r#"{"type":"response.created"}"#]),
            Err("response stream ended before completion".to_owned())
        );
        assert_eq!(
            run(&[r#"{"type":"response.completed"}"#]),
            Err("provider returned empty response".to_owned())
        );
    }
}
