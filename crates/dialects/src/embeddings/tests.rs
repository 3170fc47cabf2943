//! Tables: what a request must look like, and every row of the repair table of spec 01 §10.

use bytes::Bytes;

use super::{EmbeddingsRequest, Encoding, repair_encoding};
use crate::json::RawObject;

#[track_caller]
fn check(wanted: Encoding, answer: &str, expected: &str) {
    let object = RawObject::scan(Bytes::copy_from_slice(answer.as_bytes())).expect(answer);
    let mut edits = object.edit();
    repair_encoding(&mut edits, wanted);
    assert_eq!(String::from_utf8_lossy(&edits.finish().concat()), expected, "{wanted:?} of {answer}");
}

#[test]
fn vectors_are_repaired_and_nothing_else() {
    use Encoding::{Base64, Float};
    let answer =
        |vector: &str| format!(r#"{{"data": [ {{"x":1.0,"embedding" : {vector} }} ],"usage":{{"a":1}}}}"#);
    let same = |wanted, vector: &str| check(wanted, &answer(vector), &answer(vector));
    check(Base64, &answer("[1, 2,3]"), &answer("\"AACAPwAAAEAAAEBA\""));
    check(Float, &answer("\"AACAPwAAAEAAAEBA\""), &answer("[1,2,3]"));
    check(Float, &answer("\"AACAPwAAAEAAAEB\\u0041\""), &answer("[1,2,3]"));
    check(Float, &answer("\"zczMPQ\""), &answer("[0.1]"));
    check(Base64, &answer("[0.1,-1e-7]"), &answer("\"zczMPZW/1rM=\""));
    check(Float, &answer("\"zczMPZW/1rM=\""), &answer("[0.1,-1e-7]"));
    check(Base64, &answer("[]"), &answer("\"\""));
    for vector in
        ["[0.5,-0.25]", "null", "7", "\"\"", "\"AAA=\"", "\"AACAPwA=\"", "\"not base64!\"", "\"AADAfw==\""]
    {
        same(Float, vector);
    }
    for vector in ["\"AACAPw==\"", "null", "[1,\"2\"]", "[1e39]", "[[1]]"] {
        same(Base64, vector);
    }
}

#[test]
fn several_vectors_and_odd_answers() {
    let two = r#"{"data":[{"embedding":[1]},{"embedding":"AACAPw=="},{"index":2}]}"#;
    check(
        Encoding::Base64,
        two,
        r#"{"data":[{"embedding":"AACAPw=="},{"embedding":"AACAPw=="},{"index":2}]}"#,
    );
    for odd in [r#"{"data":{"embedding":[1]}}"#, r#"{"data":[[1]]}"#, "{}"] {
        check(Encoding::Base64, odd, odd);
    }
}

#[test]
fn a_vector_of_more_than_a_mebi_of_dimensions_is_left_alone() {
    let answer =
        |dimensions: usize| format!(r#"{{"data":[{{"embedding":[0{}]}}]}}"#, ",1".repeat(dimensions - 1));
    let edited = |dimensions| {
        let object = RawObject::scan(answer(dimensions).into()).expect("an answer");
        let mut edits = object.edit();
        repair_encoding(&mut edits, Encoding::Base64);
        !edits.is_empty()
    };
    assert_eq!((edited(1 << 20), edited((1 << 20) + 1)), (true, false));
}

#[test]
fn a_request_is_checked_and_edited() {
    let request = EmbeddingsRequest::decode(
        r#"{"input":[[1,2]],"model":"openai/e","provider":"openai","encoding_format":"BASE64","dimensions":256}"#.into(),
    );
    let request = request.expect("valid");
    assert_eq!((request.head().model(), request.head().provider()), ("openai/e", Some("openai")));
    assert_eq!(request.encoding(), Encoding::Base64);
    let edited = request.edit_for_upstream("e").finish().concat();
    assert_eq!(edited, br#"{"input":[[1,2]],"model":"e","encoding_format":"BASE64","dimensions":256}"#);

    let refusals = [
        (r#"{"input":"x"}"#, "model is required", None),
        (r#"{"model":""}"#, "model is required", None),
        (r#"{"model":7}"#, "invalid request body: model must be a string", Some("model")),
        (
            r#"{"model":"e","encoding_format":1}"#,
            "invalid request body: encoding_format must be a string",
            Some("encoding_format"),
        ),
        (
            r#"{"model":"e","dimensions":1.5}"#,
            "invalid request body: dimensions must be an integer",
            Some("dimensions"),
        ),
        (r#"{"model":"e""#, "invalid request body: unexpected end of JSON at byte 12", Some("model")),
    ];
    for (body, message, param) in refusals {
        let error = EmbeddingsRequest::decode(body.into()).expect_err(body);
        assert_eq!((error.status(), error.message(), error.param()), (400, message, param), "{body}");
    }
    let null = EmbeddingsRequest::decode(r#"{"model":"e","dimensions":null,"provider":{"order":[]}}"#.into())
        .expect("valid");
    assert_eq!((null.encoding(), null.head().provider()), (Encoding::Float, None));
    assert_eq!(null.edit_for_upstream("e").finish().len(), 1, "nothing to edit");
}
