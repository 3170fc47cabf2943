//! The wire formats for talking to a model: JSON and event-stream framing, and one folder per dialect.
//! In: bytes from a client or an upstream. Out: what the gateway must know of them, and the same bytes with few edits.
//! Invariant: pure. No runtime, clock, socket or configuration; nothing recurses; nothing panics on any input.
//! Start at `json` (one scan, then slices), then `sse`, then read one dialect's folder whole.

pub mod embeddings;
pub mod error;
pub mod json;
pub mod openai_chat;
mod request;
pub mod sse;
