//! Flags and commands (spec 08 §7.1, B24). Flags take one or two dashes; a word that is no command is wrong usage.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use config::{Loaded, Sources};

use crate::{boot, pid_file, probe};

const FAILURE: u8 = 1;
const USAGE: u8 = 2;

/// An AI gateway: one binary that speaks the OpenAI API to any client and routes to every LLM provider.
#[derive(Debug, Parser)]
#[command(name = "gomodel", disable_version_flag = true, disable_help_subcommand = true)]
struct Arguments {
    /// Print the version.
    #[arg(long)]
    version: bool,
    /// Ask the running gateway whether it is alive.
    #[arg(long)]
    health: bool,
    /// Longest wait for the answer to --health.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = parse_duration)]
    health_timeout: Duration,
    /// Ask the running gateway whether it is ready.
    #[arg(long)]
    ready: bool,
    /// Longest wait for the answer to --ready.
    #[arg(long, value_name = "DURATION", default_value = "4s", value_parser = parse_duration)]
    ready_timeout: Duration,
    /// Check the configuration and make the running gateway load it.
    #[arg(long)]
    reload: bool,
    /// The configuration file, instead of config/config.yaml or config.yaml.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Load the configuration and report everything that is wrong with it.
    CheckConfig,
    /// Print every setting with its value and where it comes from; secrets are not shown.
    PrintConfig,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    config::parse_duration(text).ok_or_else(|| format!("{text:?} is not a duration such as 2s or 500ms"))
}

/// Does what the arguments ask for.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments.map(two_dashes)) {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => return print(&error.to_string()),
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(USAGE);
        }
    };
    if arguments.version {
        return print(&version());
    }
    let loaded = match load(arguments.config.as_deref()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            let what = if arguments.reload { "reload failed: " } else { "" };
            complain(&format!("{what}{problems}\n"));
            return ExitCode::from(FAILURE);
        }
    };
    dispatch(&arguments, loaded)
}

fn dispatch(arguments: &Arguments, loaded: Loaded) -> ExitCode {
    match arguments.command {
        Some(Command::CheckConfig) => return check(&loaded),
        Some(Command::PrintConfig) => return print(&config::render_effective(&loaded.values)),
        None => {}
    }
    let done = if arguments.reload {
        pid_file::signal_reload(loaded.settings.server.pid_file.as_deref())
            .map(|pid| format!("reload requested (pid {pid})\n"))
            .map_err(|error| format!("reload failed: {error}\n"))
    } else if arguments.health {
        probe::health(&loaded.settings, arguments.health_timeout)
            .map_err(|error| format!("health check failed: {error}\n"))
    } else if arguments.ready {
        probe::ready(&loaded.settings, arguments.ready_timeout)
            .map_err(|error| format!("readiness check failed: {error}\n"))
    } else {
        return boot::run(loaded, arguments.config.clone());
    };
    match done {
        Ok(text) => print(&text),
        Err(text) => {
            complain(&text);
            ExitCode::from(FAILURE)
        }
    }
}

/// Reads the configuration; all its problems in one text, one per line.
pub(crate) fn load(config_flag: Option<&Path>) -> Result<Loaded, String> {
    let sources = Sources::from_process(config_flag).map_err(|error| error.to_string())?;
    let loaded = config::load(&sources).map_err(|error| error.to_string())?;
    let declared = providers::declare(&loaded.settings);
    if !declared.errors.is_empty() {
        return Err(declared.errors.join("\n"));
    }
    Ok(loaded)
}

fn check(loaded: &Loaded) -> ExitCode {
    let declared = providers::declare(&loaded.settings);
    let mut text = String::new();
    for warning in loaded.warnings.iter().chain(&declared.warnings) {
        text.push_str(&format!("warning: {warning}\n"));
    }
    for skipped in &declared.skipped {
        text.push_str(&format!("warning: provider {} is skipped: {}\n", skipped.name, skipped.reason));
    }
    text.push_str("the configuration is valid\n");
    print(&text)
}

fn version() -> String {
    let built =
        env!("GOMODEL_BUILT").parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    format!(
        "gomodel {} (commit: {}, built: {})\n",
        env!("CARGO_PKG_VERSION"),
        env!("GOMODEL_COMMIT"),
        built.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
    )
}

/// `-health` as well as `--health`, as the existing gateway takes them.
fn two_dashes(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if text.len() > 2 && text.starts_with('-') && !text.starts_with("--") => {
            format!("-{text}").into()
        }
        _ => argument,
    }
}

/// To stdout; a closed pipe is the reader's wish, not a failure.
fn print(text: &str) -> ExitCode {
    drop(std::io::stdout().write_all(text.as_bytes()));
    ExitCode::SUCCESS
}

fn complain(text: &str) {
    drop(std::io::stderr().write_all(text.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::{Arguments, two_dashes};
    use clap::{CommandFactory, Parser};

    #[test]
    fn flags_take_one_or_two_dashes_and_words_are_commands() {
        Arguments::command().debug_assert();
        let parse = |words: &[&str]| {
            Arguments::try_parse_from(["gomodel"].iter().chain(words).map(|word| two_dashes((*word).into())))
        };
        assert!(parse(&["-health", "-health-timeout", "1s"]).unwrap().health);
        assert!(parse(&["--ready"]).unwrap().ready);
        assert!(parse(&["check-config"]).unwrap().command.is_some());
        for wrong in ["extra", "--nope", "-x"] {
            assert!(parse(&[wrong]).is_err(), "{wrong}");
        }
    }
}
