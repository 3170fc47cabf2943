//! The bench for black-box tests: a scripted upstream, an HTTP client that can misbehave, and the real `gomodel` binary
//! in a temporary directory.
//! In: what a test is about (replies, settings, exact bytes). Out: what the other side saw, byte by byte.
//! Invariant: whatever a test does, its gateway ends settled: nothing in flight, exit code 0, no secret and no panic in
//! its log. `Gateway`'s drop checks it, so that no test has to.
//! Everything here blocks: the upstreams run on a runtime of their own, so a test is plain sequential code.

pub mod client;
pub mod gateway;
pub mod upstream;
mod wait;

pub use client::{Answer, Connection, Request, Stream};
pub use gateway::{Builder, Gateway, Provider, gateway};
pub use upstream::{
    At, Cut, Gate, Reply, Seen, Upstream, agent, anthropic, anthropic_upstream, gemini, gemini_upstream,
    openai, responses, upstream,
};
pub use wait::{LIMIT, eventually};
