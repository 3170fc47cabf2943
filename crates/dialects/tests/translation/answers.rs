//! Answers that a dialect can carry whole: written and read again, whole and streamed, and through the fold.

use bytes::Bytes;
use dialects::conversation::{
    Annotation, Choice, Content, Event, Issuer, Json, Logprob, Part, Reasoning, Response, Stop, StopReason,
    Text, ToolCall, ToolCallKind, fold, replay,
};
use dialects::translate::{Decoder, Encoder, decode_response, encode_response};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::{Dialect, Usage};

use crate::words::{
    arguments, base64, cut_frames, few, frames, issuer_of, reasoning_of, rendering, scan, text, word,
};

/// A piece of an answer, before it is fitted to what a dialect can say.
#[derive(Clone, Debug)]
enum Piece {
    Text {
        text: Text,
        is_cited: bool,
        has_logprobs: bool,
    },
    Refusal(Text),
    /// With state of the dialect's own issuer, of another one, or none.
    Thought {
        text: Text,
        state: Option<(Option<Issuer>, Text)>,
        is_summary: bool,
    },
    Call {
        name: Text,
        arguments: Text,
        is_custom: bool,
    },
}

fn piece() -> impl Strategy<Value = Piece> {
    let issuer = option::of(select(vec![Issuer::Anthropic, Issuer::Google, Issuer::OpenAi]));
    prop_oneof![
        3 => (text(), any::<bool>(), any::<bool>())
            .prop_map(|(text, is_cited, has_logprobs)| Piece::Text { text, is_cited, has_logprobs }),
        1 => text().prop_map(Piece::Refusal),
        2 => (text(), option::of((issuer, base64())), any::<bool>())
            .prop_map(|(text, state, is_summary)| Piece::Thought { text, state, is_summary }),
        2 => (word(), arguments(), any::<bool>())
            .prop_map(|(name, arguments, is_custom)| Piece::Call { name, arguments, is_custom }),
    ]
}

fn usage() -> impl Strategy<Value = Usage> {
    (0u64..100, 0u64..100, 0u64..100, 0u64..100, 0u64..100).prop_map(|(fresh, read, write, said, thought)| {
        Usage {
            input_tokens: fresh + read + write,
            output_tokens: said + thought,
            total_tokens: fresh + read + write + said + thought,
            cached_input_tokens: read,
            cache_write_input_tokens: write,
            reasoning_tokens: thought,
        }
    })
}

/// An answer as any upstream might give it, in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    choices: Vec<(Vec<Piece>, StopReason)>,
    usage: Option<Usage>,
}

/// Drafts of answers.
pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let reason = select(vec![StopReason::End, StopReason::Length, StopReason::ContentFilter]);
    (vec((vec(piece(), 0..6), reason), 1..3), option::of(usage()))
        .prop_map(|(choices, usage)| Draft { choices, usage })
}

impl Draft {
    /// The answer with nothing left out.
    fn everything(&self) -> Response {
        let choices = self.choices.iter().enumerate().map(|(index, (pieces, reason))| {
            let parts = pieces
                .iter()
                .enumerate()
                .map(|(place, piece)| part(piece, None, &format!("{index}_{place}")));
            Choice { parts: parts.collect(), stop: Some(Stop::new(*reason)) }
        });
        let (id, model) = ("id1".into(), "m1".into());
        Response { id, model, created: Some(5), choices: choices.collect(), usage: self.usage, error: None }
    }

    /// What of it a dialect can say, in the order in which it says it.
    pub(crate) fn for_dialect(&self, dialect: Dialect) -> Response {
        let has_choices = matches!(dialect, Dialect::OpenAiChat | Dialect::Gemini);
        let count = if has_choices { self.choices.len() } else { 1 };
        let choices = self.choices.iter().take(count).enumerate();
        let choices =
            choices.map(|(index, (pieces, reason))| choice(dialect, index, pieces, *reason)).collect();
        Response { choices, usage: self.usage.map(|usage| fit_usage(dialect, usage)), ..self.everything() }
    }
}

