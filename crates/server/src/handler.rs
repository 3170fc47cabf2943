//! From a request to its response: everything that holds for every path, in order (spec 01 §5, stages 1–9 and 25).
//! In: a request and its peer. Out: a response with a request id, whatever happens: even a defect is an envelope.
//! Invariant: no path is served before its caller was identified, except those that are open to all.

use std::any::Any;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use http::header::{ALLOW, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, request};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use identity::{AuthMode, Caller, CredentialHeaders};
use percent_encoding::percent_decode_str;
use pipeline::CallRecord;
use vocabulary::{ApiError, Code, Dialect, ErrorType};

use crate::base_path::OutsideBase;
use crate::body::{Compression, compress, has_length_over, too_large};
use crate::connection::ConnectionState;
use crate::generation::{Gateway, Generation};
use crate::reply::{self, Reply};
use crate::route::{self, Route};
use crate::{api, peer, request_id};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
/// How Anthropic names the id of a request (spec 04 B26).
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const SHUTDOWN_RETRY: std::time::Duration = std::time::Duration::from_secs(5);
const AUTH_USER: HeaderName = HeaderName::from_static("x-gomodel-auth-user");

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) connection: Arc<ConnectionState>,
}

/// Serves requests.
#[derive(Clone)]
pub(crate) struct Handler {
    gateway: Arc<Gateway>,
}

/// A request whose caller is known, on its way to its API.
pub(crate) struct Admitted<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) generation: &'a Arc<Generation>,
    pub(crate) caller: Caller,
    pub(crate) record: Arc<CallRecord>,
    pub(crate) body: Incoming,
}

impl Handler {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway }
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The service of one connection.
    pub(crate) fn service(
        self,
        peer: Peer,
    ) -> impl Service<Request<Incoming>, Response = Reply, Error = Infallible, Future: Send> {
        service_fn(move |request| {
            peer.connection.call_began();
            let (gateway, peer) = (self.gateway.clone(), peer.clone());
            async move { Ok(serve(gateway, peer, request).await) }
        })
    }
}

async fn serve(gateway: Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Reply {
    let generation = gateway.generation();
    let (head, body) = request.into_parts();
    let request_id = request_id::of(&head.headers);
    // A clone of the target shares its text; the head itself goes into the record.
    let uri = head.uri.clone();
    let stripped = generation.base_path.strip(uri.path());
    let route = stripped.as_ref().ok().and_then(|path| route::find(path, generation.metrics_path.as_deref()));
    let record = begin_record(&gateway, &generation, &peer, head, request_id, route);
    let head = record.request();

    let dialect = route
        .and_then(Route::dialect)
        .unwrap_or_else(|| dialect(&record, stripped.as_ref().map_or("", |path| path)));
    let is_late = gateway.lifecycle().is_draining() && !route.is_some_and(Route::is_open);
    let passed =
        if is_late { Err(shutting_down()) } else { guard(&generation, head, stripped.as_ref(), route) };
    let served = match passed {
        Ok(Passed::Answered(reply)) => Ok(*reply),
        Ok(Passed::Admitted(route, caller)) => {
            let admitted =
                Admitted { gateway: &gateway, generation: &generation, caller, record: record.clone(), body };
            // Pinned here and not passed on: moving a future of this size costs more than running it.
            let serving = pin!(api::serve(route, admitted));
            AssertUnwindSafe(serving).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(&*panic)))
        }
        Err(error) => Err(error),
    };
    let mut reply = served.unwrap_or_else(|error| {
        record.failed(&error);
        log_error(&error, &record);
        reply::error(&error, dialect, record.request_id_text())
    });
    finish(&generation, &record, route, dialect, &mut reply).await;
    if gateway.lifecycle().is_draining() {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if reply.headers().get(CONNECTION).is_some_and(|value| value == "close") {
        // hyper closes at once; what the client still sends must be read, or a reset overtakes the answer.
        peer.connection.refuse(0);
    }
    if record.request().method == Method::HEAD {
        record.delivered();
    }
    reply.map(|body| body.with_record(record).on(peer.connection))
}

fn begin_record(
    gateway: &Gateway,
    generation: &Generation,
    peer: &Peer,
    head: request::Parts,
    request_id: HeaderValue,
    route: Option<Route<'_>>,
) -> Arc<CallRecord> {
    let label = route.map_or(route::UNKNOWN_LABEL, Route::label);
    let endpoint = gateway.endpoint(label);
    let is_logged = generation.logs_every_route || route.is_some_and(Route::is_model_interaction);
    let client =
        peer::client_ip(peer.address.ip().to_canonical(), &head.headers, &generation.trusted_proxies);
    CallRecord::begin(gateway.sink().clone(), head, request_id, endpoint, client, is_logged)
}

fn dialect(record: &CallRecord, path: &str) -> Dialect {
    let version = record.request().headers.get(&ANTHROPIC_VERSION);
    route::error_dialect(path, version.is_some_and(|version| !version.is_empty()))
}

enum Passed<'p> {
    /// Answered here already.
    Answered(Box<Reply>),
    /// To be served.
    Admitted(Route<'p>, Caller),
}

