//! The models, as each provider lists them. (A list that nobody asks for answers in OpenAI's form.)
//! Source: OpenAI API reference, "List models"; Anthropic API reference, "List Models"; Gemini API reference, "models.list".

use crate::cases::{Dialect, MODELS};

pub(super) fn models(dialect: Dialect) -> String {
    let rows = |row: fn(&str) -> String| MODELS.map(row).join(",");
    match dialect {
        Dialect::Chat | Dialect::Responses => {
            format!(r#"{{"object":"list","data":[{}]}}"#, rows(openai))
        }
        Dialect::Messages => format!(
            r#"{{"data":[{}],"has_more":false,"first_id":"{}","last_id":"{}"}}"#,
            rows(anthropic),
            MODELS.first().unwrap_or(&""),
            MODELS.last().unwrap_or(&"")
        ),
        Dialect::Gemini => format!(r#"{{"models":[{}]}}"#, rows(google)),
    }
}

fn openai(model: &str) -> String {
    format!(r#"{{"id":"{model}","object":"model","created":1787000000,"owned_by":"bench"}}"#)
}

fn anthropic(model: &str) -> String {
    format!(
        r#"{{"type":"model","id":"{model}","display_name":"{model}","created_at":"2026-01-01T00:00:00Z"}}"#
    )
}

fn google(model: &str) -> String {
    format!(
        r#"{{"name":"models/{model}","version":"001","displayName":"{model}","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","countTokens"]}}"#
    )
}
