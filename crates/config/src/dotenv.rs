//! The `.env` file: `NAME=value` lines with comments, quotes and an optional `export `.
//! In: the text. Out: names and values, and the lines that are none. Values are never part of a fault.
//! Single quotes keep everything; double quotes know `\n \r \t \" \\ \$` and may span lines; unquoted text ends before ` #`.

/// One faulty line: its number and what is wrong.
pub(crate) type Fault = (usize, String);

/// Parses the file; later lines win.
pub(crate) fn parse(text: &str) -> (Vec<(String, String)>, Vec<Fault>) {
    let mut values = Vec::new();
    let mut faults = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (taken, outcome) = entry(rest);
        match outcome {
            Ok(Some(pair)) => values.push(pair),
            Ok(None) => {}
            Err(fault) => faults.push((line, fault.to_owned())),
        }
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    (values, faults)
}

type Outcome = Result<Option<(String, String)>, &'static str>;

/// One entry at the start of `rest`: how many bytes it takes, line break included, and what it says.
fn entry(rest: &str) -> (usize, Outcome) {
    let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let line = rest[..line_end].trim();
    if line.is_empty() || line.starts_with('#') {
        return (line_end, Ok(None));
    }
    let Some(equals) = rest[..line_end].find('=') else {
        return (line_end, Err("not of the form NAME=value"));
    };
    let name = rest[..equals].trim();
    let name = name.strip_prefix("export ").map_or(name, str::trim);
    if name.is_empty()
        || name.starts_with('#')
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
    {
        return (line_end, Err("not of the form NAME=value"));
    }
    let value = &rest[equals + 1..];
    let padding = value.len() - value.trim_start_matches([' ', '\t']).len();
    let (taken, text) = match value[padding..].chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&value[padding + 1..], quote),
        _ => (line_end - equals - 1 - padding, Ok(unquoted(&rest[equals + 1..line_end]))),
    };
    let quote_bytes = usize::from(value[padding..].starts_with(['"', '\'']));
    let taken = equals + 1 + padding + quote_bytes + taken;
    if text.is_err() {
        return (line_end, text.map(|_| None));
    }
    (taken, text.map(|text| Some((name.to_owned(), text))))
}

fn unquoted(text: &str) -> String {
    let comment = text.match_indices('#').find(|(at, _)| text[..*at].ends_with([' ', '\t']) || *at == 0);
    comment.map_or(text, |(at, _)| &text[..at]).trim().to_owned()
}

/// The text after an opening quote: bytes up to the end of the closing quote's line, and the content.
fn quoted(text: &str, quote: char) -> (usize, Result<String, &'static str>) {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => content.push_str(&escape(chars.next().map(|(_, c)| c))),
            c if c == quote => {
                let tail = &text[at + 1..];
                let end = tail.find('\n').map_or(tail.len(), |end| end + 1);
                let remark = tail[..end].trim();
                let fine = remark.is_empty() || remark.starts_with('#');
                return (at + 1 + end, if fine { Ok(content) } else { Err("text after the closing quote") });
            }
            c => content.push(c),
        }
    }
    (text.len(), Err("the closing quote is missing"))
}

fn escape(c: Option<char>) -> String {
    match c {
        Some('n') => "\n".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('t') => "\t".to_owned(),
        Some(c @ ('"' | '\\' | '$')) => c.to_string(),
        Some(c) => format!("\\{c}"),
        None => "\\".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_forms_of_a_line() {
        let cases = [
            ("A=1", "1"),
            ("A=", ""),
            ("A = 1 ", "1"),
            ("export A=1", "1"),
            ("A=b # remark", "b"),
            ("A=b#c", "b#c"),
            ("A=#c", ""),
            ("A=\"b # c\" # remark", "b # c"),
            ("A='b \\n $X'", "b \\n $X"),
            (r#"A="b\n\"c\" \$d \x""#, "b\n\"c\" $d \\x"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("A=x=y", "x=y"),
            ("A=pa$$w\r\n", "pa$$w"),
            ("\u{feff}A=1", "1"),
            ("A=1\nA=2", "2"),
        ];
        for (text, value) in cases {
            let (values, faults) = parse(text);
            assert_eq!(faults, [], "{text}");
            assert_eq!(values.last(), Some(&("A".to_owned(), value.to_owned())), "{text}");
        }
        assert!(parse("# A=1\n\n  # B=2\n").0.is_empty());
    }

    #[test]
    fn faults_have_their_line_and_no_value() {
        let (values, faults) = parse("A=1\nhello\nB=\"x\ny\"\nC='open\nD=\"x\" y\n=v\nE=2\n");
        let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["A", "B", "E"]);
        insta::assert_debug_snapshot!(faults, @r#"
        [
            (
                2,
                "not of the form NAME=value",
            ),
            (
                5,
                "the closing quote is missing",
            ),
            (
                6,
                "text after the closing quote",
            ),
            (
                7,
                "not of the form NAME=value",
            ),
        ]
        "#);
    }
}
