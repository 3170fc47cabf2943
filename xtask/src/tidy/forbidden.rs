//! What must not be written: attributes that hide, open ends without an issue, settings read behind the table's back,
//! providers treated by name, and text that belongs to somebody's machine.
//! In: Rust files and all texts. Out: findings `allow`, `todo`, `env`, `provider-name`, `private-text`.

use super::Finding;
use super::source::{Rust, Text};

/// Text that no file may hold. In two halves, so that this file does not hold it either.
const PRIVATE: &[(&str, &str)] = &[
    ("farm-", "studio"),
    ("/wor", "k/"),
    ("../sha", "red"),
    ("replace-", "with"),
    ("[source.crates", "-io]"),
    ("PIP_INDEX", "_URL"),
    ("--index", "-url"),
    ("GOPROXY", "="),
    ("npm_config", "_registry"),
    ("CARGO_REGIS", "TRIES_"),
];

pub(super) fn check_code(file: &Rust, provider_kinds: &[String], findings: &mut Vec<Finding>) {
    let mut report = |rule, line, what, cure| {
        findings.push(Finding { rule, path: file.path.clone(), line, what, cure });
    };
    // A build script's variables are cargo's.
    let reads_settings = file.path.ends_with("/build.rs")
        || ["crates/config/", "xtask/", "bench/"].iter().any(|prefix| file.path.starts_with(prefix));
    let knows_providers =
        ["crates/providers/", "xtask/", "bench/"].iter().any(|prefix| file.path.starts_with(prefix));
    for (number, line) in &file.lines {
        if line.contains(concat!("#[al", "low(")) || line.contains(concat!("#![al", "low(")) {
            let cure = "use `#[expect(…, reason = \"…\")]`: it fails when its reason is gone";
            report("allow", *number, "an attribute that hides warnings for ever".to_owned(), cure);
        }
        if let Some(word) = open_end(line) {
            let cure = "do it, or open an issue and write `(#123)` behind the word";
            report("todo", *number, format!("`{word}` without an issue"), cure);
        }
        if file.is_test || line.trim_start().starts_with("//") {
            continue;
        }
        if !reads_settings && (line.contains("env::var") || line.contains("env::vars")) {
            let cure = "declare a setting in crates/config and take its value as a parameter";
            report("env", *number, "reads the environment".to_owned(), cure);
        }
        if !knows_providers && let Some(kind) = decided_by(line, provider_kinds) {
            let cure = "make it a column of the provider's row in crates/providers/src/definitions";
            report("provider-name", *number, format!("decides by the provider's name \"{kind}\""), cure);
        }
    }
}

pub(super) fn check_text(text: &Text, findings: &mut Vec<Finding>) {
    for (index, line) in text.content.lines().enumerate() {
        for (head, tail) in PRIVATE {
            if holds(line, &format!("{head}{tail}")) {
                findings.push(Finding {
                    rule: "private-text",
                    path: text.path.clone(),
                    line: index + 1,
                    what: format!("holds `{head}{tail}`"),
                    cure: "the repository knows nothing of the machine it was written on: say it another way",
                });
            }
        }
    }
}

/// A path counts only where it begins: `/home/x` does not stand in `at/home/x`.
fn holds(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !needle.starts_with(['/', '.'])
            || !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}/".contains(letter))
    })
}

fn open_end(line: &str) -> Option<&'static str> {
    let (_, comment) = line.split_once("//")?;
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")].into_iter().find(|word| {
        comment.split(|letter: char| !letter.is_alphanumeric()).any(|part| part == *word)
            && !comment.contains(&format!("{word}(#"))
            && !comment.contains(&format!("{word} (#"))
    })
}

/// The provider that a line compares with: a match arm, an alternative or an equality with its quoted kind.
fn decided_by<'a>(line: &str, kinds: &'a [String]) -> Option<&'a str> {
    if !["=>", "==", "!=", "matches!(", " | "].iter().any(|sign| line.contains(sign)) {
        return None;
    }
    kinds.iter().map(String::as_str).find(|kind| {
        let quoted = format!("\"{kind}\"");
        line.split_once(&quoted).is_some_and(|(before, after)| {
            let (before, after) = (before.trim_end(), after.trim_start());
            let compared =
                ["==", "!=", "|"].iter().any(|sign| before.ends_with(sign) || after.starts_with(sign));
            let is_arm = after.starts_with("=>") || after.starts_with("if ") || line.contains("matches!(");
            compared || is_arm
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::{Rust, Text};
    use super::{check_code, check_text};

    fn rules(path: &str, code: &str) -> Vec<(&'static str, usize)> {
        let mut findings = Vec::new();
        check_code(&Rust::read(path, code), &["acme".to_owned()], &mut findings);
        findings.iter().map(|finding| (finding.rule, finding.line)).collect()
    }

    #[test]
    fn code_that_hides_waits_or_peeks_is_found() {
        let code = [
            concat!("#[al", "low(unused)]"),
            concat!("// TO", "DO: later"),
            concat!("// TO", "DO (#12): later"),
            "let home = std::env::var(\"HOME\");",
            "// env::var is not for us",
        ];
        assert_eq!(rules("crates/a/src/b.rs", &code.join("\n")), [("allow", 1), ("todo", 2), ("env", 4)]);
        assert_eq!(rules("crates/config/src/b.rs", code[3]), []);
        assert_eq!(rules("tests/http/b.rs", code[3]), []);
    }

    #[test]
    fn a_decision_by_provider_name_is_found_and_a_mention_is_not() {
        for decision in
            ["\"acme\" => 1,", "\"x\" | \"acme\" => 1,", "if kind == \"acme\" {", "matches!(kind, \"acme\")"]
        {
            assert_eq!(rules("crates/a/src/b.rs", decision), [("provider-name", 1)], "{decision}");
            assert_eq!(rules("crates/providers/src/b.rs", decision), [], "{decision}");
        }
        for mention in ["owner(\"acme\");", "Some(x) => \"acme\",", "// \"acme\" => 1"] {
            assert_eq!(rules("crates/a/src/b.rs", mention), [], "{mention}");
        }
    }

    #[test]
    fn private_text_is_found_anywhere() {
        let content =
            [concat!("see /wor", "k/x"), concat!("net/wor", "k/x"), concat!("a ../sha", "red/b"), "fine"]
                .join("\n");
        let mut findings = Vec::new();
        check_text(&Text { path: "README.md".to_owned(), content }, &mut findings);
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 3]);
    }
}
