//! `bench run` and `bench smoke`: starts the contenders, walks the cases, hands the results to the report.
//! Invariant: a case that fails is a problem in its result and never ends the run of the others.

mod binary;
mod fresh;
mod open_files;
mod rounds;
mod start;
mod system_calls;
mod translations;

use std::collections::BTreeMap;

use crate::cases::{self, Case, Measure, Work};
use crate::contenders::{Contender, Field, locate_gateway};
use crate::error::{BenchError, Result};
use crate::options::{ContenderOptions, Plan, RunOptions, SmokeOptions};
use crate::report;

/// The figures of one contender in one round.
pub(crate) type Sample = BTreeMap<Measure, f64>;

/// What a case gave.
#[derive(Debug)]
pub(crate) struct CaseResult {
    pub(crate) case: &'static Case,
    pub(crate) samples: BTreeMap<Contender, Vec<Sample>>,
    /// Remarks that belong under the table.
    pub(crate) notes: Vec<String>,
    /// Why the figures cannot be trusted, if so.
    pub(crate) problems: Vec<String>,
}

/// What every case works with.
struct Stage {
    field: Field,
    plan: Plan,
    contenders: Vec<Contender>,
}

impl CaseResult {
    fn new(case: &'static Case) -> Self {
        Self { case, samples: BTreeMap::new(), notes: Vec::new(), problems: Vec::new() }
    }

    fn add(&mut self, contender: Contender, sample: Sample) {
        self.samples.entry(contender).or_default().push(sample);
    }

    fn problem(&mut self, contender: Contender, what: impl std::fmt::Display) {
        self.problems.push(format!("{}: {}: {what}", self.case.name, contender.label()));
    }

    fn note(&mut self, contender: Contender, what: impl std::fmt::Display) {
        self.notes.push(format!("{}: {}: {what}", self.case.name, contender.label()));
    }
}

/// Measures and reports; `false` if a case could not be measured. A missed limit is not a failure of the run.
pub(crate) async fn measure(options: &RunOptions) -> Result<bool> {
    let results = walk(&options.contenders, Plan::full(options)).await?;
    report::publish(&results, options)?;
    Ok(results.iter().all(|result| result.problems.is_empty()))
}

/// Runs everything briefly; `false` if a case failed or gave nothing.
pub(crate) async fn smoke(options: &SmokeOptions) -> Result<bool> {
    let results = walk(&options.contenders, Plan::smoke()).await?;
    println!("{}", report::tables(&results));
    let faults: Vec<String> = results.iter().flat_map(faults).collect();
    for fault in &faults {
        eprintln!("bench: {fault}");
    }
    println!("smoke: {} cases, {} faults", results.len(), faults.len());
    Ok(faults.is_empty())
}

/// Problems, and figures that are missing or zero although they cannot be.
fn faults(result: &CaseResult) -> Vec<String> {
    let mut faults = result.problems.clone();
    for (contender, samples) in &result.samples {
        for figure in result.case.figures {
            let name = format!("{}: {}: {}", result.case.name, contender.label(), figure.measure.label());
            for sample in samples {
                match sample.get(&figure.measure) {
                    None => faults.push(format!("{name} was not measured")),
                    Some(value) if !value.is_finite() || (*value <= 0.0 && !figure.measure.may_be_zero()) => {
                        faults.push(format!("{name} is {value}"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    faults
}

async fn walk(options: &ContenderOptions, plan: Plan) -> Result<Vec<CaseResult>> {
    let cases = chosen(&options.cases)?;
    let contenders = options.contenders();
    if contenders.is_empty() {
        return Err(BenchError::Failed("nobody to measure".to_owned()));
    }
    let gateway = match contenders.contains(&Contender::Gomodel) {
        true => Some(locate_gateway(options.gateway.as_deref())?),
        false => None,
    };
    open_files::raise();
    let stage = Stage { field: Field::start(gateway).await?, plan, contenders };
    let mut results = Vec::with_capacity(cases.len());
    let mut loads = rounds::Rounds::start(&stage, &cases).await?;
    let mut translations = translations::Translations::default();
    for case in cases {
        eprintln!("bench: {}: {}", case.name, case.what);
        let mut result = CaseResult::new(case);
        match &case.work {
            Work::Load(load) => loads.run(&stage, load, &mut result).await,
            Work::Translation(translation) => translations.run(&stage, translation, &mut result).await,
            _ => one_by_one(&stage, &mut result).await,
        }
        for problem in &result.problems {
            eprintln!("bench: {problem}");
        }
        results.push(result);
    }
    Ok(results)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Case>> {
    let wanted =
        |case: &&Case| names.is_empty() || names.iter().any(|name| case.name.contains(name.as_str()));
    let cases: Vec<_> = cases::all().filter(wanted).collect();
    if cases.is_empty() {
        return Err(BenchError::Failed("no case has such a name: see `bench cases`".to_owned()));
    }
    Ok(cases)
}

/// Cases for which each contender gets a process of its own.
async fn one_by_one(stage: &Stage, result: &mut CaseResult) {
    for contender in stage.takes_part(&result.case.work) {
        let done = match &result.case.work {
            Work::Memory { connections } => fresh::memory(stage, contender, *connections).await,
            Work::PromptMemory => fresh::prompt_memory(stage, contender).await,
            Work::ManyStreams(load) => fresh::many_streams(stage, contender, load).await,
            Work::IdleStreams => fresh::idle_streams(stage, contender, result).await,
            Work::Start => start::measure(stage, contender).await,
            Work::Binary => binary::measure(stage, contender, result),
            Work::SystemCalls(ask) => system_calls::measure(stage, contender, *ask, result).await,
            Work::Load(_) | Work::Translation(_) => Ok(Vec::new()),
        };
        match done {
            Ok(samples) => samples.into_iter().for_each(|sample| result.add(contender, sample)),
            Err(error) => result.problem(contender, error),
        }
    }
}

impl Stage {
    /// The mock is no proxy; long waits and file sizes are the judged contender's only.
    fn takes_part(&self, work: &Work) -> Vec<Contender> {
        let only_last = matches!(work, Work::Memory { .. } | Work::ManyStreams(_) | Work::Binary);
        let proxies = self.contenders.iter().copied().filter(|contender| *contender != Contender::Direct);
        let proxies: Vec<_> = proxies.collect();
        match proxies.last() {
            Some(last) if only_last => vec![*last],
            _ => proxies,
        }
    }
}
