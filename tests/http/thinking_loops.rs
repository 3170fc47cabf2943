//! Reasoning must survive a tool loop (03-B4, B10): the agents of the fixture answer 400 unless what they handed out comes
//! back untouched and in its place. Here every client dialect runs their three rounds over raw HTTP, whole; the SDKs do it
//! streamed, too (`sdk/agents.rs`).
//! A client here returns what it got, as each dialect's own documents say, and knows nothing of other dialects.

use blackbox::{agent, anthropic};
use serde_json::{Value, json};

use crate::dialects::{Chat, Dialect, Four, Gemini, Messages, Responses, Single, frame_data, pairs, sent};

/// A conversation in the words of one dialect.
struct Conversation {
    client: Dialect,
    turns: Vec<Value>,
    members: Value,
}

const QUESTION: &str = "What is it like there?";

impl Conversation {
    fn new(client: Dialect) -> Self {
        let question = match client {
            Gemini => json!({"role": "user", "parts": [{"text": QUESTION}]}),
            _ => json!({"role": "user", "content": QUESTION}),
        };
        Self { client, turns: vec![question], members: declared(client) }
    }

    fn body(&self, model: &str) -> Value {
        let turns = match self.client {
            Chat | Messages => "messages",
            Responses => "input",
            Gemini => "contents",
        };
        let mut members = self.members.clone();
        members[turns] = json!(self.turns);
        self.client.body(model, false, &members)
    }

    #[track_caller]
    fn ask(&self, agents: &Four, model: &str) -> blackbox::Answer {
        let path = self.client.endpoint(model, false);
        agents.gateway.post(&path, &self.body(model)).send()
    }

    /// Takes an answer into the history and answers its calls; how many there were.
    fn take(&mut self, answer: &Value) -> usize {
        match self.client {
            Chat => self.take_chat(&answer["choices"][0]["message"]),
            Responses => self.take_responses(&answer["output"]),
            Messages => self.take_messages(&answer["content"]),
            Gemini => self.take_gemini(&answer["candidates"][0]["content"]),
        }
    }

    fn take_chat(&mut self, message: &Value) -> usize {
        self.turns.push(message.clone());
        let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
        for call in &calls {
            let arguments: Value =
                serde_json::from_str(call["function"]["arguments"].as_str().unwrap_or_default())
                    .expect("arguments");
            let content = result(&call["function"]["name"], &arguments);
            self.turns.push(json!({"role": "tool", "tool_call_id": call["id"], "content": content}));
        }
        calls.len()
    }

    fn take_responses(&mut self, output: &Value) -> usize {
        let items = output.as_array().cloned().unwrap_or_default();
        self.turns.extend(items.iter().cloned());
        let calls = items.iter().filter(|item| item["type"] == "function_call");
        let outputs = calls.map(|call| {
            let arguments = serde_json::from_str(call["arguments"].as_str().unwrap_or_default()).expect("arguments");
            json!({"type": "function_call_output", "call_id": call["call_id"], "output": result(&call["name"], &arguments)})
        });
        let outputs: Vec<Value> = outputs.collect();
        self.turns.extend(outputs.iter().cloned());
        outputs.len()
    }

    fn take_messages(&mut self, content: &Value) -> usize {
        self.turns.push(json!({"role": "assistant", "content": content}));
        let calls = content.as_array().into_iter().flatten().filter(|block| block["type"] == "tool_use");
        let results = calls.map(|call| {
            json!({"type": "tool_result", "tool_use_id": call["id"], "content": result(&call["name"], &call["input"])})
        });
        let results: Vec<Value> = results.collect();
        if !results.is_empty() {
            self.turns.push(json!({"role": "user", "content": results}));
        }
        results.len()
    }

    fn take_gemini(&mut self, content: &Value) -> usize {
        self.turns.push(content.clone());
        let parts = content["parts"].as_array().into_iter().flatten();
        let responses = parts.filter_map(|part| part.get("functionCall")).map(|call| {
            let response = json!({"output": result(&call["name"], &call["args"])});
            json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": response}})
        });
        let responses: Vec<Value> = responses.collect();
        if !responses.is_empty() {
            self.turns.push(json!({"role": "user", "parts": responses}));
        }
        responses.len()
    }
}

/// What a tool says.
fn result(name: &Value, arguments: &Value) -> String {
    format!("{} of {}", name.as_str().unwrap_or_default(), arguments["city"].as_str().unwrap_or("nothing"))
}

