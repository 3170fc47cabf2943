//! The settings whose feature comes later, by feature: environment name and YAML key, either of which may be empty.
//! `x.*` is the whole tree below `x`. A row leaves this table when `settings` declares it.

/// A feature and its settings.
pub(crate) struct Later {
    pub(crate) feature: &'static str,
    pub(crate) names: &'static [(&'static str, &'static str)],
}

const fn later(feature: &'static str, names: &'static [(&'static str, &'static str)]) -> Later {
    Later { feature, names }
}

/// Every feature that is still to come.
pub(crate) const LATER: &[Later] = &[
    later("Passthrough and realtime", PASSTHROUGH),
    later("TLS, tools for operators", OPERATIONS),
    later("Storage and what replicas share", STORAGE),
    later("Audit log and usage records", RECORDS),
    later("Dashboard", DASHBOARD),
    later("Caches", CACHES),
    later("Budgets, limits, guardrails", POLICIES),
    later("Routing", ROUTING),
    later("Tagging, sessions, keys, sign-in", IDENTITY),
    later("MCP", MCP),
    later("Responses, conversations, files, batches", OBJECTS),
];

const PASSTHROUGH: &[(&str, &str)] = &[
    ("ENABLE_PASSTHROUGH_ROUTES", "server.enable_passthrough_routes"),
    ("ALLOW_PASSTHROUGH_V1_ALIAS", "server.allow_passthrough_v1_alias"),
    ("ENABLED_PASSTHROUGH_PROVIDERS", "server.enabled_passthrough_providers"),
    ("PASSTHROUGH_ERRORS", "server.passthrough_errors"),
    ("REALTIME_ENABLED", "server.realtime_enabled"),
    ("REALTIME_ALLOWED_ORIGINS", "realtime.allowed_origins"),
    ("REALTIME_CLIENT_SECRETS", "realtime.client_secrets"),
    ("REALTIME_MAX_SESSION", "realtime.max_session"),
    ("REALTIME_IDLE_TIMEOUT", "realtime.idle_timeout"),
];

const OPERATIONS: &[(&str, &str)] = &[
    ("TLS_CERT_FILE", "server.tls.cert_file"),
    ("TLS_KEY_FILE", "server.tls.key_file"),
    ("SWAGGER_ENABLED", "server.swagger_enabled"),
    ("PPROF_ENABLED", "server.pprof_enabled"),
    ("SSE_EARLY_KEEPALIVE", "http.sse_early_keepalive"),
    ("", "extensions.*"),
    ("GOMODEL_PRO_LICENSE", ""),
];

const STORAGE: &[(&str, &str)] = &[
    ("STORAGE_TYPE", "storage.type"),
    ("SQLITE_PATH", "storage.sqlite.path"),
    ("POSTGRES_URL", "storage.postgresql.url"),
    ("POSTGRES_MAX_CONNS", "storage.postgresql.max_conns"),
    ("MONGODB_URL", "storage.mongodb.url"),
    ("MONGODB_DATABASE", "storage.mongodb.database"),
    ("GOMODEL_ENCRYPTION_KEY", ""),
    ("GOMODEL_ENCRYPTION_KEYS_OLD", ""),
    ("SHARED_STATE", "shared.backend"),
    ("SHARED_TIMEOUT", "shared.timeout"),
    ("REDIS_KEY_PREFIX", "shared.redis.prefix"),
];

const RECORDS: &[(&str, &str)] = &[
    ("LOGGING_ENABLED", "logging.enabled"),
    ("LOGGING_LOG_BODIES", "logging.log_bodies"),
    ("LOGGING_LOG_AUDIO_BODIES", "logging.log_audio_bodies"),
    ("LOGGING_LOG_REVISION_BODIES", "logging.log_revision_bodies"),
    ("LOGGING_LOG_HEADERS", "logging.log_headers"),
    ("LOGGING_BUFFER_SIZE", "logging.buffer_size"),
    ("LOGGING_FLUSH_INTERVAL", "logging.flush_interval"),
    ("LOGGING_RETENTION_DAYS", "logging.retention_days"),
    ("LOGGING_MAX_BODY_BYTES", "logging.max_body_bytes"),
    ("LOGGING_BODY_RETENTION_DAYS", "logging.body_retention_days"),
    ("USAGE_PRICING_RECALCULATION_ENABLED", "usage.pricing_recalculation_enabled"),
    ("USAGE_BUFFER_SIZE", "usage.buffer_size"),
    ("USAGE_FLUSH_INTERVAL", "usage.flush_interval"),
    ("USAGE_RETENTION_DAYS", "usage.retention_days"),
    ("LEDGER_SPOOL_DIR", "ledger.spool_dir"),
    ("LEDGER_DURABILITY", "ledger.durability"),
    ("LEDGER_COMMIT_INTERVAL", "ledger.commit_interval"),
    ("LEDGER_SEGMENT_BYTES", "ledger.segment_bytes"),
    ("LEDGER_MAX_BYTES", "ledger.max_bytes"),
    ("LEDGER_ON_FAILURE", "ledger.on_failure"),
];

