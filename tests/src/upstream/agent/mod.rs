//! Upstreams that hold a conversation: a model that calls tools for three rounds and then quotes their results.
//! In: requests of one dialect each. Out: whole and streamed answers, or 400 in the dialect's own envelope with what is wrong.
//! Invariant: stateless. What a round says follows from its number, so a request is checked against what this model itself
//! must have said before: ids, names, arguments, text, and its reasoning state, untouched and in its place.
//! Models: `agent` insists on its reasoning state; `agent-forgetful` takes what a client that loses it can still do;
//! `status-<n>` answers with that error, `cut` breaks off in mid-stream, `error-event` fails in mid-stream.

mod chat;
mod gemini;
mod messages;
mod responses;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{At, Builder, Cut, Reply, Seen, Upstream};

/// The models that an agent upstream lists.
pub const MODELS: &[&str] = &[
    "agent",
    "agent-forgetful",
    "cut",
    "error-event",
    "status-400",
    "status-401",
    "status-403",
    "status-404",
    "status-429",
    "status-500",
    "status-503",
    "status-529",
];

/// The text of an error that a `status-<n>` model answers with.
pub const SCRIPTED: &str = "scripted by the agent";

/// Rounds of tool calls before the answer.
pub const ROUNDS: usize = 3;

/// An agent that speaks chat completions.
pub fn chat() -> Upstream {
    super::upstream().models(MODELS).answer("/v1/chat/completions", |seen, _| chat::reply(seen)).start()
}

/// An agent that speaks Responses.
pub fn responses() -> Upstream {
    super::upstream().models(MODELS).answer("/v1/responses", |seen, _| responses::reply(seen)).start()
}

/// An agent that speaks Anthropic's Messages.
pub fn messages() -> Upstream {
    super::anthropic_upstream(MODELS)
        .answer(super::anthropic::MESSAGES, |seen, _| messages::reply(seen))
        .on(super::anthropic::COUNT, [Reply::json(&json!({"input_tokens": 42}))])
        .start()
}

/// An agent that speaks Google's `generateContent`.
pub fn gemini() -> Upstream {
    let each = |builder: Builder, model: &&str| {
        builder
            .answer(&super::gemini::generate(model), |seen, _| gemini::reply(seen))
            .answer(&super::gemini::stream_generate(model), |seen, _| gemini::reply(seen))
            .on(&super::gemini::count_tokens(model), [Reply::json(&json!({"totalTokens": 42}))])
    };
    MODELS.iter().fold(super::gemini_upstream(MODELS), each).start()
}

/// A tool that the request declares.
struct Tool {
    name: String,
    schema: Value,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
struct Call {
    id: String,
    name: String,
    arguments: Value,
}

/// One answer with calls, as the request tells it, and the results that came for it.
#[derive(Default)]
struct Step {
    text: String,
    calls: Vec<Call>,
    results: Vec<(String, String)>,
    /// What is wrong with the reasoning state that came back.
    state: Option<String>,
}

/// What a request asks, whatever its dialect.
#[derive(Default)]
struct Asked {
    tools: Vec<Tool>,
    only_one_call: bool,
    forced: Option<String>,
    /// The steps since the last word of the user.
    steps: Vec<Step>,
    last_words: String,
    /// The schema of the answer, `{}` if it is to be any JSON object.
    form: Option<Value>,
}

impl Asked {
    /// Takes the result of a call, which must be one of the latest step.
    fn take_result(&mut self, id: String, text: String) -> Result<(), String> {
        let step = self.steps.last_mut().filter(|step| step.calls.iter().any(|call| call.id == id));
        let step = step.ok_or_else(|| format!("a result for {id:?}, which was not called just before"))?;
        step.results.push((id, text));
        Ok(())
    }
}

/// What the model says.
enum Says {
    Calls {
        round: usize,
        calls: Vec<Call>,
    },
    /// A call that was forced: such an answer begins with the call, without thoughts or words.
    Forced(Call),
    Text(String),
}

/// The text beside the calls of a round.
fn aside(round: usize) -> &'static str {
    if round == 0 { "Let me look that up." } else { "" }
}

/// What the model thinks before the calls of a round.
fn thoughts(round: usize) -> String {
    format!("Round {round}: I need “one more” fact.")
}

/// What the issuer must get back of a round: base64, as the real ones are, with the digits in which the alphabets differ.
fn state(kind: &str, round: usize) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    bytes.extend([0xfb, 0xef, 0xbe, 0xff, 0xff, 0xfe, round as u8]);
    STANDARD.encode(bytes)
}

