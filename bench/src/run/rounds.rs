//! Closed loops in interleaved rounds: direct, nginx, gomodel, and back, so that whatever else the machine does in
//! these seconds meets all of them. A ratio is taken within a round.
//! In: a load. Out: one sample per contender and round. CPU is that of the contender's processes while calls flow.
//! `translations` runs its own entrants through the same rounds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{CaseResult, Sample, Stage};
use crate::cases::{Ask, Case, Load, Measure, Work};
use crate::contenders::{Contender, Running};
use crate::error::Result;
use crate::load::{self, Call, Fleet, Histogram, Outcome, Until};

const HELD_BACK: Duration = Duration::from_millis(30);

/// The samples of one round.
pub(super) type Round = BTreeMap<Contender, Sample>;

/// Who is asked what, in every round.
pub(super) struct Entrant<'a> {
    pub(super) contender: Contender,
    pub(super) running: &'a Running,
    pub(super) call: Call,
}

/// The processes that all loads share.
pub(super) struct Rounds {
    running: BTreeMap<Contender, Running>,
}

impl Rounds {
    /// Starts every contender, unless no case is a load.
    pub(super) async fn start(stage: &Stage, cases: &[&'static Case]) -> Result<Self> {
        let mut running = BTreeMap::new();
        if cases.iter().any(|case| matches!(case.work, Work::Load(_))) {
            for contender in &stage.contenders {
                running.insert(*contender, stage.field.run(*contender).await?);
            }
        }
        Ok(Self { running })
    }

    pub(super) async fn run(&mut self, stage: &Stage, load: &Load, result: &mut CaseResult) {
        let call = load.ask.call();
        let changed = self.changed_bodies(stage, load.ask, &call, result).await;
        let entrant = |(contender, running): (&Contender, _)| Entrant {
            contender: *contender,
            running,
            call: call.clone(),
        };
        let entrants: Vec<_> = self.running.iter().map(entrant).collect();
        for mut samples in interleave(stage, &entrants, load.connections, result).await {
            for (contender, sample) in &mut samples {
                if let Some(changed) = changed.get(contender) {
                    sample.insert(Measure::BodiesChanged, *changed);
                }
            }
            add_first_byte_over(Contender::Direct, &mut samples);
            samples.into_iter().for_each(|(contender, sample)| result.add(contender, sample));
        }
    }

    /// One call each, compared with the mock's own answer.
    async fn changed_bodies(
        &self,
        stage: &Stage,
        ask: Ask,
        call: &Call,
        result: &mut CaseResult,
    ) -> BTreeMap<Contender, f64> {
        let mut changed = BTreeMap::new();
        if !ask.is_relayed_unchanged() {
            return changed;
        }
        let original = match stage.field.run(Contender::Direct).await {
            Ok(mock) => load::fetch(mock.address, &call.request).await.unwrap_or_default().1,
            Err(_) => Vec::new(),
        };
        for (contender, running) in &self.running {
            match load::fetch(running.address, &call.request).await {
                Ok((_, body)) if body == original => drop(changed.insert(*contender, 0.0)),
                Ok((_, body)) => {
                    changed.insert(*contender, 1.0);
                    result.note(*contender, describe_difference(&original, &body));
                }
                Err(error) => result.problem(*contender, error),
            }
        }
        changed
    }
}

/// Runs every entrant once a round, in turns from the first and from the last. Out: the rounds' samples.
pub(super) async fn interleave(
    stage: &Stage,
    entrants: &[Entrant<'_>],
    connections: usize,
    result: &mut CaseResult,
) -> Vec<Round> {
    let mut fleets = Vec::with_capacity(entrants.len());
    for entrant in entrants {
        match Fleet::open(entrant.running.address, connections).await {
            Ok(fleet) => fleets.push((entrant, fleet)),
            Err(error) => result.problem(entrant.contender, error),
        }
    }
    let mut rounds = Vec::with_capacity(stage.plan.rounds);
    for _ in 0..stage.plan.rounds {
        let mut samples = Round::new();
        for (entrant, fleet) in &mut fleets {
            match one_turn(stage, entrant.running, fleet, &entrant.call).await {
                Ok((sample, outcome)) => {
                    report_errors(entrant.contender, &outcome, result);
                    samples.insert(entrant.contender, sample);
                }
                Err(error) => result.problem(entrant.contender, error),
            }
        }
        rounds.push(samples);
        fleets.reverse();
    }
    rounds
}

fn describe_difference(original: &[u8], body: &[u8]) -> String {
    let at = original.iter().zip(body).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(40);
    let excerpt = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes.get(from..bytes.len().min(at + 40)).unwrap_or_default()).into_owned()
    };
    format!("body differs at byte {at}: upstream {:?}, relayed {:?}", excerpt(original), excerpt(body))
}

async fn one_turn(
    stage: &Stage,
    running: &Running,
    fleet: &mut Fleet,
    call: &Call,
) -> Result<(Sample, Outcome)> {
    fleet.run(call, Until::Elapsed(stage.plan.warm_up)).await?;
    let family = running.family();
    let before = family.cpu();
    let outcome = fleet.run(call, Until::Elapsed(stage.plan.load)).await?;
    let spent = family.cpu().since(&before);
    Ok((sample(&outcome, spent.micros), outcome))
}

fn report_errors(contender: Contender, outcome: &Outcome, result: &mut CaseResult) {
    if outcome.errors > 0 || outcome.completed == 0 {
        let first = outcome.first_error.as_deref().unwrap_or("no connection left");
        let (errors, completed) = (outcome.errors, outcome.completed);
        result.problem(contender, format!("{errors} calls failed, {completed} answered: {first}"));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and nanoseconds far below 2⁵²")]
fn sample(outcome: &Outcome, cpu_micros: f64) -> Sample {
    let millis = |histogram: &Histogram, q| histogram.quantile_nanos(q) as f64 / 1e6;
    let completed = outcome.completed.max(1) as f64;
    let mut sample = Sample::from([
        (Measure::CpuPerCall, cpu_micros / completed),
        (Measure::CallsPerSecond, outcome.completed as f64 / outcome.elapsed.as_secs_f64()),
        (Measure::LatencyP50, millis(&outcome.latency, 0.5)),
        (Measure::LatencyP99, millis(&outcome.latency, 0.99)),
        (Measure::FirstByteP50, millis(&outcome.first_byte, 0.5)),
        (Measure::FirstByteP99, millis(&outcome.first_byte, 0.99)),
        (Measure::GapP99, millis(&outcome.gaps, 0.99)),
        (Measure::Over30MsPer10k, outcome.latency.count_from(HELD_BACK) as f64 * 10_000.0 / completed),
    ]);
    if outcome.frames > 0 {
        sample.insert(Measure::CpuPerFrame, cpu_micros / outcome.frames as f64);
        sample.insert(Measure::FramesPerRead, outcome.frames as f64 / outcome.arrivals.max(1) as f64);
    }
    sample
}

/// What is added to the first byte is a figure less that of the floor in the same round.
pub(super) fn add_first_byte_over(floor: Contender, samples: &mut Round) {
    let Some(floor) = samples.get(&floor).cloned() else { return };
    for sample in samples.values_mut() {
        let pairs = [
            (Measure::FirstByteP50, Measure::AddedFirstByteP50),
            (Measure::FirstByteP99, Measure::AddedFirstByteP99),
        ];
        for (whole, added) in pairs {
            if let (Some(floor), Some(value)) = (floor.get(&whole), sample.get(&whole).copied()) {
                sample.insert(added, value - floor);
            }
        }
    }
}
