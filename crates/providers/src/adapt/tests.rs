mod any_body;

use bytes::Bytes;
use dialects::embeddings::EmbeddingsRequest;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{CallContext, Prepared};
use crate::fixture::{instance, prepare_chat, target};
use crate::instance::Instance;

static REQUEST_ID: HeaderValue = HeaderValue::from_static("req-1");

fn context() -> CallContext<'static> {
    CallContext {
        request_id: &REQUEST_ID,
        traceparent: None,
        tracestate: None,
        user_path: None,
        session_id: None,
        client_headers: None,
        private_header: None,
        client_query: None,
    }
}

fn prepare_in(instance: &Instance, model: &str, body: &str, context: CallContext<'_>) -> Prepared {
    prepare_chat(instance, Bytes::copy_from_slice(body.as_bytes()), model, context)
}

fn text(prepared: &Prepared) -> String {
    String::from_utf8(prepared.body.slices().concat()).unwrap()
}

/// Type, further settings, upstream model, body in, body out, names of what was dropped.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a [&'a str]);

#[track_caller]
fn check(cases: &[Case<'_>]) {
    for (kind, further, model, body, expected, dropped) in cases {
        let prepared = prepare_in(&instance(kind, further), model, body, context());
        assert_eq!(text(&prepared), *expected, "{kind} {further} {model} {body}");
        assert_eq!(prepared.dropped, *dropped, "{kind} {further} {model} {body}");
    }
}

fn header<'a>(prepared: &'a Prepared, name: &str) -> Option<&'a str> {
    let mut values = prepared.head.headers.iter().filter(|(found, _)| found == name);
    let value = values.next().map(|(_, value)| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} stands twice");
    value
}

#[test]
fn what_no_rule_names_leaves_as_it_came() {
    let body = "{ \"model\" : \"gpt-4o\",\n\t\"temperature\":1.0,\"seed\" :1e3 , \"big\": 1152921504606846976, \
        \"x\":null,\"messages\":[ {\"role\":\"user\",\"content\":\"caf\\u00e9 \\/\",\"name\":\"n\",\"y\":[1 ,2]} ],\"user\" : \"u\" }";
    check(&[
        ("openai", "", "gpt-4o", body, body, &[]),
        ("vllm", "", "gpt-4o", body, body, &[]),
        ("azure", "", "gpt-4o", body, body, &[]),
    ]);
    let prepared = prepare_in(&instance("openai", ""), "gpt-4o", body, context());
    assert_eq!(prepared.body.slices().len(), 1);
}

#[test]
fn the_selector_becomes_the_upstreams_id() {
    check(&[
        (
            "openai",
            "",
            "gpt-4o",
            r#"{"model": "openai/gpt-4o" ,"provider":"openai","messages":[]}"#,
            r#"{"model": "gpt-4o","messages":[]}"#,
            &[],
        ),
        (
            "openrouter",
            "",
            "m",
            r#"{"model":"m","provider":{"order":["a"]},"messages":[]}"#,
            r#"{"model":"m","provider":{"order":["a"]},"messages":[]}"#,
            &[],
        ),
        (
            "openai",
            "",
            "b",
            r#"{"model":"a","stream":true,"model":"b","stream":false,"messages":[]}"#,
            r#"{"model":"b","stream":false,"messages":[]}"#,
            &[],
        ),
    ]);
}

