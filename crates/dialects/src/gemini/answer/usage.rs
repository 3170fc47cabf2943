//! `usageMetadata` (spec 03 §4.6, §17.5; 06 §7.4): cached tokens are part of the prompt's, thoughts are not part of the candidates'.
//! In and out: the object and `Usage`, which is inclusive everywhere.

use vocabulary::Usage;

use super::super::spelling::name_of;
use crate::json::{Kind, ObjectWriter, RawValue};

/// Reads the object; `None` if it has none of the counts.
pub(in crate::gemini) fn read_usage(value: RawValue<'_>) -> Option<Usage> {
    let (mut prompt, mut candidates, mut thoughts, mut total, mut cached) = (None, None, None, None, None);
    for (name, value) in value.raw_members() {
        match &*name_of(name) {
            b"promptTokenCount" => prompt = count(value),
            b"candidatesTokenCount" => candidates = count(value),
            b"thoughtsTokenCount" => thoughts = count(value),
            b"totalTokenCount" => total = count(value),
            b"cachedContentTokenCount" => cached = count(value),
            _ => {}
        }
    }
    prompt.or(candidates).or(thoughts).or(total)?;
    let input_tokens = prompt.unwrap_or(0);
    let output_tokens = candidates.unwrap_or(0).saturating_add(thoughts.unwrap_or(0));
    Some(Usage {
        input_tokens,
        output_tokens,
        // Larger than the sum where tools of Google's read prompts of their own.
        total_tokens: total.unwrap_or(0).max(input_tokens.saturating_add(output_tokens)),
        cached_input_tokens: cached.unwrap_or(0),
        cache_write_input_tokens: 0,
        reasoning_tokens: thoughts.unwrap_or(0),
    })
}

/// A whole number, or a string that spells one, as Protobuf's JSON may.
fn count(value: RawValue<'_>) -> Option<u64> {
    match value.kind() {
        Kind::String => value.as_str()?.parse().ok(),
        _ => value.as_u64(),
    }
}

/// Writes the object's members.
pub(in crate::gemini) fn write_usage(usage: &Usage, out: &mut ObjectWriter<'_>) {
    let shown = |count: u64| (count > 0).then_some(count);
    out.number("promptTokenCount", usage.input_tokens);
    out.number("cachedContentTokenCount", shown(usage.cached_input_tokens));
    out.number("candidatesTokenCount", usage.output_tokens.saturating_sub(usage.reasoning_tokens));
    out.number("thoughtsTokenCount", shown(usage.reasoning_tokens));
    out.number("totalTokenCount", usage.total_tokens);
}
