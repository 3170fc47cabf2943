//! JSON that passes through unread: schemas, arguments, numbers, unknown members. The spelling is kept.

use bytes::Bytes;

use super::Text;
use crate::json::{Kind, RawObject, RawValue, quote};

/// One valid JSON value, as it was spelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(Text);

/// A JSON number, as it was spelt: never a float on its way.
pub type Number = Json;

impl Json {
    /// A value of a scanned body; shares the body.
    pub fn of(value: RawValue<'_>) -> Self {
        Self(Text::try_from(value.slice()).unwrap_or_else(|_| Text::from_static("null")))
    }

    /// A text that is one JSON value; `None` if it is not.
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
        let wrapped = [br#"{"v":"#, trimmed.as_bytes(), b"}"].concat();
        let object = RawObject::scan(wrapped.into()).ok()?;
        // Exactly one member, and all of the text: `1,"w":2` would be two.
        let is_one = object.members().len() == 1;
        object.get("v").filter(|value| is_one && value.bytes().len() == trimmed.len()).map(Self::of)
    }

    /// A text that the gateway wrote itself.
    pub fn written(text: Vec<u8>) -> Self {
        Self(Text::try_from(Bytes::from(text)).unwrap_or_else(|_| Text::from_static("null")))
    }

    /// A JSON text that stands in the source.
    pub const fn constant(text: &'static str) -> Self {
        Self(Text::from_static(text))
    }

    /// A JSON string.
    pub fn string(text: &str) -> Self {
        Self(Text::try_from(quote(text)).unwrap_or_else(|_| Text::from_static("\"\"")))
    }

    /// A whole number.
    pub fn integer(number: u64) -> Self {
        Self(number.to_string().into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, shared.
    pub fn text(&self) -> Text {
        self.0.clone()
    }

    /// Which kind of value it is.
    pub fn kind(&self) -> Kind {
        match self.as_bytes().first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The value as a scanned object; `None` for other kinds.
    pub fn object(&self) -> Option<RawObject> {
        (self.kind() == Kind::Object).then(|| RawObject::scan(self.0.as_bytes().clone()).ok()).flatten()
    }

    /// The value as the member `v` of a scanned object, so that any kind can be walked.
    pub fn wrapped(&self) -> Option<RawObject> {
        RawObject::scan([br#"{"v":"#, self.as_bytes(), b"}"].concat().into()).ok()
    }

    /// A whole number from 0.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// A number, for comparisons only: what is sent on is the text.
    pub fn as_f64(&self) -> Option<f64> {
        (self.kind() == Kind::Number).then(|| self.0.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::Json;
    use crate::json::Kind;

    #[test]
    fn one_value_and_nothing_else() {
        assert_eq!(Json::parse(" 1.50 ").unwrap().as_str(), "1.50");
        assert_eq!(Json::parse(r#"{"a":[1]}"#).unwrap().kind(), Kind::Object);
        for wrong in ["", "1 2", "1,\"w\":2", "}", "{\"a\":}", "1}", "nul"] {
            assert_eq!(Json::parse(wrong), None, "{wrong}");
        }
    }
}
