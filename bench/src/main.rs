//! The bench: an instant mock upstream, a closed-loop load generator, and nginx as the yardstick in the same run.
//! In: `cases` (data) and a release binary of the gateway. Out: one Markdown table with a verdict per limit of the
//! design, on standard output and in `bench/results/<commit>.md`. `bench/README.md` says what each figure means.
//! Invariant: mock, load and contenders are separate processes, so that CPU time is attributed to its spender.

mod cases;
mod contenders;
mod error;
mod gist;
mod load;
mod mock;
mod options;
mod probe;
mod report;
mod run;

use std::process::ExitCode;

use clap::Parser;
use options::{Command, Options};

fn main() -> ExitCode {
    match start(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command on one single-threaded runtime. `false` means that it ran and found something wrong.
fn start(options: &Options) -> error::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| error::BenchError::io("make a runtime", source))?;
    runtime.block_on(async {
        match &options.command {
            Command::Mock(mock) => mock::serve(mock.port).await.map(|()| true),
            Command::Load(load) => load::by_hand::run(load).await.map(|()| true),
            Command::Run(run) => run::measure(run).await,
            Command::Smoke(smoke) => run::smoke(smoke).await,
            Command::Cases => {
                report::list_cases();
                Ok(true)
            }
        }
    })
}
