//! The command line, and the plan (counts and times) that it selects.
//! Invariant: `smoke` runs every case that `run` runs, only with tiny counts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::contenders::Contender;

/// Measures the gateway against nginx in the same run.
#[derive(Parser, Debug)]
#[command(name = "bench")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Measure every case and judge it by its limit
    Run(RunOptions),
    /// Run every case with tiny counts; fails if one does not work, judges no limit
    Smoke(SmokeOptions),
    /// Serve the instant upstream
    Mock(MockOptions),
    /// Put one case's load on an address, for profiling by hand
    Load(LoadOptions),
    /// List the cases
    Cases,
}

#[derive(Args, Debug)]
pub(crate) struct MockOptions {
    #[arg(long, default_value_t = 9099)]
    pub(crate) port: u16,
}

#[derive(Args, Debug)]
pub(crate) struct ContenderOptions {
    /// What stands beside the gateway
    #[arg(long, value_delimiter = ',', default_value = "nginx,direct")]
    pub(crate) against: Vec<Against>,
    /// The gateway's binary [default: `gomodel` beside this binary]
    #[arg(long)]
    pub(crate) gateway: Option<PathBuf>,
    /// Leave the gateway out (to test the bench itself)
    #[arg(long)]
    pub(crate) no_gateway: bool,
    /// Only cases whose name contains this; may be repeated
    #[arg(long = "case")]
    pub(crate) cases: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) contenders: ContenderOptions,
    /// Interleaved rounds per case
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Seconds of load per contender and round
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// Seconds to wait before idle memory is read, twice that after the load
    #[arg(long, default_value_t = 30.0)]
    pub(crate) idle_seconds: f64,
    /// Where the table is also written [default: bench/results/COMMIT.md]
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct SmokeOptions {
    #[command(flatten)]
    pub(crate) contenders: ContenderOptions,
}

#[derive(Args, Debug)]
pub(crate) struct LoadOptions {
    /// Where to, as `127.0.0.1:8080`
    #[arg(long)]
    pub(crate) target: std::net::SocketAddr,
    /// A case with a load (see `bench cases`)
    #[arg(long)]
    pub(crate) case: String,
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// Instead of the case's own number
    #[arg(long)]
    pub(crate) connections: Option<usize>,
    /// The process whose CPU time is shown
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}

/// A yardstick that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Against {
    Nginx,
    Direct,
}

/// How much of everything a run does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) load: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) idle_wait: Duration,
    pub(crate) after_wait: Duration,
    pub(crate) idle_streams: usize,
    pub(crate) warm_up_streams: u64,
    pub(crate) many_streams: u64,
    pub(crate) starts: usize,
    pub(crate) traced_calls: u64,
    pub(crate) compress_level: &'static str,
}

impl Plan {
    /// The plan of `bench run`.
    pub(crate) fn full(options: &RunOptions) -> Self {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or(Duration::from_secs(2));
        Self {
            rounds: options.rounds.max(1),
            load: seconds(options.seconds),
            warm_up: seconds(options.seconds / 4.0),
            idle_wait: seconds(options.idle_seconds),
            after_wait: seconds(options.idle_seconds * 2.0),
            idle_streams: 10_000,
            warm_up_streams: 500,
            many_streams: 10_000,
            starts: 7,
            traced_calls: 2_000,
            compress_level: "-9",
        }
    }

    /// The plan of `bench smoke`.
    pub(crate) fn smoke() -> Self {
        Self {
            rounds: 1,
            load: Duration::from_millis(300),
            warm_up: Duration::from_millis(50),
            idle_wait: Duration::from_millis(200),
            after_wait: Duration::from_millis(200),
            idle_streams: 100,
            warm_up_streams: 50,
            many_streams: 100,
            starts: 1,
            traced_calls: 100,
            compress_level: "-0",
        }
    }
}

impl ContenderOptions {
    /// Who takes part, in the order of a round: the floor, the yardstick, the gateway.
    pub(crate) fn contenders(&self) -> Vec<Contender> {
        let mut list = Vec::new();
        if self.against.contains(&Against::Direct) {
            list.push(Contender::Direct);
        }
        if self.against.contains(&Against::Nginx) {
            list.push(Contender::Nginx);
        }
        if !self.no_gateway {
            list.push(Contender::Gomodel);
        }
        list
    }
}
