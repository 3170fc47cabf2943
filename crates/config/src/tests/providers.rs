//! `providers:` of the file.

use std::time::Duration;

use super::given;
use crate::{ConfiguredModelsMode, ResponsesSupport};

const FULL: &str = r#"
providers:
  my-openai:
    type: openai
    api_key: "${OPENAI_KEY}"
    api_keys: ["${NOPE}", second]
    session_sticky_keys: no
    base_url: https://user:pw@proxy.example/${PART}/v1
    api_version: "2024-10-21"
    backend: ""
    models:
      - gpt-4o
      - id: local-x
        metadata:
          display_name: Local X
          context_window: 131072
          modes: [chat]
          capabilities: {tools: true, vision: no}
          rankings: {arena: {elo: 1400.5, rank: 3, as_of: 2026-08-01}}
          pricing:
            currency: USD
            input_per_mtok: 0.10
            output_per_mtok: 4
            tiers:
              - {up_to_tokens: 200000, input_per_mtok: 1.0}
    models_mode: allowlist
    allow_unlisted_models: true
    priority: -5
    resilience:
      retry: {initial_backoff: 500ms, backoff_factor: 2, retry_on: [429]}
      circuit_breaker: {failure_threshold: 10, timeout: 5s}
    retries: 7
    timeouts: {connect: 1, response_header: 2s, stream_idle: 1m, total: 10m}
    headers: {X-Team: "${TEAM:-core}"}
    query: {version: v1}
    auth_header: api-key
    auth_scheme: ""
    extra_body: {provider: {order: [a, "1"], n: 1.50, deep: null}, flag: true}
    drop_fields: [logit_bias, user]
    rename_fields: {max_tokens: max_completion_tokens}
    proxy: http://u:p@proxy:3128
    ca_file: /etc/ca.pem
    responses: via_chat
    embeddings: true
    passthrough: off
    reasoning_efforts: {low: high}
    model_quirks: off
  second: {type: groq}
"#;

#[test]
fn every_key_of_a_provider_is_typed() {
    let loaded = given().yaml(FULL).env([("OPENAI_KEY", "first")]).load();
    let names: Vec<(&str, usize)> =
        loaded.settings.providers.iter().map(|block| (block.name.as_str(), block.line)).collect();
    assert_eq!(names, [("my-openai", 3), ("second", 48)]);
    let block = &loaded.settings.providers[0];
    assert_eq!(
        block.keys().map(vocabulary::Secret::reveal).collect::<Vec<_>>(),
        ["first", "${NOPE}", "second"]
    );
    assert_eq!(block.base_url.as_deref(), Some("https://user:pw@proxy.example/${PART}/v1"));
    assert_eq!(
        (block.session_sticky_keys, block.backend.as_deref(), block.priority),
        (Some(false), None, Some(-5))
    );
    assert_eq!(
        (block.models_mode, block.responses),
        (Some(ConfiguredModelsMode::Allowlist), Some(ResponsesSupport::ViaChat))
    );
    let retry = block.resilience.as_ref().and_then(|resilience| resilience.retry.as_ref()).expect("retry");
    assert_eq!(
        (retry.max_retries, retry.initial_backoff, retry.retry_on.as_slice()),
        (Some(7), Some(Duration::from_millis(500)), [429].as_slice())
    );
    let timeouts = block.timeouts.as_ref().expect("timeouts");
    assert_eq!(
        (timeouts.connect, timeouts.total),
        (Some(Duration::from_secs(1)), Some(Duration::from_secs(600)))
    );
    assert_eq!(block.headers[0].1.reveal(), "core");
    assert_eq!(
        block.extra_body[0],
        ("provider".to_owned(), r#"{"order":["a","1"],"n":1.50,"deep":null}"#.to_owned())
    );
    assert_eq!(block.extra_body[1], ("flag".to_owned(), "true".to_owned()));
    assert_eq!((block.passthrough, block.model_quirks, block.audio), (Some(false), Some(false), None));
    assert_eq!((block.auth_header.as_deref(), block.auth_scheme.as_deref()), (Some("api-key"), Some("")));
    insta::assert_debug_snapshot!(block.models);
    let values = crate::render_effective(&loaded.values);
    let providers: Vec<&str> =
        values.lines().filter(|line| line.starts_with("providers.")).map(str::trim_end).collect();
    insta::assert_snapshot!(providers.join("\n"));
}

#[test]
fn what_is_wrong_in_a_provider_is_told_with_its_line() {
    let yaml = r#"
providers:
  a/b: {type: openai}
  a:
    type: openai
    retrys: 1
    api_key: [x]
    models: [gpt-4o, "", [x], {metadata: {}}, {id: x, metadata: {contxt_window: 1, context_window: -1}}, ~]
    resilience: {retry: {max_retries: 1, backof: 1}}
    retries: 2
    timeouts: {total: 0}
    headers: {"X Y": a, X-Z: "a\nb", X-N: "${NOPE}"}
    auth_header: "a b"
    extra_body: [1]
    responses: sometimes
    models_mode: union
    priority: high
    proxy: socks5://u:pa55@x
    model_quirks: some
  b:
    api_key: x
  c:
  d: text
  e:
    type: openai
    models:
      - id: m
        metadata:
          rankings: {arena: {ello: 1}}
          pricing: {input_per_mtok: cheap, output_per_mtok: -1, inptu_per_mtok: 1, tiers: [{up_to: 1, input_per_mtok: x}]}
"#;
    insta::assert_snapshot!(given().yaml(yaml).errors());
}

#[test]
fn models_may_be_one_comma_separated_text() {
    let block = &given().yaml("providers: {a: {type: x, models: 'm1, m2'}}").load().settings.providers[0];
    assert_eq!(block.models.iter().map(crate::ProviderModel::id).collect::<Vec<_>>(), ["m1", "m2"]);
}
