//! The agent in Responses: its encrypted reasoning must come back before the calls that it led to.

use serde_json::{Value, json};

use super::super::responses as api;
use super::super::{Reply, Seen, openai};
use super::{
    Asked, Call, Says, Step, Tool, aside, broken, decide, fails_in_mid_stream, parsed, state, string,
    thoughts, words,
};

const KNOWN: &[&str] = &[
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "top_p",
    "max_output_tokens",
    "max_tool_calls",
    "stream",
    "stream_options",
    "metadata",
    "reasoning",
    "text",
    "include",
    "user",
    "service_tier",
    "store",
    "previous_response_id",
    "conversation",
    "top_logprobs",
    "truncation",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "context_management",
    "safety_identifier",
    "background",
];
const TEXTS: &[&str] = &["input_text", "output_text", "text"];
const ENCRYPTED: &str = "reasoning.encrypted_content";

pub(super) fn reply(seen: &Seen) -> Reply {
    let body = super::body_of(seen);
    let model = string(&body["model"]);
    if let Some(status) = super::scripted_status(&model) {
        return openai::error(status, super::SCRIPTED, "scripted_code");
    }
    if fails_in_mid_stream(&model) {
        let frames = api::frames(&[api::message_item("msg_0up", "po ng pang")], "completed");
        return broken(&model, frames, 5, api::failed_event("server_error", super::SCRIPTED));
    }
    match said(&body, &model) {
        Err(problem) => openai::error(400, &problem, "agent_refused"),
        Ok(items) if body["stream"] == true => api::answer_stream(&items),
        Ok(items) => api::answer(&items),
    }
}

fn said(body: &Value, model: &str) -> Result<Vec<Value>, String> {
    if let Some(name) = super::unknown_member(body, KNOWN) {
        return Err(format!("Unknown parameter: '{name}'."));
    }
    let includes = body["include"].as_array().is_some_and(|include| include.contains(&json!(ENCRYPTED)));
    let strict = model == "agent";
    let asked = asked(body, strict)?;
    if strict && !includes && !asked.tools.is_empty() {
        return Err(format!("include lacks {ENCRYPTED}, so reasoning cannot come back"));
    }
    Ok(match decide(&asked)? {
        Says::Text(text) => vec![api::message_item("msg_0up", &text)],
        Says::Forced(call) => {
            vec![api::function_call("fc_f", &call.id, &call.name, &call.arguments.to_string())]
        }
        Says::Calls { round, calls } => {
            let mut items = vec![api::reasoning(
                &format!("rs_r{round}"),
                &thoughts(round),
                &state("encrypted reasoning", round),
            )];
            if !includes {
                items[0].as_object_mut().expect("an item").remove("encrypted_content");
            }
            if !aside(round).is_empty() {
                items.push(api::message_item(&format!("msg_r{round}"), aside(round)));
            }
            items.extend(calls.iter().enumerate().map(|(nth, call)| {
                let arguments = call.arguments.to_string();
                api::function_call(&format!("fc_r{round}_{nth}"), &call.id, &call.name, &arguments)
            }));
            items
        }
    })
}

fn asked(body: &Value, strict: bool) -> Result<Asked, String> {
    let mut asked = Asked { form: form(&body["text"]["format"]), ..Asked::default() };
    for tool in body["tools"].as_array().into_iter().flatten().filter(|tool| tool["type"] == "function") {
        asked.tools.push(Tool { name: string(&tool["name"]), schema: tool["parameters"].clone() });
    }
    asked.only_one_call = body["parallel_tool_calls"] == false;
    asked.forced = body["tool_choice"]["name"].as_str().map(str::to_owned);
    if body["tool_choice"] == "none" {
        asked.tools.clear();
    }
    if let Some(text) = body["input"].as_str() {
        asked.last_words = text.to_owned();
    }
    let mut seen_reasoning: Vec<Value> = Vec::new();
    for (index, item) in body["input"].as_array().into_iter().flatten().enumerate() {
        take(&mut asked, item, &mut seen_reasoning, strict)
            .map_err(|problem| format!("input[{index}]: {problem}"))?;
    }
    asked.steps.retain(|step| !step.calls.is_empty());
    Ok(asked)
}

fn form(format: &Value) -> Option<Value> {
    match format["type"].as_str()? {
        "json_schema" => Some(format["schema"].clone()),
        "json_object" => Some(json!({})),
        _ => None,
    }
}

fn take(asked: &mut Asked, item: &Value, reasoning: &mut Vec<Value>, strict: bool) -> Result<(), String> {
    let role = item["role"].as_str().unwrap_or_default();
    match item["type"].as_str().unwrap_or("message") {
        "message" if role == "assistant" => open(asked, reasoning).text += &words(&item["content"], TEXTS),
        "message" if role == "user" => {
            asked.steps.clear();
            asked.last_words = words(&item["content"], TEXTS);
        }
        "message" => {}
        "reasoning" => {
            open(asked, reasoning);
            reasoning.push(item.clone());
        }
        "function_call" => {
            open(asked, reasoning);
            let round = asked.steps.len() - 1;
            let step = &mut asked.steps[round];
            if step.calls.is_empty() {
                step.state = wrong_state(round, reasoning, strict);
            }
            let arguments = parsed(&item["arguments"]);
            step.calls.push(Call { id: string(&item["call_id"]), name: string(&item["name"]), arguments });
        }
        "function_call_output" => {
            let id = string(&item["call_id"]);
            asked.take_result(id, words(&item["output"], TEXTS))?;
        }
        other => return Err(format!("unknown item type {other:?}")),
    }
    Ok(())
}

/// The step that is being told; a new one after results.
fn open<'asked>(asked: &'asked mut Asked, reasoning: &mut Vec<Value>) -> &'asked mut Step {
    if asked.steps.last().is_none_or(|step| !step.results.is_empty()) {
        asked.steps.push(Step::default());
        reasoning.clear();
    }
    let last = asked.steps.len() - 1;
    &mut asked.steps[last]
}

/// What is wrong with the reasoning that stands before the first call of a round.
fn wrong_state(round: usize, reasoning: &[Value], strict: bool) -> Option<String> {
    let issued = state("encrypted reasoning", round);
    let contents: Vec<&str> =
        reasoning.iter().filter_map(|item| item["encrypted_content"].as_str()).collect();
    match contents.as_slice() {
        [] if strict => {
            Some("no reasoning item with encrypted_content stands before the function_call".to_owned())
        }
        [] => None,
        [only] if *only == issued => None,
        others => Some(format!("encrypted_content came back as {others:?}, not as [{issued:?}]")),
    }
}
