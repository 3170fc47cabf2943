use bytes::Bytes;
use catalog::DiscoveredModel;

use super::{NotAList, Page, parse};
use crate::definition::Extras;

fn page(body: &str, form: Extras) -> Page {
    parse(&Bytes::copy_from_slice(body.as_bytes()), form).unwrap()
}

fn ids(page: &Page) -> Vec<&str> {
    page.models.iter().map(|model| model.id.as_str()).collect()
}

fn metadata(model: &DiscoveredModel) -> String {
    model.metadata.as_ref().map_or_else(String::new, |metadata| serde_json::to_string(metadata).unwrap())
}

#[test]
fn every_form_of_a_list_is_read() {
    let forms = [
        r#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#,
        r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
        r#"{"models":[{"id":"a"},{"id":"b"}]}"#,
        r#" [{"id":"a"},{"id":"b"}]"#,
    ];
    for body in forms {
        assert_eq!(ids(&page(body, Extras::Standard)), ["a", "b"], "{body}");
    }
    let cloudflare = r#"{"success":true,"result":[{"id":"uuid","name":"@cf/meta/llama"}]}"#;
    assert_eq!(ids(&page(cloudflare, Extras::Standard)), ["@cf/meta/llama"]);
    assert_eq!(ids(&page(r#"{"data":[]}"#, Extras::Standard)), Vec::<&str>::new());
}

#[test]
fn what_is_no_list_says_so() {
    let error =
        |body: &'static str| parse(&Bytes::from_static(body.as_bytes()), Extras::Standard).unwrap_err();
    assert_eq!(error(r#"{"data":null}"#), NotAList::Null);
    assert_eq!(error(r#"{"ok":true}"#), NotAList::Missing);
    assert_eq!(error(r#"{"data":"x"}"#), NotAList::Missing);
    assert!(matches!(error("<html>"), NotAList::Json(_)));
    assert!(matches!(error(""), NotAList::Json(_)));
}

#[test]
fn b6_an_odd_entry_is_skipped_and_counted() {
    let body = r#"{"data":[{"id":"a","created":"soon","owned_by":7},1,{"id":""},{"id":5},null,
        {"id":"b","created":1715367049,"owned_by":"me","metadata":"x"},{"id":"c","metadata":{"context_window":{}}},
        {"id":"d","metadata":{"context_window":4096}}]}"#;
    let page = page(body, Extras::Standard);
    assert_eq!((ids(&page), page.skipped), (vec!["a", "b", "d"], 5));
    assert_eq!((page.models[0].created, &*page.models[0].owned_by), (0, ""));
    assert_eq!((page.models[1].created, &*page.models[1].owned_by), (1_715_367_049, "me"));
    assert_eq!(metadata(&page.models[2]), r#"{"context_window":4096}"#);
}

#[test]
fn b6_pages_say_where_the_next_one_begins() {
    let after = |body: &str| page(body, Extras::Standard).next.map(|next| next.value);
    assert_eq!(after(r#"{"data":[{"id":"a"}],"has_more":true,"last_id":"z"}"#).as_deref(), Some("z"));
    assert_eq!(after(r#"{"data":[{"id":"a"}],"has_more":true}"#).as_deref(), Some("a"));
    assert_eq!(after(r#"{"data":[{"id":"a"}],"has_more":false,"last_id":"z"}"#), None);
}

#[test]
fn openrouter_tells_modes_and_context() {
    let entry = |id: &str, output: &str| {
        format!(r#"{{"id":"{id}","context_length":128000,"architecture":{{"output_modalities":{output}}}}}"#)
    };
    let body = [
        entry("t", r#"["text"]"#),
        entry("i", r#"["text","image"]"#),
        entry("e", r#"["embeddings"]"#),
        entry("v", r#"["video"]"#),
        entry("s", r#"["speech"]"#),
        r#"{"id":"n"}"#.to_owned(),
    ];
    let page = page(&format!(r#"{{"data":[{}]}}"#, body.join(",")), Extras::OpenRouter);
    assert_eq!((ids(&page), page.skipped), (vec!["t", "i", "e", "s", "n"], 0));
    let modes: Vec<String> = page.models.iter().map(metadata).collect();
    assert_eq!(modes[1], r#"{"modes":["chat","image_generation"],"context_window":128000}"#);
    assert_eq!(
        (modes[2].contains("embedding"), modes[3].contains("audio_speech"), modes[4].as_str()),
        (true, true, "")
    );
    assert_eq!(&*page.models[0].owned_by, "openrouter");
}

#[test]
fn chutes_tells_limits_abilities_and_prices() {
    let body = r#"{"data":[{"id":"m","context_length":131072.0,"max_output_length":8192,"supported_features":["tools"],
        "input_modalities":["text","image","audio"],"confidential_compute":true,
        "pricing":{"prompt":0.10,"completion":"0.3","input_cache_read":-1}}]}"#;
    let page = page(body, Extras::Chutes);
    let expected = r#"{"modes":["chat","responses"],"context_window":131072,"max_output_tokens":8192,"capabilities":{"audio":true,"confidential_compute":true,"tools":true,"vision":true},"pricing":{"currency":"USD","input_per_mtok":0.10,"output_per_mtok":0.3}}"#;
    assert_eq!(metadata(&page.models[0]), expected);
}

#[test]
fn b8_azure_models_without_inference_are_left_out() {
    let body = r#"{"data":[{"id":"a","capabilities":{"inference":true}},{"id":"b","capabilities":{"inference":false}},
        {"id":"c","capabilities":{}},{"id":"d"}]}"#;
    assert_eq!(ids(&page(body, Extras::Azure)), ["a", "d"]);
}

#[test]
fn times_and_owners_of_anthropic_and_google() {
    let body = r#"{"data":[{"id":"a","created_at":"2025-02-19T00:00:00Z"},{"id":"b","created_at":"soon"}]}"#;
    let page = super::parse(&Bytes::from_static(body.as_bytes()), Extras::Anthropic).unwrap();
    let facts: Vec<_> = page.models.iter().map(|model| (model.created, &*model.owned_by)).collect();
    assert_eq!(facts, [(1_739_923_200, "anthropic"), (0, "anthropic")]);
    // Google's OpenAI form, and its form for publishers.
    for body in [
        r#"{"object":"list","data":[{"id":"models/gemini-2.5-pro","object":"model","owned_by":"x"}]}"#,
        r#"{"publisherModels":[{"name":"publishers/google/models/gemini-2.5-pro"}]}"#,
    ] {
        let page = super::parse(&Bytes::from_static(body.as_bytes()), Extras::Google).unwrap();
        assert_eq!(ids(&page), ["gemini-2.5-pro"], "{body}");
        assert_eq!(&*page.models[0].owned_by, "google");
    }
}
