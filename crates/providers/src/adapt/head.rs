//! Headers of an upstream request: the ones that never change, formed once, and the few of one call (spec 01 §4.2).
//! Invariant: no header of the client is forwarded here; what the operator configured wins over what the row declares.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use upstream::HeaderList;

use super::CallContext;
use crate::definition::{DefaultHeader, Definition, RequestId};
use crate::settings::InstanceSettings;

/// How the gateway names itself.
pub(crate) const USER_AGENT: &str = concat!("GoModel/", env!("CARGO_PKG_VERSION"));
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// What strict providers take (spec 02 §2.1, note 1).
const MAX_STRICT_ID: usize = 512;

/// The headers that every call of an instance carries.
pub(crate) fn constant_headers(definition: &Definition, settings: &InstanceSettings) -> HeaderList {
    let configured = |name: &str| settings.headers.iter().any(|(set, _)| set.as_str() == name);
    let mut headers = HeaderList::new();
    headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
    headers.push((header::USER_AGENT, HeaderValue::from_static(USER_AGENT)));
    for DefaultHeader { name, value, unless, .. } in definition.default_headers {
        let value = settings.default_headers.get(name).cloned().unwrap_or(HeaderValue::from_static(value));
        if !unless.iter().any(|other| configured(other)) {
            headers.push((HeaderName::from_static(name), value));
        }
    }
    headers.retain(|(name, _)| !configured(name.as_str()));
    headers.extend(settings.headers.iter().cloned());
    headers
}

/// The name under which an instance is sent the request id, unless the operator set that header.
pub(crate) struct RequestIdHeader {
    name: HeaderName,
    strict: bool,
}

pub(crate) fn request_id_header(
    definition: &Definition,
    settings: &InstanceSettings,
) -> Option<RequestIdHeader> {
    let (name, strict) = match definition.request_id {
        RequestId::Unsent => return None,
        RequestId::Sent(name) => (name, false),
        RequestId::Strict(name) => (name, true),
    };
    let configured = settings.headers.iter().any(|(set, _)| set.as_str() == name);
    (!configured).then(|| RequestIdHeader { name: HeaderName::from_static(name), strict })
}

/// Adds request id and trace context.
pub(crate) fn push_call_headers(
    request_id: Option<&RequestIdHeader>,
    context: &CallContext<'_>,
    headers: &mut HeaderList,
) {
    if let Some(RequestIdHeader { name, strict }) = request_id
        && (!strict || is_printable(context.request_id))
    {
        headers.push((name.clone(), context.request_id.clone()));
    }
    for (name, value) in [(TRACEPARENT, context.traceparent), (TRACESTATE, context.tracestate)] {
        if let Some(value) = value {
            headers.push((name, value.clone()));
        }
    }
}

/// Takes over what a client says to its own provider (spec 04 §12.3, 01 §4.2 with B12): all headers but credentials, those of one
/// connection, those that only the gateway reads. The client's word wins over the row's, where both say something; over the
/// operator's only where it is about the dialect.
pub(crate) fn forward_client_headers(
    context: &CallContext<'_>,
    settings: &InstanceSettings,
    headers: &mut HeaderList,
) {
    let Some(client) = context.client_headers else { return };
    let is_configured = |name: &HeaderName| {
        !OF_THE_DIALECT.contains(&name.as_str()) && settings.headers.iter().any(|(set, _)| set == name)
    };
    let is_forwarded = |name: &HeaderName| {
        let text = name.as_str();
        !upstream::OF_ONE_HOP.contains(&text)
            && !NOT_FORWARDED.contains(&text)
            && !NOT_FORWARDED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            && context.private_header != Some(name)
            && !is_listed(client, text)
            && !is_configured(name)
    };
    headers.retain(|(name, _)| !is_forwarded(name) || !client.contains_key(&*name));
    for (name, value) in client.iter().filter(|(name, _)| is_forwarded(name)) {
        headers.push((name.clone(), value.clone()));
    }
    if !headers.iter().any(|(name, _)| *name == REQUEST_ID) {
        headers.push((REQUEST_ID, context.request_id.clone()));
    }
}

/// True if the client says that the header is for this connection only.
fn is_listed(client: &HeaderMap, name: &str) -> bool {
    let lists = client.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|token| token.trim().eq_ignore_ascii_case(name))
}

/// The path with the query that the client sent, such as `beta=true` (spec 04 B19).
pub(crate) fn with_client_query(path: PathAndQuery, query: Option<&str>) -> PathAndQuery {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return path };
    let separator = if path.query().is_some() { '&' } else { '?' };
    PathAndQuery::try_from(format!("{path}{separator}{query}")).unwrap_or(path)
}

/// Which version of the dialect the client speaks.
const OF_THE_DIALECT: [&str; 2] = ["anthropic-beta", "anthropic-version"];
/// What a client says to the gateway, and who and where it is.
const NOT_FORWARDED: [&str; 12] = [
    "accept-encoding",
    "api-key",
    "expect",
    "origin",
    "referer",
    "true-client-ip",
    "x-access-token",
    "x-auth-token",
    "x-goog-api-key",
    "x-mcp-servers",
    "x-real-ip",
    // As the gateway accepted it: another one would be a client's that is too long, or not printable.
    "x-request-id",
];
const NOT_FORWARDED_PREFIXES: [&str; 4] = ["cf-", "sec-fetch-", "x-forwarded-", "x-gomodel-"];

fn is_printable(id: &HeaderValue) -> bool {
    id.len() <= MAX_STRICT_ID && id.as_bytes().iter().all(|byte| (0x20..=0x7e).contains(byte))
}
