//! The name of the model in answers on the raw path. Claude Code sends signed thinking back only to a model that answers under the
//! name it was asked by: to an alias or a qualified name it comes back without, and a request with thinking is then refused.
//! In: a whole answer, or the bursts of a stream, and the name that the client used. Out: the same bytes with that name.
//! Invariant: nothing but the value of `message.model` in `message_start`, or of `model` in a whole answer, changes.

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem::find;

use crate::conversation::Text;
use crate::json::{Kind, RawObject, Slices, quote};
use crate::sse::{Burst, data_range};

/// Gives a stream's answer the name of its model.
#[derive(Clone, Debug)]
pub struct ModelName {
    name: Text,
    is_done: bool,
}

impl ModelName {
    /// A stream whose beginning has not come.
    pub fn new(name: impl Into<Text>) -> Self {
        Self { name: name.into(), is_done: false }
    }

    /// Takes a burst and gives what the client gets of it.
    pub fn write(&mut self, burst: Burst) -> Bytes {
        let place = if self.is_done { None } else { self.place(&burst) };
        let bytes = burst.into_bytes();
        match place {
            Some(place) => {
                let (before, after) = (bytes.get(..place.start), bytes.get(place.end..));
                [before.unwrap_or_default(), &quote(&self.name), after.unwrap_or_default()].concat().into()
            }
            None => bytes,
        }
    }

    /// Where the name stands in a burst, if the stream begins there.
    fn place(&mut self, burst: &Burst) -> Option<Range<usize>> {
        let mut frames = burst.ranges();
        let frame = frames.find(|range| {
            let frame = burst.bytes().get(range.clone()).unwrap_or_default();
            find(frame, b"message_start").is_some()
        })?;
        self.is_done = true;
        let data = data_range(burst.bytes().get(frame.clone())?)?;
        let start = frame.start + data.start;
        let event = RawObject::scan(burst.bytes().slice(start..frame.start + data.end)).ok()?;
        let model = event.get("message")?.get("model").filter(|model| model.kind() == Kind::String)?;
        Some(start + model.range().start..start + model.range().end)
    }
}

/// A whole answer under this name of its model.
pub fn name_model(answer: &RawObject, name: &str) -> Slices {
    let mut edits = answer.edit();
    edits.set("model", quote(name));
    edits.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{ModelName, name_model};
    use crate::json::RawObject;
    use crate::sse::split_burst;

    #[test]
    fn only_the_name_in_the_first_event_changes() {
        let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\" : \"up\",\"content\":[]}}\n\n";
        let rest = "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: x\ndata: {\"t\":\"message_start\",\"message\":{\"model\":\"up\"}}\n\n";
        let mut name = ModelName::new("a/\"b\"");
        let first = split_burst(&Bytes::from(format!(": hi\n\n{start}"))).unwrap();
        let expected = format!(": hi\n\n{}", start.replace("\"up\"", r#""a/\"b\"""#));
        assert_eq!(name.write(first), expected);
        assert_eq!(name.write(split_burst(&Bytes::from(rest)).unwrap()), rest);
    }

    #[test]
    fn a_start_that_names_no_model_passes() {
        for start in [
            "data: {\"type\":\"message_start\"}\n\n",
            "data: message_start\n\n",
            "data: {\"type\":\"message_start\",\"message\":{\"model\":7}}\n\n",
        ] {
            assert_eq!(ModelName::new("n").write(split_burst(&Bytes::from(start)).unwrap()), start);
        }
    }

    #[test]
    fn a_whole_answer_keeps_everything_else() {
        let answer = RawObject::scan(Bytes::from_static(br#"{ "id":"m", "model" :"up","x":1.10}"#)).unwrap();
        assert_eq!(
            Bytes::from(name_model(&answer, "n").to_vec().concat()),
            r#"{ "id":"m", "model" :"n","x":1.10}"#
        );
    }
}
