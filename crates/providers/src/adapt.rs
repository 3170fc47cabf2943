//! From a request in the client's words to what one provider is sent, when both speak OpenAI's dialect (spec 01 §8.2).
//! In: a decoded request, the target model, facts about the call. Out: `Prepared`: head, body slices, what was dropped.
//! Invariant: each edit is made only when it changes something; everything else leaves as slices of the body that came.
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

use dialects::embeddings::EmbeddingsRequest;
use dialects::openai_chat::ChatRequest;
use http::{HeaderMap, HeaderValue, Method};
use upstream::{RequestBody, RequestHead};
use vocabulary::ApiError;

pub use embeddings::AnswerForm;

use crate::definition::{CallHeaderInput, Embeddings};
use crate::endpoints::Template;
use crate::instance::Instance;

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
    /// The client's headers, for the few rows that take one of them over.
    pub client_headers: Option<&'a HeaderMap>,
}

/// Where a request goes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The upstream's model id.
    pub model: &'a str,
    /// True if a stream shall report its usage whether or not the client asked (spec 01 §9.3).
    pub enforce_usage: bool,
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
    /// JSON paths of what the row or the configuration left out, in the order of the request: `X-GoModel-Dropped`.
    pub dropped: Vec<String>,
    /// What the answer looks like; for chat always `AnswerForm::Native`.
    pub answer: AnswerForm,
}

impl Instance {
    /// Prepares a chat completion, streamed or not.
    ///
    /// # Errors
    /// 400 if the model's name cannot be part of the provider's path.
    pub fn prepare_chat(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Prepared, ApiError> {
        let head = self.head(&self.plan.paths.chat, target, Some(request))?;
        let (slices, dropped) = chat::edit(request, target, self.definition, &self.settings);
        Ok(Prepared { head, body: slices.into(), dropped, answer: AnswerForm::Native })
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
            Embeddings::OllamaEmbed => ollama_embed::request(request.object(), target.model)?,
        };
        let head = self.head(&self.plan.paths.embeddings, target, None)?;
        Ok(Prepared { head, body, dropped, answer })
    }

    fn head(
        &self,
        template: &Template,
        target: &Target<'_>,
        chat: Option<&ChatRequest>,
    ) -> Result<RequestHead, ApiError> {
        let path = template.path(target.model).ok_or_else(|| {
            ApiError::invalid_request("the model name cannot be sent to this provider").with_param("model")
        })?;
        let mut headers = self.plan.headers.clone();
        head::push_call_headers(self.plan.request_id.as_ref(), &target.context, &mut headers);
        if let Some(add) = self.definition.call_headers {
            let chat = chat.map(ChatRequest::object);
            let input = CallHeaderInput {
                settings: &self.settings,
                context: &target.context,
                model: target.model,
                chat,
            };
            add(&input, &mut headers);
        }
        Ok(RequestHead { method: Method::POST, path, headers })
    }
}

#[cfg(test)]
mod tests;
