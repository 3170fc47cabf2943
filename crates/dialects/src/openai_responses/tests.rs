//! The dialect's tests: requests in and out, whole answers, streams, the raw path.

mod any_input;
mod raw;
mod requests_in;
mod requests_out;
mod streams_in;
mod streams_out;
mod wholes;

use crate::conversation::Ids;
use crate::json::RawObject;
use crate::translate::Rendering;

/// How an answer to this request is written.
fn rendering(request: &str) -> Rendering {
    Rendering {
        model: "m".into(),
        provider: "acme",
        upstream: vocabulary::Dialect::OpenAiChat,
        created: 1_700_000_000,
        ids: Ids::new(1),
        include_usage: false,
        request: Some(RawObject::scan(request.to_owned().into()).unwrap()),
        estimated_input_tokens: 0,
        as_array: false,
    }
}