#[test]
fn streams_are_asked_for_usage() {
    let with =
        |options: &str| format!(r#"{{"model":"m","stream":true,"stream_options":{options},"messages":[]}}"#);
    check(&[
        (
            "openai",
            "",
            "m",
            r#"{"model":"m","stream":true,"messages":[]}"#,
            r#"{"model":"m","stream":true,"messages":[],"stream_options":{"include_usage":true}}"#,
            &[],
        ),
        (
            "openai",
            "",
            "m",
            &with(r#"{"x": 1.0,"include_usage":false}"#),
            &with(r#"{"x": 1.0,"include_usage":true}"#),
            &[],
        ),
        (
            "openai",
            "",
            "m",
            &with(r#"{ "include_usage" : true }"#),
            &with(r#"{ "include_usage" : true }"#),
            &[],
        ),
        (
            "mistral",
            "",
            "m",
            r#"{"model":"m","stream":true,"messages":[]}"#,
            r#"{"model":"m","stream":true,"messages":[]}"#,
            &[],
        ),
    ]);
}

#[test]
fn case_33_of_01_parts_in_the_spelling_of_responses_are_respelt() {
    check(&[(
        "openai",
        "",
        "m",
        r#"{"model":"m","messages":[{"role":"user","content":[{"type":"input_text","text":"x"}, {"type":"input_image","image_url":"https://h/i.png"}]}]}"#,
        r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}, {"type":"image_url","image_url":{"url":"https://h/i.png"}}]}]}"#,
        &[],
    )]);
}

