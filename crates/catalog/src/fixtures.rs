//! Registries for tests: a test names only what it is about.

use jiff::Timestamp;
use vocabulary::{InstanceName, ModelId, ModelSelector, ProviderType};

use crate::{ConfiguredModel, DiscoveredModel, InstanceProfile, Listing, Registry, Resolution, Snapshot};

pub(crate) fn name(text: &str) -> InstanceName {
    InstanceName::parse(text).expect("an instance name")
}

pub(crate) fn profile(instance: &str, provider_type: &'static str) -> InstanceProfile {
    InstanceProfile::new(name(instance), ProviderType(provider_type))
}

pub(crate) fn configured(ids: &[&str]) -> Vec<ConfiguredModel> {
    ids.iter().map(|id| ConfiguredModel { id: ModelId::new(*id), metadata: None }).collect()
}

pub(crate) fn models(ids: &[&str]) -> Listing {
    Listing::of(ids.iter().map(|id| DiscoveredModel::new(ModelId::new(*id))).collect())
}

pub(crate) fn failed() -> Listing {
    Listing::Failed("connection refused".to_owned())
}

/// One minute after 1970.
pub(crate) fn registry() -> Registry {
    Registry::with_clock(|| Timestamp::from_second(60).unwrap_or_default())
}

/// Instances `(name, type, models)`, all of them listed in one sweep.
pub(crate) fn registry_of(instances: &[(&str, &'static str, &[&str])]) -> Registry {
    let registry = registry();
    registry.configure(instances.iter().map(|(instance, kind, _)| profile(instance, kind)).collect());
    let listings = instances.iter().map(|(instance, _, ids)| (name(instance), models(ids)));
    registry.apply_sweep(listings.collect());
    registry
}

/// The qualified id that a selector means, or what else it means.
pub(crate) fn meaning(snapshot: &Snapshot, model: &str, provider: Option<&str>) -> String {
    let selector = ModelSelector::parse(model, provider).expect("a selector");
    match snapshot.resolve(&selector) {
        Resolution::Found(model) => model.qualified.to_string(),
        Resolution::Unlisted { instance, model } => format!("unlisted {instance}/{model}"),
        Resolution::Unknown { refresh } => {
            let names: Vec<_> = refresh.iter().map(InstanceName::as_str).collect();
            format!("unknown, ask [{}]", names.join(" "))
        }
        Resolution::NotReady => "not ready".to_owned(),
    }
}

/// The ids of `/v1/models`.
pub(crate) fn listed(registry: &Registry) -> Vec<String> {
    registry.snapshot().listed().iter().map(|model| model.qualified.to_string()).collect()
}
