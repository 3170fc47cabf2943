//! `POST /v1/embeddings`: the request, and the repair of vectors that came in another encoding than was asked for.
//! In: bodies. Out: the few members that the gateway reads; the same answer with its vectors re-encoded where necessary.
//! Invariant: bytes outside of vectors stay as they came. Source: OpenAI API reference, "Embeddings"; spec 01 §10.

mod request;
mod vectors;

#[cfg(test)]
mod tests;

pub use request::{EmbeddingsRequest, Encoding};
pub use vectors::repair_encoding;
