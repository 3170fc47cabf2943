//! The conversation to a body of `generateContent` (spec 03 §4.2–4.5 with B2, B4, B5, B17, B23).
//! In: a request whose losses are settled, and the target. Out: the body; what the model cannot take is dropped and named.
//! Invariants: the model and the wish for a stream stand in the path, not here; members keep the order of §4.2; extras are
//! written back only if they came from this dialect.

mod config;
mod contents;
mod media;
mod thinking;
mod tools;

use vocabulary::{ApiError, Dialect};

use crate::conversation::{Extras, Losses, Request};
use crate::json::{ObjectWriter, object, write_object};
use crate::translate::{AnswerShape, Target};

/// Writes a request.
///
/// # Errors
/// 400 for content that Gemini cannot take.
pub fn encode_request(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
    shape: &mut AnswerShape,
) -> Result<Vec<u8>, ApiError> {
    let written = contents::write(request, target.model)?;
    let tools = tools::write(request, target, losses, shape)?;
    let choice = tools::write_choice(request)?;
    let config = config::write(request, target, losses)?;
    Ok(object(|body| {
        if !written.system.is_empty() {
            let parts = written.system.into_array();
            body.object("system_instruction", |system| {
                system.raw("parts", &parts);
            });
        }
        body.raw("contents", &written.contents);
        if !tools.is_empty() {
            body.raw("tools", &tools.into_array());
        }
        for (name, value) in [("toolConfig", choice), ("generationConfig", config)] {
            if let Some(value) = value {
                body.raw(name, &value);
            }
        }
        body.json("safetySettings", request.google.safety_settings.as_ref());
        body.text("cachedContent", request.google.cached_content.as_deref());
        write_extras(request, body, "");
    }))
}

/// Writes the members that only Gemini's clients know and that stand directly in the object of this prefix.
fn write_extras(request: &Request, out: &mut ObjectWriter<'_>, prefix: &str) {
    for (path, value) in Extras::members_for(request.extras.as_ref(), Dialect::Gemini) {
        let name = path.strip_prefix(prefix).filter(|name| !name.is_empty() && !name.contains('.'));
        if let Some(name) = name {
            out.json(name, value);
        }
    }
}

/// The elements of an array that is being written.
#[derive(Debug, Default)]
struct Elements(Vec<u8>);

impl Elements {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, json: &[u8]) {
        self.separate();
        self.0.extend_from_slice(json);
    }

    fn push_object(&mut self, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.separate();
        write_object(&mut self.0, members);
    }

    fn separate(&mut self) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
    }

    fn into_array(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'[');
        }
        self.0.push(b']');
        self.0
    }
}

/// Writes the members that a part had beside its content.
fn write_extras_of_part(part: &crate::conversation::Part, out: &mut ObjectWriter<'_>) {
    for (name, value) in Extras::members_for(part.extras.as_ref(), Dialect::Gemini) {
        out.json(name, value);
    }
}
