//! The client of one upstream: finds a connection, sends, and hands over the answer.
//! In: a request and its deadlines. Out: an `Answer` or an `ExchangeError`.
//! Invariant: a request is sent a second time only if a *reused* connection died before any byte of its answer: such a
//! connection was closing as we wrote. Everything else is for `retry` to decide. Dropping the future cancels.

use std::sync::Arc;
use std::time::Duration;

use runtime::Supervisor;

use crate::answer::Answer;
use crate::deadlines::{CallTimer, Deadlines};
use crate::dial::{Dialed, Dialer, ProxyRule, Trust};
use crate::error::{ClientError, ExchangeError, Failure};
use crate::http1::{self, encode_head};
use crate::http2::{Multiplexed, StreamLease};
use crate::metrics::ClientMetrics;
use crate::origin::Origin;
use crate::pool::{Connection, Pool};
use crate::request::{RequestBody, RequestHead};

/// What a client is made from.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Where the upstream lives.
    pub origin: Origin,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// How the origin is reached.
    pub proxy: ProxyRule,
    /// How long a connection may wait unused; below the peer's own limit.
    pub idle_timeout: Duration,
    /// How many connections may wait unused per worker.
    pub max_idle_per_worker: usize,
    /// The largest response head.
    pub max_head_bytes: usize,
}

impl ClientSettings {
    /// The defaults for an origin: built-in certificates, no proxy, 55 s idle, 100 idle connections, 256 KiB heads.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            trust: Trust::default(),
            proxy: ProxyRule::Direct,
            idle_timeout: Duration::from_secs(55),
            max_idle_per_worker: 100,
            max_head_bytes: 256 * 1024,
        }
    }
}

/// Calls one upstream. Dropping it closes idle connections; answers that are being read go on.
pub struct UpstreamClient {
    dialer: Dialer,
    authority: String,
    prefix: http1::HeadPrefix,
    max_head_bytes: usize,
    pool: Arc<Pool>,
    multiplexed: Multiplexed,
    metrics: Arc<ClientMetrics>,
}

impl UpstreamClient {
    /// Makes a client. Nothing is connected yet.
    ///
    /// # Errors
    /// If certificates cannot be read.
    pub fn new(settings: ClientSettings, supervisor: &Supervisor) -> Result<Self, ClientError> {
        Ok(Self::over(Dialer::new(&settings)?, &settings, supervisor))
    }

    /// Over connections that a dialer makes; where to and how it encrypts is its business alone.
    pub(crate) fn over(dialer: Dialer, settings: &ClientSettings, supervisor: &Supervisor) -> Self {
        let supervisor = supervisor.child();
        let metrics = Arc::new(ClientMetrics::default());
        Self {
            prefix: dialer.head_prefix(),
            authority: dialer.origin().authority(),
            dialer,
            max_head_bytes: settings.max_head_bytes,
            pool: Pool::new(
                settings.idle_timeout,
                settings.max_idle_per_worker,
                supervisor.clone(),
                metrics.clone(),
            ),
            multiplexed: Multiplexed::new(settings.idle_timeout, supervisor),
            metrics,
        }
    }

    /// The upstream's origin.
    pub fn origin(&self) -> &Origin {
        self.dialer.origin()
    }

    /// What this client has counted.
    pub fn metrics(&self) -> &Arc<ClientMetrics> {
        &self.metrics
    }

    /// Sends a request and waits for the head of its answer. Cancel safe in the sense that a drop closes the
    /// connection, or resets the stream, at once.
    ///
    /// # Errors
    /// See `ExchangeError`. A bad status is no error.
    pub async fn send(
        &self,
        head: &RequestHead,
        body: &RequestBody,
        deadlines: Deadlines,
    ) -> Result<Answer, ExchangeError> {
        let mut timer = CallTimer::start(deadlines.response_header, deadlines.total);
        if let Some(route) = self.idle_route() {
            match self.exchange(route, head, body, timer, deadlines).await {
                Err(failure) if failure.unanswered => {
                    self.metrics.replays.increase();
                    timer = failure.timer;
                }
                ended => return ended.map_err(|failure| failure.error),
            }
        }
        // Dialing is rare and large: its state does not belong into every call's future.
        let route = Box::pin(self.connect(&timer, deadlines)).await?;
        timer.begin(deadlines.response_header);
        self.exchange(route, head, body, timer, deadlines).await.map_err(|failure| failure.error)
    }

    /// A connection that has served before.
    fn idle_route(&self) -> Option<Route> {
        let own = self.pool.checkout().map(Route::Own);
        own.or_else(|| self.multiplexed.checkout().map(Route::Shared))
    }

    async fn exchange(
        &self,
        route: Route,
        head: &RequestHead,
        body: &RequestBody,
        timer: CallTimer,
        deadlines: Deadlines,
    ) -> Result<Answer, Failure> {
        match route {
            Route::Own(connection) => {
                let encoded = encode_head(head, &self.prefix, body.len());
                let terms = http1::Terms {
                    method: &head.method,
                    deadlines,
                    max_head_bytes: self.max_head_bytes,
                    pool: &self.pool,
                };
                http1::exchange(connection, &encoded, body, timer, terms).await
            }
            Route::Shared(lease) => Box::pin(lease.send(&self.authority, head, body, timer, deadlines)).await,
        }
    }

    async fn connect(&self, timer: &CallTimer, deadlines: Deadlines) -> Result<Route, ExchangeError> {
        let limit = timer.remaining().map_or(deadlines.connect, |left| left.min(deadlines.connect));
        match tokio::time::timeout(limit, self.dial()).await {
            Ok(connected) => connected,
            Err(_) if limit < deadlines.connect => Err(ExchangeError::TotalTimeout { limit: timer.total() }),
            Err(_) => Err(ExchangeError::ConnectTimeout { limit }),
        }
        .inspect_err(|_| self.metrics.failed_dials.increase())
    }

    async fn dial(&self) -> Result<Route, ExchangeError> {
        let _gate = self.multiplexed.gate().await;
        if let Some(lease) = self.multiplexed.checkout() {
            return Ok(Route::Shared(lease));
        }
        self.metrics.dials.increase();
        match self.dialer.dial().await.map_err(ExchangeError::Dial)? {
            Dialed::Http1(wire) => Ok(Route::Own(Connection::new(wire))),
            Dialed::Http2(stream) => self.multiplexed.open(stream).await.map(Route::Shared),
        }
    }
}

/// How a request travels.
enum Route {
    /// On an HTTP/1.1 connection of its own.
    Own(Connection),
    /// On an HTTP/2 connection, among others.
    Shared(StreamLease),
}

impl std::fmt::Debug for UpstreamClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamClient").field("origin", self.origin()).finish_non_exhaustive()
    }
}
