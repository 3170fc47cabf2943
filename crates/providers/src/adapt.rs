//! From a request to what one provider is sent: the client's bytes with few edits when both speak the same dialect (spec 01
//! §8.2), else the conversation in a dialect that the provider speaks, with the same edits of its row (spec 03).
//! In: a request, the target model, facts about the call. Out: `Prepared`: head, body slices, what was dropped.
//! Invariant: each edit is made only when it changes something; in the client's own dialect everything else leaves as slices of
//! the body that came.
//! Cost: a small call allocates the JSON text of its model, and nothing else: path, constant headers, request id and trace
//! context are shared, up to twelve headers and eight body slices stand in place. Each further edit is one small piece; rows with
//! headers of their own (xai, llmd, openrouter with a session) add a text per such header.
//! Not here: the credential, which belongs to the attempt (`Instance::credential_header`).

mod chat;
pub mod chatgpt;
mod effort;
mod embeddings;
pub(crate) mod head;
mod ollama_embed;
mod reasoning;

use bytes::Bytes;
use dialects::conversation::{Request, Strictness};
use dialects::embeddings::EmbeddingsRequest;
use dialects::gemini::edit_count_for_upstream;
use dialects::ingress::{ClientForm, ClientRequest};
use dialects::json::{Edits, RawObject, Slices};
use dialects::openai_chat::ChatRequest;
use dialects::translate::{AnswerShape, Encoded, encode_count_request, encode_request};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use upstream::{RequestBody, RequestHead};
use vocabulary::{ApiError, Code, Dialect};

pub use embeddings::AnswerForm;

use crate::channel::Channel;
use crate::definition::{Auth, CallHeaderInput, Definition, Embeddings};
use crate::instance::Instance;
use crate::spoken::{BodyRule, Spoken};

/// What the head of an upstream request may depend on besides the body. Borrowed from the call.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// The request id, as the client gets it.
    pub request_id: &'a HeaderValue,
    /// The client's `traceparent`, if traces are propagated.
    pub traceparent: Option<&'a HeaderValue>,
    /// The client's `tracestate`, if traces are propagated.
    pub tracestate: Option<&'a HeaderValue>,
    /// The user path that the gateway decided on.
    pub user_path: Option<&'a str>,
    /// The detected session.
    pub session_id: Option<&'a str>,
    /// The client's headers, for native calls and for the few rows that take one of them over.
    pub client_headers: Option<&'a HeaderMap>,
    /// The header that names the caller's user path: for the gateway alone, whatever the operator calls it.
    pub private_header: Option<&'a HeaderName>,
    /// The query of the client's path, for native calls.
    pub client_query: Option<&'a str>,
}

/// Where a request goes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The upstream's model id.
    pub model: &'a str,
    /// The most tokens that the model can answer with, where the registry knows.
    pub max_output_tokens: Option<u64>,
    /// The limit of an answer where the dialect demands one and the caller gave none.
    pub default_max_tokens: u64,
    /// True if a stream shall report its usage whether or not the client asked (spec 01 §9.3).
    pub enforce_usage: bool,
    /// Whether a translation may leave hints out.
    pub strictness: Strictness,
    /// The call.
    pub context: CallContext<'a>,
}

/// A request for one provider, ready but for the credential.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Method, path and headers.
    pub head: RequestHead,
    /// The body; can be sent again.
    pub body: RequestBody,
    /// How the key travels.
    pub auth: Auth,
    /// The dialect of body and answer.
    pub dialect: Dialect,
    /// The provider answers with a stream, whatever was asked for.
    pub always_streams: bool,
    /// JSON paths of what was left out, in the order of the request: `X-GoModel-Dropped`.
    pub dropped: Vec<String>,
    /// What the answer looks like; for anything but embeddings `AnswerForm::Native`.
    pub answer: AnswerForm,
    /// What the answer's form must be turned to, if the client speaks another dialect; `None` if it speaks this one.
    pub shape: Option<AnswerShape>,
}

impl Instance {
    /// Prepares a call in the client's own dialect: its bytes, with few edits.
    ///
    /// # Errors
    /// 400 if the model's name cannot be part of the provider's path, or for a body that the provider cannot take.
    pub fn prepare_native(
        &self,
        request: &ClientRequest,
        channel: &Channel,
        target: &Target<'_>,
    ) -> Result<Prepared, ApiError> {
        let path = channel.path(target.model, request.stream() || channel.spoken.always_streams)?;
        let (body, dropped) = self.native_body(request, channel, target)?;
        let mut prepared = self.prepared(path, channel, target, body, dropped);
        match &request.form {
            ClientForm::OpenAiChat(chat) => self.add_call_headers(target, Some(chat), &mut prepared),
            ClientForm::AnthropicMessages(_) => {
                self.add_call_headers(target, None, &mut prepared);
                self.forward_client_words(target, &mut prepared);
            }
            ClientForm::OpenAiResponses(_) | ClientForm::Gemini(_) => {
                self.add_call_headers(target, None, &mut prepared);
            }
        }
        Ok(prepared)
    }

