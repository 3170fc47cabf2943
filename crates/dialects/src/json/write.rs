//! Writing JSON: objects and arrays as closures, so that commas and brackets cannot be wrong.
//! In: names, texts, raw JSON. Out: bytes behind what is there. Invariant: whatever raw JSON is given is valid, the result is.
//! Members that are `None` are left out.

use super::string::push_quoted;
use crate::conversation::Json;

/// An object that is being written.
pub struct ObjectWriter<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

/// An array that is being written.
pub struct ArrayWriter<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

/// Writes an object behind what stands in `out`.
pub fn write_object(out: &mut Vec<u8>, members: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.push(b'{');
    members(&mut ObjectWriter { out, is_empty: true });
    out.push(b'}');
}

/// An object of its own.
pub fn object(members: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_object(&mut out, members);
    out
}

fn write_array(out: &mut Vec<u8>, elements: impl FnOnce(&mut ArrayWriter<'_>)) {
    out.push(b'[');
    elements(&mut ArrayWriter { out, is_empty: true });
    out.push(b']');
}

/// What stands for a value that may be absent.
pub trait Maybe<T> {
    /// The value, if there is one.
    fn maybe(self) -> Option<T>;
}

impl<T> Maybe<T> for T {
    fn maybe(self) -> Option<T> {
        Some(self)
    }
}

impl<T> Maybe<T> for Option<T> {
    fn maybe(self) -> Option<T> {
        self
    }
}

impl ObjectWriter<'_> {
    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.push(b',');
        }
        // Nearly all names are plain words that stand in the source.
        if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.out.reserve(key.len() + 3);
            self.out.push(b'"');
            self.out.extend_from_slice(key.as_bytes());
            self.out.push(b'"');
        } else {
            push_quoted(self.out, key);
        }
        self.out.push(b':');
        self.out
    }

    /// A string.
    pub fn text<'t>(&mut self, key: &str, text: impl Maybe<&'t str>) -> &mut Self {
        if let Some(text) = text.maybe() {
            push_quoted(self.key(key), text);
        }
        self
    }

    /// A value as it is spelt.
    pub fn json<'j>(&mut self, key: &str, json: impl Maybe<&'j Json>) -> &mut Self {
        if let Some(json) = json.maybe() {
            self.key(key).extend_from_slice(json.as_bytes());
        }
        self
    }

    /// A JSON text that the caller vouches for.
    pub fn raw(&mut self, key: &str, json: &[u8]) -> &mut Self {
        self.key(key).extend_from_slice(json);
        self
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, number: impl Maybe<u64>) -> &mut Self {
        if let Some(number) = number.maybe() {
            push_number(self.key(key), number);
        }
        self
    }

    /// A boolean.
    pub fn bool(&mut self, key: &str, flag: impl Maybe<bool>) -> &mut Self {
        if let Some(flag) = flag.maybe() {
            self.key(key).extend_from_slice(if flag { b"true" } else { b"false" });
        }
        self
    }

    /// `null`.
    pub fn null(&mut self, key: &str) -> &mut Self {
        self.raw(key, b"null")
    }

    /// An object.
    pub fn object(&mut self, key: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) -> &mut Self {
        write_object(self.key(key), members);
        self
    }

    /// An array.
    pub fn array(&mut self, key: &str, elements: impl FnOnce(&mut ArrayWriter<'_>)) -> &mut Self {
        write_array(self.key(key), elements);
        self
    }
}

impl ArrayWriter<'_> {
    fn element(&mut self) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.push(b',');
        }
        self.out
    }

    /// A string.
    pub fn text(&mut self, text: &str) -> &mut Self {
        push_quoted(self.element(), text);
        self
    }

    /// A value as it is spelt.
    pub fn json(&mut self, json: &Json) -> &mut Self {
        self.element().extend_from_slice(json.as_bytes());
        self
    }

    /// A JSON text that the caller vouches for.
    pub fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.element().extend_from_slice(json);
        self
    }

    /// An object.
    pub fn object(&mut self, members: impl FnOnce(&mut ObjectWriter<'_>)) -> &mut Self {
        write_object(self.element(), members);
        self
    }
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::object;
    use crate::conversation::Json;

    #[test]
    fn commas_and_brackets_stand_where_they_must() {
        let text = object(|o| {
            o.text("a", "x\"y").text("none", None).number("n", 0).number("m", u64::MAX).bool("b", false);
            o.null("z").json("j", &Json::constant("[1]"));
            o.object("o", |o| {
                o.raw("r", b"1.50");
            })
            .array("l", |l| {
                l.text("t").raw(b"2").object(|_| {}).json(&Json::constant("null"));
            });
        });
        let expected = r#"{"a":"x\"y","n":0,"m":18446744073709551615,"b":false,"z":null,"j":[1],"o":{"r":1.50},"l":["t",2,{},null]}"#;
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
