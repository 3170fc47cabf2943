use std::sync::{Arc, Mutex};
use std::time::Duration;

use catalog::{RefreshError, Registry, Resolution};
use runtime::Supervisor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vocabulary::{InstanceName, ModelSelector};

use super::{Discovery, DiscoverySettings, RefreshOutcome, ask};
use crate::declare::declare;
use crate::fixture::settings;
use crate::instances::Instances;

/// A provider that answers lists of models as it is told, one connection per request.
struct Upstream {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
    supervisor: Supervisor,
}

type Answer = fn(&str) -> (u16, String);

impl Upstream {
    async fn start(answer: Answer) -> Self {
        Self::start_slow(answer, Duration::ZERO).await
    }

    async fn start_slow(answer: Answer, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, supervisor) = (Arc::new(Mutex::new(Vec::new())), Supervisor::new());
        let (log, owner) = (seen.clone(), supervisor.clone());
        supervisor.own("mock", async move {
            while let Ok((socket, _)) = listener.accept().await {
                let log = log.clone();
                owner.own("mock connection", async move { serve(socket, &log, answer, pause).await });
            }
        });
        Self { address, seen, supervisor }
    }

    /// Every request so far: method, target, and the value of the header that carries the key.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.supervisor.stop();
    }
}

async fn serve(mut socket: TcpStream, log: &Mutex<Vec<String>>, answer: Answer, pause: Duration) {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !text.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(count) if count > 0 => text.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let first = text.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let key = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        ["authorization", "api-key", "x-api-key", "x-goog-api-key"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
            .then(|| format!(" {value}"))
    });
    log.lock().unwrap().push(format!("{first}{}", key.unwrap_or_default()));
    tokio::time::sleep(pause).await;
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = answer(target);
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // The client may be gone already; then nobody misses the answer.
    if socket.write_all(head.as_bytes()).await.is_ok() {
        drop(socket.write_all(body.as_bytes()).await);
    }
}

