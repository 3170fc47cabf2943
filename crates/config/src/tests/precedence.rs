//! Defaults, file, `.env` and environment, in this order.

use std::time::Duration;

use super::given;
use crate::DemoMode;

#[test]
fn nothing_at_all_gives_the_defaults() {
    let loaded = given().load();
    let settings = &loaded.settings;
    assert!(loaded.warnings.is_empty());
    assert_eq!(settings.server.port, 8080);
    assert_eq!(settings.server.body_size_limit, 10_485_760);
    assert_eq!(settings.server.max_connections, 20_000);
    assert!(settings.server.master_key.is_none());
    assert_eq!(settings.http.stream_idle_timeout, Duration::from_secs(300));
    assert_eq!(settings.retry.max_elapsed, Duration::from_secs(60));
    assert_eq!(settings.retry.retry_on, [408, 429, 502, 503, 504, 529]);
    assert_eq!(settings.demo, DemoMode::Off);
    insta::assert_snapshot!(crate::render_effective(&loaded.values));
}

#[test]
fn the_stronger_layer_wins() {
    let yaml = "server:\n  port: 9000\n";
    assert_eq!(given().yaml(yaml).effective("server.port"), "9000 # config.yaml:2");
    assert_eq!(given().yaml(yaml).env([("PORT", "")]).effective("server.port"), "9000 # config.yaml:2");
    assert_eq!(given().yaml(yaml).env([("PORT", "9001")]).effective("server.port"), "9001 # env PORT");
    assert_eq!(given().yaml(yaml).dotenv("PORT=9002").effective("server.port"), "9002 # .env PORT");
    let both = given().yaml(yaml).dotenv("PORT=9002").env([("PORT", "9001")]);
    assert_eq!(both.effective("server.port"), "9001 # env PORT");
    let hidden = given().yaml(yaml).dotenv("PORT=9002").env([("PORT", "")]);
    assert_eq!(hidden.effective("server.port"), "9000 # config.yaml:2");
}

#[test]
fn null_in_the_file_is_absent_and_empty_text_is_empty() {
    let settings = given().yaml("server:\n  port:\n  pid_file: ~\nhttp:\n").load().settings;
    assert_eq!(settings.server.port, 8080);
    assert!(settings.server.pid_file.is_some());
    let settings = given()
        .yaml("server:\n  pid_file: \"\"\ncache:\n  model:\n    model_list: {url: ''}\n")
        .load()
        .settings;
    assert_eq!(settings.server.pid_file, None);
    assert_eq!(settings.model_cache.model_list.url, None);
}