    fn native_body(
        &self,
        request: &ClientRequest,
        channel: &Channel,
        target: &Target<'_>,
    ) -> Result<(RequestBody, Vec<String>), ApiError> {
        let edits = match &request.form {
            ClientForm::OpenAiChat(request) => {
                let (slices, dropped) = chat::edit(request, target, self.definition, &self.settings);
                return Ok((slices.into(), dropped));
            }
            ClientForm::OpenAiResponses(request) => {
                let mut edits = request.edit_for_upstream(target.model);
                let mut dropped = closed_list(channel, request.head().object(), &mut edits)?;
                let (slices, configured) = self.configured(edits);
                dropped.extend(configured);
                return Ok((slices.into(), dropped));
            }
            ClientForm::AnthropicMessages(request) => request.edit_for_upstream(target.model),
            ClientForm::Gemini(request) => request.edit_for_upstream(target.model),
        };
        let (slices, dropped) = self.configured(edits);
        Ok((slices.into(), dropped))
    }

    /// Prepares a call whose client speaks another dialect than the channel.
    ///
    /// # Errors
    /// 400 for what the channel's dialect cannot express, with its path in the client's words.
    pub fn prepare_translated(
        &self,
        request: &Request,
        channel: &Channel,
        target: &Target<'_>,
    ) -> Result<Prepared, ApiError> {
        let path = channel.path(target.model, request.stream || channel.spoken.always_streams)?;
        let Encoded { body, mut dropped, shape } = self.encode(request, channel, target)?;
        let (body, left_out, chat) = match channel.dialect() {
            Dialect::OpenAiChat => {
                // The row's edits are the same whoever wrote the body.
                let chat = ChatRequest::decode(body)?;
                let (slices, left_out) = chat::edit(&chat, target, self.definition, &self.settings);
                (slices.into(), left_out, Some(chat))
            }
            _ => {
                let object = scan(body)?;
                let mut edits = object.edit();
                let left_out = closed_list(channel, &object, &mut edits)?;
                (self.configured(edits).0.into(), left_out, None)
            }
        };
        dropped.extend(left_out.iter().map(|member| request.path_in_client(member, channel.dialect())));
        let mut prepared = self.prepared(path, channel, target, body, dropped);
        self.add_call_headers(target, chat.as_ref(), &mut prepared);
        prepared.shape = Some(shape);
        Ok(prepared)
    }

    fn encode(&self, request: &Request, channel: &Channel, target: &Target<'_>) -> Result<Encoded, ApiError> {
        let target = translation(request, channel, target, self.definition);
        encode_request(request, channel.dialect(), &target)
    }

    /// Prepares the question how many tokens a prompt has, if the provider answers it in the client's own dialect.
    ///
    /// # Errors
    /// 400 if the model's name cannot be part of the provider's path.
    pub fn prepare_count_native(
        &self,
        request: &ClientRequest,
        channel: &Channel,
        target: &Target<'_>,
    ) -> Result<Option<Prepared>, ApiError> {
        let Some(path) = channel.count_path(target.model).transpose()? else { return Ok(None) };
        let body = match &request.form {
            ClientForm::Gemini(request) => {
                edit_count_for_upstream(request.head().object(), target.model).finish().into()
            }
            _ => self.native_body(request, channel, target)?.0,
        };
        let mut prepared = self.prepared(path, channel, target, body, Vec::new());
        self.add_call_headers(target, None, &mut prepared);
        if channel.dialect() == Dialect::AnthropicMessages {
            self.forward_client_words(target, &mut prepared);
        }
        Ok(Some(prepared))
    }

    /// The same for a client that speaks another dialect.
    ///
    /// # Errors
    /// 400 for what the channel's dialect cannot express.
    pub fn prepare_count_translated(
        &self,
        request: &Request,
        channel: &Channel,
        target: &Target<'_>,
    ) -> Result<Option<Prepared>, ApiError> {
        let Some(path) = channel.count_path(target.model).transpose()? else { return Ok(None) };
        let body = encode_count_request(
            request,
            channel.dialect(),
            &translation(request, channel, target, self.definition),
        )?;
        let mut prepared = self.prepared(path, channel, target, Bytes::from(body).into(), Vec::new());
        self.add_call_headers(target, None, &mut prepared);
        Ok(Some(prepared))
    }

