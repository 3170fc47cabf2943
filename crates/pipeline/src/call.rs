//! A call as it enters the pipeline: what the caller wants, in its raw bytes, and what is known of the caller.
//! Invariant: made only for a caller that the gate let in; one configuration snapshot serves it to its end.

use std::sync::Arc;

use dialects::embeddings::EmbeddingsRequest;
use dialects::openai_chat::ChatRequest;
use http::HeaderMap;
use identity::Caller;
use tokio_util::sync::CancellationToken;
use vocabulary::UserPath;

use crate::record::CallRecord;

/// What the caller asks for, with the members read that the gateway must know.
pub enum Operation {
    /// A chat completion, whole or streamed.
    Chat(ChatRequest),
    /// Embedding vectors.
    Embeddings(EmbeddingsRequest),
}

/// One call.
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// What for.
    pub operation: Operation,
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
            Operation::Chat(request) => request.stream(),
            Operation::Embeddings(_) => false,
        }
    }

    /// `model` and `provider` as the caller sent them.
    pub(crate) fn selector(&self) -> (&str, Option<&str>) {
        match &self.operation {
            Operation::Chat(request) => (request.model(), request.provider()),
            Operation::Embeddings(request) => (request.model(), request.provider()),
        }
    }
}
