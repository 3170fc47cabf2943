//! Tables: what is refused and where, what values read as, and edits in every position.

use bytes::Bytes;

use super::{Edits, JsonError, Kind, RawObject, quote};

fn scan(text: &str) -> RawObject {
    RawObject::scan(Bytes::copy_from_slice(text.as_bytes())).expect(text)
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    let error: JsonError = RawObject::scan(Bytes::copy_from_slice(text.as_ref())).expect_err("refused");
    if error.path.is_empty() { error.to_string() } else { format!("{error} ({})", error.path) }
}

#[test]
fn a_refusal_says_what_and_where() {
    let cases: [(&[u8], &str); 38] = [
        (b"", "the body is empty at byte 0"),
        (b" \n", "the body is empty at byte 2"),
        (b"[1]", "expected a JSON object at byte 0"),
        (b" null", "expected a JSON object at byte 1"),
        (b"\"a\"", "expected a JSON object at byte 0"),
        (b"nope", "expected a JSON object at byte 0"),
        (b"hello", "expected a value at byte 0"),
        (b"{", "unexpected end of JSON at byte 1"),
        (b"{invalid}", "expected a member name in quotes at byte 1"),
        (b"{,}", "expected a member name in quotes at byte 1"),
        (b"{\"a\"}", "expected ':' at byte 4 (a)"),
        (b"{\"a\":}", "expected a value at byte 5 (a)"),
        (b"{\"a\":1,}", "expected a member name in quotes at byte 7"),
        (b"{\"a\":1 \"b\":2}", "expected ',' or a closing bracket at byte 7 (a)"),
        (b"{\"a\":[1,]}", "expected a value at byte 8 (a[1])"),
        (b"{\"a\":[1}", "expected ',' or a closing bracket at byte 7 (a[0])"),
        (b"{\"a\":{\"b\":1]}", "expected ',' or a closing bracket at byte 11 (a.b)"),
        (b"{\"a\":01}", "expected ',' or a closing bracket at byte 6 (a)"),
        (b"{\"a\":-}", "invalid number at byte 6 (a)"),
        (b"{\"a\":1.}", "invalid number at byte 7 (a)"),
        (b"{\"a\":.5}", "expected a value at byte 5 (a)"),
        (b"{\"a\":1e+}", "invalid number at byte 8 (a)"),
        (b"{\"a\":+1}", "expected a value at byte 5 (a)"),
        (b"{\"a\":nul}", "expected a value at byte 8 (a)"),
        (b"{\"a\":tru", "unexpected end of JSON at byte 8 (a)"),
        (b"{\"a\":NaN}", "expected a value at byte 5 (a)"),
        (b"{\"a\":\"\n\"}", "control character in a string at byte 6 (a)"),
        (b"{\"a\":\"\\x\"}", "invalid escape in a string at byte 7 (a)"),
        (b"{\"a\":\"\\u12g4\"}", "invalid escape in a string at byte 10 (a)"),
        (b"{\"a\":\"\\u12", "unexpected end of JSON at byte 10 (a)"),
        (b"{\"a\":\"abc", "unexpected end of JSON at byte 9 (a)"),
        (b"{\"a\\qb\":1}", "invalid escape in a string at byte 4"),
        (b"{\"a\":1}x", "unexpected bytes after the JSON value at byte 7"),
        (b"{\"a\":1}{}", "unexpected bytes after the JSON value at byte 7"),
        (b"{\"a\":1}\0", "unexpected bytes after the JSON value at byte 7"),
        (b"\xEF\xBB\xBF{}", "invalid UTF-8 at byte 0"),
        (b"{\"a\":\"\xff\"}", "invalid UTF-8 at byte 6 (a)"),
        (b"{\"a\":\"\xed\xa0\x80\"}", "invalid UTF-8 at byte 6 (a)"),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{:?}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_path_leads_through_objects_and_arrays() {
    let cases = [
        (r#"{"messages":[{"role":"user"},{"content":[1,{"x":}]}]}"#, "messages[1].content[1].x"),
        (r#"{"a":{"b":{}},"c":{"d":[],"e":?}}"#, "c.e"),
        (r#"{"x y":{"":[[],[}]}"#, r#"["x y"][""][1][0]"#),
        (r#"{"a\u0062":?}"#, "ab"),
        (r#"{"text":"a,b:{[\"c\":","n":?}"#, "n"),
    ];
    for (text, path) in cases {
        let error = RawObject::scan(text.into()).expect_err(text);
        assert_eq!(error.path, path, "{text}");
    }
    let long = format!("{{\"{}\":{{\"b\":?", "k".repeat(300));
    assert_eq!(RawObject::scan(long.into()).expect_err("cut off").path, "");
}

#[test]
fn long_strings_of_every_length_end_where_they_end() {
    for length in 0..300 {
        for (special, escaped) in [("", ""), ("\\\"", "\""), ("\\u00e9", "é"), ("é", "é")] {
            let plain = "x".repeat(length);
            let text = format!(r#"{{"a":["{plain}{special}{plain}",1],"b":"{plain}"}}"#);
            let object = scan(&text);
            let first = object.get("a").and_then(|a| a.elements().next()).and_then(|first| first.as_str());
            assert_eq!(first.as_deref(), Some(&*format!("{plain}{escaped}{plain}")));
            assert_eq!(object.get("b").and_then(|b| b.as_str()).as_deref(), Some(&*plain));
            let broken = format!("{{\"a\":\"{plain}\u{1f}");
            assert!(refusal(broken).starts_with("control character"), "{length}");
        }
    }
}

#[test]
fn values_read_as_what_they_are() {
    let object = scan(
        r#"{"s":"a\n\ud83e\udd80\ud800!","e":"","n":null,"t":true,"f":false,"i":17,"big":18446744073709551616,"d":1.5,"neg":-1,"x":1e3,"o":{"a":1,"\u0061":2},"l":[1,[2],"3"]}"#,
    );
    let get = |key| object.get(key).expect(key);
    assert_eq!(get("s").as_str().as_deref(), Some("a\n🦀\u{FFFD}!"));
    assert_eq!(get("e").as_str().as_deref(), Some(""));
    assert!(get("n").is_null() && get("n").as_str().is_none() && get("n").as_bool().is_none());
    assert_eq!((get("t").as_bool(), get("f").as_bool()), (Some(true), Some(false)));
    assert_eq!(get("i").as_u64(), Some(17));
    let integers =
        ["i", "big", "d", "neg", "x"].map(|key| (get(key).is_integer(), get(key).as_u64().is_some()));
    assert_eq!(integers, [(true, true), (true, false), (false, false), (true, false), (false, false)]);
    assert_eq!(
        get("o").get("a").and_then(|a| a.as_u64()),
        Some(2),
        "the last one wins, whatever its spelling"
    );
    let kinds: Vec<_> = get("l").elements().map(|element| element.kind()).collect();
    assert_eq!(kinds, [Kind::Number, Kind::Array, Kind::String]);
    assert_eq!(get("l").members().count() + get("o").elements().count() + get("s").elements().count(), 0);
}

#[test]
fn duplicates_are_listed_and_the_last_one_wins() {
    let object = scan(r#"{"model":"a","x":1,"mod\u0065l":"b"}"#);
    assert_eq!(object.get("model").map(|model| model.raw()), Some("\"b\""));
    let keys: Vec<_> = object.members().map(|member| (member.raw_key(), member.is("model"))).collect();
    assert_eq!(keys, [("model", true), ("x", false), (r"mod\u0065l", true)]);
}

#[test]
fn walks_find_the_marks_that_let_them_jump() {
    let long = "x".repeat(64);
    let message =
        format!(r#"{{"role":"user","content":[{{"type":"text","text":"{long}","cache":{{"deep":[[]]}}}}]}}"#);
    let object = scan(&format!(
        r#"{{"x":[[1],{{}}],"messages":[{message},{message}],"tools":[[[[[[]]]]]],"z":{{}}}}"#
    ));
    for (index, mark) in object.marks().iter().enumerate() {
        let next = object.marks().iter().skip(index + 1).position(|later| later.start >= mark.end);
        let next = next.map_or(object.marks().len(), |distance| index + 1 + distance);
        assert_eq!(mark.next as usize, next, "{mark:?}");
    }
    assert!(object.members().all(|member| member.value().is_marked()));
    let messages = object.get("messages").expect("messages");
    assert_eq!(messages.elements().filter(|message| message.is_marked()).count(), 2);
    for content in messages.elements().filter_map(|message| message.get("content")) {
        let part = content.elements().next().expect("a part");
        assert!(content.is_marked() && part.is_marked());
        assert!(part.get("text").is_some_and(|text| text.is_marked()));
        assert!(part.get("cache").is_some_and(|cache| !cache.is_marked()), "below the outline");
    }
}

#[track_caller]
fn check_edit(text: &str, edit: impl FnOnce(&mut Edits<'_>), expected: &str) {
    let object = scan(text);
    let mut edits = object.edit();
    edit(&mut edits);
    let edited = edits.finish().concat();
    assert_eq!(String::from_utf8_lossy(&edited), expected);
}

#[test]
fn a_member_is_removed_in_every_position() {
    let three = "{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }\n";
    check_edit(three, |edits| edits.remove("a"), "{ \"b\" : 2 , \"c\" : 3 }\n");
    check_edit(three, |edits| edits.remove("b"), "{ \"a\" : 1 , \"c\" : 3 }\n");
    check_edit(three, |edits| edits.remove("c"), "{ \"a\" : 1 , \"b\" : 2 }\n");
    check_edit(three, |edits| ["a", "b"].iter().for_each(|key| edits.remove(key)), "{ \"c\" : 3 }\n");
    check_edit(three, |edits| ["c", "b"].iter().for_each(|key| edits.remove(key)), "{ \"a\" : 1 }\n");
    check_edit(three, |edits| ["a", "c"].iter().for_each(|key| edits.remove(key)), "{ \"b\" : 2 }\n");
    check_edit(three, |edits| ["b", "a", "c"].iter().for_each(|key| edits.remove(key)), "{  }\n");
    check_edit("{\"a\":1}", |edits| edits.remove("a"), "{}");
    check_edit("{\"a\":1,\"a\":2,\"b\":3}", |edits| edits.remove("a"), "{\"b\":3}");
}

#[test]
fn a_member_is_set_renamed_and_appended() {
    check_edit("{\"a\" :1,\"b\":2}", |edits| edits.set("a", "[9]"), "{\"a\" :[9],\"b\":2}");
    check_edit("{\"a\":1,\"b\":2,\"a\":3}", |edits| edits.set("a", "4"), "{\"b\":2,\"a\":4}");
    check_edit("{\"a\":1,\"b\":2,\"a\":3}", |edits| edits.set("a", "3"), "{\"b\":2,\"a\":3}");
    check_edit("{\"a\":1 }", |edits| edits.set("b", "2"), "{\"a\":1,\"b\":2 }");
    check_edit("{ }", |edits| edits.set("b", "2"), "{\"b\":2 }");
    check_edit(" {}", |edits| ["b", "c"].iter().for_each(|key| edits.append(key, "2")), " {\"b\":2,\"c\":2}");
    check_edit("{\"a\":1,\"b\":2}", |edits| edits.rename("a", "z\"\n"), "{\"z\\\"\\n\":1,\"b\":2}");
    check_edit("{\"a\":1,\"b\":2}", |edits| edits.rename("b", "a"), "{\"a\":2}");
    check_edit("{\"a\":1}", |edits| edits.rename("x", "a"), "{\"a\":1}");
}

#[test]
fn later_edits_see_earlier_ones() {
    let set_twice = |edits: &mut Edits<'_>| ["2", "3"].into_iter().for_each(|json| edits.set("a", json));
    check_edit("{\"a\":1}", set_twice, "{\"a\":3}");
    let back_again = |edits: &mut Edits<'_>| ["2", "1"].into_iter().for_each(|json| edits.set("a", json));
    check_edit("{\"a\":1}", back_again, "{\"a\":1}");
    let rename_and_set = |edits: &mut Edits<'_>| {
        edits.rename("max_tokens", "max_completion_tokens");
        edits.set("max_completion_tokens", "8");
    };
    check_edit("{\"max_tokens\":9}", rename_and_set, "{\"max_completion_tokens\":8}");
    let remove_and_set = |edits: &mut Edits<'_>| {
        edits.remove("a");
        edits.set("a", "2");
    };
    check_edit("{\"a\":1,\"b\":1}", remove_and_set, "{\"b\":1,\"a\":2}");
    let set_and_remove = |edits: &mut Edits<'_>| {
        edits.set("z", "2");
        edits.remove("z");
    };
    check_edit("{\"a\":1}", set_and_remove, "{\"a\":1}");
}

#[test]
fn a_nested_value_is_replaced_by_its_range() {
    let text = r#"{"a":{"b":[1,2,3]},"c":4}"#;
    let object = scan(text);
    let second = object.get("a").and_then(|a| a.get("b")).and_then(|b| b.elements().nth(1)).expect("b[1]");
    let mut edits = object.edit();
    edits.replace(second.range(), "22");
    edits.replace(1000..2000, "outside");
    edits.remove("c");
    assert_eq!(edits.clone().finish().concat(), br#"{"a":{"b":[1,22,3]}}"#);
    edits.remove("a");
    assert_eq!(edits.finish().concat(), b"{}", "an edit inside a removed member is gone with it");
}

#[test]
fn of_equal_ranges_the_later_edit_wins_and_insertions_keep_their_order() {
    let object = scan(r#"{"a":[1,2]}"#);
    let first = object.get("a").and_then(|a| a.elements().next()).expect("a[0]").range();
    let mut edits = object.edit();
    for piece in ["8", "9"] {
        edits.replace(first.clone(), piece);
        edits.replace(first.start..first.start, format!("{piece}0,"));
    }
    assert_eq!(edits.finish().concat(), br#"{"a":[80,90,9,2]}"#);
}

/// Would not end within the test's patience if anything here were quadratic.
#[test]
fn hostile_bodies_cost_time_and_memory_in_proportion() {
    const MANY: usize = 300_000;
    let duplicates = scan(&format!("{{{}\"z\":0}}", "\"a\":1,".repeat(MANY)));
    let mut edits = duplicates.edit();
    edits.set("a", "2");
    edits.rename("a", "b");
    assert_eq!(edits.finish().concat(), br#"{"b":2,"z":0}"#);
    let elements = scan(&format!("{{\"a\":[{}0]}}", "[],".repeat(MANY)));
    assert!(elements.marks().len() < elements.body().len() / 8);
    let mut edits = elements.edit();
    let values = elements.get("a").into_iter().flat_map(|a| a.elements());
    values.for_each(|value| edits.replace(value.range(), "7"));
    assert_eq!(edits.finish().concat().len(), "{\"a\":[]}".len() + 2 * MANY + 1);
}

#[test]
fn slices_share_the_body_and_no_edit_is_one_slice() {
    let object = scan(r#"{"model":"a","messages":[]}"#);
    let mut edits = object.edit();
    edits.set("model", quote("a"));
    assert!(edits.is_empty());
    let unedited = edits.finish();
    assert_eq!((unedited.len(), unedited[0].as_ptr()), (1, object.body().as_ptr()));
    let mut edits = object.edit();
    edits.set("model", quote("b"));
    let slices = edits.finish();
    let last = slices.last().expect("a rest");
    assert_eq!((slices.len(), last.as_ptr_range().end), (3, object.body().as_ptr_range().end));
}

#[test]
fn quoting_escapes_what_must_be_and_nothing_else() {
    let text = "a\"b\\c\n\r\t\u{1}é🦀/\u{7f}";
    assert_eq!(quote(text), r#""a\"b\\c\n\r\t\u0001é🦀/"#.to_owned() + "\u{7f}\"");
    let long = format!("{}\u{0}", "x".repeat(200));
    let back: String = serde_json::from_slice(&quote(&long)).expect("a JSON string");
    assert_eq!(back, long);
}
