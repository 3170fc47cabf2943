//! Requests of chat clients, read into the conversation.

use vocabulary::Dialect;

use super::fixtures::{call, call_of, decoded, refusal, scan, state, thoughts};
use crate::conversation::{
    Content, Effort, Issuer, Json, Losses, Media, MediaSource, OutputFormat, Part, Reasoning, ReasoningMode,
    ReasoningWish, Request, Role, Strictness, Text, ToolCallKind, ToolChoice, ToolKind, ToolResult, seal,
};
use crate::openai_chat::decode_request;

/// The parts of the only message of a request.
fn parts(message: &str) -> Vec<Part> {
    let mut request = decoded(&format!(r#"{{"messages":[{message}]}}"#));
    assert_eq!(request.turns.len(), 1, "{message}");
    request.turns.remove(0).parts
}

fn noted(request: &Request) -> Vec<String> {
    request.notes.iter().map(|note| format!("{:?} {}", note.feature, note.path)).collect()
}

fn dropped(body: &str, target: Dialect) -> String {
    let request = decoded(body);
    let losses = Losses::settle(&request, target, Strictness::Lenient, &[]);
    losses.unwrap_or_else(|error| panic!("{error}")).into_dropped(&request.notes).join(", ")
}

fn refused(body: &str, target: Dialect) -> (String, Option<String>) {
    let error = Losses::settle(&decoded(body), target, Strictness::Lenient, &[]).expect_err(body);
    (error.message().to_owned(), error.param().map(str::to_owned))
}

fn result(call_id: &'static str, content: Vec<Part>) -> ToolResult {
    ToolResult { call_id: call_id.into(), name: None, content, is_error: false, kind: ToolCallKind::Function }
}

#[test]
fn every_role_becomes_a_turn() {
    let request = decoded(
        r#"{"model":"m","provider":"p","messages":[{"role":"system","content":"S"},{"role":"developer","content":"D"},{"role":"user","content":"U","name":"ann"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{ \"n\":12345678901234567890 }"}}]},{"role":"tool","tool_call_id":"c","content":"R"},{"role":"system","content":[{"type":"text","text":"M"}]}]}"#,
    );
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::System, Role::Developer, Role::User, Role::Assistant, Role::Tool, Role::System]);
    assert_eq!(request.turns[2].name.as_deref(), Some("ann"));
    assert_eq!(request.turns[3].parts, [call("c", "f", "{ \"n\":12345678901234567890 }")]);
    assert_eq!(request.turns[4].parts, [Content::ToolResult(result("c", vec![Part::text("R")])).into()]);
    assert_eq!(noted(&request), ["ParticipantName messages[2].name", "MidConversationSystem messages[5]"]);
}

#[test]
fn names_with_escapes_are_names_and_of_duplicates_the_last_counts() {
    let request = decoded(
        r#"{"m\u0065ssages":[{"role":"user","r\u006fle":"assistant","content":"a","content":null,"o\u0064d":1,"tool_calls":[{"i\u0064":"c","function":{"name":"f","arguments":"1","argument\u0073":"2"}}]}]}"#,
    );
    let turn = &request.turns[0];
    assert_eq!((turn.role, &*turn.parts), (Role::Assistant, &[call("c", "f", "2")][..]));
    assert_eq!(turn.extras.as_ref().unwrap().members, [("odd".into(), Json::constant("1"))]);
    assert_eq!(noted(&request), ["UnknownMember messages[0].odd"]);
}