/// Two tools in the words of a dialect, and what makes a stateless client get reasoning back.
fn declared(client: Dialect) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let names = ["weather", "clock"];
    match client {
        Chat => {
            let tools = names
                .map(|name| json!({"type": "function", "function": {"name": name, "parameters": schema}}));
            json!({"tools": tools})
        }
        Responses => {
            let tools = names.map(|name| json!({"type": "function", "name": name, "parameters": schema}));
            json!({"tools": tools, "store": false, "include": ["reasoning.encrypted_content"]})
        }
        Messages => json!({"tools": names.map(|name| json!({"name": name, "input_schema": schema}))}),
        Gemini => {
            let functions = names.map(|name| json!({"name": name, "parametersJsonSchema": schema}));
            json!({"tools": [{"functionDeclarations": functions}]})
        }
    }
}

/// Runs the loop to its end, or says what was wrong.
fn finish(conversation: &mut Conversation, agents: &Four, model: &str) -> Result<String, String> {
    for round in 0..=agent::ROUNDS {
        let answer = conversation.ask(agents, model);
        if answer.status() != 200 {
            return Err(format!("round {round}: {} {}", answer.status(), answer.text()));
        }
        let body = answer.json();
        let calls = conversation.take(&body);
        let expected = [2, 1, 1, 0][round];
        if calls != expected {
            return Err(format!("round {round}: {calls} calls in {body}"));
        }
        if calls == 0 {
            return Ok(conversation.client.text(&body));
        }
    }
    Err("it goes on calling".to_owned())
}

const FINAL: &str = "Done after 3 rounds: weather of Oslo | clock of Europe/Oslo | clock of Bergen \"by\" night | weather of Tromsø";

