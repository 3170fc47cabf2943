//! llm-d: tells the inference scheduler who asks and what for, so that it can be fair between tenants (spec 02 §4).
//! Invariant: the fairness id is the user path that the gateway decided on, never a header of the client.

use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::ProviderType;

use crate::definition::{CallHeaderInput, Definition, Embeddings, RequestId};
use crate::spoken::Spoken;

pub(super) const LLMD: Definition = Definition {
    kind: ProviderType("llmd"),
    keyless: true,
    self_hosted: true,
    request_id: RequestId::Sent("x-request-id"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES],
    embeddings: Embeddings::Native,
    call_headers: Some(scheduling_headers),
    relayed_on_429: &["x-llm-d-request-dropped-reason"],
    ..Definition::OPENAI_COMPATIBLE
};

const OBJECTIVE: [&str; 2] = ["x-llm-d-inference-objective", "x-gateway-inference-objective"];
const FAIRNESS: [&str; 2] = ["x-llm-d-inference-fairness-id", "x-gateway-inference-fairness-id"];

fn scheduling_headers(input: &CallHeaderInput<'_>, headers: &mut HeaderList) {
    if let Some(objective) = input.settings.inference_objective.as_deref() {
        push_both(OBJECTIVE, objective, headers);
    }
    if input.settings.fairness_from_user_path
        && let Some(path) = input.context.user_path
    {
        push_both(FAIRNESS, path, headers);
    }
}

fn push_both(names: [&'static str; 2], value: &str, headers: &mut HeaderList) {
    if value.is_empty() || value.contains("${") {
        return;
    }
    // A value with a line break in it is not a header value and is not sent.
    let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else { return };
    for name in names {
        headers.push((HeaderName::from_static(name), value.clone()));
    }
}
