//! The corpora of the fuzz targets, through the same checks, so that `cargo test` guards what fuzzing once found.

use std::path::Path;

use crate::{raw_json, sse_frames};

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut count = 0;
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        check(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn the_corpus_of_raw_json_holds() {
    replay("raw_json", raw_json::check);
}

#[test]
fn the_corpus_of_sse_frames_holds() {
    replay("sse_frames", sse_frames::check);
}
