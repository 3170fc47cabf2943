//! Whether and how hard models think, and what must give way to it.

use super::{Encoded, asking, call, encode_for, encoded, member, target, user};
use crate::conversation::{
    Content, Effort, Issuer, Json, OpaqueState, Part, Reasoning, ReasoningMode, ReasoningWish, Request, Role,
    Sampling, Strictness, ToolCallKind, ToolChoice, ToolResult, Turn,
};
use crate::translate::Target;

fn wishing(wish: ReasoningWish, max_output_tokens: u64) -> Request {
    let (reasoning, max_output_tokens) = (Some(wish), Some(max_output_tokens));
    Request { reasoning, max_output_tokens, ..asking(vec![user("x")]) }
}

fn effort(effort: Effort) -> ReasoningWish {
    ReasoningWish { effort: Some(effort), ..ReasoningWish::default() }
}

fn budget(budget_tokens: u64) -> ReasoningWish {
    let mode = Some(ReasoningMode::Enabled);
    ReasoningWish { budget_tokens: Some(budget_tokens), mode, ..ReasoningWish::default() }
}

fn mode(mode: ReasoningMode) -> ReasoningWish {
    ReasoningWish { mode: Some(mode), ..ReasoningWish::default() }
}

/// `max_tokens`, `thinking`, `output_config`.
fn said(encoded: &Encoded) -> String {
    ["max_tokens", "thinking", "output_config"]
        .map(|key| member(&encoded.body, key))
        .join(" ")
        .trim_end()
        .to_owned()
}

