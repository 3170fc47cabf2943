//! Round trips: what this dialect writes it reads again, requests and answers, whole and streamed, and any bytes are survived.

use bytes::Bytes;
use proptest::prelude::*;
use vocabulary::{Dialect, Usage};

use super::{decoded, rendering, scan, sent};
use crate::conversation::{
    Choice, Content, Issuer, OpaqueState, Part, Reasoning, Response, Stop, StopReason, ToolCall,
    ToolCallKind, fold, replay,
};
use crate::gemini::{
    GeminiRequest, StreamDecoder, StreamEncoder, StreamObserver, decode_request, decode_response,
    encode_response,
};
use crate::json::RawObject;
use crate::sse::split_burst;
use crate::translate;

#[test]
fn a_request_that_is_read_and_written_keeps_everything_that_gemini_says() {
    let body = serde_json::json!({
        "system_instruction":{"parts":[{"text":"Be brief."}]},
        "contents":[
            {"role":"user","parts":[{"text":"Weather?"},{"inline_data":{"mime_type":"image/png","data":"iVBO"}},
                {"file_data":{"mime_type":"video/mp4","file_uri":"gs://b/v"},"videoMetadata":{"fps":1}}]},
            {"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"id":"call_1","name":"weather","args":{"city":"Oslo"}},"thoughtSignature":"c2ln"}]},
            {"role":"user","parts":[{"functionResponse":{"id":"call_1","name":"weather","response":{"result":"rain"},"parts":[{"inline_data":{"mime_type":"image/png","data":"AAAA"}}]}}]},
            {"role":"model","parts":[{"executableCode":{"code":"1"}},{"text":"","thoughtSignature":"ZW5k"}]}],
        "tools":[{"functionDeclarations":[{"name":"weather","description":"d","parametersJsonSchema":{"type":"object"},"behavior":"BLOCKING"}]},{"codeExecution":{}}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]},"retrievalConfig":{"a":1}},
        "generationConfig":{"maxOutputTokens":256,"temperature":0.2,"thinkingConfig":{"thinkingLevel":"low"},"mediaResolution":"LOW"},
        "safetySettings":[],"cachedContent":"cachedContents/abc","other":{"x":[1]}
    });
    let mut request = decoded(&body.to_string());
    // The table speaks of other dialects' requests; this one comes home.
    request.notes.clear();
    assert_eq!(sent(&request, "gemini-3-pro-preview").body, body);
}

fn reasoning(text: &str, issuer: Issuer) -> Part {
    let state = Some(OpaqueState { issuer, bytes: "c3RhdGU=".into() });
    Content::Reasoning(Reasoning { text: text.into(), state, ..Reasoning::default() }).into()
}

