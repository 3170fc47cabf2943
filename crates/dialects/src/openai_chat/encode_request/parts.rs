//! Content of a message for an upstream (spec 03 B28, 04-B22).
//! In: parts of a turn. Out: one string if they are plain texts, else an array of parts.
//! Invariant: a medium is written or refused, never lost.

use vocabulary::ApiError;

use super::{CHAT, Encoder};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Content, Extras, Media, MediaSource, Part};
use crate::json::{ArrayWriter, ObjectWriter, object};

/// The content of a message, ready to be written.
pub(super) enum Body {
    /// A string.
    Text(String),
    /// An array of parts, as JSON objects.
    Parts(Vec<Vec<u8>>),
}

impl Body {
    /// Writes the member `content`.
    pub(super) fn write(&self, message: &mut ObjectWriter<'_>) {
        match self {
            Self::Text(text) => message.text("content", &**text),
            Self::Parts(parts) => message.array("content", |content| write_all(content, parts)),
        };
    }
}

fn write_all(content: &mut ArrayWriter<'_>, parts: &[Vec<u8>]) {
    parts.iter().for_each(|part| {
        content.raw(part);
    });
}

/// Joins plain texts; empty ones say nothing.
pub(super) fn join<'t>(texts: impl IntoIterator<Item = &'t str>, separator: &str) -> String {
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join(separator)
}

impl Encoder<'_> {
    /// The content of a message. `separator` stands between texts that become one string.
    pub(super) fn body(&self, parts: &[&Part], separator: &str) -> Result<Body, ApiError> {
        let plain: Option<Vec<&str>> = parts.iter().map(|part| self.plain_text(part)).collect();
        if let Some(texts) = plain {
            return Ok(Body::Text(join(texts, separator)));
        }
        let said = parts.iter().filter(|part| plain_words(part) != Some(""));
        Ok(Body::Parts(said.map(|part| self.part(part)).collect::<Result<_, _>>()?))
    }

    /// The text of a part that is nothing but text.
    fn plain_text<'p>(&self, part: &'p Part) -> Option<&'p str> {
        let has_marker = part.cache_control.is_some() && self.carries(Feature::CacheControl);
        let has_extras = !Extras::members_for(part.extras.as_ref(), CHAT).is_empty();
        plain_words(part).filter(|_| !has_marker && !has_extras)
    }

    /// A part as a JSON object.
    pub(super) fn part(&self, part: &Part) -> Result<Vec<u8>, ApiError> {
        let content = self.content(part)?;
        Ok(object(|out| {
            content(out);
            if self.carries(Feature::CacheControl) {
                out.json("cache_control", part.cache_control.as_ref());
            }
            for (key, value) in Extras::members_for(part.extras.as_ref(), CHAT) {
                out.json(key, value);
            }
        }))
    }

    fn content<'p>(&self, part: &'p Part) -> Result<Writer<'p>, ApiError> {
        if let Some(text) = plain_words(part) {
            return Ok(Box::new(move |out| {
                out.text("type", "text").text("text", text);
            }));
        }
        match &part.content {
            Content::Image(media) => self.image(media),
            Content::Audio(media) => self.audio(media),
            Content::Document(media) => self.file(media),
            Content::Video(_) => Err(self.cannot(Feature::Video)),
            _ => Err(self.cannot(Feature::ForeignItem)),
        }
    }

    fn image<'p>(&self, media: &'p Media) -> Result<Writer<'p>, ApiError> {
        let url = media.to_url("image/jpeg").ok_or_else(|| self.cannot(Feature::OpenAiFileId))?;
        let detail = media.detail.as_deref();
        Ok(Box::new(move |out| {
            out.text("type", "image_url").object("image_url", |image| {
                image.text("url", &*url).text("detail", detail);
            });
        }))
    }

    fn audio<'p>(&self, media: &'p Media) -> Result<Writer<'p>, ApiError> {
        let MediaSource::Base64(data) = &media.source else { return Err(self.cannot(Feature::Audio)) };
        let format = audio_format(media.media_type.as_deref().unwrap_or_default());
        Ok(Box::new(move |out| {
            out.text("type", "input_audio").object("input_audio", |audio| {
                audio.text("data", &**data).text("format", format);
            });
        }))
    }

    fn file<'p>(&self, media: &'p Media) -> Result<Writer<'p>, ApiError> {
        let data = match &media.source {
            MediaSource::Url(_) => return Err(self.cannot(Feature::DocumentUrl)),
            _ => media.to_url("application/pdf"),
        };
        let is_pdf = media.media_type.as_deref().is_none_or(|kind| kind == "application/pdf");
        // Chat demands a name for bytes; other dialects have none.
        let unnamed = Some("document.pdf").filter(|_| is_pdf && data.is_some());
        let name = media.name.as_deref().or(unnamed);
        Ok(Box::new(move |out| {
            out.text("type", "file").object("file", |file| {
                match &media.source {
                    MediaSource::FileId(id) => file.text("file_id", &**id),
                    _ => file.text("filename", name).text("file_data", data.as_deref()),
                };
            });
        }))
    }

    /// 400 for content that chat has no place for.
    fn cannot(&self, feature: Feature) -> ApiError {
        crate::conversation::cannot(feature, self.request.path_of(feature), CHAT)
    }
}

/// Writes the members of a part.
type Writer<'p> = Box<dyn FnOnce(&mut ObjectWriter<'_>) + 'p>;

/// The words of a part that chat says as text: text, refusals (B28), documents of plain text.
pub(super) fn plain_words(part: &Part) -> Option<&str> {
    match &part.content {
        Content::Text { text, .. } | Content::Refusal(text) => Some(text),
        Content::Document(Media { source: MediaSource::Text(text), .. }) => Some(text),
        _ => None,
    }
}

/// The name of an audio format: `wav`, `mp3`, …
fn audio_format(media_type: &str) -> &str {
    match media_type.strip_prefix("audio/").unwrap_or(media_type) {
        "" | "mpeg" => "mp3",
        "x-wav" | "wave" | "vnd.wave" => "wav",
        format => format,
    }
}
