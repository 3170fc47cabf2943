//! A Messages request on the raw path: what the gateway reads of it, and the edits that every same-dialect call makes.
//! In: a body. Out: `MessagesRequest`, or a 400 that names the member. Invariant (04-B20): only what routing needs is checked
//! (`model`, `provider`, `stream`, the shape of `messages`); everything else is the provider's to judge.
//! Source: spec 04 §12.2, §12.3, B19, B20, B25.

use bytes::Bytes;
use vocabulary::ApiError;

use super::history::open_and_strip;
use crate::json::{Edits, Kind, RawValue};
use crate::request::{Head, Text, check, check_provider, check_string, scan, wrong_kind};

/// A client's request: the scanned body and what the gateway must know of it.
#[derive(Clone, Debug)]
pub struct MessagesRequest {
    head: Head,
    stream: bool,
}

impl MessagesRequest {
    /// Scans and checks a body.
    ///
    /// # Errors
    /// 400 `invalid request body: …` with the JSON path as `param`; `model is required`; `messages must not be empty`.
    pub fn decode(body: Bytes) -> Result<Self, ApiError> {
        let request = Self::read(body)?;
        let messages = request.head.object().get("messages");
        check_shape(messages)?;
        if messages.is_none_or(|messages| messages.elements().next().is_none()) {
            return Err(ApiError::invalid_request("messages must not be empty").with_param("messages"));
        }
        Ok(request)
    }

    fn read(body: Bytes) -> Result<Self, ApiError> {
        let object = scan(body)?;
        let (model, provider, stream) = (object.get("model"), object.get("provider"), object.get("stream"));
        check_string(model, "model")?;
        check_provider(provider)?;
        check(stream, "stream", |value| value.kind() == Kind::Bool, "must be a boolean")?;
        let stream = stream.and_then(|stream| stream.as_bool()) == Some(true);
        let (model, provider) = (model.and_then(Text::of), provider.and_then(Text::of));
        Ok(Self { head: Head::new(object, model, provider)?, stream })
    }

    /// The same for a body whose tokens are counted: its conversation may be empty.
    ///
    /// # Errors
    /// See `decode`.
    pub fn decode_to_count(body: Bytes) -> Result<Self, ApiError> {
        let request = Self::read(body)?;
        check_shape(request.head.object().get("messages"))?;
        Ok(request)
    }

    /// The scanned body, and whom it is for.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The client wants a stream.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// The edits that every same-dialect call makes: the model, a string `provider`, duplicates of what was read, and thinking
    /// that the provider has not signed.
    pub fn edit_for_upstream(&self, model: &str) -> Edits<'_> {
        let mut edits = self.head.edit_for_upstream(model, &["stream"]);
        open_and_strip(&mut edits);
        edits
    }
}

fn check_shape(messages: Option<RawValue<'_>>) -> Result<(), ApiError> {
    check(messages, "messages", |value| value.kind() == Kind::Array, "must be an array")?;
    let mut messages = messages.iter().flat_map(RawValue::elements).enumerate();
    match messages.find(|(_, message)| message.kind() != Kind::Object) {
        Some((index, _)) => Err(wrong_kind(format!("messages[{index}]"), "must be an object")),
        None => Ok(()),
    }
}
