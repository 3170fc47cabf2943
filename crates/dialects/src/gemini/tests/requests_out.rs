//! Requests to Google: the acceptance cases 24–30 of spec 03 and what section 16 makes of them.

use serde_json::{Value, json};

use super::{sent, target, try_send};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, HostedTool, Issuer, Json, LogprobsWish, Losses, Media, MediaSource, OpaqueState,
    OutputFormat, Part, Reasoning, ReasoningMode, ReasoningWish, Request, Role, Strictness, Tool, ToolCall,
    ToolCallKind, ToolChoice, ToolKind, ToolResult, Turn,
};
use crate::gemini::encode_request;
use crate::translate::AnswerShape;
use vocabulary::Dialect;

fn user(text: &str) -> Turn {
    Turn::new(Role::User, vec![Part::text(text)])
}

fn asking(turns: Vec<Turn>) -> Request {
    Request { turns, ..Request::default() }
}

fn call(id: &str, arguments: &str) -> Part {
    let (kind, name) = (ToolCallKind::Function, "weather".into());
    Content::ToolCall(ToolCall {
        id: id.into(),
        name,
        arguments: arguments.into(),
        kind,
        namespace: None,
        item_id: None,
    })
    .into()
}

fn result(id: &str, content: Vec<Part>) -> Part {
    let (call_id, kind) = (id.into(), ToolCallKind::Function);
    Content::ToolResult(ToolResult { call_id, name: None, content, is_error: false, kind }).into()
}

fn signed(bytes: &str, issuer: Issuer) -> Part {
    let state = Some(OpaqueState { issuer, bytes: bytes.into() });
    Content::Reasoning(Reasoning { text: "hm".into(), state, ..Reasoning::default() }).into()
}

fn function(name: &str, parameters: Option<&str>) -> Tool {
    let parameters = parameters.map(|text| Json::parse(text).expect(text));
    Tool {
        kind: ToolKind::Function { parameters, strict: None },
        name: name.into(),
        description: None,
        path: "tools[0]".to_owned(),
        cache_control: None,
        extras: None,
    }
}

fn contents(request: &Request, model: &str) -> Value {
    sent(request, model).body["contents"].take()
}