/// The part of a piece; `own` stands for the issuer of a state that names none.
fn part(piece: &Piece, own: Option<Issuer>, id: &str) -> Part {
    let content = match piece {
        Piece::Text { text, is_cited, has_logprobs } => Content::Text {
            text: text.clone(),
            annotations: if *is_cited { vec![annotation(text)] } else { Vec::new() },
            logprobs: if *has_logprobs { vec![logprob()] } else { Vec::new() },
        },
        Piece::Refusal(text) => Content::Refusal(text.clone()),
        Piece::Thought { text, state: Some((issuer, bytes)), .. } => {
            let issuer = issuer.or(own).unwrap_or(Issuer::Google);
            Content::Reasoning(reasoning_of(issuer, text.clone(), bytes.clone()))
        }
        Piece::Thought { text, state: None, is_summary } => Content::Reasoning(Reasoning {
            text: text.clone(),
            is_summary: *is_summary,
            ..Reasoning::default()
        }),
        Piece::Call { name, arguments, is_custom } => Content::ToolCall(ToolCall {
            id: format!("call_{id}").into(),
            name: name.clone(),
            arguments: arguments.clone(),
            kind: if *is_custom { ToolCallKind::Custom } else { ToolCallKind::Function },
            namespace: None,
            item_id: None,
        }),
    };
    Part::new(content)
}

fn annotation(text: &Text) -> Annotation {
    let (start, end) = (Some(0), Some(text.chars().count() as u64));
    Annotation {
        url: "https://example.org/a".into(),
        title: Some("A".into()),
        start,
        end,
        ..Annotation::default()
    }
}

fn logprob() -> Logprob {
    let of = |token: &'static str, top| Logprob {
        token: token.into(),
        logprob: Json::constant("-0.10"),
        bytes: Some(Json::constant("[119]")),
        top,
    };
    of("w", vec![of("w", Vec::new())])
}

/// A choice of what the dialect can say.
fn choice(dialect: Dialect, index: usize, pieces: &[Piece], reason: StopReason) -> Choice {
    let mut parts: Vec<Part> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let part = part(piece, Some(issuer_of(dialect)), &format!("{index}_{place}"));
        parts.extend(fit(dialect, part, &parts));
    }
    if dialect == Dialect::OpenAiChat {
        // Members of a message have no order among themselves.
        parts.sort_by_key(|part| match part.content {
            Content::Reasoning(_) => 0,
            Content::Text { .. } => 1,
            Content::Refusal(_) => 2,
            _ => 3,
        });
    }
    let has_called = parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)));
    let reason = match reason {
        _ if has_called => StopReason::ToolCalls,
        StopReason::ContentFilter if dialect == Dialect::AnthropicMessages => StopReason::Refusal,
        reason => reason,
    };
    Choice { parts, stop: Some(Stop::new(reason)) }
}

/// A part as the dialect can say it after these; `None` if it cannot.
fn fit(dialect: Dialect, mut part: Part, before: &[Part]) -> Option<Part> {
    let is_there = |wanted: fn(&Content) -> bool| before.iter().any(|part| wanted(&part.content));
    let is_last = |wanted: fn(&Content) -> bool| before.last().is_some_and(|part| wanted(&part.content));
    match (&mut part.content, dialect) {
        (Content::Text { annotations, logprobs, .. }, Dialect::AnthropicMessages) => {
            // Citations are kept in Anthropic's own words alone.
            annotations.clear();
            logprobs.clear();
            (!is_last(is_text)).then_some(part)
        }
        (Content::Text { annotations, logprobs, .. }, Dialect::Gemini) => {
            // Google's index of a citation is one of bytes of the whole text, and probabilities have no bytes.
            annotations.clear();
            logprobs.clear();
            (!is_last(is_text)).then_some(part)
        }
        (Content::Text { .. }, Dialect::OpenAiChat) => (!is_there(is_text)).then_some(part),
        (Content::Text { .. }, Dialect::OpenAiResponses) => Some(part),
        (Content::Refusal(_), Dialect::OpenAiChat) => (!is_there(is_refusal)).then_some(part),
        (Content::Refusal(_), Dialect::OpenAiResponses) => Some(part),
        (Content::Refusal(_), _) => None,
        (Content::Reasoning(reasoning), _) => {
            let is_own = reasoning.state.as_ref().is_none_or(|state| state.issuer == issuer_of(dialect));
            reasoning.is_summary &= dialect == Dialect::OpenAiResponses;
            match dialect {
                Dialect::OpenAiChat => (is_own && !is_there(is_reasoning)).then_some(part),
                Dialect::Gemini => (is_own && !is_last(is_reasoning)).then_some(part),
                _ => is_own.then_some(part),
            }
        }
        (Content::ToolCall(call), Dialect::AnthropicMessages | Dialect::Gemini) => {
            call.kind = ToolCallKind::Function;
            Some(part)
        }
        _ => Some(part),
    }
}

