//! A whole answer on its way out: observed, stamped with its provider, vectors in the encoding that was asked for
//! (spec 01 §§8.2, 8.4, 10).
//! Invariant: slices of the upstream's bytes with small pieces between them; nothing else of the body changes.

use dialects::embeddings::repair_encoding;
use dialects::json::Slices;
use dialects::openai_chat::{observe_whole, stamp, stamp_whole};

use crate::attempt::WholeAnswer;
use crate::call::{Call, Operation};

/// The body that the client gets.
pub(crate) fn finish(call: &Call, answer: WholeAnswer) -> Slices {
    let observation = observe_whole(&answer.object);
    call.record.observed(observation.usage, observation.finish_reason, true);
    let (provider, model) = (answer.provider_type, answer.model.as_str());
    match &call.operation {
        Operation::Chat(_) => stamp_whole(&answer.object, provider, model),
        Operation::Embeddings(request) => {
            let mut edits = answer.object.edit();
            stamp(&mut edits, provider, model);
            repair_encoding(&mut edits, request.encoding());
            edits.finish()
        }
    }
}
