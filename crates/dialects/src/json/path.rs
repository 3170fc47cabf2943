//! The JSON path of a byte offset, for errors only: the scan itself keeps no path.
//! In: a text that is right up to an offset. Out: `messages[0].content`. Invariant: no recursion, bounded output.

use std::ops::Range;

use super::scan::byte_at;
use super::string::{string_end, unescape};

/// No longer path is worth telling.
const MAX_PATH: usize = 256;

enum Level {
    Object { key: Option<Range<usize>>, at_value: bool },
    Array { index: usize },
}

/// The path of what stands at `offset`.
#[cold]
pub(super) fn path_at(text: &[u8], offset: usize) -> String {
    let mut levels: Vec<Level> = Vec::new();
    let mut at = 0;
    while at < offset {
        match byte_at(text, at) {
            b'"' => {
                let end = string_end(text, at + 1).unwrap_or(text.len());
                if end > offset {
                    break;
                }
                if let Some(Level::Object { key, at_value: false }) = levels.last_mut() {
                    *key = Some(at + 1..end - 1);
                }
                at = end;
                continue;
            }
            b'{' => levels.push(Level::Object { key: None, at_value: false }),
            b'[' => levels.push(Level::Array { index: 0 }),
            b'}' | b']' => drop(levels.pop()),
            b':' => {
                if let Some(Level::Object { at_value, .. }) = levels.last_mut() {
                    *at_value = true;
                }
            }
            b',' => match levels.last_mut() {
                Some(Level::Object { key, at_value }) => (*key, *at_value) = (None, false),
                Some(Level::Array { index }) => *index += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    render(text, &levels)
}

fn render(text: &[u8], levels: &[Level]) -> String {
    let mut path = String::new();
    for level in levels {
        let before = path.len();
        match level {
            Level::Object { key: Some(key), .. } => {
                push_key(&mut path, text.get(key.clone()).unwrap_or_default())
            }
            Level::Object { key: None, .. } => {}
            Level::Array { index } => path.push_str(&format!("[{index}]")),
        }
        if path.len() > MAX_PATH {
            path.truncate(before);
            break;
        }
    }
    path
}

fn push_key(path: &mut String, raw: &[u8]) {
    let raw = String::from_utf8_lossy(raw);
    let key = unescape(&raw);
    let is_plain =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte));
    if !is_plain {
        return path.push_str(&format!("[{key:?}]"));
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&key);
}
