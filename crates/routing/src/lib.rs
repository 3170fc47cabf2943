//! Where a call goes: a selector becomes a `Plan`, routes in the order in which they are tried.
//! In: the selector, the registry's snapshot, the instances of this generation. Out: a plan, or what is missing for one.
//! Invariant: pure and allocation-light; a route names an instance that exists in this generation.
//! Not here: virtual models, access policies, failover targets (their issues add them to the plan), sending anything.

use std::sync::Arc;

use catalog::{Resolution, Snapshot};
use providers::{Instance, Instances};
use smallvec::SmallVec;
use vocabulary::{InstanceName, ModelId, ModelSelector};

/// One place where a call can be answered.
#[derive(Clone)]
pub struct Route {
    /// The instance to call.
    pub instance: Arc<Instance>,
    /// The model id that the instance knows.
    pub model: ModelId,
    /// False for a model that no listing named: it is forwarded, and counted as `unknown`.
    pub is_known_model: bool,
    /// The most tokens that the model can answer with, where the registry knows.
    pub max_output_tokens: Option<u64>,
}

/// The routes of a call, in the order in which they are tried. Never empty.
pub struct Plan {
    /// The routes.
    pub routes: SmallVec<[Route; 1]>,
}

/// What became of a selector.
pub enum Routing {
    /// It can be served.
    Planned(Plan),
    /// No instance has the model; these may, once their lists are fetched again.
    Unknown {
        /// Instances that the selector names.
        refresh: Vec<InstanceName>,
    },
    /// Nothing is known about any model yet.
    NotReady,
}

/// Finds the routes of a selector (spec 01 §7.2).
pub fn plan(selector: &ModelSelector<'_>, snapshot: &Snapshot, instances: &Instances) -> Routing {
    let (instance, model, is_known_model, max_output_tokens) = match snapshot.resolve(selector) {
        Resolution::Found(model) => {
            let limit = model.metadata.as_ref().and_then(|metadata| metadata.max_output_tokens);
            (model.instance.clone(), model.id.clone(), true, limit)
        }
        Resolution::Unlisted { instance, model } => (instance, model, false, None),
        Resolution::Unknown { refresh } => return Routing::Unknown { refresh },
        Resolution::NotReady => return Routing::NotReady,
    };
    match instances.get(instance.as_str()) {
        Some(instance) => {
            let route = Route { instance: instance.clone(), model, is_known_model, max_output_tokens };
            Routing::Planned(Plan { routes: SmallVec::from_iter([route]) })
        }
        // The registry is ahead of or behind this generation for a moment, while a reload replaces it.
        None => Routing::Unknown { refresh: Vec::new() },
    }
}
