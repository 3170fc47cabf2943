//! Any bytes as a request body: the scan against `serde_json`. The check is `crates/dialects/tests/any_input/raw_json.rs`.
//! Run: `cargo +nightly fuzz run raw_json` in the root of the repository.

#![no_main]

#[path = "../../crates/dialects/tests/any_input/raw_json.rs"]
mod raw_json;

libfuzzer_sys::fuzz_target!(|input: &[u8]| raw_json::check(input));
