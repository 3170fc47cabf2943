//! The chores behind `cargo xtask`, as a library so that `cargo test` runs them too.
//! In: the repository around this crate. Out: `Ok` with one closing line, or `Err` with everything that is to be done.
//! Not here: what clippy and rustfmt check already.

mod docs;
mod tidy;

use std::path::{Path, PathBuf};

pub use docs::{check as check_docs, write as write_docs};
pub use tidy::run as tidy;

/// The root of the repository.
fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}
