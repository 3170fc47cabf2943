//! From one dialect to another: the only place that knows all four. A request is decoded to the conversation and encoded for its
//! target; an answer, whole or streamed, comes back the same way.
//! In: a client's request, the target, later the upstream's answer. Out: the upstream's body, later the client's.
//! Invariant: no dialect knows another, so there is no pairwise code: each `match` here has one arm per dialect and no more.
//! Not here: calls whose client and provider speak the same dialect (their bytes are never decoded).

mod names;
mod repeat;
mod shape;
mod stream;

use bytes::Bytes;
use vocabulary::{ApiError, Dialect};

pub use names::RenamedTool;
pub use shape::{AnswerShape, CUSTOM_INPUT, Shaper, custom_input_schema};
pub use stream::{Decoder, Encoder, StreamTranslator, whole_as_stream};

use crate::conversation::loss_table::Feature;
use crate::conversation::{Ids, Losses, Request, Response, Strictness, Text};
use crate::json::RawObject;
use crate::{anthropic_messages, gemini, openai_chat, openai_responses};

/// What an encoder must know of the model that it writes for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The upstream's id of the model.
    pub model: &'a str,
    /// The most tokens that the model can answer with, where the registry knows.
    pub max_output_tokens: Option<u64>,
    /// The limit of the answer where the dialect demands one and the caller gave none (`ANTHROPIC_DEFAULT_MAX_TOKENS`).
    pub default_max_tokens: u64,
    /// A chat stream is asked for its usage.
    pub include_usage: bool,
    /// Whether hints may be dropped.
    pub strictness: Strictness,
    /// Features that this provider takes although its dialect in general does not.
    pub keeps: &'a [Feature],
    /// The provider reads chat's `reasoning: {"effort", "max_tokens"}` in full (OpenRouter).
    pub nested_reasoning: bool,
    /// Chat's effort `none` means something to the provider: it has a switch for thinking.
    pub can_stop_thinking: bool,
    /// The provider has a web search of its own in this dialect.
    pub has_web_search: bool,
}

/// A request in the words of its target.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The body.
    pub body: Bytes,
    /// Paths of what was left out, in the client's words: `X-GoModel-Dropped`.
    pub dropped: Vec<String>,
    /// What must be done to the answer's form.
    pub shape: AnswerShape,
}

/// How a client's answer is written.
#[derive(Clone, Debug)]
pub struct Rendering {
    /// The model that is named if the upstream named none: the upstream's id of it.
    pub model: Text,
    /// The type of the provider, for dialects with a member `provider`.
    pub provider: &'static str,
    /// What the upstream speaks: a chat answer keeps its names of counts.
    pub upstream: Dialect,
    /// When the answer began, in Unix seconds.
    pub created: u64,
    /// Ids for what the upstream gave none.
    pub ids: Ids,
    /// The client wants usage in a chat stream.
    pub include_usage: bool,
    /// The client's request, for dialects that echo it.
    pub request: Option<RawObject>,
    /// An estimate of the prompt's tokens, for dialects that tell them before the upstream does.
    pub estimated_input_tokens: u64,
    /// A Gemini stream as one JSON array instead of events.
    pub as_array: bool,
}

/// Reads a client's request.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_request(dialect: Dialect, body: &RawObject) -> Result<Request, ApiError> {
    match dialect {
        Dialect::OpenAiChat => openai_chat::decode_request(body),
        Dialect::OpenAiResponses => openai_responses::decode_request(body),
        Dialect::AnthropicMessages => anthropic_messages::decode_request(body),
        Dialect::Gemini => gemini::decode_request(body),
    }
}

/// Writes a request for a target.
///
/// # Errors
/// 400 for what the target cannot express (spec 03 §1.8), with its path in the client's words.
pub fn encode_request(request: &Request, dialect: Dialect, target: &Target<'_>) -> Result<Encoded, ApiError> {
    let mut losses = Losses::settle(request, dialect, target.strictness, target.keeps)?;
    let (request, renamed_tools) = names::spell(request, dialect);
    let request = request.as_ref();
    let mut shape = AnswerShape { renamed_tools, ..AnswerShape::default() };
    let body = match dialect {
        Dialect::OpenAiChat => openai_chat::encode_request(request, target, &mut losses, &mut shape),
        Dialect::OpenAiResponses => {
            openai_responses::encode_request(request, target, &mut losses, &mut shape)
        }
        Dialect::AnthropicMessages => {
            anthropic_messages::encode_request(request, target, &mut losses, &mut shape)
        }
        Dialect::Gemini => gemini::encode_request(request, target, &mut losses, &mut shape),
    }?;
    Ok(Encoded { body: body.into(), dropped: losses.into_dropped(&request.notes), shape })
}

/// Reads an upstream's whole answer.
///
/// # Errors
/// What the caller is told if the answer is none: an error inside a success, a blocked prompt.
pub fn decode_response(dialect: Dialect, body: &RawObject) -> Result<Response, ApiError> {
    match dialect {
        Dialect::OpenAiChat => openai_chat::decode_response(body),
        Dialect::OpenAiResponses => openai_responses::decode_response(body),
        Dialect::AnthropicMessages => anthropic_messages::decode_response(body),
        Dialect::Gemini => gemini::decode_response(body),
    }
}

/// Writes a whole answer for a client.
pub fn encode_response(dialect: Dialect, response: &Response, rendering: &mut Rendering) -> Vec<u8> {
    match dialect {
        Dialect::OpenAiChat => openai_chat::encode_response(response, rendering),
        Dialect::OpenAiResponses => openai_responses::encode_response(response, rendering),
        Dialect::AnthropicMessages => anthropic_messages::encode_response(response, rendering),
        Dialect::Gemini => gemini::encode_response(response, rendering),
    }
}

/// Reads a client's request whose tokens are counted.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_count_request(dialect: Dialect, body: &RawObject) -> Result<Request, ApiError> {
    match dialect {
        Dialect::AnthropicMessages => anthropic_messages::decode_count_request(body),
        Dialect::Gemini => gemini::decode_count_request(body),
        Dialect::OpenAiChat | Dialect::OpenAiResponses => decode_request(dialect, body),
    }
}

/// The question how many tokens a prompt has, for a target that answers it.
///
/// # Errors
/// 400 for content that the target cannot take.
pub fn encode_count_request(
    request: &Request,
    dialect: Dialect,
    target: &Target<'_>,
) -> Result<Vec<u8>, ApiError> {
    if dialect == Dialect::Gemini {
        return gemini::encode_count_request(&names::spell(request, dialect).0, target);
    }
    let body = encode_request(request, dialect, target)?.body;
    match (dialect, RawObject::scan(body.clone())) {
        (Dialect::AnthropicMessages, Ok(body)) => Ok(anthropic_messages::count_body(&body)),
        _ => Ok(body.to_vec()),
    }
}

/// The number in a provider's answer to it.
pub fn counted_tokens(dialect: Dialect, answer: &RawObject) -> Option<u64> {
    match dialect {
        Dialect::Gemini => gemini::read_count(answer),
        _ => answer.get("input_tokens")?.as_u64(),
    }
}
