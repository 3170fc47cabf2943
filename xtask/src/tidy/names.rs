//! Names that say nothing: a crate, file, type or function that is called after its author's embarrassment.
//! In: Rust files. Out: findings `name`.

use super::Finding;
use super::source::Rust;

/// Parts of snake-case names.
const EMPTY_WORDS: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "misc"];
/// Parts of type names.
const EMPTY_TYPE_WORDS: &[&str] = &["Util", "Utils", "Helper", "Helpers", "Manager", "Impl"];
/// What introduces a name.
const INTRODUCERS: &[&str] = &["fn ", "struct ", "enum ", "trait ", "mod ", "type "];

const CURE: &str = "name it after what it does or holds, in the words of ARCHITECTURE.md";

pub(super) fn check(file: &Rust, findings: &mut Vec<Finding>) {
    let mut report = |line, name: &str| {
        let what = format!("the name `{name}` says nothing");
        findings.push(Finding { rule: "name", path: file.path.clone(), line, what, cure: CURE });
    };
    for part in file.path.trim_end_matches(".rs").split('/') {
        if has_empty_word(part) {
            report(0, part);
        }
    }
    if file.is_test {
        return; // names of tests are sentences
    }
    for (number, line) in &file.lines {
        if let Some(name) = introduced(line).filter(|name| has_empty_word(name)) {
            report(*number, name);
        }
    }
}

fn introduced(line: &str) -> Option<&str> {
    let code = line.trim_start();
    if code.starts_with("//") {
        return None;
    }
    INTRODUCERS.iter().find_map(|word| {
        let (before, after) = code.split_once(word)?;
        let only_qualifiers = before
            .split_whitespace()
            .all(|word| word.starts_with("pub") || word == "async" || word == "const");
        let end =
            after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
        only_qualifiers.then(|| &after[..end])
    })
}

fn has_empty_word(name: &str) -> bool {
    let is_type = name.starts_with(|first: char| first.is_ascii_uppercase());
    if is_type {
        return camel_words(name).any(|word| EMPTY_TYPE_WORDS.contains(&word));
    }
    name.split(['_', '-']).any(|word| EMPTY_WORDS.contains(&word))
}

fn camel_words(name: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = name
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_uppercase())
        .map(|(at, _)| at)
        .chain([name.len()])
        .collect();
    (1..starts.len()).map(move |index| &name[starts[index - 1]..starts[index]])
}

#[cfg(test)]
mod tests {
    use super::super::source::Rust;
    use super::check;

    fn lines(path: &str, code: &str) -> Vec<usize> {
        let mut findings = Vec::new();
        check(&Rust::read(path, code), &mut findings);
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn empty_names_are_found_where_they_are_given() {
        let code = "pub struct KeyManager;\nfn parse_helper() {}\n// fn helper\nlet x = helper();\nstruct Implied;\nmod utils;\nfn manage() {}\n\
            pub(crate) async fn common() {}\nimpl ServerImpl {}\nstruct ServerImpl {\n";
        assert_eq!(lines("crates/a/src/b.rs", code), [1, 2, 6, 8, 10]);
        assert_eq!(lines("crates/a/src/utils.rs", ""), [0]);
        assert_eq!(lines("crates/http-common/src/lib.rs", ""), [0]);
    }
}
