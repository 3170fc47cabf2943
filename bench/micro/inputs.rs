//! What is measured: a request with tools and history, an answer with two calls, and a stream of some hundred frames.
//! In: the matrix's case `parallel_tools`. Out: scanned bodies, frames, events. Invariant: every dialect tells the same story.

use std::path::PathBuf;

use bytes::Bytes;
use dialects::conversation::{
    Content, Delta, Event, Ids, Part, Place, Reasoning, Started, Stop, StopReason, Strictness, ToolCall,
    ToolCallKind,
};
use dialects::json::RawObject;
use dialects::sse::FrameSplitter;
use dialects::translate::{Encoder, Rendering, Target};
use vocabulary::{Dialect, Usage};

use crate::Failure;

/// How many pieces of text a stream brings.
const DELTAS: usize = 200;

/// The inputs of one dialect.
pub(crate) struct Inputs {
    pub(crate) request: RawObject,
    pub(crate) answer: RawObject,
    pub(crate) events: Vec<Event>,
    /// The same events as this dialect's stream.
    pub(crate) frames: Vec<Bytes>,
}

impl Inputs {
    pub(crate) fn of(dialect: Dialect) -> Result<Self, Failure> {
        let name = match dialect {
            Dialect::OpenAiChat => "chat",
            Dialect::OpenAiResponses => "responses",
            Dialect::AnthropicMessages => "messages",
            Dialect::Gemini => "gemini",
        };
        let file = |kind: &str| -> Result<RawObject, Failure> {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/matrix/cases/parallel_tools");
            Ok(RawObject::scan(std::fs::read(folder.join(format!("{name}.{kind}.json")))?.into())?)
        };
        let events = events();
        let frames = frames(dialect, &events)?;
        Ok(Self { request: file("request")?, answer: file("answer")?, events, frames })
    }
}

fn events() -> Vec<Event> {
    let at = |part| Place { choice: 0, part };
    let text = |part, text: String| Event::Delta { at: at(part), delta: Delta::Text(text.into()) };
    let begin = |part, content: Content| Event::PartStarted { at: at(part), part: Box::new(content.into()) };
    let call = ToolCall {
        id: "call_1".into(),
        name: "weather".into(),
        arguments: Default::default(),
        kind: ToolCallKind::Function,
        namespace: None,
        item_id: None,
    };
    let mut events = vec![Event::Started(Started { id: "id1".into(), model: "m1".into(), created: Some(1) })];
    events.push(begin(0, Content::Reasoning(Reasoning::default())));
    events.extend((0..DELTAS / 4).map(|_| text(0, " hm,".to_owned())));
    events.push(Event::PartFinished { at: at(0) });
    events.push(Event::PartStarted { at: at(1), part: Box::new(Part::text("")) });
    events.extend((0..DELTAS).map(|number| text(1, format!(" w\u{f6}rd{}", number % 10))));
    events.push(Event::PartFinished { at: at(1) });
    events.push(begin(2, Content::ToolCall(call)));
    let pieces = ["{\"city\"", ": \"Os", "lo\", \"", "n\": 1", "}"];
    events.extend(pieces.map(|piece| text(2, piece.to_owned())));
    events.push(Event::PartFinished { at: at(2) });
    events.push(Event::Usage(Usage {
        input_tokens: 9,
        output_tokens: 260,
        total_tokens: 269,
        ..Usage::default()
    }));
    events.push(Event::Finished { choice: 0, stop: Stop::new(StopReason::ToolCalls) });
    events
}

fn frames(dialect: Dialect, events: &[Event]) -> Result<Vec<Bytes>, Failure> {
    let (mut encoder, mut out) = (Encoder::new(dialect, rendering()), Vec::new());
    events.iter().for_each(|event| encoder.encode(event.clone(), &mut out));
    encoder.finish(&mut out);
    let mut splitter = FrameSplitter::new(usize::MAX);
    splitter.push(out.into());
    let mut frames = Vec::new();
    while let Some(frame) = splitter.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

/// How answers are written.
pub(crate) fn rendering() -> Rendering {
    Rendering {
        model: "m".into(),
        provider: "acme",
        upstream: vocabulary::Dialect::OpenAiChat,
        created: 1_800_000_000,
        ids: Ids::new(7),
        include_usage: true,
        request: None,
        estimated_input_tokens: 9,
        as_array: false,
    }
}

/// The target of a request.
pub(crate) fn target(dialect: Dialect) -> Target<'static> {
    Target {
        model: match dialect {
            Dialect::OpenAiChat | Dialect::OpenAiResponses => "gpt-5.1",
            Dialect::AnthropicMessages => "claude-sonnet-4-6",
            Dialect::Gemini => "gemini-3-pro-preview",
        },
        max_output_tokens: Some(64_000),
        default_max_tokens: 4096,
        include_usage: true,
        strictness: Strictness::Lenient,
        keeps: &[],
        nested_reasoning: false,
        can_stop_thinking: true,
        has_web_search: true,
    }
}
