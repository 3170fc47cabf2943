//! Finds out which models the instances offer, at start, on timers and when a request names an unknown one.
//! In: the instances of one generation, and the registry that takes what they list. Out: nothing; callers look at the
//! registry. A reload starts another discovery; this one stops with its supervisor.
//! Invariant: every task is owned and stops with its supervisor; an instance is asked within ten seconds or has failed;
//! breaker and retries play no part, so a listing never costs an inference (B7).
//! Read in this order: `ask` (one instance), `listing` and `extras` (what it said), `flights` (for a request),
//! `catalogue` (the public metadata).

mod ask;
mod catalogue;
mod extras;
mod flights;
mod listing;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use catalog::{Listing, Refreshed, Registry};
use config::Settings;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use runtime::Supervisor;
use tokio::time::{Instant, timeout_at};
use vocabulary::InstanceName;

pub use ask::Remembered;
pub use flights::RefreshOutcome;

use crate::instance::Instance;
use crate::instances::Instances;
use crate::settings::Network;

/// How long a sweep may take at start, and on the timer.
const START_SWEEP: Duration = Duration::from_secs(60);
const TIMED_SWEEP: Duration = Duration::from_secs(30);

/// When and where discovery looks.
#[derive(Clone, Debug)]
pub struct DiscoverySettings {
    /// Time between sweeps over all instances, and between fetches of the catalogue.
    pub refresh_interval: Duration,
    /// Time between looks at instances whose last listing failed; zero means never.
    pub recheck_interval: Duration,
    /// Least time between two request-time listings of one instance (B3).
    pub request_refresh_min_interval: Duration,
    /// Where the public catalogue is.
    pub catalogue_url: Option<String>,
    /// How the catalogue is reached.
    pub network: Network,
    /// The file that survives restarts.
    pub cache_file: Option<PathBuf>,
}

impl DiscoverySettings {
    /// What the loaded settings say.
    pub fn of(settings: &Settings) -> Self {
        let cache = &settings.model_cache;
        let file = |path: &PathBuf| settings.working_directory.join(path);
        Self {
            refresh_interval: cache.refresh_interval,
            recheck_interval: cache.recheck_interval,
            request_refresh_min_interval: settings.models.request_refresh_min_interval,
            catalogue_url: cache.model_list.url.clone(),
            network: Network {
                http_proxy: settings.http.http_proxy.clone(),
                https_proxy: settings.http.https_proxy.clone(),
                no_proxy: settings.http.no_proxy.clone(),
                root_file: settings.http.ssl_cert_file.as_ref().map(file),
                ..Network::default()
            },
            cache_file: cache.local.cache_dir.as_ref().map(|folder| file(folder).join("models.json")),
        }
    }
}

/// The running discovery. Cloning shares it.
#[derive(Clone)]
pub struct Discovery(Arc<Shared>);

struct Shared {
    registry: Arc<Registry>,
    instances: Instances,
    settings: DiscoverySettings,
    flights: flights::Flights,
    supervisor: Supervisor,
}

impl Discovery {
    /// Tells the registry of the instances and starts looking, on the current runtime. Does not wait for providers.
    pub fn start(
        instances: Instances,
        registry: Arc<Registry>,
        settings: DiscoverySettings,
        supervisor: &Supervisor,
    ) -> Self {
        registry.configure(instances.profiles());
        let shared = Arc::new(Shared {
            registry,
            instances,
            settings,
            flights: flights::Flights::default(),
            supervisor: supervisor.clone(),
        });
        supervisor.own("model discovery", run(shared.clone()));
        Self(shared)
    }

    /// Asks one instance because a request named a model that it is not known to have: at most once per interval, and
    /// once for all who wait (B3). Cancel safe: a listing that has begun goes on for the others.
    pub async fn refresh_for_request(&self, instance: &InstanceName) -> RefreshOutcome {
        flights::refresh(&self.0, instance).await
    }

    /// Asks every instance now; part of an operator's refresh.
    pub async fn sweep(&self) {
        sweep(&self.0, TIMED_SWEEP).await;
        store::save(&self.0).await;
    }
}

async fn run(shared: Arc<Shared>) {
    store::load(&shared).await;
    if shared.settings.catalogue_url.is_some() {
        shared.supervisor.own("model catalogue", catalogue::run(shared.clone()));
    }
    sweep(&shared, START_SWEEP).await;
    report(&shared);
    store::save(&shared).await;
    if !shared.settings.recheck_interval.is_zero() {
        shared.supervisor.own("model recheck", recheck(shared.clone()));
    }
    loop {
        tokio::time::sleep(shared.settings.refresh_interval).await;
        sweep(&shared, TIMED_SWEEP).await;
        store::save(&shared).await;
    }
}

/// Asks the instances whose last listing failed, one after the other.
async fn recheck(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(shared.settings.recheck_interval).await;
        let failed: Vec<InstanceName> = {
            let snapshot = shared.registry.snapshot();
            snapshot
                .statuses()
                .filter(|status| status.has_failed())
                .map(|status| status.name.clone())
                .collect()
        };
        for instance in failed.iter().filter_map(|name| shared.instances.get(name.as_str())) {
            let listing = ask::list(instance).await;
            if shared.registry.apply(&instance.name, listing) == Refreshed::Fresh {
                tracing::info!(provider.name = %instance.name, "the models of {} are listed again", instance.name);
            }
        }
    }
}

/// Asks all instances at once. Each good answer serves at once; the judgement over the others comes at the end.
async fn sweep(shared: &Shared, limit: Duration) {
    let end = Instant::now() + limit;
    let instances = &shared.instances;
    let mut asked: FuturesUnordered<_> = instances.iter().map(ask_named).collect();
    let mut listings: Vec<(InstanceName, Listing)> = Vec::with_capacity(instances.len());
    while let Ok(Some((name, listing))) = timeout_at(end, asked.next()).await {
        if matches!(&listing, Listing::Models { models, .. } if !models.is_empty()) {
            shared.registry.apply(&name, listing.clone());
        }
        listings.push((name, listing));
    }
    drop(asked);
    for instance in instances.iter() {
        if !listings.iter().any(|(name, _)| *name == instance.name) {
            let late = Listing::Failed("the model list did not come in time".to_owned());
            listings.push((instance.name.clone(), late));
        }
    }
    for (name, listing) in &listings {
        if let Listing::Failed(reason) | Listing::Unavailable(reason) = listing {
            tracing::warn!(provider.name = %name, reason, "the models of {name} could not be listed");
        }
    }
    shared.registry.apply_sweep(listings);
}

async fn ask_named(instance: &Arc<Instance>) -> (InstanceName, Listing) {
    (instance.name.clone(), ask::list(instance).await)
}

/// One line on what was found, and one for every configured model that its provider does not list (B1).
fn report(shared: &Shared) {
    let snapshot = shared.registry.snapshot();
    for status in snapshot.statuses() {
        for model in &status.configured_but_not_listed {
            tracing::info!(
                provider.name = %status.name,
                model.id = %model,
                "model {model} is configured for {} but not listed by it",
                status.name
            );
        }
    }
    tracing::info!(
        providers = shared.instances.len(),
        models = snapshot.listed().len(),
        "{} models of {} providers are known",
        snapshot.listed().len(),
        shared.instances.len()
    );
}

#[cfg(test)]
mod tests;
