//! Turns to input items.
//! In: the turns behind the instructions. Out: one JSON text per item. Invariants: items stand in the order of their parts; only
//! state that OpenAI issued goes back to it; what an item cannot hold is refused, not left out.

use vocabulary::{ApiError, Dialect};

use super::output::text_part;
use crate::conversation::Json;
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Extras, Issuer, Media, MediaSource, Part, Reasoning, Request, Role, ToolCall, ToolCallKind,
    ToolResult, Turn,
};
use crate::json::{ObjectWriter, object};

/// The items of the turns.
pub(super) fn items(turns: &[Turn], request: &Request) -> Result<Vec<Vec<u8>>, ApiError> {
    let mut items = Vec::new();
    for turn in turns {
        let mut writer = TurnWriter { turn, request, content: Vec::new(), is_first: true, items: &mut items };
        writer.write()?;
    }
    Ok(items)
}

struct TurnWriter<'a> {
    turn: &'a Turn,
    request: &'a Request,
    /// Content parts of the message that is being put together, and its role.
    content: Vec<Vec<u8>>,
    is_first: bool,
    items: &'a mut Vec<Vec<u8>>,
}

impl TurnWriter<'_> {
    fn write(&mut self) -> Result<(), ApiError> {
        for part in &self.turn.parts {
            self.part(part)?;
        }
        self.flush(role_name(self.turn.role));
        if self.turn.parts.is_empty() && self.turn.role == Role::User {
            // A turn was taken, even if nothing was said.
            self.content.push(text_part("input_text", ""));
            self.flush("user");
        }
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), ApiError> {
        let role = role_name(self.turn.role);
        let is_assistant = self.turn.role == Role::Assistant;
        match &part.content {
            Content::Text { text, .. } if text.is_empty() => {}
            Content::Text { text, .. } if is_assistant => self.content.push(text_part("output_text", text)),
            Content::Refusal(text) if is_assistant => self.content.push(object(|part| {
                part.text("type", "refusal").text("refusal", &**text);
            })),
            Content::Text { text, .. } | Content::Refusal(text) => {
                self.content.push(content_part(part, text_part("input_text", text)));
            }
            Content::Image(_) | Content::Audio(_) | Content::Document(_) | Content::Video(_) => {
                let medium = content_part(part, medium_part(&part.content, self.request)?);
                if is_assistant {
                    // Messages of the model hold text only: what it drew is shown to it.
                    self.flush(role);
                    self.content.push(medium);
                    self.flush("user");
                } else {
                    self.content.push(medium);
                }
            }
            Content::Reasoning(reasoning) => {
                self.flush(role);
                self.items.extend(reasoning_item(reasoning));
            }
            Content::ToolCall(call) => {
                self.flush(role);
                self.items.push(call_item(call, part));
            }
            Content::ToolResult(result) => {
                self.flush(role);
                self.items.push(result_item(result, part, self.request)?);
            }
            Content::Foreign(foreign) if foreign.dialect == Dialect::OpenAiResponses => {
                self.flush(role);
                self.items.push(foreign.raw.as_bytes().to_vec());
            }
            Content::Foreign(_) => {
                return Err(cannot(Feature::ForeignItem, self.request));
            }
        }
        Ok(())
    }

    /// Ends the message that is being put together.
    fn flush(&mut self, role: &str) {
        if self.content.is_empty() {
            return;
        }
        let content = std::mem::take(&mut self.content);
        let is_first = std::mem::replace(&mut self.is_first, false);
        self.items.push(object(|item| {
            item.text("type", "message").text("role", role).array("content", |parts| {
                content.iter().for_each(|part| {
                    parts.raw(part);
                });
            });
            if is_first {
                write_extras(item, self.turn.extras.as_ref());
            }
        }));
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User | Role::Tool => "user",
        Role::Assistant => "assistant",
    }
}

fn write_extras(item: &mut ObjectWriter<'_>, extras: Option<&Extras>) {
    for (key, json) in Extras::members_for(extras, Dialect::OpenAiResponses) {
        item.json(key, json);
    }
}

/// A content part with the members that only this dialect knows.
fn content_part(part: &Part, written: Vec<u8>) -> Vec<u8> {
    let extras = Extras::members_for(part.extras.as_ref(), Dialect::OpenAiResponses);
    let mut written = written;
    for (key, json) in extras {
        written.pop();
        written.push(b',');
        crate::json::push_quoted(&mut written, key);
        written.push(b':');
        written.extend_from_slice(json.as_bytes());
        written.push(b'}');
    }
    written
}

/// 400 for content that no item holds; most of it was refused when the losses were settled.
fn cannot(feature: Feature, request: &Request) -> ApiError {
    crate::conversation::cannot(feature, request.path_of(feature), Dialect::OpenAiResponses)
}

fn medium_part(content: &Content, request: &Request) -> Result<Vec<u8>, ApiError> {
    match content {
        Content::Image(media) => image_part(media).ok_or_else(|| cannot(Feature::AnthropicFileId, request)),
        Content::Audio(media) => match &media.source {
            MediaSource::Base64(data) => Ok(audio_part(data, media)),
            _ => Err(cannot(Feature::Audio, request)),
        },
        Content::Document(media) => Ok(document_part(media)),
        _ => Err(cannot(Feature::Video, request)),
    }
}

