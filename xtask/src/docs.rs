//! The generated pages: written from the declarations in the code, committed, and checked for being up to date.
//! In: what the crates say about themselves. Out: files below `docs/`.
//! Invariant: a generated page is never edited by hand; `check` compares byte for byte.

use std::fs;

/// A generated page: its path from the root, and what makes its text.
struct Page {
    path: &'static str,
    render: fn() -> String,
}

const PAGES: &[Page] = &[
    Page { path: "docs/settings.md", render: config::reference_markdown },
    Page { path: "docs/translation-losses.md", render: dialects::conversation::losses_markdown },
];

/// Writes every generated page.
///
/// # Errors
/// If a page cannot be written.
pub fn write() -> Result<String, String> {
    for page in PAGES {
        fs::write(crate::root().join(page.path), (page.render)())
            .map_err(|error| format!("cannot write {}: {error}", page.path))?;
    }
    Ok(format!("docs: {} generated page(s) written", PAGES.len()))
}

/// Compares every generated page with what the code would write.
///
/// # Errors
/// Names the stale pages.
pub fn check() -> Result<String, String> {
    let is_stale =
        |page: &&Page| fs::read_to_string(crate::root().join(page.path)).ok() != Some((page.render)());
    let stale: Vec<_> = PAGES.iter().filter(is_stale).map(|page| page.path).collect();
    if stale.is_empty() {
        return Ok(format!("docs: {} generated page(s) up to date", PAGES.len()));
    }
    Err(format!("docs: stale: {}\n    cure: cargo xtask docs, and commit the result", stale.join(", ")))
}
