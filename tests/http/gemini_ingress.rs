//! The Gemini dialect as a client's: `/v1beta/models/{model}:method` (spec 03 §17). The four cases of that section, and its
//! mapping in both directions.

use blackbox::{Gateway, Provider, Reply, Upstream, gateway, gemini, gemini_upstream, openai, upstream};
use serde_json::{Value, json};

use crate::dialects::{Chat, Gemini, frame_data, sent};
use crate::setup::{KEY, one};

/// What a chat upstream gets for a Gemini call with these members.
fn up(members: Value) -> Value {
    let upstream = upstream().start();
    Gemini.request(&one(&upstream), "gpt-4o", false, &members).send().expect_status(200);
    sent(&upstream)
}

fn tool() -> Value {
    let schema = json!({"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]});
    json!([{"functionDeclarations": [{"name": "weather", "description": "d", "parameters": schema}]}])
}

fn calling() -> (Upstream, Gateway) {
    let message = json!({"role": "assistant", "content": "Let me look.",
        "tool_calls": [openai::tool_call("call_1", "weather", "{\"city\":\"Oslo\"}")]});
    let upstream = upstream()
        .answer("/v1/chat/completions", move |seen, _| {
            if seen.json()["stream"] == true {
                Reply::stream(openai::frames_of(&openai::deltas(&message), "tool_calls", true))
            } else {
                Reply::json(&openai::completion_of(&message, "tool_calls"))
            }
        })
        .start();
    let gateway = one(&upstream);
    (upstream, gateway)
}

#[test]
fn a_call_of_a_tool_comes_whole_from_an_openai_upstream() {
    // Case 3-§17 (1), whole. (The SDK itself: sdk/agents.rs.)
    let (upstream, gateway) = calling();
    let answer =
        Gemini.request(&gateway, "gpt-4o", false, &json!({"tools": tool()})).send().expect_status(200).json();
    let candidate = &answer["candidates"][0];
    let parts = candidate["content"]["parts"].as_array().cloned().unwrap_or_default();
    assert_eq!(
        (&candidate["content"]["role"], &candidate["finishReason"]),
        (&json!("model"), &json!("STOP"))
    );
    assert_eq!(parts[0]["text"], "Let me look.", "{answer}");
    let call = &parts[1]["functionCall"];
    assert_eq!(
        (&call["name"], &call["args"], &call["id"]),
        (&json!("weather"), &json!({"city": "Oslo"}), &json!("call_1"))
    );
    assert_eq!(answer["usageMetadata"]["promptTokenCount"], 120);
    assert_eq!(answer["usageMetadata"]["totalTokenCount"], 132);
    assert!(answer["modelVersion"].is_string() && answer["responseId"].is_string(), "{answer}");
    let function = &sent(&upstream)["tools"][0]["function"];
    assert_eq!((&function["name"], &function["description"]), (&json!("weather"), &json!("d")));
    // Google's spelling of types is not JSON Schema's.
    assert_eq!(function["parameters"]["type"], "object", "{function}");
    assert_eq!(function["parameters"]["properties"]["city"]["type"], "string", "{function}");
}

#[test]
fn a_streamed_call_is_sent_once_its_arguments_are_complete() {
    // Case 3-§17 (1), streamed, and §17.6.
    let (_upstream, gateway) = calling();
    let mut stream = Gemini.request(&gateway, "gpt-4o", true, &json!({"tools": tool()})).open();
    let frames = stream.rest_texts();
    let events: Vec<Value> = frames.iter().filter_map(|frame| frame_data(frame)).collect();
    assert_eq!(events.len(), frames.len(), "every frame is a data line: {frames:?}");
    let calls: Vec<&Value> = events
        .iter()
        .flat_map(|event| event["candidates"][0]["content"]["parts"].as_array().into_iter().flatten())
        .filter_map(|part| part.get("functionCall"))
        .collect();
    assert_eq!(calls.len(), 1, "{frames:?}");
    assert_eq!(calls[0]["args"], json!({"city": "Oslo"}));
    assert_eq!(Gemini.streamed_text(&frames), "Let me look.");
    let last = events.last().expect("events");
    assert_eq!(
        (&last["candidates"][0]["finishReason"], &last["usageMetadata"]["promptTokenCount"]),
        (&json!("STOP"), &json!(120))
    );
    let finished = events.iter().filter(|event| event["candidates"][0].get("finishReason").is_some()).count();
    assert_eq!(finished, 1, "{frames:?}");
}

#[test]
fn without_alt_sse_a_stream_is_an_array() {
    // 03 §17, table and 6.
    let upstream = upstream().chat([openai::chat_stream(&["po ", "ng"])]).start();
    let gateway = one(&upstream);
    let body = Gemini.body("gpt-4o", true, &json!({}));
    let answer = gateway.post("/v1beta/models/gpt-4o:streamGenerateContent", &body).send().expect_status(200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    let list = answer.json();
    let events = list.as_array().expect("an array");
    let text: String = events.iter().map(|event| Gemini.text(event)).collect();
    assert_eq!(text, "po ng");
    let cut = openai::chat_stream(&["po ", "ng"]).cut(blackbox::At::AfterFrames(2), blackbox::Cut::Reset);
    upstream.on("/v1/chat/completions", [cut]);
    let list =
        gateway.post("/v1beta/models/gpt-4o:streamGenerateContent", &body).send().expect_status(200).json();
    let last = list.as_array().and_then(|events| events.last()).cloned().unwrap_or_default();
    assert!(last["error"]["message"].is_string(), "{list}");
}

#[test]
fn a_wrong_key_in_the_query_is_refused_and_is_in_no_log() {
    // Case 3-§17 (2).
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).master_key(KEY).start();
    let path = |key: &str| format!("/v1beta/models/gpt-4o:generateContent?key={key}");
    let body = Gemini.body("gpt-4o", false, &json!({}));
    let post = |path: &str| gateway.post(path, &body).anonymous();
    let told = Gemini.error(&post(&path("planted-wrong-key")).send(), 401);
    assert_eq!(told.kind, "UNAUTHENTICATED");
    post(&path(KEY)).send().expect_status(200);
    let bare = "/v1beta/models/gpt-4o:generateContent";
    post(bare).header("x-goog-api-key", KEY).send().expect_status(200);
    post(bare).header("Authorization", &format!("Bearer {KEY}")).send().expect_status(200);
    assert_eq!(Gemini.error(&post(bare).send(), 401).kind, "UNAUTHENTICATED");
    // §17.2: these forms hold on these routes only.
    let chat = Chat.body("gpt-4o", false, &json!({}));
    gateway.post(&format!("/v1/chat/completions?key={KEY}"), &chat).anonymous().send().error(401);
    gateway.post("/v1/chat/completions", &chat).anonymous().header("x-goog-api-key", KEY).send().error(401);
    let log = gateway.stop();
    assert!(!log.contains("planted-wrong-key") && !log.contains(KEY), "a key is in the log");
}

#[test]
fn a_native_target_receives_the_same_bytes() {
    // Case 3-§17 (3) and §17.7.
    let upstream = gemini_upstream(&["g"])
        .on(&gemini::generate("g"), [gemini::message("hello")])
        .on(&gemini::stream_generate("g"), [gemini::stream(&["po", "ng"])])
        .start();
    let gateway = gateway().with(Provider::new("p").kind("gemini").at(&upstream)).start();
    let body = concat!(
        "{ \"contents\":[{\"parts\":[{\"text\":\"\\u00e9\"}]}], \"safetySettings\":[],\n\"generationConfig\" : ",
        "{\"temperature\":1.10,\"x_new\":9007199254740993}, \"tools\":[{\"googleSearch\":{}}]}"
    );
    let post = |method: &str| {
        let path = format!("/v1beta/models/p/g:{method}");
        gateway.request("POST", &path).header("Content-Type", "application/json").body(body)
    };
    let answer = post("generateContent").send().expect_status(200);
    assert_eq!(answer.json(), gemini::body(&[gemini::text("hello")], "STOP"));
    let seen = upstream.only(&gemini::generate("g"));
    assert_eq!((seen.text().as_str(), seen.header("x-goog-api-key")), (body, Some("sk-planted-p-4f1d9c")));
    let relayed = post("streamGenerateContent?alt=sse").open().rest();
    assert_eq!(upstream.only(&gemini::stream_generate("g")).text(), body);
    let expected = [
        gemini::frame(&gemini::body(&[gemini::text("po")], "")),
        gemini::frame(&gemini::body(&[gemini::text("ng")], "STOP")),
    ];
    assert_eq!(relayed, expected.concat());
}

#[test]
fn a_cut_upstream_ends_with_the_error_object() {
    // Case 3-§17 (4).
    let cut = openai::chat_stream(&["po ", "ng"]).cut(blackbox::At::AfterFrames(2), blackbox::Cut::Reset);
    let upstream = upstream().chat([cut]).start();
    let frames = Gemini.request(&one(&upstream), "gpt-4o", true, &json!({})).open().rest_texts();
    let error = frame_data(frames.last().expect("a frame")).expect("an event")["error"].clone();
    assert!(error["code"].is_u64() && error["status"].is_string(), "{error}");
    assert_eq!(error["message"], "upstream stream interrupted");
    let detail = &error["details"][0];
    assert_eq!(
        (&detail["@type"], &detail["domain"]),
        (&json!("type.googleapis.com/google.rpc.ErrorInfo"), &json!("gomodel"))
    );
    assert_eq!(detail["reason"], "stream_interrupted");
}

#[test]
fn other_paths_of_the_same_calls_work_and_an_unknown_method_does_not() {
    // §17.1.
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = Gemini.body("gpt-4o", false, &json!({}));
    for path in [
        "/v1beta/models/gpt-4o:generateContent",
        "/v1/models/gpt-4o:generateContent",
        "/google/v1beta/models/gpt-4o:generateContent",
        "/v1beta/models/openai/gpt-4o:generateContent",
        "/v1beta/models/openai%2Fgpt-4o:generateContent",
        "/v1beta/openai/gpt-4o:generateContent",
    ] {
        assert_eq!(
            Gemini.text(&gateway.post(path, &body).send().expect_status(200).json()),
            "pong",
            "{path}"
        );
    }
    let answer = gateway.post("/v1beta/models/gpt-4o:predictEverything", &body).send();
    assert_eq!(Gemini.error(&answer, 404).kind, "NOT_FOUND");
    let answer = gateway.post("/v1beta/models/nope:generateContent", &body).send();
    let told = Gemini.error(&answer, 404);
    assert_eq!((told.kind.as_str(), told.message.as_str()), ("NOT_FOUND", "unsupported model: nope"));
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "model_not_found");
}

#[test]
fn models_are_listed_in_googles_shape() {
    // 03 §17, table.
    let upstream = upstream().models(&["gpt-4o", "b", "c"]).start();
    let gateway = one(&upstream);
    let page = |query: &str| gateway.get(&format!("/v1beta/models{query}")).send().expect_status(200).json();
    let names = |page: &Value| -> Vec<String> {
        let models = page["models"].as_array().into_iter().flatten();
        models.filter_map(|model| model["name"].as_str().map(str::to_owned)).collect()
    };
    let all = page("");
    assert!(names(&all).contains(&"models/openai/gpt-4o".to_owned()), "{all}");
    let methods = all["models"][0]["supportedGenerationMethods"].as_array().cloned().unwrap_or_default();
    assert!(methods.contains(&json!("generateContent")), "{all}");
    let first = page("?pageSize=2");
    let token = first["nextPageToken"].as_str().expect("a token");
    let second = page(&format!("?pageSize=2&pageToken={token}"));
    let mut both = names(&first);
    both.extend(names(&second));
    assert_eq!((both, second.get("nextPageToken")), (names(&all), None));
    let one = gateway.get("/v1beta/models/openai/gpt-4o").send().expect_status(200).json();
    assert_eq!(one["name"], "models/openai/gpt-4o");
}

#[test]
fn contents_become_messages() {
    // §17.4: 03 §4.2–4.5 read backwards.
    let members = json!({
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather?"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"n": 12345678901234567890_u64}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"result": "rain"}}}]}
        ],
        "generationConfig": {"maxOutputTokens": 9, "temperature": 0.2, "topP": 0.5, "stopSequences": ["X"], "seed": 7,
            "candidateCount": 1, "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
        "tools": tool(), "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}}
    });
    let sent = up(members);
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|each| each["role"].as_str()).collect();
    assert!(matches!(roles.first(), Some(&("system" | "developer"))), "{sent}");
    assert_eq!(&roles[1..], ["user", "assistant", "tool"], "{sent}");
    assert_eq!(messages[1]["content"][1]["image_url"]["url"], "data:image/png;base64,AAAA");
    let call = &messages[2]["tool_calls"][0];
    assert!(call["id"].as_str().is_some_and(|id| !id.is_empty()), "{call}");
    assert_eq!(messages[3]["tool_call_id"], call["id"], "an id-less response belongs to the id-less call");
    assert!(call["function"]["arguments"].to_string().contains("12345678901234567890"));
    assert!(messages[3]["content"].to_string().contains("rain"), "{sent}");
    assert_eq!((&sent["temperature"], &sent["top_p"], &sent["seed"]), (&json!(0.2), &json!(0.5), &json!(7)));
    assert_eq!(sent["stop"], json!(["X"]));
    assert_eq!(sent["response_format"]["type"], "json_schema");
    assert!(
        sent["tool_choice"] == "required" || sent["tool_choice"]["function"]["name"] == "weather",
        "{sent}"
    );
}

