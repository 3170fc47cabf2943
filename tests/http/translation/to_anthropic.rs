//! Chat completions to Anthropic's Messages: the cases of 03 §15 with the deviations of 03 §16.
//! "up" is what the upstream received.

use blackbox::{Provider, Reply, anthropic, anthropic_upstream, gateway};
use serde_json::{Value, json};

use crate::dialects::{Chat, Messages, Single, frame_data, sent};

const MODEL: &str = "claude-sonnet-4-5";

fn bench() -> Single {
    Single::start(Messages, MODEL)
}

/// What the upstream gets for a chat call with these members.
fn up(model: &str, members: Value) -> Value {
    Single::start(Messages, model).chat(members)
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn function(name: &str, parameters: Value) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": parameters}})
}

fn one_tool() -> Value {
    json!([function("lookup", json!({"type": "object", "properties": {}}))])
}

#[test]
fn a_key_goes_out_in_anthropics_own_header() {
    // Case 3-1.
    let bench = bench();
    bench.chat(json!({}));
    let seen = bench.upstream.only(anthropic::MESSAGES);
    assert_eq!(seen.header("x-api-key"), Some("sk-planted-p-4f1d9c"));
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    for listing in bench.upstream.requests_to("/v1/models") {
        assert!(listing.target.contains("limit=1000"), "{}", listing.target);
    }
}

#[test]
fn a_subscription_token_goes_out_as_a_bearer_with_its_beta() {
    // Case 3-2.
    let upstream = anthropic_upstream(&[MODEL]).on(anthropic::MESSAGES, [anthropic::message("hi")]).start();
    let provider = Provider::new("p").kind("anthropic").key("sk-ant-oat01-z").at(&upstream);
    let gateway = gateway().with(provider).start();
    gateway.chat(MODEL).expect_status(200);
    let seen = upstream.only(anthropic::MESSAGES);
    assert_eq!(seen.header("authorization"), Some("Bearer sk-ant-oat01-z"));
    assert_eq!(seen.header("anthropic-beta"), Some("oauth-2025-04-20"));
    assert_eq!(seen.header("x-api-key"), None);
}

#[test]
fn a_request_without_a_limit_gets_the_default() {
    // Case 3-4.
    for (setting, limit) in [(None, 4096), (Some(" 8192 "), 8192), (Some("lots"), 4096), (Some("0"), 4096)] {
        let bench = Single::with(Messages, "claude-mystery", |builder| match setting {
            Some(value) => builder.env("ANTHROPIC_DEFAULT_MAX_TOKENS", value),
            None => builder,
        });
        assert_eq!(bench.chat(json!({}))["max_tokens"], limit, "{setting:?}");
        // B1: either name is a limit.
        assert_eq!(bench.chat(json!({"max_completion_tokens": 77}))["max_tokens"], 77, "{setting:?}");
        assert_eq!(bench.chat(json!({"max_tokens": 78}))["max_tokens"], 78, "{setting:?}");
    }
}

#[test]
fn effort_is_a_budget_for_models_that_take_budgets() {
    // Cases 3-5, 3-7.
    let members = json!({"reasoning_effort": " HIGH ", "max_tokens": 1000, "temperature": 0.7});
    let sent = up("claude-3-5-sonnet", members);
    assert_eq!(sent["thinking"], json!({"type": "enabled", "budget_tokens": 20000}));
    assert_eq!((&sent["max_tokens"], sent.get("temperature")), (&json!(21024), None));
    let sent = up("claude-3-5-sonnet", json!({"reasoning": {}, "reasoning_effort": "medium"}));
    assert_eq!(sent["thinking"]["budget_tokens"], 10000);
}

#[test]
fn effort_is_an_effort_for_models_that_think_adaptively() {
    // Case 3-6; B5: also for a model of a later version than any that is known.
    for model in ["claude-opus-4-8-20260301", "claude-opus-5-20270101"] {
        let sent = up(model, json!({"reasoning_effort": "xhigh", "max_tokens": 1000}));
        assert_eq!(sent["thinking"]["type"], "adaptive", "{model}");
        assert_eq!(sent["output_config"]["effort"], "xhigh", "{model}");
        assert_eq!(sent["max_tokens"], 1000, "{model}");
    }
}