fn part() -> impl Strategy<Value = Part> {
    let arguments = prop_oneof![Just("{}"), Just(r#"{"a":1.50}"#)];
    prop_oneof![
        "[a-zé\"\\\\]{1,6}".prop_map(Part::text),
        ("[a-z]{0,4}", prop_oneof![Just(Issuer::Google), Just(Issuer::Anthropic)])
            .prop_map(|(text, issuer)| reasoning(&text, issuer)),
        ("[a-z]{1,8}", arguments).prop_map(|(id, arguments)| {
            let (kind, name) = (ToolCallKind::Function, "f".into());
            let call = ToolCall {
                id: id.into(),
                name,
                arguments: arguments.into(),
                kind,
                namespace: None,
                item_id: None,
            };
            Content::ToolCall(call).into()
        }),
    ]
}

/// Texts with nothing or only a signature between them are one part of an answer.
fn is_mergeable(parts: &[Part]) -> bool {
    let is_bare =
        |part: &&Part| matches!(&part.content, Content::Reasoning(thought) if thought.text.is_empty());
    let shown: Vec<_> = parts.iter().filter(|part| !is_bare(part)).collect();
    shown.windows(2).any(|pair| pair[0].as_text().is_some() && pair[1].as_text().is_some())
}

proptest! {
    #[test]
    fn what_a_client_gets_it_could_have_got_from_google(parts in prop::collection::vec(part(), 1..6)) {
        prop_assume!(!is_mergeable(&parts));
        let has_called = parts.iter().any(|part| matches!(part.content, Content::ToolCall(_)));
        let stop = Some(Stop::new(if has_called { StopReason::ToolCalls } else { StopReason::End }));
        let usage = Some(Usage { input_tokens: 3, output_tokens: 4, total_tokens: 7, reasoning_tokens: 1, ..Usage::default() });
        let (id, model) = ("r".into(), "m".into());
        let response = Response { id, model, created: None, choices: vec![Choice { parts, stop }], usage, error: None };
        let whole = encode_response(&response, &mut rendering(false));
        let whole = decode_response(&RawObject::scan(whole.into()).unwrap()).unwrap();
        prop_assert_eq!(&whole.choices, &response.choices);
        prop_assert_eq!(whole.usage, response.usage);

        let (mut encoder, mut out) = (StreamEncoder::new(rendering(false)), Vec::new());
        replay(response.clone()).into_iter().for_each(|event| encoder.encode(event, &mut out));
        encoder.finish(&mut out);
        let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
        let burst = split_burst(&Bytes::from(out)).unwrap();
        burst.ranges().for_each(|range| decoder.decode(&burst.bytes().slice(range), &mut events));
        decoder.finish(&mut events);
        let streamed = fold(events);
        prop_assert_eq!(&streamed.choices, &response.choices);
        prop_assert_eq!((streamed.usage, streamed.id), (response.usage, response.id));
    }

    #[test]
    fn any_json_is_survived(text in json_like()) {
        if let Ok(object) = RawObject::scan(Bytes::from(text.clone())) {
            if let Ok(request) = decode_request(&object) {
                let _ = translate::encode_request(&request, Dialect::Gemini, &super::target("gemini-3-pro"));
            }
            let _ = decode_response(&object);
        }
        let frame = super::frame(&text);
        let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
        decoder.decode(&frame, &mut events);
        decoder.finish(&mut events);
        StreamObserver::default().see(&frame);
        if let Ok(request) = GeminiRequest::decode(text.into(), "m", false) {
            let edited = request.edit_for_upstream("gemini-3-pro").finish().concat();
            prop_assert!(RawObject::scan(edited.into()).is_ok());
        }
    }
}

/// Bodies in the dialect's own words with values of any kind.
fn json_like() -> impl Strategy<Value = String> {
    const NAMES: [&str; 26] = [
        "contents",
        "parts",
        "role",
        "text",
        "thought",
        "thoughtSignature",
        "functionCall",
        "functionResponse",
        "name",
        "args",
        "id",
        "response",
        "result",
        "inlineData",
        "mimeType",
        "data",
        "candidates",
        "content",
        "finishReason",
        "usageMetadata",
        "generationConfig",
        "tools",
        "functionDeclarations",
        "parameters",
        "type",
        "items",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1.50".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"STOP\"".to_owned()),
        Just("\"image/png\"".to_owned()),
        Just("\"Z29tb2RlbDE6eyJpc3N1ZXIiOiJhbnRocm9waWMiLCJzdGF0ZSI6InMifQ==\"".to_owned()),
        Just("\"OBJECT\"".to_owned()),
    ];
    let value = leaf.prop_recursive(6, 48, 4, |inner| {
        let members = prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(|elements| format!("[{}]", elements.join(","))),
            members.prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    (value.clone(), value).prop_map(|(parts, more)| {
        format!(
            r#"{{"contents":[{{"role":"model","parts":[{parts}]}}],"candidates":[{{"content":{{"parts":[{parts}]}}}}],"tools":[{more}],"generationConfig":{more}}}"#
        )
    })
}

#[test]
fn a_sealed_state_comes_back_through_a_clients_history() {
    let claude = reasoning("hm", Issuer::Anthropic);
    let parts = vec![claude.clone(), Part::text("ok")];
    let choices = vec![Choice { parts: parts.clone(), stop: Some(Stop::new(StopReason::End)) }];
    let answer = encode_response(&Response { choices, ..Response::default() }, &mut rendering(false));
    let answer = RawObject::scan(answer.into()).unwrap();
    let content =
        answer.get("candidates").unwrap().elements().next().unwrap().get("content").unwrap().raw().to_owned();
    let request = decode_request(&scan(&format!(r#"{{"contents":[{content}]}}"#))).unwrap();
    assert_eq!(request.turns[0].parts, parts);
}
