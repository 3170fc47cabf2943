//! What a target cannot say: refused, or dropped and named in `X-GoModel-Dropped`; strictness (spec 03 §1.8).

use serde_json::{Value, json};

use crate::dialects::{Chat, Dialect, Four, Gemini, Messages, Responses};

/// Client, upstream, members of the request, and the header's value; paths in the order of the request.
fn dropped() -> Vec<(Dialect, Dialect, Value, &'static str)> {
    let web_search =
        json!([{"type": "web_search"}, {"type": "function", "name": "f", "parameters": {"type": "object"}}]);
    vec![
        (Chat, Messages, json!({"seed": 1, "logit_bias": {"1": 2}}), "seed, logit_bias"),
        (Chat, Messages, json!({"logit_bias": {"1": 2}, "seed": 1}), "logit_bias, seed"),
        (Chat, Messages, json!({"metadata": {"a": "b"}, "store": true}), "metadata, store"),
        (Chat, Messages, json!({"verbosity": "low"}), "verbosity"),
        (
            Chat,
            Messages,
            json!({"presence_penalty": 0.1, "service_tier": "flex"}),
            "presence_penalty, service_tier",
        ),
        (Chat, Messages, json!({"x_unknown": 1}), "x_unknown"),
        (
            Chat,
            Gemini,
            json!({"logit_bias": {"1": 2}, "user": "u", "store": false}),
            "logit_bias, user, store",
        ),
        (Chat, Responses, json!({"seed": 1, "temperature": 0.5}), "seed, temperature"),
        (Responses, Chat, json!({"truncation": "auto"}), "truncation"),
        (
            Responses,
            Messages,
            json!({"metadata": {"a": "b"}, "truncation": "disabled"}),
            "metadata, truncation",
        ),
        (
            Responses,
            Chat,
            json!({"tools": web_search.clone(), "max_tool_calls": 3}),
            "tools[0], max_tool_calls",
        ),
        (
            Responses,
            Gemini,
            json!({"safety_identifier": "s", "prompt_cache_key": "k"}),
            "safety_identifier, prompt_cache_key",
        ),
        (Messages, Chat, json!({"cache_control": {"type": "ephemeral"}}), "cache_control"),
        (Messages, Gemini, json!({"metadata": {"user_id": "u"}}), "metadata.user_id"),
        (Messages, Chat, json!({"top_k": 5}), "top_k"),
        (Gemini, Chat, json!({"safetySettings": [{"category": "c", "threshold": "t"}]}), "safetySettings"),
        (Gemini, Messages, json!({"generationConfig": {"seed": 3}}), "generationConfig.seed"),
    ]
}

