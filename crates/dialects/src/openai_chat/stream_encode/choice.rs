//! One choice of a stream that is written: which parts are open, and what waits for the part that follows.
//! In: events of its parts. Out: chunks. Invariant: nothing waits longer than until the next event that could change it.

use super::Chunks;
use crate::conversation::{
    Annotation, Content, Delta, Logprob, Media, MediaSource, Part, Reasoning, Stop, Text, ToolCall,
    ToolCallKind,
};
use crate::openai_chat::encode_response::write_called;
use crate::openai_chat::{thinking, words};

#[derive(Debug)]
pub(super) struct Choice {
    pub(super) index: u32,
    open: Vec<(u32, Open)>,
    calls: u64,
    blocks: u64,
    /// Blocks that are not yet written. They go out together, before what comes after them: Node's SDK keeps nothing but the last
    /// delta of a member that it does not know.
    thoughts: Vec<Reasoning>,
    images: u64,
    annotations: u64,
    /// Characters of `content` so far: annotations count from its beginning.
    characters: u64,
    /// Google's signature of the reasoning that has just ended: a call takes it along, else it is the message's.
    signature: Option<Text>,
}

/// A part that is open.
#[derive(Debug)]
enum Open {
    /// A text, with the characters that stand before it.
    Text(u64),
    Refusal,
    /// Its state is told with the whole text, at its end.
    Reasoning(Reasoning, String),
    /// A call that is not yet written.
    HeldCall(Box<Held>),
    /// A call that is, by its index.
    Call(u64, ToolCallKind, IsBare),
    Image(Media),
    /// Nothing that chat can show.
    Other,
}

/// A call was written without any arguments so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IsBare {
    Yes,
    No,
}

#[derive(Debug)]
struct Held {
    number: u64,
    call: ToolCall,
    signature: Option<Text>,
}

impl Choice {
    pub(super) fn new(index: u32) -> Self {
        let (calls, blocks, images, annotations, characters) = (0, 0, 0, 0, 0);
        let (open, thoughts) = (Vec::new(), Vec::new());
        Self { index, open, calls, blocks, thoughts, images, annotations, characters, signature: None }
    }

    pub(super) fn start(&mut self, number: u32, part: Part, chunks: &mut Chunks<'_>) {
        self.write_held(chunks);
        let is_thought = matches!(part.content, Content::Reasoning(_));
        if !is_thought {
            self.write_blocks(chunks);
        }
        if !is_thought && !matches!(part.content, Content::ToolCall(_)) {
            self.write_signature(chunks);
        }
        let (open, deltas) = self.opened(part.content);
        self.open.push((number, open));
        deltas.into_iter().for_each(|delta| self.grow(number, delta, chunks));
    }

    /// A part as it opens, and what is known of it already.
    fn opened(&mut self, content: Content) -> (Open, Vec<Delta>) {
        let said = |text: Text| (!text.is_empty()).then_some(Delta::Text(text));
        match content {
            Content::Text { text, annotations, logprobs } => {
                let mut deltas: Vec<Delta> = said(text).into_iter().collect();
                deltas.extend((!logprobs.is_empty()).then_some(Delta::Logprobs(logprobs)));
                deltas.extend(
                    annotations.into_iter().map(|annotation| Delta::Annotation(Box::new(annotation))),
                );
                (Open::Text(self.characters), deltas)
            }
            Content::Refusal(text) => (Open::Refusal, said(text).into_iter().collect()),
            Content::Reasoning(mut reasoning) => {
                let deltas = said(std::mem::take(&mut reasoning.text)).into_iter().collect();
                (Open::Reasoning(reasoning, String::new()), deltas)
            }
            Content::ToolCall(mut call) => {
                let deltas = said(std::mem::take(&mut call.arguments)).into_iter().collect();
                let number = self.calls;
                self.calls += 1;
                let held = Held { number, call, signature: self.signature.take() };
                (Open::HeldCall(Box::new(held)), deltas)
            }
            Content::Image(media) => (Open::Image(media), Vec::new()),
            _ => (Open::Other, Vec::new()),
        }
    }

    pub(super) fn grow(&mut self, number: u32, delta: Delta, chunks: &mut Chunks<'_>) {
        let index = self.index;
        let Some(position) = self.open.iter().position(|(open, _)| *open == number) else { return };
        match (&mut self.open[position].1, delta) {
            (Open::Text(_), Delta::Text(text)) => {
                self.characters += text.chars().count() as u64;
                chunks.delta(index, |delta| {
                    delta.text("content", &*text);
                });
            }
            (Open::Text(_), Delta::Logprobs(logprobs)) => write_logprobs(index, &logprobs, chunks),
            (Open::Text(before), Delta::Annotation(annotation)) => {
                write_annotation(index, &annotation, *before, &mut self.annotations, chunks);
            }
            (Open::Refusal, Delta::Text(text)) => chunks.delta(index, |delta| {
                delta.text("refusal", &*text);
            }),
            (Open::Reasoning(_, thoughts), Delta::Text(text)) => {
                thoughts.push_str(&text);
                chunks.delta(index, |delta| {
                    delta.text("reasoning_content", &*text);
                });
            }
            (Open::Reasoning(reasoning, _), Delta::State(state)) => reasoning.state = Some(state),
            (Open::HeldCall(_), Delta::Text(text)) => self.write_call(position, &text, chunks),
            (Open::Call(call, kind, bare), Delta::Text(text)) => {
                *bare = IsBare::No;
                write_arguments(index, *call, *kind, &text, chunks);
            }
            (Open::Image(media), Delta::Medium(data)) => media.source = MediaSource::Base64(data),
            _ => {}
        }
    }

