//! Whatever stands where: every value of rich bodies is replaced by one of every other type, and nothing panics.

use bytes::Bytes;
use serde_json::{Value, json};

use super::fixtures::{events_of, rendering, scan, target};
use crate::conversation::{Losses, Strictness, fold, replay};
use crate::openai_chat::{StreamEncoder, decode_request, decode_response, encode_request, encode_response};
use crate::translate::AnswerShape;
use vocabulary::Dialect;

const REQUEST: &str = r#"{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]},{"role":"user","name":"n","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}},{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA","filename":"a.pdf"}}]},{"role":"assistant","content":null,"reasoning_content":"r","thinking_blocks":[{"type":"thinking","thinking":"r","signature":"s"}],"images":[{"type":"image_url","image_url":{"url":"https://x"}}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}},{"id":"d","type":"custom","custom":{"name":"p","input":"x"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"t"}],"is_error":true},{"role":"function","name":"f","content":"x"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"custom","custom":{"name":"p","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}},"reasoning":{"effort":"high","max_tokens":5,"enabled":true},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},"stop":["a"],"extra_body":{"google":{"thinking_config":{"thinking_budget":1}}},"modalities":["text"],"logprobs":true,"top_logprobs":2,"n":2,"max_tokens":5,"web_search_options":{}}"#;

const ANSWER: &str = r#"{"id":"c","model":"m","created":1,"choices":[{"index":0,"message":{"content":[{"type":"text","text":"t"},{"type":"thinking","thinking":[{"text":"x"}]}],"refusal":"n","reasoning_details":[{"text":"r"}],"thinking_blocks":[{"type":"thinking","thinking":"r","signature":"s"}],"extra_content":{"google":{"thought_signature":"g"}},"annotations":[{"type":"url_citation","url_citation":{"url":"u","start_index":1,"end_index":2}}],"images":[{"image_url":{"url":"data:image/png;base64,AA"}}],"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}},{"custom":{"name":"p","input":"x"}}],"function_call":{"name":"f","arguments":""}},"logprobs":{"content":[{"token":"t","logprob":-1,"bytes":[1],"top_logprobs":[{"token":"u","logprob":-2}]}]},"finish_reason":"stop","stop_sequence":"x"}],"usage":{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":1}}}"#;

/// Every body that has one value replaced.
fn variants(body: &str) -> Vec<String> {
    let whole: Value = serde_json::from_str(body).expect("a body");
    let mut pointers = Vec::new();
    collect(&whole, String::new(), &mut pointers);
    let wrong = [
        json!(null),
        json!(true),
        json!(-1.5),
        json!(""),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"a": {}}),
    ];
    let mut bodies = vec![body.to_owned()];
    for pointer in &pointers {
        for value in &wrong {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).expect("a place") = value.clone();
            bodies.push(changed.to_string());
        }
    }
    bodies
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| collect(value, format!("{pointer}/{key}"), pointers));
        }
        Value::Array(elements) => {
            let each = elements.iter().enumerate();
            each.for_each(|(index, value)| collect(value, format!("{pointer}/{index}"), pointers));
        }
        _ => {}
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}

#[test]
fn a_request_is_read_and_written_or_refused_by_name() {
    let mut read = 0;
    for body in variants(REQUEST) {
        match decode_request(&scan(&body)) {
            Ok(request) => {
                read += 1;
                let target = target(&[]);
                let mut losses =
                    Losses::settle(&request, Dialect::AnthropicMessages, Strictness::Lenient, &[])
                        .unwrap_or_default();
                if let Ok(body) = encode_request(&request, &target, &mut losses, &mut AnswerShape::default())
                {
                    scan(&String::from_utf8(body).expect("text"));
                }
            }
            Err(error) => assert!(error.status() == 400 && error.param().is_some(), "{body}: {error}"),
        }
    }
    assert!(read > 100, "{read}");
}

#[test]
fn an_answer_is_read_and_written_whole_and_streamed() {
    for body in variants(ANSWER) {
        if let Ok(response) = decode_response(&scan(&body)) {
            scan(&String::from_utf8(encode_response(&response, &mut rendering())).expect("text"));
        }
        let response = fold(events_of(&format!("data: {body}\n\ndata: [DONE]\n\n")));
        let (mut encoder, mut out) = (StreamEncoder::new(rendering()), Vec::new());
        replay(response).into_iter().for_each(|event| encoder.encode(event, &mut out));
        encoder.finish(&mut out);
        for frame in Bytes::from(out).split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"data: {"))
        {
            scan(std::str::from_utf8(&frame[6..]).expect("text"));
        }
    }
}
