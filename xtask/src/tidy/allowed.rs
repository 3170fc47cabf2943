//! The allow-list: findings that have a reason.
//! In: `tidy-allow.txt`, lines of `rule path reason`; `#` begins a comment. Out: the findings that nobody excused.
//! Invariant: an entry without a reason, or without a finding, is a finding.

use std::path::Path;

use super::Finding;

const LIST: &str = "xtask/tidy-allow.txt";

pub(super) fn excuse(findings: Vec<Finding>, list: &Path) -> Vec<Finding> {
    // No list means no excuses.
    excuse_by(findings, &std::fs::read_to_string(list).unwrap_or_default())
}

fn excuse_by(findings: Vec<Finding>, list: &str) -> Vec<Finding> {
    let mut left = findings;
    for (index, line) in list.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (rule, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let reason = words.next().unwrap_or_default();
        let before = left.len();
        left.retain(|finding| finding.rule != rule || finding.path != path);
        let problem = if reason.trim().is_empty() {
            "an entry without a reason"
        } else if left.len() == before {
            "an entry that excuses nothing"
        } else {
            continue;
        };
        let (what, cure) =
            (format!("{problem}: {line}"), "one line per entry: rule, path, reason; remove what is over");
        left.push(Finding { rule: "allow-list", path: LIST.to_owned(), line: index + 1, what, cure });
    }
    left
}

#[cfg(test)]
mod tests {
    use super::{Finding, excuse_by};

    #[test]
    fn excuses_need_a_reason_and_a_finding() {
        let finding = |path: &str| Finding {
            rule: "name",
            path: path.to_owned(),
            line: 1,
            what: String::new(),
            cure: "",
        };
        let list = "# why\nname a.rs the field's own word\nname b.rs\nname c.rs long gone\n";
        let left = excuse_by(vec![finding("a.rs"), finding("b.rs"), finding("d.rs")], list);
        let left: Vec<_> =
            left.iter().map(|finding| (finding.rule, finding.path.as_str(), finding.line)).collect();
        assert_eq!(
            left,
            [("name", "d.rs", 1), ("allow-list", super::LIST, 3), ("allow-list", super::LIST, 4)]
        );
    }
}
