//! Answers of OpenAI's Responses.
//! Source: OpenAI API reference, "The response object", "Streaming events".

use super::script::{INPUT_TOKENS, Script};

pub(super) fn whole(script: &Script) -> String {
    let (item, usage) = (item(&script.text(), "completed"), usage(script));
    response("completed", &item, &usage)
}

/// One message of one part of text, opened and closed as documented; no `[DONE]`, as OpenAI sends none here.
pub(super) fn frames(script: &Script) -> Vec<String> {
    let text = script.text();
    let begun = response("in_progress", "", "null");
    let mut events = vec![
        ("response.created", format!(r#""response":{begun}"#)),
        ("response.in_progress", format!(r#""response":{begun}"#)),
        (
            "response.output_item.added",
            r#""output_index":0,"item":{"id":"msg_bench0001","type":"message","status":"in_progress","content":[],"role":"assistant"}"#.to_owned(),
        ),
        ("response.content_part.added", format!(r#"{PLACE},"part":{}"#, part(""))),
    ];
    events.extend(
        script.pieces.iter().map(|piece| {
            ("response.output_text.delta", format!(r#"{PLACE},"delta":"{piece}","logprobs":[]"#))
        }),
    );
    events.push(("response.output_text.done", format!(r#"{PLACE},"text":"{text}","logprobs":[]"#)));
    events.push(("response.content_part.done", format!(r#"{PLACE},"part":{}"#, part(&text))));
    let done = item(&text, "completed");
    events.push(("response.output_item.done", format!(r#""output_index":0,"item":{done}"#)));
    events.push(("response.completed", format!(r#""response":{}"#, whole(script))));
    events.iter().enumerate().map(|(number, (kind, members))| event(number, kind, members)).collect()
}

const PLACE: &str = r#""item_id":"msg_bench0001","output_index":0,"content_index":0"#;

fn event(number: usize, kind: &str, members: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{number},{members}}}\n\n")
}

fn part(text: &str) -> String {
    format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":"{text}"}}"#)
}

fn item(text: &str, status: &str) -> String {
    let part = part(text);
    format!(
        r#"{{"id":"msg_bench0001","type":"message","status":"{status}","content":[{part}],"role":"assistant"}}"#
    )
}

fn usage(script: &Script) -> String {
    let (output, total) = (script.output_tokens, script.total_tokens());
    format!(
        r#"{{"input_tokens":{INPUT_TOKENS},"input_tokens_details":{{"cached_tokens":0}},"output_tokens":{output},"output_tokens_details":{{"reasoning_tokens":0}},"total_tokens":{total}}}"#
    )
}

fn response(status: &str, output: &str, usage: &str) -> String {
    format!(
        concat!(
            r#"{{"id":"resp_bench0001","object":"response","created_at":1787000000,"status":"{status}","#,
            r#""background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":256,"#,
            r#""model":"small-2026-01-01","output":[{output}],"parallel_tool_calls":true,"previous_response_id":null,"#,
            r#""reasoning":{{"effort":null,"summary":null}},"service_tier":"default","store":false,"temperature":0.7,"#,
            r#""text":{{"format":{{"type":"text"}},"verbosity":"medium"}},"tool_choice":"auto","tools":[],"top_p":1.0,"#,
            r#""truncation":"disabled","usage":{usage},"user":null,"metadata":{{}}}}"#
        ),
        status = status,
        output = output,
        usage = usage
    )
}
