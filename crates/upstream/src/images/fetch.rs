//! One image: from its address, over redirects, to its bytes (spec 03 B16).
//! In: a URL that a caller names. Out: a type from the list and at most as many bytes as the rules allow.
//! Invariant: every hop is judged anew, URL and addresses; no credential, cookie or referrer is sent; nothing of what a host
//! answers but a status and an image reaches anyone.

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, header};
use runtime::Supervisor;
use url::Url;

use super::{Fetched, ImageError, ImageRules, MAX_REDIRECTS};
use crate::answer::Answer;
use crate::client::{ClientSettings, UpstreamClient};
use crate::deadlines::Deadlines;
use crate::dial::{DialError, GuardedWay};
use crate::error::{BodyError, ExchangeError};
use crate::origin::Origin;
use crate::redirect::is_redirect;
use crate::request::{HeaderList, RequestBody, RequestHead};

/// The port of https, and the only one: others lead to services that are no web.
const PORT: u16 = 443;
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The types that are taken.
const TYPES: [&str; 6] = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/heic", "image/heif"];
const ACCEPT: HeaderValue =
    HeaderValue::from_static("image/png, image/jpeg, image/webp, image/gif, image/heic, image/heif");
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("GoModel/", env!("CARGO_PKG_VERSION")));

/// Fetches one image. The caller limits the time.
pub(super) async fn fetch(
    address: &str,
    way: &GuardedWay,
    rules: &ImageRules,
    supervisor: &Supervisor,
) -> Result<Fetched, ImageError> {
    let mut url = Url::parse(address).map_err(|_| ImageError::Address)?;
    for _ in 0..=MAX_REDIRECTS {
        let client = client(&url, way, rules, supervisor)?;
        let sent = client.send(&head(&url)?, &RequestBody::empty(), deadlines(rules)).await;
        let answer = sent.map_err(told)?;
        if !is_redirect(answer.status) {
            return received(answer, rules).await;
        }
        url = next(&url, &answer)?;
    }
    Err(ImageError::Redirect)
}

/// A client for one exchange: callers name too many hosts for a pool each.
fn client(
    url: &Url,
    way: &GuardedWay,
    rules: &ImageRules,
    supervisor: &Supervisor,
) -> Result<UpstreamClient, ImageError> {
    let origin = Origin::of(url).map_err(|_| ImageError::Address)?;
    if !origin.is_https() || (origin.port() != PORT && !rules.takes_any_port) {
        return Err(ImageError::Address);
    }
    let settings = ClientSettings {
        max_idle_per_worker: 0,
        max_head_bytes: MAX_HEAD_BYTES,
        ..ClientSettings::new(origin.clone())
    };
    let dialer = way.dialer(origin).map_err(|_| ImageError::Address)?;
    Ok(UpstreamClient::over(dialer, &settings, supervisor))
}

fn head(url: &Url) -> Result<RequestHead, ImageError> {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = PathAndQuery::try_from(format!("{}{query}", url.path())).map_err(|_| ImageError::Address)?;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::USER_AGENT, USER_AGENT),
        (header::ACCEPT, ACCEPT),
        (header::ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ];
    Ok(RequestHead { method: Method::GET, path, headers: HeaderList::from_iter(headers) })
}

fn deadlines(rules: &ImageRules) -> Deadlines {
    Deadlines {
        connect: rules.time,
        response_header: rules.time,
        stream_idle: rules.time,
        total: Some(rules.time),
    }
}

/// Where a redirect leads; whether that may be followed is judged like the first address.
fn next(url: &Url, answer: &Answer) -> Result<Url, ImageError> {
    let location = answer.headers.get_str("location").ok_or(ImageError::Redirect)?;
    url.join(location).map_err(|_| ImageError::Redirect)
}

async fn received(answer: Answer, rules: &ImageRules) -> Result<Fetched, ImageError> {
    let status = answer.status.as_u16();
    if status != 200 {
        return Err(ImageError::Status(status));
    }
    let media_type = media_type(&answer).ok_or(ImageError::Type)?;
    let body = answer.decoded().map_err(cut)?.body;
    let bytes = body.collect_limited(rules.max_bytes).await.map_err(cut)?;
    if bytes.is_empty() { Err(ImageError::Type) } else { Ok(Fetched { media_type, bytes }) }
}

fn media_type(answer: &Answer) -> Option<&'static str> {
    let given = answer.headers.get_str("content-type")?;
    let given = given.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|allowed| allowed.eq_ignore_ascii_case(given))
}

/// A private address and a name without any are the same to a caller, who is not to learn our names.
fn told(error: ExchangeError) -> ImageError {
    match error {
        ExchangeError::Dial(DialError::NotPublic | DialError::Resolve(_)) => ImageError::NotPublic,
        error if error.is_timeout() => ImageError::Late,
        error => ImageError::Unreachable(error),
    }
}

fn cut(error: BodyError) -> ImageError {
    match error {
        BodyError::TooLarge { .. } => ImageError::TooLarge,
        error if error.is_timeout() => ImageError::Late,
        error => ImageError::Cut(error),
    }
}
