//! Content parts of input items (spec 03 §13.3, B28): texts, images, sound, files, refusals.
//! In: `content` of a message, `output` of a tool's result. Out: parts. Invariants: empty texts are skipped; annotations and log
//! probabilities of a text that comes back are dropped; what some target cannot take is noted with its path.

use super::items::{filled, text, text_or_json};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Extras, Json, Media, MediaSource, Part, Request, Text, address_feature};
use crate::json::{Kind, RawValue};
use vocabulary::Dialect;

/// Notes under one path.
pub(super) struct Notes<'r> {
    request: &'r mut Request,
    path: String,
}

impl<'r> Notes<'r> {
    pub(super) fn new(request: &'r mut Request, path: String) -> Self {
        Self { request, path }
    }

    /// The members beyond those that the conversation holds. Those that are neither held nor `silent` are noted.
    pub(super) fn unknown_members(
        &mut self,
        value: RawValue<'_>,
        held: &[&str],
        silent: &[&str],
    ) -> Vec<(Text, Json)> {
        let mut members = Vec::new();
        for (key, member) in value.members().filter(|(key, member)| !held.contains(key) && !member.is_null())
        {
            if !silent.contains(&key) {
                let is_cache_option = key == "prompt_cache_breakpoint";
                let feature =
                    if is_cache_option { Feature::PromptCacheOption } else { Feature::UnknownMember };
                self.request.note(feature, format!("{}.{key}", self.path));
            }
            members.push((Text::from(key), Json::of(member)));
        }
        members
    }

    fn note(&mut self, feature: Feature) {
        self.request.note(feature, self.path.clone());
    }

    fn note_member(&mut self, feature: Feature, member: &str) {
        self.request.note(feature, format!("{}.{member}", self.path));
    }
}

/// The parts of a message's content; `None` for content that nobody can read.
pub(super) fn parts_of_content(
    content: RawValue<'_>,
    path: &str,
    request: &mut Request,
) -> Option<Vec<Part>> {
    match content.kind() {
        Kind::String => {
            Some(content.as_text().filter(|text| !text.is_empty()).map(Part::text).into_iter().collect())
        }
        Kind::Array => {
            let mut parts = Vec::new();
            for (index, part) in content.elements().enumerate() {
                let mut notes = Notes::new(request, format!("{path}[{index}]"));
                parts.extend(part_of(part, &mut notes)?);
            }
            Some(parts)
        }
        _ => None,
    }
}

/// What a tool answered: text, parts, or any other JSON as text.
pub(super) fn result_content(output: RawValue<'_>, path: &str, request: &mut Request) -> Vec<Part> {
    if output.kind() == Kind::Array && output.elements().all(is_part) {
        let before = request.notes.len();
        if let Some(parts) = parts_of_content(output, path, request) {
            for (part, index) in parts.iter().zip(0..) {
                if part.as_text().is_none() {
                    request.note(Feature::ToolResultMedia, format!("{path}[{index}]"));
                }
            }
            return parts;
        }
        request.notes.truncate(before);
    }
    let text = text_or_json(output);
    if text.is_empty() { Vec::new() } else { vec![Part::text(text)] }
}

const PART_TYPES: [&str; 9] = [
    "text",
    "input_text",
    "output_text",
    "refusal",
    "input_image",
    "image_url",
    "input_audio",
    "input_file",
    "file",
];

fn is_part(value: RawValue<'_>) -> bool {
    filled(value, "type").is_some_and(|name| PART_TYPES.contains(&name.trim()))
}

/// A part; `Some(None)` for an empty text, `None` for what cannot be read.
fn part_of(part: RawValue<'_>, notes: &mut Notes<'_>) -> Option<Option<Part>> {
    const DROPPED: [&str; 2] = ["annotations", "logprobs"];
    let (content, held): (Content, &[&str]) = match text(part, "type").trim() {
        "text" | "input_text" | "output_text" => {
            let text = part.get("text")?.as_text()?;
            if text.is_empty() {
                return Some(None);
            }
            (Part::text(text).content, &["text"])
        }
        "refusal" => (Content::Refusal(part.get("refusal")?.as_text()?), &["refusal"]),
        "input_image" | "image_url" => (image(part, notes)?, &["image_url", "file_id", "detail"]),
        "input_audio" => (audio(part, notes)?, &["input_audio"]),
        "input_file" | "file" => {
            (file(part, notes)?, &["file", "file_data", "file_url", "file_id", "filename", "detail"])
        }
        // A part of another type counts for the text that is in it.
        _ => return nested_text(part.get("content")?).map(|text| Some(Part::text(text))),
    };
    let held: Vec<&str> = held.iter().chain(&DROPPED).chain(&["type", "cache_control"]).copied().collect();
    let members = notes.unknown_members(part, &held, &[]);
    let cache_control =
        part.get("cache_control").filter(|marker| marker.kind() == Kind::Object).map(Json::of);
    if cache_control.is_some() {
        notes.note_member(Feature::CacheControl, "cache_control");
    }
    let extras = (!members.is_empty()).then_some(Extras { dialect: Dialect::OpenAiResponses, members });
    Some(Some(Part { content, cache_control, extras }))
}

