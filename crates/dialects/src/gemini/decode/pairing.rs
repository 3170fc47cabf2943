//! Which call a result belongs to: by id where both have one, else by name, in order (spec 03 §17.4).
//! In: calls and results as they stand in `contents`. Out: an id for every call, and for every result the id of its call.
//! Invariant: calls without an id get one from their place, so that the same body always gives the same ids.

use std::collections::{HashMap, VecDeque};

use crate::conversation::Text;

/// The calls of the latest step, and who answered them.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    calls: Vec<Call>,
    by_id: HashMap<Text, usize>,
    by_name: HashMap<Text, VecDeque<usize>>,
    is_answering: bool,
}

#[derive(Debug)]
struct Call {
    id: Text,
    has_own_id: bool,
    is_answered: bool,
}

impl Pairing {
    /// A content of the user begins: the calls so far are a step.
    pub(super) fn user_speaks(&mut self) {
        self.is_answering = true;
    }

    /// A content of the model begins. A new step forgets the calls of the last one.
    pub(super) fn model_speaks(&mut self) {
        if std::mem::take(&mut self.is_answering) {
            *self = Self::default();
        }
    }

    /// A call; the id is its own or stands for its place.
    pub(super) fn call(&mut self, own_id: Option<Text>, name: &Text, content: usize, part: usize) -> Text {
        let has_own_id = own_id.is_some();
        let id = own_id.unwrap_or_else(|| format!("call_{content}_{part}").into());
        self.by_id.insert(id.clone(), self.calls.len());
        self.by_name.entry(name.clone()).or_default().push_back(self.calls.len());
        self.calls.push(Call { id: id.clone(), has_own_id, is_answered: false });
        id
    }

    /// A result; `None` if it names no id and no call waits for it.
    pub(super) fn result(&mut self, id: Option<Text>, name: &Text) -> Option<Text> {
        if let Some(call) = id.as_ref().and_then(|id| self.by_id.get(id)) {
            if let Some(call) = self.calls.get_mut(*call) {
                call.is_answered = true;
            }
            return id;
        }
        // An id that no call has, as the call had none, still pairs by name.
        let needs_id = id.is_some();
        let waiting = self.by_name.get_mut(name);
        let found = waiting.and_then(|waiting| {
            while let Some(index) = waiting.front().copied() {
                let call = self.calls.get_mut(index)?;
                if call.is_answered {
                    waiting.pop_front();
                    continue;
                }
                if needs_id && call.has_own_id {
                    return None;
                }
                call.is_answered = true;
                return Some(call.id.clone());
            }
            None
        });
        found.or(id)
    }
}

#[cfg(test)]
mod tests {
    use super::Pairing;

    #[test]
    fn results_without_ids_pair_by_name_and_in_order() {
        let mut pairing = Pairing::default();
        let (f, g) = ("f".into(), "g".into());
        pairing.model_speaks();
        assert_eq!(pairing.call(None, &f, 1, 0), "call_1_0");
        pairing.call(Some("mine".into()), &g, 1, 1);
        pairing.call(None, &f, 1, 2);
        pairing.user_speaks();
        assert_eq!(pairing.result(Some("mine".into()), &g).unwrap(), "mine");
        assert_eq!(pairing.result(None, &f).unwrap(), "call_1_0");
        assert_eq!(pairing.result(Some("theirs".into()), &f).unwrap(), "call_1_2");
        assert_eq!(pairing.result(None, &f), None);
        assert_eq!(pairing.result(Some("stray".into()), &f).unwrap(), "stray");
        pairing.model_speaks();
        assert_eq!(pairing.call(None, &f, 3, 0), "call_3_0");
        pairing.user_speaks();
        assert_eq!(pairing.result(None, &f).unwrap(), "call_3_0");
    }
}
