//! What clients read, written: output items and the response object around them (spec 03-B29, B30, 04-B4).
//! In: parts, how the answer ended, the client's request. Out: JSON. Invariants: members that OpenAI requires are there even when
//! they are empty; what the request said is echoed, with OpenAI's defaults where it said nothing.

use vocabulary::{ApiError, Dialect, Usage};

use super::{INCLUDE_ENCRYPTED, items::text};
use crate::conversation::{
    Annotation, Content, Ids, Issuer, Json, Logprob, MediaSource, Reasoning, Stop, StopReason, Text,
    ToolCall, ToolCallKind, seal,
};
use crate::json::{ArrayWriter, ObjectWriter, RawObject, object, write_object};
use crate::translate::Rendering;

/// How far an answer is, or how it ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    InProgress,
    Completed,
    Incomplete(&'static str),
    Cancelled,
    Failed(&'a ApiError),
}

impl Status<'_> {
    /// The status that a stop reason stands for. A word of the provider's own is no reason to doubt the answer (03-B13).
    pub(super) fn of_stop(stop: &Stop) -> Self {
        match stop.reason {
            StopReason::Length => Self::Incomplete("max_output_tokens"),
            StopReason::ContentFilter | StopReason::Refusal => Self::Incomplete("content_filter"),
            StopReason::Other if stop.raw.as_deref() == Some(CANCELLED) => Self::Cancelled,
            _ => Self::Completed,
        }
    }

    /// The status of the item that was being written when the answer ended so.
    pub(super) fn of_last_item(self) -> &'static str {
        if matches!(self, Self::Completed) { "completed" } else { "incomplete" }
    }

    fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Cancelled => CANCELLED,
            Self::Failed(_) => "failed",
        }
    }

    /// The event that says so at the end of a stream.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::InProgress => "response.in_progress",
            Self::Completed => "response.completed",
            // 04-B13: the one terminal event without an error that all SDKs know.
            Self::Incomplete(_) | Self::Cancelled => "response.incomplete",
            Self::Failed(_) => "response.failed",
        }
    }
}

/// `Stop::raw` of an answer that was cancelled.
pub(super) const CANCELLED: &str = "cancelled";

/// A response object, to be written.
pub(super) struct ResponseObject<'a> {
    pub(super) id: &'a str,
    pub(super) model: &'a str,
    pub(super) created: u64,
    pub(super) status: Status<'a>,
    pub(super) output: &'a [Vec<u8>],
    pub(super) usage: Option<Usage>,
}

impl ResponseObject<'_> {
    /// Writes its members.
    pub(super) fn write(&self, response: &mut ObjectWriter<'_>, rendering: &Rendering) {
        let echo = Echo(rendering.request.as_ref());
        response.text("id", self.id).text("object", "response").number("created_at", self.created);
        response.text("status", self.status.word());
        echo.write(response, "background", "false");
        let error = if let Status::Failed(error) = self.status { Some(error) } else { None };
        push_error(response, error);
        match self.status {
            Status::Incomplete(reason) => response.object("incomplete_details", |details| {
                details.text("reason", reason);
            }),
            _ => response.null("incomplete_details"),
        };
        echo.write(response, "instructions", "null");
        echo.write(response, "max_output_tokens", "null");
        let model = if self.model.is_empty() { &*rendering.model } else { self.model };
        response.text("model", model).text("provider", rendering.provider);
        response.array("output", |output| {
            self.output.iter().for_each(|item| {
                output.raw(item);
            });
        });
        echo.write_rest(response);
        if let Some(usage) = self.usage {
            write_usage(response, usage);
        } else if matches!(self.status, Status::InProgress) {
            response.null("usage");
        }
        echo.write(response, "user", "null");
        echo.write(response, "metadata", "{}");
    }
}

/// What the client asked for, which the answer repeats.
struct Echo<'a>(Option<&'a RawObject>);

impl Echo<'_> {
    fn member(&self, key: &str) -> Option<Json> {
        self.0?.get(key).filter(|value| !value.is_null()).map(Json::of)
    }

    fn write(&self, response: &mut ObjectWriter<'_>, key: &str, default: &'static str) {
        response.json(key, &self.member(key).unwrap_or(Json::constant(default)));
    }

    fn write_rest(&self, response: &mut ObjectWriter<'_>) {
        self.write(response, "parallel_tool_calls", "true");
        self.write(response, "previous_response_id", "null");
        response.json("prompt_cache_key", self.member("prompt_cache_key").as_ref());
        self.write_filled(response, "reasoning", &[("effort", "null"), ("summary", "null")]);
        response.json("safety_identifier", self.member("safety_identifier").as_ref());
        self.write(response, "service_tier", "\"auto\"");
        self.write(response, "store", "true");
        self.write(response, "temperature", "1.0");
        self.write_filled(response, "text", &[("format", r#"{"type":"text"}"#)]);
        self.write(response, "tool_choice", "\"auto\"");
        self.write(response, "tools", "[]");
        response.json("top_logprobs", self.member("top_logprobs").as_ref());
        self.write(response, "top_p", "1.0");
        self.write(response, "truncation", "\"disabled\"");
    }

    /// An object with what it must have, and whatever else the request said in it.
    fn write_filled(&self, response: &mut ObjectWriter<'_>, key: &str, defaults: &[(&str, &'static str)]) {
        let asked = self.member(key).and_then(|json| json.object());
        response.object(key, |written| {
            for (name, default) in defaults.iter().filter(|(name, _)| {
                asked.as_ref().and_then(|asked| asked.get(name)).is_none_or(|value| value.is_null())
            }) {
                written.json(name, &Json::constant(default));
            }
            for member in asked.iter().flat_map(|asked| asked.members()) {
                if !member.value().is_null() {
                    written.raw(&member.key(), member.value().bytes());
                }
            }
        });
    }
}