    pub(super) fn finish_part(&mut self, number: u32, chunks: &mut Chunks<'_>) {
        let index = self.index;
        let Some(position) = self.open.iter().position(|(open, _)| *open == number) else { return };
        if let Open::HeldCall(held) = &self.open[position].1 {
            let is_function = held.call.kind == ToolCallKind::Function;
            self.write_call(position, if is_function { "{}" } else { "" }, chunks);
        }
        match self.open.swap_remove(position).1 {
            Open::Reasoning(reasoning, thoughts) => self.finish_reasoning(reasoning, thoughts, chunks),
            Open::Call(call, kind @ ToolCallKind::Function, IsBare::Yes) => {
                write_arguments(index, call, kind, "{}", chunks);
            }
            Open::Image(media) => {
                let place = next(&mut self.images);
                chunks.delta(index, |delta| {
                    delta.array("images", |images| words::write_image(images, &media, place));
                });
            }
            _ => {}
        }
    }

    fn finish_reasoning(&mut self, reasoning: Reasoning, thoughts: String, chunks: &mut Chunks<'_>) {
        let reasoning = Reasoning { text: thoughts.into(), ..reasoning };
        if thinking::has_block(&reasoning) {
            self.thoughts.push(reasoning);
        } else if let Some(signature) = thinking::google_signature(&reasoning) {
            self.write_signature(chunks);
            self.signature = Some(signature.clone());
        }
    }

    fn write_blocks(&mut self, chunks: &mut Chunks<'_>) {
        let thoughts = std::mem::take(&mut self.thoughts);
        if thoughts.is_empty() {
            return;
        }
        let count = &mut self.blocks;
        chunks.delta(self.index, |delta| {
            delta.array("thinking_blocks", |blocks| {
                for reasoning in &thoughts {
                    blocks.object(|block| thinking::write_block(block, reasoning, next(count)));
                }
            });
        });
    }

    /// Writes why the choice ended.
    pub(super) fn finish(&mut self, stop: &Stop, chunks: &mut Chunks<'_>) {
        // Whoever forgot to end a part does not lose it.
        while let Some((number, _)) = self.open.first() {
            let number = *number;
            self.finish_part(number, chunks);
        }
        self.write_blocks(chunks);
        self.write_signature(chunks);
        let has_calls = self.calls > 0;
        chunks.choice(self.index, |choice| {
            choice.object("delta", |_| {});
            words::write_stop(choice, stop, has_calls);
        });
    }

    /// Writes calls that wait for their arguments, so that calls begin in the order of their indexes.
    fn write_held(&mut self, chunks: &mut Chunks<'_>) {
        for position in 0..self.open.len() {
            self.write_call(position, "", chunks);
        }
    }

    /// Writes the beginning of a call that is held.
    fn write_call(&mut self, position: usize, arguments: &str, chunks: &mut Chunks<'_>) {
        let Some((_, open)) = self.open.get_mut(position) else { return };
        let Open::HeldCall(held) = open else { return };
        let Held { number, call, signature } = &**held;
        chunks.delta(self.index, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|object| {
                    object.number("index", *number).text("id", &*call.id);
                    write_called(object, call, arguments);
                    thinking::write_signature(object, signature.as_ref());
                });
            });
        });
        let bare = if arguments.is_empty() { IsBare::Yes } else { IsBare::No };
        *open = Open::Call(*number, call.kind, bare);
    }

    /// Writes a signature that no call took.
    fn write_signature(&mut self, chunks: &mut Chunks<'_>) {
        if let Some(signature) = self.signature.take() {
            chunks.delta(self.index, |delta| thinking::write_signature(delta, Some(&signature)));
        }
    }
}

/// The place of the next element of a list that comes in pieces.
fn next(count: &mut u64) -> Option<u64> {
    let place = *count;
    *count += 1;
    Some(place)
}

fn write_arguments(index: u32, call: u64, kind: ToolCallKind, text: &str, chunks: &mut Chunks<'_>) {
    let (wrapper, key) = match kind {
        ToolCallKind::Function => ("function", "arguments"),
        ToolCallKind::Custom => ("custom", "input"),
    };
    chunks.delta(index, |delta| {
        delta.array("tool_calls", |calls| {
            calls.object(|object| {
                object.number("index", call).object(wrapper, |inner| {
                    inner.text(key, text);
                });
            });
        });
    });
}

fn write_logprobs(index: u32, logprobs: &[Logprob], chunks: &mut Chunks<'_>) {
    chunks.choice(index, |choice| {
        choice.object("delta", |_| {});
        words::write_logprobs(choice, logprobs);
        choice.null("finish_reason");
    });
}

fn write_annotation(
    index: u32,
    annotation: &Annotation,
    before: u64,
    count: &mut u64,
    chunks: &mut Chunks<'_>,
) {
    if words::is_writable(annotation) {
        let place = next(count);
        chunks.delta(index, |delta| {
            delta.array("annotations", |list| words::write_annotation(list, annotation, before, place));
        });
    }
}
