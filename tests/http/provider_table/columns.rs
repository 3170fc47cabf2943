//! The columns of the table, each a function that makes a row's calls and notes what differs.
//! In: the gateway, a row with its upstream. Out: differences, with the row's name.

use std::fmt::Debug;

use blackbox::{Answer, Gateway, Request, Seen};
use serde_json::{Value, json};

use super::bench::{Place, during, json as json_reply, path_of};
use super::row::{Arrival, Credential, Embeddings};
use crate::dialects::{ALL, Chat, Dialect, Gemini, Messages, Responses};
use crate::setup::KEY;
use crate::translation::kind_of;

/// Headers in which a key may travel, in lower case.
const CREDENTIALS: [&str; 9] = [
    "api-key",
    "authorization",
    "chatgpt-account-id",
    "cookie",
    "proxy-authorization",
    "x-access-token",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];
const REQUEST_IDS: [&str; 2] = ["x-client-request-id", "x-request-id"];
const ID: &str = "req-of-the-table";
/// What a client says beside its credential for the gateway: no provider may learn of it.
const OF_THE_CLIENT: &str = "planted-by-the-client";

/// All that is not as its row says.
#[derive(Default)]
pub(super) struct Differences(Vec<String>);

impl Differences {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.0.push(format!("{what}:\n    found    {found:?}\n    expected {expected:?}"));
        }
    }

    fn note(&mut self, text: String) {
        self.0.push(text);
    }

    /// Every member of `expected`, a JSON pointer with its value; null for what must not be there.
    fn members(&mut self, what: &str, found: &Value, expected: &str) {
        let expected: Value =
            serde_json::from_str(expected).unwrap_or_else(|error| panic!("{what}: {error}"));
        for (pointer, value) in expected.as_object().expect("pointers with values") {
            self.same(
                &format!("{what}, {pointer}"),
                &found.pointer(pointer),
                &Some(value).filter(|value| !value.is_null()),
            );
        }
    }

    /// # Panics
    /// If there are any.
    #[track_caller]
    pub(super) fn report(self) {
        assert!(self.0.is_empty(), "{} differences\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// A request with the gateway's credential, and others beside it.
fn told_too_much(request: Request) -> Request {
    request
        .header("X-Request-Id", ID)
        .header("Api-Key", OF_THE_CLIENT)
        .header("X-Auth-Token", OF_THE_CLIENT)
        .header("Cookie", OF_THE_CLIENT)
}

/// The only call that reached the provider.
fn only(what: &str, mut calls: Vec<Seen>, differences: &mut Differences) -> Option<Seen> {
    differences.same(&format!("{what}, calls"), &calls.len(), &1);
    calls.pop()
}

/// Which headers carry credentials, and that nothing of the client's own does.
fn credential(what: &str, place: &Place, expected: Credential, seen: &Seen, differences: &mut Differences) {
    let carried = seen.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    let mut carried: Vec<_> = carried.filter(|(name, _)| CREDENTIALS.contains(&name.as_str())).collect();
    carried.sort();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.replace("{key}", &place.key)))
        .collect();
    differences.same(&format!("{what}, credentials"), &carried, &expected);
    let leaked =
        seen.headers.iter().filter(|(_, value)| value.contains(OF_THE_CLIENT) || value.contains(KEY));
    differences.same(&format!("{what}, what was the client's"), &leaked.count(), &0);
}

fn headers(what: &str, expected: &[(&str, &str)], seen: &Seen, differences: &mut Differences) {
    for (name, value) in expected {
        let found = seen.header(name);
        let is_right = if value.is_empty() { found.is_some() } else { found == Some(value) };
        if !is_right {
            differences.note(format!("{what}, header {name}: {found:?} instead of {value:?}"));
        }
    }
}

/// Path, credential, headers, raw or translated: for every client, whole and streamed.
pub(super) fn calls(gateway: &Gateway, place: &Place, differences: &mut Differences) {
    for (client, arrival) in ALL.into_iter().zip(place.row.arrives) {
        for streams in [false, true] {
            let what = format!("{}, {client:?}, streams {streams}", place.name);
            let request = respelt(gateway, client, &place.model(place.row.model), streams);
            let (answer, calls) = during(&place.upstream, || told_too_much(request).send());
            differences.same(&format!("{what}, status"), &answer.status(), &200);
            if answer.status() != 200 {
                differences.note(format!("    {}", answer.text()));
            }
            answered(&what, client, streams, place, &answer, differences);
            let Some(seen) = only(&what, calls, differences) else { continue };
            let target = if streams { arrival.streamed } else { arrival.target };
            differences.same(&format!("{what}, target"), &seen.target.as_str(), &target);
            credential(&what, place, arrival.credential.unwrap_or(place.row.credential), &seen, differences);
            call_headers(&what, place, client, arrival, &seen, differences);
            arrived(&what, place, client, arrival, &seen, differences);
        }
    }
}

