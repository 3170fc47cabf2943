//! `POST /v1/responses`: natively (raw) and translated to chat. Cases 3-52 to 3-58 and 4-1 to 4-19, as 03 §16 and 04 §16
//! change them. The providers are those of the cases: `openai` speaks Responses itself, `groq` only chat.

mod events;
mod native;

use blackbox::{Gateway, Provider, Upstream, gateway, openai, upstream};
use serde_json::{Value, json};

use crate::dialects::{Responses, sent};

/// A provider that speaks only chat, as instance `groq` with the model `m`.
fn groq() -> (Upstream, Gateway) {
    let upstream = upstream().models(&["m"]).start();
    let gateway = gateway().with(Provider::new("groq").kind("groq").at(&upstream)).start();
    (upstream, gateway)
}

/// What a chat upstream gets for a Responses call with these members.
fn up(members: Value) -> Value {
    let (upstream, gateway) = groq();
    Responses.request(&gateway, "groq/m", false, &members).send().expect_status(200);
    sent(&upstream)
}

/// The answer to a Responses call with these members.
fn answer(members: Value) -> blackbox::Answer {
    let (_upstream, gateway) = groq();
    Responses.request(&gateway, "groq/m", false, &members).send()
}

fn function(name: &str) -> Value {
    json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": true})
}

#[test]
fn a_body_without_a_model_and_one_that_nobody_has_are_refused() {
    // Case 4-4.
    let (upstream, gateway) = groq();
    let error = gateway.post("/v1/responses", &json!({"input": "hi"})).send().error(400);
    assert_eq!(error.message, "model is required");
    let error = gateway.post("/v1/responses", &json!({"model": "nope", "input": "hi"})).send().error(404);
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
    for input in [Value::Null, json!(7), json!({"a": 1})] {
        let error =
            gateway.post("/v1/responses", &json!({"model": "groq/m", "input": input})).send().error(400);
        assert_eq!(error.message, "invalid responses input: unsupported type", "{input}");
    }
    assert!(upstream.chats().is_empty());
}

#[test]
fn a_text_becomes_a_user_message_and_instructions_a_system_message() {
    // 03 §13.2.
    let sent =
        up(json!({"instructions": "Be brief.", "max_output_tokens": 9, "reasoning": {"effort": "low"}}));
    let messages = &sent["messages"];
    assert_eq!(messages[0]["content"], "Be brief.", "{sent}");
    assert!(["system", "developer"].contains(&messages[0]["role"].as_str().unwrap_or_default()), "{sent}");
    assert_eq!((&messages[1]["role"], &messages[1]["content"]), (&json!("user"), &json!("ping")));
    let limit = sent.get("max_completion_tokens").or_else(|| sent.get("max_tokens"));
    assert_eq!((limit, &sent["reasoning_effort"]), (Some(&json!(9)), &json!("low")), "{sent}");
}

#[test]
fn what_to_include_is_ignored_but_for_log_probabilities() {
    // Cases 3-52, 4-10.
    let include = |values: &[&str]| answer(json!({"include": values}));
    include(&["reasoning.encrypted_content", "future.thing"]).expect_status(200);
    let error = include(&["reasoning.encrypted_content", "message.output_text.logprobs"]).error(400);
    assert!(error.message.contains("include"), "{}", error.message);
}

#[test]
fn harmless_members_are_dropped_and_named() {
    // Case 4-9 as 04-B6 changes it.
    let answer = answer(json!({"truncation": "auto"})).expect_status(200);
    assert_eq!(answer.header("x-gomodel-dropped"), Some("truncation"));
    // 03-B27: members that only Responses knows do not leak.
    let sent = up(
        json!({"max_tool_calls": 3, "prompt_cache_retention": "24h", "safety_identifier": "s", "store": true,
        "background": false, "client_metadata": {"a": 1}, "metadata": {"a": "b"}}),
    );
    for name in [
        "max_tool_calls",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "background",
        "client_metadata",
        "metadata",
    ] {
        assert_eq!(sent.get(name), None, "{sent}");
    }
}

