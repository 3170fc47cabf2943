use catalog::ModelsMode;
use vocabulary::Secret;

use super::Declared;
use crate::fixture::declared;
use crate::settings::InstanceSettings;

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// One line per instance: name, type, keys, base URL, models.
fn show(declared: &Declared) -> Vec<String> {
    let line = |instance: &InstanceSettings| {
        let keys: Vec<&str> = instance.keys.iter().map(Secret::reveal).collect();
        let models: Vec<&str> = instance.models.iter().map(|model| model.id.as_str()).collect();
        let models = if models.is_empty() { String::new() } else { format!(" [{}]", models.join(",")) };
        let kind = instance.definition.kind;
        format!("{} {kind} ({}) {}{models}", instance.name, keys.join(","), instance.base_url)
    };
    declared.instances.iter().map(line).collect()
}

#[track_caller]
fn check(environment: Pairs<'_>, file: &str, instances: &[&str], skipped: &[&str]) -> Declared {
    let declared = declared(environment, file);
    assert_eq!(show(&declared), instances, "{environment:?} {file}");
    let reasons: Vec<String> = declared.skipped.iter().map(ToString::to_string).collect();
    let found = reasons.len() == skipped.len()
        && reasons.iter().zip(skipped).all(|(reason, part)| reason.contains(part));
    assert!(found, "{reasons:#?} against {skipped:#?}");
    declared
}

const OPENAI: &str = "https://api.openai.com/v1";

#[test]
fn case_1_a_key_and_a_base_url_declare_an_instance() {
    let base = "http://127.0.0.1:1/v1/";
    let env = [("OPENAI_API_KEY", "k1"), ("OPENAI_BASE_URL", base)];
    check(&env, "", &["openai openai (k1) http://127.0.0.1:1/v1"], &[]);
}

#[test]
fn cases_2_3_and_12_suffixes_name_instances() {
    let openai = |name: &str, keys: &str| format!("{name} openai ({keys}) {OPENAI}");
    check(&[("OPENAI_EAST_US_API_KEY", "k")], "", &[&openai("openai-east-us", "k")], &[]);
    check(&[("OPENAI_REGION_2_API_KEY", "k")], "", &[&openai("openai-region-2", "k")], &[]);
    check(
        &[("OPENAI_EU_API_KEY", "a"), ("OPENAI_EU_API_KEY_2", "b")],
        "",
        &[&openai("openai-eu", "a,b")],
        &[],
    );
    let mantle = [("BEDROCK_MANTLE_EAST_API_KEY", "k"), ("BEDROCK_MANTLE_EAST_BASE_URL", "us-west-2")];
    check(
        &mantle,
        "",
        &[],
        &["provider bedrock-mantle-east (type bedrock-mantle) is skipped: providers of type bedrock-mantle"],
    );
    let opencode = "opencode_go-b opencode_go (k) https://opencode.ai/zen/go/v1";
    check(&[("OPENCODE_GO_B_API_KEY", "k")], "", &[opencode], &[]);
    let compatible = [("OPENAI_COMPATIBLE_BASE_URL", "http://h/v1"), ("OPENAI_COMPATIBLE_API_KEY", "k")];
    check(&compatible, "", &["openai_compatible openai_compatible (k) http://h/v1"], &[]);
    for invalid in
        ["OPENAI__EU_API_KEY", "OPENAI_EU__API_KEY", "OPENAI_E-U_API_KEY", "OPENAIAPI_KEY", "XOPENAI_API_KEY"]
    {
        check(&[(invalid, "k")], "", &[], &[]);
    }
}

#[test]
fn cases_4_and_5_slots_are_ordered_by_number() {
    let env = [
        ("OPENAI_API_KEY_10", "j"),
        ("OPENAI_API_KEY", "a"),
        ("OPENAI_API_KEY_2", "b"),
        ("OPENAI_API_KEY_3", "a"),
    ];
    check(&env, "", &[&format!("openai openai (a,b,j) {OPENAI}")], &[]);
    check(&[("OPENAI_API_KEY_2", "b")], "", &[&format!("openai openai (b) {OPENAI}")], &[]);
    check(&[("OPENAI_API_KEY_0", "z")], "", &[], &[]);
    check(&[("OPENAI_API_KEY", "")], "", &[], &[]);
    check(&[("OPENAI_API_KEY", "${NOPE}")], "", &[], &[]);
}