/// A call that spells the `p` of `ping` as no translation does: only a raw body keeps it.
fn respelt(gateway: &Gateway, client: Dialect, model: &str, streams: bool) -> Request {
    let body = client.body(model, streams, &json!({})).to_string().replace("\"ping\"", "\"\\u0070ing\"");
    gateway
        .request("POST", &client.endpoint(model, streams))
        .header("Content-Type", "application/json")
        .body(body)
}

fn answered(
    what: &str,
    client: Dialect,
    streams: bool,
    place: &Place,
    answer: &Answer,
    differences: &mut Differences,
) {
    if streams {
        let frames: Vec<String> =
            answer.text().split("\n\n").filter(|frame| !frame.is_empty()).map(str::to_owned).collect();
        let found = (client.streamed_text(&frames), client.looks_whole(&frames));
        differences.same(&format!("{what}, stream"), &found, &("po ng".to_owned(), true));
        return;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return };
    differences.same(&format!("{what}, text"), &client.text(&body), &"po ng".to_owned());
    if client == Chat {
        differences.same(&format!("{what}, provider"), &body["provider"].as_str(), &Some(place.row.kind));
    }
}

fn call_headers(
    what: &str,
    place: &Place,
    client: Dialect,
    arrival: Arrival,
    seen: &Seen,
    differences: &mut Differences,
) {
    headers(what, place.row.headers, seen, differences);
    if arrival.up == Messages {
        headers(what, &[("anthropic-version", "2023-06-01")], seen, differences);
    }
    if arrival.up == place.row.arrives[0].up {
        headers(what, place.row.call_headers, seen, differences);
    }
    // What a client says to its own provider, the id of its request included, is forwarded (04 §12.3).
    let is_forwarded = client == Messages && arrival.up == Messages;
    for name in REQUEST_IDS {
        let is_sent = place.row.request_id == Some(name) || (is_forwarded && name == "x-request-id");
        differences.same(&format!("{what}, {name}"), &seen.header(name), &is_sent.then_some(ID));
    }
}

/// The body: raw in the client's own dialect, else in the provider's words; the bare model.
fn arrived(
    what: &str,
    place: &Place,
    client: Dialect,
    arrival: Arrival,
    seen: &Seen,
    differences: &mut Differences,
) {
    let is_raw = seen.text().contains("\\u0070ing");
    differences.same(&format!("{what}, raw"), &is_raw, &(client == arrival.up));
    let body = seen.json();
    let own = match arrival.up {
        Chat | Messages => "/messages/0/content",
        Responses => "/input",
        Gemini => "/contents/0/parts/0/text",
    };
    if !body.pointer(own).is_some_and(|value| value.to_string().contains("ping")) {
        differences.note(format!("{what}, not in the words of {:?}: {body}", arrival.up));
    }
    if arrival.up != Gemini {
        differences.same(&format!("{what}, model"), &body["model"].as_str(), &Some(place.row.model));
    }
}

/// What becomes of members.
pub(super) fn bodies(gateway: &Gateway, place: &Place, differences: &mut Differences) {
    for case in place.row.bodies {
        let model = case.model.unwrap_or(place.row.model);
        let what = format!("{}, {:?} {} to {model}", place.name, case.client, case.given);
        let given: Value = serde_json::from_str(case.given).unwrap_or_else(|error| panic!("{what}: {error}"));
        let request = case.client.request(gateway, &place.model(model), false, &given);
        let (answer, calls) = during(&place.upstream, || request.send());
        if answer.status() != 200 {
            differences.note(format!("{what}: {} {}", answer.status(), answer.text()));
        }
        differences.same(&format!("{what}, dropped"), &answer.header("x-gomodel-dropped"), &case.dropped);
        let Some(seen) = only(&what, calls, differences) else { continue };
        differences.members(&what, &seen.json(), case.sent);
    }
}

