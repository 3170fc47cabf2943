//! A client's request for an answer, in whichever dialect it came: the scanned body, and what routing must know of it.
//! Nothing else is decoded until a translation asks for it (`conversation`).
//! Invariant: which dialect it is was decided by the path; each dialect checks its own shape (`<dialect>::…Request`).

use std::sync::OnceLock;

use bytes::Bytes;
use vocabulary::{ApiError, Dialect};

use crate::anthropic_messages::MessagesRequest;
use crate::conversation::Request;
use crate::gemini::GeminiRequest;
use crate::json::RawObject;
use crate::openai_chat::ChatRequest;
use crate::openai_responses::ResponsesRequest;
use crate::request::Head;
use crate::translate::{decode_count_request, decode_request};

/// A request for an answer.
#[derive(Debug)]
pub struct ClientRequest {
    /// The request as its dialect reads it.
    pub form: ClientForm,
    /// Its tokens are counted, and no answer is wanted.
    is_counted: bool,
    conversation: OnceLock<Box<Request>>,
}

/// A request as its dialect reads it.
#[derive(Debug)]
pub enum ClientForm {
    /// `POST /v1/chat/completions`.
    OpenAiChat(ChatRequest),
    /// `POST /v1/responses`.
    OpenAiResponses(ResponsesRequest),
    /// `POST /v1/messages`.
    AnthropicMessages(MessagesRequest),
    /// `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    Gemini(GeminiRequest),
}

macro_rules! each {
    ($self:ident, $request:ident => $what:expr) => {
        match &$self.form {
            ClientForm::OpenAiChat($request) => $what,
            ClientForm::OpenAiResponses($request) => $what,
            ClientForm::AnthropicMessages($request) => $what,
            ClientForm::Gemini($request) => $what,
        }
    };
}

impl ClientRequest {
    /// Reads a chat request.
    ///
    /// # Errors
    /// 400 with the offending `param`; the same holds for the other three.
    pub fn chat(body: Bytes) -> Result<Self, ApiError> {
        ChatRequest::decode(body).map(ClientForm::OpenAiChat).map(Self::of)
    }

    /// Reads a Responses request.
    ///
    /// # Errors
    /// See `chat`.
    pub fn responses(body: Bytes) -> Result<Self, ApiError> {
        ResponsesRequest::decode(body).map(ClientForm::OpenAiResponses).map(Self::of)
    }

    /// Reads a Messages request.
    ///
    /// # Errors
    /// See `chat`.
    pub fn messages(body: Bytes) -> Result<Self, ApiError> {
        MessagesRequest::decode(body).map(ClientForm::AnthropicMessages).map(Self::of)
    }

    /// Reads a Gemini request; model and method stand in its path.
    ///
    /// # Errors
    /// See `chat`.
    pub fn gemini(body: Bytes, model: &str, stream: bool) -> Result<Self, ApiError> {
        GeminiRequest::decode(body, model, stream).map(ClientForm::Gemini).map(Self::of)
    }

    /// Reads a Messages request whose tokens are counted: it needs no limit, and may be empty.
    ///
    /// # Errors
    /// See `chat`.
    pub fn messages_to_count(body: Bytes) -> Result<Self, ApiError> {
        MessagesRequest::decode_to_count(body).map(ClientForm::AnthropicMessages).map(Self::counted)
    }

    /// Reads a Gemini request whose tokens are counted: the contents alone, or a whole `generateContentRequest`.
    ///
    /// # Errors
    /// See `chat`.
    pub fn gemini_to_count(body: Bytes, model: &str) -> Result<Self, ApiError> {
        GeminiRequest::decode(body, model, false).map(ClientForm::Gemini).map(Self::counted)
    }

    fn of(form: ClientForm) -> Self {
        Self { form, is_counted: false, conversation: OnceLock::new() }
    }

    fn counted(form: ClientForm) -> Self {
        Self { is_counted: true, ..Self::of(form) }
    }

    /// The dialect of the client.
    pub fn dialect(&self) -> Dialect {
        match &self.form {
            ClientForm::OpenAiChat(_) => Dialect::OpenAiChat,
            ClientForm::OpenAiResponses(_) => Dialect::OpenAiResponses,
            ClientForm::AnthropicMessages(_) => Dialect::AnthropicMessages,
            ClientForm::Gemini(_) => Dialect::Gemini,
        }
    }

    fn head(&self) -> &Head {
        each!(self, request => request.head())
    }

    /// The scanned body.
    pub fn object(&self) -> &RawObject {
        self.head().object()
    }

    /// The model as the client spelt it.
    pub fn model(&self) -> &str {
        self.head().model()
    }

    /// A string `provider`.
    pub fn provider(&self) -> Option<&str> {
        self.head().provider()
    }

    /// The client wants a stream.
    pub fn stream(&self) -> bool {
        each!(self, request => request.stream())
    }

    /// The client wants to see the usage of a chat stream; the other dialects always tell it.
    pub fn include_usage(&self) -> bool {
        match &self.form {
            ClientForm::OpenAiChat(request) => request.include_usage(),
            _ => true,
        }
    }

    /// The conversation, if it was decoded.
    pub fn decoded(&self) -> Option<&Request> {
        self.conversation.get().map(|request| &**request)
    }

    /// The conversation, decoded at the first call. `complete` adds what the client left out and the gateway remembers.
    ///
    /// # Errors
    /// 400 with the offending `param`.
    pub fn conversation(&self, complete: impl FnOnce(&mut Request)) -> Result<&Request, ApiError> {
        if let Some(decoded) = self.conversation.get() {
            return Ok(decoded);
        }
        let decode = if self.is_counted { decode_count_request } else { decode_request };
        let mut request = decode(self.dialect(), self.object())?;
        request.stream = self.stream();
        complete(&mut request);
        Ok(self.conversation.get_or_init(|| Box::new(request)))
    }
}

/// Scans the body of a request that no dialect's own type reads.
///
/// # Errors
/// 400 `invalid request body: …`.
pub fn scan_request(body: Bytes) -> Result<RawObject, ApiError> {
    crate::request::scan(body)
}
