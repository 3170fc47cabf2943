//! The JSON of `models.json`: `updated_at`, `providers`, `model_list_data`; `version` 2 adds `metadata` per model.
//! Invariant: version 1 readers find all that they know at its old place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vocabulary::{InstanceName, ModelId};

use super::{CacheImage, CachedInstance};
use crate::catalogue::Catalogue;
use crate::metadata::Metadata;
use crate::profile::DiscoveredModel;

#[derive(Serialize)]
struct FileOut<'a> {
    version: u32,
    updated_at: String,
    providers: BTreeMap<&'a str, ProviderOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_list_data: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct ProviderOut<'a> {
    provider_type: &'a str,
    owned_by: &'a str,
    models: Vec<ModelOut<'a>>,
}

#[derive(Serialize)]
struct ModelOut<'a> {
    id: &'a str,
    created: i64,
    /// Only where it differs from the provider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    owned_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
}

pub(super) fn encode(image: &CacheImage) -> Vec<u8> {
    let providers = image.instances.iter().map(|cached| (cached.name.as_str(), provider_out(cached)));
    let file = FileOut {
        version: 2,
        updated_at: image.updated_at.to_string(),
        providers: providers.collect(),
        model_list_data: image
            .catalogue
            .as_deref()
            .and_then(|known| serde_json::from_str(known.as_json()).ok()),
    };
    serde_json::to_vec(&file).unwrap_or_default()
}

fn provider_out(cached: &CachedInstance) -> ProviderOut<'_> {
    let owner = cached.models.first().map_or("", |model| &model.owned_by);
    let models = cached.models.iter().map(|model| ModelOut {
        id: model.id.as_str(),
        created: model.created,
        owned_by: Some(model.owned_by.as_ref()).filter(|own| *own != owner),
        metadata: model.metadata.as_ref(),
    });
    ProviderOut { provider_type: &cached.provider_type, owned_by: owner, models: models.collect() }
}

#[derive(Deserialize)]
struct FileIn<'a> {
    updated_at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    providers: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow)]
    model_list_data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ProviderIn<'a> {
    provider_type: Box<str>,
    #[serde(default)]
    owned_by: Option<Box<str>>,
    #[serde(borrow, default)]
    models: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct ModelIn {
    id: Box<str>,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    owned_by: Option<Box<str>>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

pub(super) fn decode(bytes: &[u8]) -> serde_json::Result<CacheImage> {
    let file: FileIn<'_> = serde_json::from_slice(bytes)?;
    let updated_at = file.updated_at.and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or_default();
    let instances = file.providers.iter().filter_map(|(name, raw)| read_provider(name, raw.get()));
    Ok(CacheImage {
        updated_at,
        instances: instances.collect(),
        catalogue: file.model_list_data.and_then(|raw| read_catalogue(raw.get())),
    })
}

fn read_provider(name: &str, raw: &str) -> Option<CachedInstance> {
    let provider: ProviderIn<'_> = serde_json::from_str(raw).ok()?;
    let owner = provider.owned_by.unwrap_or_default();
    let models = provider.models.iter().filter_map(|raw| {
        let model: ModelIn = serde_json::from_str(raw.get()).ok()?;
        Some(DiscoveredModel {
            id: ModelId::new(model.id),
            created: model.created,
            owned_by: model.owned_by.unwrap_or_else(|| owner.clone()),
            metadata: model.metadata,
        })
    });
    let name = InstanceName::parse(name).ok()?;
    Some(CachedInstance { name, provider_type: provider.provider_type, models: models.collect() })
}

fn read_catalogue(raw: &str) -> Option<Arc<Catalogue>> {
    match Catalogue::parse(raw.to_owned()) {
        Ok(catalogue) => Some(Arc::new(catalogue)),
        Err(error) => {
            tracing::warn!(error = %error, "the cached model catalogue is left out");
            None
        }
    }
}