/// The vendor's error in the envelope of every caller whose call arrives in the provider's preferred dialect.
pub(super) fn errors(gateway: &Gateway, place: &Place, differences: &mut Differences) {
    let error = place.row.error;
    let message = if error.message.is_empty() { error.body } else { error.message };
    for (client, arrival) in ALL.into_iter().zip(place.row.arrives) {
        if arrival.up != place.row.arrives[0].up {
            continue;
        }
        place.upstream.on(path_of(arrival.target), [json_reply(error.status, error.body)]);
        let answer = client.request(gateway, &place.model(place.row.model), false, &json!({})).send();
        let what = format!("{}, error to {client:?}: {}", place.name, answer.text());
        if answer.status() != error.status {
            differences.same(&what, &answer.status(), &error.status);
            continue;
        }
        let told = client.error(&answer, error.status);
        differences.same(&what, &told.message.as_str(), &message);
        let is_native = client == Messages && arrival.up == Messages;
        let native: Value = serde_json::from_str(error.body).unwrap_or_default();
        let native = native["error"]["type"].as_str().filter(|_| is_native);
        let kind = match client {
            Chat | Responses => error.kind,
            Messages | Gemini => native.unwrap_or_else(|| kind_of(client, error.status)),
        };
        differences.same(&what, &told.kind.as_str(), &kind);
        if matches!(client, Chat | Responses) {
            differences.same(&what, &answer.error(error.status).code.as_deref(), &error.code);
        }
        differences.same(&what, &answer.header("x-gomodel-error-source"), &Some("upstream"));
    }
}

/// The question for models, and what is made of the answer.
pub(super) fn listing(gateway: &Gateway, place: &Place, differences: &mut Differences) {
    let listing = place.row.listing;
    let what = format!("{}, listing", place.name);
    let asked: Vec<Seen> =
        place.upstream.requests().into_iter().filter(|seen| seen.method == "GET").collect();
    let found = asked.first().map(|seen| seen.target.as_str());
    differences.same(&format!("{what}, target"), &found, &listing.target);
    for seen in asked.iter().take(1) {
        credential(&what, place, listing.credential.unwrap_or(place.row.credential), seen, differences);
        headers(&what, place.row.headers, seen, differences);
    }
    let list = gateway.get("/v1/models").send().expect_status(200).json();
    let of_instance = |entry: &&Value| entry["owned_by"] == place.name.as_str();
    let entries: Vec<&Value> = list["data"].as_array().into_iter().flatten().filter(of_instance).collect();
    let ids: Vec<_> = entries.iter().filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect();
    let mut expected: Vec<_> = listing.models.iter().map(|(id, _)| place.model(id)).collect();
    expected.sort();
    differences.same(&format!("{what}, models"), &ids, &expected);
    for (id, members) in listing.models.iter().filter(|(_, members)| !members.is_empty()) {
        let id = place.model(id);
        if let Some(entry) = entries.iter().find(|entry| entry["id"] == id.as_str()) {
            differences.members(&format!("{what} of {id}"), entry, members);
        }
    }
}

/// What becomes of embeddings.
pub(super) fn embeddings(gateway: &Gateway, place: &Place, differences: &mut Differences) {
    let model = place.row.model;
    let what = format!("{}, embeddings", place.name);
    let body = json!({"model": place.model(model), "input": "x", "dimensions": 8});
    let request = told_too_much(gateway.post("/v1/embeddings", &body));
    let (answer, calls) = during(&place.upstream, || request.send());
    let native = json!({"model": model, "input": "x", "dimensions": 8}).to_string();
    let (target, key, sent) = match place.row.embeddings {
        Embeddings::Native(target) => (target, place.row.credential, native.as_str()),
        Embeddings::NativeWith(target, key) => (target, key, native.as_str()),
        Embeddings::Translated(target, sent, _) => (target, place.row.credential, sent),
        Embeddings::Refused(status, code, message) => {
            differences.same(&format!("{what}, calls"), &calls.len(), &0);
            differences.same(&format!("{what}, {}", answer.text()), &answer.status(), &status);
            if answer.status() == status {
                let error = answer.error(status);
                let found = (error.error_type.as_str(), error.code.as_deref(), error.message.as_str());
                differences.same(&what, &found, &("invalid_request_error", code, message));
            }
            return;
        }
    };
    if answer.status() == 200 {
        let found = answer.json();
        differences.same(&what, &found["data"][0]["embedding"], &json!([0.5, -0.25]));
        differences.same(&format!("{what}, provider"), &found["provider"].as_str(), &Some(place.row.kind));
    } else {
        differences.note(format!("{what}: {} {}", answer.status(), answer.text()));
    }
    let Some(seen) = only(&what, calls, differences) else { return };
    differences.same(&format!("{what}, target"), &seen.target.as_str(), &target);
    credential(&what, place, key, &seen, differences);
    let sent: Value = serde_json::from_str(sent).expect("JSON");
    differences.same(&format!("{what}, body"), &seen.json(), &sent);
}
