//! Default places of files: the data directory, the pid file, the model cache (spec 02 §7.6, 08 §8).
//! In: the working directory and the environment. Out: paths; nothing is created.

use std::path::{Path, PathBuf};

use crate::sources::Environment;

/// `./data` if it exists, else the user's data directory for `gomodel`.
pub fn default_data_dir(working_directory: &Path, environment: &Environment) -> PathBuf {
    let local = working_directory.join("data");
    if local.is_dir() {
        return PathBuf::from("data");
    }
    user_directory(environment, "XDG_DATA_HOME", ".local/share", "Library/Application Support")
        .unwrap_or_else(|| PathBuf::from("data"))
}

/// `gomodel.pid` in the data directory.
pub fn default_pid_file(working_directory: &Path, environment: &Environment) -> PathBuf {
    default_data_dir(working_directory, environment).join("gomodel.pid")
}

/// `./.cache` if it exists, else the user's cache directory for `gomodel`.
pub fn default_cache_dir(working_directory: &Path, environment: &Environment) -> PathBuf {
    let local = working_directory.join(".cache");
    if local.is_dir() {
        return PathBuf::from(".cache");
    }
    user_directory(environment, "XDG_CACHE_HOME", ".cache", "Library/Caches")
        .unwrap_or_else(|| PathBuf::from(".cache"))
}

/// `$VARIABLE/gomodel`, else the platform's place below `$HOME`; `None` without a home.
fn user_directory(
    environment: &Environment,
    variable: &str,
    below_home: &str,
    on_macos: &str,
) -> Option<PathBuf> {
    let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(base) = absolute(variable) {
        return Some(base.join("gomodel"));
    }
    let below_home = if cfg!(target_os = "macos") { on_macos } else { below_home };
    absolute("HOME").map(|home| home.join(below_home).join("gomodel"))
}
