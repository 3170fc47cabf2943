//! JSON as a reviewer likes to read it: what fits on a line stands on one, and scalars keep their spelling.
//! In: the bytes of a JSON object. Out: the same object in other white space.

use dialects::json::{Kind, RawObject, RawValue};

const WIDTH: usize = 150;

/// Lays an object out; text that is no object is returned as it is.
pub(crate) fn layout(json: &[u8]) -> String {
    let Ok(object) = RawObject::scan(json.to_vec().into()) else {
        return String::from_utf8_lossy(json).into_owned();
    };
    let wrapped = RawObject::scan([br#"{"v":"#, &object.body()[..], b"}"].concat().into())
        .expect("an object in an object");
    let mut out = String::new();
    lay(wrapped.get("v").expect("its member"), 0, 0, &mut out);
    out
}

/// Writes a value whose first line begins at `column` and whose further lines are indented by `depth`.
fn lay(value: RawValue<'_>, depth: usize, column: usize, out: &mut String) {
    let one_line = on_one_line(value);
    if !matches!(value.kind(), Kind::Object | Kind::Array) || column + one_line.len() <= WIDTH {
        out.push_str(&one_line);
        return;
    }
    let is_object = value.kind() == Kind::Object;
    let entries: Vec<(String, RawValue<'_>)> = match is_object {
        true => value.members().map(|(key, value)| (format!("\"{key}\": "), value)).collect(),
        false => value.elements().map(|element| (String::new(), element)).collect(),
    };
    out.push_str(if is_object { "{" } else { "[" });
    let indent = "  ".repeat(depth + 1);
    for (index, (key, value)) in entries.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&indent);
        out.push_str(key);
        lay(*value, depth + 1, indent.len() + key.len(), out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push_str(if is_object { "}" } else { "]" });
}

fn on_one_line(value: RawValue<'_>) -> String {
    match value.kind() {
        Kind::Object => {
            let members = value.members().map(|(key, value)| format!("\"{key}\": {}", on_one_line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Kind::Array => format!("[{}]", value.elements().map(on_one_line).collect::<Vec<_>>().join(", ")),
        _ => value.raw().to_owned(),
    }
}
