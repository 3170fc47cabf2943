use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use tokio::time::Instant;
use upstream::{Answer, BodyError, HeaderList, RequestBody, RequestHead};

use super::{NOTICE, answer};
use crate::adapt::CallContext;
use crate::fixture::{declared, prepare_chat};
use crate::instance::Instance;

fn call(path: &'static str, body: &Value) -> Answer {
    let head = RequestHead {
        method: Method::POST,
        path: PathAndQuery::from_static(path),
        headers: HeaderList::new(),
    };
    answer(&head, &RequestBody::from(Bytes::from(body.to_string())))
}

async fn whole(body: &Value) -> (u16, Value) {
    let answer = call("/chat/completions", body);
    let status = answer.status.as_u16();
    let body = answer.body.collect_limited(1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// The chunks of a stream, and how it ended.
async fn chunks(body: &Value) -> (Vec<String>, Option<BodyError>) {
    let mut body = call("/chat/completions", body).body;
    let mut chunks = Vec::new();
    loop {
        match body.next_chunk().await {
            Some(Ok(frame)) => {
                let text = String::from_utf8(frame.to_vec()).unwrap();
                chunks.push(text.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap().to_owned());
            }
            Some(Err(error)) => return (chunks, Some(error)),
            None => return (chunks, None),
        }
    }
}

fn text_of(chunks: &[String]) -> String {
    let deltas = chunks.iter().filter_map(|chunk| serde_json::from_str::<Value>(chunk).ok());
    deltas
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/content")?.as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn echo_repeats_the_last_user_text_and_counts_words() {
    let body = json!({"model": "echo", "messages": [
        {"role": "user", "content": "first"}, {"role": "assistant", "content": "no"},
        {"role": "user", "content": [{"type": "text", "text": "hello there"}, {"type": "image_url", "image_url": {}}]},
    ]});
    let (status, answer) = whole(&body).await;
    let text = format!("{NOTICE} You said: hello there");
    assert_eq!(status, 200);
    assert_eq!(answer["choices"][0]["message"]["content"], text);
    assert_eq!(answer["usage"], json!({"prompt_tokens": 4, "completion_tokens": 22, "total_tokens": 26}));
    assert_eq!(whole(&body).await.1, answer);
}

#[tokio::test]
async fn a_stream_joins_to_the_whole_answer() {
    let mut body = json!({"model": "echo", "messages": [{"role": "user", "content": "a  b\nc"}]});
    let text = whole(&body).await.1["choices"][0]["message"]["content"].clone();
    body["stream"] = true.into();
    let (plain, error) = chunks(&body).await;
    assert!(error.is_none());
    assert_eq!(
        (text_of(&plain), plain.last().map(String::as_str)),
        (text.as_str().unwrap().to_owned(), Some("[DONE]"))
    );
    assert!(!plain.iter().any(|chunk| chunk.contains("usage")));
    body["stream_options"] = json!({"include_usage": true});
    let (asked, _) = chunks(&body).await;
    let usage: Value = serde_json::from_str(&asked[asked.len() - 2]).unwrap();
    assert_eq!((&usage["choices"], &usage["usage"]["prompt_tokens"]), (&json!([]), &json!(3)));
}

#[tokio::test(start_paused = true)]
async fn the_story_has_two_hundred_words_at_fifty_a_second() {
    let begun = Instant::now();
    let (told, error) = chunks(&json!({"model": "story", "stream": true, "messages": []})).await;
    assert!(error.is_none());
    let text = text_of(&told);
    assert!(text.starts_with(NOTICE));
    assert_eq!(text.split_whitespace().count(), 200);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(3_900) && took <= Duration::from_millis(4_300), "{took:?}");
}

#[tokio::test]
async fn tools_are_called_once_and_answered_from() {
    let tool = json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "unit": {"enum": ["c", "f"]}, "x": {}},
        "required": ["city", "days", "unit"]}}});
    let mut body =
        json!({"model": "tools", "tools": [tool], "messages": [{"role": "user", "content": "hi"}]});
    let (_, first) = whole(&body).await;
    let call = &first["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(first["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(call["function"]["name"], "weather");
    assert_eq!(call["function"]["arguments"], r#"{"city":"demo","days":1,"unit":"c"}"#);
    body["messages"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "tool", "tool_call_id": "call_demo", "content": "sunny"}));
    let (_, second) = whole(&body).await;
    assert_eq!(second["choices"][0]["message"]["content"], format!("{NOTICE} The tool answered: sunny"));
    assert_eq!(second["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn failures_can_be_ordered() {
    let (status, body) = whole(&json!({"model": "error-503", "messages": []})).await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("demo_error")));
    for odd in ["error-200", "error-x", "nope"] {
        assert_eq!(whole(&json!({"model": odd, "messages": []})).await.0, 404, "{odd}");
    }
    let (cut, error) = chunks(&json!({"model": "cut", "stream": true, "messages": []})).await;
    assert_eq!(cut.len(), 3);
    assert!(matches!(error, Some(BodyError::Closed { .. })));
    let whole = call("/chat/completions", &json!({"model": "cut", "messages": []}));
    assert!(whole.body.collect_limited(1 << 20).await.is_err());
}

#[tokio::test]
async fn embeddings_are_the_same_number_in_every_encoding() {
    let answer = call("/embeddings", &json!({"model": "embed", "input": ["one text", "two", "one text"]}));
    let body: Value = serde_json::from_slice(&answer.body.collect_limited(1 << 20).await.unwrap()).unwrap();
    let vector = |index: usize| -> Vec<f64> {
        serde_json::from_value(body["data"][index]["embedding"].clone()).unwrap()
    };
    assert_eq!(vector(0).len(), 64);
    assert_eq!(vector(0), vector(2));
    assert_ne!(vector(0), vector(1));
    assert!(vector(1).iter().all(|number| f64::from(*number as f32) == *number));
    assert_eq!(body["usage"], json!({"prompt_tokens": 5, "total_tokens": 5}));
}

#[tokio::test]
async fn the_demo_is_called_like_any_instance() {
    let mut declared = declared(&[("DEMO_PROVIDER_ENABLED", "auto")], "");
    let demo = Instance::new(declared.instances.remove(0), &runtime::Supervisor::new()).unwrap();
    let body = Bytes::from_static(br#"{"model":"demo/echo","messages":[{"role":"user","content":"x"}]}"#);
    let request_id = HeaderValue::from_static("r");
    let context = CallContext {
        request_id: &request_id,
        traceparent: None,
        tracestate: None,
        user_path: None,
        session_id: None,
        client_headers: None,
        private_header: None,
        client_query: None,
    };
    let prepared = prepare_chat(&demo, body, "echo", context);
    let answer = demo.send(&prepared.head, &prepared.body, demo.deadlines_for(false)).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.headers.get_str("content-type")),
        (200, Some("application/json"))
    );
}
