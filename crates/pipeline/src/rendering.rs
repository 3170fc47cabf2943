//! How a call's answer is written in the client's dialect: the facts that only this side of the gateway has, a clock and
//! random ids among them.

use std::time::{SystemTime, UNIX_EPOCH};

use dialects::conversation::{Ids, Text, estimate};
use dialects::translate::Rendering;
use routing::Route;
use vocabulary::Dialect;

use crate::call::{Call, Operation};

/// How the answer of one route to one call is written. `upstream`: what the route speaks.
pub(crate) fn of(call: &Call, route: &Route, upstream: Dialect) -> Rendering {
    let mut rendering = plain(route, upstream);
    let Operation::Generate(request) = &call.operation else { return rendering };
    rendering.include_usage = request.include_usage();
    rendering.as_array = call.wants_array;
    match request.dialect() {
        Dialect::OpenAiResponses => rendering.request = Some(request.object().clone()),
        Dialect::AnthropicMessages => {
            rendering.estimated_input_tokens = request.decoded().map_or(0, estimate);
        }
        Dialect::OpenAiChat | Dialect::Gemini => {}
    }
    rendering
}

/// What every rendering of a route's answer has.
pub(crate) fn plain(route: &Route, upstream: Dialect) -> Rendering {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Rendering {
        model: Text::from(route.model.as_str()),
        provider: route.instance.definition.kind.0,
        upstream,
        created: now.as_secs(),
        ids: Ids::new(fastrand::u128(..)),
        include_usage: true,
        request: None,
        estimated_input_tokens: 0,
        as_array: false,
    }
}
