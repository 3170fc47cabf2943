//! A YAML node as JSON text, by the core schema: plain `true`, `null` and numbers keep their type, all else is text.
//! In: a node and what to do with each text. Out: one line of JSON. Source: YAML 1.2.2 §10.3, RFC 8259.

use crate::yaml::{Node, Value};

/// Encodes `node`; every scalar passes through `expand` first.
pub(crate) fn encode(node: &Node, expand: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    write(node, expand, &mut out);
    out
}

fn write(node: &Node, expand: &dyn Fn(&str) -> String, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Scalar { text, plain } => {
            let text = expand(text);
            if *plain && is_literal(&text) { out.push_str(&text) } else { write_text(&text, out) }
        }
        Value::Sequence(items) => {
            for (i, item) in items.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                write(item, expand, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Mapping(entries) => {
            for (i, entry) in entries.iter().enumerate() {
                out.push(if i == 0 { '{' } else { ',' });
                write_text(&entry.key, out);
                out.push(':');
                write(&entry.value, expand, out);
            }
            out.push_str(if entries.is_empty() { "{}" } else { "}" });
        }
    }
}

fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false") || is_json_number(text)
}

/// The number grammar of RFC 8259 §6.
fn is_json_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::encode;
    use crate::problems::Problems;
    use crate::yaml::parse;

    #[test]
    fn yaml_becomes_json_by_the_core_schema() {
        let cases = [
            (
                "a: 1\nb: [true, 0.5, -2e3, null, ~]\nc: {}\nd: []",
                r#"{"a":1,"b":[true,0.5,-2e3,null,null],"c":{},"d":[]}"#,
            ),
            (
                "a: \"1\"\nb: yes\nc: 0080\nd: .5\ne: 1.\nf: 'true'",
                r#"{"a":"1","b":"yes","c":"0080","d":".5","e":"1.","f":"true"}"#,
            ),
            ("a: \"q\\\"\\\\\\n\\u0001é\"", "{\"a\":\"q\\\"\\\\\\n\\u0001é\"}"),
            ("a: !!str 5", r#"{"a":"5"}"#),
        ];
        for (text, json) in cases {
            let node = parse(text, "x", &mut Problems::default()).unwrap();
            assert_eq!(encode(&node, &str::to_owned), json, "{text}");
        }
    }
}
