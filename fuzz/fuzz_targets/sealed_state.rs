//! Any bytes as a sealed reasoning state: what opens is sealed to something that opens to the same.
//! The check is `crates/dialects/tests/translation/any_bytes.rs`. Run: `cargo +nightly fuzz run sealed_state` in the root of the repository.

#![no_main]

#[path = "../../crates/dialects/tests/translation/any_bytes.rs"]
#[expect(dead_code, reason = "each target checks one of its four inputs")]
mod any_bytes;

libfuzzer_sys::fuzz_target!(|input: &[u8]| any_bytes::check_sealed(input));
