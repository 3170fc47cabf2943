//! What a provider wants back and many a client throws away: the thoughts before a tool call, signed (spec 03 B4, B10) or not
//! (DeepSeek and Kimi refuse a replayed call without its `reasoning_content`).
//! Most clients of OpenAI chat keep a tool call's id and nothing beside it, and Gemini CLI keeps no thoughts. So what stood before a call is remembered under
//! the caller's path and that id, and put back when a request replays the call without it.
//! In: events and answers as they pass; requests before they are encoded. Out: requests with their reasoning.
//! Invariants: bounded by bytes and by time; a caller never meets another path's thoughts; what a client did send back is left alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dialects::conversation::{
    Choice, Content, Delta, Event, OpaqueState, Part, Reasoning, Request, Role, Text, Turn,
};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use vocabulary::UserPath;

/// All that is remembered, in bytes.
const CAPACITY_BYTES: u64 = 64 << 20;
/// How many calls are expected to be remembered at once.
const EXPECTED_CALLS: usize = 16 << 10;
/// A tool loop that pauses for longer goes on without.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);

struct Remembered {
    reasoning: Vec<Reasoning>,
    since: Instant,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Box<str>, Arc<Remembered>> for ByBytes {
    fn weight(&self, key: &Box<str>, remembered: &Arc<Remembered>) -> u64 {
        let bytes = remembered.reasoning.iter().map(|reasoning| {
            reasoning.text.len() + reasoning.state.as_ref().map_or(0, |state| state.bytes.len()) + 128
        });
        (key.len() + bytes.sum::<usize>()) as u64
    }
}

/// The thoughts before tool calls, of all callers. Belongs to the process.
pub struct Recall {
    calls: Cache<Box<str>, Arc<Remembered>, ByBytes>,
}

impl Default for Recall {
    fn default() -> Self {
        Self { calls: Cache::with_weighter(EXPECTED_CALLS, CAPACITY_BYTES, ByBytes) }
    }
}

impl Recall {
    /// Puts back what a request replays without. A turn that brings every state of what was remembered is left alone.
    pub(crate) fn complete(&self, user_path: Option<&UserPath>, request: &mut Request) {
        for turn in request.turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
            let remembered: Vec<_> =
                calls(turn).filter_map(|id| Some((id.clone(), self.get(user_path, id)?))).collect();
            if lacks(turn, &remembered) {
                put_back(turn, &remembered);
            }
        }
    }

    fn get(&self, user_path: Option<&UserPath>, call_id: &str) -> Option<Arc<Remembered>> {
        let remembered = self.calls.get(&*key(user_path, call_id))?;
        (remembered.since.elapsed() < KEPT_FOR).then_some(remembered)
    }

    fn put(&self, user_path: Option<&UserPath>, call_id: &str, reasoning: Vec<Reasoning>) {
        let remembered = Arc::new(Remembered { reasoning, since: Instant::now() });
        self.calls.insert(key(user_path, call_id), remembered);
    }
}

fn key(user_path: Option<&UserPath>, call_id: &str) -> Box<str> {
    let path = user_path.map_or("", UserPath::as_str);
    format!("{path}\n{call_id}").into()
}

/// True if a turn comes without a state that was remembered, or without any thought where there was none with a state.
fn lacks(turn: &Turn, remembered: &[(Text, Arc<Remembered>)]) -> bool {
    let all = remembered.iter().flat_map(|(_, remembered)| &remembered.reasoning);
    let mut states = all.filter_map(|reasoning| reasoning.state.as_ref()).peekable();
    if states.peek().is_none() {
        let has_thoughts = turn.parts.iter().any(|part| matches!(part.content, Content::Reasoning(_)));
        return !remembered.is_empty() && !has_thoughts;
    }
    states.any(|state| !turn.parts.iter().any(|part| state_of(part) == Some(state)))
}

/// Sets what was remembered in front of its calls, in place of what is left of it.
fn put_back(turn: &mut Turn, remembered: &[(Text, Arc<Remembered>)]) {
    let states = remembered.iter().flat_map(|(_, remembered)| &remembered.reasoning);
    let states: Vec<_> = states.filter_map(|reasoning| reasoning.state.as_ref()).collect();
    let mut parts = Vec::with_capacity(turn.parts.len() + 1);
    for part in turn.parts.drain(..) {
        match &part.content {
            Content::Reasoning(reasoning) => {
                // Thoughts of others stay; those without a state are what is left of those that were remembered whole.
                if reasoning.state.as_ref().is_some_and(|state| !states.contains(&state)) {
                    parts.push(part);
                }
                continue;
            }
            Content::ToolCall(call) => {
                let of_call = remembered.iter().filter(|(id, _)| *id == call.id);
                let reasoning = of_call.flat_map(|(_, remembered)| remembered.reasoning.iter().cloned());
                parts.extend(reasoning.map(|reasoning| Part::new(Content::Reasoning(reasoning))));
            }
            _ => {}
        }
        parts.push(part);
    }
    turn.parts = parts;
}

/// The ids of a turn's calls.
fn calls(turn: &Turn) -> impl Iterator<Item = &Text> {
    turn.parts.iter().filter_map(|part| match &part.content {
        Content::ToolCall(call) => Some(&call.id),
        _ => None,
    })
}

fn state_of(part: &Part) -> Option<&OpaqueState> {
    match &part.content {
        Content::Reasoning(reasoning) => reasoning.state.as_ref(),
        _ => None,
    }
}

