//! The dialect of `generateContent` (`/v1beta/models/{model}:generateContent` and its neighbours).
//! In: bodies and frames of clients or of Google. Out: the conversation and back; on the raw path the same bytes.
//! Read `decode` (requests of clients), `encode` (requests to Google), `answer` (what Google says), `render` (what clients are told),
//! then `raw`. Invariants: the model and the wish for a stream stand in the path, never in a body; both spellings of a member
//! (`inlineData`, `inline_data`) are one member. Source: Gemini API reference; spec 03 §4, §17.

mod answer;
mod count_tokens;
mod decode;
mod embeddings;
mod encode;
mod grounding;
mod logprobs;
mod raw;
mod render;
mod spelling;

#[cfg(test)]
mod tests;

pub use answer::{StreamDecoder, decode_response};
pub use count_tokens::{
    decode_count_request, edit_count_for_upstream, encode_count_request, read_count, write_count,
};
pub use decode::decode_request;
pub use embeddings::{OpenAiEmbeddings, embeddings_answer_from_openai, embeddings_to_openai};
pub use encode::encode_request;
pub use raw::{ArrayForm, GeminiRequest, StreamObserver, observe_whole};
pub use render::{StreamEncoder, encode_response};

/// What Google takes in the place of a thought signature that the client has lost (Gemini API, "Thought signatures").
const SKIPPED_SIGNATURE: &str = "skip_thought_signature_validator";
