//! Headers of native Messages calls, both ways: what goes through, what stays here, what only changes its name (04 §12.3, §12.7,
//! B19, B26; 01 §4.2, B4, B12), and the request id that every answer to an Anthropic client carries.

use blackbox::{Gateway, Provider, Reply, Upstream, anthropic, anthropic_upstream, gateway};
use serde_json::json;

use crate::dialects::{Messages, sent};

const MODEL: &str = "claude-t";

fn bench() -> (Upstream, Gateway) {
    bench_of(Provider::new("p"))
}

fn bench_of(provider: Provider) -> (Upstream, Gateway) {
    let upstream =
        anthropic_upstream(&[MODEL]).on(anthropic::MESSAGES, [anthropic::message("hello")]).start();
    let settings = gateway().with(provider.kind("anthropic").at(&upstream)).env("RETRY_MAX_RETRIES", "0");
    (upstream, settings.env("USER_PATH_HEADER", "X-Team").start())
}

#[test]
fn what_a_client_says_to_the_gateway_does_not_reach_its_provider() {
    // 04 §12.3 (2), 01 §4.2 with B12.
    let (upstream, gateway) = bench();
    let mut request = Messages.request(&gateway, MODEL, false, &json!({}));
    let private = [
        "X-Team",
        "X-GoModel-User-Path",
        "X-GoModel-Strict",
        "Cookie",
        "Origin",
        "Referer",
        "Sec-Fetch-Mode",
        "X-Real-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Forwarded-For",
        "Forwarded",
        "Via",
        "X-Auth-Token",
        "X-Access-Token",
        "X-Goog-Api-Key",
        "Api-Key",
        "X-MCP-Servers",
        "Proxy-Connection",
        "Proxy-Authorization",
        "X-Hop",
        "X-Hop-2",
        "TE",
    ];
    for name in private {
        request = request.header(name, "private");
    }
    request = request.header("Connection", "x-hop").header("Connection", "keep-alive, X-Hop-2");
    let open = [
        ("User-Agent", "claude-cli/2.1"),
        ("X-Stainless-Lang", "js"),
        ("X-Mine", "1"),
        ("Accept", "application/json"),
    ];
    for (name, value) in open {
        request = request.header(name, value);
    }
    request.header("x-api-key", "mk-gateway").send().expect_status(200);
    let seen = upstream.only(anthropic::MESSAGES);
    for name in private {
        assert_eq!(seen.header(name), None, "{name}");
    }
    for (name, value) in open {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    assert_eq!(seen.header("x-api-key"), Some("sk-planted-p-4f1d9c"));
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    let types = seen.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    assert_eq!(types.count(), 1);
}

#[test]
fn a_compressed_request_goes_out_plain_and_says_so() {
    // 01-B21, and 04 §12.3 (1): the bytes are those that were compressed.
    let (upstream, gateway) = bench();
    let body = Messages.body(MODEL, false, &json!({})).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, body.as_bytes()).expect("in memory");
    let packed = encoder.finish().expect("in memory");
    let request = gateway.request("POST", "/v1/messages").header("Content-Type", "application/json");
    request.header("Content-Encoding", "gzip").body(packed).send().expect_status(200);
    let seen = upstream.only(anthropic::MESSAGES);
    assert_eq!((seen.text(), seen.header("content-encoding")), (body, None));
}

#[test]
fn a_provider_always_gets_a_request_id_that_the_gateway_accepts() {
    // 04 §12.3 (2), 01 §4.2, B13.
    for (given, is_kept) in [(None, false), (Some("mine-1"), true), (Some("not one id"), false)] {
        let (upstream, gateway) = bench();
        let mut request = Messages.request(&gateway, MODEL, false, &json!({}));
        if let Some(id) = given {
            request = request.header("X-Request-ID", id);
        }
        let answer = request.send().expect_status(200);
        let seen = upstream.only(anthropic::MESSAGES);
        assert_eq!(seen.header("x-request-id"), answer.header("x-request-id"), "{given:?}");
        assert_eq!(seen.header("x-request-id") == given, is_kept, "{given:?}");
    }
}

#[test]
fn the_operators_headers_stand_but_for_the_version_of_the_dialect() {
    // 01-B12: configured credentials always win. 04 §12.3 (2): the client's version and betas do.
    let configured = "headers:\n  X-Proxy-Key: configured\n  anthropic-beta: of-operator";
    let (upstream, gateway) = bench_of(Provider::new("p").yaml(configured));
    let request = Messages.request(&gateway, MODEL, false, &json!({})).header("X-Proxy-Key", "stolen");
    request.header("anthropic-beta", "of-client").send().expect_status(200);
    let seen = upstream.only(anthropic::MESSAGES);
    assert_eq!(seen.header("x-proxy-key"), Some("configured"));
    assert_eq!(seen.header("anthropic-beta"), Some("of-client"));
}

#[test]
fn the_question_for_a_count_is_forwarded_alike() {
    // 04-B19, B27.
    let (upstream, gateway) = bench();
    upstream.on(anthropic::COUNT, [Reply::json(&json!({"input_tokens": 5}))]);
    let body = json!({"model": MODEL, "messages": [{"role": "user", "content": "hi"}]});
    let request = gateway.post("/v1/messages/count_tokens?beta=true", &body).header("X-Team", "a");
    let answer = request.header("anthropic-beta", "b-1").send().expect_status(200);
    assert_eq!(answer.json(), json!({"input_tokens": 5}));
    let seen = upstream.only(anthropic::COUNT);
    assert!(seen.target.ends_with("?beta=true"), "{}", seen.target);
    assert_eq!((seen.header("anthropic-beta"), seen.header("x-team")), (Some("b-1"), None));
    assert_eq!(sent(&upstream), body);
}

