//! One part at a time: for dialects whose blocks must not interleave (Messages, Responses as strict clients read it, Gemini).
//! In: events in any legal order. Out: the same events, with every part's events together. Parts that begin while another is
//! open wait for its end; nothing else is reordered, and a text that streams alone is never held back.
//! Invariant: every event comes out exactly once; held bytes are bounded by what the upstream sent of parallel parts.

use std::collections::VecDeque;

use super::{Event, Place};

/// Puts parts one after the other.
#[derive(Debug, Default)]
pub struct Sequencer {
    open: Option<Place>,
    /// Parts that began while another was open, each with its events.
    waiting: VecDeque<(Place, Vec<Event>)>,
}

impl Sequencer {
    /// A sequencer that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event and hands on what may go out now, in order.
    pub fn push(&mut self, event: Event, out: &mut impl FnMut(Event)) {
        match place_of(&event) {
            Some(at) => self.push_of_part(at, event, out),
            None => {
                if matches!(event, Event::Finished { .. } | Event::Failed(_)) {
                    self.flush(out);
                }
                out(event);
            }
        }
    }

    fn push_of_part(&mut self, at: Place, event: Event, out: &mut impl FnMut(Event)) {
        if let Some((_, held)) = self.waiting.iter_mut().find(|(place, _)| *place == at) {
            held.push(event);
            return;
        }
        let is_end = matches!(event, Event::PartFinished { .. });
        match (self.open, &event) {
            (Some(open), Event::PartStarted { .. }) if open != at => {
                self.waiting.push_back((at, vec![event]));
                return;
            }
            (_, Event::PartStarted { .. }) => self.open = Some(at),
            _ => {}
        }
        out(event);
        if is_end && self.open == Some(at) {
            self.open = None;
            self.release(out);
        }
    }

    /// Lets the next waiting parts go: all that are complete, and the first that is not.
    fn release(&mut self, out: &mut impl FnMut(Event)) {
        while self.open.is_none() {
            let Some((at, held)) = self.waiting.pop_front() else { return };
            let is_complete = matches!(held.last(), Some(Event::PartFinished { .. }));
            held.into_iter().for_each(&mut *out);
            if !is_complete {
                self.open = Some(at);
            }
        }
    }

    /// Lets everything go: the answer ends here.
    fn flush(&mut self, out: &mut impl FnMut(Event)) {
        if let Some(at) = self.open.take() {
            out(Event::PartFinished { at });
        }
        for (at, held) in std::mem::take(&mut self.waiting) {
            let is_complete = matches!(held.last(), Some(Event::PartFinished { .. }));
            held.into_iter().for_each(&mut *out);
            if !is_complete {
                out(Event::PartFinished { at });
            }
        }
    }
}

fn place_of(event: &Event) -> Option<Place> {
    match event {
        Event::PartStarted { at, .. } | Event::Delta { at, .. } | Event::PartFinished { at } => Some(*at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Sequencer;
    use crate::conversation::{Delta, Event, Part, Place, Stop, StopReason};

    fn run(events: Vec<Event>) -> Vec<String> {
        let (mut sequencer, mut seen) = (Sequencer::new(), Vec::new());
        for event in events {
            sequencer.push(event, &mut |event| {
                seen.push(match event {
                    Event::PartStarted { at, .. } => format!("+{}", at.part),
                    Event::Delta { at, .. } => format!("~{}", at.part),
                    Event::PartFinished { at } => format!("-{}", at.part),
                    _ => "end".to_owned(),
                });
            });
        }
        seen
    }

    #[test]
    fn parallel_parts_come_one_after_the_other() {
        let at = |part| Place { choice: 0, part };
        let start = |part| Event::PartStarted { at: at(part), part: Box::new(Part::text("")) };
        let delta = |part| Event::Delta { at: at(part), delta: Delta::Text("x".into()) };
        let end = |part| Event::PartFinished { at: at(part) };
        let finish = || Event::Finished { choice: 0, stop: Stop::new(StopReason::End) };
        let events = vec![
            start(0),
            start(1),
            delta(1),
            delta(0),
            start(2),
            delta(2),
            end(2),
            end(0),
            delta(1),
            finish(),
        ];
        let expected = ["+0", "~0", "-0", "+1", "~1", "~1", "-1", "+2", "~2", "-2", "end"];
        assert_eq!(run(events), expected);
        assert_eq!(run(vec![start(0), delta(0), finish()]), ["+0", "~0", "-0", "end"]);
    }
}
