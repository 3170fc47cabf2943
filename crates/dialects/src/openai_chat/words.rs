//! Small pieces of answers that whole answers and streams share: finish reasons, log probabilities, annotations, usage, images.
//! In: values of an answer. Out: the conversation's types, and the reverse. Source: spec 03 §2.7, B13, B14, B17.
//! Invariant: a finish reason that is written is one of `stop`, `length`, `tool_calls`, `content_filter`.

use vocabulary::{Dialect, Usage};

use crate::conversation::{Annotation, Content, Foreign, Json, Logprob, Media, Stop, StopReason, Text};
use crate::json::{ArrayWriter, ObjectWriter, RawValue};

/// The members of a choice that tell why it ended; `None` while it has not.
pub(super) fn read_stop(choice: RawValue<'_>) -> Option<Stop> {
    let (mut word, mut raw, mut sequence) = (None, None, None);
    for (key, value) in choice.raw_members() {
        match key {
            b"finish_reason" => word = value.as_text(),
            b"provider_finish_reason" => raw = value.as_text(),
            b"stop_sequence" => sequence = value.as_text(),
            _ => {}
        }
    }
    let word = word.filter(|word| !word.is_empty())?;
    let raw = raw.filter(|raw| !raw.is_empty());
    let reason = match (reason_of(&word), raw.as_deref().map(reason_of)) {
        (StopReason::End, _) if sequence.is_some() => StopReason::StopSequence,
        // Another gateway's word for what the closed set cannot say.
        (_, Some(finer @ (StopReason::Refusal | StopReason::Pause))) => finer,
        (StopReason::End, Some(StopReason::Other)) => StopReason::Other,
        (reason, _) => reason,
    };
    let says_little = matches!(reason, StopReason::Other | StopReason::Refusal | StopReason::Pause);
    let raw = raw.or(says_little.then_some(word));
    Some(Stop { reason, sequence, raw })
}

fn reason_of(word: &str) -> StopReason {
    match word {
        "stop" | "end_turn" | "eos" => StopReason::End,
        "stop_sequence" => StopReason::StopSequence,
        "length" | "max_tokens" | "model_context_window_exceeded" | "model_length" => StopReason::Length,
        "tool_calls" | "function_call" | "tool_use" => StopReason::ToolCalls,
        "content_filter" | "content_filtered" | "guardrail_intervened" => StopReason::ContentFilter,
        "refusal" => StopReason::Refusal,
        "pause_turn" => StopReason::Pause,
        _ => StopReason::Other,
    }
}

/// A choice with tool calls ended for them, whatever its upstream says; some say `stop`.
pub(super) fn with_calls(mut stop: Stop, has_calls: bool) -> Stop {
    if has_calls && stop.reason == StopReason::End {
        stop.reason = StopReason::ToolCalls;
    }
    stop
}

/// Writes why a choice ended. `has_calls`: a tool call was written, without which no client expects `tool_calls`.
pub(super) fn write_stop(choice: &mut ObjectWriter<'_>, stop: &Stop, has_calls: bool) {
    let word = match stop.reason {
        StopReason::Length => "length",
        StopReason::ToolCalls if has_calls => "tool_calls",
        StopReason::ContentFilter | StopReason::Refusal => "content_filter",
        _ => "stop",
    };
    choice.text("finish_reason", word).text("provider_finish_reason", stop.raw.as_deref());
    choice.text("stop_sequence", stop.sequence.as_deref());
}

/// Reads `logprobs.content` of a choice.
pub(super) fn read_logprobs(choice: RawValue<'_>) -> Vec<Logprob> {
    let content = choice.get("logprobs").and_then(|logprobs| logprobs.get("content"));
    let read = |entry: RawValue<'_>| {
        let top = entry.get("top_logprobs").into_iter().flat_map(|top| top.elements());
        let top = top.filter_map(|entry| read_logprob(entry, Vec::new())).collect();
        read_logprob(entry, top)
    };
    content.into_iter().flat_map(|content| content.elements()).filter_map(read).collect()
}

fn read_logprob(entry: RawValue<'_>, top: Vec<Logprob>) -> Option<Logprob> {
    let (mut token, mut logprob, mut bytes) = (None, None, None);
    for (key, value) in entry.raw_members() {
        match key {
            b"token" => token = value.as_text(),
            b"logprob" => logprob = Some(Json::of(value)),
            b"bytes" if !value.is_null() => bytes = Some(Json::of(value)),
            _ => {}
        }
    }
    Some(Logprob { token: token?, logprob: logprob?, bytes, top })
}

/// Writes the member `logprobs` of a choice; nothing if there are none.
pub(super) fn write_logprobs<'l>(
    choice: &mut ObjectWriter<'_>,
    logprobs: impl IntoIterator<Item = &'l Logprob>,
) {
    let mut logprobs = logprobs.into_iter().peekable();
    if logprobs.peek().is_none() {
        return;
    }
    choice.object("logprobs", |member| {
        member.array("content", |content| {
            logprobs.for_each(|entry| {
                content.object(|object| {
                    write_logprob(object, entry);
                    object.array("top_logprobs", |top| {
                        entry.top.iter().for_each(|entry| {
                            top.object(|object| write_logprob(object, entry));
                        });
                    });
                });
            });
        });
        member.null("refusal");
    });
}

fn write_logprob(object: &mut ObjectWriter<'_>, entry: &Logprob) {
    object.text("token", &*entry.token).json("logprob", &entry.logprob);
    object.json("bytes", Some(entry.bytes.as_ref().unwrap_or(&Json::constant("null"))));
}

