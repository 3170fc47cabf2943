//! Requests of clients: what is read, what is noted, what is refused.

use super::{decoded, encoded, scan};
use crate::anthropic_messages::decode_request;
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Issuer, MediaSource, Note, OpaqueState, Reasoning, Request, Role, ToolChoice, seal,
};

const EVERYTHING: &str = include_str!("corpus/everything.json");

#[test]
fn a_request_with_everything_is_read() {
    let request = decoded(EVERYTHING);
    insta::assert_debug_snapshot!(request.turns);
    insta::assert_debug_snapshot!((
        &request.tools,
        &request.tool_choice,
        &request.reasoning,
        &request.output
    ));
    let notes: Vec<_> =
        request.notes.iter().map(|note| format!("{:?} {}", note.feature, note.path)).collect();
    insta::assert_debug_snapshot!(notes);
    assert_eq!(request.user.as_deref(), Some("u-1"));
    assert_eq!(request.metadata.as_ref().map(|json| json.as_str()), Some(r#"{"team":"x"}"#));
    assert_eq!((request.max_output_tokens, request.stream), (Some(2000), true));
    assert_eq!(request.parallel_tool_calls, Some(false));
}

#[test]
fn a_request_comes_back_as_it_was() {
    let body = encoded(&decoded(EVERYTHING), "claude-opus-4-6").body;
    insta::assert_snapshot!(body.replace(",\"", ",\n\""));
}

#[test]
fn a_refusal_names_the_member() {
    let base = r#""max_tokens":5,"messages":[{"role":"user","content":"x"}]"#;
    let in_message =
        |block: &str| format!(r#"{{"max_tokens":5,"messages":[{{"role":"user","content":[{block}]}}]}}"#);
    let bodies = [
        r#"{"messages":[{"role":"user","content":"x"}]}"#.to_owned(),
        r#"{"max_tokens":0,"messages":[{"role":"user","content":"x"}]}"#.to_owned(),
        r#"{"max_tokens":1.5,"messages":[]}"#.to_owned(),
        r#"{"max_tokens":5}"#.to_owned(),
        r#"{"max_tokens":5,"messages":[]}"#.to_owned(),
        r#"{"max_tokens":5,"messages":"x"}"#.to_owned(),
        r#"{"max_tokens":5,"messages":["x"]}"#.to_owned(),
        r#"{"max_tokens":5,"messages":[{"role":"tool","content":"x"}]}"#.to_owned(),
        r#"{"max_tokens":5,"messages":[{"role":"user","content":7}]}"#.to_owned(),
        r#"{"max_tokens":5,"messages":[{"role":"user","content":"x"},{"role":"system","content":7}]}"#
            .to_owned(),
        in_message("7"),
        in_message(r#"{"type":"image"}"#),
        in_message(r#"{"type":"image","source":{"type":"base64","data":"AA"}}"#),
        in_message(r#"{"type":"image","source":{"type":"s3"}}"#),
        in_message(r#"{"type":"tool_use","id":"a"}"#),
        in_message(r#"{"type":"tool_result","content":"a"}"#),
        in_message(r#"{"type":"text","text":"a","cache_control":"yes"}"#),
        format!(r#"{{{base},"system":7}}"#),
        format!(r#"{{{base},"system":[{{"type":"image"}}]}}"#),
        format!(r#"{{{base},"cache_control":true}}"#),
        format!(r#"{{{base},"tools":{{}}}}"#),
        format!(r#"{{{base},"tools":[{{"input_schema":{{}}}}]}}"#),
        format!(r#"{{{base},"tools":[{{"name":"f","input_schema":7}}]}}"#),
        format!(r#"{{{base},"tools":[{{"name":"f","cache_control":7}}]}}"#),
        format!(r#"{{{base},"tool_choice":"auto"}}"#),
        format!(r#"{{{base},"stream":"yes"}}"#),
        format!(r#"{{{base},"temperature":"hot"}}"#),
        format!(r#"{{{base},"stop_sequences":"x"}}"#),
        format!(r#"{{{base},"stop_sequences":[1]}}"#),
        format!(r#"{{{base},"thinking":"hard"}}"#),
        format!(r#"{{{base},"thinking":{{"type":"enabled","budget_tokens":"many"}}}}"#),
        format!(r#"{{{base},"output_config":{{"format":{{"type":"json_schema"}}}}}}"#),
    ];
    let mut told = String::new();
    for body in bodies {
        let error = decode_request(&scan(&body)).expect_err(&body);
        told.push_str(&format!("{} {:?} {}\n", error.status(), error.param(), error.message()));
    }
    insta::assert_snapshot!(told);
}

/// The notes of a request, but for the limit, which every one has.
fn notes(request: &Request) -> impl Iterator<Item = &Note> {
    request.notes.iter().filter(|note| note.feature != Feature::MaxOutputTokens)
}

#[test]
fn null_is_absence_and_of_duplicates_the_last_counts() {
    let request = decoded(
        r#"{"max_tokens":1,"max_tokens":5,"system":"a","temperature":null,"tools":null,"thinking":null,"metadata":null,
            "messages":[{"role":"user","content":null}],"system":" b ","stop_sequences":[],"tool_choice":{"type":"odd"}}"#,
    );
    assert_eq!(request.max_output_tokens, Some(5));
    assert_eq!(request.turns[0].parts[0].as_text().map(|text| &**text), Some("b"));
    assert_eq!(request.turns[1].parts, []);
    assert_eq!((notes(&request).count(), &request.extras), (0, &None));
}

#[test]
fn results_come_first_and_the_rest_of_the_message_stays_whole() {
    let request = decoded(
        r#"{"max_tokens":5,"messages":[
            {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f"},{"type":"tool_use","id":"t2","name":"g","input":{"n":1.50}}]},
            {"role":"user","content":[{"type":"text","text":"look"},{"type":"tool_result","tool_use_id":"t2","content":"b"},
                {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"https://x/y"}}]},
                {"type":"text","text":"here"}]}]}"#,
    );
    let roles: Vec<_> = request.turns.iter().map(|turn| (turn.role, turn.parts.len())).collect();
    assert_eq!(roles, [(Role::Assistant, 2), (Role::Tool, 2), (Role::User, 2)]);
    let Content::ToolCall(call) = &request.turns[0].parts[1].content else { panic!() };
    assert_eq!(&*call.arguments, r#"{"n":1.50}"#);
    let body = encoded(&request, "claude-sonnet-4-5").body;
    let expected = r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"b"},{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"https://x/y"}}],"is_error":true},{"type":"text","text":"look"},{"type":"text","text":"here"}]}"#;
    assert!(body.contains(expected), "{body}");
}

#[test]
fn a_signature_is_native_opened_or_none() {
    let theirs = Reasoning {
        text: "hm".into(),
        state: Some(OpaqueState { issuer: Issuer::Google, bytes: "g==".into() }),
        ..Reasoning::default()
    };
    let sealed = seal(&theirs).unwrap();
    let body = format!(
        r#"{{"max_tokens":5,"messages":[{{"role":"assistant","content":[
            {{"type":"thinking","thinking":"a","signature":"sig"}},
            {{"type":"redacted_thinking","data":"xyz"}},
            {{"type":"thinking","thinking":"","signature":"{sealed}"}},
            {{"type":"thinking","thinking":"made up","signature":""}}]}}]}}"#
    );
    let request = decoded(&body);
    let reasoning: Vec<_> = request.turns[0]
        .parts
        .iter()
        .map(|part| match &part.content {
            Content::Reasoning(reasoning) => reasoning.clone(),
            _ => panic!(),
        })
        .collect();
    let state = |bytes: &str| Some(OpaqueState { issuer: Issuer::Anthropic, bytes: bytes.to_owned().into() });
    assert_eq!(reasoning[0], Reasoning { text: "a".into(), state: state("sig"), ..Reasoning::default() });
    assert_eq!(reasoning[1], Reasoning { is_redacted: true, state: state("xyz"), ..Reasoning::default() });
    assert_eq!(reasoning[2], theirs);
    assert_eq!(reasoning[3], Reasoning { text: "made up".into(), ..Reasoning::default() });
    let noted: Vec<_> = notes(&request).map(|note| note.feature).collect();
    assert_eq!(noted, [Feature::AnthropicState, Feature::AnthropicState, Feature::GoogleState]);
    // The state of another issuer, and thinking without one, do not reach Anthropic.
    let encoded = encoded(&request, "claude-sonnet-4-5");
    assert_eq!(encoded.dropped, ["messages[0].content[2].signature"]);
    let expected = r#""content":[{"type":"thinking","thinking":"a","signature":"sig"},{"type":"redacted_thinking","data":"xyz"}]"#;
    assert!(encoded.body.contains(expected), "{}", encoded.body);
}

#[test]
fn a_server_tool_is_a_hint_unless_it_is_alone_or_forced() {
    let feature = |tools: &str, choice: &str| {
        let body = format!(
            r#"{{"max_tokens":5,"messages":[{{"role":"user","content":"x"}}],"tools":[{tools}],"tool_choice":{choice}}}"#
        );
        let request = decoded(&body);
        notes(&request).map(|note| (note.feature, note.path.clone())).next().unwrap()
    };
    let search = r#"{"type":"web_search_20250305","name":"web_search"}"#;
    let code = r#"{"type":"code_execution_20250825","name":"code_execution"}"#;
    let own = r#"{"name":"f"}"#;
    let path = "tools[0]".to_owned();
    let forced = r#"{"type":"tool","name":"web_search"}"#;
    assert_eq!(feature(&format!("{search},{own}"), "null"), (Feature::WebSearch, path.clone()));
    assert_eq!(feature(&format!("{code},{own}"), "null"), (Feature::HostedTool, path.clone()));
    assert_eq!(feature(search, "null"), (Feature::ForcedWebSearch, path.clone()));
    assert_eq!(feature(code, "null"), (Feature::ForcedHostedTool, path.clone()));
    assert_eq!(feature(&format!("{search},{own}"), forced), (Feature::ForcedHostedTool, path));
}

#[test]
fn choices_of_tools() {
    let choice = |choice: &str| {
        decoded(&format!(
            r#"{{"max_tokens":5,"messages":[{{"role":"user","content":"x"}}],"tool_choice":{choice}}}"#
        ))
        .tool_choice
    };
    assert_eq!(choice(r#"{"type":"auto"}"#), Some(ToolChoice::Auto));
    assert_eq!(choice(r#"{"type":"any"}"#), Some(ToolChoice::Required));
    assert_eq!(choice(r#"{"type":"none"}"#), Some(ToolChoice::None));
    assert_eq!(choice(r#"{"type":"tool"}"#), Some(ToolChoice::Auto));
    assert_eq!(choice(r#"{"type":"tool","name":"f"}"#), Some(ToolChoice::Tool("f".into())));
    assert_eq!(choice(r#"{"type":"maybe"}"#), None);
}

#[test]
fn documents_of_every_source() {
    let mut request = decoded(
        r#"{"max_tokens":5,"messages":[{"role":"user","content":[
            {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"T","citations":{"enabled":false}},
            {"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"},"context":"c"},
            {"type":"document","source":{"type":"url","url":"https://x/a.pdf"}},
            {"type":"document","source":{"type":"file","file_id":"file_1"}},
            {"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}},
            {"type":"document","source":{"type":"content","content":[{"type":"image"}]}}]}]}"#,
    );
    let sources: Vec<_> = request.turns[0]
        .parts
        .iter()
        .map(|part| match &part.content {
            Content::Document(media) => Some(media.source.clone()),
            _ => None,
        })
        .collect();
    let expected = [
        Some(MediaSource::Base64("JVBE".into())),
        Some(MediaSource::Text("plain".into())),
        Some(MediaSource::Url("https://x/a.pdf".into())),
        Some(MediaSource::FileId("file_1".into())),
        Some(MediaSource::Text("a\nb".into())),
        None,
    ];
    assert_eq!(sources, expected);
    let noted: Vec<_> = notes(&request).map(|note| note.feature).collect();
    use Feature::{AnthropicFileId, DocumentMember, DocumentText, DocumentUrl, ForeignItem};
    assert_eq!(
        noted,
        [DocumentText, DocumentMember, DocumentUrl, AnthropicFileId, DocumentText, ForeignItem]
    );
    // At home a block that only this dialect knows is written as it came.
    request.notes.clear();
    insta::assert_snapshot!(encoded(&request, "claude-opus-4-6").body);
}