#[test]
fn both_spellings_are_read_and_responses_pair_by_order() {
    // §17.4. Google's SDK for Python sends responses without the ids of their calls.
    let call = |id: &str, n: u32| json!({"functionCall": {"id": id, "name": "weather", "args": {"n": n}}});
    let response =
        |text: &str| json!({"function_response": {"name": "weather", "response": {"result": text}}});
    let sent = up(json!({
        "system_instruction": {"parts": {"text": "Be brief."}},
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}]}, {"role": "model", "parts": [call("a", 1), call("b", 2)]},
            {"role": "user", "parts": [response("one"), response("two")]}
        ],
        "generation_config": {"max_output_tokens": 9}
    }));
    let text = sent.to_string();
    assert!(text.contains("Be brief."), "{text}");
    let results: Vec<&Value> =
        sent["messages"].as_array().into_iter().flatten().filter(|each| each["role"] == "tool").collect();
    assert_eq!(results.len(), 2, "{sent}");
    for (result, (id, word)) in results.iter().zip([("a", "one"), ("b", "two")]) {
        assert_eq!(result["tool_call_id"], id);
        assert!(result["content"].to_string().contains(word), "{sent}");
    }
    assert!([sent.get("max_tokens"), sent.get("max_completion_tokens")].contains(&Some(&json!(9))), "{sent}");
}