#[test]
fn what_is_only_a_hint_is_dropped_and_named_in_the_order_of_the_request() {
    let four = Four::start();
    let mut problems = Vec::new();
    for (client, up, members, header) in dropped() {
        four.script(up, up.streams("hi"));
        let mut stream = four.open(client, up, &members);
        let streamed = stream.header("x-gomodel-dropped").map(str::to_owned);
        stream.rest();
        four.script(up, up.says("hi"));
        let answer = four.call(client, up, &members);
        let whole = answer.header("x-gomodel-dropped").map(str::to_owned);
        if answer.status() != 200 || whole.as_deref() != Some(header) || streamed.as_deref() != Some(header) {
            let status = answer.status();
            problems.push(format!(
                "{client:?} to {up:?} {members}: {status} {whole:?} {streamed:?}, not {header:?}"
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_strict_caller_is_refused_what_would_be_dropped() {
    let four = Four::start();
    let mut problems = Vec::new();
    for (client, up, members, header) in dropped() {
        let before = four.calls(up);
        let answer = four.request(client, up, false, &members).header("X-GoModel-Strict", "true").send();
        let first = header.split(", ").next().unwrap_or_default();
        let refused = answer.status() == 400 && answer.text().contains(first) && four.calls(up) == before;
        if !refused {
            problems.push(format!("{client:?} to {up:?} {members}: {} {}", answer.status(), answer.text()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_strict_refusal_names_the_member_and_has_its_code() {
    let four = Four::start();
    let request = four.request(Chat, Messages, false, &json!({"seed": 1})).header("X-GoModel-Strict", "true");
    let error = request.send().error(400);
    assert_eq!(error.error_type, "invalid_request_error");
    assert_eq!(
        (error.param.as_deref(), error.code.as_deref()),
        (Some("seed"), Some("unsupported_translation"))
    );
}

#[test]
fn a_strict_gateway_cannot_be_talked_out_of_it() {
    let four = Four::with(|builder| builder.env("STRICT_TRANSLATION", "true"));
    four.script(Messages, Messages.says("hi"));
    four.call(Chat, Messages, &json!({"seed": 1})).error(400);
    let request =
        four.request(Chat, Messages, false, &json!({"seed": 1})).header("X-GoModel-Strict", "false");
    request.send().error(400);
    four.call(Chat, Messages, &json!({})).expect_status(200);
    // The same dialect on both sides loses nothing, so there is nothing to be strict about.
    four.script(Chat, Chat.says("hi"));
    four.call(Chat, Chat, &json!({"seed": 1, "x_unknown": 1})).expect_status(200);
}

#[test]
fn what_changes_the_answer_is_refused_with_its_path() {
    let four = Four::start();
    let sound = json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}});
    let video = json!({"fileData": {"fileUri": "gs://bucket/film.mp4", "mimeType": "video/mp4"}});
    let hosted = json!({"tools": [{"type": "file_search", "vector_store_ids": ["v"]}],
        "tool_choice": {"type": "file_search"}});
    let rows: Vec<(Dialect, Dialect, Value, Option<&str>)> = vec![
        (Chat, Messages, json!({"n": 2}), Some("n")),
        (Chat, Responses, json!({"n": 2}), Some("n")),
        (Chat, Messages, json!({"logprobs": true}), Some("logprobs")),
        (Chat, Messages, json!({"messages": [{"role": "user", "content": [sound]}]}), None),
        (Chat, Responses, json!({"stop": ["X"]}), Some("stop")),
        (Chat, Gemini, json!({"modalities": ["text", "audio"], "audio": {"voice": "a"}}), None),
        (Gemini, Chat, json!({"contents": [{"role": "user", "parts": [video]}]}), None),
        (Gemini, Messages, json!({"cachedContent": "cachedContents/1"}), None),
        (Responses, Messages, json!({"background": true}), Some("background")),
        (Responses, Chat, json!({"prompt": {"id": "p"}}), Some("prompt")),
    ];
    let mut problems = Vec::new();
    for (client, up, members, param) in rows {
        let before = four.calls(up);
        let answer = four.call(client, up, &members);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let names_it = param.is_none_or(|param| body["error"]["param"] == param);
        if answer.status() != 400 || four.calls(up) != before || !names_it {
            problems.push(format!("{client:?} to {up:?} {members}: {} {body}", answer.status()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // A hosted tool that somebody forces cannot be left out without changing the answer; towards a chat upstream the
    // baseline drops the choice (case 3-53), so only Messages and Gemini clients are told.
    let forced = json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "tool", "name": "web_search"}});
    assert_eq!(four.call(Messages, Chat, &forced).status(), 400);
    four.script(Chat, Chat.says("hi"));
    assert_eq!(
        four.call(Responses, Chat, &hosted).header("x-gomodel-dropped"),
        Some("tools[0], tool_choice")
    );
}

#[test]
fn a_long_list_of_losses_is_cut_and_counted() {
    let four = Four::start();
    four.script(Messages, Messages.says("hi"));
    let mut members = json!({});
    for number in 0..200 {
        members[format!("x_member_{number}")] = json!(1);
    }
    let answer = four.call(Chat, Messages, &members).expect_status(200);
    let header = answer.header("x-gomodel-dropped").unwrap_or_default();
    let (list, rest) = header.rsplit_once(", +").expect("a count of the rest");
    assert!(header.len() <= 1024 + 8 && list.starts_with("x_member_0, x_member_1"), "{header}");
    let named = list.split(", ").count();
    assert_eq!(rest.parse::<usize>().ok().map(|rest| rest + named), Some(200), "{header}");
}

#[test]
fn what_depends_on_the_model_is_found_late_and_stands_where_it_stood() {
    let four = Four::start();
    four.script(Messages, Messages.says("hi"));
    let tools = json!([{"type": "function", "function": {"name": "f", "strict": true}}]);
    let members = json!({"tools": tools, "reasoning_effort": "low", "tool_choice": "required", "seed": 1});
    let answer = four.call(Chat, Messages, &members).expect_status(200);
    assert_eq!(answer.header("x-gomodel-dropped"), Some("tools[0].function.strict, reasoning_effort, seed"));
}

#[test]
fn a_name_that_no_header_can_carry_is_escaped() {
    let four = Four::start();
    four.script(Messages, Messages.says("hi"));
    for (name, escaped) in [
        ("\u{e9}\u{1f600}".to_owned(), "\\u00e9\\ud83d\\ude00, z".to_owned()),
        ("a\r\nset-cookie: b".to_owned(), "a\\u000d\\u000aset-cookie: b, z".to_owned()),
        ("x".repeat(1025), "+2".to_owned()),
    ] {
        let answer = four.call(Chat, Messages, &json!({name: 1, "z": 1})).expect_status(200);
        assert_eq!(answer.header("set-cookie"), None);
        let header = answer.header("x-gomodel-dropped").unwrap_or_default();
        assert_eq!(header, escaped);
    }
}

#[test]
fn nothing_is_named_where_nothing_was_lost() {
    let four = Four::start();
    let tool = json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]);
    let members =
        json!({"temperature": 0.3, "top_p": 0.9, "max_tokens": 9, "tools": tool, "tool_choice": "auto"});
    for up in [Messages, Gemini] {
        four.script(up, up.says("hi"));
        assert_eq!(
            four.call(Chat, up, &members).expect_status(200).header("x-gomodel-dropped"),
            None,
            "{up:?}"
        );
    }
    // Null is absence.
    let nulls = json!({"seed": null, "logit_bias": null, "metadata": null, "x_unknown": null});
    four.script(Messages, Messages.says("hi"));
    assert_eq!(four.call(Chat, Messages, &nulls).expect_status(200).header("x-gomodel-dropped"), None);
}