#[test]
fn every_wish_by_model() {
    const OLD: &str = "claude-3-5-sonnet";
    let cases = [
        (OLD, effort(Effort::High), r#"21024 {"type":"enabled","budget_tokens":20000}"#),
        (OLD, effort(Effort::Medium), r#"11024 {"type":"enabled","budget_tokens":10000}"#),
        (OLD, effort(Effort::Minimal), "1000"),
        (OLD, effort(Effort::None), "1000"),
        (OLD, budget(777), r#"2048 {"type":"enabled","budget_tokens":1024}"#),
        (OLD, budget(5555), r#"6579 {"type":"enabled","budget_tokens":5555}"#),
        (OLD, mode(ReasoningMode::Disabled), "1000"),
        (OLD, ReasoningWish::default(), "1000"),
        ("claude-opus-4-8-20260301", effort(Effort::XHigh), r#"1000 {"type":"adaptive"} {"effort":"xhigh"}"#),
        ("claude-opus-4-6", effort(Effort::XHigh), r#"1000 {"type":"adaptive"} {"effort":"high"}"#),
        ("claude-opus-4-6", effort(Effort::Max), r#"1000 {"type":"adaptive"} {"effort":"max"}"#),
        ("claude-opus-4-6", budget(5555), r#"6579 {"type":"enabled","budget_tokens":5555}"#),
        ("claude-opus-4-7", budget(12_000), r#"1000 {"type":"adaptive"} {"effort":"medium"}"#),
        ("claude-opus-4-7", mode(ReasoningMode::Adaptive), r#"1000 {"type":"adaptive"}"#),
        ("claude-opus-4-7", effort(Effort::None), "1000"),
        ("claude-opus-4-8", effort(Effort::None), r#"1000 {"type":"disabled"}"#),
        ("claude-sonnet-4-6", effort(Effort::Minimal), r#"1000 {"type":"disabled"}"#),
        ("claude-fable-5", effort(Effort::None), r#"1000  {"effort":"low"}"#),
        ("claude-opus-9", effort(Effort::Low), r#"1000 {"type":"adaptive"} {"effort":"low"}"#),
    ];
    for (model, wish, expected) in cases {
        assert_eq!(said(&encoded(&wishing(wish.clone(), 1000), model)), expected, "{model} {wish:?}");
    }
}

#[test]
fn the_limit_grows_within_what_the_model_can_and_then_the_budget_shrinks() {
    for (limit, expected) in [
        (8192, r#"8192 {"type":"enabled","budget_tokens":7168}"#),
        (1500, r#"1500 {"type":"enabled","budget_tokens":1024}"#),
        (1024, "1000"),
    ] {
        let target = Target { max_output_tokens: Some(limit), ..target("claude-3-7-sonnet") };
        let encoded = encode_for(&wishing(effort(Effort::High), 1000), &target).ok().unwrap();
        assert_eq!(said(&encoded), expected);
    }
}

#[test]
fn sampling_gives_way_to_thinking() {
    let sampling = |temperature| Sampling {
        temperature: Some(Json::constant(temperature)),
        top_p: Some(Json::constant("0.5")),
        top_k: Some(Json::constant("3")),
        ..Sampling::default()
    };
    let request =
        |temperature| Request { sampling: sampling(temperature), ..wishing(effort(Effort::Low), 9000) };
    let hot = encoded(&request("0.7"), "claude-3-5-sonnet");
    assert_eq!(hot.dropped, ["temperature", "top_p", "top_k"]);
    assert!(!hot.body.contains("temperature"), "{}", hot.body);
    let one = encoded(&request("1.0"), "claude-3-5-sonnet");
    assert!(one.body.contains(r#""temperature":1.0"#) && one.dropped == ["top_p", "top_k"]);
    let strict = Target { strictness: Strictness::Strict, ..target("claude-3-5-sonnet") };
    let error = encode_for(&request("0.7"), &strict).err().unwrap();
    assert_eq!((error.code(), error.param()), (Some("unsupported_translation"), Some("temperature")));
}

#[test]
fn a_forced_tool_ends_thinking() {
    let tools = vec![crate::conversation::Tool {
        kind: crate::conversation::ToolKind::Function { parameters: None, strict: None },
        name: "f".into(),
        description: None,
        path: "tools[0]".into(),
        cache_control: None,
        extras: None,
    }];
    let request =
        Request { tools, tool_choice: Some(ToolChoice::Required), ..wishing(effort(Effort::High), 1000) };
    let old = encoded(&request, "claude-3-7-sonnet");
    assert_eq!((said(&old).as_str(), old.dropped), ("1000", vec!["reasoning_effort".to_owned()]));
    let new = encoded(&request, "claude-opus-4-8");
    assert_eq!(said(&new), r#"1000  {"effort":"high"}"#);
}

fn signed(text: &str) -> Part {
    let state = Some(OpaqueState { issuer: Issuer::Anthropic, bytes: "sig".into() });
    Part::new(Content::Reasoning(Reasoning { text: text.to_owned().into(), state, ..Reasoning::default() }))
}

fn loop_with(parts: Vec<Part>) -> Request {
    let result = ToolResult {
        call_id: "c".into(),
        name: None,
        content: vec![],
        is_error: false,
        kind: ToolCallKind::Function,
    };
    let turns = vec![
        user("x"),
        Turn::new(Role::Assistant, parts),
        Turn::new(Role::Tool, vec![Part::new(Content::ToolResult(result))]),
    ];
    Request { turns, ..wishing(effort(Effort::Low), 9000) }
}

#[test]
fn thinking_stands_first_and_a_call_without_its_block_ends_thinking() {
    let complete = loop_with(vec![Part::text("let me"), signed("hm"), call("c", "f", "{}")]);
    let body = encoded(&complete, "claude-3-7-sonnet").body;
    let expected = r#"{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"let me"},{"type":"tool_use","#;
    assert!(body.contains(expected) && body.contains(r#""budget_tokens":5000"#), "{body}");
    let ordered = loop_with(vec![signed("a"), Part::text("t"), signed("b"), call("c", "f", "{}")]);
    let body = encoded(&ordered, "claude-3-7-sonnet").body;
    let at = |text: &str| body.find(text).unwrap();
    assert!(at(r#""a""#) < at(r#""t""#) && at(r#""t""#) < at(r#""b""#), "{body}");
    let missing = loop_with(vec![call("c", "f", "{}")]);
    let without = encoded(&missing, "claude-3-7-sonnet");
    assert_eq!((said(&without).as_str(), without.dropped.len()), ("9000", 1));
    assert_eq!(said(&encoded(&missing, "claude-opus-4-8")), r#"9000 {"type":"adaptive"} {"effort":"low"}"#);
}

#[test]
fn a_summary_asks_for_thoughts_to_be_shown() {
    let wish = ReasoningWish { summary: Some("auto".into()), ..effort(Effort::High) };
    let said = said(&encoded(&wishing(wish, 1000), "claude-opus-5"));
    assert_eq!(said, r#"1000 {"type":"adaptive","display":"summarized"} {"effort":"high"}"#);
}
