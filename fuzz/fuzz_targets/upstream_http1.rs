//! Any bytes as an upstream's HTTP/1.1 response: whatever they are, the cuts do not matter and nothing panics. The input's
//! first byte chooses the cuts. Run: `cargo +nightly fuzz run upstream_http1` in the root of the repository.

#![no_main]

use upstream::http1::decode_for_fuzzing;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&seed, response)) = input.split_first() else { return };
    let step = usize::from(seed % 32) + 1;
    let cuts: Vec<usize> = (0..response.len()).step_by(step).collect();
    let whole = decode_for_fuzzing(response, &[]);
    let in_pieces = decode_for_fuzzing(response, &cuts);
    assert_eq!(whole.as_ref().ok(), in_pieces.as_ref().ok(), "{whole:?} but in pieces {in_pieces:?}");
});
