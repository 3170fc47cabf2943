//! Where a text is from: `groundingMetadata` and `citationMetadata` to annotations, and annotations to `groundingMetadata` (B17).
//! In: the metadata and the text that they speak of. Out: annotations with places in characters, where Google counts bytes.
//! Invariant: a place that does not fit the text is left out, the source stays.

use std::ops::Range;

use super::spelling::get;
use super::spelling::get_of_body;
use crate::conversation::{Annotation, Text};
use crate::json::{ObjectWriter, RawObject, RawValue};

/// The sources of a text.
pub(super) fn read(
    grounding: Option<&RawObject>,
    citations: Option<&RawObject>,
    text: &str,
) -> Vec<Annotation> {
    let mut found = grounding.map(|grounding| read_grounding(grounding, text)).unwrap_or_default();
    let listed = citations.and_then(|metadata| {
        get_of_body(metadata, "citations").or_else(|| get_of_body(metadata, "citationSources"))
    });
    for citation in listed.into_iter().flat_map(|listed| listed.elements()) {
        let Some(url) = text_in(citation, "uri") else { continue };
        let place = place_of(citation, text);
        found.push(annotation(url, text_in(citation, "title"), place, text));
    }
    found
}

fn read_grounding(grounding: &RawObject, text: &str) -> Vec<Annotation> {
    let chunks = get_of_body(grounding, "groundingChunks").into_iter().flat_map(|chunks| chunks.elements());
    let sources: Vec<_> = chunks.map(source_of).collect();
    let supports =
        get_of_body(grounding, "groundingSupports").into_iter().flat_map(|listed| listed.elements());
    let mut found = Vec::new();
    for support in supports {
        let place = get(support, "segment").and_then(|segment| place_of(segment, text));
        let indexes =
            get(support, "groundingChunkIndices").into_iter().flat_map(|indexes| indexes.elements());
        for index in indexes.filter_map(|index| usize::try_from(index.as_u64()?).ok()) {
            if let Some(Some((url, title))) = sources.get(index) {
                found.push(annotation(url.clone(), title.clone(), place.clone(), text));
            }
        }
    }
    if found.is_empty() {
        let each = sources.into_iter().flatten();
        found.extend(each.map(|(url, title)| annotation(url, title, None, text)));
    }
    found
}

/// Address and title of a chunk: `{"web":{…}}`, `{"retrievedContext":{…}}`, `{"maps":{…}}`.
fn source_of(chunk: RawValue<'_>) -> Option<(Text, Option<Text>)> {
    let (_, source) = chunk.members().next()?;
    Some((text_in(source, "uri")?, text_in(source, "title")))
}

fn text_in(value: RawValue<'_>, name: &str) -> Option<Text> {
    get(value, name).and_then(|text| text.as_text())
}

/// A place in bytes, checked against the words that it should hold.
fn place_of(segment: RawValue<'_>, text: &str) -> Option<Range<usize>> {
    let number = |name| get(segment, name).and_then(|value| usize::try_from(value.as_u64()?).ok());
    let place = number("startIndex").unwrap_or(0)..number("endIndex")?;
    let words = text_in(segment, "text");
    let there = text.get(place.clone()).filter(|there| !there.is_empty());
    match (there, words) {
        (Some(there), Some(words)) if there != &*words => find(text, &words),
        (None, Some(words)) => find(text, &words),
        (Some(_), _) => Some(place),
        (None, None) => None,
    }
}

fn find(text: &str, words: &str) -> Option<Range<usize>> {
    let start = text.find(words).filter(|_| !words.is_empty())?;
    Some(start..start + words.len())
}

fn annotation(url: Text, title: Option<Text>, place: Option<Range<usize>>, text: &str) -> Annotation {
    let characters = |end: usize| text.get(..end).map(|before| before.chars().count() as u64);
    let (start, end) = place.map_or((None, None), |place| (characters(place.start), characters(place.end)));
    Annotation { url, title, start, end, ..Annotation::default() }
}

/// Writes annotations as `groundingMetadata`; nothing if none has an address.
pub(super) fn write(annotations: &[Annotation], text: &str, candidate: &mut ObjectWriter<'_>) {
    let sources: Vec<_> = annotations.iter().filter(|annotation| !annotation.url.is_empty()).collect();
    if sources.is_empty() {
        return;
    }
    candidate.object("groundingMetadata", |metadata| {
        metadata.array("groundingChunks", |chunks| {
            for source in &sources {
                chunks.object(|chunk| {
                    chunk.object("web", |web| {
                        web.text("uri", &*source.url).text("title", source.title.as_deref());
                    });
                });
            }
        });
        metadata.array("groundingSupports", |supports| {
            for (index, source) in sources.iter().enumerate() {
                let Some(place) = bytes_of(source, text) else { continue };
                supports.object(|support| {
                    support.object("segment", |segment| {
                        segment.number("startIndex", place.start as u64).number("endIndex", place.end as u64);
                        segment.text("text", text.get(place).unwrap_or_default());
                    });
                    support.array("groundingChunkIndices", |indexes| {
                        indexes.raw(index.to_string().as_bytes());
                    });
                });
            }
        });
    });
}

/// A place in characters as one in bytes.
fn bytes_of(annotation: &Annotation, text: &str) -> Option<Range<usize>> {
    let at = |characters: u64| {
        let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        places.nth(usize::try_from(characters).ok()?)
    };
    let place = at(annotation.start?)?..at(annotation.end?)?;
    (place.start < place.end).then_some(place)
}
