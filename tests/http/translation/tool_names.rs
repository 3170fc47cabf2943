//! Names of tools that the provider would refuse go out in a spelling that it takes and come back as the client knows them:
//! Gemini's with dots, long ones, those in a namespace of Responses. The agents of the fixture check that history has the same
//! names as they called.

use serde_json::{Value, json};

use crate::dialects::{ALL, Dialect, Four, Gemini, Messages, Responses, frame_data};

fn ask(agents: &Four, client: Dialect, up: Dialect, members: &Value) -> Value {
    let model = format!("{}/agent", up.instance());
    // What Codex says of itself: only for Codex are namespaces unfolded.
    let request = client.request(&agents.gateway, &model, false, members).header("originator", "codex_exec");
    let answer = request.send();
    assert_eq!(answer.header("x-gomodel-dropped").filter(|_| up != Responses), None, "{up:?}");
    answer.expect_status(200).json()
}

/// The names of the tools that an upstream was told.
fn told(agents: &Four, up: Dialect) -> Vec<String> {
    let sent = agents.sent(up);
    let tools = if up == Gemini { &sent["tools"][0]["functionDeclarations"] } else { &sent["tools"] };
    let name = |tool: &Value| tool["function"]["name"].as_str().or(tool["name"].as_str()).map(str::to_owned);
    tools.as_array().into_iter().flatten().filter_map(name).collect()
}

fn foreign(client: Dialect) -> impl Iterator<Item = Dialect> {
    ALL.into_iter().filter(move |up| *up != client)
}

#[test]
fn a_name_with_dots_comes_back_to_gemini_with_its_dots() {
    let agents = Four::agents();
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let declared =
        ["mcp_w.now", "mcp_w:soon"].map(|name| json!({"name": name, "parametersJsonSchema": parameters}));
    for up in foreign(Gemini) {
        let question = json!({"role": "user", "parts": [{"text": "q"}]});
        let mut members = json!({"contents": [question], "tools": [{"functionDeclarations": declared}]});
        let content = ask(&agents, Gemini, up, &members)["candidates"][0]["content"].clone();
        let parts = content["parts"].as_array().cloned().unwrap_or_default();
        let calls: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionCall")).collect();
        let names: Vec<&Value> = calls.iter().map(|call| &call["name"]).collect();
        assert_eq!(names, ["mcp_w.now", "mcp_w:soon"], "{up:?}");
        assert_eq!(told(&agents, up), ["mcp_w_now", "mcp_w_soon"], "{up:?}");
        let result = |call: &&Value| json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": {"output": "x"}}});
        let results: Vec<Value> = calls.iter().map(result).collect();
        members["contents"] = json!([question, content, {"role": "user", "parts": results}]);
        ask(&agents, Gemini, up, &members);
    }
}

#[test]
fn the_tools_of_a_namespace_come_back_to_responses_in_their_namespace() {
    let agents = Four::agents();
    let tool = |name: &str| json!({"type": "function", "name": name, "parameters": {"type": "object"}, "strict": false});
    let namespace =
        json!({"type": "namespace", "name": "mcp__w", "description": "d", "tools": [tool("now")]});
    for up in foreign(Responses) {
        let question = json!({"role": "user", "content": "q"});
        let added = json!({"type": "additional_tools", "id": "at_1", "role": "developer", "tools": [namespace, tool("f")]});
        // Declared, or added by an item of the conversation, as newer Codex does for models that it knows.
        for members in [
            json!({"input": [question], "tools": [namespace, tool("f")]}),
            json!({"input": [added, question]}),
        ] {
            let mut members = members;
            members["include"] = json!(["reasoning.encrypted_content"]);
            let output =
                ask(&agents, Responses, up, &members)["output"].as_array().cloned().unwrap_or_default();
            let called = |item: &&Value| item["type"] == "function_call";
            let names: Vec<_> = output
                .iter()
                .filter(called)
                .map(|item| (item["namespace"].clone(), item["name"].clone()))
                .collect();
            assert_eq!(names, [(json!("mcp__w"), json!("now")), (Value::Null, json!("f"))], "{up:?}");
            assert_eq!(told(&agents, up), ["mcp__w__now", "f"], "{up:?}");
            let result = |item: &Value| json!({"type": "function_call_output", "call_id": item["call_id"], "output": "x"});
            let results: Vec<Value> = output.iter().filter(called).map(result).collect();
            let input = members["input"].as_array_mut().expect("items");
            input.extend(output.iter().cloned());
            input.extend(results);
            ask(&agents, Responses, up, &members);
        }
    }
}

#[test]
fn a_streamed_call_has_the_clients_name_from_its_first_event() {
    let agents = Four::agents();
    let long = format!("mcp__{}", "x".repeat(80));
    let tools = json!([{"name": long, "input_schema": {"type": "object"}}]);
    let request = Messages.request(&agents.gateway, "chat/agent", true, &json!({"tools": tools}));
    let frames = request.open().rest_texts();
    let blocks =
        frames.iter().filter_map(|frame| frame_data(frame)).map(|event| event["content_block"].clone());
    let call = blocks.into_iter().find(|block| block["type"] == "tool_use").expect("a call");
    assert_eq!(call["name"], long.as_str());
    let told = told(&agents, Dialect::Chat);
    assert!(told[0].len() == 64 && long.starts_with(&told[0][..55]), "{told:?}");
}
