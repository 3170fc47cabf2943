//! Asks one instance for its models: pages, and the follow-up questions that two kinds of servers need.
//! In: an instance. Out: a `Listing`, never an error type: what went wrong is a text for the operator, without secrets.
//! Invariant: ten seconds for everything, at most twenty pages, at most 32 MiB a page. Uses the instance's own client, as
//! connections are kept apart by worker; no retry, no breaker.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use catalog::{Decimal, DiscoveredModel, Listing, Metadata, PriceField, Pricing, Word};
use dialects::error::from_upstream;
use dialects::json::{RawObject, quote};
use futures_util::StreamExt;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use telemetry::chain;
use tokio::time::timeout;
use upstream::{RequestBody, RequestHead};
use vocabulary::ModelId;

use super::extras;
use super::listing::{self, NextPage, Page};
use crate::definition::{Extras, ListingPlace};
use crate::endpoints::SEGMENT;
use crate::instance::Instance;

/// For all questions to one instance together.
const BUDGET: Duration = Duration::from_secs(10);
/// For the follow-up questions, which improve a list but do not make it.
const FOLLOW_UP_BUDGET: Duration = Duration::from_secs(5);
const MAX_PAGES: usize = 20;
const MAX_PAGE_BYTES: usize = 32 << 20;
const MAX_ERROR_BYTES: usize = 64 << 10;
const FOLLOW_UPS_AT_ONCE: usize = 4;

/// What an instance has already been asked about its models: Ollama answers for one model at a time.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<HashMap<ModelId, Vec<Word>>>);

impl Remembered {
    fn modes(&self, model: &ModelId) -> Option<Vec<Word>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(model).cloned()
    }

    fn learn(&self, model: ModelId, modes: Vec<Word>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(model, modes);
    }

    /// Forgets the models that are gone, so that this never holds more than a list.
    fn keep_only(&self, models: &[DiscoveredModel]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| models.iter().any(|model| model.id == *id));
    }
}

/// The models of an instance, as it tells them.
pub(super) async fn list(instance: &Instance) -> Listing {
    let settings = &instance.settings;
    if settings.profile().is_closed() {
        return Listing::of(Vec::new());
    }
    if let Some(problem) = &settings.problem {
        return Listing::Failed(problem.clone());
    }
    match instance.definition.listing.place {
        ListingPlace::Fixed(models) => return Listing::of(models.iter().map(|id| free_model(id)).collect()),
        ListingPlace::BuiltIn(models) if settings.models.is_empty() => {
            return Listing::of(models.iter().map(|id| built_in(instance, id)).collect());
        }
        ListingPlace::BuiltIn(_) => {
            let configured = settings.models.iter().map(|model| DiscoveredModel::new(model.id.clone()));
            return Listing::of(configured.collect());
        }
        ListingPlace::Base(_) | ListingPlace::Root { .. } | ListingPlace::AzureResource => {}
    }
    match timeout(BUDGET, ask(instance)).await {
        Ok(Ok(listing)) => listing,
        Ok(Err(reason)) => Listing::Failed(reason),
        Err(_) => Listing::Failed(format!("no model list within {BUDGET:?}")),
    }
}

fn built_in(instance: &Instance, id: &str) -> DiscoveredModel {
    let owned_by = instance.definition.kind.0.into();
    DiscoveredModel {
        owned_by,
        created: Timestamp::now().as_second(),
        ..DiscoveredModel::new(ModelId::new(id))
    }
}

fn free_model(id: &str) -> DiscoveredModel {
    let mode = if id == "embed" { "embedding" } else { "chat" };
    let zero = || Decimal::parse("0");
    let prices = [(PriceField::Input, zero()), (PriceField::Output, zero())];
    let prices = prices.into_iter().filter_map(|(field, price)| Some((field, price?)));
    let metadata = Metadata {
        modes: vec![mode.into()],
        pricing: Some(Pricing::usd(prices).into()),
        ..Metadata::default()
    };
    DiscoveredModel { metadata: Some(metadata), ..DiscoveredModel::new(ModelId::new(id)) }
}

async fn ask(instance: &Instance) -> Result<Listing, String> {
    let form = instance.definition.listing.extras;
    let mut list = pages(instance, form).await?;
    match form {
        Extras::LlamaCpp => complete_llamacpp(instance, &mut list).await,
        Extras::Ollama => complete_ollama(instance, &mut list.models).await,
        Extras::Azure => {
            if let Some(deployment) = &instance.plan.paths.deployment {
                list.models = vec![DiscoveredModel::new(ModelId::new(deployment.as_str()))];
            }
        }
        // These providers tell no time, or one that cannot be read.
        Extras::Anthropic | Extras::Google => {
            let now = Timestamp::now().as_second();
            list.models.iter_mut().filter(|model| model.created == 0).for_each(|model| model.created = now);
        }
        Extras::Standard | Extras::OpenRouter | Extras::Chutes => {}
    }
    Ok(Listing::Models { models: list.models, skipped_entries: list.skipped })
}

