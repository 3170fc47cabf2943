//! Requests of clients: what becomes of each member, what is noted, what is refused.

use super::{decoded, scan};
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Effort, Issuer, MediaSource, OpaqueState, OutputFormat, Part, Reasoning, ReasoningMode, Request,
    Role, ToolChoice, ToolKind, seal,
};
use crate::gemini::decode_request;

fn with_parts(role: &str, parts: &str) -> Request {
    decoded(&format!(r#"{{"contents":[{{"role":"{role}","parts":[{parts}]}}]}}"#))
}

fn notes(request: &Request) -> Vec<(Feature, &str)> {
    request.notes.iter().map(|note| (note.feature, &*note.path)).collect()
}

fn configured(config: &str) -> Request {
    decoded(&format!(r#"{{"contents":[],"generationConfig":{config}}}"#))
}

#[test]
fn a_whole_request_is_read_in_both_spellings() {
    let camel = r#"{"systemInstruction":{"parts":[{"text":"Be brief."}]},
        "contents":[{"parts":[{"text":"Weather?"},{"inlineData":{"mimeType":"image/png","data":"iV-_"}}]},
          {"role":"model","parts":[{"thought":true,"text":"hm"},{"functionCall":{"name":"weather","args":{"n":1.50}},"thoughtSignature":"c2ln"}]},
          {"role":"function","parts":[{"functionResponse":{"name":"weather","response":{"result":"rain"}}}]}],
        "tools":[{"functionDeclarations":[{"name":"weather","description":"d","parametersJsonSchema":{"type":"object"}}]}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}},
        "generationConfig":{"maxOutputTokens":256,"topP":0.20,"stopSequences":["END"]},
        "safetySettings":[],"cachedContent":"cachedContents/abc"}"#;
    let snake = [
        ("systemInstruction", "system_instruction"),
        ("inlineData", "inline_data"),
        ("mimeType", "mime_type"),
        ("functionCall\"", "function_call\""),
        ("thoughtSignature", "thought_signature"),
        ("functionResponse", "function_response"),
        ("functionDeclarations", "function_declarations"),
        ("parametersJsonSchema", "parameters_json_schema"),
        ("toolConfig", "tool_config"),
        ("functionCallingConfig", "function_calling_config"),
        ("allowedFunctionNames", "allowed_function_names"),
        ("generationConfig", "generation_config"),
        ("maxOutputTokens", "max_output_tokens"),
        ("topP", "top_p"),
        ("stopSequences", "stop_sequences"),
        ("safetySettings", "safety_settings"),
        ("cachedContent\"", "cached_content\""),
    ];
    let snake = snake.iter().fold(camel.to_owned(), |text, (camel, snake)| text.replace(camel, snake));
    let request = decoded(camel);
    assert_eq!(request, decoded(&snake));
    insta::assert_debug_snapshot!(request);
}

#[test]
fn results_without_ids_find_their_calls() {
    let request = decoded(
        r#"{"contents":[
        {"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"id":"own","name":"g"}},{"functionCall":{"name":"f","args":null}}]},
        {"role":"user","parts":[{"text":"and?"},{"functionResponse":{"name":"f","response":{"output":"1"}}},{"functionResponse":{"id":"own","name":"g"}},{"functionResponse":{"name":"f","response":{"error":"no"}}}]}]}"#,
    );
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::Assistant, Role::Tool, Role::User]);
    let ids = request.turns[1].parts.iter().map(|part| match &part.content {
        Content::ToolResult(result) => (result.call_id.to_string(), result.content.clone(), result.is_error),
        _ => panic!("a result"),
    });
    let ids: Vec<_> = ids.collect();
    assert_eq!(
        ids,
        [
            ("call_0_0".into(), vec![Part::text("1")], false),
            ("own".into(), vec![], false),
            ("call_0_2".into(), vec![Part::text("no")], true),
        ]
    );
    assert_eq!(
        notes(&request),
        [(Feature::ToolError, "contents[1].parts[3].functionResponse.response.error")]
    );
}

