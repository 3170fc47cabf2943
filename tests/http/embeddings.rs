//! `POST /v1/embeddings` (spec 01 §10).

use blackbox::{Gateway, Reply, Upstream, openai, upstream};
use serde_json::{Value, json};

fn bench() -> (Upstream, Gateway) {
    let upstream = upstream().models(&["text-embedding-3-small"]).start();
    let gateway = crate::setup::one(&upstream);
    (upstream, gateway)
}

fn vector(gateway: &Gateway, encoding: Option<&str>) -> Value {
    let mut body = json!({"model": "text-embedding-3-small", "input": "x"});
    if let Some(encoding) = encoding {
        body["encoding_format"] = encoding.into();
    }
    let answer = gateway.post("/v1/embeddings", &body).send().expect_status(200).json();
    answer["data"][0]["embedding"].clone()
}

#[test]
fn vectors_come_in_the_encoding_that_was_asked_for() {
    // Case 1-51.
    let (upstream, gateway) = bench();
    let (floats, text) = (json!([1, 2, 3]), json!("AACAPwAAAEAAAEBA"));
    for (given, asked, expected) in [
        (&floats, Some("base64"), &text),
        (&floats, Some("BASE64"), &text),
        (&text, Some("base64"), &text),
        (&text, None, &json!([1.0, 2.0, 3.0])),
        (&text, Some("float"), &json!([1.0, 2.0, 3.0])),
        (&floats, None, &floats),
        (&json!("not base64!"), None, &json!("not base64!")),
        (&json!("AAA="), None, &json!("AAA=")),
        (&Value::Null, None, &Value::Null),
    ] {
        upstream.on("/v1/embeddings", [openai::embeddings(given)]);
        let found = vector(&gateway, asked);
        let numbers = |value: &Value| {
            value.as_array().map(|list| list.iter().filter_map(Value::as_f64).collect::<Vec<_>>())
        };
        let same = found == *expected || (numbers(&found).is_some() && numbers(&found) == numbers(expected));
        assert!(same, "{given} asked as {asked:?} became {found}");
    }
}

#[test]
fn the_request_keeps_its_bytes_and_the_answer_its_members() {
    let (upstream, gateway) = bench();
    let body = r#"{ "input":[[1,2],[3]],"model":"openai/text-embedding-3-small" , "dimensions":8,"input_type":"q","x":1.0}"#;
    let reply = r#"{"object":"list","x":{"y":1.50},"model":"m","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25],"z":1}],"usage":{"prompt_tokens":3,"total_tokens":3,"w":1}}"#;
    upstream.on("/v1/embeddings", [Reply::status(200).body(reply)]);
    let answer = gateway.request("POST", "/v1/embeddings").body(body).send().expect_status(200);
    let sent = upstream.requests_to("/v1/embeddings").remove(0).text();
    assert_eq!(sent, body.replace("openai/text", "text"));
    let text = answer.text();
    assert_eq!(text.replacen(",\"provider\":\"openai\"", "", 1), reply, "{text}");
}

#[test]
fn numbers_of_untouched_vectors_keep_their_spelling() {
    let (upstream, gateway) = bench();
    let reply = r#"{"object":"list","model":"m","data":[{"embedding":[0.10,1e-7,-0.0,1.0]}]}"#;
    upstream.on("/v1/embeddings", [Reply::status(200).body(reply)]);
    let body = json!({"model": "text-embedding-3-small", "input": "x"});
    let text = gateway.post("/v1/embeddings", &body).send().expect_status(200).text();
    assert!(text.contains("[0.10,1e-7,-0.0,1.0]"), "{text}");
}

#[test]
fn embeddings_have_the_errors_of_every_model_call() {
    let (upstream, gateway) = bench();
    let post = |body: Value| gateway.post("/v1/embeddings", &body).send();
    assert_eq!(post(json!({"input": "x"})).error(400).message, "model is required");
    assert_eq!(
        post(json!({"model": "nope", "input": "x"})).error(404).code.as_deref(),
        Some("model_not_found")
    );
    upstream.on("/v1/embeddings", [openai::error(400, "too long", "context")]);
    let error = post(json!({"model": "text-embedding-3-small", "input": "x"})).error(400);
    assert_eq!((error.message.as_str(), error.code.as_deref()), ("too long", Some("context")));
    upstream
        .on("/v1/embeddings", [Reply::status(503), Reply::status(503), openai::embeddings(&json!([1.0]))]);
    post(json!({"model": "text-embedding-3-small", "input": "x"})).expect_status(200);
}