#[test]
fn no_effort_turns_thinking_off() {
    // B11.
    for effort in ["none", "minimal"] {
        let sent = up("claude-3-5-sonnet", json!({"reasoning_effort": effort}));
        let kind = sent["thinking"]["type"].as_str();
        assert!(matches!(kind, None | Some("disabled")), "{effort}: {sent}");
    }
}

#[test]
fn leading_system_messages_are_one_system() {
    // Case 3-8; B8: a developer is the system.
    let system = |role: &str, text: &str| json!({"role": role, "content": text});
    for role in ["system", "developer"] {
        let sent = up(MODEL, json!({"messages": [system("system", "A"), system(role, "B"), user("hi")]}));
        assert_eq!(sent["system"], "A\n\nB", "{role}");
        assert_eq!(sent["messages"].as_array().map(Vec::len), Some(1), "{role}");
    }
    let answer = bench().call(Chat, &json!({"messages": [system("narrator", "x")]}));
    assert!(answer.error(400).message.contains("messages[0].role"), "{}", answer.text());
}

#[test]
fn a_later_system_message_stays_where_the_model_takes_it() {
    // Case 3-9.
    let messages = json!([user("a"), {"role": "system", "content": "Be brief."}, user("b")]);
    let sent = up("claude-sonnet-5", json!({"messages": messages}));
    let roles: Vec<&str> =
        sent["messages"].as_array().into_iter().flatten().filter_map(|each| each["role"].as_str()).collect();
    assert_eq!(roles, ["user", "system", "user"]);
    let sent = up("claude-sonnet-4-5", json!({"messages": messages}));
    assert!(sent["system"].to_string().contains("Be brief."), "{sent}");
    assert!(!sent["messages"].to_string().contains("system"), "{sent}");
}

#[test]
fn a_choice_without_tools_is_no_error() {
    // Case 3-10 as B23 changes it.
    let sent = up(MODEL, json!({"tool_choice": "auto"}));
    assert_eq!((sent.get("tools"), sent.get("tool_choice")), (None, None));
}

#[test]
fn tool_choices_have_their_counterparts() {
    // Cases 3-11, 3-12 as B23 changes it, and the table of 03 §2.4.
    for (members, choice) in [
        (json!({"parallel_tool_calls": false}), json!({"type": "auto", "disable_parallel_tool_use": true})),
        (json!({"tool_choice": "none"}), json!({"type": "none"})),
        (json!({"tool_choice": "auto"}), json!({"type": "auto"})),
        (json!({"tool_choice": "required"}), json!({"type": "any"})),
        (
            json!({"tool_choice": {"type": "function", "function": {"name": "lookup"}}}),
            json!({"type": "tool", "name": "lookup"}),
        ),
    ] {
        let mut body = members.clone();
        body["tools"] = one_tool();
        let sent = up(MODEL, body);
        assert_eq!(sent["tool_choice"], choice, "{members}");
        assert_eq!(sent["tools"][0]["name"], "lookup", "{members}");
        assert_eq!(sent["tools"][0]["input_schema"]["type"], "object", "{members}");
    }
}

#[test]
fn arguments_keep_every_digit_and_must_be_an_object() {
    // Case 3-13; B33.
    let called = |arguments: &str| {
        let call = json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}});
        json!({"messages": [
            user("hi"), {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "1"}
        ]})
    };
    let bench = bench();
    bench.chat(called(r#"{"n":12345678901234567890,"x":1.10}"#));
    let text = bench.upstream.only(anthropic::MESSAGES).text();
    assert!(text.contains("12345678901234567890") && text.contains("1.10"), "{text}");
    let error = bench.call(Chat, &called("[1]")).error(400);
    assert_eq!(error.message, "tool arguments must be a JSON object");
}

#[test]
fn images_are_checked_and_converted() {
    // Case 3-14.
    let bench = bench();
    let image = |url: &str| {
        let part = json!({"type": "image_url", "image_url": {"url": url}});
        json!({"messages": [{"role": "user", "content": [part]}]})
    };
    let sent = bench.chat(image("data:image/png;charset=utf-8;base64,AAAA"));
    let source = &sent["messages"][0]["content"][0]["source"];
    assert_eq!(*source, json!({"type": "base64", "media_type": "image/png", "data": "AAAA"}));
    let sent = bench.chat(image("https://example.com/x.png"));
    let source = &sent["messages"][0]["content"][0]["source"];
    assert_eq!(*source, json!({"type": "url", "url": "https://example.com/x.png"}));
    for (url, words) in [
        ("data:image/bmp;base64,AA", "image/bmp"),
        ("/x.png", "data: URL or http/https URL"),
        ("data:image/png,AA", "must be base64-encoded"),
    ] {
        let error = bench.call(Chat, &image(url)).error(400);
        assert!(error.message.contains(words), "{url}: {}", error.message);
    }
    let sound = json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}});
    let error = bench.call(Chat, &json!({"messages": [{"role": "user", "content": [sound]}]})).error(400);
    assert_eq!(error.message, "anthropic chat does not support input_audio content");
}

