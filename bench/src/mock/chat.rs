//! Answers of OpenAI's chat completions.
//! With `include_usage`, frames carry `"usage":null` and a usage frame follows.
//! Source: OpenAI API reference, "Create chat completion", "The chat completion chunk object".

use super::script::{INPUT_TOKENS, Script};

pub(super) fn whole(script: &Script) -> String {
    let (text, output, total) = (script.text(), script.output_tokens, script.total_tokens());
    format!(
        concat!(
            r#"{{"id":"chatcmpl-bench0001","object":"chat.completion","created":1787000000,"model":"small-2026-01-01","#,
            r#""choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","refusal":null,"annotations":[]}},"#,
            r#""logprobs":null,"finish_reason":"stop"}}],"#,
            r#""usage":{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{total},"#,
            r#""prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"#,
            r#""completion_tokens_details":{{"reasoning_tokens":0}}}},"#,
            r#""service_tier":"default","system_fingerprint":"fp_bench"}}"#
        ),
        text = text,
        input = INPUT_TOKENS,
        output = output,
        total = total
    )
}

/// The role, the pieces, the reason, the usage frame if asked for, and the end.
pub(super) fn frames(script: &Script, usage: bool) -> Vec<String> {
    let null = if usage { r#","usage":null"# } else { "" };
    let frame = |delta: &str, reason: &str| {
        format!(
            "{CHUNK}{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{reason}}}]{null}}}\n\n"
        )
    };
    let mut list = vec![frame(r#""role":"assistant","content":"""#, "null")];
    list.extend(script.pieces.iter().map(|piece| frame(&format!(r#""content":"{piece}""#), "null")));
    list.push(frame("", "\"stop\""));
    if usage {
        let (output, total) = (script.output_tokens, script.total_tokens());
        list.push(format!(
            "{CHUNK}],\"usage\":{{\"prompt_tokens\":{INPUT_TOKENS},\"completion_tokens\":{output},\"total_tokens\":{total}}}}}\n\n"
        ));
    }
    list.push("data: [DONE]\n\n".to_owned());
    list
}

const CHUNK: &str = r#"data: {"id":"chatcmpl-bench0001","object":"chat.completion.chunk","created":1787000000,"model":"small-2026-01-01","system_fingerprint":"fp_bench","choices":["#;
