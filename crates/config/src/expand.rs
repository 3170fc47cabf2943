//! `${...}` inside one scalar: the four forms, and `$${` for a literal `${`. A lone `$` stays (spec 08-B26, 02-B22).
//! In: the text of a scalar and where names and files are looked up. Out: the text with the forms replaced, and what could not be.
//! Invariant: what is inserted is never looked at again, so a value cannot smuggle in YAML or a further form.

use std::path::Path;

use crate::environment::MergedEnvironment;

/// Where the forms find their values.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) environment: &'a MergedEnvironment,
    pub(crate) directory: &'a Path,
}

/// The result of one expansion. Forms that are `unresolved` or in `faults` stand in the text as they were written.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Expanded {
    pub(crate) text: String,
    /// Names of `${NAME}` that are unset or empty.
    pub(crate) unresolved: Vec<String>,
    /// Malformed forms, failed `:?` and unreadable files.
    pub(crate) faults: Vec<String>,
}

/// Replaces every form in `text`.
pub(crate) fn expand(text: &str, lookup: Lookup<'_>) -> Expanded {
    let mut out = Expanded::default();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.text.push_str(&rest[..at - 1]);
            out.text.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.text.push_str(&rest[..at]);
        let length = rest[at..].find('}').map_or(rest.len() - at, |end| end + 1);
        let form = &rest[at..at + length];
        match resolve(form, lookup) {
            Ok(value) => out.text.push_str(&value),
            Err(failure) => {
                out.text.push_str(form);
                match failure {
                    Failure::Unresolved(name) => out.unresolved.push(name),
                    Failure::Fault(fault) => out.faults.push(fault),
                }
            }
        }
        rest = &rest[at + length..];
    }
    out.text.push_str(rest);
    out
}

/// Does not repeat the text, which may be half of a password.
const MALFORMED: &str = "found ${ that is none of ${NAME}, ${NAME:-default}, ${NAME:?message}, ${file:/path}; write $${ for a literal ${";

enum Failure {
    Unresolved(String),
    Fault(String),
}

fn resolve(form: &str, lookup: Lookup<'_>) -> Result<String, Failure> {
    let malformed = || Failure::Fault(MALFORMED.to_owned());
    let inner = form.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')).ok_or_else(malformed)?;
    if let Some(path) = inner.strip_prefix("file:") {
        return read_trimmed(lookup.directory, path).map_err(Failure::Fault);
    }
    let (name, alternative) = match inner.find(':') {
        Some(at) => (&inner[..at], Some(&inner[at + 1..])),
        None => (inner, None),
    };
    if !is_name(name) {
        return Err(malformed());
    }
    if let Some(value) = lookup.environment.get(name) {
        return Ok(value.to_owned());
    }
    match alternative {
        None => Err(Failure::Unresolved(name.to_owned())),
        Some(alternative) => match (alternative.strip_prefix('-'), alternative.strip_prefix('?')) {
            (Some(default), _) => Ok(default.to_owned()),
            (_, Some(message)) => Err(Failure::Fault(format!("{name}: {message}"))),
            (None, None) => Err(malformed()),
        },
    }
}

/// The content of a file without its trailing line break; the error names the path, never the content.
pub(crate) fn read_trimmed(directory: &Path, path: &str) -> Result<String, String> {
    let content = std::fs::read_to_string(directory.join(path))
        .map_err(|error| format!("cannot read {path:?}: {error}"))?;
    Ok(content.trim_end_matches(['\n', '\r']).to_owned())
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Expanded, Lookup, MALFORMED, expand};
    use crate::environment::MergedEnvironment;

    fn expanded(text: &str) -> Expanded {
        let environment =
            MergedEnvironment::of_pairs(&[("KEY", "sk-1"), ("EMPTY", ""), ("TRICK", "${KEY}: {a: 1}")]);
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
        expand(text, Lookup { environment: &environment, directory: &directory })
    }

    #[test]
    fn the_forms_that_expand() {
        let cases = [
            ("${KEY}", "sk-1"),
            ("a${KEY}b${KEY}", "ask-1bsk-1"),
            ("${EMPTY:-x}", "x"),
            ("${NOPE:-}", ""),
            ("${NOPE:-a:b-c?d}", "a:b-c?d"),
            ("${KEY:-x}", "sk-1"),
            ("${KEY:?needed}", "sk-1"),
            ("${file:secret.txt}", "from a file"),
            ("${TRICK}", "${KEY}: {a: 1}"),
            ("pa$$w0rd$", "pa$$w0rd$"),
            ("$KEY", "$KEY"),
            ("$${KEY}", "${KEY}"),
            ("a$${b", "a${b"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let out = expanded(text);
            assert_eq!(
                (out.text.as_str(), out.unresolved.len(), out.faults.len()),
                (expected, 0, 0),
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_not_expand_stays_and_is_named() {
        let out = expanded("pre-${NOPE}-${EMPTY}");
        assert_eq!(out.text, "pre-${NOPE}-${EMPTY}");
        assert_eq!(out.unresolved, ["NOPE", "EMPTY"]);
        insta::assert_snapshot!(
            expanded("${NOPE:?set it} ${} ${1A} ${A-b} ${A:+b} ${file:absent.txt} ${open").faults.join("\n").replace(MALFORMED, "MALFORMED"),
            @r#"
        NOPE: set it
        MALFORMED
        MALFORMED
        MALFORMED
        MALFORMED
        cannot read "absent.txt": No such file or directory (os error 2)
        MALFORMED
        "#
        );
    }
}
