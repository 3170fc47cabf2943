//! Chat completions to Google's `generateContent`: the cases of 03 §15 with the deviations of 03 §16.

use blackbox::{Provider, Reply, gateway, gemini, gemini_upstream, openai};
use serde_json::{Value, json};

use crate::dialects::{Chat, Gemini, Single, frame_data, sent};

const MODEL: &str = "gemini-2.5-flash";

fn bench() -> Single {
    Single::start(Gemini, MODEL)
}

/// What the upstream gets for a chat call with these members.
fn up(model: &str, members: Value) -> Value {
    Single::start(Gemini, model).chat(members)
}

/// `generationConfig` in either spelling.
fn config(sent: &Value) -> &Value {
    sent.get("generationConfig").unwrap_or(&sent["generation_config"])
}

fn function(parameters: Value) -> Value {
    json!([{"type": "function", "function": {"name": "f", "parameters": parameters}}])
}

#[test]
fn a_call_goes_to_the_path_of_its_model_with_googles_header() {
    // Case 3-24.
    let bench = bench();
    let sent = bench.chat(
        json!({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]}),
    );
    let seen = bench.upstream.only(&gemini::generate(MODEL));
    assert_eq!(seen.header("x-goog-api-key"), Some("sk-planted-p-4f1d9c"));
    assert_eq!(seen.header("authorization"), None);
    assert!(!seen.target.contains("key="), "{}", seen.target);
    assert_eq!(sent["contents"], json!([{"role": "user", "parts": [{"text": "hi"}]}]));
    for absent in ["messages", "stream", "model"] {
        assert_eq!(sent.get(absent), None, "{sent}");
    }
    assert!(sent.to_string().contains("Be brief."), "{sent}");
}

#[test]
fn a_stream_is_asked_for_as_events_and_has_one_chunk_of_usage() {
    // Case 3-25.
    let bench = bench();
    let frames = bench.open(Chat, &json!({"stream_options": {"include_usage": true}})).rest_texts();
    let seen = bench.upstream.only(&gemini::stream_generate(MODEL));
    assert!(seen.target.contains("alt=sse"), "{}", seen.target);
    assert_eq!(frames.last().map(String::as_str), Some("data: [DONE]"));
    let chunks: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    let with_usage: Vec<&Value> = chunks.iter().filter(|chunk| chunk["usage"].is_object()).collect();
    assert_eq!(with_usage.len(), 1, "{frames:?}");
    assert_eq!((&with_usage[0]["choices"], chunks.last()), (&json!([]), Some(with_usage[0])));
    let roles = chunks.iter().filter(|chunk| chunk["choices"][0]["delta"]["role"] == "assistant").count();
    assert_eq!(roles, 1, "{frames:?}");
}

#[test]
fn a_remote_image_is_refused_natively_and_passes_in_the_compatible_mode() {
    // Case 3-26.
    let part = json!({"type": "image_url", "image_url": {"url": "https://example.com/x.png"}});
    let members = json!({"messages": [{"role": "user", "content": [part]}]});
    let error = bench().call(Chat, &members).error(400);
    assert!(
        error.message.starts_with("gemini native image_url supports only data: URLs"),
        "{}",
        error.message
    );
    let upstream = gemini_upstream(&[MODEL]).on("/v1/chat/completions", [openai::chat("hi")]).start();
    let provider = Provider::new("p").kind("gemini").at(&upstream).yaml("api_mode: openai_compatible");
    let gateway = gateway().with(provider).start();
    Chat.request(&gateway, &format!("p/{MODEL}"), false, &members).send().expect_status(200);
    let seen = upstream.only_chat();
    assert!(seen.text().contains("https://example.com/x.png"), "{}", seen.text());
    assert_eq!(seen.header("authorization"), Some("Bearer sk-planted-p-4f1d9c"));
}

#[test]
fn an_inline_image_goes_out_inline() {
    // 03 §4.3.5.
    let part = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    let sent = up(MODEL, json!({"messages": [{"role": "user", "content": [part]}]}));
    let part = &sent["contents"][0]["parts"][0];
    let data = part.get("inlineData").unwrap_or(&part["inline_data"]);
    let mime = data.get("mimeType").unwrap_or(&data["mime_type"]);
    assert_eq!((mime, &data["data"]), (&json!("image/png"), &json!("AAAA")));
}

#[test]
fn a_result_of_a_tool_is_an_object_under_the_name_of_its_call() {
    // Case 3-27.
    for (result, response) in [
        ("sunny", json!({"result": "sunny"})),
        ("[1]", json!({"result": [1]})),
        (r#"{"t":1}"#, json!({"t": 1})),
        ("", json!({})),
    ] {
        let call = json!({"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"a\":1}"}});
        let sent = up(
            MODEL,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": null, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": result}
            ]}),
        );
        let answer = &sent["contents"][2]["parts"][0]["functionResponse"];
        assert_eq!((&answer["response"], &answer["name"]), (&response, &json!("weather")), "{result:?}");
        assert_eq!(sent["contents"][1]["role"], "model");
        assert_eq!(sent["contents"][1]["parts"][0]["functionCall"]["args"], json!({"a": 1}));
    }
}

