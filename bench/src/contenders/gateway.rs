//! The gateway under test: its release binary with one OpenAI-compatible provider, which is the mock.
//! Invariant: nothing from the caller's environment reaches it, and it fetches nothing from the network.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Folder;
use crate::cases::MASTER_KEY;
use crate::error::{BenchError, Result};

/// An empty environment variable does not switch the price list off; an empty string in the file does (spec 02 §8.1).
const CONFIGURATION: &str = "cache:\n  model:\n    model_list:\n      url: \"\"\n";

pub(super) fn command(
    binary: &Path,
    folder: &Folder,
    listen: SocketAddr,
    upstream: SocketAddr,
) -> Result<Command> {
    folder.write("config.yaml", CONFIGURATION)?;
    let mut command = Command::new(binary);
    command.current_dir(folder.path()).env_clear();
    command.env("PORT", listen.port().to_string());
    command.env("GOMODEL_MASTER_KEY", MASTER_KEY);
    command.env("OPENAI_API_KEY", "k");
    command.env("OPENAI_BASE_URL", format!("http://{upstream}/v1"));
    command.env("METRICS_ENABLED", "true");
    command.env("LOG_FORMAT", "json");
    Ok(command)
}

/// The gateway's binary: as given, or `gomodel` beside this binary (the same target folder and profile).
pub(crate) fn locate(given: Option<&Path>) -> Result<PathBuf> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()
            .map_err(|source| BenchError::io("find this binary", source))?
            .with_file_name("gomodel"),
    };
    let found = std::fs::canonicalize(&path);
    found.map_err(|_| {
        BenchError::Failed(format!(
            "there is no gateway at {}; the cure: cargo build --profile bench-run -p gomodel, or --gateway PATH, \
             or --no-gateway",
            path.display()
        ))
    })
}
