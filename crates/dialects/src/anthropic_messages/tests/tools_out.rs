//! Tools and choices for upstreams, and their schemas.

use super::{asking, encode_for, encoded, member, refused, target, user};
use crate::anthropic_messages::tests::decoded;
use crate::conversation::{HostedTool, Json, Request, Tool, ToolChoice, ToolKind};
use crate::translate::Target;
use vocabulary::Dialect;

fn tool(name: &str, kind: ToolKind) -> Tool {
    let (name, path) = (name.to_owned().into(), "tools[0]".to_owned());
    Tool { kind, name, description: None, path, cache_control: None, extras: None }
}

fn function(name: &str, parameters: Option<&'static str>, strict: Option<bool>) -> Tool {
    tool(name, ToolKind::Function { parameters: parameters.map(Json::constant), strict })
}

fn with(tools: Vec<Tool>, tool_choice: Option<ToolChoice>) -> Request {
    Request { tools, tool_choice, ..asking(vec![user("x")]) }
}

#[test]
fn schemas_are_those_of_an_object() {
    let schema = |parameters| {
        let body = encoded(&with(vec![function("f", parameters, None)], None), "m").body;
        member(&body, "tools")
    };
    let expected = |schema: &str| format!(r#"[{{"name":"f","input_schema":{schema}}}]"#);
    assert_eq!(schema(None), expected(r#"{"type":"object","properties":{}}"#));
    assert_eq!(schema(Some("null")), expected(r#"{"type":"object","properties":{}}"#));
    assert_eq!(schema(Some(r#"{"properties":{}}"#)), expected(r#"{"properties":{},"type":"object"}"#));
    assert_eq!(schema(Some(r#"{"type":["object","null"]}"#)), expected(r#"{"type":"object"}"#));
    assert_eq!(schema(Some(r#"{ "type" : "object" }"#)), expected(r#"{ "type" : "object" }"#));
    let error = |parameters| refused(&with(vec![function("f", Some(parameters), None)], None), "m");
    assert_eq!(error("[]").message(), "tool.function.parameters must be an object");
    let error = error(r#"{"type":"string"}"#);
    assert_eq!(error.message(), "tool.function.parameters must define an object schema");
    assert_eq!(error.param(), Some("tools[0]"));
    let error = refused(&with(vec![function(" ", None, None)], None), "m");
    assert_eq!(error.message(), "tool.function.name is required");
}

#[test]
fn a_strict_schema_is_closed_where_schemas_stand_and_nowhere_else() {
    let schema = r##"{"type":"object","properties":{"minimum":{"type":"integer","minimum":1,"maximum":9},"enum":{"enum":[{"type":"object"}]},
        "list":{"type":"array","minItems":2,"items":{"properties":{"x":true}}},"pick":{"anyOf":[{"type":["object","null"],"additionalProperties":{"type":"string"}},{"$ref":"#/$defs/d"}]}},
        "required":["minimum"],"$defs":{"d":{"type":"object"}},"additionalProperties":true}"##;
    let body = encoded(&with(vec![function("f", Some(schema), Some(true))], None), "claude-opus-4-6").body;
    insta::assert_snapshot!(member(&body, "tools"), @r##"[{"name":"f","input_schema":{"type":"object","properties":{"minimum":{"type":"integer"},"enum":{"enum":[{"type":"object"}]},"list":{"type":"array","minItems":1,"items":{"properties":{"x":true},"additionalProperties":false}},"pick":{"anyOf":[{"type":["object","null"],"additionalProperties":false},{"$ref":"#/$defs/d"}]}},"required":["minimum"],"$defs":{"d":{"type":"object","additionalProperties":false}},"additionalProperties":false},"strict":true}]"##);
    let old = encoded(&with(vec![function("f", None, Some(true))], None), "claude-3-5-haiku");
    assert_eq!(old.dropped, ["tools[0].strict"]);
    assert!(!old.body.contains("strict"));
}

#[test]
fn choices_are_spelt_or_refused() {
    let choice = |choice, parallel_tool_calls| {
        let request = Request { parallel_tool_calls, ..with(vec![function("f", None, None)], choice) };
        member(&encoded(&request, "m").body, "tool_choice")
    };
    assert_eq!(choice(None, None), "");
    assert_eq!(choice(None, Some(false)), r#"{"type":"auto","disable_parallel_tool_use":true}"#);
    assert_eq!(choice(Some(ToolChoice::Auto), Some(true)), r#"{"type":"auto"}"#);
    assert_eq!(
        choice(Some(ToolChoice::Required), Some(false)),
        r#"{"type":"any","disable_parallel_tool_use":true}"#
    );
    assert_eq!(choice(Some(ToolChoice::Tool("f".into())), None), r#"{"type":"tool","name":"f"}"#);
    assert_eq!(choice(Some(ToolChoice::None), Some(false)), r#"{"type":"none"}"#);
    for choice in [ToolChoice::Auto, ToolChoice::None] {
        let body = encoded(&with(vec![], Some(choice)), "m").body;
        assert!(!body.contains("tool"), "{body}");
    }
    for choice in [ToolChoice::Required, ToolChoice::Tool("f".into())] {
        assert_eq!(
            refused(&with(vec![], Some(choice)), "m").message(),
            "tool_choice requires at least one tool"
        );
    }
    let tools = vec![function("f", None, None), function("g", None, None)];
    let allowed = ToolChoice::Allowed { is_required: true, names: vec!["g".into()] };
    let body = encoded(&with(tools, Some(allowed)), "m").body;
    assert!(!body.contains(r#""f""#) && body.contains(r#""tool_choice":{"type":"any"}"#), "{body}");
}

#[test]
fn a_custom_tool_takes_one_text() {
    let encoded = encoded(&with(vec![tool("patch", ToolKind::Custom { format: None })], None), "m");
    assert_eq!(encoded.shape.custom_tools, ["patch"]);
    assert_eq!(
        member(&encoded.body, "tools"),
        r#"[{"name":"patch","input_schema":{"type":"object","properties":{"input":{"type":"string","description":"The input as plain text."}},"required":["input"],"additionalProperties":false}}]"#
    );
}

#[test]
fn a_web_search_is_ours_where_the_provider_has_one() {
    let hosted = |dialect, raw| HostedTool { dialect, is_web_search: true, raw: Json::constant(raw) };
    let theirs = hosted(Dialect::OpenAiResponses, r#"{"type":"web_search"}"#);
    let request = with(vec![tool("web_search", ToolKind::Hosted(theirs)), function("f", None, None)], None);
    let none = encoded(&request, "m");
    assert_eq!((none.dropped, none.body.contains("web_search")), (vec!["tools[0]".to_owned()], false));
    let target = Target { has_web_search: true, ..target("m") };
    let some = encode_for(&request, &target).ok().unwrap();
    assert!(
        some.body.contains(r#"[{"type":"web_search_20250305","name":"web_search"},"#)
            && some.dropped.is_empty()
    );
    let own = r#"{"max_tokens":1,"messages":[{"role":"user"}],"tools":[{"type":"web_search_20260209","name":"web_search","max_uses":2}]}"#;
    let own = encode_for(&decoded(own), &target).ok().unwrap();
    assert_eq!(
        member(&own.body, "tools"),
        r#"[{"type":"web_search_20260209","name":"web_search","max_uses":2}]"#
    );
}
