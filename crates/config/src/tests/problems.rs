//! Everything wrong at once, with the texts that people will read.

use super::given;

#[test]
fn all_problems_are_reported_together() {
    let yaml = "\
loging: {}
server:
  prot: 9000
  port: eighty
  body_size_limit: 1G
  user_path_header: 'X Y'
  trusted_proxies: [10.0.0.0/8, nonsense]
  cors_allowed_origins: example.com
  shutdown_timeout: 0
  port: 1
http: 5
metrics:
  enabled: [true]
models:
  configured_provider_models_mode: union
resilience:
  retry: {max_retries: -1, backoff_factor: 0.5, jitter_factor: 2, initial_backoff: -1s, retry_on: [200], retries: 1}
  circuit_breaker: {scope: key, failure_threshold: -1, success_threshold: 0}
";
    let environment = [
        ("PORT", "70000"),
        ("BODY_SIZE_LIMIT", "10X"),
        ("HTTP_TIMEOUT", "ten"),
        ("HTTP_STREAM_IDLE_TIMEOUT", "-1"),
        ("HTTP_CONNECT_TIMEOUT", "0"),
        ("HTTP_MAX_RESPONSE_SIZE", "0"),
        ("METRICS_ENABLED", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("RETRY_BACKOFF_FACTOR", "two"),
        ("RETRY_JITTER_FACTOR", "NaN"),
        ("MAX_CONNECTIONS", "0"),
        ("BIND_ADDRESS", "everywhere"),
        ("HTTP_PROXY", "socks5://user:pa55@host"),
        ("MODEL_LIST_URL", "ftp://user:pa55@host/x"),
        ("DEMO_PROVIDER_ENABLED", "perhaps"),
        ("GOMODEL_DEMO_MODE", "perhaps"),
        ("GOMODEL_MASTER_KEY", "   "),
    ];
    insta::assert_snapshot!(given().yaml(yaml).env(environment).dotenv("ok=1\nnonsense\n").errors());
}

#[test]
fn a_file_that_cannot_be_understood_says_where() {
    let deep = "[".repeat(80);
    let cases = [
        "server: {port: 1",
        "a: b: c",
        "server:\n\tport: 1",
        "server: {}\n---\nserver: {}\n",
        "server: &s {port: 1}\nhttp: *s\n",
        "- a\n- b\n",
        "just text",
        "? [a]\n: b\n",
        deep.as_str(),
    ];
    let told: Vec<String> = cases.iter().map(|text| given().yaml(text).errors()).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn files_without_content_are_fine() {
    for text in ["", "\n", "# only a comment\n", "---\n", "\u{feff}server: {port: 1}\n", "...\n"] {
        given().yaml(text).load();
    }
}

#[test]
fn unknown_keys_are_warnings_without_strictness_and_the_rest_stays_fatal() {
    let yaml =
        "loging: {}\nserver:\n  prot: 1\nproviders:\n  a:\n    type: openai\n    api_key: x\n    retrys: 1\n";
    let lenient = [("CONFIG_STRICT", "false")];
    insta::assert_snapshot!(given().yaml(yaml).errors(), @r#"
    failed to parse config.yaml: line 1: field loging not found (did you mean "logging"?)
    failed to parse config.yaml: line 3: field server.prot not found (did you mean "server.port"?)
    failed to parse config.yaml: line 8: field providers.a.retrys not found (did you mean "providers.a.retries"?)
    "#);
    insta::assert_snapshot!(given().yaml(yaml).env(lenient).warnings(), @r#"
    config.yaml: line 1: field loging not found (did you mean "logging"?)
    config.yaml: line 3: field server.prot not found (did you mean "server.port"?)
    config.yaml: line 8: field providers.a.retrys not found (did you mean "providers.a.retries"?)
    "#);
    insta::assert_snapshot!(given().yaml("loging: {}\nserver: {port: x}").env(lenient).errors(), @r#"failed to parse config.yaml: line 2: invalid value for server.port: "x" is not a valid integer"#);
    insta::assert_snapshot!(given().env([("CONFIG_STRICT", "nope")]).errors(), @r#"invalid value for CONFIG_STRICT: "nope" is not a valid boolean"#);
}

#[test]
fn placeholders_in_the_file() {
    let yaml = "\
server:
  port: ${THE_PORT}
  base_path: ${NOPE:-/g}
  master_key: ${KEY_OF_ALL:?set KEY_OF_ALL to the master key}
  user_path_header: X-$${x}-$y
  pid_file: ${file:absent.txt}
http:
  no_proxy: ${NOPE}
log:
  level: ${1}
";
    let given = || given().yaml(yaml).env([("THE_PORT", "81")]);
    insta::assert_snapshot!(given().errors(), @r#"
    failed to parse config.yaml: line 4: server.master_key: KEY_OF_ALL: set KEY_OF_ALL to the master key
    failed to parse config.yaml: line 5: invalid value for server.user_path_header: "X-${x}-$y" is not a valid header name
    failed to parse config.yaml: line 6: server.pid_file: cannot read "absent.txt": No such file or directory (os error 2)
    failed to parse config.yaml: line 8: http.no_proxy: environment variable NOPE is unset or empty (write ${NOPE:-} to allow that)
    failed to parse config.yaml: line 10: log.level: found ${ that is none of ${NAME}, ${NAME:-default}, ${NAME:?message}, ${file:/path}; write $${ for a literal ${
    "#);
    insta::assert_snapshot!(given().env([("CONFIG_STRICT", "false")]).errors(), @r#"
    failed to parse config.yaml: line 4: server.master_key: KEY_OF_ALL: set KEY_OF_ALL to the master key
    failed to parse config.yaml: line 5: invalid value for server.user_path_header: "X-${x}-$y" is not a valid header name
    failed to parse config.yaml: line 6: server.pid_file: cannot read "absent.txt": No such file or directory (os error 2)
    failed to parse config.yaml: line 10: log.level: found ${ that is none of ${NAME}, ${NAME:-default}, ${NAME:?message}, ${file:/path}; write $${ for a literal ${
    "#);
    let fine = super::given()
        .yaml("server: {port: '${P}', master_key: 'pa$$w${file:secret.txt}'}")
        .env([("P", "81")]);
    assert_eq!(
        fine.load().settings.server.master_key.as_ref().map(vocabulary::Secret::reveal),
        Some("pa$$wfrom a file")
    );
    assert_eq!(fine.effective("server.port"), "81 # config.yaml:1");
    assert_eq!(fine.effective("server.master_key"), "*** # config.yaml:1");
    let lenient = super::given().yaml("http: {no_proxy: '${NOPE}'}").env([("CONFIG_STRICT", "0")]);
    assert_eq!(lenient.effective("http.no_proxy"), "${NOPE} # config.yaml:1");
    insta::assert_snapshot!(lenient.warnings(), @"config.yaml: line 1: http.no_proxy: environment variable NOPE is unset or empty (write ${NOPE:-} to allow that)");
}

#[test]
fn slips_in_environment_names_are_told() {
    let slips = [
        ("OPENAI_APIKEY", "x"),
        ("OPENAI_EU_APIKEY", "x"),
        ("OPENIA_API_KEY", "x"),
        ("ANTHROPIC_BASEURL", "x"),
        ("GOMODEL_MASTERKEY", "x"),
        ("HTTP_TIMEOUTS", "x"),
        ("LOGLEVEL", "x"),
        ("PIDFILE", "x"),
        ("STORAGE_TYPES", "x"),
    ];
    insta::assert_snapshot!(given().env(slips).warnings(), @r"
    environment variable ANTHROPIC_BASEURL is not known and has no effect (did you mean ANTHROPIC_BASE_URL?)
    environment variable GOMODEL_MASTERKEY is not known and has no effect (did you mean GOMODEL_MASTER_KEY?)
    environment variable HTTP_TIMEOUTS is not known and has no effect (did you mean HTTP_TIMEOUT?)
    environment variable LOGLEVEL is not known and has no effect (did you mean LOG_LEVEL?)
    environment variable OPENAI_APIKEY is not known and has no effect (did you mean OPENAI_API_KEY?)
    environment variable OPENAI_EU_APIKEY is not known and has no effect (did you mean OPENAI_EU_API_KEY?)
    environment variable OPENIA_API_KEY is not known and has no effect (did you mean OPENAI_API_KEY?)
    environment variable PIDFILE is not known and has no effect (did you mean PID_FILE?)
    environment variable STORAGE_TYPES is not known and has no effect (did you mean STORAGE_TYPE?)
    ");
}

#[test]
fn variables_of_other_programs_raise_no_alarm() {
    let names = "PATH HOME USER LOGNAME SHELL PWD OLDPWD LANG LC_ALL TERM TZ HOSTNAME EDITOR DISPLAY MAIL SHLVL TMPDIR HTTP_PORT PORTS \
        FTP_PROXY ALL_PROXY NO_COLOR SSL_CERT_DIR XDG_DATA_DIRS XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR RUST_LOG RUST_BACKTRACE \
        CARGO_HOME GOPATH NODE_ENV LOG_DIR DATABASE_URL REDIS_HOST POSTGRES_USER POSTGRES_DB KUBERNETES_SERVICE_HOST GOMODEL_PORT \
        GOMODEL_SERVICE_HOST GOMODEL_PORT_8080_TCP_ADDR INVOCATION_ID JOURNAL_STREAM AWS_PROFILE AWS_ACCESS_KEY_ID \
        GOOGLE_APPLICATION_CREDENTIALS OPENAI_ORG_ID OPENAI_API_TYPE OLLAMA_HOST OLLAMA_ORIGINS OPENAI_EU_API_KEY_2 GITHUB_TOKEN GITHUB_SHA";
    let mut sources = given();
    sources.0.environment.extend(names.split_whitespace().map(|name| (name.to_owned(), "x".to_owned())));
    assert_eq!(sources.warnings(), "");
}
