//! The models that one instance offers, ready to be looked up by id.
//! In: its pristine models and the layers of metadata. Out: maps from borrowed text to `Arc<Model>`.
//! Invariant: rebuilt only when the inventory, the profile or the catalogue changed; shared by snapshots otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::{InstanceName, ModelId, ProviderType};

use crate::inventory::Inventory;
use crate::layers::Layers;
use crate::metadata::Metadata;

/// A model of an instance: what a resolved call goes to, and one entry of `/v1/models`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The upstream's id.
    pub id: ModelId,
    /// The instance that has it.
    pub instance: InstanceName,
    /// The instance's type.
    pub provider_type: ProviderType,
    /// `instance/id`.
    pub qualified: Arc<str>,
    /// Seconds since 1970; 0 if unknown.
    pub created: i64,
    /// Whom the upstream named as its owner. Listings show the instance name instead.
    pub owned_by: Arc<str>,
    /// What is known about it.
    pub metadata: Option<Arc<Metadata>>,
}

#[derive(Default)]
pub(crate) struct Offer {
    pub(crate) by_id: HashMap<ModelId, Arc<Model>>,
    /// Models whose own id is `<instance name>/<rest>`, by the rest: rule 3 without joining texts.
    pub(crate) by_rest_after_name: HashMap<ModelId, Arc<Model>>,
    /// The same for `<type>/<rest>`.
    pub(crate) by_rest_after_type: HashMap<ModelId, Arc<Model>>,
}

impl Offer {
    pub(crate) fn build(inventory: &Inventory, layers: &Layers) -> Self {
        let mut offer = Self::default();
        let profile = &inventory.profile;
        let mut owners: HashMap<Box<str>, Arc<str>> = HashMap::new();
        for discovered in inventory.models() {
            let configured = profile.configured_models.iter().find(|model| model.id == discovered.id);
            let configured = configured.and_then(|model| model.metadata.as_ref());
            let id = discovered.id;
            let metadata =
                layers.describe(profile.provider_type, id.as_str(), discovered.metadata.as_ref(), configured);
            let owned_by =
                owners.entry(discovered.owned_by).or_insert_with_key(|owner| owner.as_ref().into());
            offer.insert(Arc::new(Model {
                qualified: format!("{}/{id}", profile.name).into(),
                id,
                instance: profile.name.clone(),
                provider_type: profile.provider_type,
                created: discovered.created,
                owned_by: Arc::clone(owned_by),
                metadata,
            }));
        }
        offer
    }

    fn insert(&mut self, model: Arc<Model>) {
        if let Some(rest) = rest_after(model.id.as_str(), model.instance.as_str()) {
            self.by_rest_after_name.insert(rest, Arc::clone(&model));
        }
        if let Some(rest) = rest_after(model.id.as_str(), model.provider_type.0) {
            self.by_rest_after_type.insert(rest, Arc::clone(&model));
        }
        self.by_id.insert(model.id.clone(), model);
    }
}

fn rest_after(id: &str, prefix: &str) -> Option<ModelId> {
    id.strip_prefix(prefix)?.strip_prefix('/').filter(|rest| !rest.is_empty()).map(ModelId::new)
}
