//! The edits of an embeddings body, and the form of what comes back.
//! Invariant: `input` is never looked at on this path; it leaves as it came.

use bytes::Bytes;
use dialects::embeddings::EmbeddingsRequest;
use dialects::json::Slices;
use vocabulary::ApiError;

use super::chat::{Editing, configured};
use super::ollama_embed;
use crate::settings::InstanceSettings;

/// What a provider's answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerForm {
    /// OpenAI's dialect: relayed.
    Native,
    /// Ollama's `/api/embed`.
    OllamaEmbed {
        /// True if the caller sent an empty list, for which no vector is the right answer.
        input_is_empty: bool,
    },
}

impl AnswerForm {
    /// The answer in OpenAI's dialect. A native one is handed back as it is.
    ///
    /// # Errors
    /// 502 if the answer cannot be read, or holds no vector where one must be.
    pub fn translate(self, model: &str, answer: Bytes) -> Result<Bytes, ApiError> {
        match self {
            Self::Native => Ok(answer),
            Self::OllamaEmbed { input_is_empty } => ollama_embed::answer(model, &answer, input_is_empty),
        }
    }
}

pub(super) fn edit(
    request: &EmbeddingsRequest,
    model: &str,
    settings: &InstanceSettings,
) -> (Slices, Vec<String>) {
    let mut editing = Editing::new(request.edit_for_upstream(model));
    configured(&mut editing, settings);
    editing.finish()
}