/// The calls of a round: two at once in the first, if there are two tools and nobody forbids it.
fn script(round: usize, asked: &Asked) -> Vec<Call> {
    let (Some(first), Some(last)) = (asked.tools.first(), asked.tools.last()) else { return Vec::new() };
    let forced = asked.forced.as_ref().and_then(|name| asked.tools.iter().find(|tool| tool.name == *name));
    let call = |nth: usize, tool: &Tool, word: &str| Call {
        id: format!("call_r{round}_{nth}"),
        name: tool.name.clone(),
        arguments: sample(&tool.schema, word),
    };
    match round {
        _ if forced.is_some() => forced.map(|tool| call(0, tool, "Oslo")).into_iter().collect(),
        0 if asked.tools.len() > 1 && !asked.only_one_call => {
            vec![call(0, first, "Oslo"), call(1, last, "Europe/Oslo")]
        }
        0 => vec![call(0, first, "Oslo")],
        1 => vec![call(0, last, "Bergen \"by\" night")],
        _ => vec![call(0, first, "Tromsø")],
    }
}

/// An object that fits a schema of one level.
fn sample(schema: &Value, word: &str) -> Value {
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty())
    else {
        return json!({"city": word, "degrees": 7});
    };
    let value = |property: &Value| match property["type"].as_str() {
        Some("integer" | "number" | "INTEGER" | "NUMBER") => json!(7),
        Some("boolean" | "BOOLEAN") => json!(true),
        _ => json!(word),
    };
    properties
        .iter()
        .map(|(name, property)| (name.clone(), value(property)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Checks what came back and says the next thing.
fn decide(asked: &Asked) -> Result<Says, String> {
    for (round, step) in asked.steps.iter().enumerate() {
        let said = script(round, asked);
        if step.calls != said {
            return Err(format!("round {round}: the calls came back as {:?}, not as {said:?}", step.calls));
        }
        if step.text != aside(round) && asked.forced.is_none() {
            return Err(format!("round {round}: the text came back as {:?}", step.text));
        }
        if let Some(problem) = step.state.as_ref().filter(|_| asked.forced.is_none()) {
            return Err(format!("round {round}: {problem}"));
        }
        let mut answered: Vec<&str> = step.results.iter().map(|(id, _)| id.as_str()).collect();
        answered.sort_unstable();
        let called: Vec<&str> = said.iter().map(|call| call.id.as_str()).collect();
        if answered != called {
            return Err(format!("round {round}: results came for {answered:?}, not for {called:?}"));
        }
    }
    let round = asked.steps.len();
    let mut calls = script(round, asked);
    if asked.forced.is_some() && round == 0 && !calls.is_empty() {
        return Ok(Says::Forced(calls.remove(0)));
    }
    if asked.forced.is_none() && round < ROUNDS && !calls.is_empty() {
        return Ok(Says::Calls { round, calls });
    }
    Ok(Says::Text(last_answer(asked)))
}

fn last_answer(asked: &Asked) -> String {
    if let Some(form) = &asked.form {
        return sample(form, "Oslo").to_string();
    }
    if asked.steps.is_empty() {
        return format!("You said: {}", asked.last_words);
    }
    let results: Vec<&str> =
        asked.steps.iter().flat_map(|step| &step.results).map(|(_, text)| text.as_str()).collect();
    format!("Done after {} rounds: {}", asked.steps.len(), results.join(" | "))
}

/// The first member that the dialect does not document.
fn unknown_member(body: &Value, known: &[&str]) -> Option<String> {
    let names = body.as_object()?.keys();
    names.into_iter().find(|name| !known.contains(&name.as_str())).cloned()
}

/// The status of a `status-<n>` model.
fn scripted_status(model: &str) -> Option<u16> {
    model.strip_prefix("status-")?.parse().ok()
}

/// The frames of the models that fail in mid-stream: broken off, or ended by this event.
fn broken(model: &str, frames: Vec<Vec<u8>>, keep: usize, error_event: Vec<u8>) -> Reply {
    if model == "cut" {
        return Reply::stream(frames).cut(At::AfterFrames(keep), Cut::Reset);
    }
    let mut frames = frames;
    frames.truncate(keep);
    frames.push(error_event);
    Reply::stream(frames)
}

fn fails_in_mid_stream(model: &str) -> bool {
    matches!(model, "cut" | "error-event")
}

/// The texts of a content: a string, or its parts of these types.
fn words(content: &Value, types: &[&str]) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let parts = content.as_array().into_iter().flatten();
    let texts = parts.filter(|part| types.contains(&part["type"].as_str().unwrap_or_default()));
    texts.map(|part| part["text"].as_str().unwrap_or_default()).collect()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Arguments that are JSON in a text.
fn parsed(arguments: &Value) -> Value {
    serde_json::from_str(arguments.as_str().unwrap_or_default()).unwrap_or(Value::Null)
}

fn body_of(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap_or_default()
}