fn image_part(media: &Media) -> Option<Vec<u8>> {
    let url = media.to_url("image/png");
    let file_id = match &media.source {
        MediaSource::FileId(id) => Some(id),
        _ => None,
    };
    (url.is_some() || file_id.is_some()).then(|| {
        object(|part| {
            part.text("type", "input_image").text("image_url", url.as_deref());
            part.text("file_id", file_id.map(|id| &**id)).text("detail", media.detail.as_deref());
        })
    })
}

fn audio_part(data: &str, media: &Media) -> Vec<u8> {
    let media_type = media.media_type.as_deref().unwrap_or("audio/wav");
    let format = match media_type.strip_prefix("audio/").unwrap_or(media_type) {
        "mpeg" => "mp3",
        "x-wav" | "wave" | "vnd.wave" => "wav",
        other => other,
    };
    object(|part| {
        part.text("type", "input_audio").object("input_audio", |audio| {
            audio.text("data", data).text("format", format);
        });
    })
}

fn document_part(media: &Media) -> Vec<u8> {
    if let MediaSource::Text(text) = &media.source {
        return text_part("input_text", text);
    }
    let is_pdf = media.media_type.as_deref().is_none_or(|media_type| media_type == "application/pdf");
    let file_name = media.name.as_deref().unwrap_or(if is_pdf { "document.pdf" } else { "document" });
    object(|part| {
        part.text("type", "input_file");
        match &media.source {
            MediaSource::Base64(_) => {
                part.text("filename", file_name).text("file_data", media.to_url("application/pdf").as_deref())
            }
            MediaSource::Url(url) => part.text("file_url", &**url),
            MediaSource::FileId(id) => part.text("file_id", &**id),
            MediaSource::Text(_) => part,
        };
        part.text("detail", media.detail.as_deref());
    })
}

/// Reasoning goes back to its issuer, and to nobody else.
fn reasoning_item(reasoning: &Reasoning) -> Option<Vec<u8>> {
    let state = reasoning.state.as_ref().filter(|state| state.issuer == Issuer::OpenAi)?;
    let words = |part_type| (!reasoning.text.is_empty()).then(|| text_part(part_type, &reasoning.text));
    Some(object(|item| {
        item.text("type", "reasoning").text("id", reasoning.id.as_deref());
        item.array("summary", |parts| {
            words("summary_text").filter(|_| reasoning.is_summary).iter().for_each(|part| {
                parts.raw(part);
            });
        });
        if let Some(part) = words("reasoning_text").filter(|_| !reasoning.is_summary) {
            item.array("content", |parts| {
                parts.raw(&part);
            });
        }
        item.text("encrypted_content", &*state.bytes);
    }))
}

fn call_item(call: &ToolCall, part: &Part) -> Vec<u8> {
    let (item_type, key) = match call.kind {
        ToolCallKind::Function => ("function_call", "arguments"),
        ToolCallKind::Custom => ("custom_tool_call", "input"),
    };
    object(|item| {
        item.text("type", item_type).text("id", call.item_id.as_deref()).text("call_id", &*call.id);
        item.text("name", &*call.name).text(key, &*call.arguments);
        write_extras(item, part.extras.as_ref());
    })
}

/// Text alone is sent as a string; with images or documents the result is an array of parts.
fn result_item(result: &ToolResult, part: &Part, request: &Request) -> Result<Vec<u8>, ApiError> {
    let is_text = result.content.iter().all(|part| part.as_text().is_some());
    let output = if is_text { text_output(result) } else { parts_output(result, request)? };
    Ok(object(|item| {
        let item_type = match result.kind {
            ToolCallKind::Function => "function_call_output",
            ToolCallKind::Custom => "custom_tool_call_output",
        };
        item.text("type", item_type).text("call_id", &*result.call_id).json("output", &output);
        write_extras(item, part.extras.as_ref());
    }))
}

const ERROR: &str = "Error: ";

fn text_output(result: &ToolResult) -> Json {
    let texts: Vec<&str> = result.content.iter().filter_map(Part::as_text).map(|text| &**text).collect();
    let prefix = if result.is_error { ERROR } else { "" };
    Json::string(&format!("{prefix}{}", texts.join("\n")))
}

fn parts_output(result: &ToolResult, request: &Request) -> Result<Json, ApiError> {
    let mut parts = Vec::new();
    if result.is_error && result.content.first().is_none_or(|part| part.as_text().is_none()) {
        parts.push(text_part("input_text", ERROR.trim_end()));
    }
    for (index, part) in result.content.iter().enumerate() {
        let prefix = if result.is_error && index == 0 { ERROR } else { "" };
        parts.push(match &part.content {
            Content::Text { text, .. } | Content::Refusal(text) => {
                content_part(part, text_part("input_text", &format!("{prefix}{text}")))
            }
            content @ (Content::Image(_) | Content::Document(_)) => {
                content_part(part, medium_part(content, request)?)
            }
            _ => return Err(cannot(Feature::ToolResultMedia, request)),
        });
    }
    let mut written = vec![b'['];
    written.extend_from_slice(&parts.join(&b','));
    written.push(b']');
    Ok(Json::written(written))
}
