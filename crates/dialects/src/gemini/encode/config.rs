//! `generationConfig` (spec 03 §4.5 with B2).
//! In: sampling, limits, the form of the answer. Out: the object; `None` if nothing was asked for.
//! Invariant: numbers keep their spelling.

use vocabulary::ApiError;

use super::thinking::thinking_config;
use super::write_extras;
use crate::conversation::{Json, Losses, OutputFormat, Request};
use crate::json::{ObjectWriter, object};
use crate::translate::Target;

/// Writes the object.
pub(super) fn write(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<Option<Vec<u8>>, ApiError> {
    let thinking = thinking_config(request, target, losses)?;
    let sampling = &request.sampling;
    let written = object(|config| {
        config.number("maxOutputTokens", request.max_output_tokens);
        config.json("temperature", sampling.temperature.as_ref());
        config.json("topP", sampling.top_p.as_ref());
        config.json("topK", sampling.top_k.as_ref());
        config.json("seed", sampling.seed.as_ref());
        config.json("presencePenalty", sampling.presence_penalty.as_ref());
        config.json("frequencyPenalty", sampling.frequency_penalty.as_ref());
        config.number("candidateCount", request.candidates);
        if !sampling.stop.is_empty() {
            config.array("stopSequences", |out| {
                sampling.stop.iter().for_each(|stop| {
                    out.text(stop);
                });
            });
        }
        if let Some(wish) = request.logprobs {
            config.bool("responseLogprobs", true).number("logprobs", wish.top);
        }
        write_form(&request.output, config);
        if let Some(thinking) = &thinking {
            config.raw("thinkingConfig", thinking);
        }
        write_extras(request, config, "generationConfig.");
    });
    Ok((written != b"{}").then_some(written))
}

fn write_form(output: &OutputFormat, config: &mut ObjectWriter<'_>) {
    match output {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => {
            config.text("responseMimeType", "application/json");
        }
        OutputFormat::JsonSchema { schema, .. } => {
            config.text("responseMimeType", "application/json");
            config.raw("responseJsonSchema", &without_dialect(schema));
        }
    }
}

/// A schema without its top-level `$schema`.
fn without_dialect(schema: &Json) -> Vec<u8> {
    let Some(object) = schema.object() else { return schema.as_bytes().to_vec() };
    let mut edits = object.edit();
    edits.remove("$schema");
    edits.finish().concat()
}
