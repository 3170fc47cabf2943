//! What a gateway is started with. A test names only what it is about; the rest are defaults that make tests quick.
//! Invariant: the process sees the environment that stands here and nothing of the test's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use super::process::{Process, binary};
use super::{Gateway, START_LIMIT};
use crate::client::Request;
use crate::upstream::{SharedLog, Upstream};
use crate::wait::within;

/// A gateway without providers or keys, to be described further.
pub fn gateway() -> Builder {
    Builder::default()
}

/// One block under `providers:`.
pub struct Provider {
    name: String,
    kind: String,
    base_url: Option<String>,
    key: Option<String>,
    yaml: String,
    upstream: Option<Arc<SharedLog>>,
}

impl Provider {
    /// A provider of type `openai` with a key that no log may show.
    pub fn new(name: &str) -> Self {
        let key = Some(format!("sk-planted-{name}-4f1d9c"));
        Self {
            name: name.to_owned(),
            kind: "openai".to_owned(),
            base_url: None,
            key,
            yaml: String::new(),
            upstream: None,
        }
    }

    /// Another type.
    #[must_use]
    pub fn kind(self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..self }
    }

    /// At a scripted upstream.
    #[must_use]
    pub fn at(self, upstream: &Upstream) -> Self {
        Self { base_url: Some(upstream.base_url()), upstream: Some(upstream.shared()), ..self }
    }

    /// At any base URL.
    #[must_use]
    pub fn base_url(self, url: &str) -> Self {
        Self { base_url: Some(url.to_owned()), ..self }
    }

    /// Another key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// No key.
    #[must_use]
    pub fn keyless(self) -> Self {
        Self { key: None, ..self }
    }

    /// More lines of the block, without indentation.
    #[must_use]
    pub fn yaml(self, lines: &str) -> Self {
        Self { yaml: lines.to_owned(), ..self }
    }

    fn block(&self) -> String {
        let mut block = format!("  {}:\n    type: {}\n", self.name, self.kind);
        if let Some(url) = &self.base_url {
            block += &format!("    base_url: \"{url}\"\n");
        }
        if let Some(key) = &self.key {
            block += &format!("    api_key: \"{key}\"\n");
        }
        for line in self.yaml.lines() {
            block += &format!("    {line}\n");
        }
        block
    }
}

/// Describes a gateway before it starts.
pub struct Builder {
    pub(super) directory: tempfile::TempDir,
    pub(super) master_key: Option<String>,
    providers: Vec<Provider>,
    environment: BTreeMap<String, String>,
    yaml: String,
    dotenv: Option<String>,
    waits_for_models: bool,
    mounted_at: Option<String>,
    metrics_at: Option<String>,
    key_in_environment: bool,
    pub(super) tolerates_dirty_log: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let defaults = [
            ("PORT", "0"),
            ("BIND_ADDRESS", "127.0.0.1"),
            ("LOG_FORMAT", "json"),
            ("METRICS_ENABLED", "true"),
            ("RETRY_INITIAL_BACKOFF", "10ms"),
            ("RETRY_MAX_BACKOFF", "40ms"),
            ("SHUTDOWN_DRAIN_TIMEOUT", "2s"),
            // No test fetches the catalogue from the network.
            ("MODEL_LIST_URL", "http://127.0.0.1:1/models.json"),
        ];
        Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
            master_key: None,
            providers: Vec::new(),
            environment: defaults
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            yaml: String::new(),
            dotenv: None,
            waits_for_models: true,
            mounted_at: None,
            metrics_at: None,
            key_in_environment: true,
            tolerates_dirty_log: false,
        }
    }
}

impl Builder {
    /// A provider of type `openai` with this instance name, at a scripted upstream.
    #[must_use]
    pub fn provider(self, name: &str, upstream: &Upstream) -> Self {
        self.with(Provider::new(name).at(upstream))
    }

    /// A provider block; it replaces one of the same name.
    #[must_use]
    pub fn with(mut self, provider: Provider) -> Self {
        self.providers.retain(|other| other.name != provider.name);
        self.providers.push(provider);
        self
    }