/// Writes `error`: null, or code and message.
pub(super) fn push_error(response: &mut ObjectWriter<'_>, error: Option<&ApiError>) {
    match error {
        None => response.null("error"),
        Some(error) => response.object("error", |body| {
            body.text("code", error.code().unwrap_or(error.error_type().as_str()));
            body.text("message", error.message());
        }),
    };
}

fn write_usage(response: &mut ObjectWriter<'_>, usage: Usage) {
    response.object("usage", |counts| {
        counts.number("input_tokens", usage.input_tokens).object("input_tokens_details", |details| {
            details.number("cached_tokens", usage.cached_input_tokens);
            details.number("cache_write_tokens", usage.cache_write_input_tokens);
        });
        counts.number("output_tokens", usage.output_tokens).object("output_tokens_details", |details| {
            details.number("reasoning_tokens", usage.reasoning_tokens);
        });
        counts.number("total_tokens", usage.total_tokens);
    });
}

/// Whether the client gets encrypted reasoning: it asked for it, or keeps the conversation itself.
pub(super) fn shows_state(rendering: &Rendering) -> bool {
    let Some(request) = &rendering.request else { return false };
    let mut include = request.get("include").into_iter().flat_map(|include| include.elements());
    include.any(|value| value.as_str().is_some_and(|value| value.trim() == INCLUDE_ENCRYPTED))
        || request.get("store").and_then(|store| store.as_bool()) == Some(false)
}

/// What stands for a part in `output`; `None` for what an answer in this dialect cannot hold.
pub(super) fn item_id(content: &Content, ids: &mut Ids) -> Option<Text> {
    let (native, prefix) = match content {
        Content::Text { .. } | Content::Refusal(_) => (None, "msg_"),
        Content::Reasoning(reasoning) => (reasoning.id.as_ref(), "rs_"),
        Content::ToolCall(call) if call.kind == ToolCallKind::Custom => (call.item_id.as_ref(), "ctc_"),
        Content::ToolCall(call) => (call.item_id.as_ref(), "fc_"),
        Content::Image(_) => (None, "ig_"),
        Content::Foreign(foreign) if foreign.dialect == Dialect::OpenAiResponses => {
            let raw = foreign.raw.wrapped();
            return Some(raw.and_then(|raw| Some(text(raw.get("v")?, "id"))).unwrap_or_default());
        }
        _ => return None,
    };
    Some(native.cloned().unwrap_or_else(|| ids.next(prefix)))
}

/// The encrypted content of a reasoning part: OpenAI's as it is, anybody else's sealed.
pub(super) fn encrypted_content(reasoning: &Reasoning) -> Option<Text> {
    let state = reasoning.state.as_ref()?;
    if state.issuer == Issuer::OpenAi { Some(state.bytes.clone()) } else { seal(reasoning) }
}

/// An item without what comes in pieces, as it is announced.
pub(super) fn opening(id: &str, content: &Content) -> Vec<u8> {
    match content {
        Content::Text { .. } | Content::Refusal(_) => object(|item| {
            write_head(item, id, "message", "in_progress").text("role", "assistant").array("content", |_| {});
        }),
        Content::Reasoning(_) => object(|item| {
            write_head(item, id, "reasoning", "in_progress").array("summary", |_| {});
        }),
        Content::ToolCall(call) => object(|item| write_call(item, id, "in_progress", call, "")),
        Content::Image(_) => object(|item| {
            write_head(item, id, "image_generation_call", "in_progress").null("result");
        }),
        other => finished(id, other, "in_progress", false),
    }
}