/// Everything that can stop a request before its API is reached.
fn guard<'p>(
    generation: &Generation,
    head: &request::Parts,
    path: Result<&&'p str, &OutsideBase>,
    route: Option<Route<'p>>,
) -> Result<Passed<'p>, ApiError> {
    let path = path.map_err(|outside| match outside {
        OutsideBase::Elsewhere => unknown_route(&head.method, head.uri.path()),
        OutsideBase::InvalidEncoding => ApiError::invalid_request("invalid encoded request path"),
    })?;
    if has_length_over(&head.headers, generation.body_limits.bytes) {
        return Err(too_large());
    }
    if let Some(headers) = generation.cors.preflight(&head.method, &head.headers) {
        return Ok(Passed::Answered(Box::new(reply::empty(StatusCode::NO_CONTENT, headers))));
    }
    let is_open = route.is_some_and(|route| is_open(route, generation));
    let speaks_gemini = route::error_dialect(path, false) == Dialect::Gemini;
    let caller = if is_open { Caller::OpenPath } else { identify(generation, head, speaks_gemini)? };
    // A call of a method that no model has, rather than a model that was called by the wrong method.
    let route =
        route.filter(|route| !(head.method == Method::POST && matches!(route, Route::GeminiModel(_))));
    let route = route.ok_or_else(|| unknown_route(&head.method, path))?;
    if head.method == Method::OPTIONS {
        let headers = HeaderMap::from_iter([(ALLOW, HeaderValue::from_static(route.allow()))]);
        return Ok(Passed::Answered(Box::new(reply::empty(StatusCode::NO_CONTENT, headers))));
    }
    if !route.serves(&head.method) {
        let message = format!("method {} is not allowed for {path}", head.method);
        return Err(ApiError::new(Code::MethodNotAllowed, message).with_header("allow", route.allow()));
    }
    Ok(Passed::Admitted(route, caller))
}

fn is_open(route: Route<'_>, generation: &Generation) -> bool {
    route.is_open() || (route == Route::Metrics && !generation.metrics_need_auth)
}

fn identify(generation: &Generation, head: &request::Parts, speaks_gemini: bool) -> Result<Caller, ApiError> {
    let value = |name: &HeaderName| head.headers.get(name).map(HeaderValue::as_bytes);
    // Google's clients have a header and a query member of their own (spec 03 §17); they count on Google's paths alone.
    let query_key = speaks_gemini.then(|| query_key(&head.uri)).flatten();
    let api_key = if speaks_gemini {
        value(&X_GOOG_API_KEY).or(value(&X_API_KEY)).or(query_key.as_deref().map(str::as_bytes))
    } else {
        value(&X_API_KEY)
    };
    let credentials = CredentialHeaders { authorization: value(&AUTHORIZATION), x_api_key: api_key };
    generation
        .gate
        .identify(credentials)
        .map_err(|rejection| ApiError::uncoded(401, ErrorType::Authentication, rejection.to_string()))
}

fn query_key(uri: &Uri) -> Option<String> {
    let key = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("key="))?;
    Some(percent_decode_str(key).decode_utf8_lossy().into_owned())
}

/// A request that came on a new connection after the drain began. Probes are still answered.
fn shutting_down() -> ApiError {
    ApiError::new(Code::ShuttingDown, "the gateway is shutting down").with_retry_after(SHUTDOWN_RETRY)
}

fn unknown_route(method: &Method, path: &str) -> ApiError {
    ApiError::uncoded(404, ErrorType::NotFound, format!("unknown API endpoint: {method} {path}"))
}

/// A panic of an API is an error of this one request.
fn panicked(panic: &(dyn Any + Send)) -> ApiError {
    let message =
        panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    let detail = format!("a handler panicked: {}", message.unwrap_or("no message"));
    ApiError::new(Code::InternalError, "an unexpected error occurred").with_detail(detail)
}

fn log_error(error: &ApiError, record: &CallRecord) {
    let detail = error.detail().unwrap_or_default();
    let (status, code, request_id) =
        (error.status(), error.code().unwrap_or_default(), record.request_id_text());
    if status >= 500 {
        tracing::error!(status, code, request_id, detail, "{}", error.message());
    } else {
        tracing::warn!(status, code, request_id, detail, "{}", error.message());
    }
}

/// What every response gets.
async fn finish(
    generation: &Generation,
    record: &CallRecord,
    route: Option<Route<'_>>,
    dialect: Dialect,
    reply: &mut Reply,
) {
    record.answered(reply.status().as_u16());
    compress_reply(&record.request().headers, reply).await;
    let request = record.request();
    let headers = reply.headers_mut();
    headers.insert(request_id::HEADER, record.request_id().clone());
    if dialect == Dialect::AnthropicMessages {
        headers.entry(REQUEST_ID).or_insert_with(|| record.request_id().clone());
    }
    if was_authenticated(generation, &request.headers, route) {
        headers.entry(AUTH_USER).or_insert(HeaderValue::from_static(""));
    }
    if !generation.cors.is_off() {
        generation.cors.decorate(&request.headers, headers);
    }
}

/// True if a credential was sent and looked at; it names the user path that is bound to it, and the master key has none.
fn was_authenticated(generation: &Generation, headers: &HeaderMap, route: Option<Route<'_>>) -> bool {
    generation.gate.mode() == AuthMode::MasterKey
        && !route.is_some_and(|route| is_open(route, generation))
        && [&AUTHORIZATION, &X_API_KEY, &X_GOOG_API_KEY].iter().any(|name| headers.contains_key(*name))
}

async fn compress_reply(request: &HeaderMap, reply: &mut Reply) {
    let Some(slices) = reply.body().as_slices() else { return };
    let is_json = reply
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let length = slices.iter().map(bytes::Bytes::len).sum();
    let Some(compression) = Compression::choose(request, length).filter(|_| is_json) else { return };
    let plain = slices.concat();
    // Boxed: an encoder's state does not belong into the future of every call.
    if let Some(encoded) = Box::pin(compress(compression, &plain)).await {
        reply.body_mut().replace(encoded);
        let headers = reply.headers_mut();
        headers.insert(CONTENT_ENCODING, compression.header());
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.remove(CONTENT_LENGTH);
    }
}
