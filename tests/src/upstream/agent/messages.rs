//! The agent in Anthropic's Messages: each answer with calls must come back with its signed thinking at its beginning.

use serde_json::{Value, json};

use super::super::anthropic as api;
use super::super::{Reply, Seen};
use super::{
    Asked, Call, Says, Step, Tool, aside, broken, decide, fails_in_mid_stream, state, string, thoughts, words,
};

const KNOWN: &[&str] = &[
    "model",
    "messages",
    "system",
    "max_tokens",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "metadata",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "output_format",
    "service_tier",
    "container",
    "mcp_servers",
    "context_management",
    "cache_control",
    "inference_geo",
];
const TEXTS: &[&str] = &["text"];

pub(super) fn reply(seen: &Seen) -> Reply {
    let body = super::body_of(seen);
    let model = string(&body["model"]);
    if let Some(status) = super::scripted_status(&model) {
        return api::error(status, api::error_type(status), super::SCRIPTED);
    }
    if fails_in_mid_stream(&model) {
        let frames = api::frames(&[api::text("po ng pang")], "end_turn");
        return broken(&model, frames, 5, api::error_event("overloaded_error", super::SCRIPTED));
    }
    if seen.header("anthropic-version").is_none() {
        return refuse("anthropic-version: header is required");
    }
    if body.get("thread").is_some() {
        return no_threads();
    }
    match said(&body, &model) {
        Err(problem) => refuse(&problem),
        Ok((blocks, stop)) if body["stream"] == true => api::answer_stream(&blocks, stop),
        Ok((blocks, stop)) => api::answer(&blocks, stop),
    }
}

fn refuse(problem: &str) -> Reply {
    api::error(400, "invalid_request_error", problem)
}

/// The tool runner of Anthropic's SDK asks the server to hold the conversation, and goes on without that when it hears this.
fn no_threads() -> Reply {
    let mut body =
        api::error_body("invalid_request_error", "thread: this request cannot be held on the server");
    body["error"]["details"] = json!({"error_code": "thread_unsupported_request", "unsupported": ["thread"]});
    Reply::status(400).header("content-type", "application/json").body(body.to_string())
}

fn said(body: &Value, model: &str) -> Result<(Vec<Value>, &'static str), String> {
    if let Some(name) = super::unknown_member(body, KNOWN) {
        return Err(format!("{name}: Extra inputs are not permitted"));
    }
    if !body["max_tokens"].is_u64() {
        return Err("max_tokens: Field required".to_owned());
    }
    Ok(match decide(&asked(body, model == "agent")?)? {
        Says::Text(text) => (vec![api::text(&text)], "end_turn"),
        Says::Forced(call) => (vec![api::tool_use(&call.id, &call.name, &call.arguments)], "tool_use"),
        Says::Calls { round, calls } => {
            let mut blocks = reasoning(round);
            if !aside(round).is_empty() {
                blocks.push(api::text(aside(round)));
            }
            blocks.extend(calls.iter().map(|call| api::tool_use(&call.id, &call.name, &call.arguments)));
            (blocks, "tool_use")
        }
    })
}

/// The thinking of a round; the second one has a part that only Anthropic can read.
fn reasoning(round: usize) -> Vec<Value> {
    let mut blocks = vec![api::thinking(&thoughts(round), &state("signature of thinking", round))];
    if round == 1 {
        blocks.push(api::redacted(&state("redacted thinking", round)));
    }
    blocks
}

fn asked(body: &Value, strict: bool) -> Result<Asked, String> {
    let mut asked = Asked { form: form(&body["output_config"]["format"]), ..Asked::default() };
    for tool in body["tools"].as_array().into_iter().flatten() {
        if matches!(tool["type"].as_str(), None | Some("custom")) {
            asked.tools.push(Tool { name: string(&tool["name"]), schema: tool["input_schema"].clone() });
        }
    }
    let choice = &body["tool_choice"];
    asked.only_one_call = choice["disable_parallel_tool_use"] == true;
    asked.forced = choice["name"].as_str().map(str::to_owned);
    if choice["type"] == "none" {
        asked.tools.clear();
    }
    let thinks = body["thinking"]["type"].as_str().is_some_and(|kind| kind != "disabled");
    for message in turns(body) {
        take(&mut asked, &message, strict, thinks)?;
    }
    Ok(asked)
}

fn form(format: &Value) -> Option<Value> {
    (format["type"] == "json_schema").then(|| format["schema"].clone())
}

/// The messages as Anthropic reads them: neighbours of one role are one turn, a text is a block.
fn turns(body: &Value) -> Vec<(String, Vec<Value>)> {
    let mut turns: Vec<(String, Vec<Value>)> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let role = string(&message["role"]);
        let blocks = match &message["content"] {
            Value::Array(blocks) => blocks.clone(),
            text => vec![json!({"type": "text", "text": text})],
        };
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => turns.push((role, blocks)),
        }
    }
    turns
}

fn take(asked: &mut Asked, turn: &(String, Vec<Value>), strict: bool, thinks: bool) -> Result<(), String> {
    let (role, blocks) = turn;
    let of = |kind: &str| blocks.iter().filter(|block| block["type"] == kind).collect::<Vec<_>>();
    let text = words(&Value::Array(blocks.clone()), TEXTS);
    match role.as_str() {
        "assistant" => {
            let calls: Vec<Call> = of("tool_use")
                .into_iter()
                .map(|block| Call {
                    id: string(&block["id"]),
                    name: string(&block["name"]),
                    arguments: block["input"].clone(),
                })
                .collect();
            if !calls.is_empty() {
                let state = wrong_state(asked.steps.len(), blocks, strict, thinks);
                asked.steps.push(Step { text, calls, results: Vec::new(), state });
            }
        }
        "user" => {
            let results = of("tool_result");
            if results.is_empty() {
                asked.steps.clear();
                asked.last_words = text;
            } else if blocks[..results.len()].iter().any(|block| block["type"] != "tool_result") {
                return Err("tool_result blocks must come first in their message".to_owned());
            }
            for result in results {
                let id = string(&result["tool_use_id"]);
                let step = asked.steps.last_mut().filter(|step| step.calls.iter().any(|call| call.id == id));
                let step = step
                    .ok_or_else(|| format!("unexpected `tool_use_id` found in `tool_result` blocks: {id}"))?;
                step.results.push((id, words(&result["content"], TEXTS)));
            }
        }
        "system" => {}
        other => return Err(format!("unexpected role {other:?}")),
    }
    Ok(())
}

/// What is wrong with the thinking of an answer that had calls.
fn wrong_state(round: usize, blocks: &[Value], strict: bool, thinks: bool) -> Option<String> {
    let is_thinking =
        |block: &&Value| matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"));
    let issued = reasoning(round);
    if !blocks.iter().any(|block| is_thinking(&block)) {
        return match (strict, thinks) {
            (true, _) => {
                Some("the assistant message does not begin with its signed thinking block".to_owned())
            }
            (_, true) => Some("Expected `thinking` or `redacted_thinking`, but found `tool_use`".to_owned()),
            (false, false) => None,
        };
    }
    let begins_with: Vec<Value> = blocks.iter().take(issued.len()).cloned().collect();
    let count = blocks.iter().filter(is_thinking).count();
    (begins_with != issued || count != issued.len())
        .then(|| format!("the assistant message is {}, and must begin with {}", json!(blocks), json!(issued)))
}
