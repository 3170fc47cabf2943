//! Answers of Google's Gemini.
//! Source: Gemini API reference, "GenerateContentResponse". Google ends lines by CR LF; here LF, as everywhere in the mock.

use super::script::{INPUT_TOKENS, Script};

pub(super) fn whole(script: &Script) -> String {
    answer(&script.text(), r#","finishReason":"STOP""#, script.output_tokens)
}

/// A chunk per piece with the tokens so far, and an empty one that ends.
pub(super) fn frames(script: &Script) -> Vec<String> {
    let mut list: Vec<_> = (1..)
        .zip(&script.pieces)
        .map(|(tokens, piece)| format!("data: {}\n\n", answer(piece, "", tokens)))
        .collect();
    list.push(format!("data: {}\n\n", answer("", r#","finishReason":"STOP""#, script.output_tokens)));
    list
}

fn answer(text: &str, reason: &str, output: usize) -> String {
    let total = INPUT_TOKENS + output;
    format!(
        concat!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}],"role":"model"}}{reason},"index":0}}],"#,
            r#""usageMetadata":{{"promptTokenCount":{input},"candidatesTokenCount":{output},"totalTokenCount":{total},"#,
            r#""promptTokensDetails":[{{"modality":"TEXT","tokenCount":{input}}}]}},"#,
            r#""modelVersion":"small-2026-01-01","responseId":"bench0001"}}"#
        ),
        text = text,
        reason = reason,
        input = INPUT_TOKENS,
        output = output,
        total = total
    )
}