#[test]
fn contents_of_the_model_in_a_row_are_one_turn_with_its_text_as_it_was() {
    // B17. Google's SDKs append each chunk of a stream to the history, as a part or as a content of its own.
    let model = |part: Value| json!({"role": "model", "parts": [part]});
    let call = |id: &str| json!({"functionCall": {"id": id, "name": "weather", "args": {}}});
    let response =
        |id: &str| json!({"functionResponse": {"id": id, "name": "weather", "response": {"result": "x"}}});
    let user = json!({"role": "user", "parts": [{"text": "hi"}]});
    let answers = json!({"role": "user", "parts": [response("a"), response("b")]});
    let apart = json!([
        user,
        model(json!({"text": "Let "})),
        model(json!({"text": "me."})),
        model(call("a")),
        model(call("b")),
        answers
    ]);
    let parts = json!([{"text": "Let "}, {"text": "me."}, call("a"), call("b")]);
    let together = json!([user, {"role": "model", "parts": parts}, answers]);
    for contents in [apart, together] {
        let sent = up(json!({"contents": contents}));
        let messages = sent["messages"].as_array().cloned().unwrap_or_default();
        let roles: Vec<&str> = messages.iter().filter_map(|each| each["role"].as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "tool"], "{sent}");
        assert_eq!(messages[1]["content"], "Let me.", "{sent}");
        assert_eq!(messages[1]["tool_calls"].as_array().map(Vec::len), Some(2), "{sent}");
    }
}

