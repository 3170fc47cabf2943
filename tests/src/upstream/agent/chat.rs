//! The agent in chat completions. It has no state to get back, but its `reasoning_content` must not stand in the way.

use serde_json::{Value, json};

use super::super::{Reply, Seen, openai};
use super::{
    Asked, Call, Says, Step, Tool, aside, broken, decide, fails_in_mid_stream, parsed, string, thoughts,
    words,
};

const KNOWN: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "n",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "user",
    "metadata",
    "store",
    "service_tier",
    "reasoning_effort",
    "verbosity",
    "modalities",
    "audio",
    "prediction",
    "web_search_options",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "functions",
    "function_call",
];
const TEXTS: &[&str] = &["text"];

pub(super) fn reply(seen: &Seen) -> Reply {
    let body = super::body_of(seen);
    let model = string(&body["model"]);
    if let Some(status) = super::scripted_status(&model) {
        return openai::error(status, super::SCRIPTED, "scripted_code");
    }
    if fails_in_mid_stream(&model) {
        let error = openai::frame(
            &json!({"error": {"message": super::SCRIPTED, "type": "server_error", "code": "busy"}}),
        );
        return broken(&model, openai::frames(&["po ", "ng"], false), 2, error);
    }
    match said(&body) {
        Err(problem) => openai::error(400, &problem, "agent_refused"),
        Ok((message, finish)) if body["stream"] == true => {
            let usage = body["stream_options"]["include_usage"] == true;
            Reply::stream(openai::frames_of(&openai::deltas(&message), finish, usage))
        }
        Ok((message, finish)) => Reply::json(&openai::completion_of(&message, finish)),
    }
}

fn said(body: &Value) -> Result<(Value, &'static str), String> {
    if let Some(name) = super::unknown_member(body, KNOWN) {
        return Err(format!("Unrecognized request argument supplied: {name}"));
    }
    Ok(match decide(&asked(body)?)? {
        Says::Text(text) => (json!({"role": "assistant", "content": text, "refusal": null}), "stop"),
        Says::Forced(call) => {
            let call = openai::tool_call(&call.id, &call.name, &call.arguments.to_string());
            (json!({"role": "assistant", "content": null, "tool_calls": [call]}), "stop")
        }
        Says::Calls { round, calls } => {
            let content = Some(aside(round)).filter(|text| !text.is_empty());
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| openai::tool_call(&call.id, &call.name, &call.arguments.to_string()))
                .collect();
            let message = json!({
                "role": "assistant", "content": content, "reasoning_content": thoughts(round), "tool_calls": calls
            });
            (message, "tool_calls")
        }
    })
}

fn asked(body: &Value) -> Result<Asked, String> {
    let mut asked = Asked { form: form(&body["response_format"]), ..Asked::default() };
    for tool in body["tools"].as_array().into_iter().flatten().filter(|tool| tool["type"] == "function") {
        let function = &tool["function"];
        asked.tools.push(Tool { name: string(&function["name"]), schema: function["parameters"].clone() });
    }
    asked.only_one_call = body["parallel_tool_calls"] == false;
    asked.forced = body["tool_choice"]["function"]["name"].as_str().map(str::to_owned);
    if body["tool_choice"] == "none" {
        asked.tools.clear();
    }
    for (index, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        take(&mut asked, message).map_err(|problem| format!("messages[{index}]: {problem}"))?;
    }
    Ok(asked)
}

fn form(format: &Value) -> Option<Value> {
    match format["type"].as_str()? {
        "json_schema" => Some(format["json_schema"]["schema"].clone()),
        "json_object" => Some(json!({})),
        _ => None,
    }
}

fn take(asked: &mut Asked, message: &Value) -> Result<(), String> {
    match message["role"].as_str().unwrap_or_default() {
        "system" | "developer" => {}
        "user" => {
            asked.steps.clear();
            asked.last_words = words(&message["content"], TEXTS);
        }
        "assistant" => {
            let calls: Vec<Call> = message["tool_calls"].as_array().into_iter().flatten().map(call).collect();
            if !calls.is_empty() {
                asked.steps.push(Step { text: words(&message["content"], TEXTS), calls, ..Step::default() });
            }
        }
        "tool" => {
            let id = string(&message["tool_call_id"]);
            asked.take_result(id, words(&message["content"], TEXTS))?;
        }
        other => return Err(format!("unknown role {other:?}")),
    }
    Ok(())
}

fn call(call: &Value) -> Call {
    let function = &call["function"];
    Call {
        id: string(&call["id"]),
        name: string(&function["name"]),
        arguments: parsed(&function["arguments"]),
    }
}