const DASHBOARD: &[(&str, &str)] = &[
    ("ADMIN_ENDPOINTS_ENABLED", "admin.endpoints_enabled"),
    ("ADMIN_UI_ENABLED", "admin.ui_enabled"),
    ("ADMIN_LISTEN", "admin.listen"),
    ("ADMIN_ALLOW_UNAUTHENTICATED", "admin.allow_unauthenticated"),
    ("ADMIN_LEGACY_ROUTES", "admin.legacy_routes"),
    ("DASHBOARD_LIVE_LOGS_ENABLED", "admin.live_logs_enabled"),
    ("DASHBOARD_LIVE_LOGS_BUFFER_SIZE", "admin.live_logs_buffer_size"),
    ("DASHBOARD_LIVE_LOGS_REPLAY_LIMIT", "admin.live_logs_replay_limit"),
    ("DASHBOARD_LIVE_LOGS_HEARTBEAT_SECONDS", "admin.live_logs_heartbeat_seconds"),
];

const CACHES: &[(&str, &str)] = &[
    ("REDIS_URL", "cache.model.redis.url"),
    ("REDIS_KEY_MODELS", "cache.model.redis.key"),
    ("REDIS_TTL_MODELS", "cache.model.redis.ttl"),
    ("RESPONSE_CACHE_SIMPLE_ENABLED", "cache.response.simple.enabled"),
    ("", "cache.response.simple.redis.url"),
    ("REDIS_KEY_RESPONSES", "cache.response.simple.redis.key"),
    ("REDIS_TTL_RESPONSES", "cache.response.simple.redis.ttl"),
    ("RESPONSE_CACHE_BACKEND", "cache.response.simple.backend"),
    ("RESPONSE_CACHE_MEMORY_MAX_BYTES", "cache.response.simple.max_bytes"),
    ("RESPONSE_CACHE_MAX_ENTRY_BYTES", "cache.response.simple.max_entry_bytes"),
    ("SEMANTIC_CACHE_ENABLED", "cache.response.semantic.enabled"),
    ("SEMANTIC_CACHE_THRESHOLD", "cache.response.semantic.similarity_threshold"),
    ("SEMANTIC_CACHE_TTL", "cache.response.semantic.ttl"),
    ("SEMANTIC_CACHE_MAX_CONV_MESSAGES", "cache.response.semantic.max_conversation_messages"),
    ("SEMANTIC_CACHE_EXCLUDE_SYSTEM_PROMPT", "cache.response.semantic.exclude_system_prompt"),
    ("SEMANTIC_CACHE_EMBEDDER_PROVIDER", "cache.response.semantic.embedder.provider"),
    ("SEMANTIC_CACHE_EMBEDDER_MODEL", "cache.response.semantic.embedder.model"),
    ("SEMANTIC_CACHE_VECTOR_STORE_TYPE", "cache.response.semantic.vector_store.type"),
    ("SEMANTIC_CACHE_QDRANT_URL", "cache.response.semantic.vector_store.qdrant.url"),
    ("SEMANTIC_CACHE_QDRANT_COLLECTION", "cache.response.semantic.vector_store.qdrant.collection"),
    ("SEMANTIC_CACHE_QDRANT_API_KEY", "cache.response.semantic.vector_store.qdrant.api_key"),
    ("SEMANTIC_CACHE_PGVECTOR_URL", "cache.response.semantic.vector_store.pgvector.url"),
    ("SEMANTIC_CACHE_PGVECTOR_TABLE", "cache.response.semantic.vector_store.pgvector.table"),
    ("SEMANTIC_CACHE_PGVECTOR_DIMENSION", "cache.response.semantic.vector_store.pgvector.dimension"),
    ("SEMANTIC_CACHE_PINECONE_HOST", "cache.response.semantic.vector_store.pinecone.host"),
    ("SEMANTIC_CACHE_PINECONE_API_KEY", "cache.response.semantic.vector_store.pinecone.api_key"),
    ("SEMANTIC_CACHE_PINECONE_NAMESPACE", "cache.response.semantic.vector_store.pinecone.namespace"),
    ("SEMANTIC_CACHE_PINECONE_DIMENSION", "cache.response.semantic.vector_store.pinecone.dimension"),
    ("SEMANTIC_CACHE_WEAVIATE_URL", "cache.response.semantic.vector_store.weaviate.url"),
    ("SEMANTIC_CACHE_WEAVIATE_CLASS", "cache.response.semantic.vector_store.weaviate.class"),
    ("SEMANTIC_CACHE_WEAVIATE_API_KEY", "cache.response.semantic.vector_store.weaviate.api_key"),
    ("PROVIDER_PROMPT_CACHE_PLANNER_ENABLED", ""),
];

