//! Fetches the public catalogue of model metadata, at start and with every refresh (spec 02 §8.1, B10).
//! In: its URL. Out: a `Catalogue` in the registry.
//! Invariant: a fetch takes at most 45 s and 10 MiB; a failed one leaves the catalogue that is there; an unchanged one
//! (304) costs no parsing.

use std::sync::Arc;
use std::time::Duration;

use catalog::{Catalogue, MAX_CATALOGUE_BYTES};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, StatusCode, header};
use telemetry::chain;
use upstream::{ClientSettings, Deadlines, HeaderList, Origin, RequestHead, UpstreamClient};
use url::Url;

use super::{Shared, store};
use crate::adapt::head::USER_AGENT;
use crate::instance::{proxy_rule, trust};

const BUDGET: Duration = Duration::from_secs(45);

/// Fetches now and with every refresh interval. Ends only with its supervisor, or if the URL is of no use.
pub(super) async fn run(shared: Arc<Shared>) {
    let Some(url) = shared.settings.catalogue_url.clone() else { return };
    let mut source = match Source::new(&url, &shared) {
        Ok(source) => source,
        Err(reason) => {
            tracing::warn!(reason, "the model catalogue is not fetched");
            return;
        }
    };
    loop {
        match source.fetch().await {
            Ok(Some(text)) => take(&shared, text).await,
            Ok(None) => tracing::debug!("the model catalogue is unchanged"),
            Err(reason) => tracing::warn!(reason, "the model catalogue could not be fetched"),
        }
        tokio::time::sleep(shared.settings.refresh_interval).await;
    }
}

async fn take(shared: &Shared, text: String) {
    match store::on_disk(move || Catalogue::parse(text)).await {
        Some(Ok(catalogue)) => {
            tracing::info!(
                models = catalogue.facts().models,
                skipped = catalogue.facts().skipped,
                "the model catalogue was fetched"
            );
            shared.registry.set_catalogue(Some(Arc::new(catalogue)));
            store::save(shared).await;
        }
        Some(Err(error)) => tracing::warn!(error = %chain(&error), "the model catalogue is not used"),
        None => {}
    }
}

struct Source {
    client: UpstreamClient,
    path: PathAndQuery,
    etag: Option<HeaderValue>,
}

impl Source {
    fn new(url: &str, shared: &Shared) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let origin = Origin::of(&url).map_err(|error| error.to_string())?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path =
            PathAndQuery::try_from(format!("{}{query}", url.path())).map_err(|error| error.to_string())?;
        let network = &shared.settings.network;
        let settings = ClientSettings {
            trust: trust(network),
            proxy: proxy_rule(network).map_err(|error| error.to_string())?,
            max_idle_per_worker: 1,
            ..ClientSettings::new(origin)
        };
        let client =
            UpstreamClient::new(settings, &shared.supervisor).map_err(|error| chain(&error).to_string())?;
        Ok(Self { client, path, etag: None })
    }

    /// The text; `None` if it is the one that came last time.
    async fn fetch(&mut self) -> Result<Option<String>, String> {
        let mut headers = HeaderList::new();
        headers.push((header::USER_AGENT, HeaderValue::from_static(USER_AGENT)));
        headers.push((header::ACCEPT, HeaderValue::from_static("application/json")));
        headers.push((header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
        headers.extend(self.etag.clone().map(|etag| (header::IF_NONE_MATCH, etag)));
        let head = RequestHead { method: Method::GET, path: self.path.clone(), headers };
        let deadlines = Deadlines { total: Some(BUDGET), response_header: BUDGET, ..Deadlines::default() };
        let sent = self.client.send_following_redirects(&head, deadlines).await;
        let answer = sent.map_err(|error| chain(&error).to_string())?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if self.etag.is_some() => return Ok(None),
            other => return Err(format!("status {}", other.as_u16())),
        }
        let etag = answer.headers.get("etag").and_then(|etag| HeaderValue::from_bytes(etag).ok());
        let answer = answer.decoded().map_err(|error| chain(&error).to_string())?;
        let body = answer.body.collect_limited(MAX_CATALOGUE_BYTES).await;
        let body = body.map_err(|error| chain(&error).to_string())?;
        let text = String::from_utf8(body.to_vec()).map_err(|_| "not UTF-8".to_owned())?;
        self.etag = etag;
        Ok(Some(text))
    }
}
