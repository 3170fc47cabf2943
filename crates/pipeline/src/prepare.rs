//! What one route is sent: the client's bytes if the instance speaks its dialect for the model, else the conversation in a
//! dialect that it does speak (`DESIGN.md` ideas 1 and 2).
//! In: a call and a route. Out: `Prepared`, ready but for the credential.
//! Invariant: the conversation is decoded at most once per call, and only when some route needs it.

use dialects::conversation::Strictness;
use dialects::ingress::ClientRequest;
use http::{HeaderMap, HeaderName};
use providers::{CallContext, Prepared, Target};
use routing::Route;
use vocabulary::{ApiError, Code, Dialect, UserPath};

use crate::call::{Call, Operation};
use crate::images;
use crate::pipeline::House;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// A caller's wish that nothing is left out in silence (spec 03 §1.8).
const STRICT: HeaderName = HeaderName::from_static("x-gomodel-strict");

/// Prepares a call for a route.
///
/// # Errors
/// 400 for what the route's dialect cannot express, for a model name that its path cannot hold, or for a remote image that
/// was to be fetched and is not to be had.
pub(crate) async fn prepare(call: &Call, route: &Route, house: &House) -> Result<Prepared, ApiError> {
    let target = target(call, route, house);
    match &call.operation {
        Operation::Generate(request) => match route.instance.spoken(request.dialect(), target.model) {
            Some(channel) => route.instance.prepare_native(request, channel, &target),
            None => translated(call, request, route, house, &target).await,
        },
        Operation::Embeddings(request) => route.instance.prepare_embeddings(request, &target),
        Operation::GeminiEmbeddings { request, dropped, .. } => {
            let mut prepared = route.instance.prepare_embeddings(request, &target)?;
            prepared.dropped.splice(..0, dropped.iter().cloned());
            Ok(prepared)
        }
    }
}

async fn translated(
    call: &Call,
    request: &ClientRequest,
    route: &Route,
    house: &House,
    target: &Target<'_>,
) -> Result<Prepared, ApiError> {
    let channel = route.instance.preferred(target.model).ok_or_else(|| nothing_to_speak(route))?;
    let conversation = request.conversation(|request| {
        if !call.unfolds_namespaces() {
            request.leave_out_namespaces();
        }
        house.recall.complete(call.user_path.as_ref(), request);
    })?;
    let with_images = match &house.remote_images {
        Some(images) if channel.dialect() == Dialect::Gemini => images::fetched(conversation, images).await?,
        _ => None,
    };
    route.instance.prepare_translated(with_images.as_ref().unwrap_or(conversation), channel, target)
}

/// The question how many tokens the prompt has; `None` if the provider does not answer it, or cannot be asked.
pub(crate) fn prepare_count(call: &Call, route: &Route, house: &House) -> Option<Prepared> {
    let Operation::Generate(request) = &call.operation else { return None };
    let target = target(call, route, house);
    let instance = &route.instance;
    match instance.spoken(request.dialect(), target.model) {
        Some(channel) => instance.prepare_count_native(request, channel, &target).ok()?,
        None => {
            let conversation = request.conversation(|_| {}).ok()?;
            let channel = instance.preferred(target.model)?;
            instance.prepare_count_translated(conversation, channel, &target).ok()?
        }
    }
}

/// Every model of the instance was given to a dialect that is switched off.
fn nothing_to_speak(route: &Route) -> ApiError {
    let message = format!("{} has no operation that this call could be translated to", route.instance.name);
    ApiError::new(Code::UnsupportedProviderOperation, message)
}

fn target<'a>(call: &'a Call, route: &'a Route, house: &'a House) -> Target<'a> {
    let headers = call.headers();
    let propagated = |name: &HeaderName| headers.get(name).filter(|_| house.settings.propagates_trace);
    Target {
        model: route.model.as_str(),
        max_output_tokens: route.max_output_tokens,
        default_max_tokens: house.settings.default_max_tokens,
        enforce_usage: house.settings.enforces_usage,
        strictness: strictness(headers, house.settings.strict_translation),
        context: CallContext {
            request_id: call.record.request_id(),
            traceparent: propagated(&TRACEPARENT),
            tracestate: propagated(&TRACESTATE),
            user_path: call.user_path.as_ref().map(UserPath::as_str),
            session_id: None,
            client_headers: Some(headers),
            private_header: Some(house.settings.user_path_header.name()),
            client_query: call.record.request().uri.query(),
        },
    }
}

/// The header makes a call strict; it cannot weaken the setting.
pub(crate) fn strictness(headers: &HeaderMap, setting: bool) -> Strictness {
    let is_wanted = headers.get(&STRICT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
    if setting || is_wanted { Strictness::Strict } else { Strictness::Lenient }
}