#[test]
fn what_a_model_handed_out_comes_back_through_every_client() {
    let agents = Four::agents();
    let problems: Vec<String> = pairs()
        .filter_map(|(client, up)| {
            let mut conversation = Conversation::new(client);
            let text = finish(&mut conversation, &agents, &format!("{}/agent", up.instance()));
            let held =
                text.and_then(|text| if text == FINAL { Ok(()) } else { Err(format!("it says {text}")) });
            held.err().map(|problem| format!("{client:?} to {up:?}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{} pairs do not hold:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn results_in_another_order_are_still_paired() {
    let agents = Four::agents();
    for (client, up) in [(Chat, Messages), (Chat, Gemini), (Responses, Gemini), (Responses, Messages)] {
        let mut conversation = Conversation::new(client);
        let model = format!("{}/agent", up.instance());
        let body = conversation.ask(&agents, &model).expect_status(200).json();
        assert_eq!(conversation.take(&body), 2, "{client:?} to {up:?}: {body}");
        let last = conversation.turns.len() - 1;
        conversation.turns.swap(last, last - 1);
        conversation.ask(&agents, &model).expect_status(200);
    }
}

/// Takes everything out of a history that only its dialect's documents of reasoning know.
fn forget(value: &mut Value) {
    match value {
        Value::Array(list) => {
            let is_reasoning = |value: &Value| {
                value["thought"] == true
                    || matches!(value["type"].as_str(), Some("thinking" | "redacted_thinking" | "reasoning"))
            };
            list.retain(|value| !is_reasoning(value));
            list.iter_mut().for_each(forget);
        }
        Value::Object(object) => {
            for name in [
                "thinking_blocks",
                "extra_content",
                "thoughtSignature",
                "reasoning_content",
                "encrypted_content",
            ] {
                object.remove(name);
            }
            object.values_mut().for_each(forget);
        }
        _ => {}
    }
}

#[test]
fn a_client_that_forgets_reasoning_can_still_go_on() {
    // B10: without `thinking` rather than a failure. B4: from memory, or the documented placeholder.
    let agents = Four::agents();
    let mut problems = Vec::new();
    for (client, up) in pairs().filter(|(client, up)| *up != Chat && client != up) {
        let model = format!("{}/agent-forgetful", up.instance());
        let mut conversation = Conversation::new(client);
        ask_for_reasoning(&mut conversation);
        let body = conversation.ask(&agents, &model).expect_status(200).json();
        conversation.take(&body);
        conversation.turns.iter_mut().for_each(forget);
        let answer = conversation.ask(&agents, &model);
        if answer.status() != 200 {
            problems.push(format!("{client:?} to {up:?}: {}", answer.text()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn ask_for_reasoning(conversation: &mut Conversation) {
    let (name, value) = match conversation.client {
        Chat => ("reasoning_effort", json!("high")),
        Responses => ("reasoning", json!({"effort": "high"})),
        Messages => ("thinking", json!({"type": "enabled", "budget_tokens": 2048})),
        Gemini => ("generationConfig", json!({"thinkingConfig": {"thinkingLevel": "high"}})),
    };
    conversation.members[name] = value;
    if conversation.client == Messages {
        conversation.members["max_tokens"] = json!(8192);
    }
}

#[test]
fn another_model_never_sees_what_it_did_not_hand_out() {
    // DESIGN idea 1: returned to that issuer, and named as dropped for any other.
    let agents = Four::agents();
    let mut problems = Vec::new();
    for (client, first) in pairs().filter(|(_, up)| *up != Chat) {
        let mut conversation = Conversation::new(client);
        let body =
            conversation.ask(&agents, &format!("{}/agent", first.instance())).expect_status(200).json();
        conversation.take(&body);
        let second = if first == Gemini { Messages } else { Gemini };
        let answer = conversation.ask(&agents, &format!("{}/agent-forgetful", second.instance()));
        let name = format!("{client:?}, {first:?} then {second:?}");
        if answer.status() != 200 {
            problems.push(format!("{name}: {}", answer.text()));
            continue;
        }
        // A raw call is the caller's own business: nothing is decoded, so nothing is named.
        if client != second && answer.header("x-gomodel-dropped").is_none() {
            problems.push(format!("{name}: nothing is named"));
        }
        let sent = sent(agents.upstream(second)).to_string();
        if sent.contains("Z29tb2RlbDE6") {
            problems.push(format!("{name}: a sealed state reached the upstream: {sent}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn encrypted_reasoning_is_asked_for_on_behalf_of_foreign_clients() {
    // Without it a Responses provider that stores nothing hands out nothing.
    let agents = Four::agents();
    for client in [Chat, Messages, Gemini] {
        let conversation = Conversation::new(client);
        conversation.ask(&agents, "responses/agent").expect_status(200);
        let sent = sent(agents.upstream(Responses));
        assert!(sent["include"].to_string().contains("reasoning.encrypted_content"), "{client:?}: {sent}");
        assert_eq!(sent["store"], false, "{client:?}");
    }
}

#[test]
fn a_chat_client_gets_the_documented_shapes() {
    // B4, B10.
    let agents = Four::agents();
    let conversation = Conversation::new(Chat);
    let message = |model: &str| {
        conversation.ask(&agents, model).expect_status(200).json()["choices"][0]["message"].clone()
    };
    let anthropic = message("messages/agent");
    let block = &anthropic["thinking_blocks"][0];
    assert_eq!((&block["type"], block["signature"].is_string()), (&json!("thinking"), true), "{anthropic}");
    assert_eq!(block["thinking"], anthropic["reasoning_content"], "{anthropic}");
    let google = message("gemini/agent");
    let signature =
        |index: usize| &google["tool_calls"][index]["extra_content"]["google"]["thought_signature"];
    assert!(signature(0).is_string() && signature(1).is_null(), "{google}");
}

#[test]
fn streamed_thinking_blocks_are_numbered() {
    // B10. The stream helpers of OpenAI's SDKs merge lists by `index`: without one Python's raises at the second block, and
    // Node's keeps only the last.
    let bench = Single::start(Messages, "claude-t");
    let blocks = [anthropic::thinking("hm", "c2ln"), anthropic::redacted("ZGF0YQ=="), anthropic::text("hi")];
    bench.upstream.on(anthropic::MESSAGES, [anthropic::answer_stream(&blocks, "end_turn")]);
    let frames = bench.open(Chat, &json!({})).rest_texts();
    let streamed: Vec<Value> = frames
        .iter()
        .filter_map(|frame| frame_data(frame))
        .flat_map(|chunk| {
            chunk["choices"][0]["delta"]["thinking_blocks"].as_array().cloned().unwrap_or_default()
        })
        .collect();
    let seen: Vec<(&Value, &Value)> =
        streamed.iter().map(|block| (&block["index"], &block["type"])).collect();
    assert_eq!(
        seen,
        [(&json!(0), &json!("thinking")), (&json!(1), &json!("redacted_thinking"))],
        "{frames:?}"
    );
}
