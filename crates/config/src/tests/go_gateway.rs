//! A configuration written for the Go gateway starts, with one warning.

use super::given;

const YAML: &str = r#"
server:
  port: "8081"
  base_path: /g
  master_key: "${GOMODEL_MASTER_KEY:-change-me}"
  body_size_limit: "10M"
  swagger_enabled: false
  pprof_enabled: false
  enable_passthrough_routes: true
  enabled_passthrough_providers: [openai, anthropic]
  realtime_enabled: true
cache:
  model:
    refresh_interval: 3600
    recheck_interval: 60
    model_list:
      url: "https://example.com/models.min.json"
    local:
      cache_dir: ".cache"
    redis:
      url: "redis://redis:6379"
      key: gomodel:models
      ttl: 86400
  response:
    simple:
      enabled: true
      redis: {url: "redis://redis:6379", key: "gomodel:response:", ttl: 3600}
    semantic:
      similarity_threshold: 0.92
      embedder: {provider: openai, model: text-embedding-3-small}
      vector_store:
        type: qdrant
        qdrant: {url: "http://qdrant:6333", collection: gomodel, api_key: "${QDRANT_KEY}"}
storage:
  type: postgresql
  sqlite: {path: data/gomodel.db}
  postgresql: {url: "${POSTGRES_URL}", max_conns: 10}
  mongodb: {url: "", database: gomodel}
logging:
  enabled: true
  log_bodies: true
  buffer_size: 1000
  flush_interval: 5
  retention_days: 30
  only_model_interactions: true
usage:
  enabled: true
  enforce_returning_usage_data: true
  buffer_size: 1000
budgets:
  enabled: true
  user_paths:
    - path: /team
      limits: [{period: daily, amount: 10}]
rate_limits:
  enabled: true
  user_paths: [{path: /, limits: [{period: minute, max_requests: 100}]}]
  providers: [{name: openai, limits: [{period: minute, max_requests: 100}]}]
metrics: {enabled: true, endpoint: /metrics}
admin: {endpoints_enabled: true, ui_enabled: true, live_logs_enabled: true}
guardrails:
  enabled: false
  rules:
    - name: safety
      type: system_prompt
      order: 0
      system_prompt: {mode: inject, content: "Be ${careful}."}
http: {timeout: 600, response_header_timeout: 600}
resilience:
  retry: {max_retries: 3, initial_backoff: 1s, max_backoff: 30s, backoff_factor: 2.0, jitter_factor: 0.1}
  circuit_breaker: {failure_threshold: 5, success_threshold: 2, timeout: 30s}
failover:
  enabled: true
  default_mode: manual
  rules: {gpt-4o: [azure/gpt-4o, gemini/gemini-2.5-pro]}
workflows: {refresh_interval: 1m}
tagging: {headers: [{header: X-Team, prefix: "team:"}]}
session: {enabled: true, headers: [{header: X-Session, transform: session-uuid}]}
mcp:
  enabled: true
  servers: {docs: {url: "https://mcp.example/mcp", headers: {Authorization: "Bearer ${T}"}}}
virtual_models: [{source: smart, targets: [{model: openai/gpt-4o, weight: 2}]}]
models: {enabled_by_default: true, configured_provider_models_mode: fallback}
extensions: {sso: {issuer: "https://id.example"}}
providers:
  openai: {type: openai, api_key: "${OPENAI_API_KEY}"}
  local: {type: ollama, base_url: "${OLLAMA_BASE_URL:-http://localhost:11434/v1}"}
"#;

#[test]
fn it_starts_with_one_warning() {
    let given = given().yaml(YAML).env([
        ("GOMODEL_PRO_LICENSE", "x"),
        ("PRO_SSO_ISSUER", "x"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "x"),
        ("SET_BUDGET_TEAM__A", "daily=1"),
        ("SET_RATE_LIMIT_", "rpm=1"),
        ("SET_PROVIDER_RATE_LIMIT_OPENAI", "rpm=1"),
        ("TAGGING_HEADER_1", "X-Team"),
        ("TAGGING_HEADER_1_PREFIX", "team:"),
        ("SESSION_HEADER_1_TRANSFORM", "x"),
        ("MCP_SERVERS", "{}"),
        ("VIRTUAL_MODELS", "[]"),
        ("FAILOVER_RULES_JSON", ""),
        ("POSTGRES_URL_FILE", "/nowhere"),
        ("OPENROUTER_SITE_URL", "https://example.com"),
        ("OPENROUTER_APP_NAME", "x"),
        ("USE_GOOGLE_GEMINI_NATIVE_API", "true"),
        ("AWS_REGION", "eu-west-1"),
    ]);
    insta::assert_snapshot!(given.warnings());
    let settings = given.load().settings;
    assert_eq!((settings.server.port, settings.server.base_path.as_str()), (8081, "/g"));
    assert_eq!(settings.providers.len(), 2);
    assert_eq!(
        settings.environment.get("OPENROUTER_SITE_URL").map(String::as_str),
        Some("https://example.com")
    );
}

#[test]
fn slips_inside_known_sections_are_still_found() {
    let yaml = "storage: {typ: sqlite}\nlogging: {log_body: true}\nbudgets: {user_path: []}\ncache: {response: {simpel: {}}}\n";
    insta::assert_snapshot!(given().yaml(yaml).errors(), @r#"
    failed to parse config.yaml: line 1: field storage.typ not found (did you mean "storage.type"?)
    failed to parse config.yaml: line 2: field logging.log_body not found
    failed to parse config.yaml: line 3: field budgets.user_path not found (did you mean "budgets.user_paths"?)
    failed to parse config.yaml: line 4: field cache.response.simpel not found (did you mean "cache.response.simple"?)
    "#);
}
