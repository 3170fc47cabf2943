//! What a row says of a provider. JSON stands as text, so that it is spelt as the vendor's documents spell it.

use crate::dialects::{Chat, Dialect, Gemini, Messages, Responses};

/// The headers that carry a key; `{key}` stands for it.
pub(super) type Credential = &'static [(&'static str, &'static str)];

pub(super) const BEARER: Credential = &[("authorization", "Bearer {key}")];
pub(super) const X_API_KEY: Credential = &[("x-api-key", "{key}")];
pub(super) const X_GOOG_API_KEY: Credential = &[("x-goog-api-key", "{key}")];

/// One type of provider, or one form of it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The type.
    pub kind: &'static str,
    /// What tells rows of one type apart; part of the instance's name.
    pub form: &'static str,
    /// The path of the base URL.
    pub base: &'static str,
    /// The key, if a planted one will not do.
    pub key: Option<&'static str>,
    /// More lines of the provider's block.
    pub yaml: &'static str,
    /// The model that is called where a column names none: one of the list.
    pub model: &'static str,
    /// How the key travels, if a column says nothing else.
    pub credential: Credential,
    /// The header that takes our request id.
    pub request_id: Option<&'static str>,
    /// What every request carries, the one for models too.
    pub headers: &'static [(&'static str, &'static str)],
    /// What calls in the provider's preferred dialect carry; an empty value stands for any.
    pub call_headers: &'static [(&'static str, &'static str)],
    /// How calls of the clients arrive: chat, Responses, Messages, Gemini.
    pub arrives: [Arrival; 4],
    /// What becomes of bodies.
    pub bodies: &'static [Body],
    /// What becomes of an error.
    pub error: VendorError,
    /// How models are listed.
    pub listing: Listing,
    /// What becomes of embeddings.
    pub embeddings: Embeddings,
}

/// How a call arrives at the provider: raw if it is in the client's own dialect, else translated.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    /// In this dialect.
    pub up: Dialect,
    /// At this path and query.
    pub target: &'static str,
    /// At this one if it streams.
    pub streamed: &'static str,
    /// With this credential, if not the row's.
    pub credential: Option<Credential>,
}

const fn arrival(up: Dialect, target: &'static str) -> Arrival {
    Arrival { up, target, streamed: target, credential: None }
}

pub(super) const fn chat(target: &'static str) -> Arrival {
    arrival(Chat, target)
}

pub(super) const fn responses(target: &'static str) -> Arrival {
    arrival(Responses, target)
}

/// Messages with the key in `x-api-key`.
pub(super) const fn messages(target: &'static str) -> Arrival {
    Arrival { credential: Some(X_API_KEY), ..arrival(Messages, target) }
}

pub(super) const fn gemini(target: &'static str, streamed: &'static str) -> Arrival {
    Arrival { streamed, ..arrival(Gemini, target) }
}

impl Arrival {
    pub(super) const fn with(self, credential: Credential) -> Self {
        Self { credential: Some(credential), ..self }
    }
}

/// Chat alone.
pub(super) const fn only_chat(target: &'static str) -> [Arrival; 4] {
    [chat(target); 4]
}

/// Chat and Responses.
pub(super) const fn chat_and_responses(at: &'static str, responses_at: &'static str) -> [Arrival; 4] {
    [chat(at), responses(responses_at), chat(at), chat(at)]
}

/// Chat and Messages.
pub(super) const fn chat_and_messages(at: &'static str, own: Arrival) -> [Arrival; 4] {
    [chat(at), chat(at), own, chat(at)]
}

/// What becomes of a body.
#[derive(Clone, Copy)]
pub(super) struct Body {
    /// The client's dialect.
    pub client: Dialect,
    /// The model, if not the row's.
    pub model: Option<&'static str>,
    /// Members of the client's body, as JSON.
    pub given: &'static str,
    /// What the provider gets: JSON pointers with their values, null for what must not be there.
    pub sent: &'static str,
    /// What `X-GoModel-Dropped` names.
    pub dropped: Option<&'static str>,
}

/// A chat body.
pub(super) const fn body(given: &'static str, sent: &'static str) -> Body {
    Body { client: Chat, model: None, given, sent, dropped: None }
}

impl Body {
    pub(super) const fn of(self, client: Dialect) -> Self {
        Self { client, ..self }
    }

    pub(super) const fn to(self, model: &'static str) -> Self {
        Self { model: Some(model), ..self }
    }

    pub(super) const fn dropping(self, names: &'static str) -> Self {
        Self { dropped: Some(names), ..self }
    }
}

/// An error as the vendor documents it, and what a caller is told, in the words of OpenAI's envelope.
#[derive(Clone, Copy)]
pub(super) struct VendorError {
    pub status: u16,
    pub body: &'static str,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    /// The whole body, if it is empty.
    pub message: &'static str,
}

/// How models are listed.
#[derive(Clone, Copy)]
pub(super) struct Listing {
    /// Path and query of the question; `None` if there is none.
    pub target: Option<&'static str>,
    /// The credential of the question, if not the row's.
    pub credential: Option<Credential>,
    /// The answer, as the vendor documents it.
    pub answer: &'static str,
    /// Further questions: path and answer.
    pub also: &'static [(&'static str, &'static str)],
    /// All models that `GET /v1/models` shows, and of each what must be in its entry: JSON pointers with their values.
    pub models: &'static [(&'static str, &'static str)],
}

/// What becomes of embeddings.
#[derive(Clone, Copy)]
pub(super) enum Embeddings {
    /// Sent on to this path and query.
    Native(&'static str),
    /// The same with another credential than the row's.
    NativeWith(&'static str, Credential),
    /// Translated: path, what is sent, what the provider answers; the vector is `[0.5, -0.25]`.
    Translated(&'static str, &'static str, &'static str),
    /// Refused: status, code, message.
    Refused(u16, Option<&'static str>, &'static str),
}
