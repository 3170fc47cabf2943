//! Redirects of reads (spec 02 B18, 01 B24): followed for GET and HEAD without a body, on the same origin only.
//! In: a request for a listing. Out: the first answer that is no redirect.
//! Invariant: a credential never travels to another scheme, host or port, and nobody is sent around for ever.

use http::{Method, StatusCode};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::client::UpstreamClient;
use crate::deadlines::Deadlines;
use crate::error::{ExchangeError, RedirectError};
use crate::origin::Origin;
use crate::request::{RequestBody, RequestHead};

/// How many redirects in a row are followed.
const MAX_REDIRECTS: usize = 10;

impl UpstreamClient {
    /// Sends a request without a body and follows redirects if its method is GET or HEAD. The total deadline covers
    /// all hops, the others each one.
    ///
    /// # Errors
    /// `ExchangeError::Redirect` if a redirect must not be followed, and what `send` fails with.
    pub async fn send_following_redirects(
        &self,
        head: &RequestHead,
        deadlines: Deadlines,
    ) -> Result<Answer, ExchangeError> {
        let start = Instant::now();
        let mut head = head.clone();
        for _ in 0..=MAX_REDIRECTS {
            let total = deadlines.total.map(|total| total.saturating_sub(start.elapsed()));
            let answer = self.send(&head, &RequestBody::empty(), Deadlines { total, ..deadlines }).await?;
            if !is_redirect(answer.status) || !matches!(head.method, Method::GET | Method::HEAD) {
                return Ok(answer);
            }
            head.path = target(self.origin(), &head, &answer).map_err(ExchangeError::Redirect)?;
        }
        Err(ExchangeError::Redirect(RedirectError::TooMany))
    }
}

/// True for a status that names another place.
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Path and query that a redirect points to, if it stays on the origin.
fn target(
    origin: &Origin,
    head: &RequestHead,
    answer: &Answer,
) -> Result<http::uri::PathAndQuery, RedirectError> {
    let location = answer.headers.get_str("location").ok_or(RedirectError::InvalidLocation)?;
    let base =
        url::Url::parse(&format!("{origin}{}", head.path)).map_err(|_| RedirectError::InvalidLocation)?;
    let next = base.join(location).map_err(|_| RedirectError::InvalidLocation)?;
    if Origin::of(&next).ok().as_ref() != Some(origin) {
        return Err(RedirectError::ForeignOrigin);
    }
    let path = match next.query() {
        Some(query) => format!("{}?{query}", next.path()),
        None => next.path().to_owned(),
    };
    path.parse().map_err(|_| RedirectError::InvalidLocation)
}