#[test]
fn any_json_comes_through_a_forced_tool_that_nobody_sees() {
    // Case 3-15 as B3 changes it.
    let upstream = anthropic_upstream(&[MODEL])
        .answer(anthropic::MESSAGES, |seen, _| {
            let body = seen.json();
            let name = body["tools"][0]["name"].as_str().unwrap_or_default().to_owned();
            let blocks = [anthropic::tool_use("toolu_1", &name, &json!({"city": "Oslo"}))];
            if body["stream"] == true {
                anthropic::answer_stream(&blocks, "tool_use")
            } else {
                anthropic::answer(&blocks, "tool_use")
            }
        })
        .start();
    let gateway = gateway().with(Provider::new("p").kind("anthropic").at(&upstream)).start();
    let members = json!({"response_format": {"type": "json_object"}});
    let answer = Chat.request(&gateway, MODEL, false, &members).send().expect_status(200).json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "stop", "{answer}");
    assert_eq!(choice["message"].get("tool_calls"), None, "{answer}");
    let content: Value = serde_json::from_str(&Chat.text(&answer)).expect("JSON as content");
    assert_eq!(content, json!({"city": "Oslo"}));
    let sent = sent(&upstream);
    assert_eq!(sent["tool_choice"]["type"], "tool", "{sent}");
    assert_eq!(sent["tools"].as_array().map(Vec::len), Some(1), "{sent}");
    let frames = Chat.request(&gateway, MODEL, true, &members).open().rest_texts();
    let content: Value = serde_json::from_str(&Chat.streamed_text(&frames)).expect("JSON as content");
    assert_eq!(content, json!({"city": "Oslo"}));
    assert!(!frames.concat().contains("tool_calls"), "{frames:?}");
}

#[test]
fn a_schema_goes_out_as_the_format_of_the_output() {
    // B3.
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "city", "schema": schema, "strict": true}});
    let sent = up("claude-sonnet-4-5", json!({"response_format": format}));
    let format = &sent["output_config"]["format"];
    assert_eq!(
        (&format["type"], &format["schema"]["properties"]),
        (&json!("json_schema"), &schema["properties"])
    );
    assert_eq!(format["schema"]["additionalProperties"], false, "{format}");
    assert_eq!(up(MODEL, json!({"response_format": {"type": "text"}})).get("output_config"), None);
}

/// The answer of a chat client to what the upstream says, whole and streamed.
fn answers(blocks: &[Value], stop_reason: &str) -> (Value, Vec<String>) {
    let bench = bench();
    bench.upstream.on(anthropic::MESSAGES, [anthropic::answer(blocks, stop_reason)]);
    let whole = bench.call(Chat, &json!({})).expect_status(200).json();
    bench.upstream.on(anthropic::MESSAGES, [anthropic::answer_stream(blocks, stop_reason)]);
    (whole, bench.open(Chat, &json!({})).rest_texts())
}

/// The finish reason of a stream, which stands in one chunk.
fn finish(frames: &[String]) -> String {
    let chunks = frames.iter().filter_map(|frame| frame_data(frame));
    let reasons: Vec<String> =
        chunks.filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str().map(str::to_owned)).collect();
    assert_eq!(reasons.len(), 1, "{frames:?}");
    reasons.concat()
}