#[test]
fn what_a_result_says() {
    let cases = [
        (r#"{"result":"sunny"}"#, Some("sunny"), false),
        (r#"{"output":"sunny"}"#, Some("sunny"), false),
        (r#"{"result":[1]}"#, Some(r#"{"result":[1]}"#), false),
        (r#"{"t": 1.0}"#, Some(r#"{"t": 1.0}"#), false),
        (r#"{"result":"a","more":1}"#, Some(r#"{"result":"a","more":1}"#), false),
        (r#"{"error":{"code":7}}"#, Some(r#"{"code":7}"#), true),
        ("{}", None, false),
        ("null", None, false),
    ];
    for (response, expected, expected_error) in cases {
        let request = with_parts(
            "user",
            &format!(r#"{{"functionResponse":{{"id":"1","name":"f","response":{response}}}}}"#),
        );
        let Content::ToolResult(result) = &request.turns[0].parts[0].content else { panic!("a result") };
        let said = result.content.first().and_then(Part::as_text).map(|text| &**text);
        assert_eq!((said, result.is_error), (expected, expected_error), "{response}");
    }
}

#[test]
fn signatures_become_reasoning_before_the_part_that_carried_them() {
    let google = |text: &str, bytes: &str| Reasoning {
        text: text.into(),
        state: Some(OpaqueState { issuer: Issuer::Google, bytes: bytes.into() }),
        ..Reasoning::default()
    };
    let claude = Reasoning {
        text: "hm hm".into(),
        state: Some(OpaqueState { issuer: Issuer::Anthropic, bytes: "sig".into() }),
        ..Reasoning::default()
    };
    let sealed = seal(&claude).unwrap();
    let cases = [
        (r#"{"text":"a","thoughtSignature":"s"}"#.to_owned(), vec![google("", "s")], 1),
        (r#"{"text":"a"},{"text":"","thoughtSignature":"s"}"#.to_owned(), vec![google("", "s")], 1),
        (
            r#"{"thought":true,"text":"b"},{"thought":true,"text":"c"},{"text":"a","thoughtSignature":"s"}"#
                .to_owned(),
            vec![google("bc", "s")],
            1,
        ),
        (r#"{"thought":true,"text":"b","thoughtSignature":"s"}"#.to_owned(), vec![google("b", "s")], 0),
        (
            format!(r#"{{"thought":true,"text":"hm hm"}},{{"text":"a","thoughtSignature":"{sealed}"}}"#),
            vec![claude.clone()],
            1,
        ),
        (
            format!(r#"{{"functionCall":{{"name":"f"}},"thoughtSignature":"{sealed}"}}"#),
            vec![claude.clone()],
            1,
        ),
        (
            r#"{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}"#
                .to_owned(),
            vec![],
            1,
        ),
    ];
    for (parts, expected, others) in cases {
        let request = with_parts("model", &parts);
        let all = &request.turns[0].parts;
        let found = all.iter().filter_map(|part| match &part.content {
            Content::Reasoning(reasoning) => Some(reasoning.clone()),
            _ => None,
        });
        let found: Vec<_> = found.collect();
        assert_eq!((&found, all.len() - found.len()), (&expected, others), "{parts}");
        let noted = request.notes.iter().filter(|note| note.path.ends_with(".thoughtSignature")).count();
        assert_eq!(noted, expected.len(), "{parts}");
    }
}

#[test]
fn media_are_read_by_their_type() {
    use Feature::{Audio, Document, DocumentText, DocumentUrl, GoogleFile, ImageUrl, Video};
    let cases = [
        (r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#, "image", None),
        (r#"{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}"#, "audio", Some(Audio)),
        (r#"{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}}"#, "video", Some(Video)),
        (r#"{"inlineData":{"mimeType":"application/pdf","data":"AAAA"}}"#, "document", Some(Document)),
        (r#"{"inlineData":{"mimeType":"text/csv","data":"YSxi"}}"#, "document", Some(DocumentText)),
        (r#"{"fileData":{"mimeType":"image/png","fileUri":"https://x/y.png"}}"#, "image", Some(ImageUrl)),
        (
            r#"{"fileData":{"mimeType":"application/pdf","fileUri":"https://x/y"}}"#,
            "document",
            Some(DocumentUrl),
        ),
        (r#"{"fileData":{"mimeType":"image/png","fileUri":"gs://b/y.png"}}"#, "image", Some(GoogleFile)),
        (
            r#"{"fileData":{"mimeType":"audio/mp3","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/a"}}"#,
            "audio",
            Some(GoogleFile),
        ),
        (r#"{"file_data":{"file_uri":"https://www.youtube.com/watch?v=1"}}"#, "video", Some(Video)),
    ];
    for (part, expected, feature) in cases {
        let request = with_parts("user", part);
        let kind = match &request.turns[0].parts[0].content {
            Content::Image(_) => "image",
            Content::Audio(_) => "audio",
            Content::Video(_) => "video",
            Content::Document(media) => {
                assert!(feature != Some(DocumentText) || media.source == MediaSource::Text("a,b".into()));
                "document"
            }
            _ => "other",
        };
        let noted = request.notes.first().map(|note| note.feature);
        assert_eq!(
            (kind, noted, request.notes.len()),
            (expected, feature, usize::from(feature.is_some())),
            "{part}"
        );
    }
}

#[test]
fn what_only_gemini_knows_is_kept_and_noted() {
    let request = decoded(
        r#"{"newThing":1,"contents":[{"role":"model","parts":[{"executableCode":{"code":"x"}},{"text":"a","mediaResolution":{"level":"L"}}]}],
        "tools":[{"googleSearch":{},"codeExecution":{},"functionDeclarations":[{"name":"f","behavior":"BLOCKING"}]},{"urlContext":{}}],
        "toolConfig":{"retrievalConfig":{"a":1}},"generationConfig":{"speechConfig":{},"responseModalities":["TEXT","IMAGE"]},
        "safetySettings":[],"labels":{"a":"b"},"serviceTier":"FLEX","store":false,"model":"models/x"}"#,
    );
    let expected = [
        (Feature::UnknownMember, "newThing"),
        (Feature::ForeignItem, "contents[0].parts[0]"),
        (Feature::UnknownMember, "contents[0].parts[1].mediaResolution"),
        (Feature::WebSearch, "tools[0].googleSearch"),
        (Feature::HostedTool, "tools[0].codeExecution"),
        (Feature::ToolMember, "tools[0].functionDeclarations[0].behavior"),
        (Feature::HostedTool, "tools[1].urlContext"),
        (Feature::UnknownMember, "toolConfig.retrievalConfig"),
        (Feature::UnknownMember, "generationConfig.speechConfig"),
        (Feature::OutputModalities, "generationConfig.responseModalities"),
        (Feature::SafetySettings, "safetySettings"),
        (Feature::Metadata, "labels"),
        (Feature::ServiceTier, "serviceTier"),
        (Feature::Store, "store"),
    ];
    assert_eq!(notes(&request), expected);
    let kept: Vec<_> = request.extras.unwrap().members.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(kept, ["newThing", "toolConfig.retrievalConfig", "generationConfig.speechConfig"]);
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
}

#[test]
fn the_form_of_the_answer() {
    let json = r#""responseMimeType":"application/json""#;
    assert_eq!(configured(&format!("{{{json}}}")).output, OutputFormat::JsonObject);
    assert_eq!(configured(r#"{"responseMimeType":"text/plain"}"#).output, OutputFormat::Text);
    let google = configured(&format!(
        r#"{{{json},"responseSchema":{{"type":"OBJECT","nullable":true,"properties":{{"type":{{"type":"STRING","enum":["A"]}},
        "l":{{"type":"ARRAY","min_items":"1","items":{{"any_of":[{{"type":"INTEGER","format":"int32"}},{{"type":"NULL"}}]}}}}}},"required":["l"],"propertyOrdering":["l"]}}}}"#
    ));
    let OutputFormat::JsonSchema { schema, .. } = google.output else { panic!("a schema") };
    let schema: serde_json::Value = serde_json::from_str(schema.as_str()).unwrap();
    let expected = serde_json::json!({"type":["object","null"],"properties":{"type":{"type":"string","enum":["A"]},
        "l":{"type":"array","minItems":1,"items":{"anyOf":[{"type":"integer","format":"int32"},{"type":"null"}]}}},"required":["l"]});
    assert_eq!(schema, expected);
    let own = configured(r#"{"response_json_schema":{"type":"object"}}"#);
    assert!(matches!(own.output, OutputFormat::JsonSchema { .. }));
    let listed = configured(r#"{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING"}}"#);
    assert_eq!(notes(&listed), [(Feature::OutputModalities, "generationConfig.responseMimeType")]);
}

#[test]
fn a_schema_nested_to_the_limit_is_converted_without_recursion() {
    let depth = 120;
    let nested = (0..depth)
        .fold(r#"{"type":"STRING"}"#.to_owned(), |inner, _| format!(r#"{{"type":"ARRAY","items":{inner}}}"#));
    let request = configured(&format!(r#"{{"responseSchema":{nested}}}"#));
    let OutputFormat::JsonSchema { schema, .. } = request.output else { panic!("a schema") };
    assert_eq!(schema.as_str().matches("array").count(), depth);
}

#[test]
fn thinking_is_read_as_a_wish() {
    use ReasoningMode::{Adaptive, Disabled, Enabled};
    let cases = [
        (r#"{"thinkingBudget":-1}"#, Some(Adaptive), None, None),
        (r#"{"thinkingBudget":0}"#, Some(Disabled), None, None),
        (r#"{"thinking_budget":"512"}"#, Some(Enabled), Some(512), None),
        (r#"{"thinkingLevel":"HIGH","includeThoughts":true}"#, None, None, Some(Effort::High)),
        (r#"{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}"#, None, None, None),
    ];
    for (config, mode, budget, effort) in cases {
        let wish = configured(&format!(r#"{{"thinkingConfig":{config}}}"#)).reasoning.unwrap();
        assert_eq!((wish.mode, wish.budget_tokens, wish.effort), (mode, budget, effort), "{config}");
    }
}

#[test]
fn tool_modes_and_names() {
    let choice = |config: &str| {
        decoded(&format!(r#"{{"contents":[],"toolConfig":{{"functionCallingConfig":{config}}}}}"#))
            .tool_choice
    };
    assert_eq!(choice(r#"{"mode":"AUTO"}"#), Some(ToolChoice::Auto));
    assert_eq!(choice(r#"{"mode":"VALIDATED"}"#), Some(ToolChoice::Auto));
    assert_eq!(choice(r#"{"mode":"any"}"#), Some(ToolChoice::Required));
    assert_eq!(choice(r#"{"mode":"NONE"}"#), Some(ToolChoice::None));
    assert_eq!(choice(r#"{"mode":"ANY","allowedFunctionNames":["f"]}"#), Some(ToolChoice::Tool("f".into())));
    let names = vec!["f".into(), "g".into()];
    let allowed = ToolChoice::Allowed { is_required: true, names };
    assert_eq!(choice(r#"{"mode":"ANY","allowedFunctionNames":["f","g"]}"#), Some(allowed));
    assert_eq!(choice("{}"), None);
}

#[test]
fn googles_parameters_become_json_schema() {
    let request = decoded(
        r#"{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"nullable":{"type":"BOOLEAN"}}}},{"name":"g"}]}]}"#,
    );
    let ToolKind::Function { parameters: Some(parameters), .. } = &request.tools[0].kind else { panic!("f") };
    assert_eq!(parameters.as_str(), r#"{"type":"object","properties":{"nullable":{"type":"boolean"}}}"#);
    assert_eq!(request.tools[1].path, "tools[0].functionDeclarations[1]");
}

#[test]
fn a_refusal_names_the_member() {
    let cases = [
        ("{}", "contents"),
        (r#"{"contents":{}}"#, "contents"),
        (r#"{"contents":[1]}"#, "contents[0]"),
        (r#"{"contents":[{"role":"boss","parts":[]}]}"#, "contents[0].role"),
        (r#"{"contents":[{"parts":[{"text":"a"},{"text":1}]}]}"#, "contents[0].parts[1].text"),
        (r#"{"contents":[{"parts":[{}]}]}"#, "contents[0].parts[0]"),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":" "}}]}]}"#,
            "contents[0].parts[0].functionCall.name",
        ),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}"#,
            "contents[0].parts[0].functionCall.args",
        ),
        (
            r#"{"contents":[{"parts":[{"functionResponse":{"name":"f"}}]}]}"#,
            "contents[0].parts[0].functionResponse",
        ),
        (
            r#"{"contents":[{"parts":[{"inlineData":{"data":"A"}}]}]}"#,
            "contents[0].parts[0].inlineData.mimeType",
        ),
        (r#"{"contents":[],"generationConfig":{"seed":"x"}}"#, "generationConfig.seed"),
        (r#"{"contents":[],"generationConfig":{"maxOutputTokens":-1}}"#, "generationConfig.maxOutputTokens"),
        (
            r#"{"contents":[],"generationConfig":{"responseMimeType":"a/b"}}"#,
            "generationConfig.responseMimeType",
        ),
        (
            r#"{"contents":[],"generationConfig":{"thinkingConfig":{"thinkingLevel":"x"}}}"#,
            "generationConfig.thinkingConfig.thinkingLevel",
        ),
        (
            r#"{"contents":[],"tools":[{"functionDeclarations":[{"name":"f"},{}]}]}"#,
            "tools[0].functionDeclarations[1].name",
        ),
        (
            r#"{"contents":[],"toolConfig":{"functionCallingConfig":{"mode":"MAYBE"}}}"#,
            "toolConfig.functionCallingConfig.mode",
        ),
        (
            r#"{"contents":[],"systemInstruction":{"parts":[{"inlineData":{}}]}}"#,
            "systemInstruction.parts[0]",
        ),
    ];
    let mut table = String::new();
    for (body, param) in cases {
        let error = decode_request(&scan(body)).expect_err(body);
        assert_eq!((error.status(), error.param()), (400, Some(param)), "{body}");
        table.push_str(&format!("{body}\n    {}\n", error.message()));
    }
    insta::assert_snapshot!(table);
}
