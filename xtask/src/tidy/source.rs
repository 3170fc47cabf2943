//! The repository as tidy reads it: text files, and Rust files with their tests told apart.
//! In: the root folder. Out: file texts in memory, paths from the root with `/`.
//! Invariant: build results, downloads and run-time data are never read.

use std::io;
use std::path::Path;

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &["target", "node_modules", "__pycache__", "data", "artifacts", "corpus", "dist"];
/// Dot folders that are part of the project.
const DOTTED: &[&str] = &[".ci", ".cargo"];
/// A file beyond it is data, not text that somebody reads.
const MAX_TEXT: u64 = 4 << 20;

/// One text file.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) path: String,
    pub(super) content: String,
}

/// One Rust file, without its inline tests.
#[derive(Debug)]
pub(super) struct Rust {
    pub(super) path: String,
    /// Lines outside `#[cfg(test)] mod … { … }`, with their numbers from 1.
    pub(super) lines: Vec<(usize, String)>,
    /// The whole file is test code, or a bench for it.
    pub(super) is_test: bool,
}

/// All that tidy looks at.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) texts: Vec<Text>,
    pub(super) rust: Vec<Rust>,
    /// The `kind` of every provider definition.
    pub(super) provider_kinds: Vec<String>,
}

impl Repository {
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut repository = Self::default();
        read_folder(root, "", &mut repository.texts)?;
        repository.texts.sort_by(|left, right| left.path.cmp(&right.path));
        for text in &repository.texts {
            if text.path.ends_with(".rs") {
                repository.rust.push(Rust::read(&text.path, &text.content));
            }
            if text.path.starts_with("crates/providers/src/definitions/") {
                repository.provider_kinds.extend(kinds(&text.content));
            }
        }
        repository.provider_kinds.sort();
        repository.provider_kinds.dedup();
        Ok(repository)
    }
}

fn read_folder(folder: &Path, prefix: &str, texts: &mut Vec<Text>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let is_ours =
                if name.starts_with('.') { DOTTED.contains(&&*name) } else { !SKIPPED.contains(&&*name) };
            if is_ours {
                read_folder(&entry.path(), &format!("{path}/"), texts)?;
            }
        } else if kind.is_file() && name != ".env" && entry.metadata()?.len() <= MAX_TEXT {
            // What is not UTF-8 is not text.
            if let Ok(content) = String::from_utf8(std::fs::read(entry.path())?) {
                texts.push(Text { path, content });
            }
        }
    }
    Ok(())
}

/// Finds `kind: ProviderType("name")` in definition rows.
fn kinds(content: &str) -> impl Iterator<Item = String> {
    content
        .split("kind: ProviderType(\"")
        .skip(1)
        .filter_map(|after| Some(after.split_once('"')?.0.to_owned()))
}

impl Rust {
    pub(super) fn read(path: &str, content: &str) -> Self {
        let is_test = path.starts_with("tests/")
            || path.starts_with("fuzz/")
            || path.contains("/tests/")
            || path.ends_with("/tests.rs")
            || path.contains("/benches/");
        Self { path: path.to_owned(), lines: without_inline_tests(content), is_test }
    }
}

/// Leaves out `#[cfg(test)]` and the module behind it. In formatted code that module ends with a `}` in its own column.
fn without_inline_tests(content: &str) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    let mut lines = content.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            skip_item(&mut lines, indent(line));
        } else {
            kept.push((number, line.to_owned()));
        }
    }
    kept
}

fn skip_item<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>, depth: usize) {
    let mut is_open = false;
    for (_, line) in lines {
        let ends_here = indent(line) == depth && (line.trim_end().ends_with(['}', ';']));
        is_open |= line.trim_end().ends_with('{');
        if ends_here && (line.trim() == "}" || !is_open) {
            return;
        }
    }
}

/// How far a line is indented.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::{Rust, kinds};

    #[test]
    fn inline_tests_do_not_count_and_what_follows_does() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {}\n#[cfg(test)]\nmod tests;\nfn d() {}\n";
        let file = Rust::read("crates/x/src/lib.rs", code);
        let kept: Vec<_> = file.lines.iter().map(|(number, line)| format!("{number} {line}")).collect();
        assert_eq!(kept, ["1 fn a() {}", "7 fn c() {}", "10 fn d() {}"]);
        assert!(!file.is_test);
        assert!(Rust::read("crates/x/src/lib/tests.rs", code).is_test);
    }

    #[test]
    fn provider_kinds_are_read_from_their_rows() {
        let found: Vec<_> =
            kinds("D { kind: ProviderType(\"acme\"), env: 1 }\n  kind: ProviderType(\"zed\"),\n").collect();
        assert_eq!(found, ["acme", "zed"]);
    }
}
