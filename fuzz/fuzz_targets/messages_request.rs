//! Any bytes as a client's Messages request: decoded, written for every target, edited for its own.
//! The check is `crates/dialects/tests/translation/any_bytes.rs`. Run: `cargo +nightly fuzz run messages_request` in the root of the repository.

#![no_main]

#[path = "../../crates/dialects/tests/translation/any_bytes.rs"]
#[expect(dead_code, reason = "each target checks one of its four inputs")]
mod any_bytes;

use vocabulary::Dialect;

libfuzzer_sys::fuzz_target!(|input: &[u8]| any_bytes::check_request(Dialect::AnthropicMessages, input));
