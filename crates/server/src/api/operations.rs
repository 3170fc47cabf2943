//! `GET /metrics` and `GET /`.

use std::time::Instant;

use http::{HeaderValue, StatusCode};
use telemetry::{BreakerState, PROMETHEUS_CONTENT_TYPE};
use upstream::{ClientMetrics, breaker};
use vocabulary::{ApiError, Code};

use crate::body::ResponseBody;
use crate::handler::Admitted;
use crate::reply::{Reply, json, with_type};

pub(super) fn metrics(admitted: &Admitted<'_>) -> Result<Reply, ApiError> {
    show_providers(admitted);
    let text = admitted.gateway.metrics_registry().encode().map_err(|error| {
        ApiError::new(Code::InternalError, "an unexpected error occurred").with_detail(error.to_string())
    })?;
    Ok(with_type(
        StatusCode::OK,
        HeaderValue::from_static(PROMETHEUS_CONTENT_TYPE),
        ResponseBody::bytes(text),
    ))
}

/// A breaker's state follows from the clock, and clients count for themselves: both are looked at when somebody asks.
fn show_providers(admitted: &Admitted<'_>) {
    let metrics = admitted.gateway.metrics();
    for instance in admitted.generation.house.instances.iter() {
        let state = match instance.breakers.state(Instant::now()) {
            breaker::BreakerState::Closed => BreakerState::Closed,
            breaker::BreakerState::HalfOpen => BreakerState::HalfOpen,
            breaker::BreakerState::Open => BreakerState::Open,
        };
        let shown = metrics.provider(instance.name.as_str());
        shown.breaker(state);
        if let Some(client) = instance.client() {
            let ClientMetrics { dials, failed_dials, reused, replays, idle } = &**client.metrics();
            shown
                .connections([dials, failed_dials, reused, replays].map(|counter| counter.get()), idle.get());
        }
    }
}

pub(super) fn root(admitted: &Admitted<'_>) -> Reply {
    json(format!(r#"{{"name":"gomodel","version":"{}"}}"#, admitted.generation.version))
}