#[test]
fn schemas_go_out_whole_but_for_their_dialect() {
    // Case 3-28; B23: an object or null is an object.
    let schema = |parameters: Value| {
        let sent = up(MODEL, json!({"tools": function(parameters)}));
        sent["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"].clone()
    };
    assert_eq!(
        schema(json!({"$schema": "x", "properties": {}})),
        json!({"type": "object", "properties": {}})
    );
    let nullable = schema(json!({"type": ["object", "null"], "properties": {}}));
    assert!(nullable["properties"].is_object(), "{nullable}");
    let nested = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "integer"}},
        "additionalProperties": false});
    assert_eq!(schema(nested.clone()), nested);
    let error = bench().call(Chat, &json!({"tools": function(json!({"type": "array"}))})).error(400);
    assert_eq!(error.message, "tool.function.parameters must define an object schema");
}

#[test]
fn tool_choices_are_modes() {
    // 03 §4.4.
    for (choice, mode, names) in [
        (json!("none"), "NONE", Value::Null),
        (json!("required"), "ANY", Value::Null),
        (json!("auto"), "AUTO", Value::Null),
        (json!({"type": "function", "function": {"name": "f"}}), "ANY", json!(["f"])),
    ] {
        let sent = up(MODEL, json!({"tools": function(json!({"type": "object"})), "tool_choice": choice}));
        let config = &sent["toolConfig"]["functionCallingConfig"];
        assert_eq!((&config["mode"], &config["allowedFunctionNames"]), (&json!(mode), &names), "{choice}");
        assert!(sent["tools"].is_array(), "{choice}");
    }
}

#[test]
fn either_limit_counts_and_the_older_name_wins() {
    // Case 3-29.
    assert_eq!(config(&up(MODEL, json!({"max_completion_tokens": 50})))["maxOutputTokens"], 50);
    let both = json!({"max_completion_tokens": 50, "max_tokens": 10});
    assert_eq!(config(&up(MODEL, both))["maxOutputTokens"], 10);
}

#[test]
fn effort_is_a_budget_or_a_level_by_model() {
    // Case 3-30; B5: what Google does not know is clamped.
    let thinking = |model: &str, members: Value| config(&up(model, members))["thinkingConfig"].clone();
    for spelled in [json!({"reasoning_effort": "high"}), json!({"reasoning": {"effort": "high"}})] {
        assert_eq!(thinking("gemini-2.5-pro", spelled.clone())["thinkingBudget"], 24576);
        let level = thinking("gemini-3-pro-preview", spelled);
        assert_eq!((&level["thinkingLevel"], level.get("thinkingBudget")), (&json!("high"), None));
    }
    for effort in ["xhigh", "max"] {
        let level = thinking("gemini-3-pro-preview", json!({"reasoning_effort": effort}));
        assert_eq!(level["thinkingLevel"], "high", "{effort}");
    }
    let explicit = json!({"reasoning_effort": "high",
        "extra_body": {"google": {"thinking_config": {"thinking_budget": 0}}}});
    let config = thinking("gemini-2.5-flash", explicit);
    assert_eq!((&config["thinkingBudget"], config.get("thinkingLevel")), (&json!(0), None));
}

#[test]
fn sampling_goes_out_under_googles_names() {
    // 03 §4.5 and B2.
    let sent = up(
        MODEL,
        json!({"temperature": 0.2, "top_p": 0.9, "stop": "END", "seed": 7, "presence_penalty": 0.5,
        "frequency_penalty": 0.25, "n": 2}),
    );
    let config = config(&sent);
    assert_eq!((&config["temperature"], &config["topP"]), (&json!(0.2), &json!(0.9)));
    assert_eq!((&config["stopSequences"], &config["seed"]), (&json!(["END"]), &json!(7)));
    assert_eq!((&config["presencePenalty"], &config["frequencyPenalty"]), (&json!(0.5), &json!(0.25)));
    assert_eq!(config["candidateCount"], 2);
}

