//! `POST /v1/chat/completions`, whole answers: what goes upstream and what comes back (spec 01 §§7.3, 8; 02 §3).

use blackbox::{Reply, gateway, openai, upstream};
use serde_json::{Value, json};

use crate::setup::{KEY, one, standard};

/// Sends a body as text and returns what reached the upstream, as text.
fn forwarded(body: &str) -> String {
    let upstream = upstream().models(&["gpt-4o", "o3-mini", "gpt-50", "gpt-5-chat-latest"]).start();
    let gateway = one(&upstream);
    gateway.request("POST", "/v1/chat/completions").body(body).send().expect_status(200);
    upstream.only_chat().text()
}

#[test]
fn the_qualifier_is_removed_and_the_provider_hint_is_not_sent() {
    // Cases 1-24, 1-25 first half.
    for body in [
        r#"{"model":"openai/gpt-4o","messages":[]}"#,
        r#"{"provider":"openai","model":"openai/gpt-4o","messages":[]}"#,
        r#"{"provider":"openai","model":"gpt-4o","messages":[]}"#,
        r#"{"model":" gpt-4o ","messages":[]}"#,
    ] {
        let sent: Value = serde_json::from_str(&forwarded(body)).expect("JSON");
        assert_eq!(sent, json!({"model": "gpt-4o", "messages": []}), "{body}");
    }
}

#[test]
fn an_explicit_provider_wins_over_the_prefix() {
    // Case 1-25, second half.
    let standard = standard();
    let body = json!({"provider": "groq", "model": "openai/gpt-oss-120b", "messages": []});
    standard.gateway.post("/v1/chat/completions", &body).send().expect_status(200);
    assert_eq!(standard.groq.only_chat().json()["model"], "openai/gpt-oss-120b");
    assert!(standard.openai.chats().is_empty());
}

#[test]
fn nothing_but_the_model_changes_in_the_bytes_of_a_body() {
    // Cases 1-31, 1-32, 1-36: unknown members at every level, zeros, falses, nulls, spacing, order, escapes.
    let body = r#"{ "z_unknown" : {"b":1e3, "a":[1.0, 1152921504606846976]},  "model":"openai/gpt-4o","temperature":0,
 "parallel_tool_calls":false,"top_p":null,"messages":[{"role":"user","name":"\u0061nn","x":1,"content":[{"type":"text","text":"h\/i","cache_control":{"type":"ephemeral"}}]},
 {"role":"assistant","content":"","tool_calls":[{"id":"c","y":2,"type":"function","function":{"name":"f","arguments":"{ }","z":3}}]}],
 "tools":[{"type":"function","function":{"name":"f","parameters":{"b":{},"a":{}}}}], "seed" : 0 }"#;
    assert_eq!(forwarded(body), body.replace("openai/gpt-4o", "gpt-4o"));
    let unqualified = body.replace("openai/gpt-4o", "gpt-4o");
    assert_eq!(forwarded(&unqualified), unqualified);
}

#[test]
fn of_a_duplicated_member_the_last_one_routes_and_is_sent() {
    // B7.
    let sent = forwarded(r#"{"model":"nope","messages":[],"model":"openai/gpt-4o"}"#);
    assert_eq!(sent.matches("model").count(), 1, "{sent}");
    let sent: Value = serde_json::from_str(&sent).expect("JSON");
    assert_eq!(sent, json!({"model": "gpt-4o", "messages": []}));
}

#[test]
fn a_provider_object_is_no_hint_and_is_kept() {
    // B7.
    let body = r#"{"model":"gpt-4o","provider":{"order":["a"]},"messages":[]}"#;
    assert_eq!(forwarded(body), body);
}

#[test]
fn input_parts_get_their_chat_names() {
    // Case 1-33; ours: nothing else of the part changes on the raw path (01 §8.2, edit 4).
    let body = r#"{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"https://h/i.png"}]}]}"#;
    let sent: Value = serde_json::from_str(&forwarded(body)).expect("JSON");
    let parts = &sent["messages"][0]["content"];
    assert_eq!(parts[0], json!({"type": "text", "text": "x"}));
    assert_eq!(parts[1]["type"], "image_url");
    let url = parts[1]["image_url"]["url"].as_str().or(parts[1]["image_url"].as_str());
    assert_eq!(url, Some("https://h/i.png"));
}

#[test]
fn parts_that_only_the_provider_can_judge_are_forwarded() {
    // Cases 1-34, 1-35 (ours: as sent on the raw path), B6.
    for body in [
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA=="}}]}]}"#,
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}},{"type":"text","text":""}]}]}"#,
        r#"{"model":"gpt-4o","messages":[{"role":"assistant","content":"","tool_calls":[]}]}"#,
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":null},{"role":"user"}]}"#,
        r#"{"model":"gpt-4o"}"#,
    ] {
        assert_eq!(forwarded(body), body);
    }
}

