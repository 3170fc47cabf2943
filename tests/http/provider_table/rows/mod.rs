//! The rows, by family, and what most of them share. Lists and errors are written in the shapes of the documents that a file
//! names; where those give no example, in the shape of the dialect. None was compared with a live answer.

mod hosts;
mod makers;
mod others;
mod own;
mod presets;

use super::row::{BEARER, Body, Embeddings, Listing, Row, VendorError, body, only_chat};

pub(super) const ALL: [&[Row]; 5] = [makers::ROWS, others::ROWS, hosts::ROWS, own::ROWS, presets::ROWS];

/// A hosted provider that speaks chat behind `/v1`, with one model `m`.
const PLAIN: Row = Row {
    kind: "",
    form: "",
    base: "/v1",
    key: None,
    yaml: "",
    model: "m",
    credential: BEARER,
    request_id: None,
    headers: &[],
    call_headers: &[],
    arrives: only_chat("/v1/chat/completions"),
    bodies: &[EFFORT],
    error: UNAUTHORISED,
    listing: listed("/v1/models", M, &[("m", r#"{"/created":1715367049}"#)]),
    embeddings: NATIVE,
};

/// The list of models as OpenAI documents it, with one model.
const M: &str =
    r#"{"object":"list","data":[{"id":"m","object":"model","created":1715367049,"owned_by":"o"}]}"#;

const NATIVE: Embeddings = Embeddings::Native("/v1/embeddings");

/// The nested effort as `reasoning_effort` (B26).
const EFFORT: Body =
    body(r#"{"reasoning":{"effort":"low"}}"#, r#"{"/reasoning_effort":"low","/reasoning":null}"#);

/// A stream is asked for its usage (spec 01 §9.3).
const USAGE: Body = body(r#"{"stream":true}"#, r#"{"/stream_options":{"include_usage":true}}"#);

/// Members of open models' servers, from a client whose dialect has them, too.
const TOP_K: Body = body(r#"{"top_k":5}"#, r#"{"/top_k":5}"#).of(crate::dialects::Messages);
/// The same where the provider does not take them.
const NO_TOP_K: Body =
    body(r#"{"top_k":5}"#, r#"{"/top_k":null}"#).of(crate::dialects::Messages).dropping("top_k");

const UNAUTHORISED: VendorError = error(
    401,
    r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    "authentication_error",
    Some("invalid_api_key"),
    "Incorrect API key provided",
);

const fn listed(
    target: &'static str,
    answer: &'static str,
    models: &'static [(&'static str, &'static str)],
) -> Listing {
    Listing { target: Some(target), credential: None, answer, also: &[], models }
}

const fn refused(message: &'static str) -> Embeddings {
    Embeddings::Refused(400, None, message)
}

const fn error(
    status: u16,
    body: &'static str,
    kind: &'static str,
    code: Option<&'static str>,
    message: &'static str,
) -> VendorError {
    VendorError { status, body, kind, code, message }
}