#[test]
fn a_format_goes_out_as_mime_type_and_schema() {
    // 03 §4.5.
    let schema = json!({"$schema": "x", "type": "object", "properties": {}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    let sent = up(MODEL, json!({"response_format": format}));
    assert_eq!(config(&sent)["responseMimeType"], "application/json");
    assert_eq!(config(&sent)["responseJsonSchema"], json!({"type": "object", "properties": {}}));
    let sent = up(MODEL, json!({"response_format": {"type": "json_object"}}));
    assert_eq!(config(&sent)["responseMimeType"], "application/json");
    assert_eq!(config(&sent).get("responseJsonSchema"), None);
}

#[test]
fn a_blocked_prompt_is_the_callers_problem() {
    // Case 3-31 as B7 and B13 change it.
    let bench = bench();
    let blocked =
        json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}});
    bench.upstream.on(&gemini::generate(MODEL), [Reply::json(&blocked)]);
    bench.upstream.on(&gemini::stream_generate(MODEL), [Reply::stream([gemini::frame(&blocked)])]);
    let error = bench.call(Chat, &json!({})).error(400);
    assert_eq!(
        (error.message.as_str(), error.code.as_deref()),
        ("Gemini blocked prompt: SAFETY", Some("content_filter"))
    );
    let mut stream = bench.open(Chat, &json!({}));
    let status = stream.status();
    let text = String::from_utf8(stream.rest()).expect("text");
    assert!(text.contains("Gemini blocked prompt: SAFETY") && text.contains("content_filter"), "{text}");
    assert!(!text.contains("[DONE]"), "{text}");
    // Nothing was sent before, so the head may have been held: then it is a real status.
    assert!(status == 400 || status == 200, "{status}");
}

#[test]
fn reasons_to_finish_are_those_that_clients_know() {
    // Case 3-32 as B13 changes it.
    for (reason, expected, raw) in [
        ("STOP", "stop", Value::Null),
        ("MAX_TOKENS", "length", Value::Null),
        ("RECITATION", "content_filter", Value::Null),
        ("SAFETY", "content_filter", Value::Null),
        ("MALFORMED_FUNCTION_CALL", "stop", json!("MALFORMED_FUNCTION_CALL")),
        ("OTHER", "stop", json!("OTHER")),
    ] {
        let bench = bench();
        bench.upstream.on(&gemini::generate(MODEL), [gemini::answer(&[gemini::text("hi")], reason)]);
        let choice = bench.call(Chat, &json!({})).expect_status(200).json()["choices"][0].clone();
        assert_eq!(choice["finish_reason"], expected, "{reason}");
        if !raw.is_null() {
            assert_eq!(choice["provider_finish_reason"], raw, "{reason}");
        }
    }
}

#[test]
fn usage_counts_thoughts_as_output() {
    // Case 3-33.
    let bench = bench();
    let mut body = gemini::body(&[gemini::text("hi")], "STOP");
    body["usageMetadata"] = json!({"promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 20,
        "thoughtsTokenCount": 30, "totalTokenCount": 150});
    bench.upstream.on(&gemini::generate(MODEL), [Reply::json(&body)]);
    let usage = bench.call(Chat, &json!({})).expect_status(200).json()["usage"].clone();
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"], &usage["total_tokens"]),
        (&json!(100), &json!(50), &json!(150))
    );
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 60);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 30);
    // B14: Google's own counters stay.
    assert_eq!(
        (&usage["cached_content_token_count"], &usage["thoughts_token_count"]),
        (&json!(60), &json!(30))
    );
}

#[test]
fn calls_in_several_events_are_numbered_and_have_ids_of_their_own() {
    // B18: neither within an answer nor from one turn to the next.
    let bench = bench();
    let mut ids = Vec::new();
    for turn in 0..2 {
        let frames = [("f", ""), ("g", "STOP")].map(|(name, finish)| {
            let mut body = gemini::body(&[gemini::call(name, &json!({"a": 1}))], finish);
            body["responseId"] = json!(format!("r-up-{turn}"));
            gemini::frame(&body)
        });
        bench.upstream.on(&gemini::stream_generate(MODEL), [Reply::stream(frames)]);
        let frames = bench.open(Chat, &json!({})).rest_texts();
        let calls: Vec<Value> = frames
            .iter()
            .filter_map(|frame| frame_data(frame))
            .flat_map(|chunk| {
                chunk["choices"][0]["delta"]["tool_calls"].as_array().cloned().unwrap_or_default()
            })
            .filter(|call| call["id"].is_string())
            .collect();
        let indexes: Vec<&Value> = calls.iter().map(|call| &call["index"]).collect();
        assert_eq!(indexes, [&json!(0), &json!(1)], "{frames:?}");
        ids.extend(calls.iter().map(|call| call["id"].as_str().unwrap_or_default().to_owned()));
        assert!(frames.concat().contains("\"finish_reason\":\"tool_calls\""), "{frames:?}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "ids repeat: {ids:?}");
}

#[test]
fn thoughts_are_reasoning_content() {
    // B17.
    let bench = bench();
    let parts = [gemini::thought("hm"), gemini::text("hi")];
    bench.upstream.on(&gemini::generate(MODEL), [gemini::answer(&parts, "STOP")]);
    let answer = bench.call(Chat, &json!({"reasoning_effort": "low"})).expect_status(200).json();
    let message = &answer["choices"][0]["message"];
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("hi"), &json!("hm")));
    assert_eq!(config(&sent(&bench.upstream))["thinkingConfig"]["includeThoughts"], true);
}
