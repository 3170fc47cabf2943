//! Images and documents as this dialect takes them.
//! In: media. Out: blocks, or a 400 with the texts of spec 03 §2.3. Invariant: nothing that the caller wants seen is left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::ApiError;

use super::super::blocks::OURS;
use crate::conversation::{Extras, Media, MediaSource, Part};
use crate::json::{ObjectWriter, object};

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

fn refusal(message: impl Into<String>) -> ApiError {
    ApiError::invalid_request(message.into())
}

/// An `image` block.
pub(super) fn image(part: &Part, media: &Media) -> Result<Vec<u8>, ApiError> {
    let media = &resolved(media)?;
    let source = match &media.source {
        MediaSource::Base64(data) => image_data(media, data)?,
        MediaSource::Url(url) => {
            check_url(url)?;
            object(|source| {
                source.text("type", "url").text("url", &**url);
            })
        }
        MediaSource::FileId(id) => file(id),
        MediaSource::Text(_) => return Err(refusal("anthropic image content requires image_url.url")),
    };
    Ok(block("image", &source, part, |_| {}))
}

/// A data URL that a decoder left as it was gets its own refusals.
fn resolved(media: &Media) -> Result<Media, ApiError> {
    let MediaSource::Url(url) = &media.source else { return Ok(media.clone()) };
    if url.trim().is_empty() {
        return Err(refusal("anthropic image content requires image_url.url"));
    }
    if !url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        return Ok(media.clone());
    }
    if !url.contains(',') {
        return Err(refusal("invalid anthropic image data URL"));
    }
    let of_url =
        Media::of_url(url).ok_or_else(|| refusal("anthropic image data URL must be base64-encoded"))?;
    Ok(Media { media_type: of_url.media_type.clone().or(media.media_type.clone()), ..of_url })
}

fn image_data(media: &Media, data: &str) -> Result<Vec<u8>, ApiError> {
    let Some(media_type) = media.media_type.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        return Err(refusal("anthropic image data URL is missing a media type"));
    };
    let Some(known) = IMAGE_TYPES.iter().find(|known| known.eq_ignore_ascii_case(media_type)) else {
        return Err(refusal(format!("anthropic image media type is not supported: {media_type}")));
    };
    if data.is_empty() {
        return Err(refusal("anthropic image data URL is missing image data"));
    }
    Ok(base64_source(known, data))
}

fn base64_source(media_type: &str, data: &str) -> Vec<u8> {
    object(|source| {
        source.text("type", "base64").text("media_type", media_type).text("data", data);
    })
}

fn file(id: &str) -> Vec<u8> {
    object(|source| {
        source.text("type", "file").text("file_id", id);
    })
}

fn check_url(url: &str) -> Result<(), ApiError> {
    let rest = ["http://", "https://"].into_iter().find_map(|scheme| {
        url.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme))?;
        url.get(scheme.len()..)
    });
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#'])) {
        return Ok(());
    }
    Err(refusal("anthropic chat image_url must be a data: URL or http/https URL"))
}

/// A `document` block; an `image` block for a file that is one.
pub(super) fn document(part: &Part, media: &Media) -> Result<Vec<u8>, ApiError> {
    let media_type = media.media_type.as_deref().unwrap_or("application/pdf").trim().to_ascii_lowercase();
    let source = match &media.source {
        MediaSource::Base64(_) if media_type.starts_with("image/") => return image(part, media),
        MediaSource::Base64(data) if media_type == "application/pdf" => base64_source(&media_type, data),
        MediaSource::Base64(data) => text_source(&text_of(data, &media_type)?),
        MediaSource::Text(text) => text_source(text),
        MediaSource::Url(url) => {
            check_url(url)?;
            object(|source| {
                source.text("type", "url").text("url", &**url);
            })
        }
        MediaSource::FileId(id) => file(id),
    };
    Ok(block("document", &source, part, |block| {
        block.text("title", media.name.as_deref().filter(|name| !name.is_empty()));
        for (key, value) in Extras::members_for(part.extras.as_ref(), OURS) {
            block.json(key, value);
        }
    }))
}

/// A file that is text in truth.
fn text_of(data: &str, media_type: &str) -> Result<String, ApiError> {
    const TEXTS: [&str; 3] = ["application/json", "application/xml", "application/x-yaml"];
    let is_text = media_type.starts_with("text/") || TEXTS.contains(&media_type);
    let bytes = is_text.then(|| STANDARD.decode(data).ok()).flatten();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| refusal(format!("anthropic documents must be PDF or plain text, not {media_type}")))
}

fn text_source(text: &str) -> Vec<u8> {
    object(|source| {
        source.text("type", "text").text("media_type", "text/plain").text("data", text);
    })
}

fn block(name: &str, source: &[u8], part: &Part, others: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    object(|block| {
        block.text("type", name).raw("source", source);
        others(block);
        block.json("cache_control", part.cache_control.as_ref());
    })
}
