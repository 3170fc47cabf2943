//! One gateway with an instance per row, each at an upstream of its own that answers in every dialect the row speaks.
//! In: the rows. Out: `Place`s: a row with its upstream and names. The gateway is dropped first.

use blackbox::{Gateway, Provider, Reply, Seen, Upstream, gateway, responses, upstream};
use serde_json::Value;

use super::row::{Arrival, Embeddings, Row};
use super::rows;
use crate::dialects::{Gemini, Responses};
use crate::setup::KEY;

pub(super) struct Bench {
    pub gateway: Gateway,
    pub places: Vec<Place>,
}

/// A row, and where its provider listens.
pub(super) struct Place {
    pub row: &'static Row,
    /// The instance.
    pub name: String,
    /// Its key.
    pub key: String,
    pub upstream: Upstream,
}

impl Bench {
    pub(super) fn start() -> Self {
        let places: Vec<Place> = rows::ALL.iter().flat_map(|rows| rows.iter()).map(Place::start).collect();
        let mut builder = gateway()
            .master_key(KEY)
            .env("RETRY_MAX_RETRIES", "0")
            .env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0")
            .without_waiting_for_models();
        for place in &places {
            builder = builder.with(place.provider());
        }
        let gateway = builder.start();
        // The end of the first sweep: who is not listed now differs from its row.
        gateway.wait_for_log(&["providers are known"]);
        Self { gateway, places }
    }
}

impl Place {
    fn start(row: &'static Row) -> Self {
        let name =
            if row.form.is_empty() { row.kind.to_owned() } else { format!("{}-{}", row.kind, row.form) };
        let key = row.key.map_or_else(|| format!("sk-planted-{name}-4f1d9c"), str::to_owned);
        let mut scripted = upstream();
        let listed = row.listing.target.map(|target| (target, row.listing.answer));
        for (target, answer) in listed.into_iter().chain(row.listing.also.iter().copied()) {
            scripted = scripted.on(path_of(target), [json(200, answer)]);
        }
        for arrival in row.arrives {
            for target in [arrival.target, arrival.streamed] {
                scripted = scripted.answer(path_of(target), move |seen, _| answer(arrival, seen));
            }
        }
        if let Embeddings::Translated(target, _, answer) = row.embeddings {
            scripted = scripted.on(path_of(target), [json(200, answer)]);
        }
        Self { row, name, key, upstream: scripted.start() }
    }

    fn provider(&self) -> Provider {
        let base = format!("http://{}{}", self.upstream.address(), self.row.base);
        let provider = Provider::new(&self.name).kind(self.row.kind).at(&self.upstream).base_url(&base);
        let provider = if self.key.is_empty() { provider.keyless() } else { provider.key(&self.key) };
        provider.yaml(self.row.yaml)
    }

    /// The name under which a client calls a model.
    pub(super) fn model(&self, model: &str) -> String {
        format!("{}/{model}", self.name)
    }
}

pub(super) fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

pub(super) fn json(status: u16, body: &str) -> Reply {
    Reply::status(status).header("content-type", "application/json").body(body)
}

/// What a provider answers to a call.
fn answer(arrival: Arrival, seen: &Seen) -> Reply {
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let streams = body["stream"] == true || (arrival.up == Gemini && seen.path().contains("stream"));
    match (arrival.up, streams) {
        (up, true) => up.streams("po ng"),
        (Responses, false) => responses::text("po ng"),
        (up, false) => up.says("po ng"),
    }
}

/// The requests that came while a call was made.
pub(super) fn during<T>(upstream: &Upstream, call: impl FnOnce() -> T) -> (T, Vec<Seen>) {
    let before = upstream.requests().len();
    let result = call();
    let calls = upstream.requests().into_iter().skip(before).filter(|seen| seen.method == "POST").collect();
    (result, calls)
}