/// Reads one element of `annotations`.
pub(super) fn read_annotation(value: RawValue<'_>) -> Annotation {
    let citation = value.get("url_citation").unwrap_or(value);
    let text = |key| citation.get(key).and_then(|value| value.as_text());
    let number = |key| citation.get(key).and_then(|value| value.as_u64());
    Annotation {
        url: text("url").unwrap_or_default(),
        title: text("title"),
        start: number("start_index"),
        end: number("end_index"),
        cited_text: None,
        raw: Some(Foreign { dialect: Dialect::OpenAiChat, raw: Json::of(value) }),
    }
}

/// True if an annotation has a form in chat.
pub(super) fn is_writable(annotation: &Annotation) -> bool {
    annotation.raw_for(Dialect::OpenAiChat).is_some() || !annotation.url.is_empty()
}

/// Writes one element of `annotations`; nothing for a source without an address. `offset`: how many characters of the
/// message stand before the text that the annotation counts from.
pub(super) fn write_annotation(
    annotations: &mut ArrayWriter<'_>,
    annotation: &Annotation,
    offset: u64,
    index: Option<u64>,
) {
    if let Some(raw) = annotation.raw_for(Dialect::OpenAiChat) {
        annotations.json(raw);
        return;
    }
    if annotation.url.is_empty() {
        return;
    }
    let shifted = |place: Option<u64>| place.map(|place| place.saturating_add(offset));
    annotations.object(|object| {
        object.number("index", index).text("type", "url_citation").object("url_citation", |citation| {
            citation.number("start_index", shifted(annotation.start));
            citation.number("end_index", shifted(annotation.end));
            citation.text("title", annotation.title.as_deref()).text("url", &*annotation.url);
        });
    });
}

/// Reads `images` of a message or delta: images that the model made.
pub(super) fn read_images(images: RawValue<'_>) -> impl Iterator<Item = Content> {
    images.elements().filter_map(|image| {
        let url = image.get("image_url").unwrap_or(image);
        let url = url.get("url").unwrap_or(url).as_text()?;
        Media::of_url(&url).map(Content::Image)
    })
}

/// Writes one element of `images`.
/// Writes one of `images`; in a stream with its place among them, by which SDKs join what comes in pieces.
pub(super) fn write_image(images: &mut ArrayWriter<'_>, media: &Media, index: Option<u64>) {
    let Some(url) = media.to_url("image/png") else { return };
    images.object(|image| {
        image.number("index", index).text("type", "image_url").object("image_url", |member| {
            member.text("url", &*url);
        });
    });
}

/// Writes the member `usage` in its one shape (B14): cached and written tokens are part of `prompt_tokens`. What the upstream
/// counts under names of its own follows under these names.
pub(super) fn write_usage(object: &mut ObjectWriter<'_>, usage: &Usage, upstream: Dialect) {
    let sum = usage.input_tokens.saturating_add(usage.output_tokens);
    object.object("usage", |member| {
        member.number("prompt_tokens", usage.input_tokens).number("completion_tokens", usage.output_tokens);
        member.number("total_tokens", if sum == 0 { usage.total_tokens } else { sum });
        let written = Some(usage.cache_write_input_tokens).filter(|count| *count > 0);
        if usage.cached_input_tokens > 0 || written.is_some() {
            member.object("prompt_tokens_details", |details| {
                details.number("cached_tokens", usage.cached_input_tokens);
                details.number("cache_creation_tokens", written);
            });
        }
        if usage.reasoning_tokens > 0 {
            member.object("completion_tokens_details", |details| {
                details.number("reasoning_tokens", usage.reasoning_tokens);
            });
        }
        let own = match upstream {
            Dialect::OpenAiChat | Dialect::OpenAiResponses => [("", 0); 2],
            Dialect::AnthropicMessages => [
                ("cache_creation_input_tokens", usage.cache_write_input_tokens),
                ("cache_read_input_tokens", usage.cached_input_tokens),
            ],
            Dialect::Gemini => [
                ("cached_content_token_count", usage.cached_input_tokens),
                ("thoughts_token_count", usage.reasoning_tokens),
            ],
        };
        for (name, count) in own.into_iter().filter(|(_, count)| *count > 0) {
            member.number(name, count);
        }
    });
}

/// The text of `content`: a string, or the texts of its parts.
pub(super) fn content_texts(content: RawValue<'_>) -> impl Iterator<Item = Piece> {
    let whole = content.as_text().map(Piece::Text);
    whole.into_iter().chain(content.elements().filter_map(read_piece)).filter(Piece::says_something)
}

/// A piece of an answer's `content`.
pub(super) enum Piece {
    Text(Text),
    /// Some servers put thoughts into `content`, as parts of the type `thinking`.
    Thinking(Text),
}

impl Piece {
    fn says_something(&self) -> bool {
        match self {
            Self::Text(text) | Self::Thinking(text) => !text.is_empty(),
        }
    }
}

fn read_piece(part: RawValue<'_>) -> Option<Piece> {
    let kind = part.get("type")?.as_str()?;
    match &*kind {
        "text" | "output_text" => part.get("text")?.as_text().map(Piece::Text),
        "thinking" => {
            let thinking = part.get("thinking")?;
            let texts = thinking.elements().filter_map(|part| part.get("text")?.as_str());
            let joined = || Some(Text::from(texts.collect::<String>()));
            thinking.as_text().or_else(joined).map(Piece::Thinking)
        }
        _ => None,
    }
}
