//! `bench load`: one case's load on a given address, printed in plain lines. For use under `perf` and `strace`.

use std::time::Duration;

use super::{Fleet, Until};
use crate::cases::{self, Case};
use crate::error::{BenchError, Result};
use crate::options::LoadOptions;
use crate::probe::Family;

/// Runs the load and prints what it saw.
pub(crate) async fn run(options: &LoadOptions) -> Result<()> {
    let found = cases::all().find(|case| case.name == options.case);
    let Some((ask, connections)) = found.and_then(Case::load) else {
        return Err(BenchError::Failed(format!(
            "`{}` is no case with a load: see `bench cases`",
            options.case
        )));
    };
    let call = ask.call();
    let mut fleet = Fleet::open(options.target, options.connections.unwrap_or(connections)).await?;
    fleet.run(&call, Until::Elapsed(Duration::from_millis(500))).await?;
    let family = options.pid.map(Family::of);
    let before = family.as_ref().map(Family::cpu);
    let time = Duration::try_from_secs_f64(options.seconds).unwrap_or(Duration::from_secs(10));
    let outcome = fleet.run(&call, Until::Elapsed(time)).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
    let (completed, frames) = (outcome.completed.max(1) as f64, outcome.frames as f64);
    println!("calls {} errors {} {:?}", outcome.completed, outcome.errors, outcome.first_error);
    println!("calls/s {:.0}", completed / outcome.elapsed.as_secs_f64());
    for (name, histogram) in [("latency", &outcome.latency), ("first byte", &outcome.first_byte)] {
        let at = |q| Duration::from_nanos(histogram.quantile_nanos(q));
        println!("{name}: p50 {:?} p99 {:?} p99.9 {:?}", at(0.5), at(0.99), at(0.999));
    }
    if let (Some(family), Some(before)) = (family, before) {
        let spent = family.cpu().since(&before);
        println!(
            "cpu µs/call {:.2} (user share {:.0} %)",
            spent.micros / completed,
            spent.user_share * 100.0
        );
        if frames > 0.0 {
            println!("cpu µs/frame {:.3}, frames/call {:.1}", spent.micros / frames, frames / completed);
        }
    }
    Ok(())
}
