//! `POST /v1/messages`: translated to chat here, natively (raw) in `native.rs`, headers in `headers.rs`, streams in `events.rs`. Cases 3-23 and
//! 4-51 to 4-58, as 03 §16 and 04 §16 change them.

mod events;
mod headers;
mod native;

use blackbox::{Reply, openai, upstream};
use serde_json::{Value, json};

use crate::dialects::{Chat, Four, Gemini, Messages, Responses, sent};
use crate::setup::{KEY, one};

/// What a chat upstream gets for a Messages call with these members.
fn up(members: Value) -> Value {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    Messages.request(&gateway, "gpt-4o", false, &members).send().expect_status(200);
    sent(&upstream)
}

/// The answer to a Messages call with these members.
fn answer(members: Value) -> blackbox::Answer {
    let upstream = upstream().start();
    Messages.request(&one(&upstream), "gpt-4o", false, &members).send()
}

fn user(content: Value) -> Value {
    json!({"role": "user", "content": content})
}

fn text(words: &str) -> Value {
    json!({"type": "text", "text": words})
}

fn marked(mut block: Value) -> Value {
    block["cache_control"] = json!({"type": "ephemeral"});
    block
}

#[test]
fn what_a_message_needs_is_checked_when_it_is_translated() {
    // Case 4-51 and the table of 04 §12.4.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let post = |body: Value| gateway.post("/v1/messages", &body).send().anthropic_error(400);
    let hi = json!([user(json!("hi"))]);
    let (kind, message) = post(json!({"model": "gpt-4o", "messages": hi}));
    assert_eq!(
        (kind.as_str(), message.as_str()),
        ("invalid_request_error", "max_tokens must be a positive integer")
    );
    let (_, message) = post(json!({"model": "gpt-4o", "max_tokens": 0, "messages": hi}));
    assert_eq!(message, "max_tokens must be a positive integer");
    assert_eq!(post(json!({"model": " ", "max_tokens": 9, "messages": hi})).1, "model is required");
    assert_eq!(
        post(json!({"model": "gpt-4o", "max_tokens": 9, "messages": []})).1,
        "messages must not be empty"
    );
    let odd = json!([{"role": "narrator", "content": "x"}]);
    let (_, message) = post(json!({"model": "gpt-4o", "max_tokens": 9, "messages": odd}));
    assert_eq!(message, "messages[0].role must be \"user\" or \"assistant\"");
    let trailing =
        gateway.request("POST", "/v1/messages").body(r#"{"model":"gpt-4o","max_tokens":9,"messages":[]}}"#);
    assert!(trailing.send().anthropic_error(400).1.starts_with("invalid request body"));
    assert!(upstream.chats().is_empty());
}

#[test]
fn credentials_are_checked_in_the_envelope_of_the_dialect() {
    // Cases 4-1, 4-2, for Messages.
    let upstream = upstream().start();
    let gateway = blackbox::gateway().provider("openai", &upstream).master_key(KEY).start();
    for path in ["/v1/messages", "/v1/messages/count_tokens", "/v1/messages/nope"] {
        let request = || gateway.post(path, &Messages.body("gpt-4o", false, &json!({})));
        let (kind, message) = request().anonymous().send().anthropic_error(401);
        assert_eq!(kind, "authentication_error");
        assert!(message.contains("Authorization") && message.contains("x-api-key"), "{message}");
        request().bearer("wrong").header("x-api-key", KEY).send().anthropic_error(401);
        let status = if path.ends_with("nope") { 404 } else { 200 };
        request().anonymous().header("x-api-key", KEY).send().expect_status(status);
    }
}

#[test]
fn only_post_is_served_here() {
    // 04 §1.1.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for path in ["/v1/messages", "/v1/messages/count_tokens"] {
        for method in ["GET", "PUT", "DELETE"] {
            gateway.request(method, path).send().anthropic_error(405);
        }
        let head = gateway.request("HEAD", path).send().expect_status(405);
        assert_eq!(head.header("allow"), Some("POST, OPTIONS"));
        gateway.request("OPTIONS", path).send().expect_status(204);
    }
}

#[test]
fn system_results_and_text_stand_in_this_order() {
    // Case 4-52.
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": [text("4"), text("2")]});
    let call =
        json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"n": 12345678901234567890_u64}});
    let sent = up(json!({
        "system": [marked(text("A")), text("B")],
        "messages": [user(json!("hi")), {"role": "assistant", "content": [call]}, user(json!([result, marked(text("and?"))]))],
        "stop_sequences": ["X"], "top_k": 5
    }));
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|each| each["role"].as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "user"], "{sent}");
    assert_eq!((&sent["stop"], sent.get("top_k")), (&json!(["X"]), None));
    assert!(!sent.to_string().contains("cache_control"), "{sent}");
    assert!(
        messages[2]["tool_calls"][0]["function"]["arguments"].to_string().contains("12345678901234567890")
    );
    assert_eq!(messages[3]["tool_call_id"], "toolu_1");
    // 04-B22: texts of the system are joined with a blank line.
    assert!(messages[0].to_string().contains(r"A\n\nB"), "{sent}");
}

