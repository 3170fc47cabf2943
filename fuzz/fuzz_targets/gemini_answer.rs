//! Any bytes as an upstream's whole Gemini answer: decoded, and written for every client.
//! The check is `crates/dialects/tests/translation/any_bytes.rs`. Run: `cargo +nightly fuzz run gemini_answer` in the root of the repository.

#![no_main]

#[path = "../../crates/dialects/tests/translation/any_bytes.rs"]
#[expect(dead_code, reason = "each target checks one of its four inputs")]
mod any_bytes;

use vocabulary::Dialect;

libfuzzer_sys::fuzz_target!(|input: &[u8]| any_bytes::check_answer(Dialect::Gemini, input));
