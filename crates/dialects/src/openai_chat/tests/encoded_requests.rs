//! The conversation as requests for chat upstreams.

use vocabulary::Dialect;

use super::fixtures::{call, call_of, decoded, refusal, state, target, thoughts};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, HostedTool, Issuer, Json, LogprobsWish, Media, MediaSource, OutputFormat, Part,
    ReasoningMode, ReasoningWish, Request, Role, Sampling, Text, Tool, ToolCallKind, ToolChoice, ToolKind,
    ToolResult, Turn,
};
use crate::translate::{AnswerShape, Target, encode_request};

fn encoded_for(request: &Request, target: &Target<'_>) -> (String, AnswerShape) {
    let encoded = encode_request(request, Dialect::OpenAiChat, target).expect("a body");
    (String::from_utf8(encoded.body.to_vec()).expect("text"), encoded.shape)
}

fn encoded(request: &Request) -> String {
    encoded_for(request, &target(&[])).0
}

/// The messages of some turns.
fn messages(turns: Vec<Turn>) -> String {
    let body = encoded(&Request { turns, ..Request::default() });
    let messages =
        body.strip_prefix(r#"{"model":"up","messages":["#).and_then(|rest| rest.strip_suffix("]}"));
    messages.unwrap_or_else(|| panic!("{body}")).replace("},{\"role\"", "}\n{\"role\"")
}

/// What a request sends beside its model and messages.
fn settings(request: &Request) -> String {
    let body = encoded(request);
    body.strip_prefix(r#"{"model":"up","messages":[]"#).unwrap_or(&body).trim_start_matches(',').to_owned()
}

fn turn(role: Role, parts: Vec<Part>) -> Turn {
    Turn::new(role, parts)
}

fn media(source: MediaSource, media_type: &'static str) -> Media {
    Media { media_type: Some(media_type.into()), ..Media::of(source) }
}

fn image() -> Part {
    Content::Image(media(MediaSource::Base64("AA".into()), "image/png")).into()
}

fn result(call_id: &'static str, content: Vec<Part>, is_error: bool) -> Part {
    let call_id = call_id.into();
    Content::ToolResult(ToolResult { call_id, name: None, content, is_error, kind: ToolCallKind::Function })
        .into()
}

fn tool(name: &'static str, kind: ToolKind) -> Tool {
    Tool {
        kind,
        name: name.into(),
        description: None,
        path: String::new(),
        cache_control: None,
        extras: None,
    }
}

fn function(name: &'static str) -> Tool {
    tool(name, ToolKind::Function { parameters: Some(Json::constant(r#"{"type":"object"}"#)), strict: None })
}

fn hosted(name: &'static str, is_web_search: bool) -> Tool {
    let dialect = Dialect::OpenAiResponses;
    tool(name, ToolKind::Hosted(HostedTool { dialect, is_web_search, raw: Json::constant("{}") }))
}

#[test]
fn what_chat_can_say_survives_the_way_through_the_conversation() {
    let body = r#"{"model":"up","messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"https://h/i","detail":"low"}},{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}},{"type":"file","file":{"file_id":"f"}},{"type":"text","text":"x","odd":1}],"name":"ann","odd":2},{"role":"assistant","content":"A","reasoning_content":"R","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"n\":1.50}"}}]},{"role":"tool","tool_call_id":"c","content":"out"},{"role":"assistant","content":"B"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true},"odd":3}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"max_tokens":5,"temperature":0.70,"top_p":1,"seed":3,"presence_penalty":1e0,"frequency_penalty":-0.5,"stop":["END"],"n":2,"logprobs":true,"top_logprobs":3,"reasoning":{"effort":"high"},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1.0},"strict":true}},"verbosity":"low","user":"u","service_tier":"flex","prompt_cache_key":"k","stream":true,"odd":{"a":[1.0]}}"#;
    assert_eq!(encoded(&decoded(body)), body);
}

#[test]
fn texts_become_one_string_and_instructions_paragraphs() {
    let marked = Part { cache_control: Some(Json::constant(r#"{"type":"ephemeral"}"#)), ..Part::text("c") };
    let turns = || {
        vec![
            turn(Role::System, vec![Part::text("a"), Part::text("b")]),
            turn(Role::Developer, vec![Part::text("d")]),
            turn(Role::User, vec![Part::text("a"), Part::text(""), marked.clone(), refusal("no")]),
            turn(Role::User, vec![]),
        ]
    };
    insta::assert_snapshot!(messages(turns()), @r#"
{"role":"system","content":"a\n\nb"}
{"role":"system","content":"d"}
{"role":"user","content":"a\nc\nno"}
{"role":"user","content":""}
"#);
    let keeps = [Feature::CacheControl];
    let (body, _) = encoded_for(&Request { turns: turns(), ..Request::default() }, &target(&keeps));
    insta::assert_snapshot!(body, @r#"{"model":"up","messages":[{"role":"system","content":"a\n\nb"},{"role":"system","content":"d"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"c","cache_control":{"type":"ephemeral"}},{"type":"text","text":"no"}]},{"role":"user","content":""}]}"#);
}

#[test]
fn media_are_written_in_the_forms_of_chat() {
    let plain = MediaSource::Text("words".into());
    let pdf = || media(MediaSource::Base64("AA".into()), "application/pdf");
    let parts = vec![
        image(),
        Content::Image(Media {
            detail: Some("high".into()),
            ..Media::of(MediaSource::Url("https://h".into()))
        })
        .into(),
        Content::Audio(media(MediaSource::Base64("AA".into()), "audio/mpeg")).into(),
        Content::Document(Media { name: Some("n.pdf".into()), ..pdf() }).into(),
        Content::Document(pdf()).into(),
        Content::Document(media(MediaSource::Base64("AA".into()), "text/csv")).into(),
        Content::Document(Media::of(MediaSource::FileId("f".into()))).into(),
        Content::Document(Media::of(plain)).into(),
    ];
    insta::assert_snapshot!(messages(vec![turn(Role::User, parts)]).replace("},{", "}\n{"), @r#"
{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}
{"type":"image_url","image_url":{"url":"https://h","detail":"high"}}
{"type":"input_audio","input_audio":{"data":"AA","format":"mp3"}}
{"type":"file","file":{"filename":"n.pdf","file_data":"data:application/pdf;base64,AA"}}
{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,AA"}}
{"type":"file","file":{"file_data":"data:text/csv;base64,AA"}}
{"type":"file","file":{"file_id":"f"}}
{"type":"text","text":"words"}]}
"#);
    for refused in [
        Content::Video(pdf()),
        Content::Image(Media::of(MediaSource::FileId("f".into()))),
        Content::Document(Media::of(MediaSource::Url("https://h".into()))),
        Content::Audio(Media::of(MediaSource::Url("https://h".into()))),
    ] {
        let request = Request { turns: vec![turn(Role::User, vec![refused.into()])], ..Request::default() };
        let error = encode_request(&request, Dialect::OpenAiChat, &target(&[])).expect_err("no place");
        assert_eq!((error.status(), error.code()), (400, Some("unsupported_translation")));
    }
}

#[test]
fn an_assistants_items_become_one_message_with_its_calls() {
    // Case 54, with each item as a turn of its own, and as one turn.
    let items = vec![
        thoughts("R", state(Issuer::OpenAi, "enc")),
        Part::text("I'll check."),
        call("c", "f", "{}"),
        call_of(ToolCallKind::Custom, "d", "patch", "a\n\"b\""),
    ];
    let apart: Vec<Turn> = items.iter().map(|item| turn(Role::Assistant, vec![item.clone()])).collect();
    let answers = || turn(Role::Tool, vec![result("c", vec![Part::text("out")], false)]);
    let apart = messages([apart, vec![answers()]].concat());
    assert_eq!(apart, messages(vec![turn(Role::Assistant, items), answers()]));
    insta::assert_snapshot!(apart, @r#"
{"role":"assistant","content":"I'll check.","reasoning_content":"R","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"patch","arguments":"{\"input\":\"a\\n\\\"b\\\"\"}"}}]}
{"role":"tool","tool_call_id":"c","content":"out"}
"#);
}

#[test]
fn thoughts_go_upstream_only_beside_calls_and_speech_after_speech_is_another_message() {
    let turns = vec![
        turn(Role::User, vec![Part::text("q")]),
        turn(Role::Assistant, vec![thoughts("R", None), Part::text("a"), Part::text("b")]),
        turn(Role::Assistant, vec![Part::text("c")]),
        turn(Role::Assistant, vec![thoughts("alone", None)]),
        turn(Role::User, vec![Part::text("q")]),
        turn(Role::Assistant, vec![thoughts("alone", None)]),
        turn(Role::User, vec![Part::text("q")]),
        turn(Role::Assistant, vec![call("c", "f", " ")]),
    ];
    insta::assert_snapshot!(messages(turns), @r#"
{"role":"user","content":"q"}
{"role":"assistant","content":"a\nb"}
{"role":"assistant","content":"c"}
{"role":"user","content":"q"}
{"role":"user","content":"q"}
{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}
"#);
}

#[test]
fn results_stay_with_their_calls_and_their_images_follow_them() {
    let turns = vec![
        turn(Role::Assistant, vec![call("a", "f", "{}"), call("b", "g", "{}")]),
        turn(Role::Tool, vec![result("a", vec![Part::text("x"), image(), Part::text("y")], false)]),
        turn(Role::User, vec![Part::text("next"), result("b", vec![Part::text("bad")], true)]),
        turn(Role::Assistant, vec![image(), call("c", "f", "{}")]),
        turn(Role::Tool, vec![result("c", vec![image()], false)]),
    ];
    insta::assert_snapshot!(messages(turns), @r#"
{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}
{"role":"tool","tool_call_id":"a","content":"x\ny"}
{"role":"tool","tool_call_id":"b","content":"Error: bad"}
{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}
{"role":"user","content":"next"}
{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}
{"role":"tool","tool_call_id":"c","content":""}
{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}
"#);
}

#[test]
fn tools_that_cannot_be_sent_take_their_choice_along() {
    let with = |tools: Vec<Tool>, choice: ToolChoice| {
        let (tool_choice, parallel_tool_calls) = (Some(choice), Some(true));
        settings(&Request { tools, tool_choice, parallel_tool_calls, ..Request::default() })
    };
    let f = r#""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]"#;
    let allowed = |is_required| ToolChoice::Allowed { is_required, names: vec!["f".into()] };
    let cases = [
        // Case 53.
        (
            with(vec![hosted("web_search", true), function("f")], ToolChoice::Tool("web_search".into())),
            format!(r#"{f},"parallel_tool_calls":true}}"#),
        ),
        (with(vec![hosted("web_search", true)], ToolChoice::Auto), "}".to_owned()),
        (
            with(vec![function("f"), function("g")], allowed(true)),
            format!(r#"{f},"tool_choice":"required","parallel_tool_calls":true}}"#),
        ),
        (
            with(vec![function("f"), function("g")], allowed(false)),
            format!(r#"{f},"tool_choice":"auto","parallel_tool_calls":true}}"#),
        ),
        (
            with(vec![function("f")], ToolChoice::None),
            format!(r#"{f},"tool_choice":"none","parallel_tool_calls":true}}"#),
        ),
        (with(vec![], ToolChoice::Required), "}".to_owned()),
    ];
    for (sent, expected) in cases {
        assert_eq!(sent, expected);
    }
    let request = Request { tools: vec![hosted("web_search", true)], ..Request::default() };
    let (body, _) = encoded_for(&request, &target(&[Feature::WebSearch]));
    assert!(body.ends_with(r#","web_search_options":{}}"#), "{body}");
}

#[test]
fn a_custom_tool_is_a_function_with_one_text() {
    let grammar = Json::constant(r#"{"type":"grammar","syntax":"lark","definition":"start: X"}"#);
    let request = Request {
        tools: vec![
            tool("patch", ToolKind::Custom { format: Some(grammar) }),
            tool("note", ToolKind::Custom { format: None }),
        ],
        tool_choice: Some(ToolChoice::Tool("patch".into())),
        ..Request::default()
    };
    let (body, shape) = encoded_for(&request, &target(&[]));
    assert_eq!(shape.custom_tools, ["patch", "note"]);
    insta::assert_snapshot!(body, @r#"{"model":"up","messages":[],"tools":[{"type":"function","function":{"name":"patch","parameters":{"type":"object","properties":{"input":{"type":"string","description":"The input as plain text, in this lark grammar:\nstart: X"}},"required":["input"],"additionalProperties":false}}},{"type":"function","function":{"name":"note","parameters":{"type":"object","properties":{"input":{"type":"string","description":"The input as plain text."}},"required":["input"],"additionalProperties":false}}}],"tool_choice":{"type":"function","function":{"name":"patch"}}}"#);
}

#[test]
fn an_effort_stands_for_a_budget_unless_the_provider_reads_budgets() {
    let wish = ReasoningWish::default;
    let budget = |tokens| ReasoningWish { budget_tokens: Some(tokens), ..wish() };
    let effort = |effort| ReasoningWish { effort: Some(effort), ..wish() };
    let mode = |mode| ReasoningWish { mode: Some(mode), ..wish() };
    let both = ReasoningWish { effort: Some(Effort::Max), ..budget(1) };
    let cases = [
        (
            effort(Effort::Minimal),
            r#""reasoning":{"effort":"minimal"}}"#,
            r#""reasoning":{"effort":"minimal"}}"#,
        ),
        (budget(20_000), r#""reasoning":{"effort":"high"}}"#, r#""reasoning":{"max_tokens":20000}}"#),
        (budget(10_000), r#""reasoning":{"effort":"medium"}}"#, r#""reasoning":{"max_tokens":10000}}"#),
        (budget(9_999), r#""reasoning":{"effort":"low"}}"#, r#""reasoning":{"max_tokens":9999}}"#),
        (both, r#""reasoning":{"effort":"max"}}"#, r#""reasoning":{"effort":"max"}}"#),
        // Not to think is said only where it has a switch: others may refuse it.
        (mode(ReasoningMode::Disabled), "}", r#""reasoning":{"effort":"none"}}"#),
        (mode(ReasoningMode::Adaptive), "}", "}"),
        (ReasoningWish { summary: Some("auto".into()), ..wish() }, "}", "}"),
    ];
    for (wish, usual, nested) in cases {
        let request = Request { reasoning: Some(wish), ..Request::default() };
        assert_eq!(settings(&request), usual);
        let (body, _) =
            encoded_for(&request, &Target { nested_reasoning: true, can_stop_thinking: true, ..target(&[]) });
        assert!(body.ends_with(nested), "{body}");
    }
}

#[test]
fn hints_that_chat_drops_go_only_to_who_keeps_them() {
    let number = |text: &'static str| Some(Json::constant(text));
    let request = Request {
        sampling: Sampling {
            top_k: number("40"),
            min_p: number("0.1"),
            logit_bias: number("{}"),
            ..Sampling::default()
        },
        metadata: number("{}"),
        store: Some(true),
        cache_control: number(r#"{"type":"ephemeral"}"#),
        service_tier: Some(Text::from("standard_only")),
        logprobs: Some(LogprobsWish { top: None }),
        output: OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Json::constant("{}"),
            strict: None,
        },
        stream: true,
        ..Request::default()
    };
    insta::assert_snapshot!(settings(&request), @r#""logprobs":true,"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{}}},"service_tier":"default","stream":true}"#);
    let keeps = [
        Feature::TopK,
        Feature::MinP,
        Feature::LogitBias,
        Feature::Metadata,
        Feature::Store,
        Feature::CacheControl,
    ];
    let (body, _) = encoded_for(&request, &Target { include_usage: true, ..target(&keeps) });
    insta::assert_snapshot!(body, @r#"{"model":"up","messages":[],"top_k":40,"min_p":0.1,"logit_bias":{},"logprobs":true,"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{}}},"metadata":{},"service_tier":"default","store":true,"cache_control":{"type":"ephemeral"},"stream":true,"stream_options":{"include_usage":true}}"#);
}