/// All pages, joined.
async fn pages(instance: &Instance, form: Extras) -> Result<Page, String> {
    let first = instance.plan.paths.listing.clone().ok_or("this provider has no model list")?;
    let mut path = first.clone();
    let mut all = Page::default();
    for _ in 0..MAX_PAGES {
        let body = exchange(instance, Method::GET, path.clone(), RequestBody::empty()).await?;
        let page = listing::parse(&body, form).map_err(|error| error.to_string())?;
        let came = !page.models.is_empty();
        all.models.extend(page.models);
        all.trained_contexts.extend(page.trained_contexts);
        all.skipped += page.skipped;
        match page.next.filter(|_| came).and_then(|next| next.path(&first)) {
            Some(next) => path = next,
            None => break,
        }
    }
    Ok(all)
}

impl NextPage {
    fn path(&self, first: &PathAndQuery) -> Option<PathAndQuery> {
        let Self { member, value } = self;
        let joint = if first.query().is_some() { '&' } else { '?' };
        let value = utf8_percent_encode(value, SEGMENT);
        PathAndQuery::try_from(format!("{first}{joint}{member}={value}")).ok()
    }
}

/// One question. Any 2xx is an answer.
async fn exchange(
    instance: &Instance,
    method: Method,
    path: PathAndQuery,
    body: RequestBody,
) -> Result<Bytes, String> {
    let mut headers = instance.plan.headers.clone();
    if body.is_empty() {
        headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
    }
    headers.push((header::ACCEPT, HeaderValue::from_static("application/json")));
    let key = instance.sign(&mut headers);
    let head = RequestHead { method, path, headers };
    let deadlines = instance.deadlines_for(false);
    let answer = if body.is_empty() {
        instance.fetch(&head, deadlines).await
    } else {
        instance.send(&head, &body, deadlines).await
    };
    let answer = answer.map_err(|error| chain(&error).to_string())?;
    let answer = answer.decoded().map_err(|error| chain(&error).to_string())?;
    let status = answer.status;
    let limit = if status.is_success() { MAX_PAGE_BYTES } else { MAX_ERROR_BYTES };
    let body = answer.body.collect_limited(limit).await;
    if status.is_success() {
        return body.map_err(|error| chain(&error).to_string());
    }
    let error = from_upstream(status.as_u16(), &body.unwrap_or_default());
    let error = error.masking(key.as_ref().map_or("", |key| key.reveal()));
    Err(format!("status {}: {}", status.as_u16(), shortened(error.message())))
}

/// Error pages of proxies run long.
fn shortened(text: &str) -> &str {
    let text = text.trim();
    let end = text.char_indices().nth(240).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

/// The context that the server really uses: `/props` knows it if only one model is loaded.
async fn complete_llamacpp(instance: &Instance, list: &mut Page) {
    if let [model] = list.models.as_mut_slice()
        && let Some(props) = follow_up(instance, Method::GET, "/props", RequestBody::empty()).await
    {
        extras::apply_props(&props, model.metadata.get_or_insert_default());
    }
    for (model, trained) in list.models.iter_mut().zip(&list.trained_contexts) {
        let metadata = model.metadata.get_or_insert_default();
        metadata.context_window = metadata.context_window.or(*trained);
        if metadata.is_empty() {
            model.metadata = None;
        }
    }
}

/// Asks for the capabilities of models that were not seen before; errors are asked again with the next list.
async fn complete_ollama(instance: &Instance, models: &mut [DiscoveredModel]) {
    let remembered = &instance.remembered;
    let unseen: Vec<ModelId> = models
        .iter()
        .filter(|model| remembered.modes(&model.id).is_none())
        .map(|model| model.id.clone())
        .collect();
    let shows =
        futures_util::stream::iter(unseen).for_each_concurrent(FOLLOW_UPS_AT_ONCE, |model| async move {
            let body = [Bytes::from_static(br#"{"model":"#), quote(model.as_str()), Bytes::from_static(b"}")];
            if let Some(shown) =
                follow_up(instance, Method::POST, "/api/show", body.into_iter().collect()).await
            {
                remembered.learn(model, extras::ollama_modes(&shown));
            }
        });
    // What did not come in time is asked with the next list.
    let _in_time = timeout(FOLLOW_UP_BUDGET, shows).await;
    remembered.keep_only(models);
    for model in models {
        if let Some(modes) = remembered.modes(&model.id).filter(|modes| !modes.is_empty()) {
            model.metadata.get_or_insert_default().modes = modes;
        }
    }
}

/// A question to the server's own endpoints; whatever goes wrong is no answer.
async fn follow_up(instance: &Instance, method: Method, path: &str, body: RequestBody) -> Option<RawObject> {
    let path = PathAndQuery::try_from(format!("{}{path}", instance.plan.paths.root)).ok()?;
    let answer = timeout(FOLLOW_UP_BUDGET, exchange(instance, method, path, body)).await.ok()?.ok()?;
    RawObject::scan(answer).ok()
}
