//! From settings to a `server::Generation`: built whole before it replaces anything, so that a reload that fails changes
//! nothing. Instances whose settings did not change are carried over with their pools, breakers and keys.

use config::Settings;
use identity::Gate;
use pipeline::{House, HouseSettings, UserPathHeader};
use providers::discovery::DiscoverySettings;
use providers::{Declared, Discovery, Instances};
use runtime::Supervisor;
use server::{Generation, GenerationParts};
use upstream::{RemoteImages, Roots, Trust};

use crate::process::Process;

/// Longest silence inside a request body.
const BODY_IDLE: std::time::Duration = std::time::Duration::from_secs(30);

/// A configuration that can be served, before anything of the running one was touched.
pub(crate) struct Prepared {
    pub(crate) instances: Instances,
    discovery: DiscoverySettings,
    house: HouseSettings,
    remote_images: Option<RemoteImages>,
}

/// Does all that can fail.
///
/// # Errors
/// What keeps the configuration from being served.
pub(crate) fn prepare(
    settings: &Settings,
    process: &Process,
    previous: Option<&Instances>,
) -> Result<Prepared, String> {
    let declared = providers::declare(settings);
    if !declared.errors.is_empty() {
        return Err(declared.errors.join("\n"));
    }
    report(&declared);
    Ok(Prepared {
        instances: Instances::build(&declared, previous, &process.supervisor),
        discovery: DiscoverySettings::of(settings),
        house: house_settings(settings)?,
        remote_images: remote_images(settings, process)?,
    })
}

/// What fetches images for callers, if it shall.
fn remote_images(settings: &Settings, process: &Process) -> Result<Option<RemoteImages>, String> {
    if !settings.translation.fetch_remote_images {
        return Ok(None);
    }
    let file = settings.http.ssl_cert_file.as_ref().map(|path| settings.working_directory.join(path));
    let roots = file.map_or_else(Roots::default, Roots::File);
    let images = RemoteImages::new(&Trust { roots, ca_file: None }, &process.supervisor);
    images.map(Some).map_err(|error| error.to_string())
}

/// Starts what runs beside the calls, owned by `jobs`, and makes the generation.
pub(crate) fn commit(
    prepared: Prepared,
    settings: &Settings,
    process: &Process,
    jobs: &Supervisor,
) -> Generation {
    let Prepared { instances, discovery, house, remote_images } = prepared;
    let registry = process.registry.clone();
    let discovery = Discovery::start(instances.clone(), registry.clone(), discovery, jobs);
    let (recall, tokenizers) = (process.recall.clone(), process.tokenizers.clone());
    let house = House { registry, instances, discovery, recall, tokenizers, remote_images, settings: house };
    parts(settings, house).into()
}

fn house_settings(settings: &Settings) -> Result<HouseSettings, String> {
    let header = UserPathHeader::parse(&settings.server.user_path_header);
    Ok(HouseSettings {
        user_path_header: header.map_err(|_| "server.user_path_header is not a header name".to_owned())?,
        enforces_usage: settings.usage.enabled && settings.usage.enforce_returning_usage_data,
        keep_alive: settings.http.sse_keepalive_interval,
        max_response_bytes: settings.http.max_response_size,
        max_frame_bytes: settings.http.max_frame_size,
        sends_routing_headers: settings.server.response_routing_headers,
        strict_translation: settings.translation.strict,
        default_max_tokens: settings.process.anthropic_default_max_tokens,
        propagates_trace: settings.server.propagate_trace_headers,
    })
}

fn parts(settings: &Settings, house: House) -> GenerationParts {
    GenerationParts {
        house,
        gate: Gate::new(settings.server.master_key.clone()),
        base_path: settings.server.base_path.clone(),
        cors_origins: settings.server.cors_allowed_origins.clone(),
        body_bytes: settings.server.body_size_limit,
        body_idle: BODY_IDLE,
        metrics_path: settings.metrics.enabled.then(|| settings.metrics.endpoint.clone()),
        metrics_need_auth: settings.metrics.require_auth,
        trusted_proxies: settings.server.trusted_proxies.clone(),
        logs_every_route: !settings.logging.only_model_interactions,
        readiness_needs_models: settings.server.ready_requires_models,
        lists_concrete_models: !settings.models.keep_only_aliases_at_models_endpoint,
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn report(declared: &Declared) {
    for warning in &declared.warnings {
        tracing::warn!("{warning}");
    }
    for skipped in &declared.skipped {
        tracing::warn!(provider = %skipped.name, reason = %skipped.reason, "provider skipped");
    }
    let total = declared.instances.len();
    let names: Vec<_> = declared.instances.iter().map(|instance| instance.name.to_string()).collect();
    tracing::info!(total, providers = %names.join(","), "providers resolved");
    if total == 0 {
        tracing::warn!(
            "no provider is configured: set a key such as OPENAI_API_KEY, or DEMO_PROVIDER_ENABLED=auto for the built-in demo"
        );
    }
}
