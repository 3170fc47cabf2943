//! The house rules that a machine can hold: sizes, headers, layers, words. Each finding says what to do about it.
//! In: the repository's files and cargo's view of its crates. Out: findings, less those that `tidy-allow.txt` excuses.
//! Invariant: an excuse that excuses nothing is a finding itself, so the list only shrinks.
//! Rules are those of CONTRIBUTING.md; what clippy can check is in `clippy.toml` instead.

mod allowed;
mod forbidden;
mod layers;
mod names;
mod sizes;
mod source;

use std::fmt;

use source::Repository;

/// Something that is against a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// The rule's short name, as in the allow-list.
    rule: &'static str,
    /// The file, from the root.
    path: String,
    /// The line, from 1; 0 for the whole file.
    line: usize,
    what: String,
    cure: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, path, line, what, cure } = self;
        write!(f, "{path}:{line}: {what} [{rule}]\n    cure: {cure}")
    }
}

/// Checks the repository.
///
/// # Errors
/// All findings, one below the other.
pub fn run() -> Result<String, String> {
    let root = crate::root();
    let repository =
        Repository::read(&root).map_err(|error| format!("tidy: cannot read the repository: {error}"))?;
    let mut findings = Vec::new();
    for file in &repository.rust {
        sizes::check(file, &mut findings);
        names::check(file, &mut findings);
        forbidden::check_code(file, &repository.provider_kinds, &mut findings);
    }
    for text in &repository.texts {
        forbidden::check_text(text, &mut findings);
    }
    layers::check(&root, &mut findings).map_err(|error| format!("tidy: {error}"))?;
    let findings = allowed::excuse(findings, &root.join("xtask/tidy-allow.txt"));
    if findings.is_empty() {
        return Ok(format!("tidy: {} files, no findings", repository.texts.len()));
    }
    let report: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Err(format!("{}\ntidy: {} finding(s)", report.join("\n"), findings.len()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        if let Err(report) = super::run() {
            panic!("{report}");
        }
    }
}
