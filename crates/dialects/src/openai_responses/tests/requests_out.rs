//! Requests to upstreams that speak this dialect: snapshots, and round trips of the dialect's own requests.

use vocabulary::Dialect;

use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, Issuer, Json, Losses, Media, MediaSource, OpaqueState, OutputFormat, Part, Reasoning,
    ReasoningMode, ReasoningWish, Request, Role, Strictness, Tool, ToolCall, ToolCallKind, ToolChoice,
    ToolKind, ToolResult, Turn,
};
use crate::json::RawObject;
use crate::openai_responses::{decode_request, encode_request};
use crate::translate::{AnswerShape, Target};

const TARGET: Target<'static> = Target {
    model: "up-model",
    max_output_tokens: None,
    default_max_tokens: 4096,
    include_usage: false,
    strictness: Strictness::Lenient,
    keeps: &[],
    nested_reasoning: false,
    can_stop_thinking: false,
    has_web_search: false,
};

fn encode_for(request: &Request, model: &str) -> String {
    let keeps = [
        Feature::ForeignItem,
        Feature::UnknownMember,
        Feature::PromptCacheOption,
        Feature::ToolMember,
        Feature::ContextManagement,
    ];
    let mut losses = Losses::settle(request, Dialect::OpenAiResponses, Strictness::Lenient, &keeps).unwrap();
    let target = Target { model, ..TARGET };
    let body = encode_request(request, &target, &mut losses, &mut AnswerShape::default()).unwrap();
    String::from_utf8(body).unwrap()
}

fn encode(request: &Request) -> String {
    encode_for(request, "up-model")
}

fn turn(role: Role, parts: Vec<Part>) -> Turn {
    Turn::new(role, parts)
}

fn function(name: &'static str) -> Tool {
    Tool {
        kind: ToolKind::Function { parameters: None, strict: None },
        name: name.into(),
        description: Some("d".into()),
        path: "tools[0]".to_owned(),
        cache_control: None,
        extras: None,
    }
}

