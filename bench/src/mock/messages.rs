//! Answers of Anthropic's Messages.
//! Source: Anthropic API reference, "Create a Message", "Streaming messages".

use super::script::{INPUT_TOKENS, Script};

pub(super) fn whole(script: &Script) -> String {
    let (text, usage) = (script.text(), usage(script.output_tokens));
    format!(
        r#"{{{HEAD},"content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{usage}}}"#
    )
}

/// One block of text between the beginning and the end of the message, with a ping as Anthropic sends it.
pub(super) fn frames(script: &Script) -> Vec<String> {
    let begun = usage(1);
    let used = usage(script.output_tokens);
    let mut list = vec![
        event(
            "message_start",
            &format!(
                r#","message":{{{HEAD},"content":[],"stop_reason":null,"stop_sequence":null,"usage":{begun}}}"#
            ),
        ),
        event("content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#),
        event("ping", ""),
    ];
    list.extend(script.pieces.iter().map(|piece| {
        let delta = format!(r#","index":0,"delta":{{"type":"text_delta","text":"{piece}"}}"#);
        event("content_block_delta", &delta)
    }));
    list.push(event("content_block_stop", r#","index":0"#));
    list.push(event(
        "message_delta",
        &format!(r#","delta":{{"stop_reason":"end_turn","stop_sequence":null}},"usage":{used}"#),
    ));
    list.push(event("message_stop", ""));
    list
}

const HEAD: &str = r#""id":"msg_bench0001","type":"message","role":"assistant","model":"small-2026-01-01""#;

fn usage(output: usize) -> String {
    format!(
        r#"{{"input_tokens":{INPUT_TOKENS},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":{output}}}"#
    )
}

fn event(kind: &str, members: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{members}}}\n\n")
}
