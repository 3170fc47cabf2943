//! Generated inputs: JSON texts with odd spacing and spellings, rubbish close to JSON, event streams.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// White space as JSON allows it.
pub(crate) fn space() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", "", " ", "\n", "\t ", "\r\n  "])
}

fn scalar() -> impl Strategy<Value = String> {
    let number = select(vec![
        "0",
        "-0",
        "1",
        "17",
        "-3",
        "0.5",
        "1e5",
        "1E-7",
        "12.50",
        "-1.5e+3",
        "9007199254740993",
        "1e400",
    ]);
    prop_oneof![
        select(vec!["null", "true", "false"]).prop_map(str::to_owned),
        number.prop_map(str::to_owned),
        string(),
    ]
}

/// A JSON string of pieces that are short, long, escaped, of several bytes per character, or a lone surrogate.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,12}",
        1 => "[a-z ]{50,90}",
        1 => select(vec!["\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\ud83d\\ude00", "\\ud800", "é", "漢字", "🦀", "{", "],"])
            .prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Few names, so that duplicates happen; some with escapes.
pub(crate) fn key() -> impl Strategy<Value = &'static str> {
    select(vec!["\"a\"", "\"b\"", "\"c\"", "\"model\"", "\"mo\\u0064el\"", "\"x y\"", "\"\"", "\"\\u0061\""])
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            vec((space(), inner.clone(), space()), 0..5).prop_map(|items| {
                let items: Vec<_> =
                    items.iter().map(|(before, item, after)| format!("{before}{item}{after}")).collect();
                format!("[{}]", items.join(","))
            }),
            (space(), vec((key(), space(), space(), inner, space()), 0..5)).prop_map(|(lead, members)| {
                let members: Vec<_> =
                    members.iter().map(|(k, s, t, v, u)| format!("{k}{s}:{t}{v}{u}")).collect();
                format!("{{{lead}{}}}", members.join(","))
            }),
        ]
    })
}

/// An object as its parts, so that a test knows what stands where.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// Per member: the space before it, `"key" : value`, the key, the value, the space after it.
    pub(crate) members: Vec<(&'static str, String, &'static str, String, &'static str)>,
    around: (&'static str, &'static str, &'static str),
}

impl Parts {
    pub(crate) fn text(&self) -> String {
        let members: Vec<_> = self
            .members
            .iter()
            .map(|(before, member, _, _, after)| format!("{before}{member}{after}"))
            .collect();
        let (front, inside, back) = self.around;
        format!("{front}{{{inside}{}}}{back}", members.join(","))
    }
}

pub(crate) fn object_parts() -> impl Strategy<Value = Parts> {
    let member = (space(), key(), space(), space(), value(), space());
    let member = member.prop_map(|(before, key, s, t, value, after)| {
        (before, format!("{key}{s}:{t}{value}"), key, value, after)
    });
    (vec(member, 0..7), (space(), space(), space())).prop_map(|(members, around)| Parts { members, around })
}

/// The text of an object.
pub(crate) fn document() -> impl Strategy<Value = String> {
    object_parts().prop_map(|parts| parts.text())
}

/// A byte that means something in JSON, or breaks it.
pub(crate) fn json_byte() -> impl Strategy<Value = u8> {
    select(b"{}[]\":,\\/ \n\t\r0123456789.-+eEtrufalsn\x00\x1f\x7f\xc3\xa9\xed\xa0\x80\xff".to_vec())
}

/// A text with a few bytes replaced, inserted, deleted, or cut off.
pub(crate) fn mutated(text: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let mutation = (any::<prop::sample::Index>(), json_byte(), 0..5u8);
    (text, vec(mutation, 1..4)).prop_map(|(text, mutations)| {
        let mut bytes = text.into_bytes();
        for (index, byte, kind) in mutations {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                3 => bytes.push(byte),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        bytes
    })
}

/// An event stream: frames with every kind of line end, comments, several data lines, chunks with and without usage.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec![
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}",
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}",
        "data: {\"usage\" : null , \"choices\":[]}",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}",
        "data: {\"usage\":null,\"choices\":[{\"usage\":null}],\"obfuscation\":\"x,\\\"usage\\\":null}\"}",
        "data: {\"a\":\",\\\"usage\\\":null\",\"usage\":null,\"b\":1.5}",
        "data: {\"error\":{\"message\":\"slow\",\"code\":429}}",
        "data:[DONE]",
        "data: [DONE]",
        "data",
        ": comment",
        "event: message",
        "id:1",
        "",
        "rubbish",
    ]);
    let end = select(vec!["\n", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\r\r", "\n\r", ""]);
    vec((line, end), 0..14).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<Vec<_>>().concat().into_bytes()
    })
}

/// Cuts a stream into pieces of these lengths, over and over.
pub(crate) fn cut(stream: &Bytes, lengths: &[usize]) -> Vec<Bytes> {
    let mut rest = stream.clone();
    let mut pieces = Vec::new();
    for length in lengths {
        pieces.push(rest.split_to((*length).min(rest.len())));
    }
    pieces.push(rest);
    pieces
}