#[test]
fn cache_markers_reach_only_those_who_know_them() {
    // Case 3-23, for every upstream.
    let four = Four::start();
    let members = json!({"messages": [user(json!([marked(text("long")), text("short")]))]});
    for up in [Chat, Responses, Gemini] {
        four.script(up, up.says("hi"));
        let answer = four.call(Messages, up, &members).expect_status(200);
        assert!(!four.sent(up).to_string().contains("cache_control"), "{up:?}");
        let dropped = answer.header("x-gomodel-dropped").unwrap_or_default().to_owned();
        assert!(dropped.contains("messages[0].content[0].cache_control"), "{up:?}: {dropped}");
    }
    four.script(Messages, Messages.says("hi"));
    four.call(Messages, Messages, &members).expect_status(200);
    assert_eq!(four.sent(Messages)["messages"], members["messages"]);
}

#[test]
fn tools_and_choices_have_their_counterparts() {
    // 03 §3.1.
    let tool = json!({"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {}}});
    for (choice, expected, parallel) in [
        (json!({"type": "auto"}), json!("auto"), None),
        (json!({"type": "any"}), json!("required"), None),
        (json!({"type": "none"}), json!("none"), None),
        (json!({"type": "tool", "name": "f"}), json!({"type": "function", "function": {"name": "f"}}), None),
        (json!({"type": "auto", "disable_parallel_tool_use": true}), json!("auto"), Some(json!(false))),
    ] {
        let sent = up(json!({"tools": [tool], "tool_choice": choice}));
        assert_eq!(
            (&sent["tool_choice"], sent.get("parallel_tool_calls")),
            (&expected, parallel.as_ref()),
            "{choice}"
        );
        let function =
            json!({"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}});
        assert_eq!(sent["tools"], json!([{"type": "function", "function": function}]));
    }
}

#[test]
fn thinking_becomes_an_effort_and_an_explicit_effort_wins() {
    // 03 §3.1, 03-B35, 04-B22.
    let effort = |members: Value| up(members).get("reasoning_effort").cloned().unwrap_or_default();
    let budget =
        |tokens: u32| json!({"max_tokens": 30000, "thinking": {"type": "enabled", "budget_tokens": tokens}});
    assert_eq!(effort(budget(20000)), "high");
    assert_eq!(effort(budget(10000)), "medium");
    assert_eq!(effort(budget(2000)), "low");
    assert_eq!(effort(json!({"thinking": {"type": "disabled"}})), Value::Null);
    assert_eq!(effort(json!({})), Value::Null);
    let both = json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}});
    assert_eq!(effort(both), "xhigh");
}

#[test]
fn what_claude_code_sends_is_translated() {
    // 04 §13 and B22: images in results, failed tools, documents, structured output, a system message in the middle.
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let result =
        |id: &str, content: Value| json!({"type": "tool_result", "tool_use_id": id, "content": content});
    let mut failed = result("b", json!("no such file"));
    failed["is_error"] = json!(true);
    let sent = up(json!({"messages": [
        user(json!("hi")), {"role": "assistant", "content": [call("a"), call("b")]},
        user(json!([result("a", json!([text("seen"), image])), failed])), {"role": "system", "content": "Now be brief."}
    ]}));
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|each| each["role"].as_str()).collect();
    assert_eq!(&roles[..4], ["user", "assistant", "tool", "tool"], "{sent}");
    assert!(messages[2]["content"].to_string().contains("seen"), "{sent}");
    assert_eq!(messages[3]["content"], "Error: no such file");
    assert!(sent.to_string().contains("data:image/png;base64,AAAA"), "{sent}");
    assert!(messages.last().is_some_and(|last| last.to_string().contains("Now be brief.")), "{sent}");
    let source = json!({"type": "text", "media_type": "text/plain", "data": "the page"});
    let sent = up(json!({"messages": [user(json!([{"type": "document", "source": source}, text("?")]))]}));
    assert!(sent.to_string().contains("the page"), "{sent}");
    let schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let sent = up(json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}));
    assert_eq!(sent["response_format"]["json_schema"]["schema"], schema, "{sent}");
}

