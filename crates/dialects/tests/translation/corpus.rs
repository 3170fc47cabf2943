//! The corpora of the fuzz targets, and every file of the matrix, through the same checks.

use std::path::Path;

use vocabulary::Dialect;

use crate::any_bytes::{check_answer, check_request, check_sealed, check_stream};

const NAMES: [&str; 4] = ["chat", "responses", "messages", "gemini"];

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut count = 0;
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let input = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&input)));
        assert!(checked.is_ok(), "{}", path.display());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn the_corpora_of_requests_hold() {
    for (dialect, name) in Dialect::ALL.into_iter().zip(NAMES) {
        replay(&format!("{name}_request"), |input| check_request(dialect, input));
    }
}

#[test]
fn the_corpora_of_answers_hold() {
    for (dialect, name) in Dialect::ALL.into_iter().zip(NAMES) {
        replay(&format!("{name}_answer"), |input| check_answer(dialect, input));
    }
}

#[test]
fn the_corpora_of_streams_hold() {
    for (dialect, name) in Dialect::ALL.into_iter().zip(NAMES) {
        replay(&format!("{name}_stream"), |input| check_stream(dialect, input));
    }
}

#[test]
fn the_corpus_of_sealed_states_holds() {
    replay("sealed_state", check_sealed);
}
