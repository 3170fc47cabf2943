//! Requests for upstreams: messages, system texts, media, limits.

use super::{asking, call, decoded, encode_for, encoded, member, refused, target, user};
use crate::conversation::{
    Content, Extras, Json, Media, MediaSource, OutputFormat, Part, Request, Role, Sampling, ToolCallKind,
    ToolResult, Turn,
};
use vocabulary::Dialect;

fn turn(role: Role, text: &str) -> Turn {
    Turn::new(role, vec![Part::text(text.to_owned())])
}

fn result(call_id: &str, content: Vec<Part>) -> Turn {
    let (call_id, kind) = (call_id.to_owned().into(), ToolCallKind::Function);
    let result = ToolResult { call_id, name: None, content, is_error: false, kind };
    Turn::new(Role::Tool, vec![Part::new(Content::ToolResult(result))])
}

#[test]
fn system_texts_are_joined_with_a_blank_line() {
    let request = asking(vec![turn(Role::System, "A"), turn(Role::Developer, "B"), user("hi")]);
    let body = encoded(&request, "claude-sonnet-4-5").body;
    let expected = r#"{"model":"claude-sonnet-4-5","max_tokens":4096,"system":"A\n\nB","messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(body, expected);
}

#[test]
fn a_later_instruction_stays_where_the_model_takes_it() {
    let request = asking(vec![
        user("hi"),
        turn(Role::System, "S"),
        turn(Role::Developer, "D"),
        turn(Role::Assistant, "yes"),
        user("so"),
    ]);
    let body = encoded(&request, "claude-sonnet-5").body;
    let expected = r#"[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"text","text":"S"},{"type":"text","text":"D"}]},{"role":"assistant","content":"yes"},{"role":"user","content":"so"}]"#;
    assert_eq!(member(&body, "messages"), expected);
    assert_eq!(member(&body, "system"), "");
    let body = encoded(&request, "claude-sonnet-4-5").body;
    assert_eq!(member(&body, "system"), r#""S\n\nD""#);
}

#[test]
fn markers_make_blocks() {
    let marked = Part { cache_control: Some(Json::constant(r#"{"type":"ephemeral"}"#)), ..Part::text("B") };
    let request = asking(vec![
        Turn::new(Role::System, vec![Part::text("A"), marked.clone()]),
        Turn::new(Role::User, vec![marked]),
    ]);
    let body = encoded(&request, "m").body;
    let marked = r#"{"type":"text","text":"B","cache_control":{"type":"ephemeral"}}"#;
    assert_eq!(member(&body, "system"), format!(r#"[{{"type":"text","text":"A"}},{marked}]"#));
    assert_eq!(member(&body, "messages"), format!(r#"[{{"role":"user","content":[{marked}]}}]"#));
}

#[test]
fn neighbours_of_one_role_are_one_message_and_results_come_first() {
    let request = asking(vec![
        user("go"),
        Turn::new(Role::Assistant, vec![Part::text("ok")]),
        Turn::new(
            Role::Assistant,
            vec![call("call.1:0", "f", r#"{"n":12345678901234567890}"#), call("", "g", " ")],
        ),
        result("call.1:0", vec![Part::text("a"), Part::text("b")]),
        result("call_1", vec![]),
        user("and?"),
        Turn::new(Role::Assistant, vec![]),
        user("?"),
    ]);
    insta::assert_snapshot!(member(&encoded(&request, "m").body, "messages"), @r#"[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"text","text":"ok"},{"type":"tool_use","id":"call_1_0","name":"f","input":{"n":12345678901234567890}},{"type":"tool_use","id":"call_1","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1_0","content":"a\nb"},{"type":"tool_result","tool_use_id":"call_1","content":""},{"type":"text","text":"and?"},{"type":"text","text":"?"}]}]"#);
}

#[test]
fn what_cannot_be_said_is_refused_in_the_words_of_the_spec() {
    let image = |source: MediaSource, media_type: Option<&str>| {
        let media_type = media_type.map(|name| name.to_owned().into());
        let media = Media { media_type, ..Media::of(source) };
        Turn::new(Role::User, vec![Part::new(Content::Image(media))])
    };
    let base64 = |data: &str| MediaSource::Base64(data.to_owned().into());
    let url = |url: &str| MediaSource::Url(url.to_owned().into());
    let of = |part: Part| Turn::new(Role::Assistant, vec![part]);
    let audio = || Content::Audio(Media::of(base64("AA")));
    let doc =
        Content::Document(Media { media_type: Some("application/zip".into()), ..Media::of(base64("AA")) });
    let cases = [
        (image(base64("AA"), Some("image/bmp")), "anthropic image media type is not supported: image/bmp"),
        (image(base64("AA"), None), "anthropic image data URL is missing a media type"),
        (image(base64(""), Some("image/png")), "anthropic image data URL is missing image data"),
        (image(url(""), None), "anthropic image content requires image_url.url"),
        (image(url("/x.png"), None), "anthropic chat image_url must be a data: URL or http/https URL"),
        (image(url("https:///x"), None), "anthropic chat image_url must be a data: URL or http/https URL"),
        (image(url("data:image/png"), None), "invalid anthropic image data URL"),
        (image(url("data:image/png,AA"), None), "anthropic image data URL must be base64-encoded"),
        (of(Part::new(audio())), "anthropic chat does not support input_audio content"),
        (of(Part::new(doc)), "anthropic documents must be PDF or plain text, not application/zip"),
        (
            Turn::new(Role::System, vec![Part::new(audio())]),
            "anthropic system messages only support text content",
        ),
        (of(call("a", " ", "{}")), "tool_call.function.name is required"),
        (of(call("a", "f", "[1]")), "tool arguments must be a JSON object"),
        (of(call("a", "f", "{} {}")), "tool arguments must contain exactly one JSON object"),
        (of(call("a", "f", "{\"a\":")), "tool arguments: unexpected end of JSON at byte 5"),
        (result(" ", vec![]), "tool message is missing tool_call_id"),
        (Turn::new(Role::Assistant, vec![call("a", "f", "{}"); 1025]), "too many tool calls in message"),
    ];
    for (turn, message) in cases {
        let error = refused(&asking(vec![turn]), "claude-sonnet-4-5");
        assert_eq!((error.status(), error.message()), (400, message));
    }
}

#[test]
fn images_and_files_in_every_spelling() {
    let media = |url: &str| Media::of_url(&url.to_owned().into()).unwrap();
    let parts = vec![
        Part::new(Content::Image(media("data:image/png;charset=utf-8;base64,AAAA"))),
        Part::new(Content::Image(media("HTTPS://x/y"))),
        Part::new(Content::Image(Media::of(MediaSource::FileId("file_1".into())))),
        Part::new(Content::Document(media("data:image/GIF;base64,R0"))),
        Part::new(Content::Document(media("data:text/markdown;base64,SGk="))),
        Part::new(Content::Document(Media {
            name: Some("a.pdf".into()),
            ..Media::of(MediaSource::Base64("JV".into()))
        })),
    ];
    let body = encoded(&asking(vec![Turn::new(Role::User, parts)]), "m").body;
    insta::assert_snapshot!(member(&body, "messages"), @r#"[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"HTTPS://x/y"}},{"type":"image","source":{"type":"file","file_id":"file_1"}},{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hi"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JV"},"title":"a.pdf"}]}]"#);
}

#[test]
fn the_limit_is_the_callers_or_what_model_and_operator_allow() {
    let request = |max_output_tokens| Request { max_output_tokens, ..asking(vec![user("x")]) };
    for (limit, model_limit, expected) in
        [(Some(7), None, "7"), (None, None, "4096"), (None, Some(2000), "2000"), (None, Some(64_000), "4096")]
    {
        let target = crate::translate::Target { max_output_tokens: model_limit, ..target("m") };
        let body = encode_for(&request(limit), &target).ok().unwrap().body;
        assert_eq!(member(&body, "max_tokens"), expected);
    }
    let error = refused(&request(Some(0)), "m");
    assert_eq!(error.message(), "max_tokens must be a positive integer");
}

#[test]
fn hints_travel_and_extras_of_others_do_not() {
    let sampling = Sampling {
        temperature: Some(Json::constant("0.70")),
        top_k: Some(Json::constant("5")),
        stop: vec!["X".into(), " \n".into()],
        ..Sampling::default()
    };
    let extras = Extras { dialect: Dialect::OpenAiChat, members: vec![("x".into(), Json::constant("1"))] };
    let request = Request {
        sampling,
        extras: Some(extras),
        user: Some("u".into()),
        stream: true,
        cache_control: Some(Json::constant("{}")),
        ..asking(vec![user("x")])
    };
    let expected = r#"{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":"x"}],"temperature":0.70,"top_k":5,"stop_sequences":["X"],"metadata":{"user_id":"u"},"cache_control":{},"stream":true}"#;
    assert_eq!(encoded(&request, "m").body, expected);
    let encoded = encoded(&request, "claude-opus-4-8");
    assert_eq!(encoded.dropped, ["temperature", "top_k", "stop[1]"]);
    assert!(!encoded.body.contains("temperature") && !encoded.body.contains("top_k"));
}

#[test]
fn an_answer_in_a_form_is_asked_for_as_the_model_takes_it() {
    let schema = Json::constant(r#"{"type":"object","properties":{"a":{"type":"string","maxLength":3}}}"#);
    let output = OutputFormat::JsonSchema { name: Some("n".into()), description: None, schema, strict: None };
    let request = Request { output, ..asking(vec![user("x")]) };
    let native = encoded(&request, "claude-sonnet-4-6");
    assert_eq!(
        member(&native.body, "output_config"),
        r#"{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}}}"#
    );
    assert!(native.shape.is_plain());
    let forced = encoded(&request, "claude-sonnet-4");
    assert_eq!(forced.shape.structured_tool.as_deref(), Some("structured_answer"));
    insta::assert_snapshot!(forced.body, @r#"{"model":"claude-sonnet-4","max_tokens":4096,"system":"Give your whole answer as the input of one call of the tool `structured_answer`.","messages":[{"role":"user","content":"x"}],"tools":[{"name":"structured_answer","description":"Takes the answer.","input_schema":{"type":"object","properties":{"a":{"type":"string","maxLength":3}}}}],"tool_choice":{"type":"tool","name":"structured_answer"}}"#);
    let json =
        Request { output: OutputFormat::JsonObject, ..asking(vec![turn(Role::System, "S"), user("x")]) };
    let body = encoded(&json, "claude-sonnet-4-6").body;
    assert_eq!(member(&body, "tool_choice"), r#"{"type":"tool","name":"structured_answer"}"#);
    let with_tools = Request { tools: decoded(r#"{"max_tokens":1,"messages":[{}],"tools":[{"name":"f"}]}"#.replace("{}", r#"{"role":"user"}"#).as_str()).tools, ..json };
    let with_tools = encoded(&with_tools, "claude-sonnet-4-6");
    assert!(with_tools.shape.is_plain() && member(&with_tools.body, "tool_choice").is_empty());
    assert!(member(&with_tools.body, "system").starts_with(r#""S\n\nGive your final answer as JSON"#));
}
