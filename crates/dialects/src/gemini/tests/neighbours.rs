//! Embeddings, token counts and the list of models.

use serde_json::{Value, json};

use super::{decoded, scan, target};
use crate::gemini::{
    decode_count_request, edit_count_for_upstream, embeddings_answer_from_openai, embeddings_to_openai,
    encode_count_request, read_count, write_count,
};

fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

#[test]
fn one_content_or_many_become_an_input() {
    let one = embeddings_to_openai(
        &scan(
            r#"{"model":"models/x","content":{"parts":[{"text":"a"},{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","output_dimensionality":3}"#,
        ),
        "e",
        false,
    );
    let one = one.unwrap();
    assert_eq!(value(&one.body), json!({"model":"e","input":"a\nb","dimensions":3}));
    assert_eq!(one.dropped, ["taskType"]);
    let many = r#"{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]},"title":"t"}]}"#;
    let many = embeddings_to_openai(&scan(many), "e", true).unwrap();
    assert_eq!(value(&many.body), json!({"model":"e","input":["a","b"]}));
    assert_eq!(many.dropped, ["requests[1].title"]);
    for (body, is_batch, param) in [
        ("{}", false, "content"),
        ("{}", true, "requests"),
        (r#"{"requests":[{"content":{"parts":[{}]}}]}"#, true, "requests[0].content.parts[0]"),
        (
            r#"{"requests":[{"content":{"parts":[]}},{"content":{"parts":[]},"outputDimensionality":3}]}"#,
            true,
            "requests[1].outputDimensionality",
        ),
    ] {
        assert_eq!(
            embeddings_to_openai(&scan(body), "e", is_batch).unwrap_err().param(),
            Some(param),
            "{body}"
        );
    }
}

#[test]
fn vectors_come_back_in_order_and_as_they_were_spelt() {
    let answer = r#"{"data":[{"index":1,"embedding":"AACAPw=="},{"index":0,"embedding":[0.50,-1]}]}"#;
    let batch = embeddings_answer_from_openai(&scan(answer), true).unwrap();
    assert_eq!(String::from_utf8(batch).unwrap(), r#"{"embeddings":[{"values":[0.50,-1]},{"values":[1]}]}"#);
    let one = embeddings_answer_from_openai(&scan(r#"{"data":[{"embedding":[1]}]}"#), false).unwrap();
    assert_eq!(one, br#"{"embedding":{"values":[1]}}"#);
    for none in ["{}", r#"{"data":[]}"#, r#"{"data":[{"embedding":7}]}"#] {
        assert_eq!(embeddings_answer_from_openai(&scan(none), false).unwrap_err().status(), 502, "{none}");
    }
}

#[test]
fn token_counts() {
    let plain = r#"{"contents":[{"parts":[{"text":"a"}]}]}"#;
    let nested = format!(r#"{{"generateContentRequest":{{"model":"models/alias",{}}}"#, &plain[1..]);
    let request = decode_count_request(&scan(&nested)).unwrap();
    assert_eq!(request, decode_count_request(&scan(plain)).unwrap());
    let body = encode_count_request(&request, &target("gemini-2.5-pro")).unwrap();
    assert_eq!(
        value(&body),
        json!({"generateContentRequest":{"model":"models/gemini-2.5-pro","contents":[{"role":"user","parts":[{"text":"a"}]}]}})
    );
    let scanned = scan(&nested);
    let edited = edit_count_for_upstream(&scanned, "gemini-2.5-pro").finish().concat();
    assert_eq!(String::from_utf8(edited).unwrap(), nested.replace("alias", "gemini-2.5-pro"));
    assert!(edit_count_for_upstream(&scan(plain), "m").is_empty());
    assert_eq!(read_count(&scan(r#"{"totalTokens":31,"promptTokensDetails":[]}"#)), Some(31));
    assert_eq!(write_count(7), br#"{"totalTokens":7}"#);
    assert_eq!(decoded(plain), request);
}
