//! Images, documents and what tools show, from every client (03-B9, B16): carried, or refused with the place; never lost.

use serde_json::{Value, json};

use crate::dialects::{Chat, Dialect, Four, Gemini, Messages, Responses};

const PNG: &str = "iVBORw0KGgo=";
const PDF: &str = "JVBERi0xLjQ=";

/// A conversation in which a tool failed, with a text and an image.
fn shown_by_a_tool(client: Dialect) -> Value {
    let url = format!("data:image/png;base64,{PNG}");
    match client {
        Chat => json!({"messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": null,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "is_error": true,
                "content": [{"type": "text", "text": "SEEN"}, {"type": "image_url", "image_url": {"url": url}}]}
        ]}),
        Responses => json!({"input": [
            {"role": "user", "content": "q"},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1",
                "output": [{"type": "input_text", "text": "SEEN"}, {"type": "input_image", "image_url": url}]}
        ]}),
        Messages => json!({"messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "is_error": true, "content": [
                {"type": "text", "text": "SEEN"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
            ]}]}
        ]}),
        Gemini => json!({"contents": [
            {"role": "user", "parts": [{"text": "q"}]},
            {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "f", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "f", "response": {"error": "SEEN"},
                "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG}}]}}]}
        ]}),
    }
}

#[test]
fn what_a_tool_shows_reaches_every_upstream() {
    let four = Four::start();
    let mut problems = Vec::new();
    for client in [Chat, Responses, Messages, Gemini] {
        for up in [Chat, Responses, Messages, Gemini] {
            four.script(up, up.says("hi"));
            four.call(client, up, &shown_by_a_tool(client)).expect_status(200);
            let sent = four.sent(up).to_string();
            // That it failed is told in the dialect's own way, or in words.
            let fails = client == Responses || sent.contains("\"is_error\":true") || sent.contains("rror");
            if !sent.contains(PNG) || !sent.contains("SEEN") || !fails {
                problems.push(format!("{client:?} to {up:?}: {sent}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A document as the client's dialect spells it.
fn document(client: Dialect) -> Value {
    let url = format!("data:application/pdf;base64,{PDF}");
    match client {
        Chat => json!({"messages": [{"role": "user", "content": [
            {"type": "file", "file": {"filename": "a.pdf", "file_data": url}}]}]}),
        Responses => json!({"input": [{"role": "user", "content": [
            {"type": "input_file", "filename": "a.pdf", "file_data": url}]}]}),
        Messages => json!({"messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}]}]}),
        Gemini => json!({"contents": [{"role": "user", "parts": [
            {"inlineData": {"mimeType": "application/pdf", "data": PDF}}]}]}),
    }
}

#[test]
fn a_document_reaches_every_upstream() {
    let four = Four::start();
    let mut problems = Vec::new();
    for client in [Chat, Responses, Messages, Gemini] {
        for up in [Chat, Responses, Messages, Gemini] {
            four.script(up, up.says("hi"));
            four.call(client, up, &document(client)).expect_status(200);
            let sent = four.sent(up);
            let part = match up {
                Chat => &sent["messages"][0]["content"][0]["file"]["file_data"],
                Responses => &sent["input"][0]["content"][0]["file_data"],
                Messages => &sent["messages"][0]["content"][0]["source"]["data"],
                Gemini => &sent["contents"][0]["parts"][0],
            };
            if !part.to_string().contains(PDF) || !sent.to_string().contains("application/pdf") {
                problems.push(format!("{client:?} to {up:?}: {sent}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_file_that_only_google_can_fetch_goes_to_google_and_to_nobody_else() {
    // B16.
    let four = Four::start();
    for url in ["gs://bucket/x.png", "https://generativelanguage.googleapis.com/v1beta/files/abc"] {
        let image = json!({"type": "image_url", "image_url": {"url": url}});
        let members = json!({"messages": [{"role": "user", "content": [image]}]});
        four.script(Gemini, Gemini.says("hi"));
        four.call(Chat, Gemini, &members).expect_status(200);
        assert!(four.sent(Gemini).to_string().contains(&format!("\"{url}\"")), "{}", four.sent(Gemini));
        for up in [Messages, Responses] {
            let error = four.call(Chat, up, &members).error(400);
            assert_eq!(
                (error.param.as_deref(), error.code.as_deref()),
                (Some("messages[0].content[0]"), Some("unsupported_translation"))
            );
        }
    }
}
