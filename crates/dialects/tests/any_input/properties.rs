//! Properties: the scan against `serde_json`, edits against a model, frames against their cuts.

use bytes::Bytes;
use dialects::json::{MAX_DEPTH, Problem, RawObject};
use proptest::prelude::*;

use crate::documents::{self, document, mutated, object_parts};
use crate::edit_model::{self, Operation, operations};
use crate::{raw_json, sse_frames};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_scan_accepts_what_serde_json_accepts_and_reads_the_same(text in document()) {
        prop_assert!(RawObject::scan(Bytes::from(text.clone())).is_ok(), "{text}");
        raw_json::check(text.as_bytes());
    }

    #[test]
    fn the_scan_refuses_what_serde_json_refuses(bytes in mutated(document())) {
        raw_json::check(&bytes);
    }

    #[test]
    fn the_scan_and_serde_json_agree_on_rubbish(bytes in proptest::collection::vec(documents::json_byte(), 0..40)) {
        raw_json::check(&bytes);
    }

    #[test]
    fn edits_equal_the_model_and_leave_other_bytes(parts in object_parts(), operations in operations()) {
        let text = parts.text();
        let object = RawObject::scan(Bytes::from(text.clone())).expect(&text);
        let mut edits = object.edit();
        operations.iter().for_each(|operation| operation.apply(&mut edits));
        let edited = String::from_utf8(edits.finish().concat()).expect("still UTF-8");
        let model = edit_model::Model::of(&parts).after(&operations);
        prop_assert_eq!(edit_model::members_of(&edited), model.members(), "{} became {}", text, edited);
        prop_assert!(model.untouched_stand_in(&edited), "{} became {}", text, edited);
    }

    #[test]
    fn frames_do_not_depend_on_the_cuts(stream in documents::stream(), cuts in proptest::collection::vec(1usize..40, 0..30), limit in 20usize..400) {
        let stream = Bytes::from(stream);
        let pieces = documents::cut(&stream, &cuts);
        sse_frames::check_cuts(&stream, &pieces, usize::MAX);
        sse_frames::check_cuts(&stream, &pieces, limit);
    }
}

#[test]
fn depth_is_limited_without_recursion() {
    let nested = |levels: usize| [r#"{"a":"#, &"[".repeat(levels), "0", &"]".repeat(levels), "}"].concat();
    assert!(RawObject::scan(nested(MAX_DEPTH - 1).into()).is_ok());
    for levels in [MAX_DEPTH, 10_000, 1_000_000] {
        let error = RawObject::scan(nested(levels).into()).expect_err("too deep");
        assert_eq!((error.problem, error.offset), (Problem::TooDeep, 5 + MAX_DEPTH - 1));
    }
    let objects = r#"{"a":"#.repeat(10_000);
    assert_eq!(RawObject::scan(objects.into()).expect_err("too deep").problem, Problem::TooDeep);
    raw_json::check(nested(MAX_DEPTH - 1).as_bytes());
    raw_json::check(nested(MAX_DEPTH).as_bytes());
}

#[test]
fn the_model_knows_an_operation_of_each_kind() {
    let text = r#"{"a":1,"b":2}"#;
    let object = RawObject::scan(text.into()).expect(text);
    let mut edits = object.edit();
    Operation::Rename("a", "b").apply(&mut edits);
    assert_eq!(edits.finish().concat(), br#"{"b":1}"#);
}