/// What an upstream says beside an answer: to the client, about itself, about the connection.
fn talkative(reply: Reply) -> Reply {
    [
        ("request-id", "req_011Up"),
        ("anthropic-ratelimit-requests-remaining", "9"),
        ("anthropic-organization-id", "org-1"),
        ("x-request-id", "of-upstream"),
        ("x-ratelimit-remaining-requests", "5"),
        ("retry-after", "7"),
        ("server", "cloudflare"),
        ("alt-svc", "h3"),
        ("strict-transport-security", "max-age=1"),
        ("set-cookie", "a=b"),
        ("access-control-allow-origin", "*"),
        ("x-gomodel-provider", "evil"),
        ("x-forwarded-for", "1.2.3.4"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "1"),
    ]
    .into_iter()
    .fold(reply, |reply, (name, value)| reply.header(name, value))
}

const SILENT: [&str; 7] = [
    "server",
    "alt-svc",
    "strict-transport-security",
    "set-cookie",
    "access-control-allow-origin",
    "x-forwarded-for",
    "x-hop",
];

#[test]
fn a_native_answer_has_the_headers_of_its_provider() {
    // 04 §12.3 (5), §12.7, 01-B4, B12; whole and streamed.
    let (upstream, gateway) = bench();
    for is_stream in [false, true] {
        let blocks = [anthropic::text("hi")];
        let reply = if is_stream {
            Reply::stream(anthropic::frames(&blocks, "end_turn"))
        } else {
            Reply::json(&anthropic::body(&blocks, "end_turn"))
        };
        upstream.on(anthropic::MESSAGES, [talkative(reply)]);
        let answer = Messages.request(&gateway, MODEL, is_stream, &json!({})).send().expect_status(200);
        for (name, value) in [
            ("request-id", "req_011Up"),
            ("anthropic-ratelimit-requests-remaining", "9"),
            ("anthropic-organization-id", "org-1"),
            ("x-upstream-request-id", "of-upstream"),
            ("x-upstream-ratelimit-remaining-requests", "5"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}, stream: {is_stream}");
        }
        for name in SILENT.into_iter().chain(["x-ratelimit-remaining-requests"]) {
            assert_eq!(answer.header(name), None, "{name}, stream: {is_stream}");
        }
        let named: Vec<_> =
            answer.head.headers.iter().filter(|(name, _)| name == "x-gomodel-provider").collect();
        assert_eq!((named.len(), answer.header("x-gomodel-provider")), (1, Some("p")));
        assert_ne!(answer.header("x-request-id"), Some("of-upstream"));
    }
}

#[test]
fn a_native_error_keeps_its_id_its_limits_and_its_wait() {
    // 04-B26, for any status.
    let (upstream, gateway) = bench();
    for (status, kind) in [
        (400, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
    ] {
        upstream.on(anthropic::MESSAGES, [talkative(anthropic::error(status, kind, "as it is"))]);
        let answer = Messages.request(&gateway, MODEL, false, &json!({})).send();
        assert_eq!(answer.anthropic_error(status).0, kind);
        for (name, value) in [
            ("request-id", "req_011Up"),
            ("retry-after", "7"),
            ("anthropic-ratelimit-requests-remaining", "9"),
        ] {
            let values: Vec<_> = answer.head.headers.iter().filter(|(there, _)| there == name).collect();
            assert_eq!((values.len(), answer.header(name)), (1, Some(value)), "{name} of {status}");
        }
        for name in SILENT {
            assert_eq!(answer.header(name), None, "{name} of {status}");
        }
        assert!(answer.json()["request_id"].is_string(), "{}", answer.text());
    }
}

#[test]
fn a_translated_error_has_no_header_of_anthropic() {
    // 01 §4.2, B4: only the wait and the limits under our name pass.
    let (upstream, gateway) = bench();
    upstream.on(anthropic::MESSAGES, [talkative(anthropic::error(429, "rate_limit_error", "slow"))]);
    let answer = gateway.chat(MODEL);
    answer.error(429);
    assert_eq!((answer.header("request-id"), answer.header("retry-after")), (None, Some("7")));
    assert_eq!(answer.header("anthropic-ratelimit-requests-remaining"), None);
}

#[test]
fn every_answer_to_an_anthropic_client_has_a_request_id() {
    // 04-B26, 01-B1: whatever the status, and where only the version tells who asks.
    let (_upstream, gateway) = bench();
    let version = |request: blackbox::Request| request.header("anthropic-version", "2023-06-01");
    for (request, status) in [
        (gateway.get("/v1/messages"), 405),
        (gateway.request("POST", "/v1/messages").body("{"), 400),
        (gateway.post("/v1/messages/batches", &json!({})), 404),
        (gateway.post("/v1/messages/count_tokens", &json!({})), 400),
        (version(gateway.get("/nope")), 404),
        (version(gateway.get("/v1/models")), 200),
        (version(gateway.get("/v1/models/nope")), 404),
    ] {
        let answer = request.send().expect_status(status);
        let id = answer.header("request-id").map(str::to_owned);
        assert!(
            id.is_some() && id.as_deref() == answer.header("x-request-id"),
            "{status}: {:?}",
            answer.head
        );
        if status != 200 {
            assert_eq!(answer.json()["request_id"].as_str(), id.as_deref(), "{}", answer.text());
        }
    }
}
