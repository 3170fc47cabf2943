//! Requests of clients: items to turns, tools, settings, what is noted, what is refused (acceptance 03 §15 52–56, 04 §15 9–15).

use vocabulary::{ApiError, Dialect};

use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, Issuer, Losses, OpaqueState, OutputFormat, Reasoning, Request, Role, Strictness,
    ToolCallKind, ToolChoice, ToolKind, seal,
};
use crate::json::RawObject;
use crate::openai_responses::decode_request;

fn try_decode(body: &str) -> Result<Request, ApiError> {
    decode_request(&RawObject::scan(body.to_owned().into()).unwrap())
}

fn decode(body: &str) -> Request {
    try_decode(body).unwrap()
}

/// A request with this input.
fn with_input(input: &str) -> Result<Request, ApiError> {
    try_decode(&format!(r#"{{"model":"m","input":{input}}}"#))
}

/// A request with these members beside its input.
fn with(members: &str) -> Request {
    decode(&format!(r#"{{"model":"m","input":"hi",{members}}}"#))
}

fn dropped(request: &Request, target: Dialect) -> Result<Vec<String>, ApiError> {
    Ok(Losses::settle(request, target, Strictness::Lenient, &[])?.into_dropped(&request.notes))
}

/// Roles and what stands in each turn, in short.
fn shape(request: &Request) -> Vec<String> {
    let part = |content: &Content| match content {
        Content::Text { text, .. } => text.to_string(),
        Content::Reasoning(reasoning) => format!("~{}", reasoning.text),
        Content::ToolCall(call) => format!("{}({})#{}", call.name, call.arguments, call.id),
        Content::ToolResult(result) => {
            let texts: Vec<_> = result.content.iter().filter_map(|part| part.as_text()).collect();
            format!("#{}={texts:?}+{}", result.call_id, result.content.len() - texts.len())
        }
        Content::Refusal(text) => format!("!{text}"),
        Content::Foreign(foreign) => foreign.raw.as_str().to_owned(),
        other => format!("{other:?}"),
    };
    let turn = |turn: &crate::conversation::Turn| {
        let parts: Vec<String> = turn.parts.iter().map(|found| part(&found.content)).collect();
        format!("{:?}: {}", turn.role, parts.join(" | "))
    };
    request.turns.iter().map(turn).collect()
}

#[test]
fn text_and_instructions_become_turns() {
    let request = decode(r#"{"model":"m","input":"hi","instructions":"Be brief."}"#);
    assert_eq!(shape(&request), ["System: Be brief.", "User: hi"]);
    let request = with_input(
        r#"[{"role":"developer","content":"d"},{"type":"message","role":" user ","content":[{"type":"input_text","text":""},{"type":"text","text":"a"},{"type":"odd","content":"b"}]},
            {"role":"assistant","content":[{"type":"output_text","text":"c","annotations":[{"type":"x"}],"logprobs":[]},{"type":"refusal","refusal":"no"}]},
            {"role":"assistant","content":[]},{"role":"system","content":"s"}]"#,
    );
    let request = request.unwrap();
    let expected = ["Developer: d", "User: a | b", "Assistant: c | !no", "Assistant: ", "System: s"];
    assert_eq!(shape(&request), expected);
    assert!(request.notes.is_empty(), "{:?}", request.notes);
}

#[test]
fn calls_and_reasoning_join_the_turn_that_they_belong_to() {
    let reasoning = |text: &str| {
        format!(r#"{{"type":"reasoning","id":"rs","summary":[{{"type":"summary_text","text":"{text}"}}]}}"#)
    };
    let say = |text: &str| format!(r#"{{"role":"assistant","content":"{text}"}}"#);
    let call =
        |id: &str| format!(r#"{{"type":"function_call","call_id":"{id}","name":"f","arguments":"{{}}"}}"#);
    let result = |id: &str| format!(r#"{{"type":"function_call_output","call_id":"{id}","output":"ok"}}"#);
    let cases: [(&[String], &[&str]); 6] = [
        // 03 §15 54, 04 §15 14.
        (
            &[reasoning("R"), say("I'll check."), call("1"), result("1")],
            &["Assistant: ~R | I'll check. | f({})#1", "Tool: #1=[\"ok\"]+0"],
        ),
        (
            &[call("1"), call("2"), result("1"), result("2")],
            &["Assistant: f({})#1 | f({})#2", "Tool: #1=[\"ok\"]+0 | #2=[\"ok\"]+0"],
        ),
        (&[say("a"), say("b")], &["Assistant: a", "Assistant: b"]),
        (&[say("a"), reasoning("R"), call("1")], &["Assistant: a", "Assistant: ~R | f({})#1"]),
        // A call that waits for its result stays with what was said beside it.
        (&[call("1"), say("b"), reasoning("R"), call("2")], &["Assistant: f({})#1 | b | ~R | f({})#2"]),
        (&[reasoning("R"), reasoning("S"), say("a")], &["Assistant: ~R | ~S | a"]),
    ];
    for (items, expected) in cases {
        let request = with_input(&format!("[{}]", items.join(","))).unwrap();
        assert_eq!(shape(&request), expected);
    }
}

#[test]
fn ids_and_arguments_are_read_in_every_form() {
    let request = with_input(
        r#"[{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":{"n":12345678901234567890}},
            {"type":"function_call","id":"fc_2","name":"g"},{"type":"function_call","name":"h","arguments":""},
            {"type":"custom_tool_call","call_id":"c3","name":"p","input":"a\nb"},
            {"type":"custom_tool_call_output","call_id":"c3","output":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,AA"}]},
            {"type":"function_call_output","call_id":"c1","output":{"a":1}},{"type":"function_call_output","call_id":"x","output":[1]}]"#,
    )
    .unwrap();
    let calls = shape(&request);
    assert!(calls[0].starts_with(r#"Assistant: f({"n":12345678901234567890})#c1 | g()#fc_2 | h()#call_"#));
    assert!(calls[0].ends_with(" | p(a\nb)#c3"), "{calls:?}");
    assert_eq!(calls[1], r##"Tool: #c3=["t"]+1 | #c1=["{\"a\":1}"]+0 | #x=["[1]"]+0"##);
    let results: Vec<_> = request.turns[1].parts.iter().collect();
    let Content::ToolResult(custom) = &results[0].content else { panic!() };
    assert_eq!((custom.kind, custom.name.as_deref()), (ToolCallKind::Custom, Some("p")));
    let notes: Vec<_> = request.notes.iter().map(|note| (note.feature, &*note.path)).collect();
    assert_eq!(notes, [(Feature::ToolResultMedia, "input[4].output[1]")]);
}

#[test]
fn images_sound_and_files_are_read_in_every_spelling() {
    let request = with_input(
        r#"[{"role":"user","content":[{"type":"input_image","image_url":"https://x/y.png","detail":"high"},
            {"type":"image_url","image_url":{"url":"data:image/gif;base64,AAAA","detail":"low"}},{"type":"input_image","file_id":"file-1"},
            {"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}},{"type":"input_audio","input_audio":{"data":"data:audio/mp3;base64,CC"}},
            {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,DD"},{"type":"input_file","file_url":"https://x/a.pdf"},
            {"type":"input_file","file_id":"file-2"},{"type":"input_text","text":"t","cache_control":{"type":"ephemeral"},"odd":1}]}]"#,
    )
    .unwrap();
    let sources: Vec<_> = request.turns[0]
        .parts
        .iter()
        .filter_map(|part| match &part.content {
            Content::Image(media) | Content::Audio(media) | Content::Document(media) => Some((
                media.source.clone(),
                media.media_type.as_deref().unwrap_or("-").to_owned(),
                media.detail.as_deref().or(media.name.as_deref()).unwrap_or("-").to_owned(),
            )),
            _ => None,
        })
        .collect();
    let found: Vec<_> =
        sources.iter().map(|(source, kind, word)| format!("{source:?} {kind} {word}")).collect();
    let expected = [
        r#"Url("https://x/y.png") - high"#,
        r#"Base64("AAAA") image/gif low"#,
        r#"FileId("file-1") - -"#,
        r#"Base64("BBBB") audio/wav -"#,
        r#"Base64("CC") audio/mp3 -"#,
        r#"Base64("DD") application/pdf a.pdf"#,
        r#"Url("https://x/a.pdf") - -"#,
        r#"FileId("file-2") - -"#,
    ];
    assert_eq!(found, expected);
    let notes: Vec<_> =
        request.notes.iter().map(|note| format!("{:?} {}", note.feature, note.path)).collect();
    let expected = [
        "ImageUrl input[0].content[0]",
        "ImageDetail input[0].content[0].detail",
        "ImageDetail input[0].content[1].detail",
        "OpenAiFileId input[0].content[2]",
        "Audio input[0].content[3]",
        "Audio input[0].content[4]",
        "Document input[0].content[5]",
        "DocumentUrl input[0].content[6]",
        "OpenAiFileId input[0].content[7]",
        "UnknownMember input[0].content[8].odd",
        "CacheControl input[0].content[8].cache_control",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn what_cannot_be_read_is_refused_by_its_index() {
    let cases = [
        ("null", "input", "invalid responses input: unsupported type"),
        ("5", "input", "invalid responses input: unsupported type"),
        ("[1]", "input[0]", "invalid request body: input[0] must be an object"),
        ("[{}]", "input[0].role", "invalid responses input item at index 0: role is required"),
        (
            r#"[{"role":"x","content":""}]"#,
            "input[0].role",
            r#"invalid responses input item at index 0: unsupported role "x""#,
        ),
        (
            r#"[{"role":"user"}]"#,
            "input[0].content",
            "invalid responses input item at index 0: unsupported content",
        ),
        (
            r#"[{"role":"user","content":[{"type":"input_image"}]}]"#,
            "input[0].content",
            "invalid responses input item at index 0: unsupported content",
        ),
        (
            r#"[{"role":"user","content":""},{"type":"function_call","call_id":"c"}]"#,
            "input[1].name",
            "invalid responses input item at index 1: function_call name is required",
        ),
        (
            r#"[{"type":"function_call_output","output":""}]"#,
            "input[0].call_id",
            "invalid responses input item at index 0: function_call_output call_id is required",
        ),
    ];
    for (input, param, message) in cases {
        let error = with_input(input).unwrap_err();
        assert_eq!((error.status(), error.param(), error.message()), (400, Some(param), message), "{input}");
    }
    for (members, param) in [
        (r#""max_output_tokens":-1"#, "max_output_tokens"),
        (r#""temperature":"hot""#, "temperature"),
        (r#""tools":[{"type":"function"}]"#, "tools[0].name"),
        (r#""tools":[{"type":"function","name":"f","parameters":[]}]"#, "tools[0].parameters"),
        (r#""tool_choice":{"type":"function"}"#, "tool_choice.name"),
        (r#""text":{"format":{"type":"json_schema","name":"n"}}"#, "text.format.schema"),
    ] {
        let error = try_decode(&format!(r#"{{"input":"hi",{members}}}"#)).unwrap_err();
        assert_eq!((error.status(), error.param()), (400, Some(param)));
    }
}

/// 03 §15 55, 04 §15 15.
#[test]
fn an_item_that_only_responses_has_is_refused_elsewhere() {
    let request = with_input(
        r#"[{"role":"user","content":"a"},{"role":"user","content":"b"},{"type":"computer_call","id":"x"}]"#,
    );
    let request = request.unwrap();
    let error = dropped(&request, Dialect::OpenAiChat).unwrap_err();
    let expected = r#"invalid responses input item at index 2: unsupported input item type "computer_call" for chat-translated providers"#;
    assert_eq!((error.status(), error.message(), error.param()), (400, expected, Some("input[2]")));
    assert_eq!(shape(&request)[2], r#"Assistant: {"type":"computer_call","id":"x"}"#);
}

/// 03 §13.1, §15 52; 04 §15 9, 10.
#[test]
fn members_that_only_responses_has_are_refused_in_order_or_dropped() {
    let text = |field: &str| {
        format!(
            "responses field \"{field}\" is only supported by native Responses providers; use an OpenAI-compatible provider or passthrough for this request"
        )
    };
    let refused = [
        (
            r#""text":{"odd":1},"top_logprobs":2,"context_management":[{}],"prompt":{"id":"p"},"include":["message.output_text.logprobs"],"conversation":"c","previous_response_id":"r""#,
            "previous_response_id",
        ),
        (
            r#""text":{"odd":1},"top_logprobs":2,"context_management":[{}],"prompt":{"id":"p"},"include":["message.output_text.logprobs"],"conversation":"c""#,
            "conversation",
        ),
        (
            r#""top_logprobs":2,"prompt":{"id":"p"},"include":["reasoning.encrypted_content"," message.output_text.logprobs "]"#,
            "include",
        ),
        (r#""context_management":[{}],"prompt":{"id":"p"},"previous_response_id":" ""#, "prompt"),
        (r#""text":{"odd":1},"top_logprobs":2,"context_management":[{}]"#, "context_management"),
        (r#""text":{"odd":1},"top_logprobs":0"#, "top_logprobs"),
        (r#""text":{"format":{"type":"grammar"}}"#, "text"),
    ];
    for (members, field) in refused {
        let request = with(members);
        for target in [Dialect::OpenAiChat, Dialect::AnthropicMessages, Dialect::Gemini] {
            let error = dropped(&request, target).unwrap_err();
            assert_eq!((error.message(), error.param()), (&*text(field), Some(field)));
        }
        if !members.contains("context_management") {
            assert!(dropped(&request, Dialect::OpenAiResponses).is_ok(), "{members}");
        }
    }
    let error = dropped(&with(r#""background":true"#), Dialect::OpenAiChat).unwrap_err();
    assert_eq!(error.message(), "background is not supported for this provider");
    let lenient = with(
        r#""truncation":"auto","include":["reasoning.encrypted_content","future.thing"],"background":false,"context_management":[],
           "safety_identifier":"s","prompt_cache_retention":"24h","max_tool_calls":3,"metadata":{"a":"b"},"odd":1,"store":false,
           "stream_options":{"include_obfuscation":false},"prompt_cache_key":"k","user":"u","service_tier":"flex","truncation":"auto""#,
    );
    let expected = [
        "truncation",
        "include[1]",
        "safety_identifier",
        "prompt_cache_retention",
        "max_tool_calls",
        "metadata",
        "odd",
    ];
    assert_eq!(dropped(&lenient, Dialect::OpenAiChat).unwrap(), expected);
    assert_eq!(dropped(&with(r#""store":true"#), Dialect::OpenAiChat).unwrap(), ["store"]);
    assert_eq!((lenient.store, lenient.prompt_cache_key.as_deref()), (Some(false), Some("k")));
    assert!(lenient.reasoning.unwrap().include_encrypted);
}

/// 03 §15 53, 04 §15 11, 12.
#[test]
fn only_the_clients_own_tools_and_choices_among_them_are_left() {
    let request = with(
        r#""tools":[{"type":"web_search"},{"type":"namespace","name":"n","tools":[]},{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true,"defer_loading":true},
            {"type":"function","function":{"name":"g"}},{"type":"custom","name":"c","format":{"type":"text"}}],"tool_choice":{"type":"function","name":"inner"},"parallel_tool_calls":true"#,
    );
    let kinds: Vec<_> = request
        .tools
        .iter()
        .map(|tool| match &tool.kind {
            ToolKind::Function { strict, .. } => format!("{} {} {strict:?}", tool.path, tool.name),
            ToolKind::Custom { .. } => format!("{} {} custom", tool.path, tool.name),
            ToolKind::Hosted(hosted) => format!("{} {} {}", tool.path, tool.name, hosted.is_web_search),
        })
        .collect();
    let expected = [
        "tools[0] web_search true",
        "tools[1] namespace false",
        "tools[2] f Some(true)",
        "tools[3] g None",
        "tools[4] c custom",
    ];
    assert_eq!(kinds, expected);
    assert_eq!((request.tool_choice.as_ref(), request.parallel_tool_calls), (None, Some(true)));
    let expected = ["tools[0]", "tools[1]", "tools[2].defer_loading", "tool_choice"];
    assert_eq!(dropped(&request, Dialect::OpenAiChat).unwrap(), expected);
    let tools = r#""tools":[{"type":"web_search"},{"type":"function","name":"f"}]"#;
    for (choice, expected) in [
        (r#"" required ""#, Some(ToolChoice::Required)),
        (r#"{"type":"none"}"#, Some(ToolChoice::None)),
        (r#"{"type":"function","function":{"name":"f"}}"#, Some(ToolChoice::Tool("f".into()))),
        (r#"{"type":"web_search"}"#, None),
        (r#""odd""#, None),
        (
            r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"mcp"}]}"#,
            Some(ToolChoice::Allowed { is_required: true, names: vec!["f".into()] }),
        ),
    ] {
        assert_eq!(with(&format!(r#"{tools},"tool_choice":{choice}"#)).tool_choice, expected, "{choice}");
    }
}

/// 03 §15 56, 04 §15 13.
#[test]
fn the_form_of_the_answer_and_the_reasoning_are_read() {
    let request = with(
        r#""text":{"verbosity":"low","format":{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}}},
           "reasoning":{"effort":"HIGH","summary":"auto","context":"all_turns"},"temperature":0.70,"top_p":1,"max_output_tokens":9,"stream":true"#,
    );
    let OutputFormat::JsonSchema { name, schema, strict, .. } = &request.output else { panic!() };
    assert_eq!((name.as_deref(), schema.as_str(), *strict), (Some("n"), r#"{"type":"object"}"#, Some(true)));
    let wish = request.reasoning.clone().unwrap();
    assert_eq!((wish.effort, wish.summary.as_deref()), (Some(Effort::High), Some("auto")));
    assert_eq!(request.sampling.temperature.as_ref().unwrap().as_str(), "0.70");
    assert!(request.stream && request.max_output_tokens == Some(9));
    let expected = ["reasoning.summary", "reasoning.context"];
    assert_eq!(dropped(&request, Dialect::OpenAiChat).unwrap(), expected);
    assert_eq!(with(r#""text":{"format":{"type":"text"}},"reasoning":{}"#).reasoning, None);
}

#[test]
fn encrypted_reasoning_is_its_issuers_and_sealed_reasoning_is_opened() {
    let native = with_input(
        r#"[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},{"role":"assistant","content":"a"}]"#,
    );
    let native = native.unwrap();
    let Content::Reasoning(reasoning) = &native.turns[0].parts[0].content else { panic!() };
    let state = OpaqueState { issuer: Issuer::OpenAi, bytes: "gAAA".into() };
    assert_eq!((reasoning.id.as_deref(), &reasoning.state), (Some("rs_1"), &Some(state)));
    assert_eq!(dropped(&native, Dialect::OpenAiChat).unwrap(), ["input[0].encrypted_content"]);
    let thought = Reasoning {
        text: "hm".into(),
        state: Some(OpaqueState { issuer: Issuer::Anthropic, bytes: "sig".into() }),
        ..Reasoning::default()
    };
    let sealed = seal(&thought).unwrap();
    let input =
        format!(r#"[{{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"{sealed}"}}]"#);
    let opened = with_input(&input).unwrap();
    assert_eq!(opened.turns[0].parts[0].content, Content::Reasoning(thought));
    assert_eq!(dropped(&opened, Dialect::OpenAiResponses).unwrap(), ["input[0].encrypted_content"]);
    assert_eq!(dropped(&opened, Dialect::AnthropicMessages).unwrap(), [""; 0]);
    let damaged = with_input(&input.replace(&*sealed, &sealed[..20])).unwrap();
    let Content::Reasoning(reasoning) = &damaged.turns[0].parts[0].content else { panic!() };
    assert_eq!(reasoning.state, None);
}

#[test]
fn hostile_bodies_are_read_in_linear_time() {
    let members: String = (0..50_000).map(|number| format!(r#""k{}":0,"#, number % 25_000)).collect();
    let request = decode(&format!(r#"{{{members}"input":"hi"}}"#));
    assert_eq!(request.notes.len(), 25_000);
    assert_eq!(request.turns[0].role, Role::User);
}

#[test]
fn the_tools_of_a_namespace_are_tools_under_both_names() {
    let namespace = r#"{"type":"namespace","name":"mcp__w","description":"d","tools":[
        {"type":"function","name":"now","parameters":{"type":"object"}},{"type":"custom","name":"say"},{"type":"odd"}]}"#;
    let call = r#"{"type":"function_call","call_id":"c","namespace":"mcp__w","name":"now","arguments":"{}"}"#;
    let output = r#"{"type":"function_call_output","call_id":"c","namespace":"mcp__w","output":"x"}"#;
    let request = decode(&format!(r#"{{"model":"m","input":[{call},{output}],"tools":[{namespace}]}}"#));
    let tools: Vec<_> = request.tools.iter().map(|tool| (&*tool.name, &*tool.path)).collect();
    let expected = [
        ("mcp__w__now", "tools[0].tools[0]"),
        ("mcp__w__say", "tools[0].tools[1]"),
        ("odd", "tools[0].tools[2]"),
    ];
    assert_eq!(tools, expected);
    assert_eq!(shape(&request), ["Assistant: mcp__w__now({})#c", "Tool: #c=[\"x\"]+0"]);
    assert_eq!(dropped(&request, Dialect::AnthropicMessages).unwrap(), ["tools[0].tools[2]"]);
}

#[test]
fn tools_that_an_item_adds_are_tools_and_the_last_of_a_name_is_meant() {
    let added = |description: &str| {
        format!(
            r#"{{"type":"additional_tools","id":"at_1","role":"developer","tools":[
                {{"type":"function","name":"f","description":"{description}"}},{{"type":"web_search"}}]}}"#
        )
    };
    let request = with_input(&format!(r#"[{},{{"role":"user","content":"q"}},{}]"#, added("a"), added("b")));
    let request = request.unwrap();
    let tools: Vec<_> = request.tools.iter().map(|tool| (&*tool.name, tool.description.as_deref())).collect();
    assert_eq!(tools, [("web_search", None), ("f", Some("b")), ("web_search", None)]);
    assert_eq!(shape(&request), ["User: q"]);
}
