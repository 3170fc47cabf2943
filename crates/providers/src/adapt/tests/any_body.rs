//! Whatever members a body has, in whatever order: each row sends valid JSON without doubles of what it reads, and leaves
//! every member that no rule names byte for byte.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::Bytes;
use dialects::json::RawObject;
use proptest::prelude::*;
use vocabulary::Dialect;

use super::context;
use crate::definitions::definitions;
use crate::fixture::{instance, prepare_chat};
use crate::instance::Instance;

static INSTANCES: LazyLock<Vec<Instance>> = LazyLock::new(|| {
    let rows = definitions().iter().filter(|row| !row.answers_in_process());
    rows.map(|row| instance(row.kind.0, "rename_fields:\n  stop: halt\ndrop_fields: [n]")).collect()
});

/// Members of a body as raw text: those that some row touches, twice over, and some that none does.
const MEMBERS: &[&str] = &[
    r#""model":"x/o3""#,
    r#""model" : "gpt-5.1""#,
    r#""provider":"openai""#,
    r#""provider":{"order":[]}"#,
    r#""stream":true"#,
    r#""stream" :false"#,
    r#""stream_options":{ "a":1 }"#,
    r#""stream_options":{"include_usage":false}"#,
    r#""max_tokens": 1"#,
    r#""max_completion_tokens":2"#,
    r#""temperature":0"#,
    r#""temperature":2.0"#,
    r#""top_p":null"#,
    r#""seed":1e3"#,
    r#""stop":"\u0073""#,
    r#""n":1"#,
    r#""logit_bias":{}"#,
    r#""reasoning":{"effort":"MAX","x":[]}"#,
    r#""reasoning" :{"effort":"none"}"#,
    r#""reasoning_effort":"xhigh""#,
    r#""thinking":null"#,
    r#""tools":[{"type":"function"}]"#,
    r#""messages":[{"role":"assistant","tool_calls":[{}] },{"role":"user","content":[{"type":"input_text","text":""}]}]"#,
    r#""messages": [ ]"#,
];
const UNTOUCHED: &[&str] =
    &[r#""a" : 1.0"#, r#""\u0062":[1152921504606846976 , 1e3]"#, r#""c":"\u00e9\/""#, r#""d":null"#];

fn body() -> impl Strategy<Value = String> {
    let members = proptest::sample::subsequence(MEMBERS.to_vec(), 0..=MEMBERS.len()).prop_shuffle();
    (members, "[ \n]{0,2}", "[ \t]{0,2}").prop_map(|(mut members, before, after)| {
        for (index, member) in UNTOUCHED.iter().enumerate() {
            members.insert((index * 5).min(members.len()), member);
        }
        members.push(r#""model":"last""#);
        format!("{before}{{{}{after}}}", members.join(&format!("{after},{before}")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_row_sends_json_and_leaves_the_rest_alone(body in body(), model in "gpt-5|o3|grok-4.6|m") {
        let speaks_chat = |instance: &&Instance| instance.spoken(Dialect::OpenAiChat, &model).is_some();
        for instance in INSTANCES.iter().filter(speaks_chat) {
            let prepared = prepare_chat(instance, body.clone(), &model, context());
            let sent: Bytes = prepared.body.slices().concat().into();
            let object = RawObject::scan(sent.clone());
            prop_assert!(object.is_ok(), "{}: {body} became {sent:?}", instance.definition.kind);
            let object = object.unwrap();
            prop_assert_eq!(object.get("model").unwrap().as_str().unwrap(), model.as_str());
            prop_assert!(object.get("n").is_none() && object.get("stop").is_none());
            let read = ["model", "provider", "stream", "stream_options"];
            for key in read {
                prop_assert!(object.members().filter(|member| member.is(key)).count() <= 1, "{key} stands twice");
            }
            let text = std::str::from_utf8(&sent).unwrap();
            let left: BTreeSet<&str> = UNTOUCHED.iter().copied().filter(|member| !text.contains(member)).collect();
            prop_assert!(left.is_empty(), "{}: {left:?} is gone from {text}", instance.definition.kind);
        }
    }
}
