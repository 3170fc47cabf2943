//! Content blocks that requests and answers share: thinking with its signature, citations, calls.
//! In: a scanned block. Out: what the conversation calls it; and thinking back to a block.
//! Invariant: a signature is the issuer's own, or sealed by us; an empty one is one that the gateway made up, and is no state.

use vocabulary::Dialect;

use crate::conversation::{
    Annotation, Content, Foreign, Issuer, Json, OpaqueState, Reasoning, Text, open, seal,
};
use crate::json::{Kind, ObjectWriter, RawValue};

/// This dialect.
pub(super) const OURS: Dialect = Dialect::AnthropicMessages;

/// The type of a block; empty if it has none.
pub(super) fn type_of(block: RawValue<'_>) -> Text {
    text_of(block, "type")
}

/// A string member; empty if it is absent or of another kind.
pub(super) fn text_of(object: RawValue<'_>, key: &str) -> Text {
    object.get(key).and_then(|value| value.as_text()).unwrap_or_default()
}

/// A member that is there and not null.
pub(super) fn present<'a>(object: RawValue<'a>, key: &str) -> Option<RawValue<'a>> {
    object.get(key).filter(|value| !value.is_null())
}

/// A `thinking` or `redacted_thinking` block. What we sealed is opened.
pub(super) fn reasoning_of(block: RawValue<'_>) -> Reasoning {
    let is_redacted = &*type_of(block) == "redacted_thinking";
    let state = text_of(block, if is_redacted { "data" } else { "signature" });
    if let Some(opened) = open(&state) {
        return opened;
    }
    let state = Some(state).filter(|state| !state.is_empty());
    let text = if is_redacted { Text::new() } else { text_of(block, "thinking") };
    let state = state.map(|bytes| OpaqueState { issuer: Issuer::Anthropic, bytes });
    Reasoning { text, is_redacted, state, ..Reasoning::default() }
}

/// What stands as the signature of a thinking block: the state itself if it is Anthropic's, sealed if it is another's.
pub(super) fn signature_of(reasoning: &Reasoning) -> Option<Text> {
    match &reasoning.state {
        Some(OpaqueState { issuer: Issuer::Anthropic, bytes }) => Some(bytes.clone()),
        Some(_) => seal(reasoning),
        None => None,
    }
}

/// The state of redacted thinking, which has a block of its own.
pub(super) fn redacted_data(reasoning: &Reasoning) -> Option<&Text> {
    let state = reasoning.state.as_ref().filter(|state| state.issuer == Issuer::Anthropic);
    state.filter(|_| reasoning.is_redacted).map(|state| &state.bytes)
}

/// Writes a whole thinking block, redacted or not.
pub(super) fn write_reasoning(block: &mut ObjectWriter<'_>, reasoning: &Reasoning) {
    if let Some(data) = redacted_data(reasoning) {
        block.text("type", "redacted_thinking").text("data", &**data);
        return;
    }
    let signature = signature_of(reasoning).unwrap_or_default();
    block.text("type", "thinking").text("thinking", &*reasoning.text).text("signature", &*signature);
}

/// A citation of a text block.
pub(super) fn annotation_of(citation: RawValue<'_>) -> Annotation {
    let text = |key: &str| present(citation, key).and_then(|value| value.as_text());
    // A web page has `url`, a search result `source`, a document neither.
    let url = text("url").or_else(|| text("source")).unwrap_or_default();
    Annotation {
        url,
        title: text("title").or_else(|| text("document_title")),
        start: None,
        end: None,
        cited_text: text("cited_text"),
        raw: Some(Foreign { dialect: OURS, raw: Json::of(citation) }),
    }
}

/// A text block with its citations.
pub(super) fn text_block(block: RawValue<'_>) -> Content {
    let citations = block.get("citations").into_iter().flat_map(|citations| citations.elements());
    let annotations =
        citations.filter(|citation| citation.kind() == Kind::Object).map(annotation_of).collect();
    Content::Text { text: text_of(block, "text"), annotations, logprobs: Vec::new() }
}

/// A block that only this dialect knows.
pub(super) fn foreign(block: RawValue<'_>) -> Content {
    Content::Foreign(Foreign { dialect: OURS, raw: Json::of(block) })
}

/// Writes the citations of a text block, as far as they came from this dialect.
pub(super) fn write_citations(block: &mut ObjectWriter<'_>, annotations: &[Annotation]) {
    let mut citations = annotations.iter().filter_map(|annotation| annotation.raw_for(OURS)).peekable();
    if citations.peek().is_some() {
        block.array("citations", |array| {
            citations.for_each(|citation| {
                array.json(citation);
            });
        });
    }
}

/// The input of a call as this dialect has it: an object. `None` if the arguments are none.
pub(super) fn input_of(arguments: &str) -> Option<Json> {
    Json::parse(arguments).filter(|json| json.kind() == Kind::Object)
}