#[test]
fn what_only_a_native_provider_can_do_is_refused_in_the_fixed_words() {
    // 03 §13.1; 04-B6 sets `param`.
    for (name, value) in [
        ("previous_response_id", json!("resp_1")),
        ("prompt", json!({"id": "p"})),
        ("top_logprobs", json!(2)),
        ("context_management", json!([{"type": "compaction"}])),
    ] {
        let error = answer(json!({name: value})).error(400);
        let words = format!("responses field \"{name}\" is only supported by native Responses providers");
        assert!(error.message.starts_with(&words), "{name}: {}", error.message);
        assert_eq!(error.param.as_deref(), Some(name));
    }
    let error = answer(json!({"background": true})).error(400);
    assert_eq!(
        (error.code.as_deref(), error.param.as_deref()),
        (Some("unsupported_parameter"), Some("background"))
    );
}

#[test]
fn functions_stay_and_hosted_tools_go() {
    // Cases 3-53, 4-11, 4-12.
    let web_search = json!({"type": "web_search"});
    let namespace = json!({"type": "namespace", "name": "n", "tools": [function("inner")]});
    let sent = up(json!({"tools": [web_search, function("f")], "tool_choice": {"type": "web_search"}}));
    assert_eq!(sent["tools"].as_array().map(Vec::len), Some(1), "{sent}");
    assert_eq!((&sent["tools"][0]["function"]["name"], sent.get("tool_choice")), (&json!("f"), None));
    let members = json!({"tools": [web_search, namespace, function("f")], "parallel_tool_calls": false,
        "tool_choice": {"type": "function", "name": "inner"}});
    // For Codex what stands in a namespace stays, too: the tools of its MCP servers.
    for (originator, names) in [(None, vec!["f"]), (Some("codex_exec"), vec!["n__inner", "f"])] {
        let (upstream, gateway) = groq();
        let request = Responses.request(&gateway, "groq/m", false, &members);
        let request = match originator {
            Some(originator) => request.header("originator", originator),
            None => request,
        };
        let answer = request.send().expect_status(200);
        let dropped = answer.header("x-gomodel-dropped").unwrap_or_default().to_owned();
        assert_eq!(dropped.contains("tools[1]"), originator.is_none(), "{dropped}");
        let sent = crate::dialects::sent(&upstream);
        let tools = sent["tools"].as_array().into_iter().flatten();
        let found: Vec<_> = tools.filter_map(|tool| tool["function"]["name"].as_str()).collect();
        assert_eq!((found, sent.get("tool_choice")), (names, None), "{sent}");
        assert_eq!(sent["parallel_tool_calls"], false);
    }
    let only = json!({"tools": [web_search], "tool_choice": "auto", "parallel_tool_calls": true});
    let sent = up(only.clone());
    for name in ["tools", "tool_choice", "parallel_tool_calls"] {
        assert_eq!(sent.get(name), None, "{sent}");
    }
    let dropped = answer(only).expect_status(200);
    assert!(dropped.header("x-gomodel-dropped").is_some_and(|paths| paths.starts_with("tools[0]")));
}

#[test]
fn functions_and_choices_take_the_shape_of_chat() {
    // 03 §13.2.
    let sent = up(json!({"tools": [function("f")], "tool_choice": {"type": "function", "name": "f"}}));
    let tool = &sent["tools"][0];
    assert_eq!((&tool["type"], &tool["function"]["strict"]), (&json!("function"), &json!(true)));
    assert_eq!(tool["function"]["parameters"], json!({"type": "object", "properties": {}}));
    assert_eq!(sent["tool_choice"], json!({"type": "function", "function": {"name": "f"}}));
}

