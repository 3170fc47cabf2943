//! One provider that can be called: its row, its settings, and what outlives a call: connections, key states, breaker.
//! In: settings. Out: a client with everything formed once that never changes between calls.
//! Invariant: an instance is immutable but for the states of its keys, its breaker and its pool; a reload that changes a
//! setting makes another one.

use std::time::Instant;

use http::{HeaderName, HeaderValue};
use runtime::Supervisor;
use upstream::keys::KeyRing;
use upstream::retry::RetryPolicy;
use upstream::{
    Answer, ClientError, ClientSettings, Deadlines, ExchangeError, HeaderList, Origin, OriginError,
    ProxyError, ProxyRule, RequestBody, RequestHead, Roots, Trust, UpstreamClient,
};
use vocabulary::{ApiError, Code, Dialect, InstanceName, Secret};

use crate::adapt::head::{self, RequestIdHeader};
use crate::breakers::Breakers;
use crate::channel::Channel;
use crate::credentials::{self, Credentials};
use crate::definition::{Auth, Definition};
use crate::demo;
use crate::discovery::Remembered;
use crate::endpoints::{InvalidPath, Paths};
use crate::settings::{Fingerprint, InstanceSettings, Network};

/// A configured provider.
pub struct Instance {
    /// Its name.
    pub name: InstanceName,
    /// Its row.
    pub definition: &'static Definition,
    /// Its settings.
    pub settings: InstanceSettings,
    /// Its keys and how they stand.
    pub keys: KeyRing,
    /// Its circuit breakers.
    pub breakers: Breakers,
    /// When a call is tried again.
    pub retry: RetryPolicy,
    /// Deadlines of a call that does not stream; see `deadlines_for`.
    pub deadlines: Deadlines,
    pub(crate) plan: Plan,
    pub(crate) remembered: Remembered,
    transport: Transport,
    fingerprint: Fingerprint,
}

/// What is formed once.
pub(crate) struct Plan {
    pub paths: Paths,
    pub headers: HeaderList,
    pub request_id: Option<RequestIdHeader>,
    /// The dialects that the instance speaks, in the order of preference for translated calls.
    channels: Vec<Channel>,
    /// How the key of a listing travels.
    listing_auth: Auth,
    pub credentials: Credentials,
}

enum Transport {
    Upstream(Box<UpstreamClient>),
    InProcess,
}

