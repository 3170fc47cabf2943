//! A whole answer on its way out: observed, and either stamped with its provider as it came or written in the client's dialect;
//! vectors in the encoding that was asked for (spec 01 §§8.2, 8.4, 10; 03; 04 §12.5).
//! Invariant: towards a client that speaks the provider's dialect, slices of the upstream's bytes with small pieces between
//! them; nothing else of the body changes.

use dialects::anthropic_messages::name_model;
use dialects::conversation::Response;
use dialects::embeddings::repair_encoding;
use dialects::gemini::embeddings_answer_from_openai;
use dialects::json::{RawObject, Slices};
use dialects::observe::observe_whole;
use dialects::openai_chat::{stamp, stamp_whole};
use dialects::translate::encode_response;
use vocabulary::{Dialect, ModelId, ProviderType};

use crate::attempt::{Read, Translation, WholeAnswer};
use crate::call::{Call, Operation};
use crate::layers::finish_reason;
use crate::pipeline::House;
use crate::recall::Remembering;

/// The body that the client gets.
pub(crate) fn finish(call: &Call, answer: WholeAnswer, house: &House) -> Slices {
    let WholeAnswer { read, provider_type, model, translation } = answer;
    match (read, translation, &call.operation) {
        (Read::Decoded(response), Some(translation), Operation::Generate(request)) => {
            let Translation { shape, mut rendering } = *translation;
            observe(call, &response, house);
            let body = encode_response(request.dialect(), &shape.apply(response), &mut rendering);
            Slices::from_iter([body.into()])
        }
        (Read::Raw(object, dialect), ..) => relayed(call, &object, dialect, provider_type, &model),
        // A decoded answer is always one that is translated.
        (Read::Decoded(_), ..) => Slices::new(),
    }
}

fn observe(call: &Call, response: &Response, house: &House) {
    let mut remembering = Remembering::new(house.recall.clone(), call.user_path.clone());
    if let [choice] = response.choices.as_slice() {
        remembering.see_whole(choice);
    }
    let stop = response.choices.iter().find_map(|choice| choice.stop.as_ref());
    call.record.observed(response.usage, stop.map(|stop| finish_reason(stop.reason)), true);
}

fn relayed(
    call: &Call,
    object: &RawObject,
    dialect: Dialect,
    provider: ProviderType,
    model: &ModelId,
) -> Slices {
    let observation = observe_whole(dialect, object);
    call.record.observed(observation.usage, observation.finish_reason, true);
    let model = model.as_str();
    match &call.operation {
        Operation::Generate(_) => match (dialect, call.answering_name()) {
            (Dialect::OpenAiChat | Dialect::OpenAiResponses, _) => stamp_whole(object, provider, model),
            (Dialect::AnthropicMessages, Some(name)) => name_model(object, name),
            // Their own clients know no such member.
            (Dialect::AnthropicMessages | Dialect::Gemini, _) => Slices::from_iter([object.body().clone()]),
        },
        Operation::Embeddings(request) => {
            let mut edits = object.edit();
            stamp(&mut edits, provider, model);
            repair_encoding(&mut edits, request.encoding());
            edits.finish()
        }
        // Without vectors the answer stays what it is: `exchange` has found it to be JSON, and nothing else was promised.
        Operation::GeminiEmbeddings { is_batch, .. } => {
            let body = embeddings_answer_from_openai(object, *is_batch);
            Slices::from_iter([body.map_or_else(|_| object.body().clone(), Into::into)])
        }
    }
}
