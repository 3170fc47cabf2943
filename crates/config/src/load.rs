//! The steps of loading: merge the environment, parse the file, walk it, resolve every declaration, check what belongs together.
//! In: `Sources`. Out: `Loaded`, or every problem of every step.

use std::fmt;
use std::path::PathBuf;

use crate::declare::{Declaration, EffectiveValue};
use crate::env_check;
use crate::environment::MergedEnvironment;
use crate::expand::Lookup;
use crate::problems::{LoadErrors, Place, Problems};
use crate::provider_block::{ProviderBlock, read_providers};
use crate::reader::Reader;
use crate::resolver::{Resolver, Section, SectionTables};
use crate::settings::{
    BreakerSettings, DemoMode, DemoSettings, HttpSettings, LogSettings, LoggingSettings, MetricsSettings,
    ModelCacheSettings, ModelSettings, ProcessSettings, RetrySettings, ServerSettings, TranslationSettings,
    UsageSettings,
};
use crate::sources::{Environment, Sources};
use crate::values;
use crate::walk::{Found, walk};
use crate::yaml;

/// A configuration that holds.
pub struct Loaded {
    /// The typed settings.
    pub settings: Settings,
    /// What is odd, and does not stop the start.
    pub warnings: Vec<String>,
    /// Every setting with its value as text and where it came from, secrets masked.
    pub values: Vec<EffectiveValue>,
    /// The configuration file, as it was named, if there was one.
    pub file: Option<PathBuf>,
}

/// Declares `Settings` together with the list of all declarations, so that neither can forget a section.
macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $section:ident, )*) => {
        /// The settings of the process. `Debug` leaves out the environment, which holds secrets.
        #[derive(Clone)]
        pub struct Settings {
            $( $(#[doc = $doc])+ pub $name: $section, )*
            /// When the demo provider is there.
            pub demo: DemoMode,
            /// What only the environment says.
            pub process: ProcessSettings,
            /// The providers of the file, in its order.
            pub providers: Vec<ProviderBlock>,
            /// The merged environment, for provider variables; `NAME_FILE` of provider secrets are resolved into `NAME`.
            pub environment: Environment,
            /// What relative paths start from.
            pub working_directory: PathBuf,
        }

        /// Every section with what it is about, in the order of the manual.
        pub(crate) const SECTIONS: &[SectionTables] = &[
            $( <$section as Section>::TABLES, )*
            DemoSettings::TABLES,
            ProcessSettings::TABLES,
        ];

        impl fmt::Debug for Settings {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Settings")
                    $( .field(stringify!($name), &self.$name) )*
                    .field("demo", &self.demo)
                    .field("providers", &self.providers)
                    .finish_non_exhaustive()
            }
        }

        fn assemble(resolver: &mut Resolver<'_, '_>) -> Option<Settings> {
            $( let $name = $section::assemble(resolver); )*
            let demo = DemoSettings::assemble(resolver);
            let process = ProcessSettings::assemble(resolver);
            Some(Settings {
                $( $name: $name?, )*
                demo: demo?.enabled,
                process: process?,
                providers: Vec::new(),
                environment: Environment::new(),
                working_directory: PathBuf::new(),
            })
        }
    };
}

settings! {
    /// The listener and what every request meets first.
    server: ServerSettings,
    /// Calls to providers, and the streams that come of them.
    http: HttpSettings,
    /// When and how a call to a provider is tried again.
    retry: RetrySettings,
    /// When a failing provider is left alone for a while.
    circuit_breaker: BreakerSettings,
    /// Calls whose provider does not speak the client's dialect.
    translation: TranslationSettings,
    /// Which models there are and how they are listed.
    models: ModelSettings,
    /// Model lists and their renewal.
    model_cache: ModelCacheSettings,
    /// The Prometheus endpoint.
    metrics: MetricsSettings,
    /// The gateway's own log, on standard error.
    log: LogSettings,
    /// What is logged about requests.
    logging: LoggingSettings,
    /// Accounting of tokens.
    usage: UsageSettings,
}

/// Every declaration of a setting.
pub(crate) fn declarations() -> impl Iterator<Item = &'static Declaration> {
    SECTIONS.iter().flat_map(SectionTables::declarations)
}