#[test]
fn server_tools_are_dropped_unless_they_are_all_there_is() {
    // 04-B22.
    let search = json!({"type": "web_search_20250305", "name": "web_search"});
    let tool = json!({"name": "f", "input_schema": {"type": "object"}});
    let mixed = answer(json!({"tools": [search, tool]})).expect_status(200);
    assert_eq!(mixed.header("x-gomodel-dropped"), Some("tools[0]"));
    let forced = json!({"tools": [search], "tool_choice": {"type": "tool", "name": "web_search"}});
    assert_eq!(answer(forced).anthropic_error(400).0, "invalid_request_error");
}

#[test]
fn a_conversation_that_the_server_is_to_hold_is_refused_so_that_the_client_can_go_on_without() {
    // Not in the spec, which is older: the tool runner of Anthropic's SDK (2.13 for Python) sends `thread` and, unless it is
    // refused with this code, only the new messages of the next turn. Dropping it as an unknown hint would lose the history.
    for thread in [json!({"type": "create"}), json!({"type": "continue", "previous_message_id": "msg_1"})] {
        let upstream = upstream().start();
        let answer = Messages.request(&one(&upstream), "gpt-4o", false, &json!({"thread": thread})).send();
        answer.anthropic_error(400);
        let details = &answer.json()["error"]["details"];
        assert_eq!(details["error_code"], "thread_unsupported_request", "{}", answer.text());
        assert!(upstream.chats().is_empty());
    }
}

/// The answer of a Messages client to a chat message.
fn said(message: &Value, finish_reason: &str) -> Value {
    let reply = Reply::json(&openai::completion_of(message, finish_reason));
    let upstream = upstream().chat([reply]).start();
    Messages.request(&one(&upstream), "gpt-4o", false, &json!({})).send().expect_status(200).json()
}

#[test]
fn a_message_has_its_blocks_in_order() {
    // Case 4-53 and 04 §12.5.
    let message = json!({"role": "assistant", "content": "Hi", "reasoning_content": "hm",
        "tool_calls": [openai::tool_call("call_1", "f", "{\"a\":1}"), openai::tool_call("call_2", "g", "not json")]});
    let answer = said(&message, "stop");
    let kinds: Vec<&str> = answer["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|block| block["type"].as_str())
        .collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use", "tool_use"], "{answer}");
    assert_eq!(
        answer["content"][2],
        json!({"type": "tool_use", "id": "call_1", "name": "f", "input": {"a": 1}})
    );
    assert_eq!(answer["content"][3]["input"], json!({}));
    assert_eq!((&answer["stop_reason"], &answer["stop_sequence"]), (&json!("tool_use"), &Value::Null));
    assert_eq!((&answer["type"], &answer["role"]), (&json!("message"), &json!("assistant")));
    assert!(answer["id"].as_str().is_some_and(|id| id.starts_with("msg_")), "{answer}");
}

#[test]
fn reasons_to_stop_are_anthropics() {
    // 04 §12.5.3, B23.
    let message = json!({"role": "assistant", "content": "x"});
    for (finish, stop) in [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("content_filter", "refusal"),
        ("something_new", "end_turn"),
    ] {
        assert_eq!(said(&message, finish)["stop_reason"], stop, "{finish}");
    }
    assert_eq!(said(&json!({"role": "assistant", "content": null}), "stop")["content"], json!([]));
}

#[test]
fn usage_stands_beside_its_cache() {
    // 04-B24: 120 tokens of prompt, 100 of them cached.
    let usage = said(&json!({"role": "assistant", "content": "x"}), "stop")["usage"].clone();
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"]), (&json!(20), &json!(12)), "{usage}");
    assert_eq!(usage["cache_read_input_tokens"], 100);
    assert_eq!(usage["cache_creation_input_tokens"], 0);
}

#[test]
fn an_answer_has_the_headers_that_the_sdk_reads() {
    // 04-B26, B20: the query string is accepted.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = Messages.body("gpt-4o", false, &json!({}));
    let answer =
        gateway.post("/v1/messages?beta=true", &body).header("anthropic-version", "2023-06-01").send();
    let answer = answer.expect_status(200);
    assert!(answer.header("request-id").is_some(), "{:?}", answer.head);
    let refused = gateway.post("/v1/messages", &json!({"model": "gpt-4o"})).send();
    refused.anthropic_error(400);
    assert!(refused.header("request-id").is_some(), "{:?}", refused.head);
}

#[test]
fn limits_of_an_upstream_are_passed_on() {
    // 04-B26.
    let busy = openai::error(429, "slow", "rl").header("retry-after", "7");
    let upstream = upstream().chat([busy]).start();
    let gateway = blackbox::gateway().provider("openai", &upstream).env("RETRY_MAX_RETRIES", "0").start();
    let answer = Messages.request(&gateway, "gpt-4o", false, &json!({})).send();
    assert_eq!(answer.anthropic_error(429), ("rate_limit_error".to_owned(), "slow".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("7"));
}
