//! The gateway under test: its release binary with one OpenAI-compatible provider, which is the mock; for translated
//! calls with a provider of every dialect, each of which is the same mock.
//! Invariant: nothing from the caller's environment reaches it, and it fetches nothing from the network.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Folder;
use crate::cases::MASTER_KEY;
use crate::error::{BenchError, Result};

/// The providers that a gateway has.
#[derive(Clone, Copy)]
pub(super) enum Providers {
    OpenAi,
    EveryDialect,
}

/// Beside `openai`: what is set for a provider, and below which path of the mock it is. `groq` speaks chat only.
const OTHERS: [(&str, &str); 4] =
    [("GROQ", "/v1"), ("ANTHROPIC", "/v1"), ("CHATGPT", "/v1"), ("GEMINI", "/v1beta")];

/// An empty environment variable does not switch the price list off; an empty string in the file does (spec 02 §8.1).
const CONFIGURATION: &str = "cache:\n  model:\n    model_list:\n      url: \"\"\n";

pub(super) fn command(
    binary: &Path,
    folder: &Folder,
    listen: SocketAddr,
    upstream: SocketAddr,
    providers: Providers,
) -> Result<Command> {
    folder.write("config.yaml", CONFIGURATION)?;
    let mut command = Command::new(binary);
    command.current_dir(folder.path()).env_clear();
    command.env("PORT", listen.port().to_string());
    command.env("GOMODEL_MASTER_KEY", MASTER_KEY);
    command.env("OPENAI_API_KEY", "k");
    command.env("OPENAI_BASE_URL", format!("http://{upstream}/v1"));
    if let Providers::EveryDialect = providers {
        for (prefix, path) in OTHERS {
            command.env(format!("{prefix}_API_KEY"), "k");
            command.env(format!("{prefix}_BASE_URL"), format!("http://{upstream}{path}"));
        }
        // Has no list that could be asked for.
        command.env("CHATGPT_MODELS", "small,burst-50");
    }
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
