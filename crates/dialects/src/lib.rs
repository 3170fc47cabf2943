//! The wire formats for talking to a model: JSON and event-stream framing, and one folder per dialect.
//! In: bytes from a client or an upstream. Out: what the gateway must know of them, and the same bytes with few edits.
//! Invariant: pure. No runtime, clock, socket or configuration; nothing recurses; nothing panics on any input.
//! Start at `json` (one scan, then slices), then `sse`, then read one dialect's folder whole. What stands between two dialects is
//! `conversation`; `translate` is the only place that knows all of them.

pub mod anthropic_messages;
pub mod conversation;
pub mod embeddings;
pub mod error;
pub mod gemini;
pub mod ingress;
pub mod json;
mod model_traits;
pub mod observe;
pub mod openai_chat;
pub mod openai_responses;
mod request;
pub mod sse;
pub mod translate;
