//! Content parts of messages (spec 03 §1.2 with B9, 01 B6).
//! In: `content`, a string, null or an array. Out: `Part`s, and notes for what some target cannot take.
//! Invariant: what is left out is empty text and nothing else; an address stays as it is spelt.

use vocabulary::ApiError;

use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Json, Media, MediaSource, Part, Request, Text, address_feature};
use crate::json::{Kind, RawValue};
use crate::openai_chat::typed::{cache_control, members};
use crate::request::wrong_kind;

/// Reads the content of a message.
pub(super) fn read_content(
    request: &mut Request,
    content: Option<RawValue<'_>>,
    path: &str,
) -> Result<Vec<Part>, ApiError> {
    let Some(content) = content.filter(|content| !content.is_null()) else { return Ok(Vec::new()) };
    match content.kind() {
        Kind::String => {
            let text = content.as_text().filter(|text| !text.is_empty());
            Ok(text.map(Part::text).into_iter().collect())
        }
        Kind::Array => {
            let mut parts = Vec::new();
            for (index, part) in content.elements().enumerate() {
                let place = PartPlace { index, path: format!("{path}[{index}]") };
                parts.extend(place.read(request, part)?);
            }
            Ok(parts)
        }
        _ => Err(wrong_kind(path, "must be a string or array of content parts")),
    }
}

/// Where a part stands.
struct PartPlace {
    index: usize,
    path: String,
}

impl PartPlace {
    /// Reads a part; `None` for a text that is empty.
    fn read(&self, request: &mut Request, part: RawValue<'_>) -> Result<Option<Part>, ApiError> {
        if part.kind() != Kind::Object {
            return Err(wrong_kind(&*self.path, "must be an object"));
        }
        let kind = part.get("type").and_then(|kind| kind.as_text()).unwrap_or_default();
        let (content, known): (Content, &[&str]) = match &*kind {
            "text" | "input_text" => {
                let text = part.get("text").and_then(|text| text.as_text());
                let text = text.ok_or_else(|| self.refuse("text part is missing text", ".text"))?;
                if text.is_empty() {
                    return Ok(None);
                }
                (Part::text(text).content, &["text"])
            }
            "refusal" => {
                let text = part.get("refusal").and_then(|text| text.as_text());
                let text = text.ok_or_else(|| self.refuse("refusal part is missing refusal", ".refusal"))?;
                (Content::Refusal(text), &["refusal"])
            }
            "image_url" | "input_image" => {
                (self.read_image(request, part)?, &["image_url", "detail", "file_id", "media_type"])
            }
            "input_audio" => (self.read_audio(request, part)?, &["input_audio"]),
            "file" => (self.read_file(request, part.get("file").unwrap_or(part), ".file")?, &["file"]),
            "input_file" => {
                (self.read_file(request, part, "")?, &["file_data", "file_id", "filename", "file_url"])
            }
            _ => {
                let text = format!("unsupported content part type \"{kind}\"");
                return Err(self.refuse(&text, ".type"));
            }
        };
        let mut read = Part::new(content);
        self.read_beside(request, part, known, &mut read)?;
        Ok(Some(read))
    }

    /// A cache marker, and members that only one provider knows.
    fn read_beside(
        &self,
        request: &mut Request,
        part: RawValue<'_>,
        known: &[&str],
        read: &mut Part,
    ) -> Result<(), ApiError> {
        let mut extras = Vec::new();
        for (key, value) in members(part) {
            match &*key {
                "type" => {}
                "cache_control" => {
                    let path = format!("{}.cache_control", self.path);
                    read.cache_control = Some(cache_control(value, &path)?);
                    request.note(Feature::CacheControl, path);
                }
                // What answers say of their text is no part of a question.
                "annotations" | "logprobs" => {}
                key if known.contains(&key) => {}
                key => {
                    let is_breakpoint = key == "prompt_cache_breakpoint";
                    let feature =
                        if is_breakpoint { Feature::PromptCacheOption } else { Feature::UnknownMember };
                    request.note(feature, format!("{}.{key}", self.path));
                    extras.push((Text::from(key), Json::of(value)));
                }
            }
        }
        read.extras = super::extras(extras);
        Ok(())
    }

