//! An embeddings request: what the gateway reads of it. `input` is not looked at.
//! In: a body. Out: `EmbeddingsRequest`, or a 400 that names the member. Everything else stays as it came.

use bytes::Bytes;
use vocabulary::ApiError;

use crate::json::Edits;
use crate::request::{Head, Text, check_integer, check_provider, check_string, scan};

/// How the client wants its vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `encoding_format` is `base64`, in any case: little-endian float32, standard base64.
    Base64,
    /// Anything else, or nothing: an array of numbers.
    Float,
}

/// A decoded embeddings request: the scanned body and what the gateway must know of it.
#[derive(Clone, Debug)]
pub struct EmbeddingsRequest {
    head: Head,
    encoding: Encoding,
}

impl EmbeddingsRequest {
    /// Scans and checks a body.
    ///
    /// # Errors
    /// 400 `invalid request body: …` with the JSON path as `param`; 400 `model is required`.
    pub fn decode(body: Bytes) -> Result<Self, ApiError> {
        let object = scan(body)?;
        let (model, provider) = (object.get("model"), object.get("provider"));
        let format = object.get("encoding_format");
        check_string(model, "model")?;
        check_provider(provider)?;
        check_string(format, "encoding_format")?;
        check_integer(object.get("dimensions"), "dimensions")?;
        let encoding = match format.and_then(|format| format.as_str()) {
            Some(format) if format.eq_ignore_ascii_case("base64") => Encoding::Base64,
            _ => Encoding::Float,
        };
        let (model, provider) = (model.and_then(Text::of), provider.and_then(Text::of));
        Ok(Self { head: Head::new(object, model, provider)?, encoding })
    }

    /// The scanned body, and whom it is for.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How the client wants its vectors.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The edits of every call: the upstream's model id, no string `provider`, no duplicates of the two.
    pub fn edit_for_upstream(&self, model: &str) -> Edits<'_> {
        self.head.edit_for_upstream(model, &[])
    }
}
