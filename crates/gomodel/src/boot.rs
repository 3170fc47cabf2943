//! The start of the gateway, its reloads, and its end: the rooms are put together here and nowhere else.
//! In: a loaded configuration. Out: an exit code.
//! Invariant: the listener and everything in `Process` live from here to the end; a reload swaps the generation only.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use config::{Loaded, LogFormat, LogLevel, Settings};
use identity::{AuthMode, Gate};
use providers::Instances;
use runtime::Supervisor;
use server::{Gateway, Listener, ListenerLimits};
use telemetry::{Level, LogOptions};

use crate::command_line;
use crate::generation::{self, Prepared};
use crate::pid_file::PidFile;
use crate::process::Process;
use crate::shutdown::{ShutdownLimits, Signals, Wish, shut_down};

/// Threads for discovery, signals and other work beside the calls, which run on the workers.
const BACKGROUND_THREADS: usize = 1;
/// How often tokenizers are looked at.
const TOKENIZER_LOOK: std::time::Duration = std::time::Duration::from_secs(60);
/// How often it is looked whether a crowd has left.
const CROWD_LOOK: std::time::Duration = std::time::Duration::from_millis(500);
const DEMO_MODE_WARNING: std::time::Duration = std::time::Duration::from_secs(300);

/// Runs the gateway until it is told to stop.
pub(crate) fn run(loaded: Loaded, config_flag: Option<PathBuf>) -> ExitCode {
    let log = telemetry::init_logging(log_options(&loaded.settings));
    // The only failure is that a provider is installed already, which is as good.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BACKGROUND_THREADS)
        .thread_name("background")
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let process =
                Process::start(log.clone()).map_err(|error| format!("workers cannot be started: {error}"));
            let outcome = process.and_then(|process| runtime.block_on(serve(loaded, config_flag, &process)));
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(format!("the runtime cannot be started: {error}")),
    };
    let code = outcome.unwrap_or_else(|error| {
        tracing::error!("{error}");
        ExitCode::FAILURE
    });
    log.flush();
    code
}

fn log_options(settings: &Settings) -> LogOptions {
    LogOptions {
        format: match settings.log.format {
            LogFormat::Auto => telemetry::LogFormat::Auto,
            LogFormat::Json => telemetry::LogFormat::Json,
            LogFormat::Text => telemetry::LogFormat::Text,
        },
        level: level(settings.log.level),
    }
}

fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Info => Level::INFO,
        LogLevel::Warn => Level::WARN,
        LogLevel::Error => Level::ERROR,
    }
}

async fn serve(loaded: Loaded, config_flag: Option<PathBuf>, process: &Process) -> Result<ExitCode, String> {
    report(&loaded);
    let settings = &loaded.settings;
    let mut signals = Signals::listen().map_err(|error| format!("signals cannot be handled: {error}"))?;
    let listener = listen(settings)?;
    let prepared = generation::prepare(settings, process, None)?;
    let instances = prepared.instances.clone();
    let jobs = process.supervisor.child();
    let gateway = Arc::new(Gateway::new(
        generation::commit(prepared, settings, process, &jobs),
        process.lifecycle.clone(),
        process.sink.clone(),
        process.metrics_registry.clone(),
    ));
    let address = listener.address().map_err(|error| format!("the listener has no address: {error}"))?;
    process.supervisor.own(
        "listener",
        listener.serve(gateway.clone(), process.workers.clone(), process.connections.clone()),
    );
    tracing::info!(address = %address, "listening");
    let _pid_file = write_pid_file(settings);
    warn_of_demo_mode(settings, process);
    give_memory_back(process);
    sweep_tokenizers(process);
    let mut running = Running { gateway, process, config_flag, loaded, instances, jobs };
    while let Wish::Reload = signals.next().await {
        running.reload();
    }
    let limits = ShutdownLimits {
        drain: running.loaded.settings.server.shutdown_drain_timeout,
        total: running.loaded.settings.server.shutdown_timeout,
    };
    Ok(shut_down(process, limits, &mut signals).await)
}

fn report(loaded: &Loaded) {
    match &loaded.file {
        Some(file) => tracing::info!(file = %file.display(), "config file loaded"),
        None => tracing::info!("no config file found: defaults and environment"),
    }
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    report_authentication(&loaded.settings);
}