#[test]
fn reasoning_models_get_the_limit_under_its_new_name_and_no_temperature() {
    // Case 2-22.
    let sent =
        forwarded(r#"{"model":"o3-mini","max_tokens":100,"temperature":0.2,"top_p":1,"messages":[],"x":1}"#);
    let sent: Value = serde_json::from_str(&sent).expect("JSON");
    assert_eq!(sent["max_completion_tokens"], 100);
    assert_eq!((sent.get("max_tokens"), sent.get("temperature"), sent.get("top_p")), (None, None, None));
    assert_eq!(sent["x"], 1);
    let sent = forwarded(r#"{"model":"o3-mini","max_tokens":100,"max_completion_tokens":7,"messages":[]}"#);
    let sent: Value = serde_json::from_str(&sent).expect("JSON");
    assert_eq!((sent["max_completion_tokens"].as_u64(), sent.get("max_tokens")), (Some(7), None), "02-B27");
}

#[test]
fn models_that_only_look_alike_are_left_alone() {
    // Case 2-23, 02-B27.
    let body = r#"{"model":"gpt-50","max_tokens":100,"temperature":0.2,"messages":[]}"#;
    assert_eq!(forwarded(body), body);
    let sent: Value =
        serde_json::from_str(&forwarded(&body.replace("gpt-50", "gpt-5-chat-latest"))).expect("JSON");
    assert_eq!(sent["temperature"], 0.2);
}

#[test]
fn no_client_header_goes_upstream() {
    // Case 1-37, first part; B13: trace context does, and we say who we are.
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).master_key(KEY).start();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = gateway.chat_request("gpt-4o").header("X-Foo", "1").header("Cookie", "a=b");
    let request = request.header("X-Forwarded-For", "9.9.9.9").header("traceparent", trace);
    request.header("Accept-Encoding", "br").header("OpenAI-Beta", "x").send().expect_status(200);
    let seen = upstream.only_chat();
    for name in ["x-foo", "cookie", "x-forwarded-for", "openai-beta", "x-api-key"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert_ne!(seen.header("accept-encoding"), Some("br"));
    assert_eq!(seen.header("authorization"), Some("Bearer sk-planted-openai-4f1d9c"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("traceparent"), Some(trace));
    let agent = seen.header("user-agent").unwrap_or_default();
    assert!(agent.starts_with("GoModel/"), "{agent}");
    assert_eq!(seen.header("host"), Some(upstream.address().to_string().as_str()));
}

#[test]
fn the_answer_is_the_upstreams_bytes_and_the_provider_at_their_end() {
    // 01 §8.2, B6, B8.
    let body = "{ \"id\":\"c\",\"object\":\"chat.completion\", \"created\":1.0e3,\"model\":\"gpt-4o-2024\",\n\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":\"\\u00e9\"},\"content_filter_results\":{}}],\"usage\":{\"prompt_tokens\":9,\"x\":{\"y\":1}},\"service_tier\":\"default\" }";
    let upstream = upstream().chat([Reply::status(200).body(body)]).start();
    let answer = one(&upstream).chat("gpt-4o").expect_status(200);
    let text = answer.text();
    let edited = text.replacen(",\"provider\":\"openai\"", "", 1);
    assert_eq!(edited.replace(' ', ""), body.replace(' ', ""), "{text}");
    assert_eq!(answer.json()["provider"], "openai");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn a_provider_member_of_the_upstream_is_replaced_and_a_missing_model_filled_in() {
    let replies = [
        Reply::status(200).body(r#"{"id":"c","provider":"Azure","model":"m","choices":[]}"#),
        Reply::status(200).body(r#"{"id":"c","choices":[]}"#),
        Reply::status(200).body("{}"),
    ];
    let upstream = upstream().chat(replies).start();
    let gateway = one(&upstream);
    assert_eq!(gateway.chat("gpt-4o").text(), r#"{"id":"c","provider":"openai","model":"m","choices":[]}"#);
    let filled = gateway.chat("gpt-4o").json();
    assert_eq!((&filled["model"], &filled["provider"]), (&json!("gpt-4o"), &json!("openai")));
    let empty = gateway.chat("gpt-4o").expect_status(200).json();
    assert_eq!(empty["provider"], "openai");
}

#[test]
fn the_answer_says_which_route_was_taken() {
    // B13.
    let standard = standard();
    let answer = standard.gateway.chat("groq/openai/gpt-oss-120b").expect_status(200);
    assert_eq!(answer.header("x-gomodel-provider"), Some("groq"));
    assert_eq!(answer.header("x-gomodel-model"), Some("openai/gpt-oss-120b"));
    assert_eq!(answer.header("x-gomodel-attempts"), Some("1"));
    assert_eq!(answer.header("x-gomodel-failover"), None);
    let mut stream = standard.gateway.stream("gpt-4o");
    assert_eq!(stream.header("x-gomodel-provider"), Some("openai"));
    stream.rest();
}

#[test]
fn the_route_can_be_kept_private() {
    let upstream = upstream().start();
    let gateway = gateway().provider("openai", &upstream).env("RESPONSE_ROUTING_HEADERS", "false").start();
    let answer = gateway.chat("gpt-4o").expect_status(200);
    assert_eq!((answer.header("x-gomodel-provider"), answer.header("x-gomodel-attempts")), (None, None));
}

#[test]
fn upstream_headers_are_not_relayed() {
    let reply =
        openai::chat("hi").header("server", "nginx").header("set-cookie", "a=b").header("x-secret", "1");
    let upstream = upstream().chat([reply]).start();
    let answer = one(&upstream).chat("gpt-4o").expect_status(200);
    for name in ["set-cookie", "x-secret"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_ne!(answer.header("server"), Some("nginx"));
}

#[test]
fn every_2xx_is_a_success_and_is_answered_as_200() {
    // 02-B18.
    for status in [201, 202, 203] {
        let body = openai::completion("hi").to_string();
        let upstream = upstream().chat([Reply::status(status).body(body)]).start();
        one(&upstream).chat("gpt-4o").expect_status(200);
    }
}

#[test]
fn whole_answers_arrive_however_they_are_framed_and_cut() {
    let body = openai::completion("hi").to_string();
    let bytes: Vec<[u8; 1]> = body.bytes().map(|byte| [byte]).collect();
    let replies = [
        Reply::status(200).chunked(bytes),
        Reply::status(200).until_close([body.clone()]),
        openai::chat("hi").dripping(3, std::time::Duration::from_micros(100)),
        openai::chat("hi").then(blackbox::Cut::Close),
    ];
    let count = replies.len();
    let upstream = upstream().chat(replies).start();
    let gateway = one(&upstream);
    for _ in 0..count {
        assert_eq!(
            gateway.chat("gpt-4o").expect_status(200).json()["choices"][0]["message"]["content"],
            "hi"
        );
    }
}

#[test]
fn the_content_type_of_a_request_does_not_matter() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for content_type in ["text/plain", "application/json; charset=utf-8", "x"] {
        let request = gateway.request("POST", "/v1/chat/completions").header("Content-Type", content_type);
        request.body(r#"{"model":"gpt-4o","messages":[]}"#).send().expect_status(200);
    }
}