#[test]
fn items_become_messages_with_their_reasoning() {
    // Cases 3-54, 4-14.
    let reasoning =
        json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "R"}]});
    let message = json!({"type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
        "content": [{"type": "output_text", "text": "I'll check.", "annotations": [], "logprobs": []}]});
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}"});
    let output = json!({"type": "function_call_output", "call_id": "c1", "output": "42"});
    let sent = up(json!({"input": [{"role": "user", "content": "hi"}, reasoning, message, call, output]}));
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|each| each["role"].as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "tool"], "{sent}");
    assert_eq!(
        (&messages[1]["content"], &messages[1]["reasoning_content"]),
        (&json!("I'll check."), &json!("R"))
    );
    assert_eq!(messages[1]["tool_calls"][0]["function"], json!({"name": "f", "arguments": "{\"a\":1}"}));
    assert_eq!((&messages[2]["tool_call_id"], &messages[2]["content"]), (&json!("c1"), &json!("42")));
    // 03-B27: ids of items do not leak.
    assert!(!sent.to_string().contains("rs_1") && !sent.to_string().contains("fc_1"), "{sent}");
}

#[test]
fn calls_in_a_row_are_one_message() {
    // 03 §13.3.
    let call = |id: &str| json!({"type": "function_call", "call_id": id, "name": "f", "arguments": "{}"});
    let output = |id: &str| json!({"type": "function_call_output", "call_id": id, "output": id});
    let input = json!([{"role": "user", "content": "hi"}, call("a"), call("b"), output("a"), output("b")]);
    let sent = up(json!({"input": input}));
    assert_eq!(sent["messages"].as_array().map(Vec::len), Some(4), "{sent}");
    assert_eq!(sent["messages"][1]["tool_calls"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_item_that_chat_cannot_say_is_refused_with_its_place() {
    // Cases 3-55, 4-15.
    let user = json!({"role": "user", "content": "hi"});
    let error = answer(json!({"input": [user, user, {"type": "computer_call"}]})).error(400);
    assert!(
        error.message.contains("index 2") && error.message.contains("\"computer_call\""),
        "{}",
        error.message
    );
    let error = answer(json!({"input": [{"type": "web_search_call"}]})).error(400);
    assert!(error.message.contains("unsupported input item type"), "{}", error.message);
    for (item, words) in [
        (json!({"type": "message", "content": "x"}), "role is required"),
        (json!({"type": "function_call", "call_id": "c"}), "function_call name is required"),
        (json!({"type": "function_call_output", "output": "x"}), "function_call_output call_id is required"),
    ] {
        let error = answer(json!({"input": [item]})).error(400);
        assert_eq!(error.message, format!("invalid responses input item at index 0: {words}"));
    }
}

#[test]
fn content_is_taken_liberally() {
    // 03-B28.
    let parts = json!([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": ""},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}]);
    let sent =
        up(json!({"input": [{"role": "developer", "content": "D"}, {"role": "user", "content": parts}]}));
    let content = sent["messages"][1]["content"].as_array().cloned().unwrap_or_default();
    assert_eq!(content[0], json!({"type": "text", "text": "a"}), "{sent}");
    let image = content.last().expect("an image");
    assert_eq!(
        (&image["image_url"]["url"], &image["image_url"]["detail"]),
        (&json!("data:image/png;base64,AAAA"), &json!("low"))
    );
}

#[test]
fn a_schema_takes_the_shape_of_chat() {
    // Cases 3-56, 4-13.
    let schema = json!({"type": "object", "properties": {}});
    let format = json!({"type": "json_schema", "name": "n", "strict": true, "schema": schema});
    let sent = up(json!({"text": {"format": format, "verbosity": "low"}}));
    let response_format = &sent["response_format"];
    assert_eq!(response_format["type"], "json_schema");
    assert_eq!(response_format["json_schema"], json!({"name": "n", "strict": true, "schema": schema}));
    assert_eq!(sent["verbosity"], "low");
    assert_eq!(up(json!({"text": {"format": {"type": "text"}}})).get("response_format"), None);
}

#[test]
fn a_custom_tool_is_a_function_there_and_custom_again_here() {
    // 03-B27.
    let (upstream, gateway) = groq();
    let called = json!({"role": "assistant", "content": null,
        "tool_calls": [openai::tool_call("c1", "shell", "{\"input\":\"ls -l\"}")]});
    upstream
        .on("/v1/chat/completions", [blackbox::Reply::json(&openai::completion_of(&called, "tool_calls"))]);
    let members = json!({"tools": [{"type": "custom", "name": "shell", "description": "Runs a command."}]});
    let answer = Responses.request(&gateway, "groq/m", false, &members).send().expect_status(200).json();
    let item =
        answer["output"].as_array().into_iter().flatten().find(|item| item["type"] == "custom_tool_call");
    let item = item.unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(
        (&item["name"], &item["input"], &item["call_id"]),
        (&json!("shell"), &json!("ls -l"), &json!("c1"))
    );
    let tool = &sent(&upstream)["tools"][0];
    assert_eq!(tool["function"]["parameters"]["properties"]["input"]["type"], "string", "{tool}");
    // And on its way back.
    let output = json!({"type": "custom_tool_call_output", "call_id": "c1", "output": "total 0"});
    let mut members = members;
    members["input"] = json!([{"role": "user", "content": "hi"}, item, output]);
    Responses.request(&gateway, "groq/m", false, &members).send().expect_status(200);
    let messages = sent(&upstream)["messages"].clone();
    assert_eq!(messages[1]["tool_calls"][0]["function"]["arguments"], "{\"input\":\"ls -l\"}", "{messages}");
    assert_eq!(messages[2]["content"], "total 0", "{messages}");
}

#[test]
fn a_translated_response_is_the_whole_object() {
    // 03-B29, 04-B4, 04-B8.
    let (upstream, gateway) = groq();
    let said = json!({"role": "assistant", "content": "Hi", "reasoning_content": "hm"});
    upstream.on("/v1/chat/completions", [blackbox::Reply::json(&openai::completion_of(&said, "stop"))]);
    let members = json!({"instructions": "Be brief.", "temperature": 0.5, "metadata": {"a": "b"}, "tools": [function("f")]});
    let answer = Responses.request(&gateway, "groq/m", false, &members).send().expect_status(200).json();
    assert!(answer["id"].as_str().is_some_and(|id| id.starts_with("resp_")), "{answer}");
    for (name, value) in [
        ("object", json!("response")),
        ("status", json!("completed")),
        ("provider", json!("groq")),
        ("error", Value::Null),
        ("incomplete_details", Value::Null),
        ("instructions", json!("Be brief.")),
        ("temperature", json!(0.5)),
        ("metadata", json!({"a": "b"})),
        ("previous_response_id", Value::Null),
        ("truncation", json!("disabled")),
        ("background", json!(false)),
        ("parallel_tool_calls", json!(true)),
    ] {
        assert_eq!(answer.get(name), Some(&value), "{name} of {answer}");
    }
    assert_eq!(answer["tools"][0]["name"], "f");
    let output = answer["output"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<&str> = output.iter().filter_map(|item| item["type"].as_str()).collect();
    assert_eq!(kinds, ["reasoning", "message"], "{answer}");
    assert_eq!(output[1]["content"][0]["annotations"], json!([]));
    assert_eq!(answer["usage"]["input_tokens_details"]["cached_tokens"], 100);
    assert_eq!(answer["usage"]["output_tokens_details"]["reasoning_tokens"], 5);
}

#[test]
fn an_answer_of_calls_has_no_empty_message() {
    // 03-B29: such a message would be refused when it comes back.
    let (upstream, gateway) = groq();
    let said =
        json!({"role": "assistant", "content": null, "tool_calls": [openai::tool_call("c1", "f", "{}")]});
    upstream.on("/v1/chat/completions", [blackbox::Reply::json(&openai::completion_of(&said, "tool_calls"))]);
    let answer = Responses.request(&gateway, "groq/m", false, &json!({})).send().expect_status(200).json();
    let output = answer["output"].as_array().cloned().unwrap_or_default();
    assert_eq!(output.len(), 1, "{answer}");
    assert_eq!((&output[0]["type"], &output[0]["call_id"]), (&json!("function_call"), &json!("c1")));
    assert!(output[0]["id"].as_str().is_some_and(|id| id.starts_with("fc_")), "{answer}");
}

#[test]
fn the_status_is_truthful() {
    // 03-B30, 04-B7.
    let (upstream, gateway) = groq();
    for (finish, reason) in [("length", "max_output_tokens"), ("content_filter", "content_filter")] {
        let said = json!({"role": "assistant", "content": "half"});
        upstream.on("/v1/chat/completions", [blackbox::Reply::json(&openai::completion_of(&said, finish))]);
        let answer =
            Responses.request(&gateway, "groq/m", false, &json!({})).send().expect_status(200).json();
        assert_eq!(
            (&answer["status"], &answer["incomplete_details"]["reason"]),
            (&json!("incomplete"), &json!(reason))
        );
        let deltas = openai::deltas(&said);
        upstream
            .on("/v1/chat/completions", [blackbox::Reply::stream(openai::frames_of(&deltas, finish, false))]);
        let frames = Responses.request(&gateway, "groq/m", true, &json!({})).open().rest_texts();
        let all = frames.concat();
        assert!(
            all.contains("event: response.incomplete") && !all.contains("response.completed"),
            "{frames:?}"
        );
        assert_eq!(frames.last().map(String::as_str), Some("data: [DONE]"));
    }
}

#[test]
fn a_body_that_is_no_request_is_refused() {
    // Case 4-3 and the table of 04 §2.2, for either kind of provider.
    let (upstream, gateway) = groq();
    let post = |body: &str| gateway.request("POST", "/v1/responses").body(body).send().error(400);
    for body in
        ["", " ", "null", "[]", "\"x\"", r#"{"model":"m","input":}"#, r#"{"model":"groq/m","input":"x"}}"#]
    {
        let error = post(body);
        assert!(error.message.starts_with("invalid request body"), "{body}: {}", error.message);
        assert_eq!(error.error_type, "invalid_request_error");
    }
    for (body, param) in [
        (r#"{"model":5,"input":"x"}"#, "model"),
        (r#"{"model":"groq/m","input":[5]}"#, "input[0]"),
        (r#"{"model":"groq/m","input":"x","stream":"yes"}"#, "stream"),
        (r#"{"model":"groq/m","input":"x","tools":[1]}"#, "tools[0]"),
        (r#"{"model":"groq/m","input":"x","max_output_tokens":1.5}"#, "max_output_tokens"),
        (r#"{"model":"groq/m","input":"x","conversation":5}"#, "conversation"),
    ] {
        let error = post(body);
        assert!(error.message.starts_with("invalid request body"), "{body}: {}", error.message);
        assert_eq!(error.param.as_deref(), Some(param));
    }
    assert_eq!(
        post(r#"{"model":"groq/m","input":"x","conversation":{}}"#).message,
        "conversation id is required"
    );
    assert!(upstream.chats().is_empty());
}

#[test]
fn null_is_absence_and_empty_words_say_nothing() {
    // 04 §2.1, rule 1.
    let nulls = json!({"truncation": null, "prompt": null, "previous_response_id": null, "conversation": null, "text": null,
        "tools": null, "metadata": null, "top_logprobs": null, "instructions": "", "user": "", "service_tier": ""});
    let reply = answer(nulls.clone()).expect_status(200);
    assert_eq!(reply.header("x-gomodel-dropped"), None);
    let members = up(nulls);
    let names: Vec<&String> = members.as_object().into_iter().flat_map(|members| members.keys()).collect();
    assert_eq!(names, ["model", "messages"], "{members}");
}

#[test]
fn only_post_is_served_here() {
    // 04 §1.1: a known path with another method is 405, also for HEAD; OPTIONS names the methods.
    let (_upstream, gateway) = groq();
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
        let answer = gateway.request(method, "/v1/responses").send().expect_status(405);
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"), "{method}");
    }
    gateway.request("OPTIONS", "/v1/responses").send().expect_status(204);
    let error = gateway.get("/v1/responses/resp_1/nope").send().error(404);
    assert_eq!(error.message, "unknown API endpoint: GET /v1/responses/resp_1/nope");
}
