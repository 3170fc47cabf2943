//! Replays the corpus of the fuzz target `upstream_http1`: the cuts of a response do not matter, and nothing panics.

use std::path::Path;

use upstream::http1::decode_for_fuzzing;

#[test]
fn the_corpus_decodes_the_same_at_any_cut() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/upstream_http1");
    let seeds: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(seeds.len() >= 10, "the seeds are gone");
    for seed in seeds {
        let response = std::fs::read(&seed).unwrap();
        let whole = decode_for_fuzzing(&response, &[]);
        for step in [1, 2, 7, 31] {
            let cuts: Vec<usize> = (0..response.len()).step_by(step).collect();
            let in_pieces = decode_for_fuzzing(&response, &cuts);
            assert_eq!(whole.as_ref().ok(), in_pieces.as_ref().ok(), "{} by {step}", seed.display());
        }
    }
}