#[test]
fn a_thinking_level_is_an_effort() {
    // 03 §4.5 read backwards.
    let effort = |config: Value| {
        up(json!({"generationConfig": {"thinkingConfig": config}}))["reasoning_effort"].clone()
    };
    assert_eq!(effort(json!({"thinkingLevel": "high"})), "high");
    assert_eq!(effort(json!({"thinkingLevel": "LOW"})), "low");
    assert_eq!(effort(json!({"thinkingBudget": 24576})), "high");
}

#[test]
fn finish_reasons_are_googles() {
    // §17.5.
    for (finish, expected) in [("stop", "STOP"), ("length", "MAX_TOKENS"), ("content_filter", "SAFETY")] {
        let message = json!({"role": "assistant", "content": "x"});
        let upstream = upstream().chat([Reply::json(&openai::completion_of(&message, finish))]).start();
        let answer =
            Gemini.request(&one(&upstream), "gpt-4o", false, &json!({})).send().expect_status(200).json();
        assert_eq!(answer["candidates"][0]["finishReason"], expected, "{finish}");
    }
}

#[test]
fn embeddings_come_through_the_embeddings_path() {
    // 03 §17, table.
    let upstream = upstream().models(&["text-embedding-3-small"]).start();
    let gateway = one(&upstream);
    let content = json!({"parts": [{"text": "hi"}]});
    let path = "/v1beta/models/text-embedding-3-small";
    let one =
        gateway.post(&format!("{path}:embedContent"), &json!({"content": content})).send().expect_status(200);
    assert_eq!(one.json()["embedding"]["values"], json!([0.5, -0.25]));
    let request = json!({"model": "models/text-embedding-3-small", "content": content});
    let body = json!({"requests": [request]});
    let many = gateway.post(&format!("{path}:batchEmbedContents"), &body).send().expect_status(200);
    assert_eq!(many.json()["embeddings"][0]["values"], json!([0.5, -0.25]));
}
