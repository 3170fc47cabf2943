//! `logprobsResult`: how likely the tokens of an answer were (B2).
//! In and out: the object and our list. Invariant: numbers keep their spelling.

use super::spelling::get;
use crate::conversation::{Json, Logprob};
use crate::json::{Kind, ObjectWriter, RawValue};

/// Reads the object.
pub(super) fn read(result: RawValue<'_>) -> Vec<Logprob> {
    let listed = |name| get(result, name).into_iter().flat_map(|listed| listed.elements());
    let mut tops = listed("topCandidates");
    let mut found = Vec::new();
    for chosen in listed("chosenCandidates") {
        let top = tops.next().and_then(|top| get(top, "candidates"));
        let top = top.into_iter().flat_map(|top| top.elements()).filter_map(one).collect();
        found.extend(one(chosen).map(|chosen| Logprob { top, ..chosen }));
    }
    found
}

fn one(candidate: RawValue<'_>) -> Option<Logprob> {
    let token = get(candidate, "token").and_then(|token| token.as_text())?;
    let logprob = get(candidate, "logProbability").filter(|value| value.kind() == Kind::Number)?;
    Some(Logprob { token, logprob: Json::of(logprob), bytes: None, top: Vec::new() })
}

/// Writes the object; nothing if the list is empty.
pub(super) fn write(logprobs: &[Logprob], candidate: &mut ObjectWriter<'_>) {
    if logprobs.is_empty() {
        return;
    }
    candidate.object("logprobsResult", |result| {
        if logprobs.iter().any(|logprob| !logprob.top.is_empty()) {
            result.array("topCandidates", |places| {
                for logprob in logprobs {
                    places.object(|place| {
                        place.array("candidates", |top| {
                            logprob.top.iter().for_each(|one| {
                                top.object(|out| write_one(one, out));
                            });
                        });
                    });
                }
            });
        }
        result.array("chosenCandidates", |chosen| {
            logprobs.iter().for_each(|one| {
                chosen.object(|out| write_one(one, out));
            });
        });
    });
}

fn write_one(logprob: &Logprob, out: &mut ObjectWriter<'_>) {
    out.text("token", &*logprob.token).json("logProbability", &logprob.logprob);
}
