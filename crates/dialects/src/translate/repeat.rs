//! Most frames of a stream are the frame before with another piece of text in it. Such a frame is recognised by its bytes and
//! read without being scanned: what stands around the text is the same, so it means the same. Two members that differ in every
//! frame of OpenAI's streams say nothing to a reader and may differ: `sequence_number` and `obfuscation`.
//! In: a frame. Out: its text, or nothing if it must be read in full. Invariants: a shape is learnt only from a frame that said
//! nothing but more of one open part; whatever else is read in between makes it forgotten; the text is checked as JSON is.

use bytes::Bytes;

use crate::conversation::{Delta, Event, Place, Text};
use crate::json::{string_end, string_text};

/// No longer shape is kept: it would be a frame with something else in it.
const MAX_SHAPE_BYTES: usize = 4 << 10;
/// What stands before a number, and before a string, that may differ.
const NUMBERED: &[u8] = br#""sequence_number":"#;
const PADDED: &[u8] = br#""obfuscation":""#;

/// The shape of the latest frame, if only its text is its own.
#[derive(Debug, Default)]
pub(super) struct Repeat {
    shape: Option<Shape>,
}

#[derive(Debug)]
struct Shape {
    pieces: Vec<Piece>,
    at: Place,
}

/// A stretch of a frame.
#[derive(Debug, PartialEq)]
enum Piece {
    /// The same in every frame.
    Same(Vec<u8>),
    /// Digits.
    Number,
    /// The inside of a string that says nothing.
    Padding,
    /// The inside of the string that says more.
    Text,
}

impl Repeat {
    /// The text of a frame that repeats the shape, and the part that it is more of.
    pub(super) fn read(&self, frame: &Bytes) -> Option<(Place, Text)> {
        let shape = self.shape.as_ref()?;
        let (mut at, mut text) = (0, None);
        for piece in &shape.pieces {
            let rest = frame.get(at..)?;
            at += match piece {
                Piece::Same(bytes) => rest.starts_with(bytes).then_some(bytes.len())?,
                Piece::Number => {
                    rest.iter().position(|byte| !byte.is_ascii_digit()).filter(|end| *end > 0)?
                }
                Piece::Padding => string_end(rest, 0)? - 1,
                Piece::Text => {
                    let length = string_end(rest, 0)? - 1;
                    text = Some(at..at + length);
                    length
                }
            };
        }
        let text = text.filter(|text| at == frame.len() && !text.is_empty())?;
        Some((shape.at, string_text(&frame.slice(text))?))
    }

    /// Learns from a frame that was read in full, and from all that it said.
    pub(super) fn learn(&mut self, frame: &Bytes, said: &[Event]) {
        self.shape = match said {
            [Event::Delta { at, delta: Delta::Text(text) }] => shape(frame, text, *at),
            _ => None,
        };
    }
}

/// The shape of a frame around a text that is a slice of it; a text with escapes is none, and teaches nothing.
fn shape(frame: &Bytes, text: &Text, at: Place) -> Option<Shape> {
    let start = (text.as_ptr() as usize).checked_sub(frame.as_ptr() as usize)?;
    let (before, rest) = frame.split_at_checked(start)?;
    let (_, after) = rest.split_at_checked(text.len())?;
    let is_quoted = before.ends_with(b"\"") && after.starts_with(b"\"");
    if !is_quoted || text.is_empty() || before.len() + after.len() > MAX_SHAPE_BYTES {
        return None;
    }
    let mut pieces = Vec::new();
    push_pieces(before, &mut pieces)?;
    pieces.push(Piece::Text);
    push_pieces(after, &mut pieces)?;
    Some(Shape { pieces, at })
}