const POLICIES: &[(&str, &str)] = &[
    ("BUDGETS_ENABLED", "budgets.enabled"),
    ("", "budgets.user_paths.*"),
    ("", "budgets.labels.*"),
    ("RATE_LIMITS_ENABLED", "rate_limits.enabled"),
    ("RATE_LIMITS_FLUSH_INTERVAL", "rate_limits.flush_interval"),
    ("", "rate_limits.user_paths.*"),
    ("", "rate_limits.providers.*"),
    ("", "rate_limits.models.*"),
    ("GUARDRAILS_ENABLED", "guardrails.enabled"),
    ("ENABLE_GUARDRAILS_FOR_BATCH_PROCESSING", "guardrails.enable_for_batch_processing"),
    ("", "guardrails.rules.*"),
];

const ROUTING: &[(&str, &str)] = &[
    ("MODELS_ENABLED_BY_DEFAULT", "models.enabled_by_default"),
    ("FAILOVER_ENABLED", "failover.enabled"),
    ("FAILOVER_MODE", "failover.default_mode"),
    ("FEATURE_FALLBACK_MODE", ""),
    ("FAILOVER_MANUAL_RULES_PATH", "failover.manual_rules_path"),
    ("FALLBACK_MANUAL_RULES_PATH", ""),
    ("", "failover.rules.*"),
    ("FAILOVER_RULES_JSON", "failover.rules_json"),
    ("FAILOVER_DISABLED_MODELS", "failover.disabled_models"),
    ("FAILOVER_DISABLED_MODELS_JSON", "failover.disabled_models_json"),
    ("", "failover.overrides.*"),
    ("FAILOVER_STREAM_HOLD", "failover.stream_hold"),
    ("FAILOVER_FIRST_TOKEN_TIMEOUT", "failover.first_token_timeout"),
    ("FAILOVER_STREAM_RESCUE", "failover.stream_rescue"),
    ("FAILOVER_MAX_WAIT", "failover.max_wait"),
    ("FAILOVER_HOLDBACK", "failover.holdback"),
    ("", "failover.max_attempts"),
    ("", "failover.total_timeout"),
    ("", "failover.primary_retries"),
    ("VIRTUAL_MODELS", "virtual_models.*"),
    ("WORKFLOW_REFRESH_INTERVAL", "workflows.refresh_interval"),
    ("ROUTING_OBJECTIVE", "routing.*"),
    ("", "smart_routing.*"),
    ("", "compression.*"),
];

const IDENTITY: &[(&str, &str)] = &[
    ("", "tagging.headers.*"),
    ("SESSION_KEEPING_ENABLED", "session.enabled"),
    ("SESSION_AUTO_DETECT", "session.auto_detect"),
    ("SESSION_BUILTIN_RULES", "session.builtin_rules"),
    ("", "session.headers.*"),
    ("KEYS_USER_PATH_HEADER_DEFAULT", "keys.user_path_header_default"),
    ("", "oidc.*"),
];

const MCP: &[(&str, &str)] = &[
    ("MCP_ENABLED", "mcp.enabled"),
    ("MCP_SERVERS", "mcp.servers.*"),
    ("MCP_ALLOWED_ORIGINS", "mcp.allowed_origins"),
    ("MCP_SESSION_MODE", "mcp.session_mode"),
];

const OBJECTS: &[(&str, &str)] = &[
    ("RESPONSES_TTL", "responses.ttl"),
    ("RESPONSES_ALLOW_UNMANAGED_IDS", "responses.allow_unmanaged_ids"),
    ("RESPONSE_EVENTS_TTL", "responses.events_ttl"),
    ("CONVERSATIONS_TTL", "conversations.ttl"),
    ("CONVERSATIONS_SERIALIZE", "conversations.serialize"),
    ("BACKGROUND_WORKERS", "background.workers"),
    ("BACKGROUND_QUEUE_LIMIT", "background.queue_limit"),
    ("BACKGROUND_ON_ORPHAN", "background.on_orphan"),
    ("FILES_BODY_SIZE_LIMIT", "files.body_size_limit"),
    ("FILES_SCOPE", "files.scope"),
    ("FILES_DEFAULT_PROVIDER", "files.default_provider"),
    ("AUDIO_BODY_SIZE_LIMIT", "audio.body_size_limit"),
    ("BATCH_POLL_INTERVAL", "batches.poll_interval"),
    ("BATCHES_SCOPE", "batches.scope"),
];