#[test]
fn a_stop_sequence_is_told() {
    // Case 3-16.
    let bench = bench();
    let mut body = anthropic::body(&[anthropic::text("hi")], "stop_sequence");
    body["stop_sequence"] = json!("END");
    bench.upstream.on(anthropic::MESSAGES, [Reply::json(&body)]);
    let choice = bench.call(Chat, &json!({"stop": "END"})).expect_status(200).json()["choices"][0].clone();
    assert_eq!((&choice["finish_reason"], &choice["stop_sequence"]), (&json!("stop"), &json!("END")));
    assert_eq!(sent(&bench.upstream)["stop_sequences"], json!(["END"]));
    let mut frames = anthropic::frames(&[anthropic::text("hi")], "stop_sequence");
    let delta = json!({"stop_reason": "stop_sequence", "stop_sequence": "END"});
    let event = json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}});
    let at = frames.len() - 2;
    frames[at] = anthropic::event(&event);
    bench.upstream.on(anthropic::MESSAGES, [Reply::stream(frames)]);
    let frames = bench.open(Chat, &json!({})).rest_texts();
    let last = frames.iter().filter_map(|frame| frame_data(frame)).find(|chunk| {
        chunk["choices"][0]["finish_reason"] == "stop" && chunk["choices"][0]["stop_sequence"] == "END"
    });
    assert!(last.is_some(), "{frames:?}");
}

#[test]
fn usage_counts_the_cache_in() {
    // Cases 3-17 and 3-21 as B14 changes them.
    let bench = bench();
    let mut body = anthropic::body(&[anthropic::text("hi")], "end_turn");
    body["usage"] = json!({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 7});
    bench.upstream.on(anthropic::MESSAGES, [Reply::json(&body)]);
    let usage = bench.call(Chat, &json!({})).expect_status(200).json()["usage"].clone();
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"], &usage["total_tokens"]),
        (&json!(117), &json!(5), &json!(122)),
        "{usage}"
    );
    let details = &usage["prompt_tokens_details"];
    assert_eq!((&details["cached_tokens"], &details["cache_creation_tokens"]), (&json!(100), &json!(7)));
    // Anthropic's own counters stay beside them, streamed, too.
    let own = |usage: &Value| {
        [usage["cache_read_input_tokens"].clone(), usage["cache_creation_input_tokens"].clone()]
    };
    assert_eq!(own(&usage), [json!(100), json!(7)]);
    bench.upstream.on(anthropic::MESSAGES, [anthropic::stream(&["hi"])]);
    let frames = bench.open(Chat, &json!({"stream_options": {"include_usage": true}})).rest_texts();
    let usage =
        frames.iter().filter_map(|frame| frame_data(frame)).next_back().expect("chunks")["usage"].clone();
    assert_eq!(own(&usage)[0], usage["prompt_tokens_details"]["cached_tokens"], "{usage}");
    assert_ne!(own(&usage)[0], Value::Null, "{usage}");
}

#[test]
fn streamed_usage_stands_in_its_own_last_chunk_where_it_was_asked_for() {
    // Case 3-21 as B14 changes it.
    let bench = bench();
    bench.upstream.on(anthropic::MESSAGES, [anthropic::stream(&["hi"])]);
    let asked = json!({"stream_options": {"include_usage": true}});
    let frames = bench.open(Chat, &asked).rest_texts();
    let chunks: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    let last = chunks.last().expect("chunks");
    assert_eq!(last["choices"], json!([]), "{last}");
    assert_eq!(
        (
            &last["usage"]["prompt_tokens"],
            &last["usage"]["completion_tokens"],
            &last["usage"]["total_tokens"]
        ),
        (&json!(127), &json!(12), &json!(139))
    );
    let with_usage = chunks.iter().filter(|chunk| chunk["usage"].is_object()).count();
    assert_eq!(with_usage, 1, "{frames:?}");
    let frames = bench.open(Chat, &json!({})).rest_texts();
    assert!(!frames.concat().contains("\"usage\":{"), "{frames:?}");
    assert!(!frames.concat().contains("\"choices\":[]"), "{frames:?}");
}