/// Watches one answer for thoughts that must come back.
pub(crate) struct Remembering {
    recall: Arc<Recall>,
    user_path: Option<UserPath>,
    /// The reasoning part that is open, with its text so far.
    open: Option<(Reasoning, String)>,
    /// Complete ones that no call has followed yet.
    pending: Vec<Reasoning>,
}

impl Remembering {
    pub(crate) fn new(recall: Arc<Recall>, user_path: Option<UserPath>) -> Self {
        Self { recall, user_path, open: None, pending: Vec::new() }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::PartStarted { part, .. } => match &part.content {
                Content::Reasoning(reasoning) => {
                    self.settle();
                    self.open = Some((reasoning.clone(), String::new()));
                }
                Content::ToolCall(call) => {
                    self.settle();
                    self.called(&call.id);
                }
                _ => self.settle(),
            },
            Event::Delta { delta, .. } => match (&mut self.open, delta) {
                (Some((_, text)), Delta::Text(more)) => text.push_str(more),
                (Some((reasoning, _)), Delta::State(state)) => reasoning.state = Some(state.clone()),
                _ => {}
            },
            _ => {}
        }
    }

    /// The same for a whole answer.
    pub(crate) fn see_whole(&mut self, choice: &Choice) {
        for part in &choice.parts {
            match &part.content {
                Content::Reasoning(reasoning) => self.pending.push(reasoning.clone()),
                Content::ToolCall(call) => self.called(&call.id),
                _ => {}
            }
        }
    }

    fn settle(&mut self) {
        if let Some((mut reasoning, text)) = self.open.take() {
            if !text.is_empty() {
                reasoning.text = Text::from(reasoning.text.to_string() + &text);
            }
            self.pending.push(reasoning);
        }
    }

    fn called(&mut self, call_id: &str) {
        let reasoning = std::mem::take(&mut self.pending);
        if reasoning.iter().any(|reasoning| reasoning.state.is_some() || !reasoning.text.is_empty()) {
            self.recall.put(self.user_path.as_ref(), call_id, reasoning);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dialects::conversation::{
        Content, Issuer, OpaqueState, Part, Reasoning, Request, Response, Role, ToolCall, ToolCallKind, Turn,
        replay,
    };
    use vocabulary::UserPath;

    use super::{Recall, Remembering};

    fn thought(text: &str) -> Part {
        signed(text, "sig")
    }

    fn signed(text: &str, signature: &'static str) -> Part {
        let state = Some(OpaqueState { issuer: Issuer::Anthropic, bytes: signature.into() });
        Content::Reasoning(Reasoning { text: text.into(), state, ..Reasoning::default() }).into()
    }

    fn call(id: &str) -> Part {
        let (id, name, arguments) = (id.into(), "f".into(), "{}".into());
        let kind = ToolCallKind::Function;
        Content::ToolCall(ToolCall { id, name, namespace: None, arguments, kind, item_id: None }).into()
    }

    fn replayed(recall: &Recall, path: Option<&UserPath>, parts: Vec<Part>) -> Vec<Part> {
        let turns = vec![Turn::new(Role::Assistant, parts)];
        let mut request = Request { turns, ..Request::default() };
        recall.complete(path, &mut request);
        request.turns.remove(0).parts
    }

    #[test]
    fn thoughts_before_a_call_come_back_with_it_streamed_or_whole() {
        let answer = vec![thought("one"), Part::text("hm"), call("a"), call("b")];
        let response = Response {
            choices: vec![dialects::conversation::Choice { parts: answer, stop: None }],
            ..Response::default()
        };
        for is_streamed in [true, false] {
            let recall = Arc::new(Recall::default());
            let mut remembering = Remembering::new(recall.clone(), None);
            if is_streamed {
                replay(response.clone()).iter().for_each(|event| remembering.see(event));
            } else {
                remembering.see_whole(&response.choices[0]);
            }
            assert_eq!(
                replayed(&recall, None, vec![call("a"), call("b")]),
                [thought("one"), call("a"), call("b")]
            );
            let other = UserPath::parse("/other").unwrap().unwrap();
            assert_eq!(replayed(&recall, Some(&other), vec![call("a")]), [call("a")]);
            let whole = vec![thought("one"), call("a")];
            assert_eq!(replayed(&recall, None, whole.clone()), whole);
        }
    }

    #[test]
    fn what_a_client_kept_of_several_thoughts_is_replaced_by_all_of_them() {
        let recall = Arc::new(Recall::default());
        let mut remembering = Remembering::new(recall.clone(), None);
        let parts = vec![signed("one", "s1"), signed("two", "s2"), call("a")];
        remembering.see_whole(&dialects::conversation::Choice { parts: parts.clone(), stop: None });
        let kept = vec![signed("two", "s2"), call("a")];
        assert_eq!(replayed(&recall, None, kept), parts);
        let foreign = vec![signed("other", "s3"), call("a")];
        let expected = [signed("other", "s3"), signed("one", "s1"), signed("two", "s2"), call("a")];
        assert_eq!(replayed(&recall, None, foreign), expected);
    }

    #[test]
    fn thoughts_without_a_signature_come_back_if_the_client_kept_none() {
        let recall = Arc::new(Recall::default());
        let mut remembering = Remembering::new(recall.clone(), None);
        let plain = |text: &str| {
            Part::from(Content::Reasoning(Reasoning { text: text.into(), ..Reasoning::default() }))
        };
        let parts = vec![plain("one"), call("a")];
        remembering.see_whole(&dialects::conversation::Choice { parts: parts.clone(), stop: None });
        assert_eq!(replayed(&recall, None, vec![call("a")]), parts);
        let cut = vec![plain("on"), call("a")];
        assert_eq!(replayed(&recall, None, cut.clone()), cut);
    }
}
