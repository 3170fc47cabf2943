//! A Gemini request on the raw path: what the gateway reads of it, and the one edit that a change of models needs.
//! In: a body, the model from the path. Out: `GeminiRequest`, or a 400 that names the member. Invariants: only shapes are checked;
//! the body passes as it came, but for signatures that a gateway sealed for another provider: Google would refuse them (B4).

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;
use vocabulary::ApiError;

use super::super::SKIPPED_SIGNATURE;
use super::super::spelling::{get, get_of_body};
use crate::conversation::{Issuer, SEALED_PREFIX, is_sealed, open};
use crate::json::{Edits, Kind, RawValue, quote};
use crate::model_traits::gemini::checks_signatures;
use crate::request::{Head, check, scan, wrong_kind};

/// A client's request.
#[derive(Clone, Debug)]
pub struct GeminiRequest {
    head: Head,
    stream: bool,
}

impl GeminiRequest {
    /// Scans and checks a body. Model and stream stand in the path.
    ///
    /// # Errors
    /// 400 `invalid request body: …` with the JSON path as `param`; 400 `model is required`.
    pub fn decode(body: Bytes, model: &str, stream: bool) -> Result<Self, ApiError> {
        let object = scan(body)?;
        let contents = get_of_body(&object, "contents");
        check(contents, "contents", |value| value.kind() == Kind::Array, "must be an array")?;
        let mut listed = contents.into_iter().flat_map(|contents| contents.elements());
        if let Some(index) = listed.position(|content| content.kind() != Kind::Object) {
            return Err(wrong_kind(format!("contents[{index}]"), "must be an object"));
        }
        Ok(Self { head: Head::with_model(object, model)?, stream })
    }

    /// The scanned body, and whom it is for.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The client wants a stream.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// The edits that every same-dialect call makes: none, unless a signature was sealed for another provider.
    pub fn edit_for_upstream(&self, model: &str) -> Edits<'_> {
        let object = self.head.object();
        let mut edits = object.edit();
        // In any alphabet of base64 a sealed text begins with the same letters.
        if memmem::find(object.body(), SEALED_PREFIX.as_bytes()).is_none() {
            return edits;
        }
        let contents = get_of_body(object, "contents").into_iter().flat_map(|contents| contents.elements());
        let parts = contents.filter_map(|content| get(content, "parts")).flat_map(|parts| parts.elements());
        for part in parts {
            unseal(part, checks_signatures(model), &mut edits);
        }
        edits
    }
}

fn unseal(part: RawValue<'_>, is_checked: bool, edits: &mut Edits<'_>) {
    let signatures = ["thoughtSignature", "thought_signature"].into_iter();
    for (name, value) in signatures.filter_map(|name| Some((name, part.get(name)?))) {
        let Some(signature) = value.as_str().filter(|signature| is_sealed(signature)) else { continue };
        let state = open(&signature).and_then(|reasoning| reasoning.state);
        match state {
            Some(state) if state.issuer == Issuer::Google => {
                edits.replace(value.range(), quote(&state.bytes))
            }
            // A call without any signature would be refused as well.
            _ if is_checked && get(part, "functionCall").is_some() => {
                edits.replace(value.range(), quote(SKIPPED_SIGNATURE));
            }
            _ => {
                if let Some(cut) = cut_of(part, name, &value.range()) {
                    edits.replace(cut, Bytes::new());
                }
            }
        }
    }
}

/// The range to cut so that a member of a nested object is gone, comma included.
fn cut_of(object: RawValue<'_>, name: &str, of: &Range<usize>) -> Option<Range<usize>> {
    let mut before = None;
    let mut members = object.members();
    while let Some((_, value)) = members.next() {
        if value.range() != *of {
            before = Some(value.range().end);
            continue;
        }
        let start = before.or(object.key_range(name).map(|range| range.start))?;
        let behind = members.next().filter(|_| before.is_none());
        let end =
            behind.and_then(|(key, _)| object.key_range(key)).map_or(value.range().end, |next| next.start);
        return Some(start..end);
    }
    None
}