    /// Prepares an embeddings call.
    ///
    /// # Errors
    /// 400 if the provider has no embeddings, or if the model's name cannot be part of its path.
    pub fn prepare_embeddings(
        &self,
        request: &EmbeddingsRequest,
        target: &Target<'_>,
    ) -> Result<Prepared, ApiError> {
        let (body, dropped, answer) = match self.settings.embeddings {
            Embeddings::Unsupported(refusal) => return Err(refusal.of_embeddings(self.definition.kind)),
            Embeddings::Native => {
                let (slices, dropped) = embeddings::edit(request, target.model, &self.settings);
                (slices.into(), dropped, AnswerForm::Native)
            }
            Embeddings::OllamaEmbed => ollama_embed::request(request.head().object(), target.model)?,
        };
        let path = self.plan.paths.embeddings.path(target.model).ok_or_else(|| {
            ApiError::invalid_request("the model name cannot be sent to this provider").with_param("model")
        })?;
        let headers = self.plan.headers.clone();
        let mut prepared = Prepared {
            head: RequestHead { method: Method::POST, path, headers },
            body,
            auth: self.embeddings_auth(),
            dialect: Dialect::OpenAiChat,
            always_streams: false,
            dropped,
            answer,
            shape: None,
        };
        self.add_call_headers(target, None, &mut prepared);
        Ok(prepared)
    }

    /// What the operator wrote down for this instance, on a body that no other edit is declared for.
    fn configured(&self, edits: Edits<'_>) -> (Slices, Vec<String>) {
        let mut editing = chat::Editing::new(edits);
        chat::configured(&mut editing, &self.settings);
        editing.finish()
    }

    fn prepared(
        &self,
        path: PathAndQuery,
        channel: &Channel,
        target: &Target<'_>,
        body: RequestBody,
        dropped: Vec<String>,
    ) -> Prepared {
        let mut headers = channel.headers.clone();
        head::push_call_headers(self.plan.request_id.as_ref(), &target.context, &mut headers);
        Prepared {
            head: RequestHead { method: Method::POST, path, headers },
            body,
            auth: channel.auth,
            dialect: channel.dialect(),
            always_streams: channel.spoken.always_streams,
            dropped,
            answer: AnswerForm::Native,
            shape: None,
        }
    }

    /// What a client says to its own provider beside the body.
    fn forward_client_words(&self, target: &Target<'_>, prepared: &mut Prepared) {
        head::forward_client_headers(&target.context, &self.settings, &mut prepared.head.headers);
        let path = prepared.head.path.clone();
        prepared.head.path = head::with_client_query(path, target.context.client_query);
    }

    /// Headers that the row makes of the call.
    fn add_call_headers(&self, target: &Target<'_>, chat: Option<&ChatRequest>, prepared: &mut Prepared) {
        if let Some(add) = self.definition.call_headers {
            let chat = chat.map(|chat| chat.head().object());
            let input = CallHeaderInput {
                settings: &self.settings,
                context: &target.context,
                model: target.model,
                chat,
            };
            add(&input, &mut prepared.head.headers);
        }
    }
}

/// What an encoder must know of the model behind a channel.
fn translation<'a>(
    request: &Request,
    channel: &Channel,
    target: &Target<'a>,
    definition: &Definition,
) -> dialects::translate::Target<'a> {
    let Spoken { keeps, has_web_search, nested_reasoning, .. } = *channel.spoken;
    dialects::translate::Target {
        model: target.model,
        max_output_tokens: target.max_output_tokens,
        default_max_tokens: target.default_max_tokens,
        include_usage: request.stream && definition.chat.usage_on_request,
        strictness: target.strictness,
        keeps,
        nested_reasoning,
        can_stop_thinking: definition.chat.effort.has_off_switch(target.model),
        has_web_search,
    }
}

/// The gateway's own body is JSON; should it not be, the caller learns of a defect and the provider of nothing.
fn scan(body: Bytes) -> Result<RawObject, ApiError> {
    RawObject::scan(body).map_err(|error| {
        ApiError::new(Code::InternalError, "an unexpected error occurred").with_detail(error.to_string())
    })
}

/// Takes out what a closed list does not have; returns the names.
fn closed_list<'a>(
    channel: &Channel,
    object: &'a RawObject,
    edits: &mut Edits<'a>,
) -> Result<Vec<String>, ApiError> {
    match channel.spoken.body {
        BodyRule::Any => Ok(Vec::new()),
        BodyRule::ChatGpt => chatgpt::edit(object, edits),
    }
}

#[cfg(test)]
mod tests;