fn two(_: &str) -> (u16, String) {
    (200, r#"{"data":[{"id":"x"},{"id":"y"}]}"#.to_owned())
}

fn down(_: &str) -> (u16, String) {
    (500, r#"{"error":{"message":"key k1 is broken"}}"#.to_owned())
}

fn name(text: &str) -> InstanceName {
    InstanceName::parse(text).unwrap()
}

fn instances(file: &str, supervisor: &Supervisor) -> (Instances, DiscoverySettings) {
    let settings = settings(&[("MODEL_LIST_URL", "none"), ("PROVIDER_RECHECK_INTERVAL", "1")], file);
    let declared = declare(&settings);
    assert_eq!(declared.skipped, []);
    (Instances::build(&declared, None, supervisor), DiscoverySettings::of(&settings))
}

fn entry(name: &str, kind: &str, base: &str, further: &str) -> String {
    format!("  {name}:\n    type: {kind}\n    api_key: k1\n    base_url: {base}\n{further}")
}

/// Model ids of one instance's listing, or why there are none.
async fn listed(kind: &str, base: &str, further: &str) -> Result<Vec<String>, String> {
    let supervisor = Supervisor::new();
    let (instances, _) =
        instances(&format!("providers:\n{}", entry("one", kind, base, further)), &supervisor);
    match ask::list(instances.get("one").unwrap()).await {
        catalog::Listing::Models { models, .. } => Ok(models
            .iter()
            .map(|model| {
                let facts = model.metadata.as_ref().map(|facts| serde_json::to_string(facts).unwrap());
                format!("{} {}", model.id, facts.unwrap_or_default()).trim_end().to_owned()
            })
            .collect()),
        catalog::Listing::Failed(reason) | catalog::Listing::Unavailable(reason) => Err(reason),
    }
}

/// Waits, at most five seconds, until something holds.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen: {what}");
}

#[tokio::test]
async fn case_1_the_list_is_asked_for_with_the_key() {
    let upstream = Upstream::start(two).await;
    let found = listed("openai", &format!("{}/v1", upstream.address), "").await;
    assert_eq!(found, Ok(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(upstream.seen(), ["GET /v1/models Bearer k1"]);
}

#[tokio::test]
async fn an_error_is_told_without_the_key() {
    let upstream = Upstream::start(down).await;
    let found = listed("openai", &upstream.address, "").await;
    assert_eq!(found, Err("status 500: key [REDACTED] is broken".to_owned()));
}

#[tokio::test]
async fn b6_pages_are_followed_to_a_limit() {
    fn endless(target: &str) -> (u16, String) {
        let number = target.rsplit('=').next().and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
        (200, format!(r#"{{"data":[{{"id":"{number}"}}],"has_more":true}}"#))
    }
    let upstream = Upstream::start(endless).await;
    assert_eq!(listed("openai", &upstream.address, "").await.unwrap().len(), 20);
    assert_eq!(upstream.seen()[1], "GET /models?after=1 Bearer k1");
}

#[tokio::test]
async fn b15_anthropic_is_asked_page_by_page_and_tells_limits() {
    fn pages(target: &str) -> (u16, String) {
        let entry = |id: &str, at: &str| {
            format!(
                r#"{{"type":"model","id":"{id}","display_name":"Claude {id}","created_at":"{at}","max_input_tokens":200000,"max_tokens":64000,
                "capabilities":{{"image_input":{{"supported":true}},"thinking":{{"supported":true,"types":{{}}}},"batch":{{"supported":true}},"citations":null}}}}"#
            )
        };
        let (data, more, last) = match target {
            "/v1/models?limit=1000" => (entry("a", "2025-02-19T00:00:00Z"), true, "a"),
            "/v1/models?limit=1000&after_id=a" => (r#"{"type":"model","id":"b"}"#.to_owned(), false, "b"),
            _ => return (404, String::new()),
        };
        (200, format!(r#"{{"data":[{data}],"first_id":"x","has_more":{more},"last_id":"{last}"}}"#))
    }
    let upstream = Upstream::start(pages).await;
    let base = format!("{}/v1", upstream.address);
    let expected = r#"a {"display_name":"Claude a","context_window":200000,"max_output_tokens":64000,"capabilities":{"reasoning":true,"vision":true}}"#;
    assert_eq!(listed("anthropic", &base, "").await.unwrap(), [expected, "b"]);
    assert_eq!(upstream.seen(), ["GET /v1/models?limit=1000 k1", "GET /v1/models?limit=1000&after_id=a k1"]);
}

#[tokio::test]
async fn b15_google_is_asked_page_by_page_and_models_are_kept_by_method() {
    fn pages(target: &str) -> (u16, String) {
        let model = |name: &str, methods: &str| {
            format!(
                r#"{{"name":"models/{name}","displayName":"N","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":[{methods}],"thinking":true}}"#
            )
        };
        let (models, token) = match target {
            "/v1beta/models?pageSize=1000" => (
                [
                    model("gemini-2.5-pro", r#""generateContent","countTokens""#),
                    model("imagen-4", r#""predict""#),
                    model("gemini-live", r#""bidiGenerateContent""#),
                    model("gemma-3-27b-it", r#""generateContent""#),
                ]
                .join(","),
                r#","nextPageToken":"t/1""#,
            ),
            "/v1beta/models?pageSize=1000&pageToken=t%2F1" => (
                [
                    model("gemini-embedding-001", r#""embedContent""#),
                    r#"{"name":"models/text-embedding-004"}"#.to_owned(),
                    r#"{"name":"models/aqa"}"#.to_owned(),
                ]
                .join(","),
                "",
            ),
            _ => return (404, String::new()),
        };
        (200, format!(r#"{{"models":[{models}]{token}}}"#))
    }
    let upstream = Upstream::start(pages).await;
    let found = listed("gemini", &format!("{}/v1beta", upstream.address), "").await.unwrap();
    let facts = r#""context_window":1048576,"max_output_tokens":65536,"capabilities":{"reasoning":true}}"#;
    let expected = [
        format!(r#"gemini-2.5-pro {{"display_name":"N","modes":["chat"],{facts}"#),
        format!(r#"gemma-3-27b-it {{"display_name":"N","modes":["chat"],{facts}"#),
        format!(r#"gemini-embedding-001 {{"display_name":"N","modes":["embedding"],{facts}"#),
        r#"text-embedding-004 {"modes":["embedding"]}"#.to_owned(),
    ];
    assert_eq!(found, expected);
    assert_eq!(upstream.seen().len(), 2);
    assert!(upstream.seen().iter().all(|line| line.ends_with(" k1")));
}

#[tokio::test]
async fn chatgpt_offers_its_built_in_models_or_the_configured_ones() {
    let built_in = listed("chatgpt", "http://127.0.0.1:9", "").await.unwrap();
    assert_eq!(built_in, ["gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5"]);
    assert_eq!(listed("chatgpt", "http://127.0.0.1:9", "    models: [gpt-x]\n").await.unwrap(), ["gpt-x"]);
}

#[tokio::test]
async fn case_31_azure_lists_the_resource_but_offers_its_deployment() {
    let upstream = Upstream::start(two).await;
    let base = format!("{}/openai/deployments/d1", upstream.address);
    assert_eq!(listed("azure", &base, "").await, Ok(vec!["d1".to_owned()]));
    assert_eq!(upstream.seen(), ["GET /openai/models?api-version=2024-10-21 k1"]);
    assert_eq!(listed("azure", &upstream.address, "").await.unwrap(), ["x", "y"]);
}

#[tokio::test]
async fn case_50_an_allowlist_is_not_asked_about() {
    let upstream = Upstream::start(two).await;
    let further = "    models_mode: allowlist\n    models: [a]\n";
    assert_eq!(listed("openai", &upstream.address, further).await, Ok(Vec::new()));
    assert_eq!(upstream.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn case_57_llamacpp_says_which_context_it_uses() {
    fn one(target: &str) -> (u16, String) {
        let list = r#"{"data":[{"id":"m","meta":{"n_ctx_train":131072}}]}"#;
        let props =
            r#"{"default_generation_settings":{"n_ctx":8192},"modalities":{"vision":true,"audio":false}}"#;
        (200, if target == "/props" { props } else { list }.to_owned())
    }
    fn without_props(target: &str) -> (u16, String) {
        if target == "/props" { (500, String::new()) } else { one(target) }
    }
    let upstream = Upstream::start(one).await;
    let expected = r#"m {"context_window":8192,"capabilities":{"vision":true}}"#;
    assert_eq!(listed("llamacpp", &format!("{}/v1", upstream.address), "").await.unwrap(), [expected]);
    assert_eq!(upstream.seen(), ["GET /v1/models Bearer k1", "GET /props Bearer k1"]);
    let upstream = Upstream::start(without_props).await;
    let expected = r#"m {"context_window":131072}"#;
    assert_eq!(listed("llamacpp", &format!("{}/v1", upstream.address), "").await.unwrap(), [expected]);
}

#[tokio::test]
async fn ollama_is_asked_once_for_what_a_model_can_do() {
    fn ollama(target: &str) -> (u16, String) {
        match target {
            "/api/show" => (200, r#"{"capabilities":["completion","tools"]}"#.to_owned()),
            _ => two(target),
        }
    }
    let upstream = Upstream::start(ollama).await;
    let supervisor = Supervisor::new();
    let base = format!("{}/v1", upstream.address);
    let (instances, _) =
        instances(&format!("providers:\n{}", entry("one", "ollama", &base, "")), &supervisor);
    for _ in 0..2 {
        let listing = ask::list(instances.get("one").unwrap()).await;
        let catalog::Listing::Models { models, .. } = listing else { panic!("{listing:?}") };
        let modes: Vec<&str> =
            models.iter().map(|model| model.metadata.as_ref().unwrap().modes[0].as_str()).collect();
        assert_eq!(modes, ["chat", "chat"]);
    }
    let shows = upstream.seen().iter().filter(|line| line.starts_with("POST /api/show")).count();
    assert_eq!(shows, 2);
}

#[tokio::test]
async fn a_provider_without_a_list_offers_what_is_configured() {
    let further = "    models: [gpt-6]\n";
    assert_eq!(listed("chatgpt", "http://127.0.0.1:9", further).await.unwrap(), ["gpt-6"]);
}

/// Discovery over a good and a broken instance.
struct Running {
    registry: Arc<Registry>,
    discovery: Discovery,
    supervisor: Supervisor,
}

impl Running {
    fn start(file: &str) -> Self {
        let supervisor = Supervisor::new();
        let (instances, settings) = instances(file, &supervisor);
        let registry = Arc::new(Registry::new());
        let discovery = Discovery::start(instances, registry.clone(), settings, &supervisor);
        Self { registry, discovery, supervisor }
    }

    fn resolves(&self, model: &str) -> bool {
        let selector = ModelSelector::parse(model, None).unwrap();
        matches!(self.registry.snapshot().resolve(&selector), Resolution::Found(_))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.supervisor.stop();
    }
}

#[tokio::test]
async fn the_first_sweep_fills_the_registry_and_failures_are_noted() {
    let (good, bad) = (Upstream::start(two).await, Upstream::start(down).await);
    let file = format!(
        "providers:\n{}{}",
        entry("good", "openai", &good.address, ""),
        entry("bad", "groq", &bad.address, "")
    );
    let running = Running::start(&file);
    eventually("good is listed", || running.resolves("good/x") && running.resolves("y")).await;
    eventually("bad has failed", || {
        running.registry.snapshot().status("bad").is_some_and(|status| status.has_failed())
    })
    .await;
    // Case 49: a failed one is asked again soon.
    eventually("bad is rechecked", || bad.seen().len() >= 2).await;
    assert_eq!(good.seen().len(), 1);
}

#[tokio::test]
async fn case_53_requests_for_unknown_models_cause_one_listing_per_interval() {
    let upstream = Upstream::start_slow(two, Duration::from_millis(50)).await;
    let running = Running::start(&format!("providers:\n{}", entry("one", "openai", &upstream.address, "")));
    eventually("listed", || running.resolves("one/x")).await;
    let one = name("one");
    // The inventory is younger than the interval.
    assert_eq!(running.discovery.refresh_for_request(&one).await, RefreshOutcome::TooSoon);
    assert_eq!(running.discovery.refresh_for_request(&name("other")).await, RefreshOutcome::Gone);
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn b3_one_listing_serves_all_who_wait_even_if_the_first_leaves() {
    let upstream = Upstream::start_slow(down, Duration::from_millis(100)).await;
    let running = Running::start(&format!("providers:\n{}", entry("one", "openai", &upstream.address, "")));
    eventually("the sweep is over", || {
        running.registry.snapshot().status("one").is_some_and(|status| status.has_failed())
    })
    .await;
    let before = upstream.seen().len();
    let one = name("one");
    let leaves = running.discovery.refresh_for_request(&one);
    assert!(tokio::time::timeout(Duration::from_millis(20), leaves).await.is_err());
    let (second, third) = tokio::join!(
        running.discovery.refresh_for_request(&one),
        running.discovery.refresh_for_request(&one)
    );
    let failed = RefreshOutcome::Failed(RefreshError::ListingFailed);
    assert_eq!((second, third), (failed, failed));
    // Within the interval the same answer holds without another listing.
    assert_eq!(running.discovery.refresh_for_request(&one).await, failed);
    let asked = upstream.seen().len() - before;
    // The recheck loop may have asked once beside it.
    assert!((1..=2).contains(&asked), "{asked}");
}

#[tokio::test]
async fn b3_a_stopped_listing_hangs_nobody() {
    let upstream = Upstream::start_slow(two, Duration::from_secs(30)).await;
    let running = Running::start(&format!("providers:\n{}", entry("one", "openai", &upstream.address, "")));
    let one = name("one");
    let waiting = running.discovery.refresh_for_request(&one);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        running.supervisor.stop();
    };
    let (outcome, ()) = tokio::join!(waiting, stop);
    assert_eq!(outcome, RefreshOutcome::TooSoon);
}

#[tokio::test]
async fn case_52_a_restart_serves_what_an_earlier_process_knew() {
    let folder = std::env::temp_dir().join(format!("gomodel-discovery-{}", std::process::id()));
    let (up, down) = (Upstream::start(two).await, Upstream::start_slow(down, Duration::from_secs(30)).await);
    let start = |base: &str| {
        let supervisor = Supervisor::new();
        let (instances, mut settings) =
            instances(&format!("providers:\n{}", entry("one", "openai", base, "")), &supervisor);
        settings.cache_file = Some(folder.join("models.json"));
        let registry = Arc::new(Registry::new());
        let discovery = Discovery::start(instances, registry.clone(), settings, &supervisor);
        Running { registry, discovery, supervisor }
    };
    let first = start(&up.address);
    eventually("the cache is written", || folder.join("models.json").exists()).await;
    drop(first);
    let second = start(&down.address);
    eventually("the cached models are there before the provider answered", || second.resolves("one/x")).await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn the_catalogue_is_fetched_into_the_registry() {
    fn both(target: &str) -> (u16, String) {
        let catalogue = r#"{"version":1,"models":{"x":{"display_name":"The X","context_window":4096}}}"#;
        if target == "/catalogue.json?v=1" { (200, catalogue.to_owned()) } else { two(target) }
    }
    let upstream = Upstream::start(both).await;
    let supervisor = Supervisor::new();
    let (instances, mut settings) =
        instances(&format!("providers:\n{}", entry("one", "openai", &upstream.address, "")), &supervisor);
    settings.catalogue_url = Some(format!("{}/catalogue.json?v=1", upstream.address));
    let registry = Arc::new(Registry::new());
    let discovery = Discovery::start(instances, registry.clone(), settings, &supervisor);
    let running = Running { registry, discovery, supervisor };
    eventually("x is described", || {
        let snapshot = running.registry.snapshot();
        snapshot.model("one", "x").is_some_and(|model| {
            model.metadata.as_ref().is_some_and(|facts| facts.context_window == Some(4096))
        })
    })
    .await;
    assert!(upstream.seen().contains(&"GET /catalogue.json?v=1".to_owned()));
}

#[tokio::test]
async fn a_reload_keeps_what_did_not_change() {
    let supervisor = Supervisor::new();
    let build = |file: &str, previous: Option<&Instances>| {
        let declared = declare(&settings(&[], file));
        Instances::build(&declared, previous, &supervisor)
    };
    let (a, b) =
        (entry("a", "openai", "http://127.0.0.1:9", ""), entry("b", "groq", "http://127.0.0.1:9", ""));
    let first = build(&format!("providers:\n{a}{b}"), None);
    let changed = entry("b", "groq", "http://127.0.0.1:9", "    retries: 7\n");
    let second = build(&format!("providers:\n{changed}{a}"), Some(&first));
    let same = |name: &str| Arc::ptr_eq(first.get(name).unwrap(), second.get(name).unwrap());
    assert_eq!((same("a"), same("b")), (true, false));
    let third = build(&format!("providers:\n{a}"), Some(&second));
    assert_eq!(third.iter().map(|instance| instance.name.as_str()).collect::<Vec<_>>(), ["a"]);
}
