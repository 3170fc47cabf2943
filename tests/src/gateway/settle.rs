//! What must hold of every gateway at the end of every test.
//! In: a process and what it was given. Out: nothing, or the first thing that does not hold.

use std::sync::Arc;
use std::time::Duration;

use super::builder::Builder;
use super::metrics::Metrics;
use super::process::{Process, Signal};
use crate::upstream::SharedLog;
use crate::wait::within;

/// How long calls may take to come to rest after the test.
const REST_LIMIT: Duration = Duration::from_secs(4);
/// How long the process may take to exit after SIGTERM.
const EXIT_LIMIT: Duration = Duration::from_secs(10);

/// Gauges and what they show when no call is running: the scrape itself is a call of a client (`http/metrics.rs` pins it).
const GAUGES: [(&str, f64); 2] = [("gomodel_requests_in_flight", 0.0), ("gomodel_calls_in_flight", 1.0)];

pub(super) fn settle(
    process: &mut Process,
    setup: &Builder,
    upstreams: &[Arc<SharedLog>],
) -> Result<(), String> {
    if process.exit_status().is_none() {
        at_rest(process, setup, upstreams).map_err(|problem| dead(process).unwrap_or(problem))?;
    }
    if let Some(death) = dead(process) {
        return Err(death);
    }
    if process.exit_status().is_none() {
        exits_cleanly(process)?;
    }
    log_is_clean(&process.log(), setup)
}

/// That it ended by itself, which may show a moment after its port is gone.
fn dead(process: &mut Process) -> Option<String> {
    let is_gone = std::net::TcpStream::connect(process.address).is_err();
    let limit = if is_gone { REST_LIMIT } else { Duration::ZERO };
    let _exited = within(limit, || process.exit_status());
    process.died().map(|status| format!("the gateway died during the test: {status}"))
}

fn at_rest(process: &Process, setup: &Builder, upstreams: &[Arc<SharedLog>]) -> Result<(), String> {
    let in_flight = || -> Result<(), String> {
        let metrics = Metrics::fetch(process.address, &setup.metrics_path(), setup.master_key.as_deref());
        let metrics = metrics.map_err(|error| format!("no metrics at the end of the test: {error}"))?;
        match GAUGES.iter().find(|(gauge, rest)| metrics.sum(gauge, &[]) > *rest) {
            Some((gauge, _)) => Err(format!("{gauge} is {} at the end of the test", metrics.sum(gauge, &[]))),
            None => Ok(()),
        }
    };
    if setup.serves_metrics() && within(REST_LIMIT, || in_flight().ok()).is_none() {
        in_flight()?;
    }
    let busy = || upstreams.iter().flat_map(|upstream| upstream.busy()).collect::<Vec<_>>();
    match within(REST_LIMIT, || busy().is_empty().then_some(())) {
        Some(()) => Ok(()),
        None => Err(format!("the gateway still holds these upstream calls: {:?}", busy())),
    }
}

fn exits_cleanly(process: &mut Process) -> Result<(), String> {
    process.signal(Signal::TERM);
    match within(EXIT_LIMIT, || process.exit_status()) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("the gateway exited with {status} after SIGTERM")),
        None => Err(format!("the gateway did not exit within {EXIT_LIMIT:?} of SIGTERM")),
    }
}

fn log_is_clean(log: &str, setup: &Builder) -> Result<(), String> {
    if setup.tolerates_dirty_log {
        return Ok(());
    }
    if log.contains("panicked") {
        return Err("the gateway panicked".to_owned());
    }
    match setup.secrets().iter().find(|secret| log.contains(secret.as_str())) {
        Some(secret) => Err(format!("the log shows the secret {secret}")),
        None => Ok(()),
    }
}