#[test]
fn cases_6_and_7_placeholders_are_not_keys() {
    let strict = ("CONFIG_STRICT", "false");
    let file = "providers:\n  a:\n    type: openai\n    api_key: \"pre-${NOPE}\"\n";
    check(
        &[strict],
        file,
        &[],
        &["provider a (type openai) is skipped: its API key is blank or an unresolved placeholder"],
    );
    let file = "providers:\n  a:\n    type: openai\n    api_keys: [\"${NOPE}\", \"x\"]\n";
    check(&[strict], file, &[&format!("a openai (x) {OPENAI}")], &[]);
    let file = "providers:\n  a:\n    type: openai\n    api_key: x\n    base_url: \"https://${HOST}/v1\"\n";
    check(&[strict], file, &[], &["the base URL contains the unresolved placeholder ${HOST}"]);
}

#[test]
fn cases_8_and_9_an_unsuffixed_group_overlays_the_only_entry_of_its_type() {
    let main = "providers:\n  main:\n    type: openai\n    api_key: y\n";
    check(&[("OPENAI_API_KEY", "e")], main, &[&format!("main openai (e) {OPENAI}")], &[]);
    let two =
        "providers:\n  a:\n    type: openai\n    api_key: ka\n  b:\n    type: openai\n    api_key: kb\n";
    let kept = [&*format!("a openai (ka) {OPENAI}"), &*format!("b openai (kb) {OPENAI}")];
    check(&[("OPENAI_API_KEY", "e")], two, &kept, &["the file has several providers of this type (a, b)"]);
    // An entry named like the type wins over the others.
    let named =
        "providers:\n  openai:\n    type: openai\n    api_key: y\n  b:\n    type: openai\n    api_key: kb\n";
    let expected = [&*format!("b openai (kb) {OPENAI}"), &*format!("openai openai (e) {OPENAI}")];
    check(&[("OPENAI_API_KEY", "e")], named, &expected, &[]);
    let stolen = "providers:\n  openai:\n    type: groq\n    api_key: g\n";
    let groq = "openai groq (g) https://api.groq.com/openai/v1";
    check(
        &[("OPENAI_API_KEY", "e")],
        stolen,
        &[groq],
        &["a provider of that name and of another type is configured"],
    );
    let other = "providers:\n  openai-eu:\n    type: groq\n    api_key: g\n";
    let groq = "openai-eu groq (g) https://api.groq.com/openai/v1";
    check(
        &[("OPENAI_EU_API_KEY", "e")],
        other,
        &[groq],
        &["a provider of that name and of type groq is configured"],
    );
}

#[test]
fn fields_are_overlaid_one_by_one() {
    let file = "providers:\n  main:\n    type: openai\n    api_keys: [y, z]\n    base_url: http://y/v1\n    models: [m]\n    session_sticky_keys: false\n";
    check(&[("OPENAI_BASE_URL", "http://e/v1")], file, &["main openai (y,z) http://e/v1 [m]"], &[]);
    check(&[("OPENAI_API_KEY", "e")], file, &["main openai (e) http://y/v1 [m]"], &[]);
    let models =
        check(&[("OPENAI_MODELS", " a , ,b,a ")], file, &["main openai (y,z) http://y/v1 [a,b]"], &[]);
    assert!(!models.instances[0].session_sticky_keys);
    let sticky =
        check(&[("OPENAI_SESSION_STICKY_KEYS", "T")], file, &["main openai (y,z) http://y/v1 [m]"], &[]);
    assert!(sticky.instances[0].session_sticky_keys);
    let odd =
        check(&[("OPENAI_SESSION_STICKY_KEYS", "yes")], file, &["main openai (y,z) http://y/v1 [m]"], &[]);
    assert!(!odd.instances[0].session_sticky_keys);
    assert!(odd.warnings[0].contains("OPENAI_SESSION_STICKY_KEYS"), "{:?}", odd.warnings);
    // A base URL that is a placeholder gives way to the default when the environment has a key.
    let file = "providers:\n  main:\n    type: openai\n    base_url: \"${NOPE}\"\n";
    let env = [("OPENAI_API_KEY", "e"), ("OPENAI_BASE_URL", "${ALSO}"), ("CONFIG_STRICT", "false")];
    check(&env, file, &[&format!("main openai (e) {OPENAI}")], &[]);
}

