//! The agent in Google's `generateContent`: the first call of each step must come back with its thought signature.

use serde_json::{Value, json};

use super::super::gemini as api;
use super::super::{Reply, Seen};
use super::{
    Asked, Call, Says, Step, Tool, aside, broken, decide, fails_in_mid_stream, state, string, thoughts,
};

const KNOWN: &[&str] = &[
    "contents",
    "tools",
    "toolConfig",
    "tool_config",
    "safetySettings",
    "safety_settings",
    "systemInstruction",
    "system_instruction",
    "generationConfig",
    "generation_config",
    "cachedContent",
    "cached_content",
    "store",
    "serviceTier",
];
const KIND: &str = "thought signature";
/// The documented way out for a client that lost a signature.
const PLACEHOLDER: &str = "skip_thought_signature_validator";

pub(super) fn reply(seen: &Seen) -> Reply {
    let body = super::body_of(seen);
    let last = seen.path().rsplit('/').next().unwrap_or_default();
    let (model, method) = last.split_once(':').unwrap_or((last, ""));
    let streams = method == "streamGenerateContent";
    if let Some(status) = super::scripted_status(model) {
        return api::error(status, api::status_word(status), super::SCRIPTED);
    }
    if fails_in_mid_stream(model) {
        let error = api::frame(&api::error_body(503, "UNAVAILABLE", super::SCRIPTED));
        return broken(model, api::frames(&[api::text("po ng pang")], "STOP"), 2, error);
    }
    if streams && !seen.target.contains("alt=sse") {
        return refuse("only alt=sse is scripted");
    }
    match said(&body, model == "agent") {
        Err(problem) => refuse(&problem),
        Ok(parts) if streams => api::answer_stream(&parts, "STOP"),
        Ok(parts) => api::answer(&parts, "STOP"),
    }
}

fn refuse(problem: &str) -> Reply {
    api::error(400, "INVALID_ARGUMENT", problem)
}

