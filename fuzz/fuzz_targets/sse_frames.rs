//! Any bytes as an event stream cut anywhere. The check is `crates/dialects/tests/any_input/sse_frames.rs`; the input's first
//! byte chooses the cuts and the frame limit. Run: `cargo +nightly fuzz run sse_frames` in the root of the repository.

#![no_main]

#[path = "../../crates/dialects/tests/any_input/sse_frames.rs"]
mod sse_frames;

libfuzzer_sys::fuzz_target!(|input: &[u8]| sse_frames::check(input));