#[test]
fn cases_22_and_23_reasoning_models_lose_what_they_refuse() {
    let body = |model: &str, rest: &str| format!(r#"{{"model":"{model}",{rest}}}"#);
    let sampling = r#""max_tokens":100,"temperature":0.2,"top_p":0.5"#;
    check(&[
        (
            "openai",
            "",
            "o3-mini",
            &body("o3-mini", sampling),
            r#"{"model":"o3-mini","max_completion_tokens":100}"#,
            &["temperature", "top_p"],
        ),
        (
            "groq",
            "",
            "O1",
            &body("O1", sampling),
            r#"{"model":"O1","max_completion_tokens":100}"#,
            &["temperature", "top_p"],
        ),
        (
            "openai",
            "",
            "gpt-5.6-terra",
            &body("gpt-5.6-terra", sampling),
            r#"{"model":"gpt-5.6-terra","max_completion_tokens":100,"top_p":0.5}"#,
            &["temperature"],
        ),
        ("openai", "", "gpt-50", &body("gpt-50", sampling), &body("gpt-50", sampling), &[]),
        (
            "openai",
            "model_quirks: false",
            "o3-mini",
            &body("o3-mini", sampling),
            &body("o3-mini", sampling),
            &[],
        ),
        // B27: an explicit limit wins.
        (
            "openai",
            "",
            "o1",
            r#"{"model":"o1","max_tokens":1,"max_completion_tokens":2}"#,
            r#"{"model":"o1","max_completion_tokens":2}"#,
            &["max_tokens"],
        ),
        // B27: where sampling is understood, it stays.
        (
            "openai",
            "",
            "gpt-5-chat-latest",
            r#"{"model":"gpt-5-chat-latest","temperature":0.2}"#,
            r#"{"model":"gpt-5-chat-latest","temperature":0.2}"#,
            &[],
        ),
        (
            "openai",
            "",
            "gpt-5.1",
            r#"{"model":"gpt-5.1","reasoning_effort":"none","temperature":0.2}"#,
            r#"{"model":"gpt-5.1","reasoning_effort":"none","temperature":0.2}"#,
            &[],
        ),
        (
            "openai",
            "",
            "gpt-5.1",
            r#"{"model":"gpt-5.1","temperature":0.2}"#,
            r#"{"model":"gpt-5.1"}"#,
            &["temperature"],
        ),
        // B27: vendors in front of the id, where a proxy puts them there.
        (
            "openai_compatible",
            "",
            "openai/gpt-5",
            r#"{"model":"openai/gpt-5","temperature":0.2}"#,
            r#"{"model":"openai/gpt-5"}"#,
            &["temperature"],
        ),
        (
            "openrouter",
            "",
            "openai/gpt-5",
            r#"{"model":"openai/gpt-5","temperature":0.2}"#,
            r#"{"model":"openai/gpt-5","temperature":0.2}"#,
            &[],
        ),
    ]);
}

#[test]
fn case_24_bailian_counts_completion_tokens() {
    check(&[
        (
            "bailian",
            "",
            "q",
            r#"{"model":"q","max_tokens":10,"max_completion_tokens":7}"#,
            r#"{"model":"q","max_completion_tokens":7}"#,
            &["max_tokens"],
        ),
        (
            "bailian",
            "",
            "q",
            r#"{"model":"q","max_tokens": 10}"#,
            r#"{"model":"q","max_completion_tokens": 10}"#,
            &[],
        ),
    ]);
}

#[test]
fn cases_25_and_27_efforts_by_provider() {
    let nested = |effort: &str| format!(r#"{{"model":"m","reasoning":{{"effort":"{effort}"}}}}"#);
    let flat = |effort: &str| format!(r#"{{"model":"m","reasoning_effort":"{effort}"}}"#);
    let disabled = r#"{"model":"m","thinking":{"type":"disabled"}}"#;
    let enabled = r#"{"model":"m","thinking":{"type":"enabled"}}"#;
    let table: [(&str, &str, String); 18] = [
        ("openai", "max", flat("max")),
        ("fireworks", "xhigh", flat("xhigh")),
        ("openrouter", "xhigh", nested("xhigh")),
        ("deepseek", "xhigh", flat("max")),
        ("deepseek", "max", flat("max")),
        ("deepseek", "low", flat("high")),
        ("deepseek", "Medium", flat("high")),
        ("deepseek", "high", flat("high")),
        ("deepseek", "none", disabled.to_owned()),
        ("groq", "max", flat("high")),
        ("groq", "minimal", flat("low")),
        ("groq", "medium", flat("medium")),
        ("zai", "none", disabled.to_owned()),
        ("zai", "low", enabled.to_owned()),
        ("xiaomi", "high", enabled.to_owned()),
        ("xai", "LOW", flat("low")),
        ("xai", "max", flat("high")),
        ("meta", "odd", flat("odd")),
    ];
    for (kind, effort, expected) in &table {
        check(&[(kind, "", "m", &nested(effort), expected, &[])]);
    }
    let models = [
        ("grok-4.5", "high"),
        ("grok-4.6", "xhigh"),
        ("grok-4.20-x", "high"),
        ("grok-4.20-multi-agent", "xhigh"),
        ("grok-3", "high"),
    ];
    for (model, level) in models {
        let body = format!(r#"{{"model":"{model}","reasoning":{{"effort":"max"}}}}"#);
        let expected = format!(r#"{{"model":"{model}","reasoning_effort":"{level}"}}"#);
        check(&[("xai", "", model, &body, &expected, &[])]);
    }
    for (effort, level) in [("none", "none"), ("low", "default"), ("max", "default")] {
        let body = format!(r#"{{"model":"qwen/qwen3-32b","reasoning":{{"effort":"{effort}"}}}}"#);
        let expected = format!(r#"{{"model":"qwen/qwen3-32b","reasoning_effort":"{level}"}}"#);
        check(&[("groq", "", "qwen/qwen3-32b", &body, &expected, &[])]);
    }
}

#[test]
fn the_own_form_wins_and_losses_are_named() {
    check(&[
        (
            "openai",
            "",
            "m",
            r#"{"model":"m","reasoning":{"effort":"low","summary":"auto","max_tokens":null},"reasoning_effort":"high"}"#,
            r#"{"model":"m","reasoning_effort":"high"}"#,
            &["reasoning.summary"],
        ),
        (
            "openai",
            "",
            "m",
            r#"{"model":"m","reasoning":{"enabled":true}}"#,
            r#"{"model":"m"}"#,
            &["reasoning.enabled"],
        ),
        (
            "zai",
            "",
            "m",
            r#"{"model":"m","thinking":{"type":"enabled"},"reasoning":{"effort":"none"}}"#,
            r#"{"model":"m","thinking":{"type":"enabled"}}"#,
            &[],
        ),
        (
            "deepseek",
            "reasoning_efforts:\n  low: low\n  max: very",
            "m",
            r#"{"model":"m","reasoning":{"effort":"LOW"}}"#,
            r#"{"model":"m","reasoning_effort":"low"}"#,
            &[],
        ),
        (
            "openai",
            "reasoning_efforts:\n  max: xhigh",
            "m",
            r#"{"model":"m","reasoning_effort":"max"}"#,
            r#"{"model":"m","reasoning_effort":"xhigh"}"#,
            &[],
        ),
    ]);
}

#[test]
fn case_26_deepseek_gets_reasoning_back_where_tools_are_called() {
    let call = r#"[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]"#;
    let body = |messages: &str| {
        format!(r#"{{"model":"d","tools":[{{"type":"function"}}],"messages":[{messages}]}}"#)
    };
    let before = format!(
        r#"{{"role":"user","content":"x"}},{{"role":"assistant","content":null,"tool_calls":{call} }},{{"role":"assistant","tool_calls":{call},"reasoning_content":"r"}},{{"role":"assistant","content":"y"}}"#
    );
    let after = before.replacen(&format!("{call} }}"), &format!(r#"{call} ,"reasoning_content":" "}}"#), 1);
    check(&[
        ("deepseek", "", "d", &body(&before), &body(&after), &[]),
        ("openai", "", "d", &body(&before), &body(&before), &[]),
    ]);
    let no_tools = body(&before).replace(r#""tools":[{"type":"function"}],"#, r#""tools":[],"#);
    check(&[("deepseek", "", "d", &no_tools, &no_tools, &[])]);
}

#[test]
fn case_29_minimax_temperatures_are_clamped() {
    for (sent, expected) in
        [("0", "1.0"), ("-1", "1.0"), ("1.5", "1.0"), ("0.7", "0.7"), ("1", "1"), ("null", "null")]
    {
        let body = |value: &str| format!(r#"{{"model":"m","temperature": {value}}}"#);
        check(&[("minimax", "", "m", &body(sent), &body(expected), &[])]);
    }
}

#[test]
fn presets_rename_and_drop() {
    check(&[
        (
            "mistral",
            "",
            "m",
            r#"{"model":"m","max_completion_tokens":5,"seed":1e0,"user":"u","stream_options":{"include_usage":true},"logit_bias":null}"#,
            r#"{"model":"m","max_tokens":5,"random_seed":1e0}"#,
            &["user", "stream_options"],
        ),
        (
            "cerebras",
            "",
            "m",
            r#"{"presence_penalty":1,"model":"m"}"#,
            r#"{"model":"m"}"#,
            &["presence_penalty"],
        ),
    ]);
}

#[test]
fn an_operator_adds_drops_and_renames() {
    let further = "extra_body:\n  safe: true\n  user: {a: 1}\ndrop_fields: [seed, absent]\nrename_fields:\n  max_tokens: max_new_tokens";
    check(&[(
        "vllm",
        further,
        "m",
        r#"{"model":"m","seed":1,"max_tokens":5,"user":"u"}"#,
        r#"{"model":"m","max_new_tokens":5,"user":{"a":1},"safe":true}"#,
        &["seed"],
    )]);
}

#[test]
fn the_head_carries_what_the_row_declares_and_nothing_of_the_client() {
    let parent = HeaderValue::from_static("00-1-2-01");
    let mut client = HeaderMap::new();
    client.insert("x-foo", HeaderValue::from_static("1"));
    client.insert("authorization", HeaderValue::from_static("Bearer client"));
    let context = CallContext { traceparent: Some(&parent), client_headers: Some(&client), ..context() };
    let prepared = prepare_in(&instance("openai", ""), "m", r#"{"model":"m"}"#, context);
    assert_eq!(prepared.head.path, "/v1/chat/completions");
    let names: Vec<&str> = prepared.head.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "user-agent", "x-client-request-id", "traceparent"]);
    assert_eq!(header(&prepared, "user-agent"), Some(concat!("GoModel/", env!("CARGO_PKG_VERSION"))));
    assert!(!prepared.head.headers.spilled());
}

#[test]
fn a_request_id_that_a_strict_provider_refuses_is_not_sent() {
    let long = HeaderValue::from_str(&"x".repeat(513)).unwrap();
    let tab = HeaderValue::from_static("a\tb");
    for id in [&long, &tab] {
        let context = CallContext { request_id: id, ..context() };
        let sent = |kind: &str, name: &str| {
            header(&prepare_in(&instance(kind, ""), "m", r#"{"model":"m"}"#, context), name).map(str::len)
        };
        assert_eq!(sent("azure", "x-client-request-id"), None);
        assert_eq!(sent("groq", "x-request-id"), Some(id.len()));
        assert_eq!(sent("fireworks", "x-request-id"), None);
    }
}

#[test]
fn case_28_xai_finds_the_conversation_again() {
    let xai = instance("xai", "");
    let id = |body: &str, context: CallContext<'_>| {
        header(&prepare_in(&xai, "grok", body, context), "x-grok-conv-id").map(str::to_owned).unwrap()
    };
    let first =
        r#"{"model":"grok","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}"#;
    let later = r#"{"model":"grok","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"user","content":"c"}]}"#;
    let other =
        r#"{"model":"grok","messages":[{"role":"system","content":"a"},{"role":"user","content":"x"}]}"#;
    let formed = id(first, context());
    assert!(formed.strip_prefix("gomodel-").is_some_and(|hex| hex.len() == 32), "{formed}");
    assert_eq!(id(later, context()), formed);
    assert_ne!(id(other, context()), formed);
    // B35: the session decides if there is one.
    let session = |name| CallContext { session_id: Some(name), ..context() };
    assert_eq!(id(first, session("s")), id(other, session("s")));
    assert_ne!(id(first, session("s")), id(first, session("t")));
    let mut client = HeaderMap::new();
    client.append("X-Grok-Conv-Id", HeaderValue::from_static("  "));
    client.append("x-grok-conv-id", HeaderValue::from_static("z"));
    assert_eq!(id(first, CallContext { client_headers: Some(&client), ..context() }), "z");
}

#[test]
fn case_32_openrouter_is_told_who_calls() {
    let body = r#"{"model":"m"}"#;
    let plain = prepare_in(
        &instance("openrouter", ""),
        "m",
        body,
        CallContext { session_id: Some("s-1"), ..context() },
    );
    assert_eq!(header(&plain, "http-referer"), Some("https://gomodel.enterpilot.io"));
    assert_eq!(header(&plain, "x-openrouter-title"), Some("GoModel"));
    assert_eq!(header(&plain, "x-session-id"), Some("s-1"));
    let titled = prepare_in(&instance("openrouter", "headers:\n  X-Title: t"), "m", body, context());
    assert_eq!((header(&titled, "x-title"), header(&titled, "x-openrouter-title")), (Some("t"), None));
}

#[test]
fn llmd_schedules_by_user_path_and_objective() {
    let body = r#"{"model":"m"}"#;
    let context = CallContext { user_path: Some("/team/a"), ..context() };
    let full = prepare_in(&instance("llmd", "inference_objective: chat"), "m", body, context);
    for name in ["x-llm-d-inference-objective", "x-gateway-inference-objective"] {
        assert_eq!(header(&full, name), Some("chat"));
    }
    for name in ["x-llm-d-inference-fairness-id", "x-gateway-inference-fairness-id"] {
        assert_eq!(header(&full, name), Some("/team/a"));
    }
    let quiet = prepare_in(&instance("llmd", "fairness_from_user_path: false"), "m", body, context);
    assert!(quiet.head.headers.iter().all(|(name, _)| !name.as_str().contains("inference")));
}

#[test]
fn credentials_travel_as_the_row_or_the_operator_says() {
    let credential = |kind: &str, further: &str| {
        let instance = instance(kind, further);
        let key = &instance.settings.keys[0];
        instance.credential_header(key).map(|(name, value)| {
            assert!(value.is_sensitive());
            (name.to_string(), value.to_str().unwrap().to_owned())
        })
    };
    let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    assert_eq!(credential("openai", ""), pair("authorization", "Bearer k-1"));
    assert_eq!(credential("azure", ""), pair("api-key", "k-1"));
    assert_eq!(credential("openai", "auth_header: X-Key"), pair("x-key", "k-1"));
    assert_eq!(credential("openai", "auth_header: X-Key\nauth_scheme: Token"), pair("x-key", "Token k-1"));
    assert_eq!(credential("openai", "auth_scheme: Key"), pair("authorization", "Key k-1"));
    assert_eq!(credential("openai", "headers:\n  Authorization: Basic x"), None);
}

#[test]
fn configured_headers_replace_our_own() {
    let prepared = prepare_in(
        &instance("openai", "headers:\n  User-Agent: mine\n  X-Client-Request-Id: fixed\n  X-Extra: e"),
        "m",
        r#"{"model":"m"}"#,
        context(),
    );
    assert_eq!(header(&prepared, "user-agent"), Some("mine"));
    assert_eq!(header(&prepared, "x-client-request-id"), Some("fixed"));
    assert_eq!(header(&prepared, HeaderName::from_static("x-extra").as_str()), Some("e"));
}

fn embed(instance: &Instance, model: &str, body: &str) -> Result<Prepared, vocabulary::ApiError> {
    let request = EmbeddingsRequest::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    instance.prepare_embeddings(&request, &target(model, context()))
}

#[test]
fn embeddings_leave_as_they_came_or_are_refused() {
    let body = r#"{"model":"openai/e" ,"provider":"openai","input":[ 1, 2.0 ],"x":1e3}"#;
    let sent = embed(&instance("openai", ""), "e", body).unwrap();
    assert_eq!(text(&sent), r#"{"model":"e","input":[ 1, 2.0 ],"x":1e3}"#);
    assert_eq!(sent.head.path, "/v1/embeddings");
    let error = embed(&instance("groq", ""), "e", body).unwrap_err();
    assert_eq!(
        (error.status(), error.code(), error.message()),
        (400, None, "groq does not support embeddings")
    );
    assert!(embed(&instance("groq", "embeddings: true"), "e", body).is_ok());
    assert!(embed(&instance("openai", "embeddings: false"), "e", body).is_err());
    let ollama = embed(&instance("ollama", ""), "e", r#"{"model":"e","input":[ "a" ]}"#).unwrap();
    assert_eq!(
        (ollama.head.path.as_str(), text(&ollama).as_str()),
        ("/api/embed", r#"{"model":"e","input":[ "a" ]}"#)
    );
}

/// Spec 03 §1.1.
#[test]
fn each_type_refuses_embeddings_in_its_words() {
    let cases = [
        ("anthropic", 400, None, "anthropic does not support embeddings — consider using Voyage AI"),
        ("opencode_go", 400, None, "opencode_go does not support embeddings"),
        ("deepseek", 400, None, "deepseek does not support embeddings"),
        (
            "chatgpt",
            501,
            Some("unsupported_provider_operation"),
            "chatgpt serves only the Responses API; embeddings are not available on a ChatGPT subscription",
        ),
    ];
    for (kind, status, code, text) in cases {
        let error = embed(&instance(kind, ""), "m", r#"{"model":"m","input":"a"}"#).unwrap_err();
        assert_eq!((error.status(), error.code(), error.message()), (status, code, text));
    }
}