fn is_text(content: &Content) -> bool {
    matches!(content, Content::Text { .. })
}

fn is_refusal(content: &Content) -> bool {
    matches!(content, Content::Refusal(_))
}

fn is_reasoning(content: &Content) -> bool {
    matches!(content, Content::Reasoning(_))
}

fn fit_usage(dialect: Dialect, usage: Usage) -> Usage {
    match dialect {
        Dialect::Gemini => Usage { cache_write_input_tokens: 0, ..usage },
        _ => usage,
    }
}

/// An answer without what an encoder chooses itself: ids, times, the spelling of
/// annotations and of the reason, and a text that says nothing.
pub(crate) fn told(mut response: Response) -> String {
    (response.id, response.created) = (Text::new(), None);
    for choice in &mut response.choices {
        choice.parts.retain(|part| part.as_text().is_none_or(|text| !text.is_empty()));
        choice.stop.iter_mut().for_each(|stop| stop.raw = None);
    }
    for part in response.choices.iter_mut().flat_map(|choice| &mut choice.parts) {
        match &mut part.content {
            Content::ToolCall(call) => call.item_id = None,
            Content::Reasoning(reasoning) => reasoning.id = None,
            Content::Text { annotations, .. } => {
                annotations.iter_mut().for_each(|annotation| annotation.raw = None)
            }
            _ => {}
        }
    }
    format!("{response:#?}")
}

/// The stream of an answer for a client.
pub(crate) fn stream_of(dialect: Dialect, response: Response) -> Bytes {
    let (mut encoder, mut out) = (Encoder::new(dialect, rendering()), Vec::new());
    replay(response).into_iter().for_each(|event| encoder.encode(event, &mut out));
    encoder.finish(&mut out);
    out.into()
}

/// The events that frames tell.
pub(crate) fn events_of(dialect: Dialect, frames: &[Bytes]) -> Vec<Event> {
    let (mut decoder, mut events) = (Decoder::new(dialect), Vec::new());
    frames.iter().for_each(|frame| decoder.decode(frame, &mut events));
    decoder.finish(&mut events);
    events
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn the_fold_of_the_events_of_an_answer_is_the_answer(draft in draft()) {
        let response = draft.everything();
        prop_assert_eq!(format!("{:#?}", fold(replay(response.clone()))), format!("{response:#?}"));
    }

    #[test]
    fn a_whole_answer_that_was_written_is_read_the_same(draft in draft()) {
        for dialect in Dialect::ALL {
            let response = draft.for_dialect(dialect);
            let written = encode_response(dialect, &response, &mut rendering());
            let shown = String::from_utf8_lossy(&written).into_owned();
            let read = decode_response(dialect, &scan(written)).expect("an answer");
            let expected = Response { usage: read.usage.filter(|_| response.usage.is_none()).or(response.usage), ..response };
            prop_assert_eq!(told(read), told(expected), "{:?}: {}", dialect, shown);
        }
    }

    #[test]
    fn a_stream_that_was_written_is_read_the_same_however_it_is_cut(draft in draft(), cuts in vec(1usize..60, 1..40)) {
        for dialect in Dialect::ALL {
            let response = draft.for_dialect(dialect);
            let stream = stream_of(dialect, response.clone());
            let events = events_of(dialect, &frames(stream.clone()));
            let in_pieces = events_of(dialect, &cut_frames(&pieces(&stream, &cuts)));
            prop_assert_eq!(format!("{events:?}"), format!("{in_pieces:?}"));
            let read = fold(events);
            let expected = Response { usage: read.usage.filter(|_| response.usage.is_none()).or(response.usage), ..response };
            prop_assert_eq!(told(read), told(expected), "{:?}: {}", dialect, String::from_utf8_lossy(&stream));
        }
    }
}

/// A stream cut into pieces of these lengths, over and over.
fn pieces(stream: &Bytes, lengths: &[usize]) -> Vec<Bytes> {
    let (mut rest, mut pieces) = (stream.clone(), Vec::new());
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        pieces.push(rest.split_to((*length).min(rest.len())));
    }
    pieces
}
