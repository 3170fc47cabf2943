//! `GET /health` and `GET /health/ready` (spec 01 §12, B9, B18).
//! Invariant: providers that cannot be reached change nothing here.

use http::{HeaderValue, StatusCode};

use crate::body::ResponseBody;
use crate::handler::Admitted;
use crate::lifecycle::Component;
use crate::reply::{Reply, json, with_type};

pub(super) fn alive() -> Reply {
    json(r#"{"status":"ok"}"#)
}

pub(super) fn ready(admitted: &Admitted<'_>) -> Reply {
    let models = models(admitted);
    let (status, text) = if admitted.gateway.lifecycle().is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else if admitted.generation.readiness_needs_models && models != Component::Ok {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    } else {
        (StatusCode::OK, "ready")
    };
    let body = format!(r#"{{"status":"{text}","components":{{"models":"{}"}}}}"#, models.as_str());
    with_type(status, HeaderValue::from_static("application/json"), ResponseBody::bytes(body))
}

fn models(admitted: &Admitted<'_>) -> Component {
    let snapshot = admitted.generation.house.registry.snapshot();
    if !snapshot.is_empty() {
        Component::Ok
    } else if snapshot.statuses().any(|status| status.times.fetch.is_none()) {
        Component::Loading
    } else {
        Component::Empty
    }
}
