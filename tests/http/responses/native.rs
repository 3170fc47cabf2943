//! A provider that speaks Responses itself gets the caller's bytes, and the caller its bytes (01 §8.2, 04-B5, B20).

use blackbox::{Gateway, Reply, Upstream, gateway, responses, upstream};
use serde_json::json;

use crate::dialects::{Responses, frame_data};
use crate::setup::KEY;

fn bench() -> (Upstream, Gateway) {
    let upstream = upstream().on(responses::RESPONSES, [responses::text("hello")]).start();
    let gateway = gateway().provider("openai", &upstream).start();
    (upstream, gateway)
}

fn post(gateway: &Gateway, body: &str) -> blackbox::Answer {
    gateway.request("POST", "/v1/responses").header("Content-Type", "application/json").body(body).send()
}

#[test]
fn credentials_are_checked_before_anything_else() {
    // Cases 4-1, 4-2.
    let upstream = upstream().on(responses::RESPONSES, [responses::text("hello")]).start();
    let gateway = gateway().provider("openai", &upstream).master_key(KEY).start();
    let request = || Responses.request(&gateway, "gpt-4o", false, &json!({}));
    let error = request().anonymous().send().error(401);
    assert_eq!(error.error_type, "authentication_error");
    request().bearer("wrong").header("x-api-key", KEY).send().error(401);
    request().anonymous().header("x-api-key", KEY).send().expect_status(200);
}

