//! Images and documents of a request.
//! In: `image` and `document` blocks. Out: media. Invariant: a source that no other dialect has is noted with its path.

use vocabulary::ApiError;

use super::super::blocks::{OURS, foreign, present, text_of, type_of};
use super::invalid;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Extras, Json, Media, MediaSource, Part, Request, Text, address_feature};
use crate::json::{Kind, RawValue};

/// Reads an `image` block. `prefix` stands before the text of a refusal.
pub(super) fn image(
    request: &mut Request,
    block: RawValue<'_>,
    path: &str,
    prefix: &str,
) -> Result<Part, ApiError> {
    let source = source_of(block, path, prefix, "image")?;
    let media = match &*type_of(source) {
        "base64" => base64_of(source, path, prefix, "image")?,
        "url" => {
            let url = required(source, "url", path, prefix, "image")?;
            request.note(address_feature(&url, Feature::ImageUrl), format!("{path}.source.url"));
            Media::of(MediaSource::Url(url))
        }
        "file" => file_of(request, source, path, prefix, "image")?,
        other => return Err(unknown_source(other, path, prefix, "image")),
    };
    Ok(Part::new(Content::Image(media)))
}

/// Reads a `document` block.
pub(super) fn document(
    request: &mut Request,
    block: RawValue<'_>,
    path: &str,
    prefix: &str,
) -> Result<Part, ApiError> {
    let source = source_of(block, path, prefix, "document")?;
    let mut media = match &*type_of(source) {
        "base64" => base64_of(source, path, prefix, "document")?,
        "text" => text_document(request, required(source, "data", path, prefix, "document")?, path),
        "url" => {
            let url = required(source, "url", path, prefix, "document")?;
            request.note(address_feature(&url, Feature::DocumentUrl), format!("{path}.source.url"));
            Media::of(MediaSource::Url(url))
        }
        "file" => file_of(request, source, path, prefix, "document")?,
        "content" => match text_of_content(source) {
            Some(text) => text_document(request, text, path),
            None => return Ok(foreign_document(request, block, path, prefix)),
        },
        other => return Err(unknown_source(other, path, prefix, "document")),
    };
    media.name = present(block, "title").and_then(|title| title.as_text());
    let extras = document_members(request, block, path);
    Ok(Part { extras, ..Part::new(Content::Document(media)) })
}

fn source_of<'a>(
    block: RawValue<'a>,
    path: &str,
    prefix: &str,
    kind: &str,
) -> Result<RawValue<'a>, ApiError> {
    let source = block.get("source").filter(|source| source.kind() == Kind::Object);
    source.ok_or_else(|| invalid(format!("{prefix}{kind} block is missing source"), format!("{path}.source")))
}

fn required(source: RawValue<'_>, key: &str, path: &str, prefix: &str, kind: &str) -> Result<Text, ApiError> {
    let text = Some(text_of(source, key)).filter(|text| !text.is_empty());
    let missing =
        || invalid(format!("{prefix}{kind} block is missing source.{key}"), format!("{path}.source.{key}"));
    text.ok_or_else(missing)
}

fn unknown_source(source_type: &str, path: &str, prefix: &str, kind: &str) -> ApiError {
    let message = format!("{prefix}{kind} source type \"{source_type}\" is not supported");
    invalid(message, format!("{path}.source.type"))
}

fn base64_of(source: RawValue<'_>, path: &str, prefix: &str, kind: &str) -> Result<Media, ApiError> {
    let media_type = Some(required(source, "media_type", path, prefix, kind)?);
    let data = required(source, "data", path, prefix, kind)?;
    Ok(Media { media_type, ..Media::of(MediaSource::Base64(data)) })
}

fn file_of(
    request: &mut Request,
    source: RawValue<'_>,
    path: &str,
    prefix: &str,
    kind: &str,
) -> Result<Media, ApiError> {
    request.note(Feature::AnthropicFileId, format!("{path}.source.file_id"));
    Ok(Media::of(MediaSource::FileId(required(source, "file_id", path, prefix, kind)?)))
}

fn text_document(request: &mut Request, text: Text, path: &str) -> Media {
    request.note(Feature::DocumentText, path);
    Media { media_type: Some(Text::from_static("text/plain")), ..Media::of(MediaSource::Text(text)) }
}

/// The text of a document that is given as content; `None` if an image is part of it.
fn text_of_content(source: RawValue<'_>) -> Option<Text> {
    let content = source.get("content")?;
    if content.kind() == Kind::String {
        return content.as_text();
    }
    let mut texts = Vec::new();
    for block in content.elements() {
        if &*type_of(block) != "text" {
            return None;
        }
        texts.push(text_of(block, "text"));
    }
    Some(texts.join("\n").into())
}

fn foreign_document(request: &mut Request, block: RawValue<'_>, path: &str, prefix: &str) -> Part {
    let refusal = format!("{prefix}a document with images inside is not supported");
    request.note_with(Feature::ForeignItem, path, refusal);
    Part::new(foreign(block))
}

/// `context` and `citations`, which only this dialect has. Citations that are switched off say nothing.
fn document_members(request: &mut Request, block: RawValue<'_>, path: &str) -> Option<Extras> {
    let mut members = Vec::new();
    for key in ["context", "citations"] {
        let Some(value) = present(block, key) else { continue };
        let is_off = value.get("enabled").and_then(|enabled| enabled.as_bool()) == Some(false);
        if !is_off {
            request.note(Feature::DocumentMember, format!("{path}.{key}"));
        }
        members.push((Text::from_static(key), Json::of(value)));
    }
    Some(Extras { dialect: OURS, members }).filter(|extras| !extras.members.is_empty())
}