/// Cuts what stands on one side of the text where it may differ.
fn push_pieces(side: &[u8], pieces: &mut Vec<Piece>) -> Option<()> {
    let number = memchr::memmem::find(side, NUMBERED).map(|at| (at + NUMBERED.len(), Piece::Number));
    let padding = memchr::memmem::find(side, PADDED).map(|at| (at + PADDED.len(), Piece::Padding));
    let mut holes: Vec<_> = number.into_iter().chain(padding).collect();
    holes.sort_by_key(|(at, _)| *at);
    let mut from = 0;
    for (at, hole) in holes {
        let rest = side.get(at..)?;
        let length = match hole {
            Piece::Number => rest.iter().position(|byte| !byte.is_ascii_digit()).filter(|end| *end > 0)?,
            _ => string_end(rest, 0)? - 1,
        };
        pieces.push(Piece::Same(side.get(from..at)?.to_vec()));
        pieces.push(hole);
        from = at + length;
    }
    pieces.push(Piece::Same(side.get(from..)?.to_vec()));
    Some(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Repeat;
    use crate::conversation::{Delta, Event, Place, Text};

    fn learnt(frame: &'static str, text: &str) -> Repeat {
        let frame = Bytes::from_static(frame.as_bytes());
        let start = frame.windows(text.len()).position(|piece| piece == text.as_bytes()).unwrap();
        let text = Text::try_from(frame.slice(start..start + text.len())).unwrap();
        let at = Place { choice: 0, part: 1 };
        let mut repeat = Repeat::default();
        repeat.learn(&frame, &[Event::Delta { at, delta: Delta::Text(text) }]);
        repeat
    }

    fn read(repeat: &Repeat, frame: &'static str) -> Option<String> {
        repeat.read(&Bytes::from_static(frame.as_bytes())).map(|(_, text)| text.to_string())
    }

    #[test]
    fn only_the_text_may_differ() {
        let repeat = learnt("data: {\"i\":1,\"t\":\"ab\",\"z\":null}\n\n", "ab");
        let same = |text: &'static str| read(&repeat, text);
        assert_eq!(same("data: {\"i\":1,\"t\":\"x\",\"z\":null}\n\n").as_deref(), Some("x"));
        assert_eq!(
            same("data: {\"i\":1,\"t\":\"q\\\"\\n\\u00e9\",\"z\":null}\n\n").as_deref(),
            Some("q\"\né")
        );
        for other in [
            "data: {\"i\":2,\"t\":\"x\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":\"x\",\"z\":1}\n\n",
            "data: {\"i\":1,\"t\":\"\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":\"x\",\"u\":\"y\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":\"x\\\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":\"\\x\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":\"a\nb\",\"z\":null}\n\n",
            "data: {\"i\":1,\"t\":null,\"z\":null}\n\n",
            "data: [DONE]\n\n",
        ] {
            assert_eq!(same(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_and_padding_may_differ() {
        let repeat = learnt(
            "data: {\"sequence_number\":9,\"delta\":\"ab\",\"logprobs\":[],\"obfuscation\":\"xyz\"}\n\n",
            "ab",
        );
        let frame = |number: &str, text: &str, padding: &str| {
            let frame = format!(
                "data: {{\"sequence_number\":{number},\"delta\":\"{text}\",\"logprobs\":[],\"obfuscation\":\"{padding}\"}}\n\n"
            );
            repeat.read(&Bytes::from(frame)).map(|(_, text)| text.to_string())
        };
        assert_eq!(frame("10", "c", "").as_deref(), Some("c"));
        assert_eq!(frame("10", "c d", "\\\"q").as_deref(), Some("c d"));
        assert_eq!(frame("", "c", "x"), None);
        assert_eq!(frame("1.5", "c", "x"), None);
        assert_eq!(frame("1", "c", "x\",\"y\":\""), None);
    }

    #[test]
    fn anything_else_makes_it_forget() {
        let mut repeat = learnt("data: \"ab\"\n\n", "ab");
        repeat.learn(&Bytes::from_static(b": comment\n\n"), &[]);
        assert_eq!(read(&repeat, "data: \"x\"\n\n"), None);
    }
}
