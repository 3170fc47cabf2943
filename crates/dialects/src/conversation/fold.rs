//! Events to an answer, and an answer to its events.
//! Invariant: `fold(replay(response)) == response` for every response that keeps the rules of `event`.

use vocabulary::Usage;

use super::{Choice, Content, Delta, Event, MediaSource, Part, Place, Response, Started, Text};

/// A fold in progress.
#[derive(Debug, Default)]
pub struct Fold {
    response: Response,
    /// Texts of parts that are still growing.
    growing: Vec<(Place, String)>,
}

impl Fold {
    /// A fold of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event.
    pub fn push(&mut self, event: Event) {
        match event {
            Event::Started(Started { id, model, created }) => {
                (self.response.id, self.response.model, self.response.created) = (id, model, created);
            }
            Event::PartStarted { at, part } => {
                let choice = self.choice(at.choice);
                if choice.parts.len() == at.part as usize {
                    choice.parts.push(*part);
                }
            }
            Event::Delta { at, delta } => self.grow(at, delta),
            Event::PartFinished { at } => self.settle(at),
            Event::Usage(usage) => self.response.usage = Some(usage),
            Event::Finished { choice, stop } => {
                self.settle_all();
                self.choice(choice).stop = Some(stop);
            }
            Event::Failed(error) => {
                self.settle_all();
                self.response.error = Some(error);
            }
        }
    }

    /// What came of it.
    pub fn finish(mut self) -> Response {
        self.settle_all();
        self.response
    }

    fn choice(&mut self, index: u32) -> &mut Choice {
        // Choices come in order; a hostile index cannot make this grow beyond what a request may ask for.
        let index = (index as usize).min(MAX_CHOICES - 1);
        if self.response.choices.len() <= index {
            self.response.choices.resize(index + 1, Choice::default());
        }
        &mut self.response.choices[index]
    }

    fn part(&mut self, at: Place) -> Option<&mut Part> {
        self.response.choices.get_mut(at.choice as usize)?.parts.get_mut(at.part as usize)
    }

    fn grow(&mut self, at: Place, delta: Delta) {
        let delta = match delta {
            Delta::Text(more) => {
                match self.growing.iter_mut().find(|(place, _)| *place == at) {
                    Some((_, text)) => text.push_str(&more),
                    None => self.growing.push((at, more.to_string())),
                }
                return;
            }
            other => other,
        };
        let Some(part) = self.part(at) else { return };
        match (&mut part.content, delta) {
            (Content::Text { annotations, .. }, Delta::Annotation(annotation)) => {
                annotations.push(*annotation)
            }
            (Content::Text { logprobs, .. }, Delta::Logprobs(more)) => logprobs.extend(more),
            (Content::Reasoning(reasoning), Delta::State(state)) => reasoning.state = Some(state),
            (Content::Image(media) | Content::Audio(media), Delta::Medium(data)) => {
                media.source = MediaSource::Base64(data);
            }
            _ => {}
        }
    }

    fn settle(&mut self, at: Place) {
        let Some(index) = self.growing.iter().position(|(place, _)| *place == at) else { return };
        let (_, more) = self.growing.swap_remove(index);
        let Some(text) = self.part(at).and_then(|part| text_of(&mut part.content)) else { return };
        *text = if text.is_empty() { more.into() } else { (text.to_string() + &more).into() };
    }

    fn settle_all(&mut self) {
        while let Some((at, _)) = self.growing.first() {
            let at = *at;
            self.settle(at);
        }
    }
}

/// As many as any dialect lets a caller ask for.
const MAX_CHOICES: usize = 128;

/// The text of a part that `Delta::Text` adds to.
pub(crate) fn text_of(content: &mut Content) -> Option<&mut Text> {
    match content {
        Content::Text { text, .. } | Content::Refusal(text) => Some(text),
        Content::Reasoning(reasoning) => Some(&mut reasoning.text),
        Content::ToolCall(call) => Some(&mut call.arguments),
        _ => None,
    }
}

/// The answer that events tell of.
pub fn fold(events: impl IntoIterator<Item = Event>) -> Response {
    let mut fold = Fold::new();
    events.into_iter().for_each(|event| fold.push(event));
    fold.finish()
}

/// The events of an answer that is all there: each part in one piece.
pub fn replay(response: Response) -> Vec<Event> {
    let Response { id, model, created, choices, usage, error } = response;
    let mut events = vec![Event::Started(Started { id, model, created })];
    for (choice, index) in choices.iter().zip(0u32..) {
        for (part, number) in choice.parts.iter().zip(0u32..) {
            replay_part(part, Place { choice: index, part: number }, &mut events);
        }
    }
    events.extend(usage.map(|usage: Usage| Event::Usage(usage)));
    for (choice, index) in choices.into_iter().zip(0u32..) {
        events.extend(choice.stop.map(|stop| Event::Finished { choice: index, stop }));
    }
    events.extend(error.map(Event::Failed));
    events
}

fn replay_part(part: &Part, at: Place, events: &mut Vec<Event>) {
    let mut start = part.clone();
    let deltas = take_deltas(&mut start);
    events.push(Event::PartStarted { at, part: Box::new(start) });
    events.extend(deltas.into_iter().map(|delta| Event::Delta { at, delta }));
    events.push(Event::PartFinished { at });
}

/// Takes out of a part whatever can come as a delta, in the order in which it streams: put back, it makes the part.
pub(crate) fn take_deltas(part: &mut Part) -> Vec<Delta> {
    let mut deltas = Vec::new();
    if let Some(text) = text_of(&mut part.content) {
        let text = std::mem::take(text);
        if !text.is_empty() {
            deltas.push(Delta::Text(text));
        }
    }
    match &mut part.content {
        Content::Text { annotations, logprobs, .. } => {
            let logprobs = std::mem::take(logprobs);
            if !logprobs.is_empty() {
                deltas.push(Delta::Logprobs(logprobs));
            }
            deltas.extend(annotations.drain(..).map(|annotation| Delta::Annotation(Box::new(annotation))));
        }
        Content::Reasoning(reasoning) => deltas.extend(reasoning.state.take().map(Delta::State)),
        _ => {}
    }
    deltas
}
