//! A call as it enters the pipeline: what the caller wants, in its raw bytes, and what is known of the caller.
//! Invariant: made only for a caller that the gate let in; one configuration snapshot serves it to its end.

use std::sync::Arc;

use dialects::embeddings::EmbeddingsRequest;
use dialects::ingress::ClientRequest;
use http::{HeaderMap, HeaderName};
use identity::Caller;
use tokio_util::sync::CancellationToken;
use vocabulary::{Dialect, UserPath};

use crate::record::CallRecord;

/// What Claude Code sends with every call.
const CLAUDE_CODE_SESSION: HeaderName = HeaderName::from_static("x-claude-code-session-id");
/// What Codex, and whatever is built upon it, sends with every call.
const CODEX_ORIGINATOR: HeaderName = HeaderName::from_static("originator");

/// What the caller asks for, with the members read that the gateway must know.
pub enum Operation {
    /// An answer of a model, whole or streamed, in any dialect.
    Generate(Box<ClientRequest>),
    /// Embedding vectors.
    Embeddings(EmbeddingsRequest),
    /// Embedding vectors for a client that speaks Gemini.
    GeminiEmbeddings {
        /// What it asks for, in OpenAI's words.
        request: EmbeddingsRequest,
        /// It asked for several at once.
        is_batch: bool,
        /// What OpenAI's words could not say.
        dropped: Vec<String>,
    },
}

/// One call.
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// What for.
    pub operation: Operation,
    /// A Gemini stream as one JSON array.
    pub wants_array: bool,
    /// What is known of it, and its end.
    pub record: Arc<CallRecord>,
    /// The tenant that the call counts for; set by the stage `label`.
    pub user_path: Option<UserPath>,
    /// Cancelled when open streams must end because the process does.
    pub cut: CancellationToken,
}

impl Call {
    /// The headers as the client sent them.
    pub fn headers(&self) -> &HeaderMap {
        &self.record.request().headers
    }

    /// True if the caller wants a stream.
    pub(crate) fn is_stream(&self) -> bool {
        match &self.operation {
            Operation::Generate(request) => request.stream(),
            Operation::Embeddings(_) | Operation::GeminiEmbeddings { .. } => false,
        }
    }

    /// The name under which the model must answer, if it must: Claude Code returns signed thinking only to a model that answers
    /// under the name it was asked by, whatever name that is.
    pub(crate) fn answering_name(&self) -> Option<&str> {
        let is_claude_code = self.headers().contains_key(CLAUDE_CODE_SESSION);
        (is_claude_code && self.dialect() == Some(Dialect::AnthropicMessages)).then(|| self.selector().0)
    }

    /// Tools in namespaces reach providers that know no namespaces: Codex has the tools of its MCP servers there, and no others for
    /// the work. For everybody else a namespace is left out as one (spec 04 §2.6).
    pub(crate) fn unfolds_namespaces(&self) -> bool {
        self.headers().contains_key(CODEX_ORIGINATOR)
    }

    /// The dialect of a call for an answer.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match &self.operation {
            Operation::Generate(request) => Some(request.dialect()),
            Operation::Embeddings(_) | Operation::GeminiEmbeddings { .. } => None,
        }
    }

    /// `model` and `provider` as the caller sent them.
    pub(crate) fn selector(&self) -> (&str, Option<&str>) {
        match &self.operation {
            Operation::Generate(request) => (request.model(), request.provider()),
            Operation::Embeddings(request) | Operation::GeminiEmbeddings { request, .. } => {
                (request.head().model(), request.head().provider())
            }
        }
    }
}
