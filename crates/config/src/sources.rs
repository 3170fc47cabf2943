//! What a configuration is read from, as plain data: the only file that touches the process environment.
//! In: the process, the working directory, `--config`. Out: `Sources`, which tests build by hand.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::dotenv;
use crate::problems::LoadErrors;

/// Names and values of environment variables; `.env` merged below the process environment.
pub type Environment = BTreeMap<String, String>;

/// Everything that `load` looks at, besides the files that a setting names.
#[derive(Clone, Default)]
pub struct Sources {
    /// The process environment alone, without `.env`.
    pub environment: Environment,
    /// Path and text of the `.env` file, if there is one.
    pub dotenv: Option<(PathBuf, String)>,
    /// Path and text of the configuration file, if there is one.
    pub file: Option<(PathBuf, String)>,
    /// What relative paths start from, and where `./data` and `./.cache` are looked for.
    pub working_directory: PathBuf,
}

const DEFAULT_FILES: [&str; 2] = ["config/config.yaml", "config.yaml"];

impl Sources {
    /// Reads the process environment, `.env` and the configuration file: `config_flag`, else `GOMODEL_CONFIG`, else
    /// `config/config.yaml`, else `config.yaml`, all relative to the working directory.
    ///
    /// # Errors
    /// If a file exists and cannot be read, or a named one does not exist.
    pub fn from_process(config_flag: Option<&Path>) -> Result<Self, LoadErrors> {
        let directory =
            std::env::current_dir().map_err(|error| format!("cannot read the working directory: {error}"))?;
        Self::from_directory(directory, process_environment(), config_flag)
    }

    /// As `from_process`, for a given directory and environment.
    ///
    /// # Errors
    /// As `from_process`.
    pub fn from_directory(
        working_directory: PathBuf,
        environment: Environment,
        config_flag: Option<&Path>,
    ) -> Result<Self, LoadErrors> {
        let dotenv = read_if_there(&working_directory, Path::new(".env"))?;
        let from_dotenv = || {
            let (values, _) = dotenv::parse(&dotenv.as_ref()?.1);
            values.into_iter().rev().find(|(name, _)| name == "GOMODEL_CONFIG").map(|(_, value)| value)
        };
        let variable =
            environment.get("GOMODEL_CONFIG").cloned().or_else(from_dotenv).filter(|path| !path.is_empty());
        let named = config_flag.map(Path::to_owned).or(variable.map(PathBuf::from));
        let file = match named {
            Some(path) => {
                let found = read_if_there(&working_directory, &path)?;
                Some(found.ok_or_else(|| format!("configuration file {} does not exist", path.display()))?)
            }
            None => first_default(&working_directory)?,
        };
        Ok(Self { environment, dotenv, file, working_directory })
    }
}

fn first_default(directory: &Path) -> Result<Option<(PathBuf, String)>, LoadErrors> {
    for path in DEFAULT_FILES {
        if let Some(found) = read_if_there(directory, Path::new(path))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn read_if_there(directory: &Path, path: &Path) -> Result<Option<(PathBuf, String)>, LoadErrors> {
    match std::fs::read_to_string(directory.join(path)) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display()).into()),
    }
}

/// Variables whose name is not UTF-8 cannot be ours; a value that is not becomes text with replacement characters.
fn process_environment() -> Environment {
    let name = |name: OsString| name.into_string().ok();
    std::env::vars_os()
        .filter_map(|(key, value)| Some((name(key)?, value.to_string_lossy().into_owned())))
        .collect()
}