#[test]
fn content_parts_are_read_in_both_spellings() {
    let media = |source, media_type: Option<&'static str>| Media {
        media_type: media_type.map(Text::from),
        ..Media::of(source)
    };
    let base64 = |data: &'static str| MediaSource::Base64(data.into());
    let url = |url: &'static str| MediaSource::Url(url.into());
    let named = |media: Media| Media { name: Some("a.PDF".into()), ..media };
    let cases: Vec<(&str, Content)> = vec![
        (r#"{"type":"text","text":"a"}"#, Part::text("a").content),
        (r#"{"type":"input_text","text":"a"}"#, Part::text("a").content),
        (r#"{"type":"refusal","refusal":"no"}"#, refusal("no").content),
        (
            r#"{"type":"image_url","image_url":{"url":"data:image/png;charset=utf-8;base64,AAAA"}}"#,
            Content::Image(media(base64("AAAA"), Some("image/png"))),
        ),
        (
            r#"{"type":"input_image","image_url":"https://h/i.png","detail":"low"}"#,
            Content::Image(Media { detail: Some("low".into()), ..media(url("https://h/i.png"), None) }),
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"https://h/i","media_type":"image/gif"}}"#,
            Content::Image(media(url("https://h/i"), Some("image/gif"))),
        ),
        (
            r#"{"type":"image_url","image_url":"data:image/png,AAAA"}"#,
            Content::Image(media(url("data:image/png,AAAA"), None)),
        ),
        (
            r#"{"type":"input_image","file_id":"file_1"}"#,
            Content::Image(media(MediaSource::FileId("file_1".into()), None)),
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AA","format":".WAV"}}"#,
            Content::Audio(media(base64("AA"), Some("audio/wav"))),
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"data:audio/ogg;base64,AA"}}"#,
            Content::Audio(media(base64("AA"), Some("audio/ogg"))),
        ),
        (
            r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,AA","filename":"a.PDF"}}"#,
            Content::Document(named(media(base64("AA"), Some("application/pdf")))),
        ),
        (
            r#"{"type":"file","file":{"file_data":"AA","filename":"a.PDF"}}"#,
            Content::Document(named(media(base64("AA"), Some("application/pdf")))),
        ),
        (
            r#"{"type":"file","file":{"file_id":"file_1"}}"#,
            Content::Document(media(MediaSource::FileId("file_1".into()), None)),
        ),
        (
            r#"{"type":"input_file","file_url":"https://h/a.pdf"}"#,
            Content::Document(media(url("https://h/a.pdf"), None)),
        ),
    ];
    for (part, content) in cases {
        assert_eq!(parts(&format!(r#"{{"role":"user","content":[{part}]}}"#)), [content.into()], "{part}");
    }
    for nothing in ["null", r#""""#, "[]", r#"[{"type":"text","text":""}]"#] {
        assert_eq!(parts(&format!(r#"{{"role":"user","content":{nothing}}}"#)), [], "{nothing}");
    }
}

#[test]
fn a_refusal_names_the_member() {
    let message = |message: &str| format!(r#"{{"messages":[{message}]}}"#);
    let part = |part: &str| message(&format!(r#"{{"role":"user","content":[{part}]}}"#));
    let tool = |tool: &str| format!(r#"{{"tools":[{tool}]}}"#);
    let choice = |choice: &str| {
        format!(r#"{{"tools":[{{"type":"function","function":{{"name":"f"}}}}],"tool_choice":{choice}}}"#)
    };
    let calls = |call: &str| message(&format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#));
    let many = vec![r#"{"function":{"name":"f"}}"#; 1025].join(",");
    let bodies = [
        message("7"),
        message(r#"{"role":"critic"}"#),
        message(r#"{"content":"x"}"#),
        message(r#"{"role":"user","content":7}"#),
        message(r#"{"role":"tool","content":"x"}"#),
        message(r#"{"role":"user","content":"x","cache_control":true}"#),
        part("7"),
        part(r#"{"type":"video_url","video_url":{"url":"x"}}"#),
        part(r#"{"text":"x"}"#),
        part(r#"{"type":"text"}"#),
        part(r#"{"type":"image_url","image_url":7}"#),
        part(r#"{"type":"image_url","image_url":{"url":" "}}"#),
        part(r#"{"type":"input_audio","input_audio":{"data":"AA"}}"#),
        part(r#"{"type":"input_audio","input_audio":{"format":"wav"}}"#),
        part(r#"{"type":"file","file":{}}"#),
        part(r#"{"type":"text","text":"x","cache_control":[]}"#),
        calls(r#"{"id":"c","function":{"name":" "}}"#),
        calls(r#"{"id":"c","function":{"name":"f","cache_control":1}}"#),
        calls(&many),
        tool("7"),
        tool(r#"{"type":"retrieval"}"#),
        tool(r#"{"type":"function"}"#),
        tool(r#"{"type":"function","function":{}}"#),
        tool(r#"{"type":"function","function":{"name":"f","parameters":[]}}"#),
        tool(r#"{"type":"custom","custom":{}}"#),
        tool(r#"{"type":"function","function":{"name":"f"},"cache_control":"x"}"#),
        choice(r#""sometimes""#),
        choice("7"),
        choice(r#"{"type":"odd"}"#),
        choice(r#"{"type":"function","function":{}}"#),
        choice(r#"{"type":"tool"}"#),
        choice(r#"{"type":"allowed_tools","allowed_tools":{"mode":"auto"}}"#),
        r#"{"tool_choice":"required"}"#.to_owned(),
        r#"{"max_tokens":0}"#.to_owned(),
        r#"{"max_completion_tokens":-1}"#.to_owned(),
        r#"{"max_tokens":1.5}"#.to_owned(),
        r#"{"n":0}"#.to_owned(),
        r#"{"logprobs":1}"#.to_owned(),
        r#"{"stop":[1]}"#.to_owned(),
        r#"{"temperature":"0.5"}"#.to_owned(),
        r#"{"top_k":"many"}"#.to_owned(),
        r#"{"response_format":"json"}"#.to_owned(),
        r#"{"response_format":{"type":"xml"}}"#.to_owned(),
        r#"{"response_format":{"type":"json_schema"}}"#.to_owned(),
        r#"{"reasoning_effort":7}"#.to_owned(),
        r#"{"reasoning":{"max_tokens":0}}"#.to_owned(),
        r#"{"safety_settings":{}}"#.to_owned(),
        r#"{"metadata":[]}"#.to_owned(),
    ];
    let mut table = String::new();
    for body in bodies {
        let error = decode_request(&scan(&body)).expect_err(&body);
        let shown = if body.len() > 200 { "1025 calls" } else { &body };
        table += &format!(
            "{shown}\n    {} {} [{}]\n",
            error.status(),
            error.message(),
            error.param().unwrap_or("-")
        );
    }
    insta::assert_snapshot!(table);
}

#[test]
fn reasoning_stands_before_what_it_led_to() {
    let sealed = |issuer, text: &'static str| {
        seal(&Reasoning {
            text: text.into(),
            id: Some("rs_1".into()),
            state: state(issuer, "enc"),
            ..Reasoning::default()
        })
        .unwrap()
    };
    let opened = |issuer, text: &'static str| {
        let part = Reasoning {
            text: text.into(),
            id: Some("rs_1".into()),
            state: state(issuer, "enc"),
            ..Reasoning::default()
        };
        Part::from(Content::Reasoning(part))
    };
    let redacted = Content::Reasoning(Reasoning {
        is_redacted: true,
        state: state(Issuer::Anthropic, "d"),
        ..Reasoning::default()
    });
    let with_call = |members: &str| format!(r#"{{"role":"assistant",{members}}}"#);
    let google = |signature: &str| {
        format!(
            r#""tool_calls":[{{"id":"c","function":{{"name":"f","arguments":"{{}}"}},"extra_content":{{"google":{{"thought_signature":"{signature}"}}}}}}]"#
        )
    };
    let cases = [
        (with_call(r#""content":"A","reasoning_content":"R""#), vec![thoughts("R", None), Part::text("A")]),
        (
            with_call(
                r#""content":"A","reasoning_content":"R","thinking_blocks":[{"type":"thinking","thinking":"R","signature":"s"},{"type":"redacted_thinking","data":"d"}]"#,
            ),
            vec![thoughts("R", state(Issuer::Anthropic, "s")), redacted.into(), Part::text("A")],
        ),
        (
            with_call(&format!(
                r#""thinking_blocks":[{{"type":"thinking","thinking":"R","signature":"{}"}}]"#,
                sealed(Issuer::OpenAi, "R")
            )),
            vec![opened(Issuer::OpenAi, "R")],
        ),
        (with_call(&google("g")), vec![thoughts("", state(Issuer::Google, "g")), call("c", "f", "{}")]),
        (
            with_call(&format!(r#""reasoning_content":"R",{}"#, google("g"))),
            vec![thoughts("R", state(Issuer::Google, "g")), call("c", "f", "{}")],
        ),
        (
            with_call(&google(&sealed(Issuer::Anthropic, "T"))),
            vec![opened(Issuer::Anthropic, "T"), call("c", "f", "{}")],
        ),
        // What does not open is no state for anyone.
        (with_call(&google("Z29tb2RlbDE6AAAA")), vec![call("c", "f", "{}")]),
        (
            with_call(
                r#""content":"A","reasoning_content":"R","extra_content":{"google":{"thought_signature":"g"}}"#,
            ),
            vec![thoughts("R", state(Issuer::Google, "g")), Part::text("A")],
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(parts(&message), expected, "{message}");
    }
}

#[test]
fn each_state_is_noted_for_targets_of_other_issuers() {
    let body = r#"{"messages":[{"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"R","signature":"s"}],"tool_calls":[{"id":"c","function":{"name":"f"},"extra_content":{"google":{"thought_signature":"g"}}}]}]}"#;
    assert_eq!(dropped(body, Dialect::Gemini), "messages[0].thinking_blocks");
    let signature = "messages[0].tool_calls[0].extra_content.google.thought_signature";
    assert_eq!(dropped(body, Dialect::AnthropicMessages), signature);
}

#[test]
fn calls_of_custom_tools_and_older_functions_have_their_results() {
    let request = decoded(
        r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"patch","input":"a\nb"}},{"id":" ","function":{"name":"g","arguments":{"a":1.0}}}]},{"role":"tool","tool_call_id":"c","content":"ok","is_error":true},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"R"}]}"#,
    );
    let turn = |index: usize| request.turns[index].parts.clone();
    let calls = [call_of(ToolCallKind::Custom, "c", "patch", "a\nb"), call("call_0_1", "g", r#"{"a":1.0}"#)];
    assert_eq!(turn(0), calls);
    let custom =
        ToolResult { kind: ToolCallKind::Custom, is_error: true, ..result("c", vec![Part::text("ok")]) };
    assert_eq!(turn(1), [Content::ToolResult(custom).into()]);
    assert_eq!(turn(2), [call("call_2", "f", "{}")]);
    let older = ToolResult { name: Some("f".into()), ..result("call_2", vec![Part::text("R")]) };
    assert_eq!(turn(3), [Content::ToolResult(older).into()]);
}

#[test]
fn tools_are_read_in_every_form() {
    let request = decoded(
        r#"{"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","x":1.0},"strict":true},"cache_control":{"type":"ephemeral"},"odd":1},{"type":"custom","custom":{"name":"p","format":{"type":"grammar","grammar":{"definition":"x","syntax":"lark"}}}},{"type":"web_search"}],"functions":[{"name":"g"}],"web_search_options":{"search_context_size":"low"}}"#,
    );
    let names: Vec<_> = request.tools.iter().map(|tool| (&*tool.name, &*tool.path)).collect();
    let expected = [
        ("f", "tools[0]"),
        ("p", "tools[1]"),
        ("web_search", "tools[2]"),
        ("g", "functions[0]"),
        ("web_search", "web_search_options"),
    ];
    assert_eq!(names, expected);
    let schema = Json::constant(r#"{"type":"object","x":1.0}"#);
    assert_eq!(request.tools[0].kind, ToolKind::Function { parameters: Some(schema), strict: Some(true) });
    let grammar = Json::constant(r#"{"type":"grammar","syntax":"lark","definition":"x"}"#);
    assert_eq!(request.tools[1].kind, ToolKind::Custom { format: Some(grammar) });
    let notes = [
        "StrictTool tools[0].function.strict",
        "CacheControl tools[0].cache_control",
        "ToolMember tools[0].odd",
        "CustomTool tools[1]",
        "WebSearch tools[2]",
        "WebSearch web_search_options",
    ];
    assert_eq!(noted(&request), notes);
}

#[test]
fn a_choice_is_read_in_every_spelling() {
    let tool = |name: &'static str| Some(ToolChoice::Tool(name.into()));
    let allowed =
        |is_required| Some(ToolChoice::Allowed { is_required, names: vec!["f".into(), "p".into()] });
    let cases = [
        ("null", None),
        (r#""auto""#, Some(ToolChoice::Auto)),
        (r#""""#, Some(ToolChoice::Auto)),
        (r#"{"type":"auto"}"#, Some(ToolChoice::Auto)),
        (r#""none""#, Some(ToolChoice::None)),
        (r#"{"type":"none"}"#, Some(ToolChoice::None)),
        (r#""Required""#, Some(ToolChoice::Required)),
        (r#"{"type":"required"}"#, Some(ToolChoice::Required)),
        (r#"{"type":"any"}"#, Some(ToolChoice::Required)),
        (r#"{"type":"function","function":{"name":"f"}}"#, tool("f")),
        (r#"{"type":"function","name":"f"}"#, tool("f")),
        (r#"{"type":"custom","custom":{"name":"p"}}"#, tool("p")),
        (r#"{"type":"tool","name":"f"}"#, tool("f")),
        (r#"{"type":"tool","function":{"name":"f"}}"#, tool("f")),
        (
            r#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"p"}}]}}"#,
            allowed(true),
        ),
        (
            r#"{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},{"type":"custom","name":"p"}]}"#,
            allowed(false),
        ),
    ];
    for (choice, expected) in cases {
        let body = format!(r#"{{"tool_choice":{choice},"functions":[{{"name":"f"}}]}}"#);
        assert_eq!(decoded(&body).tool_choice, expected, "{choice}");
    }
    // Without tools there is nothing to choose, and nothing to refuse (B23, case 10).
    assert_eq!(decoded(r#"{"tool_choice":"auto"}"#).tool_choice, Some(ToolChoice::Auto));
    let older = r#"{"functions":[{"name":"f"}],"function_call":{"name":"f"}}"#;
    assert_eq!(decoded(older).tool_choice, tool("f"));
    let hosted = r#"{"tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}}"#;
    assert_eq!(refused(hosted, Dialect::AnthropicMessages).1.as_deref(), Some("tool_choice"));
}

#[test]
fn limits_and_settings_are_read() {
    let request = decoded(
        r#"{"max_completion_tokens":50,"temperature":0.70,"top_p":1,"top_k":"40","min_p":0.05,"seed":-3,"presence_penalty":1e0,"frequency_penalty":-0.5,"logit_bias":{"5":-1},"stop":"END","n":2,"logprobs":true,"top_logprobs":3,"user":"u","metadata":{"a":"b"},"service_tier":"flex","store":true,"verbosity":"low","prompt_cache_key":"k","parallel_tool_calls":false,"stream":true,"stream_options":{"include_usage":true}}"#,
    );
    let sampling = &request.sampling;
    let spelled = [&sampling.temperature, &sampling.top_p, &sampling.top_k, &sampling.min_p, &sampling.seed];
    let spelled = spelled.map(|number| number.as_ref().map(Json::as_str).unwrap_or_default());
    assert_eq!(spelled, ["0.70", "1", "40", "0.05", "-3"]);
    assert_eq!(sampling.stop, ["END"]);
    assert_eq!((request.max_output_tokens, request.candidates), (Some(50), Some(2)));
    assert_eq!(request.logprobs.and_then(|wish| wish.top), Some(3));
    assert!(request.stream && request.extras.is_none() && request.reasoning.is_none());
    // Case 29.
    assert_eq!(decoded(r#"{"max_completion_tokens":50,"max_tokens":10}"#).max_output_tokens, Some(10));
    assert_eq!(decoded(r#"{"n":1,"max_tokens":null}"#), Request::default());
    assert_eq!(decoded(r#"{"stop":["a","","b"],"stop":["c"]}"#).sampling.stop, ["c"]);
}

#[test]
fn effort_is_read_in_both_spellings() {
    let wish = |wish: ReasoningWish| Some(wish);
    let effort = |effort| wish(ReasoningWish { effort: Some(effort), ..ReasoningWish::default() });
    let cases = [
        (r#"{"reasoning_effort":" HIGH "}"#, effort(Effort::High)),
        (r#"{"reasoning":{},"reasoning_effort":"medium"}"#, effort(Effort::Medium)),
        (r#"{"reasoning":{"effort":"low"},"reasoning_effort":"high"}"#, effort(Effort::Low)),
        (r#"{"reasoning":{"effort":" "},"reasoning_effort":"none"}"#, effort(Effort::None)),
        (r#"{"reasoning_effort":"extreme"}"#, effort(Effort::Low)),
        (r#"{"reasoning_effort":""}"#, None),
        (
            r#"{"reasoning":{"max_tokens":2000,"exclude":true,"summary":"auto","enabled":true}}"#,
            wish(ReasoningWish {
                budget_tokens: Some(2000),
                include_thoughts: Some(false),
                summary: Some("auto".into()),
                mode: Some(ReasoningMode::Adaptive),
                ..ReasoningWish::default()
            }),
        ),
        (
            r#"{"reasoning":{"enabled":false}}"#,
            wish(ReasoningWish { mode: Some(ReasoningMode::Disabled), ..ReasoningWish::default() }),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(decoded(body).reasoning, expected, "{body}");
    }
}

#[test]
fn the_form_of_the_answer_is_read() {
    let format = |format: &str| decoded(&format!(r#"{{"response_format":{format}}}"#)).output;
    for text in ["null", "{}", r#"{"type":"text"}"#, r#"{"type":" "}"#] {
        assert_eq!(format(text), OutputFormat::Text, "{text}");
    }
    assert_eq!(format(r#"{"type":"json_object"}"#), OutputFormat::JsonObject);
    let expected = OutputFormat::JsonSchema {
        name: Some("n".into()),
        description: None,
        schema: Json::constant(r#"{"a":1.0}"#),
        strict: Some(true),
    };
    let schema = r#"{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1.0},"strict":true}}"#;
    assert_eq!(format(schema), expected);
}

#[test]
fn settings_for_google_are_read() {
    let request = decoded(
        r#"{"safety_settings":[{"a":1}],"cached_content":"cachedContents/x","extra_body":{"google":{"thinking_config":{"thinking_budget":0,"include_thoughts":true,"odd":1}}}}"#,
    );
    let google = &request.google;
    assert_eq!(google.safety_settings, Some(Json::constant(r#"[{"a":1}]"#)));
    assert_eq!(google.cached_content.as_deref(), Some("cachedContents/x"));
    let config = r#"{"thinkingBudget":0,"includeThoughts":true,"odd":1}"#;
    assert_eq!(google.thinking_config, Some(Json::constant(config)));
    let body = r#"{"extra_body":{"google":{"thinking_config":{}},"other":1}}"#;
    assert_eq!(dropped(body, Dialect::Gemini), "extra_body");
    assert_eq!(dropped(body, Dialect::AnthropicMessages), "extra_body.google.thinking_config, extra_body");
}

#[test]
fn losses_are_named_in_the_order_of_the_request() {
    let body = r#"{"model":"m","seed":1,"messages":[{"role":"user","name":"ann","content":[{"type":"image_url","image_url":{"url":"https://h/i","detail":"high"}}]}],"user":"u","prediction":{},"metadata":{},"top_k":4,"modalities":["text"],"odd":null,"store":false,"safety_identifier":"s","prompt_cache_retention":"24h","reasoning":{"effort":"low","context":1},"logit_bias":{}}"#;
    assert_eq!(
        dropped(body, Dialect::AnthropicMessages),
        "seed, messages[0].name, messages[0].content[0].image_url.detail, prediction, metadata, store, safety_identifier, prompt_cache_retention, reasoning.context, logit_bias"
    );
    assert_eq!(
        dropped(body, Dialect::OpenAiResponses),
        "seed, messages[0].name, prediction, top_k, prompt_cache_retention, reasoning.context, logit_bias"
    );
}

#[test]
fn what_cannot_be_left_out_is_refused_by_its_path() {
    use Dialect::{AnthropicMessages, Gemini, OpenAiResponses};
    let content = |part: &str| format!(r#"{{"messages":[{{"role":"user","content":[{part}]}}]}}"#);
    let image = |url: &str| content(&format!(r#"{{"type":"image_url","image_url":"{url}"}}"#));
    let cases = [
        // Case 26.
        (
            image("https://h/i"),
            Gemini,
            "gemini native image_url supports only data: URLs",
            "messages[0].content[0]",
        ),
        (image("data:image/png,A"), Gemini, "invalid data URL in image_url", "messages[0].content[0]"),
        (
            image("gs://b/i"),
            AnthropicMessages,
            "messages[0].content[0]: a file that is stored at Google",
            "messages[0].content[0]",
        ),
        (
            content(r#"{"type":"input_audio","input_audio":{"data":"A","format":"wav"}}"#),
            AnthropicMessages,
            "anthropic chat does not support input_audio content",
            "messages[0].content[0]",
        ),
        (
            content(r#"{"type":"file","file":{"file_id":"f"}}"#),
            Gemini,
            "messages[0].content[0].file.file_id: a file that is stored at OpenAI",
            "messages[0].content[0].file.file_id",
        ),
        (r#"{"n":2}"#.to_owned(), AnthropicMessages, "n: more than one answer", "n"),
        (r#"{"logprobs":true}"#.to_owned(), AnthropicMessages, "logprobs: log probabilities", "logprobs"),
        (r#"{"stop":"x"}"#.to_owned(), OpenAiResponses, "stop: stop sequences", "stop"),
        (
            r#"{"modalities":["text","audio"]}"#.to_owned(),
            Gemini,
            "modalities: an answer in sound",
            "modalities",
        ),
        (r#"{"cached_content":"x"}"#.to_owned(), AnthropicMessages, "cached_content: ", "cached_content"),
    ];
    for (body, target, text, param) in cases {
        let (message, found) = refused(&body, target);
        assert!(message.starts_with(text), "{body}: {message}");
        assert_eq!(found.as_deref(), Some(param), "{body}");
    }
    assert_eq!(dropped(&image("gs://b/i"), Gemini), "");
}
