//! Memory, measured on fresh processes: idle, at its peak, after load; per large prompt; after many streams; per open
//! stream.
//! Resident set sizes are sums over the contender's processes, read from `/proc`.

use super::{CaseResult, Sample, Stage, open_files};
use crate::cases::{Ask, LARGE_PROMPT_BYTES, Load, Measure};
use crate::contenders::Contender;
use crate::error::{BenchError, Result};
use crate::load::{Fleet, OpenStreams, Outcome, Until};

/// Large prompts in a row; the peak does not grow after the first few.
const PROMPTS: u64 = 50;

#[expect(clippy::cast_precision_loss, reason = "far below 2⁵² KiB")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn without_errors(outcome: &Outcome) -> Result<()> {
    match &outcome.first_error {
        Some(error) => Err(BenchError::Failed(format!("{} calls failed: {error}", outcome.errors))),
        None => Ok(()),
    }
}

pub(super) async fn memory(stage: &Stage, contender: Contender, connections: usize) -> Result<Vec<Sample>> {
    let running = stage.field.run(contender).await?;
    tokio::time::sleep(stage.plan.idle_wait).await;
    let family = running.family();
    let idle = mib(family.rss_kib());
    family.reset_peak();
    let mut fleet = Fleet::open(running.address, connections).await?;
    for ask in [Ask::SmallChat, Ask::Burst] {
        without_errors(&fleet.run(&ask.call(), Until::Elapsed(stage.plan.load * 2)).await?)?;
    }
    let peak = mib(family.peak_kib());
    drop(fleet);
    tokio::time::sleep(stage.plan.after_wait).await;
    let after = mib(family.rss_kib());
    Ok(vec![Sample::from([
        (Measure::IdleRss, idle),
        (Measure::PeakRss, peak),
        (Measure::AfterRss, after),
        (Measure::AfterOverIdle, after / idle.max(0.001)),
    ])])
}

/// Growth of the peak over what a warmed-up process needs, in units of the body.
pub(super) async fn prompt_memory(stage: &Stage, contender: Contender) -> Result<Vec<Sample>> {
    let running = stage.field.run(contender).await?;
    let mut fleet = Fleet::open(running.address, 1).await?;
    without_errors(&fleet.run(&Ask::SmallChat.call(), Until::Elapsed(stage.plan.warm_up)).await?)?;
    let family = running.family();
    let before = mib(family.rss_kib());
    family.reset_peak();
    without_errors(&fleet.run(&Ask::LargePrompt.call(), Until::Calls(PROMPTS)).await?)?;
    #[expect(clippy::cast_precision_loss, reason = "1 MiB")]
    let body = LARGE_PROMPT_BYTES as f64 / 1_048_576.0;
    Ok(vec![Sample::from([(Measure::PeakGrowth, (mib(family.peak_kib()) - before).max(0.0) / body)])])
}

/// What is resident after a warm-up, and after many more streams on the same connections.
pub(super) async fn many_streams(stage: &Stage, contender: Contender, load: &Load) -> Result<Vec<Sample>> {
    let running = stage.field.run(contender).await?;
    let mut fleet = Fleet::open(running.address, load.connections).await?;
    let call = load.ask.call();
    without_errors(&fleet.run(&call, Until::Calls(stage.plan.warm_up_streams)).await?)?;
    let family = running.family();
    let warm = mib(family.rss_kib());
    without_errors(&fleet.run(&call, Until::Calls(stage.plan.many_streams)).await?)?;
    let after = mib(family.rss_kib());
    Ok(vec![Sample::from([
        (Measure::WarmRss, warm),
        (Measure::AfterRss, after),
        (Measure::AfterOverWarm, after / warm.max(0.001)),
    ])])
}

/// Opens as many silent streams as the limit of open files allows a relay (two sockets each).
pub(super) async fn idle_streams(
    stage: &Stage,
    contender: Contender,
    result: &mut CaseResult,
) -> Result<Vec<Sample>> {
    let allowed = open_files::streams_allowed();
    let wanted = stage.plan.idle_streams.min(allowed);
    if wanted < stage.plan.idle_streams {
        result.note(contender, format!("only {wanted} streams: the limit of open files forbids more"));
    }
    let running = stage.field.run(contender).await?;
    let family = running.family();
    let before = family.rss_kib();
    let streams = OpenStreams::begin(running.address, &Ask::Idle.call(), wanted).await;
    tokio::time::sleep(stage.plan.load).await;
    let after = family.rss_kib();
    let open = streams.count();
    if open < wanted {
        let first = streams.first_error.as_deref().unwrap_or("no reason known");
        result.problem(contender, format!("{open} of {wanted} streams opened: {first}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
    let (open, grown) = (open as f64, after.saturating_sub(before) as f64);
    Ok(vec![Sample::from([(Measure::StreamsOpen, open), (Measure::StreamRss, grown / open.max(1.0))])])
}