    /// Takes a provider block away, for a reload.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.providers.retain(|provider| provider.name != name);
        self
    }

    /// An environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes one of the fixture's variables away.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// More top-level text of `config.yaml`; replaces what an earlier call said.
    #[must_use]
    pub fn config_yaml(mut self, text: &str) -> Self {
        text.clone_into(&mut self.yaml);
        self
    }

    /// The content of `.env`.
    #[must_use]
    pub fn dotenv(mut self, text: &str) -> Self {
        self.dotenv = Some(text.to_owned());
        self
    }

    /// The master key; requests of the fixture carry it.
    #[must_use]
    pub fn master_key(mut self, key: &str) -> Self {
        self.master_key = Some(key.to_owned());
        self
    }

    /// Requests carry the master key, but the gateway is told of it in another way.
    #[must_use]
    pub fn key_only_in_requests(mut self) -> Self {
        self.key_in_environment = false;
        self
    }

    /// Starts without waiting until every provider's models are listed.
    #[must_use]
    pub fn without_waiting_for_models(mut self) -> Self {
        self.waits_for_models = false;
        self
    }

    /// Where the fixture finds it, if `BASE_PATH` is spelt in an unusual way: empty or `/a/b`.
    #[must_use]
    pub fn mounted_at(mut self, prefix: &str) -> Self {
        self.mounted_at = Some(prefix.to_owned());
        self
    }

    /// Where the fixture finds the metrics, if `METRICS_ENDPOINT` moves them.
    #[must_use]
    pub fn metrics_at(mut self, path: &str) -> Self {
        self.metrics_at = Some(path.to_owned());
        self
    }

    /// Starts it and waits until it is healthy and lists models of every provider.
    ///
    /// # Panics
    /// If it does not come up.
    #[track_caller]
    pub fn start(self) -> Gateway {
        self.write_files();
        let mut process = Process::spawn(self.command(&[], None));
        let base = self.base_path();
        let health = |process: &Process| {
            let answer = Request::new(process.address, "GET", &format!("{base}/health")).try_send();
            answer.is_ok_and(|answer| answer.status() == 200)
        };
        if process.wait_for_address(START_LIMIT).is_none()
            || within(START_LIMIT, || health(&process).then_some(())).is_none()
        {
            process.kill();
            panic!("the gateway did not come up\n{}", process.log_tail());
        }
        let upstreams = self.upstreams();
        let gateway = Gateway { setup: self, process, upstreams };
        if gateway.setup.waits_for_models {
            gateway.wait_for_listings();
        }
        gateway
    }

    /// Runs it until it exits, as it is expected not to start.
    pub fn start_fails(self) -> Output {
        self.run_once(&[])
    }

    /// Runs the binary with these arguments in its directory and environment, until it exits.
    pub fn run_once(self, arguments: &[&str]) -> Output {
        self.write_files();
        self.run(arguments, None)
    }

    /// Runs the binary with arguments in this directory and environment, on another port if given.
    ///
    /// # Panics
    /// If the binary cannot be run.
    pub(super) fn run(&self, arguments: &[&str], port: Option<u16>) -> Output {
        let mut command = self.command(arguments, port);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let id = rustix::process::Pid::from_child(&child);
        let (done, finished) = std::sync::mpsc::channel();
        let watchdog = std::thread::spawn(move || {
            if finished.recv_timeout(START_LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let _gone = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            }
        });
        let output = child.wait_with_output().expect("the output of the binary");
        let _ended = done.send(());
        watchdog.join().expect("the watchdog");
        output
    }

    /// Writes `config.yaml` and `.env`.
    ///
    /// # Panics
    /// If the directory cannot be written.
    pub fn write_files(&self) {
        let mut yaml = self.yaml.clone();
        if !yaml.is_empty() && !yaml.ends_with('\n') {
            yaml.push('\n');
        }
        if !self.providers.is_empty() {
            yaml += "providers:\n";
            yaml.extend(self.providers.iter().map(Provider::block));
        }
        let path = self.directory.path().join("config.yaml");
        if yaml.is_empty() {
            let _absent = std::fs::remove_file(path);
        } else {
            std::fs::write(path, yaml).expect("a configuration file");
        }
        if let Some(dotenv) = &self.dotenv {
            std::fs::write(self.directory.path().join(".env"), dotenv).expect("a .env file");
        }
    }

    /// The directory of the gateway.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn upstreams(&self) -> Vec<Arc<SharedLog>> {
        self.providers.iter().filter_map(|provider| provider.upstream.clone()).collect()
    }

    /// Texts that must not occur in any log.
    pub(super) fn secrets(&self) -> Vec<String> {
        let keys = self.providers.iter().filter_map(|provider| provider.key.clone());
        let variables = self.environment.iter().filter(|(name, _)| name.contains("_API_KEY"));
        let secrets = keys.chain(self.master_key.clone()).chain(variables.map(|(_, value)| value.clone()));
        secrets.filter(|secret| secret.len() >= 8).collect()
    }

    pub(super) fn serves_metrics(&self) -> bool {
        self.environment.get("METRICS_ENABLED").is_some_and(|value| value == "true")
    }

    pub(super) fn metrics_path(&self) -> String {
        format!("{}{}", self.base_path(), self.metrics_at.as_deref().unwrap_or("/metrics"))
    }

    fn base_path(&self) -> String {
        if let Some(prefix) = &self.mounted_at {
            return prefix.clone();
        }
        let path = self.environment.get("BASE_PATH").map_or("", |path| path.trim_matches('/'));
        if path.is_empty() { String::new() } else { format!("/{path}") }
    }

    fn command(&self, arguments: &[&str], port: Option<u16>) -> Command {
        let directory = self.directory.path();
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(directory).env_clear().stdin(Stdio::null());
        command.env("HOME", directory).env("GOMODEL_CACHE_DIR", directory.join("cache"));
        command.env("PID_FILE", directory.join("gomodel.pid"));
        if let Some(key) = self.master_key.as_ref().filter(|_| self.key_in_environment) {
            command.env("GOMODEL_MASTER_KEY", key);
        }
        command.envs(&self.environment);
        if let Some(port) = port {
            command.env("PORT", port.to_string());
        }
        command
    }
}

impl Gateway {
    #[track_caller]
    fn wait_for_listings(&self) {
        let path = format!("{}/v1/models", self.setup.base_path());
        self.eventually("models of every provider", |gateway| {
            let answer = gateway.get(&path).try_send().ok().filter(|answer| answer.status() == 200)?;
            let text = answer.text();
            let listed = |provider: &Provider| text.contains(&format!("\"{}/", provider.name));
            gateway.setup.providers.iter().all(listed).then_some(())
        });
    }
}
