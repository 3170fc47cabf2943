//! All instances of one generation of the configuration.
//! In: what is declared, and the instances of the generation before. Out: shared instances by name.
//! Invariant: an instance whose settings did not change is the same `Arc`, so its connections, key states and breaker live
//! on over a reload; the others of the generation before go when their last call ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use runtime::Supervisor;
use telemetry::chain;
use vocabulary::InstanceName;

use crate::declare::Declared;
use crate::instance::Instance;

/// The instances, in ascending name order. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    by_name: Arc<BTreeMap<InstanceName, Arc<Instance>>>,
}

impl Instances {
    /// Makes the declared instances; what cannot be made is logged and left out (spec 02 §1.5).
    pub fn build(declared: &Declared, previous: Option<&Self>, supervisor: &Supervisor) -> Self {
        let mut by_name = BTreeMap::new();
        for settings in &declared.instances {
            let kept = previous.and_then(|previous| previous.get(settings.name.as_str()));
            let kept = kept.filter(|instance| instance.fingerprint() == settings.fingerprint()).cloned();
            let instance = match kept {
                Some(instance) => Ok(instance),
                None => Instance::new(settings.clone(), supervisor).map(Arc::new),
            };
            match instance {
                Ok(instance) => drop(by_name.insert(settings.name.clone(), instance)),
                Err(error) => tracing::error!(
                    provider.name = %settings.name,
                    error = %chain(&error),
                    "provider {} cannot be used",
                    settings.name
                ),
            }
        }
        Self { by_name: Arc::new(by_name) }
    }

    /// The instance of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Instance>> {
        self.by_name.get(name)
    }

    /// Every instance, in ascending name order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Instance>> {
        self.by_name.values()
    }

    /// What the model registry has to know of them.
    pub fn profiles(&self) -> Vec<catalog::InstanceProfile> {
        self.iter().map(|instance| instance.settings.profile()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}