#[test]
fn an_empty_input_is_an_input() {
    // Case 4-5.
    let (upstream, gateway) = bench();
    post(&gateway, r#"{"model":"gpt-4o","input":""}"#).expect_status(200);
    assert_eq!(upstream.only(responses::RESPONSES).text(), r#"{"model":"gpt-4o","input":""}"#);
}

#[test]
fn the_bytes_of_a_request_stay_but_for_model_and_provider() {
    // Cases 4-6, 4-7, and 01 §8.2.
    let (upstream, gateway) = bench();
    let body = concat!(
        "{ \"background\":true, \"provider\":\"openai\",\n\"prompt_cache_key\" : \"k1\", \"x_big\":9007199254740993,",
        "\"model\":\"openai/gpt-4o\",\"reasoning\":{\"summary\":\"auto\",\"effort\":\"low\"},\"temperature\":1.10,",
        "\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":\"\\u00e9\"}],\"stream_options\":{\"include_obfuscation\":false}}"
    );
    post(&gateway, body).expect_status(200);
    let sent = upstream.only(responses::RESPONSES).text();
    let expected = body.replace("openai/gpt-4o", "gpt-4o");
    let without_provider = |text: &str| text.replace("\"provider\":\"openai\",", "").replace(['\n', ' '], "");
    assert_eq!(without_provider(&sent), without_provider(&expected));
    for exact in ["9007199254740993", "1.10", "\\u00e9", "\"prompt_cache_key\" : \"k1\""] {
        assert!(sent.contains(exact), "{exact} is not in {sent}");
    }
    assert!(!sent.contains("provider"), "{sent}");
}

#[test]
fn nothing_is_added_to_a_stream_and_one_done_ends_it() {
    // Cases 4-7, 2-39: OpenAI itself sends no `[DONE]`.
    let (upstream, gateway) = bench();
    let frames = responses::frames(&[responses::message_item("msg_0up", "po ng")], "completed");
    upstream.on(responses::RESPONSES, [Reply::stream(frames.clone())]);
    let mut stream = Responses.request(&gateway, "gpt-4o", true, &json!({})).open();
    let whole = String::from_utf8(stream.rest()).expect("text");
    assert_eq!(whole, String::from_utf8(frames.concat()).expect("text") + "data: [DONE]\n\n");
    assert_eq!(upstream.only(responses::RESPONSES).json().get("stream_options"), None);
    let mut done = frames;
    done.push(b"data: [DONE]\n\n".to_vec());
    upstream.on(responses::RESPONSES, [Reply::stream(done.clone())]);
    let whole = Responses.request(&gateway, "gpt-4o", true, &json!({})).open().rest();
    assert_eq!(whole, done.concat());
}

#[test]
fn an_unterminated_last_event_is_completed_and_an_early_end_is_not_called_one() {
    // Cases 4-8, 2-39.
    let (upstream, gateway) = bench();
    let frames = responses::frames(&[responses::message_item("msg_0up", "po ng")], "completed");
    let mut unterminated = frames.clone();
    let last = unterminated.last_mut().expect("a last frame");
    last.truncate(last.len() - 1);
    upstream.on(responses::RESPONSES, [Reply::stream(unterminated)]);
    let texts = Responses.request(&gateway, "gpt-4o", true, &json!({})).open().rest_texts();
    let (done, event) = (texts.last().map(String::as_str), texts.iter().rev().nth(1));
    assert_eq!(done, Some("data: [DONE]"), "{texts:?}");
    assert_eq!(event.and_then(|event| frame_data(event)).unwrap_or_default()["type"], "response.completed");
    let early: Vec<Vec<u8>> = frames.into_iter().take(5).collect();
    upstream.on(responses::RESPONSES, [Reply::stream(early)]);
    let all = Responses.request(&gateway, "gpt-4o", true, &json!({})).open().rest_texts().concat();
    assert!(!all.contains("[DONE]") && !all.contains("response.completed"), "{all}");
}

#[test]
fn every_member_of_a_native_answer_survives() {
    // 04-B4.
    let (upstream, gateway) = bench();
    let mut body = responses::body(&[responses::message_item("msg_0up", "hi")], "completed");
    body["x_new"] = json!({"a": [1, 2]});
    body["output"][0]["content"][0]["annotations"] = json!([]);
    upstream.on(responses::RESPONSES, [Reply::json(&body)]);
    let mut answer = post(&gateway, r#"{"model":"gpt-4o","input":"x"}"#).expect_status(200).json();
    let provider = answer.as_object_mut().expect("an object").remove("provider");
    assert_eq!(provider, Some(json!("openai")));
    assert_eq!(answer, body);
}

#[test]
fn an_error_of_a_native_provider_keeps_its_code_and_param() {
    // 04 §1.3.
    let (upstream, gateway) = bench();
    let error = json!({"error": {"message": "bad temp", "type": "x", "param": "temperature", "code": "invalid_value"}});
    upstream.on(responses::RESPONSES, [Reply::status(400).body(error.to_string())]);
    let error = post(&gateway, r#"{"model":"gpt-4o","input":"x"}"#).error(400);
    assert_eq!((error.param.as_deref(), error.code.as_deref()), (Some("temperature"), Some("invalid_value")));
}

#[test]
fn validation_is_left_to_a_native_provider() {
    // 04-B20: only what routing needs is read.
    let (upstream, gateway) = bench();
    let odd = json!({"model": "gpt-4o", "input": [{"type": "an_item_of_next_year", "x": 1}], "tools": [{"type": "new"}],
        "tool_choice": {"type": "new"}, "include": ["future.thing"], "truncation": "auto", "top_logprobs": 3});
    let answer = gateway.post("/v1/responses", &odd).send().expect_status(200);
    assert_eq!(answer.header("x-gomodel-dropped"), None);
    assert_eq!(upstream.only(responses::RESPONSES).json(), odd);
}

#[test]
fn a_conversation_and_a_previous_response_exclude_each_other() {
    // 04 §2.2; stored conversations come with their feature.
    let (upstream, gateway) = bench();
    let body =
        json!({"model": "gpt-4o", "input": "x", "conversation": "conv_1", "previous_response_id": "resp_1"});
    let error = gateway.post("/v1/responses", &body).send().error(400);
    assert_eq!(error.message, "previous_response_id cannot be used together with conversation");
    assert!(upstream.requests_to(responses::RESPONSES).is_empty());
}
