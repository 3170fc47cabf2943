//! Reasoning on the wire of chat: `reasoning_content`, `thinking_blocks` and Google's `extra_content` (spec 03 B4, B10).
//! In: values of messages and deltas. Out: `Reasoning` parts, and the reverse.
//! Invariants: Anthropic's and Google's state stand natively, OpenAI's sealed as a signature; a sealed signature opens to the
//! whole part that it was made of; one that does not open is no state, since no provider would take it.

use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Issuer, OpaqueState, Part, Reasoning, Text, is_sealed, open, seal};
use crate::json::{Kind, ObjectWriter, RawValue};

/// Reads one element of `thinking_blocks`; `None` if it says nothing.
pub(super) fn read_block(block: RawValue<'_>) -> Option<Reasoning> {
    let member = |key| block.get(key).and_then(|value| value.as_text());
    let is_redacted = block.get("type").is_some_and(|kind| kind.bytes() == br#""redacted_thinking""#);
    let signature = if is_redacted { member("data") } else { member("signature") };
    let text = if is_redacted { Text::default() } else { member("thinking").unwrap_or_default() };
    let signature = signature.filter(|signature| !signature.is_empty());
    if let Some(opened) = signature.as_ref().and_then(|signature| open(signature)) {
        return Some(opened);
    }
    let state = signature
        .filter(|signature| !is_sealed(signature))
        .map(|bytes| OpaqueState { issuer: Issuer::Anthropic, bytes });
    let says_something = state.is_some() || !text.is_empty();
    says_something.then(|| Reasoning {
        text,
        is_redacted: is_redacted && state.is_some(),
        state,
        ..Reasoning::default()
    })
}

/// Reads all of `thinking_blocks`.
pub(super) fn read_blocks(blocks: RawValue<'_>) -> impl Iterator<Item = Reasoning> {
    blocks.elements().filter_map(read_block)
}

/// Reads `extra_content.google.thought_signature`.
pub(super) fn read_signature(extra_content: RawValue<'_>) -> Option<Reasoning> {
    let signature = extra_content.get("google")?.get("thought_signature")?.as_text()?;
    if let Some(opened) = open(&signature) {
        return Some(opened);
    }
    let is_state = !signature.is_empty() && !is_sealed(&signature);
    let state = OpaqueState { issuer: Issuer::Google, bytes: signature };
    is_state.then(|| Reasoning { state: Some(state), ..Reasoning::default() })
}

/// The thoughts of a message or delta as text, under any of the names that providers use.
pub(super) fn read_text(message: RawValue<'_>) -> Option<Text> {
    let (mut plain, mut other, mut details) = (None, None, None);
    for (key, value) in message.raw_members() {
        match key {
            b"reasoning_content" => plain = value.as_text(),
            b"reasoning" => other = value.as_text(),
            b"reasoning_details" => details = Some(value),
            _ => {}
        }
    }
    let said = |text: &Text| !text.is_empty();
    plain.filter(said).or(other.filter(said)).or_else(|| details.and_then(detailed_text).filter(said))
}

/// The texts of `reasoning_details`.
fn detailed_text(details: RawValue<'_>) -> Option<Text> {
    let texts = details.elements().filter_map(|detail| {
        let text = detail.get("text").filter(|text| text.kind() == Kind::String);
        text.or_else(|| detail.get("summary"))?.as_str()
    });
    Some(texts.collect::<String>().into())
}

/// Adds a state to the reasoning that stands last, or as a part of its own if that is of something else.
pub(super) fn push_state(parts: &mut Vec<Part>, reasoning: Reasoning) {
    let last = parts.last_mut().map(|part| &mut part.content);
    match last {
        Some(Content::Reasoning(last)) if completes(&reasoning, last) => complete(last, reasoning),
        _ => parts.push(Content::Reasoning(reasoning).into()),
    }
}

/// True if a state belongs to thoughts that came without it.
fn completes(reasoning: &Reasoning, last: &Reasoning) -> bool {
    last.state.is_none() && !reasoning.is_redacted && matches_text(reasoning, &last.text)
}

/// True if these are the thoughts of which a block tells, or the block does not repeat them.
pub(super) fn matches_text(reasoning: &Reasoning, text: &str) -> bool {
    reasoning.text.is_empty() || reasoning.text == text
}

fn complete(last: &mut Reasoning, reasoning: Reasoning) {
    let text = std::mem::take(&mut last.text);
    *last = Reasoning { text, ..reasoning };
}

/// The feature that a state is, for the table of losses.
pub(super) fn feature_of(reasoning: &Reasoning) -> Option<Feature> {
    reasoning.state.as_ref().map(|state| match state.issuer {
        Issuer::Anthropic => Feature::AnthropicState,
        Issuer::Google => Feature::GoogleState,
        Issuer::OpenAi => Feature::OpenAiState,
    })
}

/// True if the state of a part travels as an element of `thinking_blocks`.
pub(super) fn has_block(reasoning: &Reasoning) -> bool {
    reasoning.state.as_ref().is_some_and(|state| state.issuer != Issuer::Google)
}

/// Google's signature, which stands in `extra_content`.
pub(super) fn google_signature(reasoning: &Reasoning) -> Option<&Text> {
    reasoning.state.as_ref().filter(|state| state.issuer == Issuer::Google).map(|state| &state.bytes)
}

/// Writes the members of one element of `thinking_blocks`; in a stream with its place among them, by which SDKs join what
/// comes in pieces.
pub(super) fn write_block(block: &mut ObjectWriter<'_>, reasoning: &Reasoning, index: Option<u64>) {
    let Some(state) = &reasoning.state else { return };
    block.number("index", index);
    let is_native = state.issuer == Issuer::Anthropic;
    if is_native && reasoning.is_redacted {
        block.text("type", "redacted_thinking").text("data", &*state.bytes);
        return;
    }
    let signature = if is_native { Some(state.bytes.clone()) } else { seal(reasoning) };
    block.text("type", "thinking").text("thinking", &*reasoning.text).text("signature", signature.as_deref());
}

/// Writes `extra_content` with Google's signature.
pub(super) fn write_signature(message: &mut ObjectWriter<'_>, signature: Option<&Text>) {
    if let Some(signature) = signature {
        message.object("extra_content", |extra| {
            extra.object("google", |google| {
                google.text("thought_signature", &**signature);
            });
        });
    }
}