#[test]
fn all_text_is_kept_in_order_and_thoughts_stand_apart() {
    // Case 3-18 as B12 changes it.
    let blocks = [anthropic::text("P"), anthropic::thinking("T", "c2lnbmF0dXJl"), anthropic::text("A")];
    let (whole, frames) = answers(&blocks, "end_turn");
    let message = &whole["choices"][0]["message"];
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("PA"), &json!("T")));
    assert_eq!(Chat.streamed_text(&frames), "PA");
    let thoughts: String = frames
        .iter()
        .filter_map(|frame| frame_data(frame))
        .filter_map(|chunk| chunk["choices"][0]["delta"]["reasoning_content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(thoughts, "T");
}

#[test]
fn a_streamed_call_without_arguments_has_empty_ones() {
    // Case 3-19.
    let bench = bench();
    let mut frames = vec![anthropic::message_start()];
    frames.push(anthropic::block_start(0, &anthropic::tool_use("toolu_1", "now", &json!({}))));
    frames.push(anthropic::block_stop(0));
    frames.extend(anthropic::message_end("tool_use"));
    bench.upstream.on(anthropic::MESSAGES, [Reply::stream(frames)]);
    let frames = bench.open(Chat, &json!({})).rest_texts();
    let deltas: Vec<Value> = frames
        .iter()
        .filter_map(|frame| frame_data(frame))
        .map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0].clone())
        .filter(|call| !call.is_null())
        .collect();
    let arguments: String = deltas.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect();
    assert_eq!(arguments, "{}", "{deltas:?}");
    assert_eq!((&deltas[0]["id"], &deltas[0]["function"]["name"]), (&json!("toolu_1"), &json!("now")));
    assert_eq!(finish(&frames), "tool_calls");
}

#[test]
fn reasons_to_stop_are_those_that_clients_know() {
    // Case 3-20 and B13.
    for (reason, expected) in [
        ("end_turn", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
        ("something_new", "stop"),
    ] {
        let (whole, frames) = answers(&[anthropic::text("hi")], reason);
        assert_eq!(whole["choices"][0]["finish_reason"], expected, "{reason}");
        assert_eq!(finish(&frames), expected, "{reason}");
    }
}

#[test]
fn calls_come_back_with_their_arguments_as_they_were() {
    // 03 §2.7; B33.
    let blocks = [
        anthropic::text("Let me look."),
        anthropic::tool_use("toolu_1", "f", &json!({"z": 1, "a": [true, null]})),
        anthropic::tool_use("toolu_2", "g", &json!({})),
    ];
    let (whole, frames) = answers(&blocks, "tool_use");
    let message = &whole["choices"][0]["message"];
    assert_eq!(message["content"], "Let me look.");
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], r#"{"z":1,"a":[true,null]}"#);
    assert_eq!(
        (&message["tool_calls"][1]["id"], &whole["choices"][0]["finish_reason"]),
        (&json!("toolu_2"), &json!("tool_calls"))
    );
    let indexes: Vec<u64> = frames
        .iter()
        .filter_map(|frame| frame_data(frame))
        .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0]["index"].as_u64())
        .collect();
    assert_eq!((indexes.first(), indexes.last()), (Some(&0), Some(&1)), "{frames:?}");
    assert_eq!(finish(&frames), "tool_calls");
}

#[test]
fn results_of_tools_stand_in_one_turn_after_their_calls() {
    // 03 §2.3.6, 04-B22: consecutive tool messages stay adjacent to their assistant message.
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let result = |id: &str, text: &str| json!({"role": "tool", "tool_call_id": id, "content": text});
    let messages = json!([
        user("hi"), {"role": "assistant", "content": "", "tool_calls": [call("a"), call("b")]},
        result("a", "1"), result("b", "2"), user("and?")
    ]);
    let sent = up(MODEL, json!({"messages": messages, "tools": one_tool()}));
    let turns = sent["messages"].as_array().cloned().unwrap_or_default();
    let results: Vec<&Value> = turns[2..]
        .iter()
        .flat_map(|turn| turn["content"].as_array().into_iter().flatten())
        .filter(|block| block["type"] == "tool_result")
        .collect();
    assert_eq!(results.len(), 2, "{sent}");
    assert_eq!((&results[0]["tool_use_id"], &results[1]["tool_use_id"]), (&json!("a"), &json!("b")));
    assert!(
        turns[1]["content"]
            .as_array()
            .is_some_and(|blocks| blocks.iter().all(|block| block["type"] == "tool_use"))
    );
}

#[test]
fn embeddings_are_refused_in_the_fixed_words() {
    // 03 §1.1.
    let bench = bench();
    let body = json!({"model": format!("p/{MODEL}"), "input": "x"});
    let error = bench.gateway.post("/v1/embeddings", &body).send().error(400);
    assert_eq!(error.message, "anthropic does not support embeddings — consider using Voyage AI");
}