#[test]
fn a_conversation_becomes_contents_and_nothing_of_chat_is_left() {
    let image = Media::of_url(&"data:image/png;base64,iVBOR".into()).unwrap();
    let mut request = asking(vec![
        Turn::new(Role::System, vec![Part::text("Be brief.")]),
        Turn::new(Role::User, vec![Part::text("Weather?"), Content::Image(image).into()]),
        Turn::new(Role::Developer, vec![Part::text("In Celsius.")]),
        Turn::new(
            Role::Assistant,
            vec![
                Part::text(" "),
                call("call_1", r#"{"city":"Oslo","n":12345678901234567890}"#),
                call("call_2", ""),
            ],
        ),
        Turn::new(Role::Tool, vec![result("call_1", vec![Part::text("rain")])]),
        Turn::new(Role::Tool, vec![result("call_2", vec![])]),
        user("Well?"),
    ]);
    request.stream = true;
    request.tools = vec![function("weather", Some(r#"{"type":"object"}"#))];
    let body = sent(&request, "gemini-2.5-flash").body;
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
    assert!(body.get("messages").is_none() && body.get("stream").is_none() && body.get("model").is_none());
}

#[test]
fn case_26_a_remote_image_is_refused_and_googles_own_files_pass() {
    let picture = |url: &str| {
        let media = Media { media_type: Some("image/png".into()), ..Media::of(MediaSource::Url(url.into())) };
        asking(vec![Turn::new(Role::User, vec![Content::Image(media).into()])])
    };
    let mut remote = picture("https://x/y.png");
    remote.note(Feature::ImageUrl, "messages[0].content[0]");
    let error = try_send(&remote, "gemini-2.5-flash").err().unwrap();
    assert!(error.message().starts_with("gemini native image_url supports only data: URLs"));
    assert_eq!(error.param(), Some("messages[0].content[0]"));
    assert!(try_send(&picture("https://x/y.png"), "gemini-2.5-flash").is_err());
    let parts = contents(&picture("gs://b/y.png"), "gemini-2.5-flash")[0]["parts"].take();
    assert_eq!(parts, json!([{"file_data":{"mime_type":"image/png","file_uri":"gs://b/y.png"}}]));
}

#[test]
fn case_27_a_result_is_an_object_and_names_its_tool() {
    let cases = [
        ("sunny", json!({"result":"sunny"})),
        ("[1]", json!({"result":[1]})),
        (r#"{"t":1}"#, json!({"t":1})),
        ("  ", json!({})),
        ("null", json!({"result":null})),
        ("{broken", json!({"result":"{broken"})),
    ];
    for (text, expected) in cases {
        let request = asking(vec![
            user("?"),
            Turn::new(Role::Assistant, vec![call("c", "{}")]),
            Turn::new(Role::Tool, vec![result("c", vec![Part::text(text)]), result("stray", vec![])]),
        ]);
        let contents = contents(&request, "gemini-2.5-flash");
        let first = &contents[2]["parts"][0]["functionResponse"];
        assert_eq!((&first["response"], &first["name"]), (&expected, &json!("weather")), "{text}");
        assert_eq!(contents[2]["parts"][1]["functionResponse"]["name"], "stray");
    }
}

#[test]
fn failures_and_media_of_tools_have_their_place() {
    let mut failed = result("c", vec![Part::text("no such city")]);
    if let Content::ToolResult(result) = &mut failed.content {
        result.is_error = true;
    }
    let image = Media::of_url(&"data:image/png;base64,AAAA".into()).unwrap();
    let seen = result("c", vec![Part::text("look"), Content::Image(image).into()]);
    let request = asking(vec![user("?"), Turn::new(Role::Tool, vec![failed, seen])]);
    let parts = contents(&request, "gemini-3-pro-preview")[0]["parts"].take();
    assert_eq!(parts[1]["functionResponse"]["response"], json!({"error":"no such city"}));
    assert_eq!(
        parts[2]["functionResponse"],
        json!({"id":"c","name":"c","response":{"result":"look"},"parts":[{"inline_data":{"mime_type":"image/png","data":"AAAA"}}]})
    );
}

#[test]
fn case_28_schemas_of_arguments() {
    let schema = |parameters: Option<&str>| {
        let request = Request { tools: vec![function("f", parameters)], ..Request::default() };
        try_send(&request, "gemini-2.5-flash")
            .map(|sent| sent.body["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"].clone())
    };
    assert_eq!(
        schema(Some(r#"{"$schema":"x","properties":{}}"#)).unwrap(),
        json!({"type":"object","properties":{}})
    );
    let nullable = r#"{"type":["object","null"],"properties":{}}"#;
    assert_eq!(schema(Some(nullable)).unwrap(), json!({"type":"object","properties":{}}));
    assert_eq!(schema(None).unwrap(), Value::Null);
    let deep = r#"{"type":"object","properties":{"a":{"$ref":"x","additionalProperties":false}}}"#;
    assert_eq!(schema(Some(deep)).unwrap(), serde_json::from_str::<Value>(deep).unwrap());
    for wrong in [r#"{"type":"string"}"#, r#"{"type":""}"#, r#"{"type":null}"#, r#"{"type":["string"]}"#] {
        let error = schema(Some(wrong)).unwrap_err();
        assert_eq!(error.message(), "tool.function.parameters must define an object schema", "{wrong}");
        assert_eq!(error.param(), Some("tools[0]"));
    }
    assert_eq!(schema(Some("[]")).unwrap_err().message(), "tool.function.parameters must be an object");
}

#[test]
fn case_29_and_b2_every_setting_has_its_place() {
    let mut request = asking(vec![user("?")]);
    request.max_output_tokens = Some(10);
    request.candidates = Some(2);
    request.logprobs = Some(LogprobsWish { top: Some(3) });
    request.sampling.temperature = Json::parse("0.20");
    request.sampling.top_p = Json::parse("0.9");
    request.sampling.top_k = Json::parse("40");
    request.sampling.seed = Json::parse("7");
    request.sampling.presence_penalty = Json::parse("1");
    request.sampling.frequency_penalty = Json::parse("-1");
    request.sampling.stop = vec!["END".into()];
    let schema = Json::constant(r#"{"$schema":"x","type":"object"}"#);
    request.output = OutputFormat::JsonSchema { name: None, description: None, schema, strict: None };
    request.google.safety_settings = Json::parse("[{}]");
    request.google.cached_content = Some("cachedContents/a".into());
    let body = sent(&request, "gemini-2.5-flash").body;
    assert_eq!(
        body["generationConfig"],
        json!({"maxOutputTokens":10,"temperature":0.20,"topP":0.9,"topK":40,"seed":7,"presencePenalty":1,"frequencyPenalty":-1,
            "candidateCount":2,"stopSequences":["END"],"responseLogprobs":true,"logprobs":3,
            "responseMimeType":"application/json","responseJsonSchema":{"type":"object"}})
    );
    assert_eq!((&body["safetySettings"], &body["cachedContent"]), (&json!([{}]), &json!("cachedContents/a")));
}

#[test]
fn case_30_and_b5_thinking_by_model() {
    use Effort::{High, Max, Medium, Minimal, None as Off};
    let effort = |effort| ReasoningWish { effort: Some(effort), ..ReasoningWish::default() };
    let budget = |tokens| ReasoningWish { budget_tokens: Some(tokens), ..ReasoningWish::default() };
    let mode = |mode| ReasoningWish { mode: Some(mode), ..ReasoningWish::default() };
    let shown = |include| ReasoningWish { include_thoughts: Some(include), ..effort(High) };
    let cases = [
        ("gemini-2.5-pro", effort(High), json!({"thinkingBudget":24576,"includeThoughts":true})),
        ("gemini-2.5-pro", effort(Max), json!({"thinkingBudget":24576,"includeThoughts":true})),
        ("gemini-2.5-pro", effort(Off), json!({"thinkingBudget":128})),
        ("gemini-2.5-flash", effort(Off), json!({"thinkingBudget":0})),
        ("gemini-2.5-flash", effort(Minimal), json!({"thinkingBudget":1024,"includeThoughts":true})),
        ("gemini-2.5-flash", budget(99_999), json!({"thinkingBudget":24576,"includeThoughts":true})),
        ("gemini-2.5-flash-lite", budget(7), json!({"thinkingBudget":512,"includeThoughts":true})),
        (
            "gemini-2.5-flash",
            mode(ReasoningMode::Adaptive),
            json!({"thinkingBudget":-1,"includeThoughts":true}),
        ),
        ("gemini-2.5-flash", mode(ReasoningMode::Disabled), json!({"thinkingBudget":0})),
        ("gemini-3-pro-preview", effort(High), json!({"thinkingLevel":"high","includeThoughts":true})),
        ("gemini-3-pro-preview", effort(Max), json!({"thinkingLevel":"high","includeThoughts":true})),
        ("gemini-3-pro-preview", effort(Off), json!({"thinkingLevel":"low"})),
        ("gemini-3.1-pro-preview", effort(Medium), json!({"thinkingLevel":"medium","includeThoughts":true})),
        ("gemini-3-flash-preview", budget(12_000), json!({"thinkingLevel":"medium","includeThoughts":true})),
        ("gemini-3-flash-preview", shown(false), json!({"thinkingLevel":"high","includeThoughts":false})),
        ("gemini-2.0-flash", effort(Off), Value::Null),
    ];
    for (model, wish, expected) in cases {
        let request = Request { reasoning: Some(wish.clone()), ..Request::default() };
        let sent = sent(&request, model);
        assert_eq!(sent.body["generationConfig"]["thinkingConfig"], expected, "{model} {wish:?}");
        assert!(sent.dropped.is_empty());
    }
    let mut request = Request { reasoning: Some(effort(High)), ..Request::default() };
    assert_eq!(sent(&request, "gemini-2.0-flash").dropped, ["reasoning_effort"]);
    request.google.thinking_config = Json::parse(r#"{"thinking_budget":0,"other_key":1}"#);
    let explicit = sent(&request, "gemini-3-pro-preview").body["generationConfig"]["thinkingConfig"].take();
    assert_eq!(explicit, json!({"thinkingBudget":0,"otherKey":1}));
}

#[test]
fn b4_a_signature_stands_on_the_part_after_its_reasoning() {
    let turn =
        Turn::new(Role::Assistant, vec![signed("s1", Issuer::Google), call("a", "{}"), call("b", "{}")]);
    let parts = contents(&asking(vec![user("?"), turn]), "gemini-3-pro-preview")[1]["parts"].take();
    assert_eq!(parts[0], json!({"text":"hm","thought":true}));
    assert_eq!(parts[1]["thoughtSignature"], "s1");
    assert_eq!(parts[2].get("thoughtSignature"), None);
    let turn = Turn::new(Role::Assistant, vec![Part::text("done"), signed("s2", Issuer::Google)]);
    let parts = contents(&asking(vec![user("?"), turn]), "gemini-3-pro-preview")[1]["parts"].take();
    assert_eq!(parts[2], json!({"text":"","thoughtSignature":"s2"}));
    let turn = Turn::new(Role::Assistant, vec![signed("s3", Issuer::Anthropic), Part::text("done")]);
    let parts = contents(&asking(vec![user("?"), turn]), "gemini-3-pro-preview")[1]["parts"].take();
    assert_eq!(parts, json!([{"text":"done"}]));
}

#[test]
fn b4_only_calls_of_the_current_turn_get_the_placeholder() {
    let step = |id: &str| Turn::new(Role::Assistant, vec![call(id, "{}"), call("more", "{}")]);
    let answered = || Turn::new(Role::Tool, vec![result("x", vec![])]);
    let request = asking(vec![
        user("1"),
        step("old"),
        answered(),
        Turn::new(Role::Assistant, vec![Part::text("done")]),
        user("2"),
        step("a"),
        answered(),
        // Said along with the results: still the same turn.
        user("remember"),
        step("b"),
        answered(),
    ]);
    let marked = |model: &str| {
        let contents = contents(&request, model);
        let parts =
            contents.as_array().unwrap().iter().flat_map(|content| content["parts"].as_array().unwrap());
        let signed = parts.filter(|part| part["thoughtSignature"] == "skip_thought_signature_validator");
        signed.map(|part| part["functionCall"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(marked("gemini-3-pro-preview"), ["a", "b"]);
    assert!(marked("gemini-2.5-pro").is_empty());
}

#[test]
fn arguments_must_be_an_object() {
    for wrong in ["[1]", "{", "{} {}", "7"] {
        let request = asking(vec![Turn::new(Role::Assistant, vec![call("c", wrong)])]);
        let error = try_send(&request, "gemini-2.5-pro").err().unwrap();
        assert_eq!(error.message(), "tool arguments must be a JSON object", "{wrong}");
    }
}

#[test]
fn choices_of_tools() {
    let names = || vec!["f".into(), "g".into()];
    let cases = [
        (ToolChoice::Auto, json!({"mode":"AUTO"})),
        (ToolChoice::None, json!({"mode":"NONE"})),
        (ToolChoice::Required, json!({"mode":"ANY"})),
        (ToolChoice::Tool("f".into()), json!({"mode":"ANY","allowedFunctionNames":["f"]})),
        (
            ToolChoice::Allowed { is_required: true, names: names() },
            json!({"mode":"ANY","allowedFunctionNames":["f","g"]}),
        ),
        (
            ToolChoice::Allowed { is_required: false, names: names() },
            json!({"mode":"VALIDATED","allowedFunctionNames":["f","g"]}),
        ),
    ];
    for (choice, expected) in cases {
        let mut request = Request { tool_choice: Some(choice.clone()), ..Request::default() };
        request.tools = vec![function("f", None)];
        assert_eq!(sent(&request, "m").body["toolConfig"]["functionCallingConfig"], expected, "{choice:?}");
        request.tools.clear();
        let is_forced = expected["mode"] == "ANY";
        assert_eq!(try_send(&request, "m").is_err(), is_forced, "{choice:?} without tools");
    }
}

#[test]
fn custom_and_hosted_tools() {
    let with = |kind: ToolKind, path: &str| Tool { kind, path: path.to_owned(), ..function("patch", None) };
    let custom = || with(ToolKind::Custom { format: None }, "tools[0]");
    let search = || {
        let raw = Json::constant(r#"{"type":"web_search"}"#);
        with(
            ToolKind::Hosted(HostedTool { dialect: Dialect::OpenAiResponses, is_web_search: true, raw }),
            "tools[1]",
        )
    };
    let own = || {
        let raw = Json::constant(r#"{"codeExecution":{}}"#);
        with(ToolKind::Hosted(HostedTool { dialect: Dialect::Gemini, is_web_search: false, raw }), "tools[2]")
    };
    let mut request = Request { tools: vec![custom(), search(), own()], ..Request::default() };
    request.parallel_tool_calls = Some(false);
    let both = sent(&request, "gemini-3-pro-preview");
    assert_eq!(both.dropped, ["tools[1]"]);
    assert_eq!((&both.shape.custom_tools[..], both.shape.first_call_only), (&["patch".into()][..], true));
    assert_eq!(
        both.body["tools"],
        json!([{"functionDeclarations":[{"name":"patch","parametersJsonSchema":{"type":"object","properties":{"input":{"type":"string","description":"The input as plain text."}},"required":["input"],"additionalProperties":false}}]},
            {"codeExecution":{}}])
    );
    request.tools = vec![search(), own()];
    assert_eq!(
        sent(&request, "gemini-2.5-pro").body["tools"],
        json!([{"google_search":{}},{"codeExecution":{}}])
    );
    request.tools = vec![search()];
    let (mut losses, mut shape) = (Losses::default(), AnswerShape::default());
    let without = crate::translate::Target { has_web_search: false, ..target("m") };
    let body = encode_request(&request, &without, &mut losses, &mut shape).unwrap();
    assert_eq!(losses.into_dropped(&request.notes), ["tools[1]"]);
    assert!(!String::from_utf8(body).unwrap().contains("tools"));
    let mut strict = Losses::settle(&request, Dialect::Gemini, Strictness::Strict, &[]).unwrap();
    assert!(encode_request(&request, &without, &mut strict, &mut shape).is_err());
}

#[test]
fn sounds_and_documents_go_inline() {
    let media = |source, media_type: Option<&str>| Media {
        media_type: media_type.map(Into::into),
        ..Media::of(source)
    };
    let base64 = || MediaSource::Base64("AAAA".into());
    let cases = [
        (Content::Audio(media(base64(), Some(".WAV"))), json!({"mime_type":"audio/wav","data":"AAAA"})),
        (Content::Audio(media(base64(), None)), json!({"mime_type":"audio/mpeg","data":"AAAA"})),
        (Content::Audio(media(base64(), Some("audio/mp3"))), json!({"mime_type":"audio/mp3","data":"AAAA"})),
        (Content::Image(media(base64(), None)), json!({"mime_type":"image/jpeg","data":"AAAA"})),
        (Content::Document(media(base64(), None)), json!({"mime_type":"application/pdf","data":"AAAA"})),
        (
            Content::Document(media(MediaSource::Text("hi".into()), None)),
            json!({"mime_type":"text/plain","data":"aGk="}),
        ),
        (
            Content::Video(media(base64(), Some("video/webm"))),
            json!({"mime_type":"video/webm","data":"AAAA"}),
        ),
    ];
    for (content, expected) in cases {
        let request = asking(vec![Turn::new(Role::User, vec![content.into()])]);
        assert_eq!(contents(&request, "m")[0]["parts"], json!([{"inline_data":expected}]));
    }
    let broken = Content::Image(media(MediaSource::Base64("?".into()), None));
    let error = try_send(&asking(vec![Turn::new(Role::User, vec![broken.into()])]), "m").err().unwrap();
    assert_eq!(error.message(), "invalid base64 data in image_url");
}
