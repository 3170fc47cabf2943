//! The wire formats for talking to a model. A closed set: a new dialect is a new folder in `dialects` and a new row here.

/// A wire format, on either side of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `POST /v1/chat/completions` and `POST /v1/embeddings`, as OpenAI defines them.
    OpenAiChat,
    /// `POST /v1/messages`, as Anthropic defines it.
    AnthropicMessages,
}

impl Dialect {
    /// The name used in logs, metrics and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::AnthropicMessages => "anthropic_messages",
        }
    }
}