#[test]
fn cases_10_and_11_what_a_type_requires() {
    check(
        &[("AZURE_API_KEY", "k")],
        "",
        &[],
        &["provider azure (type azure) is skipped: a base URL is required"],
    );
    check(&[("VLLM_BASE_URL", "http://u/v1")], "", &["vllm vllm () http://u/v1"], &[]);
    check(&[("LLAMACPP_API_KEY", "k")], "", &[], &["a base URL is required"]);
    check(&[("OPENAI_BASE_URL", "http://u/v1")], "", &[], &["no API key is set"]);
    let file = "providers:\n  a:\n    type: azure\n    api_key: k\n";
    check(&[], file, &[], &["a base URL is required"]);
    let azure = check(
        &[("AZURE_API_KEY", "k"), ("AZURE_BASE_URL", "http://u"), ("AZURE_API_VERSION", "2025-01-01")],
        "",
        &["azure azure (k) http://u"],
        &[],
    );
    assert_eq!(azure.instances[0].api_version.as_deref(), Some("2025-01-01"));
    // The variable means nothing to other types.
    check(&[("OPENAI_API_VERSION", "v")], "", &[], &[]);
}

#[test]
fn b20_helper_variables_declare_nothing() {
    let ollama = check(&[("OLLAMA_MODELS", "/root/.ollama/models")], "", &[], &[]);
    assert!(ollama.warnings[0].starts_with("OLLAMA_MODELS names a directory"), "{:?}", ollama.warnings);
    check(&[("OLLAMA_MODELS", "llama3")], "", &[], &["neither a base URL nor an API key is set"]);
    check(&[("VLLM_SESSION_STICKY_KEYS", "false")], "", &[], &["neither a base URL nor an API key is set"]);
    let env = [("OLLAMA_BASE_URL", "http://o/v1"), ("OLLAMA_MODELS", "llama3")];
    check(&env, "", &["ollama ollama () http://o/v1 [llama3]"], &[]);
}

#[test]
fn b17_the_environment_tunes_one_instance() {
    let env = [
        ("OPENAI_EU_API_KEY", "k"),
        ("OPENAI_EU_MAX_RETRIES", "7"),
        ("OPENAI_EU_TIMEOUT", "1m30s"),
        ("OPENAI_EU_CIRCUIT_FAILURE_THRESHOLD", "-1"),
        ("RETRY_MAX_RETRIES", "1"),
        ("GROQ_API_KEY", "g"),
    ];
    let declared = declared(&env, "");
    let [groq, eu] = declared.instances.as_slice() else { panic!("{declared:?}") };
    assert_eq!((groq.retry.max_retries, eu.retry.max_retries), (1, 7));
    assert_eq!(eu.deadlines.total, Some(std::time::Duration::from_secs(90)));
    assert_eq!((groq.circuit_breaker.failure_threshold, eu.circuit_breaker.failure_threshold), (5, 0));
    assert_eq!(eu.deadlines_for(true).total, None);
}

#[test]
fn b17_a_number_that_is_none_stops_the_start() {
    // `config` looks at these values first; `declare` holds the line by itself.
    let mut settings = crate::fixture::settings(&[("OPENAI_API_KEY", "k")], "");
    for (name, value) in
        [("OPENAI_MAX_RETRIES", "many"), ("OPENAI_TIMEOUT", "0"), ("OPENAI_CIRCUIT_FAILURE_THRESHOLD", "x")]
    {
        settings.environment.insert(name.to_owned(), value.to_owned());
    }
    let errors = super::declare(&settings).errors;
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors.iter().any(|error| error
        == r#"invalid value for OPENAI_MAX_RETRIES: "many" is not a valid number from 0 to 100"#));
}

#[test]
fn instances_come_in_name_order_and_types_that_are_not_built_are_skipped() {
    let env =
        [("COHERE_API_KEY", "k"), ("OPENAI_API_KEY", "k"), ("GROQ_B_API_KEY", "k"), ("GROQ_API_KEY", "k")];
    let names = declared(&env, "");
    let names: Vec<&str> = names.instances.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["groq", "groq-b", "openai"]);
    check(&env[..1], "", &[], &["providers of type cohere are not supported yet"]);
    let vertex = "providers:\n  g:\n    type: gemini\n    backend: vertex\n";
    check(&[], vertex, &[], &["provider g (type vertex) is skipped"]);
    let inferred = "providers:\n  g:\n    type: gemini\n    api_key: k\n    vertex_project: p\n";
    check(&[], inferred, &[], &["provider g (type vertex) is skipped"]);
    let studio = format!("{inferred}    backend: aistudio\n");
    check(&[], &studio, &["g gemini (k) https://generativelanguage.googleapis.com/v1beta"], &[]);
    let unknown = "providers:\n  x:\n    type: nope\n    api_key: k\n";
    check(&[], unknown, &[], &["unknown provider type \"nope\""]);
    let demo = "providers:\n  d:\n    type: demo\n";
    check(&[], demo, &[], &["DEMO_PROVIDER_ENABLED"]);
}