/// Reads the whole configuration.
///
/// # Errors
/// Every problem of `.env`, the file and the environment, in this order.
pub fn load(sources: &Sources) -> Result<Loaded, LoadErrors> {
    let mut problems = Problems::default();
    let mut values = Vec::new();
    let environment = MergedEnvironment::merge(sources, &secret_names(), &mut problems);
    let settings = read(sources, &environment, &mut problems, &mut values);
    env_check::warn_of_near_names(&environment, &mut problems);
    let settings = settings.map(|settings| Settings {
        environment: environment.into_values(),
        working_directory: sources.working_directory.clone(),
        ..agree(settings, &mut values, &mut problems)
    });
    match (problems.finish(), settings) {
        (Ok(warnings), Some(settings)) => {
            let file = sources.file.as_ref().map(|(path, _)| path.clone());
            Ok(Loaded { settings, warnings, values, file })
        }
        (Err(errors), _) => Err(errors),
        (Ok(_), None) => Err("the configuration could not be read".to_owned().into()),
    }
}

/// Environment names of declared secrets, which may be given as `NAME_FILE`.
fn secret_names() -> Vec<&'static str> {
    declarations().filter(|declaration| declaration.secret).flat_map(|secret| secret.env).copied().collect()
}

/// Walks the file and resolves every declaration; `None` if a setting has a bad value.
fn read(
    sources: &Sources,
    environment: &MergedEnvironment,
    problems: &mut Problems,
    values: &mut Vec<EffectiveValue>,
) -> Option<Settings> {
    let strict = environment.get("CONFIG_STRICT").is_none_or(|text| values::boolean(text) != Some(false));
    let file = sources.file.as_ref().map_or_else(String::new, |(path, _)| path.display().to_string());
    let tree = sources.file.as_ref().and_then(|(_, text)| yaml::parse(text, &file, problems));
    let lookup = Lookup { environment, directory: &sources.working_directory };
    let mut reader = Reader { file: &file, lookup, strict, problems, values, inside_listed: false };
    let all: Vec<&'static Declaration> = declarations().collect();
    let found = tree.as_ref().map_or_else(Found::default, |tree| walk(tree, &all, &mut reader));
    let settings = assemble(&mut Resolver { reader: &mut reader, nodes: &found.nodes });
    let providers = found.providers.map_or_else(Vec::new, |node| read_providers(node, &mut reader));
    warn_of_later(environment, &found, reader.problems);
    settings.map(|settings| Settings { providers, ..settings })
}

/// One warning for all names whose feature does not exist yet.
fn warn_of_later(environment: &MergedEnvironment, found: &Found<'_>, problems: &mut Problems) {
    let mut names: Vec<String> =
        environment.names().filter(|name| crate::known::is_later_env(name)).map(str::to_owned).collect();
    names.extend(found.later.iter().cloned());
    if !names.is_empty() {
        let text = format!("accepted, but without effect in this version: {}", names.join(", "));
        problems.warning(Place::Environment, text);
    }
}

/// The limit of translated Messages calls where the configured one is none (spec 03 §2.2).
const MAX_TOKENS: u64 = 4096;

/// What settings demand of each other.
fn agree(mut settings: Settings, values: &mut [EffectiveValue], problems: &mut Problems) -> Settings {
    if settings.retry.initial_backoff > settings.retry.max_backoff {
        problems.warning(
            Place::Environment,
            "resilience.retry.initial_backoff is above max_backoff; max_backoff holds",
        );
    }
    if settings.server.shutdown_drain_timeout > settings.server.shutdown_timeout {
        problems.warning(
            Place::Environment,
            "server.shutdown_drain_timeout is above shutdown_timeout; shutdown_timeout holds",
        );
    }
    if opens_a_route(&settings.metrics.endpoint) {
        let text = format!(
            "metrics.endpoint {:?} would open another route; using /metrics",
            settings.metrics.endpoint
        );
        problems.warning(Place::Environment, text);
        "/metrics".clone_into(&mut settings.metrics.endpoint);
    }
    for value in values {
        match value.key.as_str() {
            "ANTHROPIC_DEFAULT_MAX_TOKENS" if settings.process.anthropic_default_max_tokens == 0 => {
                let text =
                    format!("{} {:?} is no positive number; using {MAX_TOKENS}", value.key, value.value);
                problems.warning(Place::Environment, text);
                settings.process.anthropic_default_max_tokens = MAX_TOKENS;
                value.value = MAX_TOKENS.to_string();
            }
            "metrics.endpoint" => value.value.clone_from(&settings.metrics.endpoint),
            "server.base_path" => value.value.clone_from(&settings.server.base_path),
            _ => {}
        }
    }
    settings
}

/// Every route and prefix of spec 01 §2 (01-B19).
fn opens_a_route(path: &str) -> bool {
    const ROUTES: [&str; 11] = [
        "/v1",
        "/v1beta",
        "/p",
        "/admin",
        "/mcp",
        "/health",
        "/swagger",
        "/openapi.json",
        "/docs",
        "/debug/pprof",
        "/debug",
    ];
    path == "/"
        || ROUTES.iter().any(|route| {
            path.strip_prefix(route).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}
