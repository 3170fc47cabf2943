//! What is not text: how many tokens it may be, by kind and size. All of it is a guess that errs upwards.
//! Sources: Anthropic's vision and PDF pages, OpenAI's "Images and vision", Google's "Understand and count tokens".

use dialects::conversation::{Media, MediaSource};

use crate::Family;

/// Bytes of text that make a token, where no vocabulary says better.
pub(crate) const BYTES_PER_TOKEN: u64 = 4;

/// The most that Anthropic counts for one image.
const IMAGE: u64 = 1600;
/// The most that GPT-4o and 4.1 count for one image: 85, and 170 for each of 8 tiles; GPT-5 and the o-series count less.
const IMAGE_IN_TILES: u64 = 1445;
/// An image that shall be looked at with low detail.
const IMAGE_LOW: u64 = 85;

/// A page of a PDF with its text and its picture.
const PAGE: u64 = 3000;
/// As many pages as providers take.
const MAX_PAGES: u64 = 100;
/// Bytes of a PDF that make a token: between plain text in it, which is packed, and pictures and fonts, which are not.
const DOCUMENT_BYTES_PER_TOKEN: u64 = 8;
/// What cannot be weighed, because it lies elsewhere: five pages.
const UNKNOWN: u64 = 5 * PAGE;
/// Sound at 128 kbit/s is 32 tokens a second with Gemini, 10 with OpenAI; video at 1 Mbit/s is about 260.
const STREAM_BYTES_PER_TOKEN: u64 = 480;

/// An image. Its measures are not known, so it counts as much as an image can.
pub(crate) fn image_tokens(image: &Media, family: Option<Family>) -> u64 {
    let is_low = image.detail.as_deref() == Some("low");
    match family {
        None => IMAGE,
        Some(_) if is_low => IMAGE_LOW,
        Some(_) => IMAGE_IN_TILES,
    }
}

/// A document whose text is not at hand.
pub(crate) fn document_tokens(document: &Media) -> u64 {
    let is_text = document.media_type.as_deref().is_some_and(|media_type| {
        media_type.starts_with("text/") || media_type.ends_with("json") || media_type.ends_with("xml")
    });
    match bytes_of(document) {
        None => UNKNOWN,
        Some(bytes) if is_text => bytes.div_ceil(BYTES_PER_TOKEN),
        Some(bytes) => blob_tokens(bytes),
    }
}

/// Bytes that somebody else can read.
pub(crate) fn blob_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(DOCUMENT_BYTES_PER_TOKEN).clamp(PAGE, MAX_PAGES * PAGE)
}

/// Sound or a video.
pub(crate) fn stream_tokens(medium: &Media) -> u64 {
    bytes_of(medium).map_or(UNKNOWN, |bytes| bytes.div_ceil(STREAM_BYTES_PER_TOKEN))
}

fn bytes_of(medium: &Media) -> Option<u64> {
    match &medium.source {
        MediaSource::Base64(data) => Some(bytes_of_base64(data)),
        MediaSource::Text(text) => Some(text.len() as u64),
        MediaSource::Url(_) | MediaSource::FileId(_) => None,
    }
}

/// How many bytes a base64 text holds.
pub(crate) fn bytes_of_base64(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4) * 3
}