fn said(body: &Value, strict: bool) -> Result<Vec<Value>, String> {
    if let Some(name) = super::unknown_member(body, KNOWN) {
        return Err(format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."));
    }
    let config = either(body, "generationConfig", "generation_config");
    let shows_thoughts = either(&config, "thinkingConfig", "thinking_config");
    let shows_thoughts = either(&shows_thoughts, "includeThoughts", "include_thoughts") == true;
    Ok(match decide(&asked(body, &config, strict)?)? {
        Says::Text(text) => vec![api::signed(api::text(&text), &state("signature of a text", 9))],
        Says::Forced(call) => vec![api::call_with_id(&call.id, &call.name, &call.arguments)],
        Says::Calls { round, calls } => {
            let mut parts = Vec::new();
            if shows_thoughts {
                parts.push(api::thought(&thoughts(round)));
            }
            if !aside(round).is_empty() {
                parts.push(api::text(aside(round)));
            }
            parts.extend(calls.iter().enumerate().map(|(nth, call)| {
                let part = api::call_with_id(&call.id, &call.name, &call.arguments);
                if nth == 0 { api::signed(part, &state(KIND, round)) } else { part }
            }));
            parts
        }
    })
}

/// A member that Google reads in both spellings.
fn either(value: &Value, camel: &str, snake: &str) -> Value {
    value.get(camel).or_else(|| value.get(snake)).cloned().unwrap_or_default()
}

fn asked(body: &Value, config: &Value, strict: bool) -> Result<Asked, String> {
    let mut asked = Asked { form: form(config), ..Asked::default() };
    for tool in body["tools"].as_array().into_iter().flatten() {
        let declarations = either(tool, "functionDeclarations", "function_declarations");
        for function in declarations.as_array().into_iter().flatten() {
            let schema = either(function, "parametersJsonSchema", "parameters_json_schema");
            let schema = if schema.is_null() { function["parameters"].clone() } else { schema };
            asked.tools.push(Tool { name: string(&function["name"]), schema });
        }
    }
    let choice = either(body, "toolConfig", "tool_config");
    let choice = either(&choice, "functionCallingConfig", "function_calling_config");
    match choice["mode"].as_str().unwrap_or_default() {
        "NONE" => asked.tools.clear(),
        "ANY" => {
            let names = either(&choice, "allowedFunctionNames", "allowed_function_names");
            asked.forced = names[0].as_str().map(str::to_owned);
        }
        _ => {}
    }
    for (role, parts) in turns(body) {
        take(&mut asked, &role, &parts, strict)?;
    }
    Ok(asked)
}

fn form(config: &Value) -> Option<Value> {
    let schema = either(config, "responseJsonSchema", "response_json_schema");
    let schema = if schema.is_null() { either(config, "responseSchema", "response_schema") } else { schema };
    let is_json = either(config, "responseMimeType", "response_mime_type") == "application/json";
    is_json.then(|| if schema.is_null() { json!({}) } else { schema })
}

/// Contents with neighbours of one role put together.
fn turns(body: &Value) -> Vec<(String, Vec<Value>)> {
    let mut turns: Vec<(String, Vec<Value>)> = Vec::new();
    for content in body["contents"].as_array().into_iter().flatten() {
        let role = content["role"].as_str().unwrap_or("user").to_owned();
        let parts = content["parts"].as_array().cloned().unwrap_or_default();
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    turns
}

fn take(asked: &mut Asked, role: &str, parts: &[Value], strict: bool) -> Result<(), String> {
    let texts = parts.iter().filter(|part| part["thought"] != true).filter_map(|part| part["text"].as_str());
    let text: String = texts.collect();
    match role {
        "model" => {
            let calling: Vec<&Value> =
                parts.iter().filter(|part| part.get("functionCall").is_some()).collect();
            if !calling.is_empty() {
                let state = wrong_state(asked.steps.len(), &calling, strict);
                let calls = calling.iter().map(|part| call(&part["functionCall"])).collect();
                asked.steps.push(Step { text, calls, results: Vec::new(), state });
            }
        }
        "user" => {
            let answers: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionResponse")).collect();
            if answers.is_empty() {
                asked.steps.clear();
                asked.last_words = text;
            }
            for (nth, answer) in answers.into_iter().enumerate() {
                let step = asked.steps.last_mut().ok_or("a function response without a function call")?;
                step.results.push(result(step, nth, answer)?);
            }
        }
        other => return Err(format!("Please use a valid role: user, model. Not {other:?}")),
    }
    Ok(())
}

fn call(call: &Value) -> Call {
    Call { id: string(&call["id"]), name: string(&call["name"]), arguments: call["args"].clone() }
}

/// Pairs a response with its call: by id, else by order; the name must be the call's.
fn result(step: &Step, nth: usize, answer: &Value) -> Result<(String, String), String> {
    let id = string(&answer["id"]);
    let call = if id.is_empty() { step.calls.get(nth) } else { step.calls.iter().find(|call| call.id == id) };
    let call =
        call.ok_or_else(|| format!("a function response for {id:?}, which was not called just before"))?;
    if answer["name"] != call.name {
        return Err(format!("the response to {:?} is named {}", call.name, answer["name"]));
    }
    let response = &answer["response"];
    let inner = ["result", "output"].iter().find_map(|name| response.get(name)).unwrap_or(response);
    Ok((call.id.clone(), inner.as_str().map_or_else(|| inner.to_string(), str::to_owned)))
}

/// What is wrong with the signatures of a step's calls.
fn wrong_state(round: usize, calling: &[&Value], strict: bool) -> Option<String> {
    let signature = |part: &Value| either(part, "thoughtSignature", "thought_signature");
    let issued = state(KIND, round);
    if let Some(part) = calling.iter().skip(1).find(|part| !signature(part).is_null()) {
        return Some(format!("a parallel call came back with a signature that it never had: {part}"));
    }
    let first = signature(calling[0]);
    let text = first.as_str().unwrap_or_default();
    let fits = same_bytes(text, &issued) || (!strict && (first.is_null() || text == PLACEHOLDER));
    (!fits).then(|| format!("Function call is missing a thought_signature: {first} instead of {issued}"))
}

/// Google decodes signatures: its own client for Python sends them back in the other alphabet of base64.
fn same_bytes(one: &str, other: &str) -> bool {
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    standard(one).trim_end_matches('=') == standard(other).trim_end_matches('=')
}
