//! `GET /metrics` and `GET /`.

use http::{HeaderValue, StatusCode};
use telemetry::PROMETHEUS_CONTENT_TYPE;
use vocabulary::{ApiError, Code};

use crate::body::ResponseBody;
use crate::handler::Admitted;
use crate::reply::{Reply, json, with_type};

pub(super) fn metrics(admitted: &Admitted<'_>) -> Result<Reply, ApiError> {
    let text = admitted.gateway.metrics_registry().encode().map_err(|error| {
        ApiError::new(Code::InternalError, "an unexpected error occurred").with_detail(error.to_string())
    })?;
    Ok(with_type(
        StatusCode::OK,
        HeaderValue::from_static(PROMETHEUS_CONTENT_TYPE),
        ResponseBody::bytes(text),
    ))
}

pub(super) fn root(admitted: &Admitted<'_>) -> Reply {
    json(format!(r#"{{"name":"gomodel","version":"{}"}}"#, admitted.generation.version))
}
