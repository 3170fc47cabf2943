//! The wire formats for talking to a model. A closed set: a new dialect is a new folder in `dialects` and a new row here.

/// A wire format, on either side of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `POST /v1/chat/completions` and `POST /v1/embeddings`, as OpenAI defines them.
    OpenAiChat,
    /// `POST /v1/responses`, as OpenAI defines it.
    OpenAiResponses,
    /// `POST /v1/messages`, as Anthropic defines it.
    AnthropicMessages,
    /// `POST /v1beta/models/{model}:generateContent`, as Google defines it.
    Gemini,
}

impl Dialect {
    /// Every dialect, in the order of tables and documents.
    pub const ALL: [Dialect; 4] =
        [Self::OpenAiChat, Self::OpenAiResponses, Self::AnthropicMessages, Self::Gemini];

    /// The name used in logs, metrics and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::AnthropicMessages => "anthropic_messages",
            Self::Gemini => "gemini",
        }
    }

    /// The name that people use.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenAiChat => "OpenAI chat",
            Self::OpenAiResponses => "OpenAI Responses",
            Self::AnthropicMessages => "Anthropic Messages",
            Self::Gemini => "Gemini",
        }
    }
}