fn call(id: &'static str, kind: ToolCallKind) -> Part {
    let (id, name, arguments) = (id.into(), "f".into(), r#"{"n":12345678901234567890}"#.into());
    Content::ToolCall(ToolCall { id, name, arguments, kind, namespace: None, item_id: None }).into()
}

fn result(id: &'static str, content: Vec<Part>, is_error: bool) -> Part {
    let (call_id, kind) = (id.into(), ToolCallKind::Function);
    Content::ToolResult(ToolResult { call_id, name: None, content, is_error, kind }).into()
}

fn thought(issuer: Issuer) -> Part {
    let state = Some(OpaqueState { issuer, bytes: "gAAA".into() });
    Content::Reasoning(Reasoning {
        text: "hm".into(),
        is_summary: true,
        id: Some("rs_1".into()),
        state,
        ..Reasoning::default()
    })
    .into()
}

fn image(url: &'static str) -> Part {
    Content::Image(Media { detail: Some("low".into()), ..Media::of_url(&url.into()).unwrap() }).into()
}

#[test]
fn a_conversation_with_everything_in_it() {
    let document =
        Media { media_type: Some("application/pdf".into()), ..Media::of(MediaSource::Base64("DD".into())) };
    let audio =
        Media { media_type: Some("audio/mpeg".into()), ..Media::of(MediaSource::Base64("BB".into())) };
    let request = Request {
        turns: vec![
            turn(Role::System, vec![Part::text("A")]),
            turn(Role::System, vec![Part::text("B"), Part::text("")]),
            turn(
                Role::User,
                vec![
                    Part::text("look"),
                    image("https://x/y.png"),
                    Content::Document(document).into(),
                    Content::Audio(audio).into(),
                ],
            ),
            turn(
                Role::Assistant,
                vec![
                    thought(Issuer::OpenAi),
                    Part::text("a"),
                    Part::text("b"),
                    thought(Issuer::Anthropic),
                    call("c1", ToolCallKind::Function),
                    call("c2", ToolCallKind::Custom),
                ],
            ),
            turn(
                Role::Tool,
                vec![
                    result("c1", vec![Part::text("x"), Part::text("y")], true),
                    result("c2", vec![Part::text("see"), image("data:image/png;base64,AA")], true),
                ],
            ),
            turn(Role::System, vec![Part::text("late")]),
            turn(Role::Developer, vec![Part::text("dev")]),
            turn(
                Role::Assistant,
                vec![Content::Refusal("no".into()).into(), image("data:image/png;base64,EE")],
            ),
            turn(Role::User, Vec::new()),
        ],
        tools: vec![function("f"), Tool { kind: ToolKind::Custom { format: None }, ..function("p") }],
        tool_choice: Some(ToolChoice::Allowed { is_required: true, names: vec!["f".into(), "p".into()] }),
        parallel_tool_calls: Some(false),
        stream: true,
        max_output_tokens: Some(50),
        reasoning: Some(ReasoningWish {
            effort: Some(Effort::High),
            include_thoughts: Some(true),
            ..ReasoningWish::default()
        }),
        output: OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Json::constant(r#"{"type":"object"}"#),
            strict: Some(true),
        },
        verbosity: Some("low".into()),
        user: Some("u".into()),
        service_tier: Some("standard_only".into()),
        prompt_cache_key: Some("k".into()),
        ..Request::default()
    };
    let body = encode(&request);
    RawObject::scan(body.clone().into()).unwrap();
    insta::assert_snapshot!(body.replace("},{\"type\"", "},\n{\"type\""));
}

#[test]
fn encrypted_reasoning_is_asked_for_where_the_model_thinks_and_nothing_is_kept() {
    let user = || vec![turn(Role::User, vec![Part::text("hi")])];
    let wish = |wish: ReasoningWish| Request { turns: user(), reasoning: Some(wish), ..Request::default() };
    let effort = wish(ReasoningWish { effort: Some(Effort::Low), ..ReasoningWish::default() });
    let plain = Request { turns: user(), ..Request::default() };
    const INCLUDE: &str = r#""include":["reasoning.encrypted_content"]"#;
    for (request, model, asked) in [
        (&effort, "grok", true),
        (&plain, "gpt-4o", false),
        (&plain, "openai/gpt-5.1", true),
        (&plain, "openai.gpt-oss-120b", false),
        (&plain, "gpt-5-chat-latest", false),
        (&plain, "o4-mini", true),
        (&plain, "unheard-of", true),
        (&Request { store: Some(true), ..plain.clone() }, "gpt-5", false),
    ] {
        let body = encode_for(request, model);
        assert_eq!(body.contains(INCLUDE), asked, "{model} {body}");
        assert_eq!(body.contains(r#""store":false"#), request.store.is_none());
    }
    for (thinking, expected) in [
        (ReasoningWish { budget_tokens: Some(20_000), ..ReasoningWish::default() }, Some("high")),
        (ReasoningWish { budget_tokens: Some(10_000), ..ReasoningWish::default() }, Some("medium")),
        (ReasoningWish { budget_tokens: Some(1_024), ..ReasoningWish::default() }, Some("low")),
        (ReasoningWish { mode: Some(ReasoningMode::Adaptive), ..ReasoningWish::default() }, Some("medium")),
        (ReasoningWish { mode: Some(ReasoningMode::Disabled), ..ReasoningWish::default() }, None),
    ] {
        let body = encode(&wish(thinking));
        let effort = expected.map(|effort| format!(r#""reasoning":{{"effort":"{effort}"}}"#));
        assert_eq!(effort.as_ref().is_some_and(|effort| body.contains(effort)), expected.is_some(), "{body}");
        assert_eq!(body.contains("reasoning\":{"), expected.is_some());
    }
}

/// 04 §15 12, towards this dialect: hosted tools of others are gone, and the choice with them.
#[test]
fn without_tools_there_is_no_choice() {
    let request = Request {
        tool_choice: Some(ToolChoice::Required),
        parallel_tool_calls: Some(true),
        ..Request::default()
    };
    let body = encode(&request);
    assert!(
        !body.contains("tool_choice") && !body.contains("parallel_tool_calls") && !body.contains("tools")
    );
}

/// The dialect's own requests come out as they went in, but for what every request gets.
#[test]
fn a_request_of_this_dialect_survives_the_way_through_the_conversation() {
    let body = r#"{"model":"up-model","instructions":"Be brief.","input":[
        {"type":"message","role":"developer","content":[{"type":"input_text","text":"d"}]},
        {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"https://x","detail":"high"},{"type":"input_file","file_id":"file-1"}]},
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"gAAA"},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"}],"id":"msg_1","status":"completed"},
        {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"big\":12345678901234567890}"},
        {"type":"web_search_call","id":"ws_1","status":"completed"},
        {"type":"custom_tool_call","call_id":"c2","name":"p","input":"x"},
        {"type":"function_call_output","call_id":"c1","output":"ok"},
        {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,AA"}]}],
        "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"web_search"},{"type":"custom","name":"p","format":{"type":"text"}}],
        "tool_choice":{"type":"web_search"},"parallel_tool_calls":false,"max_output_tokens":9,"temperature":0.70,"top_p":1,"top_logprobs":2,
        "text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}},"verbosity":"low"},
        "reasoning":{"effort":"low","summary":"auto","context":"all_turns"},"include":["reasoning.encrypted_content","web_search_call.results"],
        "metadata":{"a":"b"},"user":"u","service_tier":"flex","prompt_cache_key":"k","store":true,"stream":true,
        "previous_response_id":"resp_0","truncation":"auto","max_tool_calls":3,"odd":1.50}"#;
    let request = decode_request(&RawObject::scan(body.to_owned().into()).unwrap()).unwrap();
    let lines = |text: &str| text.lines().map(str::trim).collect::<String>();
    assert_eq!(encode(&request), lines(body));
}

#[test]
fn another_providers_web_search_is_this_ones_or_is_named() {
    let body = br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8}]}"#;
    let body = RawObject::scan(bytes::Bytes::from_static(body)).unwrap();
    let request = crate::anthropic_messages::decode_request(&body).unwrap();
    for (has_web_search, expected) in [(true, vec![]), (false, vec!["tools[0]"])] {
        let mut losses =
            Losses::settle(&request, Dialect::OpenAiResponses, Strictness::Lenient, &[]).unwrap();
        let target = Target { has_web_search, ..TARGET };
        let sent = encode_request(&request, &target, &mut losses, &mut AnswerShape::default()).unwrap();
        let sent = RawObject::scan(sent.into()).unwrap();
        assert_eq!(
            sent.get("tools").map(|tools| tools.raw()),
            has_web_search.then_some(r#"[{"type":"web_search"}]"#)
        );
        assert_eq!(losses.into_dropped(&request.notes), expected);
    }
}