    fn read_image(&self, request: &mut Request, part: RawValue<'_>) -> Result<Content, ApiError> {
        let text = |value: RawValue<'_>, key: &str| value.get(key).and_then(|value| value.as_text());
        let image = part.get("image_url").filter(|image| !image.is_null());
        if let (None, Some(id)) = (image, text(part, "file_id")) {
            request.note(Feature::OpenAiFileId, &*self.path);
            return Ok(Content::Image(Media::of(MediaSource::FileId(id))));
        }
        let url = match image {
            Some(image) if image.kind() == Kind::Object => text(image, "url"),
            Some(image) if image.kind() != Kind::String => {
                return Err(self.refuse("image_url must be a string or object", ".image_url"));
            }
            image => image.and_then(|image| image.as_text()),
        };
        let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
            return Err(self.refuse("image_url part is missing image_url.url", ".image_url"));
        };
        let mut media = self.read_address(request, &url, Feature::ImageUrl);
        let of_image = |key| image.and_then(|image| text(image, key)).or_else(|| text(part, key));
        media.media_type = media.media_type.or(of_image("media_type"));
        media.detail = of_image("detail");
        // `auto` is what everyone does unasked.
        if media.detail.as_ref().is_some_and(|detail| *detail != "auto") {
            let is_inside = image.is_some_and(|image| image.get("detail").is_some());
            let place = if is_inside { "image_url.detail" } else { "detail" };
            request.note(Feature::ImageDetail, format!("{}.{place}", self.path));
        }
        Ok(Content::Image(media))
    }

    /// A medium at an address or in a data URL. One that is malformed stays an address, as each target refuses it in its own words.
    fn read_address(&self, request: &mut Request, url: &Text, feature: Feature) -> Media {
        let path = &*self.path;
        let media = Media::of_url(url);
        match media.as_ref().map(|media| &media.source) {
            None => request.note_with(feature, path, "invalid data URL in image_url"),
            Some(MediaSource::Url(_)) => request.note(address_feature(url, feature), path),
            Some(_) => {}
        }
        media.unwrap_or_else(|| Media::of(MediaSource::Url(url.clone())))
    }

    fn read_audio(&self, request: &mut Request, part: RawValue<'_>) -> Result<Content, ApiError> {
        let audio = part.get("input_audio");
        let member = |key| audio.and_then(|audio| audio.get(key)?.as_text()).filter(|text| !text.is_empty());
        let missing = || self.refuse("input_audio part is missing data or format", ".input_audio");
        let data = member("data").ok_or_else(missing)?;
        request.note(Feature::Audio, &*self.path);
        let is_url = data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
        let mut media = if is_url {
            Media::of_url(&data).ok_or_else(missing)?
        } else {
            Media::of(MediaSource::Base64(data))
        };
        let named = member("format").map(|format| audio_type(&format));
        media.media_type = named.or(media.media_type).or(None);
        if media.media_type.is_none() {
            return Err(missing());
        }
        Ok(Content::Audio(media))
    }

    /// A file: `{file_data, filename}` or `{file_id}`; `inside` is where its members stand.
    fn read_file(
        &self,
        request: &mut Request,
        file: RawValue<'_>,
        inside: &str,
    ) -> Result<Content, ApiError> {
        let member = |key| file.get(key).and_then(|value| value.as_text()).filter(|text| !text.is_empty());
        let name = member("filename");
        let source = member("file_data").or_else(|| member("file_url"));
        let mut media = match (source, member("file_id")) {
            (Some(source), _) => self.read_file_data(request, source),
            (None, Some(id)) => {
                request.note(Feature::OpenAiFileId, format!("{}{inside}.file_id", self.path));
                Media::of(MediaSource::FileId(id))
            }
            (None, None) => return Err(self.refuse("file part is missing file_data or file_id", inside)),
        };
        let is_pdf = name.as_ref().is_some_and(|name| name.to_ascii_lowercase().ends_with(".pdf"));
        let guessed = is_pdf.then(|| Text::from_static("application/pdf"));
        media.media_type = media.media_type.or(guessed);
        media.name = name;
        Ok(Content::Document(media))
    }

    /// A data URL, an address, or base64 alone.
    fn read_file_data(&self, request: &mut Request, data: Text) -> Media {
        let is_url = data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
        if is_url || data.contains("://") {
            return self.read_address(request, &data, Feature::DocumentUrl);
        }
        request.note(Feature::Document, &*self.path);
        Media::of(MediaSource::Base64(data))
    }

    fn refuse(&self, text: &str, member: &str) -> ApiError {
        let message = format!("invalid request body: part {}: {text}", self.index);
        ApiError::invalid_request(message).with_param(format!("{}{member}", self.path))
    }
}

/// The media type of an audio format (spec 03 §4.3).
fn audio_type(format: &str) -> Text {
    let format = format.trim().trim_matches('.').to_ascii_lowercase();
    if format.contains('/') { format.into() } else { format!("audio/{format}").into() }
}
