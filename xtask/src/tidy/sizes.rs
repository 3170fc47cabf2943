//! Sizes and headers: a file tells one story in a few screens and begins by saying which.
//! In: Rust files without their inline tests. Out: findings `file-size`, `function-size`, `header`.

use super::Finding;
use super::source::{Rust, indent};

const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 100;
const MAX_HEADER_LINES: usize = 14;

/// Words that may stand before `fn`.
const QUALIFIERS: &[&str] =
    &["pub", "pub(crate)", "pub(super)", "default", "const", "async", "unsafe", "extern", "\"C\""];

pub(super) fn check(file: &Rust, findings: &mut Vec<Finding>) {
    let mut report = |rule, line, what, cure| {
        findings.push(Finding { rule, path: file.path.clone(), line, what, cure });
    };
    if !file.is_test && file.lines.len() > MAX_FILE_LINES {
        let what = format!("{} lines without tests, the limit is {MAX_FILE_LINES}", file.lines.len());
        report("file-size", 0, what, "find the second story in it and give it a file of its own");
    }
    for (line, name, length) in functions(file) {
        if length > MAX_FUNCTION_LINES {
            let what = format!("function `{name}` has {length} lines, the limit is {MAX_FUNCTION_LINES}");
            report(
                "function-size",
                line,
                what,
                "its steps are functions in waiting: name them and take them out",
            );
        }
    }
    if !file.is_test {
        check_header(file, &mut report);
    }
}

fn check_header(file: &Rust, report: &mut impl FnMut(&'static str, usize, String, &'static str)) {
    let header = file.lines.iter().take_while(|(_, line)| line.starts_with("//!")).count();
    let says_nothing = file.lines.iter().take(header).all(|(_, line)| line.contains("(being built)"));
    if header == 0 || says_nothing {
        let cure =
            "begin the file with `//!`: what lives here, what flows in and out, which invariant it keeps";
        report("header", 1, "no header".to_owned(), cure);
    } else if header > MAX_HEADER_LINES {
        let what = format!("a header of {header} lines, the limit is {MAX_HEADER_LINES}");
        report("header", 1, what, "keep what a reader needs first; the rest belongs to the items");
    }
}

/// Every function with its line, name and length. Formatted code is assumed: a function ends at the first `}` that is
/// indented like its beginning.
fn functions(file: &Rust) -> impl Iterator<Item = (usize, &str, usize)> {
    file.lines.iter().enumerate().filter_map(|(index, (number, line))| {
        let name = function_name(line)?;
        let depth = indent(line);
        let length = file.lines.iter().skip(index).position(|(_, line)| ends_item(line, depth))?;
        Some((*number, name, length + 1))
    })
}

fn ends_item(line: &str, depth: usize) -> bool {
    let is_one_liner = function_name(line).is_some() && line.ends_with(['}', ';']);
    indent(line) == depth && (is_one_liner || matches!(line.trim(), "}" | "},") || line.ends_with(';'))
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    while let Some((word, after)) = rest.split_once(' ') {
        if word == "fn" {
            return after.split(['(', '<']).next();
        }
        if !QUALIFIERS.contains(&word) {
            return None;
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::source::Rust;
    use super::{check, functions};

    fn rules(path: &str, code: &str) -> Vec<&'static str> {
        let mut findings = Vec::new();
        check(&Rust::read(path, code), &mut findings);
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_brace() {
        let code = "//! Here.\nimpl X {\n    pub(crate) async fn a(\n        x: u8,\n    ) -> u8 {\n        if x {\n        }\n        x\n    }\n\
            \n    fn b() {}\n    fn c();\n}\nconst fn d<T>() {\n}\n";
        let file = Rust::read("src/x.rs", code);
        let found: Vec<_> = functions(&file).collect();
        assert_eq!(found, [(3, "a", 7), (11, "b", 1), (12, "c", 1), (14, "d", 2)]);
    }

    #[test]
    fn long_files_long_functions_and_missing_headers_are_found() {
        let long = |lines: usize| format!("//! Here.\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines));
        assert_eq!(rules("src/x.rs", &long(98)), [""; 0]);
        assert_eq!(rules("src/x.rs", &long(99)), ["function-size"]);
        assert_eq!(rules("src/x.rs", &long(600)), ["file-size", "function-size"]);
        assert_eq!(rules("src/x.rs", "fn f() {}\n"), ["header"]);
        assert_eq!(rules("src/x.rs", "//! (being built)\n"), ["header"]);
        assert_eq!(rules("src/x.rs", &"//! Much.\n".repeat(15)), ["header"]);
        assert_eq!(rules("src/x/tests.rs", "fn f() {}\n"), [""; 0]);
    }
}