fn nested_text(content: RawValue<'_>) -> Option<Text> {
    match content.kind() {
        Kind::String => content.as_text().filter(|text| !text.is_empty()),
        Kind::Array => {
            let texts: Vec<Text> = content.elements().filter_map(|part| filled(part, "text")).collect();
            (!texts.is_empty()).then(|| texts.join("\n").into())
        }
        _ => None,
    }
}

/// `image_url` as a string or `{url, detail, media_type}`, or a `file_id`.
fn image(part: RawValue<'_>, notes: &mut Notes<'_>) -> Option<Content> {
    let url = part.get("image_url").filter(|url| !url.is_null());
    let (address, nested) = match url {
        Some(url) if url.kind() == Kind::Object => (filled(url, "url"), Some(url)),
        Some(_) => (filled(part, "image_url"), None),
        None => (None, None),
    };
    let mut media = match (address, filled(part, "file_id")) {
        (Some(address), _) => Media::of_url(&address)?,
        (None, Some(id)) => Media::of(MediaSource::FileId(id)),
        (None, None) => return None,
    };
    let media_type = nested.and_then(|url| filled(url, "media_type"));
    media.media_type = media.media_type.or(media_type);
    media.detail = filled(part, "detail").or(nested.and_then(|url| filled(url, "detail")));
    match &media.source {
        MediaSource::Url(url) => notes.note(address_feature(url, Feature::ImageUrl)),
        MediaSource::FileId(_) => notes.note(Feature::OpenAiFileId),
        MediaSource::Base64(_) | MediaSource::Text(_) => {}
    }
    if media.detail.as_deref().is_some_and(|detail| detail != "auto") {
        notes.note_member(Feature::ImageDetail, "detail");
    }
    Some(Content::Image(media))
}

/// `{data, format}`; the format may be left out if the data is a data URL.
fn audio(part: RawValue<'_>, notes: &mut Notes<'_>) -> Option<Content> {
    let audio = part.get("input_audio")?;
    let data = filled(audio, "data")?;
    let format = filled(audio, "format").map(|format| Text::from(format!("audio/{}", format.trim())));
    let is_url = data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let mut media = if is_url { Media::of_url(&data)? } else { Media::of(MediaSource::Base64(data)) };
    media.media_type = Some(format.or(media.media_type)?);
    notes.note(Feature::Audio);
    Some(Content::Audio(media))
}

/// `file_data` (a data URL, or base64), `file_url` or `file_id`, with a name; also nested as chat spells it.
fn file(part: RawValue<'_>, notes: &mut Notes<'_>) -> Option<Content> {
    let file = part.get("file").filter(|file| file.kind() == Kind::Object).unwrap_or(part);
    let (data, url, id) = (filled(file, "file_data"), filled(file, "file_url"), filled(file, "file_id"));
    let (media, feature) = match (data, url, id) {
        (Some(data), _, _) => {
            let is_url = data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
            let media = if is_url { Media::of_url(&data)? } else { Media::of(MediaSource::Base64(data)) };
            (media, Feature::Document)
        }
        (None, Some(url), _) => {
            let media = Media::of_url(&url)?;
            let is_inside = matches!(media.source, MediaSource::Base64(_));
            let outside = address_feature(&url, Feature::DocumentUrl);
            (media, if is_inside { Feature::Document } else { outside })
        }
        (None, None, Some(id)) => (Media::of(MediaSource::FileId(id)), Feature::OpenAiFileId),
        (None, None, None) => return None,
    };
    notes.note(feature);
    let detail = filled(file, "detail").filter(|detail| detail != "auto");
    if detail.is_some() {
        notes.note_member(Feature::ImageDetail, "detail");
    }
    Some(Content::Document(Media { name: filled(file, "filename"), detail, ..media }))
}