fn report_authentication(settings: &Settings) {
    match Gate::new(settings.server.master_key.clone()).mode() {
        AuthMode::MasterKey => tracing::info!(mode = "master_key", "authentication enabled"),
        AuthMode::Unsafe => tracing::warn!(
            "UNSAFE MODE: no GOMODEL_MASTER_KEY is set, so everybody who reaches this port may use every provider key"
        ),
    }
}

fn listen(settings: &Settings) -> Result<Listener, String> {
    let port = settings.server.port;
    let limits =
        ListenerLimits { connections: settings.server.max_connections as usize, ..ListenerLimits::default() };
    let any = [IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::from([0, 0, 0, 0])];
    let addresses = settings.server.bind_address.map_or(any.to_vec(), |address| vec![address]);
    let mut failure = None;
    for address in addresses {
        match Listener::bind(SocketAddr::new(address, port), limits) {
            Ok(listener) => return Ok(listener),
            // A machine without IPv6 listens on IPv4 alone.
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.map_or_else(String::new, |error| format!("cannot listen on port {port}: {error}")))
}

fn write_pid_file(settings: &Settings) -> Option<PidFile> {
    let path = settings.server.pid_file.as_deref()?;
    PidFile::write(path)
        .inspect_err(
            |error| tracing::warn!(path = %path.display(), %error, "the pid file could not be written"),
        )
        .ok()
}

fn warn_of_demo_mode(settings: &Settings, process: &Process) {
    if !settings.process.demo_mode {
        return;
    }
    process.supervisor.own("demo mode warning", async {
        loop {
            tracing::warn!("GOMODEL_DEMO_MODE is on: this gateway is a public demonstration");
            tokio::time::sleep(DEMO_MODE_WARNING).await;
        }
    });
}

/// Returns memory to the system when a crowd of connections has left and nobody is served.
fn give_memory_back(process: &Process) {
    let metrics = process.metrics.clone();
    process.supervisor.own("memory", async move {
        let mut watch = memory::CrowdWatch::default();
        let mut has_left = false;
        loop {
            tokio::time::sleep(CROWD_LOOK).await;
            has_left |= watch.has_left(metrics.connections());
            if has_left && metrics.calls_in_flight() == 0 {
                has_left = false;
                memory::give_back();
            }
        }
    });
}

/// Lets go of tokenizers that nobody has asked for in a while: they are larger than all the rest.
fn sweep_tokenizers(process: &Process) {
    let tokenizers = process.tokenizers.clone();
    process.supervisor.own("tokenizers", async move {
        loop {
            tokio::time::sleep(TOKENIZER_LOOK).await;
            if tokenizers.sweep(std::time::Instant::now()) > 0 {
                memory::give_back();
            }
        }
    });
}

/// The gateway between its start and its end.
struct Running<'a> {
    gateway: Arc<Gateway>,
    process: &'a Process,
    config_flag: Option<PathBuf>,
    loaded: Loaded,
    instances: Instances,
    /// Owns the background jobs of the generation; replaced with it.
    jobs: Supervisor,
}

impl Running<'_> {
    fn reload(&mut self) {
        let loaded = match command_line::load(self.config_flag.as_deref()) {
            Ok(loaded) => loaded,
            Err(problems) => return keep_running(&problems),
        };
        match generation::prepare(&loaded.settings, self.process, Some(&self.instances)) {
            Ok(prepared) => self.swap(loaded, prepared),
            Err(problems) => keep_running(&problems),
        }
    }

    fn swap(&mut self, loaded: Loaded, prepared: Prepared) {
        report(&loaded);
        let (old, new) = (&self.loaded.settings.server, &loaded.settings.server);
        if (old.port, old.bind_address, &old.pid_file) != (new.port, new.bind_address, &new.pid_file) {
            tracing::warn!("a new port, bind address or pid file takes effect at the next start");
        }
        self.process.log.set_level(level(loaded.settings.log.level));
        self.jobs.stop();
        self.jobs = self.process.supervisor.child();
        self.instances = prepared.instances.clone();
        self.gateway.replace(generation::commit(prepared, &loaded.settings, self.process, &self.jobs));
        self.loaded = loaded;
        tracing::info!("configuration reloaded");
    }
}

fn keep_running(problems: &str) {
    tracing::error!(problems, "reload failed; keeping the running configuration");
}