/// An instance could not be made from its settings.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The base URL has no usable origin.
    #[error("the base URL is not usable")]
    Origin(#[from] OriginError),
    /// Base URL and query do not form a path.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// The proxy's URL is wrong.
    #[error("the proxy is not usable")]
    Proxy(#[from] ProxyError),
    /// Certificates or TLS.
    #[error("the client cannot be made")]
    Client(#[from] ClientError),
}

impl Instance {
    /// Makes an instance. Nothing is connected yet.
    ///
    /// # Errors
    /// `InstanceError` if proxy, certificates or paths are not usable.
    pub fn new(settings: InstanceSettings, supervisor: &Supervisor) -> Result<Self, InstanceError> {
        let definition = settings.definition;
        let transport = if definition.answers_in_process() {
            Transport::InProcess
        } else {
            let client = client_settings(&settings)?;
            Transport::Upstream(Box::new(UpstreamClient::new(client, supervisor)?))
        };
        Ok(Self {
            name: settings.name.clone(),
            definition,
            plan: Plan::new(&settings)?,
            keys: KeyRing::new(settings.keys.iter().cloned(), settings.session_sticky_keys),
            breakers: Breakers::new(&settings.circuit_breaker),
            retry: retry_policy(&settings),
            deadlines: settings.deadlines,
            fingerprint: settings.fingerprint(),
            remembered: Remembered::default(),
            transport,
            settings,
        })
    }

    /// Tells whether other settings would make the same instance.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The client behind it; `None` for the demo, which answers in process.
    pub fn client(&self) -> Option<&UpstreamClient> {
        match &self.transport {
            Transport::Upstream(client) => Some(client),
            Transport::InProcess => None,
        }
    }

    /// The deadlines of a call; only calls that do not stream have a total.
    pub fn deadlines_for(&self, streams: bool) -> Deadlines {
        self.settings.deadlines_for(streams)
    }

    /// The dialects that it speaks, in the order of preference for translated calls.
    pub fn channels(&self) -> &[Channel] {
        &self.plan.channels
    }

    /// How it speaks a dialect with a model; `None` if a call in that dialect must be translated.
    pub fn spoken(&self, dialect: Dialect, model: &str) -> Option<&Channel> {
        self.channels_of(model).find(|channel| channel.dialect() == dialect)
    }

    /// How it is spoken to with a model when the client's own dialect is not spoken here.
    pub fn preferred(&self, model: &str) -> Option<&Channel> {
        self.channels_of(model).next()
    }

    fn channels_of(&self, model: &str) -> impl Iterator<Item = &Channel> {
        self.plan.channels.iter().filter(move |channel| channel.spoken.is_spoken_by(model, &self.settings))
    }

    /// How the key of an embeddings call travels.
    pub fn embeddings_auth(&self) -> Auth {
        self.definition.embeddings_auth.unwrap_or(self.definition.auth)
    }

    /// The header that carries a key as the row says; `None` if the configuration sets that header itself. Shares the
    /// text that was formed when the instance was made.
    pub fn credential_header(&self, key: &Secret) -> Option<(HeaderName, HeaderValue)> {
        self.plan.credentials.of(self.definition.auth, key).first().cloned()
    }

    /// Adds the headers that carry a key to those of an attempt; none of those that stand there is touched, so that
    /// cutting the list to its former length takes the credential out again.
    ///
    /// # Errors
    /// 401 if the provider needs a key and there is none, 502 if its configuration is wrong; no attempt can change that.
    pub fn add_credentials(
        &self,
        auth: Auth,
        key: Option<&Secret>,
        headers: &mut HeaderList,
    ) -> Result<(), ApiError> {
        if let Some(problem) = &self.settings.problem {
            return Err(ApiError::new(Code::UpstreamConnectionError, problem.clone()));
        }
        match (key, self.definition.missing_key) {
            (Some(key), _) => credentials::add(self.plan.credentials.of(auth, key), headers),
            (None, Some(text)) => return Err(ApiError::new(Code::UpstreamAuthenticationError, text)),
            (None, None) => {}
        }
        Ok(())
    }

    /// Sends a request, or answers it here. One attempt: neither breaker nor retries are looked at.
    ///
    /// # Errors
    /// See `ExchangeError`. A bad status is no error.
    pub async fn send(
        &self,
        head: &RequestHead,
        body: &RequestBody,
        deadlines: Deadlines,
    ) -> Result<Answer, ExchangeError> {
        match &self.transport {
            Transport::Upstream(client) => client.send(head, body, deadlines).await,
            Transport::InProcess => Ok(demo::answer(head, body)),
        }
    }

    /// Sends a question without a body and follows redirects on the instance's own origin (spec 02 B18).
    ///
    /// # Errors
    /// See `ExchangeError`. A bad status is no error.
    pub(crate) async fn fetch(
        &self,
        head: &RequestHead,
        deadlines: Deadlines,
    ) -> Result<Answer, ExchangeError> {
        match &self.transport {
            Transport::Upstream(client) => client.send_following_redirects(head, deadlines).await,
            Transport::InProcess => Ok(demo::answer(head, &RequestBody::empty())),
        }
    }

    /// Adds the credential of the next key in turn to a request of the gateway's own, such as a listing.
    pub(crate) fn sign(&self, headers: &mut HeaderList) -> Option<Secret> {
        let picked = self.keys.pick(None, &[], Instant::now())?;
        credentials::add(self.plan.credentials.of(self.plan.listing_auth, picked.secret), headers);
        Some(picked.secret.clone())
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("name", &self.name)
            .field("kind", &self.definition.kind)
            .finish_non_exhaustive()
    }
}

impl Plan {
    fn new(settings: &InstanceSettings) -> Result<Self, InvalidPath> {
        let definition = settings.definition;
        let version = settings.api_version.as_deref();
        let paths =
            Paths::new(definition, settings.embeddings, &settings.base_url, version, &settings.query)?;
        let headers = head::constant_headers(definition, settings);
        let spoken = definition.dialects.iter().zip(&paths.spoken);
        let channels: Vec<Channel> = spoken
            .filter(|(spoken, _)| spoken.is_offered(settings))
            .map(|(spoken, paths)| Channel::new(spoken, definition.auth, &headers, paths.clone()))
            .collect();
        let ways = channels.iter().map(|channel| channel.auth);
        let ways = ways.chain([definition.auth]).chain(definition.embeddings_auth);
        // A base URL that serves everything takes the key as the dialect that is spoken there wants it.
        let preferred = channels.first().filter(|_| !paths.has_two_bases).map(|channel| channel.auth);
        Ok(Self {
            listing_auth: preferred.unwrap_or(definition.auth),
            credentials: Credentials::new(settings, ways),
            request_id: head::request_id_header(definition, settings),
            paths,
            headers,
            channels,
        })
    }
}

fn client_settings(settings: &InstanceSettings) -> Result<ClientSettings, InstanceError> {
    Ok(ClientSettings {
        trust: trust(&settings.network),
        proxy: proxy_rule(&settings.network)?,
        idle_timeout: settings.definition.idle_timeout,
        ..ClientSettings::new(Origin::of(settings.base_url.url())?)
    })
}

/// The instance's own proxy, else what the process's proxies say.
pub(crate) fn proxy_rule(network: &Network) -> Result<ProxyRule, ProxyError> {
    let Network { proxy, http_proxy, https_proxy, no_proxy, .. } = network;
    let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    match proxy {
        Some(own) => ProxyRule::fixed(own.reveal()),
        None => ProxyRule::from_environment(
            text(http_proxy).as_deref(),
            text(https_proxy).as_deref(),
            no_proxy.as_deref(),
        ),
    }
}

/// Whose certificates are believed.
pub(crate) fn trust(network: &Network) -> Trust {
    let roots = network.root_file.clone().map_or_else(Roots::default, Roots::File);
    Trust { roots, ca_file: network.ca_file.clone() }
}

fn retry_policy(settings: &InstanceSettings) -> RetryPolicy {
    let given = &settings.retry;
    // A backend that only streams has begun to work, and to bill, before anything can be judged (spec 03 §11.3).
    let never = settings.definition.dialects.iter().all(|spoken| spoken.always_streams);
    RetryPolicy {
        max_retries: if never { 0 } else { given.max_retries },
        initial_backoff: given.initial_backoff,
        max_backoff: given.max_backoff,
        backoff_factor: given.backoff_factor,
        jitter_factor: given.jitter_factor,
        retry_on: given.retry_on.iter().copied().collect(),
        max_elapsed: given.max_elapsed,
    }
}