#[test]
fn the_demo_is_there_when_asked_for_or_alone() {
    let mode = |mode| ("DEMO_PROVIDER_ENABLED", mode);
    let demo = "demo demo () http://demo.invalid";
    let openai = &*format!("openai openai (k) {OPENAI}");
    check(&[mode("auto")], "", &[demo], &[]);
    check(&[mode("auto"), ("OPENAI_API_KEY", "k")], "", &[openai], &[]);
    check(&[mode("true"), ("OPENAI_API_KEY", "k")], "", &[demo, openai], &[]);
    check(&[], "", &[], &[]);
}

#[test]
fn the_file_tunes_one_instance() {
    let file = r#"
providers:
  a:
    type: openai
    api_key: k
    models_mode: allowlist
    models: [x, {id: y, metadata: {context_window: 131072, modes: [chat], capabilities: {tools: true}, pricing: {input_per_mtok: 0.10}}}]
    allow_unlisted_models: true
    priority: -3
    resilience:
      retry: {max_retries: 5, initial_backoff: 500ms}
      circuit_breaker: {failure_threshold: 10}
    timeouts: {connect: 1s, total: 5}
"#;
    let declared = declared(&[], file);
    let [a] = declared.instances.as_slice() else { panic!("{declared:?}") };
    assert_eq!((a.models_mode, a.allow_unlisted_models, a.priority), (ModelsMode::Allowlist, true, -3));
    assert_eq!(
        (a.retry.max_retries, a.retry.initial_backoff.as_millis(), a.retry.backoff_factor),
        (5, 500, 2.0)
    );
    assert_eq!((a.circuit_breaker.failure_threshold, a.circuit_breaker.success_threshold), (10, 2));
    assert_eq!((a.deadlines.connect.as_secs(), a.deadlines.total.map(|total| total.as_secs())), (1, Some(5)));
    let metadata = a.models[1].metadata.as_ref().unwrap();
    let json = serde_json::to_string(metadata).unwrap();
    let expected = r#"{"modes":["chat"],"context_window":131072,"capabilities":{"tools":true},"pricing":{"input_per_mtok":0.10}}"#;
    assert_eq!(json, expected);
}

#[test]
fn qualified_unknown_models_are_forwarded_where_only_the_user_knows_the_inventory() {
    let unlisted = |env: Pairs<'_>| declared(env, "").instances[0].allow_unlisted_models;
    assert!(unlisted(&[("VLLM_BASE_URL", "http://u/v1")]));
    assert!(unlisted(&[("AZURE_API_KEY", "k"), ("AZURE_BASE_URL", "http://u")]));
    assert!(!unlisted(&[("OPENAI_API_KEY", "k")]));
    assert!(!unlisted(&[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "http://u/v1")]));
}

#[test]
fn fingerprints_tell_changes_and_keep_secrets() {
    let print = |env: Pairs<'_>| declared(env, "").instances[0].fingerprint();
    let one = print(&[("OPENAI_API_KEY", "k-secret")]);
    assert_eq!(one, print(&[("OPENAI_API_KEY", "k-secret")]));
    assert_ne!(one, print(&[("OPENAI_API_KEY", "k-other")]));
    assert_ne!(one, print(&[("OPENAI_API_KEY", "k-secret"), ("HTTP_TIMEOUT", "5")]));
    assert_ne!(one, print(&[("OPENAI_API_KEY", "k-secret"), ("OPENAI_MODELS", "a")]));
    let declared = declared(&[("OPENAI_API_KEY", "k-secret"), ("HTTPS_PROXY", "http://u:p-secret@h:1")], "");
    assert!(!format!("{declared:?}{one:?}").contains("secret"));
}

#[test]
fn keys_that_no_header_can_carry_are_ignored() {
    let declared = declared(&[("OPENAI_API_KEY", "a\nb"), ("OPENAI_API_KEY_2", "c")], "");
    assert_eq!(show(&declared), [format!("openai openai (c) {OPENAI}")]);
    assert!(declared.warnings[0].contains("key 1 of provider openai"), "{:?}", declared.warnings);
}
