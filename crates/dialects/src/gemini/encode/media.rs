//! Media as `inline_data` or `file_data` (spec 03 §4.3.5 and 6, B9, B16).
//! In: a medium and the type that stands for an unknown one. Out: the member of a part. Invariant: base64 is not decoded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::ApiError;

use super::super::decode::is_video_page;
use crate::conversation::{Content, Media, MediaSource, is_google_file};
use crate::json::ObjectWriter;

/// A medium that was checked.
pub(super) enum Written<'m> {
    Inline { media_type: String, data: std::borrow::Cow<'m, str> },
    File { media_type: Option<&'m str>, url: &'m str },
}

/// Checks a medium; `None` if the content is none.
pub(super) fn medium(content: &Content) -> Option<Result<Written<'_>, ApiError>> {
    Some(match content {
        Content::Image(media) => written(media, "image/jpeg", Kind::Image),
        Content::Audio(media) => written(media, "audio/mpeg", Kind::Audio),
        Content::Video(media) => written(media, "video/mp4", Kind::Video),
        Content::Document(media) => written(media, "application/pdf", Kind::Document),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    Audio,
    Video,
    Document,
}

const REMOTE: &str = "gemini native image_url supports only data: URLs; remote URLs must be uploaded via the Gemini \
    Files API or fetched by a future adapter path";

fn written<'m>(media: &'m Media, default_type: &str, kind: Kind) -> Result<Written<'m>, ApiError> {
    let given = media.media_type.as_deref().map(str::trim).filter(|given| !given.is_empty());
    match &media.source {
        MediaSource::Base64(data) => {
            if kind == Kind::Image && !is_base64(data) {
                return Err(ApiError::invalid_request("invalid base64 data in image_url"));
            }
            let media_type = media_type_of(given, default_type);
            Ok(Written::Inline { media_type, data: (**data).into() })
        }
        MediaSource::Text(text) => {
            let media_type = given.unwrap_or("text/plain").to_owned();
            Ok(Written::Inline { media_type, data: STANDARD.encode(text.as_bytes()).into() })
        }
        // What Google cannot fetch was refused by the table, but for what stands inside tool results.
        MediaSource::Url(url) if is_google_file(url) || is_video_page(url) || kind == Kind::Video => {
            Ok(Written::File { media_type: given, url })
        }
        MediaSource::Url(_) => Err(ApiError::invalid_request(REMOTE)),
        MediaSource::FileId(_) => {
            Err(ApiError::invalid_request("gemini native takes files only as data or by their Files API URI"))
        }
    }
}

/// The type of a medium; OpenAI names sounds by their format alone.
fn media_type_of(given: Option<&str>, default_type: &str) -> String {
    let given = given.unwrap_or_default().trim_matches('.').to_ascii_lowercase();
    match default_type.split_once('/') {
        _ if given.contains('/') => given,
        Some((kind, _)) if !given.is_empty() => format!("{kind}/{given}"),
        _ => default_type.to_owned(),
    }
}

fn is_base64(data: &str) -> bool {
    let is_digit =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    !data.is_empty() && data.bytes().all(is_digit)
}

impl Written<'_> {
    /// Writes the member.
    pub(super) fn write(&self, part: &mut ObjectWriter<'_>) {
        match self {
            Self::Inline { media_type, data } => part.object("inline_data", |inline| {
                inline.text("mime_type", media_type.as_str()).text("data", &**data);
            }),
            Self::File { media_type, url } => part.object("file_data", |file| {
                file.text("mime_type", *media_type).text("file_uri", *url);
            }),
        };
    }
}
