//! The binary `gomodel`: command line, boot, wiring, reload, shutdown. Start at `boot`: it puts the rooms together.
//! In: arguments, files, signals. Out: an exit code: 0 clean, 1 failure, 2 wrong usage.
//! Invariant: the only crate that knows every other one; nothing depends on it.

mod boot;
mod command_line;
mod generation;
mod pid_file;
mod probe;
mod process;
mod shutdown;

use std::process::ExitCode;

fn main() -> ExitCode {
    command_line::run(std::env::args_os())
}
