//! Stage `resolve`: from what the caller named to a plan. An unknown model of a named provider is looked for once more in
//! a fresh listing, at most as often as `providers::discovery` allows. Source: spec 01 §7, 02 §7.4 and B3.

use providers::RefreshOutcome;
use routing::{Plan, Routing};
use vocabulary::{ApiError, Code, ErrorType, ModelSelector, Side};

use crate::call::Call;
use crate::pipeline::House;

const NOT_READY_RETRY: std::time::Duration = std::time::Duration::from_secs(5);

/// Finds the call's routes.
///
/// # Errors
/// 400 without a model, 404 for an unknown one, 503 while nothing is known or if the provider cannot be asked.
pub(crate) async fn resolve(call: &Call, house: &House) -> Result<Plan, ApiError> {
    let (model, provider) = call.selector();
    let selector = ModelSelector::parse(model, provider)
        .map_err(|_| ApiError::invalid_request("model is required").with_param("model"))?;
    let plan = |selector| routing::plan(selector, &house.registry.snapshot(), &house.instances);
    let refresh = match plan(&selector) {
        Routing::Planned(plan) => return Ok(plan),
        Routing::NotReady => return Err(not_ready()),
        Routing::Unknown { refresh } => refresh,
    };
    for instance in &refresh {
        if let RefreshOutcome::Failed(reason) = house.discovery.refresh_for_request(instance).await {
            let error = ApiError::uncoded(503, ErrorType::Provider, reason.to_string());
            return Err(error.with_side(Side::Upstream));
        }
    }
    match plan(&selector) {
        Routing::Planned(plan) => Ok(plan),
        Routing::NotReady => Err(not_ready()),
        Routing::Unknown { .. } => Err(unknown(&selector)),
    }
}

/// 404 for a model that nobody has.
pub fn unknown(selector: &ModelSelector<'_>) -> ApiError {
    ApiError::new(Code::ModelNotFound, format!("unsupported model: {selector}")).with_param("model")
}

fn not_ready() -> ApiError {
    ApiError::new(Code::ModelRegistryNotReady, "no models are available yet")
        .with_retry_after(NOT_READY_RETRY)
}