/// A whole item.
pub(super) fn finished(id: &str, content: &Content, status: &str, shows_state: bool) -> Vec<u8> {
    match content {
        Content::Text { .. } | Content::Refusal(_) => object(|item| {
            write_head(item, id, "message", status).text("role", "assistant").array("content", |parts| {
                parts.raw(&content_part(content));
            });
        }),
        Content::Reasoning(reasoning) => {
            object(|item| write_reasoning(item, id, status, reasoning, shows_state))
        }
        Content::ToolCall(call) => {
            object(|item| write_call(item, id, status, call, arguments_of(call, status)))
        }
        Content::Image(media) => object(|item| {
            write_head(item, id, "image_generation_call", status);
            match &media.source {
                MediaSource::Base64(data) | MediaSource::Url(data) => item.text("result", &**data),
                MediaSource::Text(_) | MediaSource::FileId(_) => item.null("result"),
            };
        }),
        Content::Foreign(foreign) => foreign.raw.as_bytes().to_vec(),
        _ => b"{}".to_vec(),
    }
}

fn write_head<'i, 'o>(
    item: &'i mut ObjectWriter<'o>,
    id: &str,
    item_type: &str,
    status: &str,
) -> &'i mut ObjectWriter<'o> {
    item.text("id", id).text("type", item_type).text("status", status)
}

fn write_call(item: &mut ObjectWriter<'_>, id: &str, status: &str, call: &ToolCall, arguments: &str) {
    let (item_type, key) = match call.kind {
        ToolCallKind::Function => ("function_call", "arguments"),
        ToolCallKind::Custom => ("custom_tool_call", "input"),
    };
    write_head(item, id, item_type, status).text("call_id", &*call.id).text("name", &*call.name);
    item.text("namespace", call.namespace.as_deref()).text(key, arguments);
}

/// What is passed to a call: a function that gets nothing gets an empty object, unless the call was cut.
pub(super) fn arguments_of<'a>(call: &'a ToolCall, status: &str) -> &'a str {
    let is_whole = call.kind == ToolCallKind::Function && status == "completed";
    if call.arguments.is_empty() && is_whole { "{}" } else { &call.arguments }
}

fn write_reasoning(
    item: &mut ObjectWriter<'_>,
    id: &str,
    status: &str,
    reasoning: &Reasoning,
    shows_state: bool,
) {
    let write_words = |parts: &mut ArrayWriter<'_>, part_type: &str| {
        if !reasoning.text.is_empty() {
            parts.raw(&text_part(part_type, &reasoning.text));
        }
    };
    write_head(item, id, "reasoning", status);
    item.array("summary", |parts| {
        if reasoning.is_summary {
            write_words(parts, "summary_text");
        }
    });
    if !reasoning.is_summary {
        item.array("content", |parts| write_words(parts, "reasoning_text"));
    }
    if shows_state {
        item.text("encrypted_content", encrypted_content(reasoning).as_deref());
    }
}

/// `{"type":…,"text":…}`
pub(super) fn text_part(part_type: &str, words: &str) -> Vec<u8> {
    object(|part| {
        part.text("type", part_type).text("text", words);
    })
}

/// The content part of a message.
pub(super) fn content_part(content: &Content) -> Vec<u8> {
    object(|part| match content {
        Content::Refusal(refusal) => {
            part.text("type", "refusal").text("refusal", &**refusal);
        }
        Content::Text { text, annotations, logprobs } => {
            part.text("type", "output_text").text("text", &**text).array("annotations", |written| {
                annotations.iter().filter_map(annotation_json).for_each(|annotation| {
                    written.raw(&annotation);
                });
            });
            write_logprobs(part, logprobs);
        }
        _ => {}
    })
}

/// An annotation in this dialect; `None` for one that names no address and came from elsewhere.
pub(super) fn annotation_json(annotation: &Annotation) -> Option<Vec<u8>> {
    if let Some(raw) = annotation.raw_for(Dialect::OpenAiResponses) {
        return Some(raw.as_bytes().to_vec());
    }
    (!annotation.url.is_empty()).then(|| {
        object(|written| {
            written.text("type", "url_citation").text("url", &*annotation.url);
            written.text("title", annotation.title.as_deref().unwrap_or_default());
            written.number("start_index", annotation.start.unwrap_or(0));
            written.number("end_index", annotation.end.unwrap_or(0));
        })
    })
}

/// Writes `logprobs`.
pub(super) fn write_logprobs(part: &mut ObjectWriter<'_>, logprobs: &[Logprob]) {
    part.array("logprobs", |tokens| {
        for token in logprobs {
            tokens.object(|written| {
                write_logprob(written, token);
                written.array("top_logprobs", |top| {
                    token.top.iter().for_each(|token| {
                        top.object(|written| write_logprob(written, token));
                    });
                });
            });
        }
    });
}

fn write_logprob(written: &mut ObjectWriter<'_>, token: &Logprob) {
    written.text("token", &*token.token).json("logprob", &token.logprob);
    written.json("bytes", &token.bytes.clone().unwrap_or(Json::constant("[]")));
}

/// The object alone.
pub(super) fn response_json(response: &ResponseObject<'_>, rendering: &Rendering) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    write_object(&mut out, |written| response.write(written, rendering));
    out
}
