//! Tables and snapshots: both envelopes, and what upstream errors become.

use std::fmt::Write;

use vocabulary::{ApiError, Code, Dialect, ErrorType, Side};

use super::{envelope, from_upstream};

fn text(dialect: Dialect, error: &ApiError, request_id: Option<&str>) -> String {
    String::from_utf8(envelope(dialect, error, request_id)).expect("text")
}

#[test]
fn the_openai_envelope_always_has_all_four_keys() {
    let openai = |error: &ApiError| text(Dialect::OpenAiChat, error, Some("req-1"));
    insta::assert_snapshot!(openai(&ApiError::invalid_request("model is required")), @r#"{"error":{"type":"invalid_request_error","message":"model is required","param":null,"code":null}}"#);
    let full =
        ApiError::new(Code::UnsupportedParameter, "no \"n\"\nhere").with_param("n").with_detail("secret");
    insta::assert_snapshot!(openai(&full), @r#"{"error":{"type":"invalid_request_error","message":"no \"n\"\nhere","param":"n","code":"unsupported_parameter"}}"#);
}

#[test]
fn the_anthropic_envelope_has_its_own_types_and_the_request_id() {
    let error = ApiError::new(Code::ModelNotFound, "unsupported model: nope");
    insta::assert_snapshot!(text(Dialect::AnthropicMessages, &error, None), @r#"{"type":"error","error":{"type":"not_found_error","message":"unsupported model: nope"}}"#);
    insta::assert_snapshot!(text(Dialect::AnthropicMessages, &error, Some("r\"1")), @r#"{"type":"error","error":{"type":"not_found_error","message":"unsupported model: nope"},"request_id":"r\"1"}"#);
}

#[test]
fn the_anthropic_types_of_04_section_12_8_and_b26() {
    use ErrorType::{Authentication, InvalidRequest, NotFound, Provider, RateLimit};
    let cases = [
        (InvalidRequest, 400, "invalid_request_error"),
        (InvalidRequest, 402, "billing_error"),
        (InvalidRequest, 409, "conflict_error"),
        (InvalidRequest, 413, "request_too_large"),
        (InvalidRequest, 501, "invalid_request_error"),
        (Authentication, 401, "authentication_error"),
        (Authentication, 403, "permission_error"),
        (NotFound, 404, "not_found_error"),
        (RateLimit, 429, "rate_limit_error"),
        (Provider, 500, "api_error"),
        (Provider, 502, "api_error"),
        (Provider, 503, "overloaded_error"),
        (Provider, 504, "timeout_error"),
        (Provider, 529, "overloaded_error"),
    ];
    for (error_type, status, expected) in cases {
        let body = text(Dialect::AnthropicMessages, &ApiError::uncoded(status, error_type, "m"), None);
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["error"]["type"], expected, "{error_type:?} {status}");
    }
}

#[test]
fn upstream_errors_become_ours() {
    let cases: [(u16, &str); 26] = [
        (400, r#"{"error":{"message":"bad temp","type":"x","param":"temperature","code":"invalid_value"}}"#),
        (
            429,
            r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m1 is busy"}}}"#,
        ),
        (429, r#"{"error":{"message":" ","metadata":{"raw":"blank before"}}}"#),
        (429, r#"{"error":{"message":"slow down","metadata":{"raw":"not looked at"}}}"#),
        (429, r#"{"error":{"message":"provider returned error","metadata":{"raw":" "}}}"#),
        (422, r#"{"message":"no such voice","error_type":"bad_voice"}"#),
        (503, "upstream on fire"),
        (302, ""),
        (204, "no content here"),
        (401, r#"{"error":{"message":"bad key"}}"#),
        (403, r#"{"error":{"message":"no","code":"forbidden_region"}}"#),
        (404, r#"{"error":"no such model"}"#),
        (418, r#"{"message":"top","code":7,"error":{"message":"","code":"","param":""}}"#),
        (400, r#"{"message":"top","param":"p","code":"c","error":{"message":"in","param":5,"code":{}}}"#),
        (400, r#"{"message":"top","error":null}"#),
        (500, r#"{"error":{"type":"overloaded_error"}}"#),
        (500, r#"["not","an","object"]"#),
        (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
        (502, r#"{"error":{"message":"a","message":"b"}}"#),
        (500, "  "),
        (599, "{broken"),
        (600, "beyond"),
        (429, r#"{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}"#),
        (400, r#"[{"error":{"code":400,"message":"Bad key","status":"INVALID_ARGUMENT"}}]"#),
        (400, r#"{"error":{"code":"invalid_value","message":"m","status":"x"}}"#),
        (503, " [\n{\"error\":{\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}] "),
    ];
    let mut table = String::new();
    for (status, body) in cases {
        let error = from_upstream(status, body.as_bytes());
        assert_eq!(error.side(), Side::Upstream);
        let (param, code) = (error.param().unwrap_or("-"), error.code().unwrap_or("-"));
        writeln!(table, "{status} {body}\n    {error} | {param} | {code}").expect("a string");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_upstreams_own_type_is_the_code_where_nothing_better_is_told() {
    // 03-B6; 401 and 403 keep the code of 01-B5.
    let code = |status, body: &str| from_upstream(status, body.as_bytes()).code().map(str::to_owned);
    let typed = |kind: &str, rest: &str| format!(r#"{{"error":{{"type":"{kind}","message":"m"{rest}}}}}"#);
    assert_eq!(code(529, &typed("overloaded_error", "")).as_deref(), Some("overloaded_error"));
    assert_eq!(code(500, &typed("server_error", r#","code":null"#)).as_deref(), Some("server_error"));
    assert_eq!(code(500, &typed("server_error", r#","code":"c""#)).as_deref(), Some("c"));
    assert_eq!(code(400, &typed("invalid_request_error", "")), None);
    assert_eq!(code(403, &typed("permission_error", "")).as_deref(), Some("upstream_authentication_error"));
    assert_eq!(code(500, r#"{"error":{"type":5,"message":"m"}}"#), None);
}

#[test]
fn at_most_64_kib_of_an_error_are_read() {
    let error = from_upstream(500, "é".repeat(40_000).as_bytes());
    assert_eq!(error.message().len(), 64 * 1024);
    let cut_inside_a_character = format!("x{}", "é".repeat(40_000));
    assert_eq!(from_upstream(500, cut_inside_a_character.as_bytes()).message().len(), 64 * 1024 - 1);
    let not_utf8 = from_upstream(500, b"caf\xe9 closed");
    assert_eq!(not_utf8.message(), "caf\u{FFFD} closed");
}