#[test]
fn none_in_the_environment_clears_a_text() {
    let yaml = "server:\n  master_key: secret\n  pid_file: /run/x.pid\n  cors_allowed_origins: ['*']\n";
    let cleared = given().yaml(yaml).env([
        ("GOMODEL_MASTER_KEY", "none"),
        ("PID_FILE", "none"),
        ("CORS_ALLOWED_ORIGINS", "none"),
    ]);
    let server = cleared.load().settings.server;
    assert_eq!((server.master_key, server.pid_file, server.cors_allowed_origins.len()), (None, None, 0));
    insta::assert_snapshot!(given().env([("PORT", "none")]).errors(), @r#"invalid value for server.port (PORT): "none" is not a valid integer"#);
}

#[test]
fn every_spelling_of_a_switch_holds_in_file_and_environment() {
    for (text, expected) in [
        ("yes", true),
        ("ON", true),
        ("1", true),
        ("no", false),
        ("Off", false),
        ("0", false),
        ("FALSE", false),
    ] {
        assert_eq!(
            given().yaml(&format!("metrics: {{enabled: {text}}}")).load().settings.metrics.enabled,
            expected,
            "{text}"
        );
        assert_eq!(
            given().env([("METRICS_ENABLED", text)]).load().settings.metrics.enabled,
            expected,
            "{text}"
        );
    }
    for (text, expected) in [("auto", DemoMode::Auto), ("true", DemoMode::On), ("0", DemoMode::Off)] {
        assert_eq!(given().env([("DEMO_PROVIDER_ENABLED", text)]).load().settings.demo, expected);
    }
}

#[test]
fn lists_come_as_text_or_as_sequence() {
    let networks = |given: super::Given| {
        given.load().settings.server.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        networks(given().env([("TRUSTED_PROXIES", "10.0.0.0/8, ::1,,192.168.1.1")])),
        ["10.0.0.0/8", "::1/128", "192.168.1.1/32"]
    );
    assert_eq!(
        networks(given().yaml("server:\n  trusted_proxies: [10.0.0.0/8, '::1']\n")),
        ["10.0.0.0/8", "::1/128"]
    );
    assert_eq!(
        networks(given().yaml("server: {trusted_proxies: '10.0.0.0/8,::1'}")),
        ["10.0.0.0/8", "::1/128"]
    );
}

#[test]
fn proxies_are_read_in_upper_and_lower_case_and_their_passwords_masked() {
    let proxied = given().env([
        ("http_proxy", "http://u:p@proxy:3128"),
        ("HTTPS_PROXY", "proxy:3129"),
        ("https_proxy", "unused:1"),
    ]);
    let http = proxied.load().settings.http;
    assert_eq!(http.http_proxy.as_ref().map(vocabulary::Secret::reveal), Some("http://u:p@proxy:3128"));
    assert_eq!(http.https_proxy.as_ref().map(vocabulary::Secret::reveal), Some("proxy:3129"));
    assert_eq!(proxied.effective("http.http_proxy"), "http://***@proxy:3128 # env http_proxy");
}

#[test]
fn settings_that_depend_on_each_other_agree() {
    assert_eq!(given().env([("BASE_PATH", "g//x/../")]).load().settings.server.base_path, "/g");
    for (endpoint, expected) in [
        ("/v1/models", "/metrics"),
        ("/foo/../admin", "/metrics"),
        ("/", "/metrics"),
        ("/v1x/", "/v1x"),
        ("m", "/m"),
    ] {
        let loaded = given().env([("METRICS_ENDPOINT", endpoint)]).load();
        assert_eq!(loaded.settings.metrics.endpoint, expected, "{endpoint}");
        assert_eq!(loaded.warnings.len(), usize::from(expected == "/metrics"), "{endpoint}");
    }
    insta::assert_snapshot!(
        given().env([("METRICS_ENDPOINT", "/p"), ("RETRY_MAX_BACKOFF", "100ms"), ("SHUTDOWN_TIMEOUT", "5")]).warnings(),
        @r#"
    resilience.retry.initial_backoff is above max_backoff; max_backoff holds
    server.shutdown_drain_timeout is above shutdown_timeout; shutdown_timeout holds
    metrics.endpoint "/p" would open another route; using /metrics
    "#
    );
}

#[test]
fn debug_output_shows_no_secret() {
    let yaml = "providers:\n  a: {type: openai, api_key: sk-yaml, headers: {X-Key: sk-header}}\n";
    let given = given().yaml(yaml).env([("GOMODEL_MASTER_KEY", "sk-master"), ("OPENAI_API_KEY", "sk-env")]);
    let loaded = given.load();
    let shown = format!("{:?}{}", loaded.settings, crate::render_effective(&loaded.values));
    assert!(!shown.contains("sk-"), "{shown}");
}

#[test]
fn case_4_of_03_a_default_limit_that_is_none_is_4096_with_one_warning() {
    let given_as = |text: &'static str| given().env([("ANTHROPIC_DEFAULT_MAX_TOKENS", text)]).load();
    assert_eq!(given_as(" 8192 ").settings.process.anthropic_default_max_tokens, 8192);
    for text in ["lots", "0", "-1", "1.5"] {
        let loaded = given_as(text);
        assert_eq!(loaded.settings.process.anthropic_default_max_tokens, 4096, "{text}");
        let warning = format!("ANTHROPIC_DEFAULT_MAX_TOKENS {text:?} is no positive number; using 4096");
        assert_eq!(loaded.warnings, [warning]);
    }
}

#[test]
fn variables_of_provider_types_are_settings() {
    let process = given().load().settings.process;
    assert!(process.use_google_gemini_native_api);
    assert_eq!(process.opencode_go_messages_models, ["qwen3.7-max"]);
    for (text, native) in
        [("0", false), (" False ", false), ("no", false), ("off", false), ("maybe", true), ("1", true)]
    {
        let process = given().env([("USE_GOOGLE_GEMINI_NATIVE_API", text)]).load().settings.process;
        assert_eq!(process.use_google_gemini_native_api, native, "{text}");
    }
    let process = given().env([("OPENCODE_GO_MESSAGES_MODELS", "a, b/c,,")]).load().settings.process;
    assert_eq!(process.opencode_go_messages_models, ["a", "b/c"]);
}

#[test]
fn remote_images_are_fetched_only_on_request() {
    assert!(!given().load().settings.translation.fetch_remote_images);
    let settings = given().yaml("translation: {fetch_remote_images: true}\n").load().settings;
    assert!(settings.translation.fetch_remote_images);
    assert!(given().env([("FETCH_REMOTE_IMAGES", "true")]).load().settings.translation.fetch_remote_images);
}

#[test]
fn strict_translation_has_a_key_and_a_variable() {
    assert!(!given().load().settings.translation.strict);
    assert!(given().yaml("translation: {strict: true}\n").load().settings.translation.strict);
    assert!(given().env([("STRICT_TRANSLATION", "true")]).load().settings.translation.strict);
}
