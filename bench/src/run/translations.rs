//! Translated calls, in interleaved rounds with calls of one gateway that need no translation.
//! In: the two calls. Out: samples under `SameDialect` (the yardstick) and `Gomodel`, of one process.
//! Invariant: an answer that does not say what the mock says in the client's own dialect is a problem and not measured.
//! Without a gateway the mock and nginx are asked the client's call, which the mock answers untranslated: a test of
//! the bench itself.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::rounds::{Entrant, add_first_byte_over, interleave};
use super::{CaseResult, Stage};
use crate::cases::{Ask, Translation};
use crate::contenders::{Contender, Running};
use crate::error::{BenchError, Result};
use crate::gist::Gist;
use crate::load;

/// The processes that all translations share, started by the first.
#[derive(Default)]
pub(super) struct Translations {
    running: BTreeMap<Contender, Running>,
}

impl Translations {
    pub(super) async fn run(&mut self, stage: &Stage, translation: &Translation, result: &mut CaseResult) {
        let mut entrants = Vec::new();
        for (contender, ask) in asked(stage, translation) {
            if let Err(error) = self.start(stage, process_of(contender)).await {
                return result.problem(contender, error);
            }
            entrants.push((contender, ask));
        }
        let mut measured = Vec::new();
        for (contender, ask) in entrants {
            let Some(running) = self.running.get(&process_of(contender)) else { continue };
            match check(stage, running, ask).await {
                Ok(()) => measured.push(Entrant { contender, running, call: ask.call() }),
                Err(error) => return result.problem(contender, error),
            }
        }
        let floor = measured.first().map_or(Contender::Direct, |entrant| entrant.contender);
        for mut samples in interleave(stage, &measured, translation.connections, result).await {
            add_first_byte_over(floor, &mut samples);
            samples.into_iter().for_each(|(contender, sample)| result.add(contender, sample));
        }
    }

    async fn start(&mut self, stage: &Stage, contender: Contender) -> Result<()> {
        if let Entry::Vacant(place) = self.running.entry(contender) {
            place.insert(stage.field.run(contender).await?);
        }
        Ok(())
    }
}

/// The yardstick first.
fn asked(stage: &Stage, translation: &Translation) -> Vec<(Contender, Ask)> {
    if stage.contenders.contains(&Contender::Gomodel) {
        let same = (Contender::SameDialect, translation.same_dialect);
        return vec![same, (Contender::Gomodel, translation.ask)];
    }
    stage.contenders.iter().map(|contender| (*contender, translation.ask)).collect()
}

/// Both calls go to the one gateway that has every provider.
fn process_of(contender: Contender) -> Contender {
    match contender {
        Contender::Gomodel => Contender::SameDialect,
        other => other,
    }
}

/// One call, compared with what the mock says in the client's dialect.
async fn check(stage: &Stage, running: &Running, ask: Ask) -> Result<()> {
    let mock = stage.field.run(Contender::Direct).await?;
    let request = ask.call().request;
    let fetched = |source| BenchError::io("fetch an answer to check", source);
    let (_, original) = load::fetch(mock.address, &request).await.map_err(fetched)?;
    let (status, body) = load::fetch(running.address, &request).await.map_err(fetched)?;
    let (expected, found) = (Gist::of(ask.dialect(), &original), Gist::of(ask.dialect(), &body));
    if status == 200 && found == expected && found.is_complete() {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&body);
    let end = body.char_indices().nth(SHOWN_CHARACTERS).map_or(body.len(), |(at, _)| at);
    let shown = body.get(..end).unwrap_or_default();
    Err(BenchError::Failed(format!(
        "status {status}, and not the mock's answer: expected {expected:?}, found {found:?} in {shown:?}"
    )))
}

const SHOWN_CHARACTERS: usize = 400;
