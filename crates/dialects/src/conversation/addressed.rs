//! Images at addresses, for targets that take only data (spec 03 B16): which ones a request names, and the request with their
//! bytes in place of the addresses.
//! Invariant: pure; whoever fetches the bytes stands elsewhere. What only Google can fetch is left to it.

use std::collections::{HashMap, HashSet};

use super::loss_table::Feature;
use super::losses::Note;
use super::{Content, Media, MediaSource, Part, Request, Text, is_google_file};

/// An image that stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressedImage {
    /// The address.
    pub url: Text,
    /// Where it stands in the client's body, for the first time.
    pub path: String,
}

/// The bytes that were found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageData {
    /// `image/png`.
    pub media_type: Text,
    /// In base64.
    pub base64: Text,
}

impl Request {
    /// The images at addresses, in request order, each address once. None if a malformed one will be refused anyway.
    pub fn addressed_images(&self) -> Vec<AddressedImage> {
        let notes: Vec<&Note> = self.notes.iter().filter(|note| note.feature == Feature::ImageUrl).collect();
        if notes.iter().any(|note| note.refusal.is_some()) {
            return Vec::new();
        }
        let urls: Vec<&Text> = self.turns.iter().flat_map(|turn| urls(&turn.parts)).collect();
        // Decoders note every such image in order, but for the pictures that a model drew.
        let is_paired = urls.len() == notes.len();
        let path_of = |place: usize| match notes.get(place) {
            Some(note) if is_paired => note.path.clone(),
            _ => self.path_of(Feature::ImageUrl).to_owned(),
        };
        let mut known = HashSet::new();
        let first = urls.into_iter().enumerate().filter(|(_, url)| known.insert(*url));
        first.map(|(place, url)| AddressedImage { url: url.clone(), path: path_of(place) }).collect()
    }

    /// The same request with these bytes in place of their addresses, which nobody need refuse any more.
    #[must_use]
    pub fn with_image_data(&self, found: &HashMap<Text, ImageData>) -> Self {
        let mut request = self.clone();
        for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
            match &mut part.content {
                Content::ToolResult(result) => result.content.iter_mut().for_each(|part| fill(part, found)),
                _ => fill(part, found),
            }
        }
        request.notes.retain(|note| note.feature != Feature::ImageUrl);
        request
    }
}

/// The addresses of the images among some parts, and inside tool results.
fn urls(parts: &[Part]) -> impl Iterator<Item = &Text> {
    parts
        .iter()
        .flat_map(|part| match &part.content {
            Content::ToolResult(result) => result.content.as_slice(),
            _ => std::slice::from_ref(part),
        })
        .filter_map(|part| match &part.content {
            Content::Image(Media { source: MediaSource::Url(url), .. }) if !is_google_file(url) => Some(url),
            _ => None,
        })
}

fn fill(part: &mut Part, found: &HashMap<Text, ImageData>) {
    let Content::Image(media) = &mut part.content else { return };
    let MediaSource::Url(url) = &media.source else { return };
    if let Some(data) = found.get(url) {
        media.media_type = Some(data.media_type.clone());
        media.source = MediaSource::Base64(data.base64.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{AddressedImage, ImageData};
    use crate::conversation::loss_table::Feature;
    use crate::conversation::{
        Content, Media, MediaSource, Part, Request, Role, ToolCallKind, ToolResult, Turn,
    };

    fn image(url: &'static str) -> Part {
        Content::Image(Media::of(MediaSource::Url(url.into()))).into()
    }

    fn request(noted: &[&str]) -> Request {
        let result = Content::ToolResult(ToolResult {
            call_id: "c".into(),
            name: None,
            content: vec![Part::text("here"), image("https://h/b")],
            is_error: false,
            kind: ToolCallKind::Function,
        });
        let turns = vec![
            Turn::new(Role::Tool, vec![result.into()]),
            Turn::new(Role::User, vec![image("https://h/a"), image("gs://h/c"), image("https://h/b")]),
        ];
        let mut request = Request { turns, ..Request::default() };
        request.note(Feature::Seed, "seed");
        noted.iter().for_each(|path| request.note(Feature::ImageUrl, *path));
        request
    }

    fn addressed(url: &'static str, path: &str) -> AddressedImage {
        AddressedImage { url: url.into(), path: path.to_owned() }
    }

    #[test]
    fn every_address_is_named_once_with_its_first_place() {
        assert_eq!(
            request(&["m[0]", "m[1]", "m[2]"]).addressed_images(),
            [addressed("https://h/b", "m[0]"), addressed("https://h/a", "m[1]")]
        );
        assert_eq!(
            request(&["m[0]"]).addressed_images(),
            [addressed("https://h/b", "m[0]"), addressed("https://h/a", "m[0]")]
        );
    }

    #[test]
    fn nothing_is_fetched_for_a_request_that_is_refused_for_a_malformed_image() {
        let mut request = request(&["m[0]", "m[1]"]);
        request.note_with(Feature::ImageUrl, "m[2]", "invalid data URL in image_url");
        assert_eq!(request.addressed_images(), []);
    }

    #[test]
    fn bytes_stand_in_for_their_addresses_and_the_notes_are_gone() {
        let data = |text: &'static str| ImageData { media_type: "image/png".into(), base64: text.into() };
        let found = HashMap::from([("https://h/a".into(), data("AA")), ("https://h/b".into(), data("BB"))]);
        let filled = request(&["m[0]", "m[1]", "m[2]"]).with_image_data(&found);
        assert_eq!(filled.addressed_images(), []);
        assert_eq!(filled.notes.len(), 1);
        let Content::Image(media) = &filled.turns[1].parts[0].content else { panic!("{filled:?}") };
        assert_eq!(media.source, MediaSource::Base64("AA".into()));
        assert_eq!(media.media_type.as_deref(), Some("image/png"));
        assert_eq!(filled.turns[1].parts[1], image("gs://h/c"));
    }
}
