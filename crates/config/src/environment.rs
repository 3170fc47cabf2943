//! The environment as settings see it: `.env` below the process environment, `NAME_FILE` resolved into `NAME`.
//! In: `Sources`. Out: a map that knows where each value came from.
//! Invariant: an empty value counts as unset, also where it hides one of `.env`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::declare::Origin;
use crate::dotenv;
use crate::expand::read_trimmed;
use crate::known;
use crate::problems::{Place, Problems};
use crate::sources::{Environment, Sources};

/// The merged environment.
#[derive(Debug, Default)]
pub(crate) struct MergedEnvironment {
    values: Environment,
    from_dotenv: BTreeSet<String>,
    /// `NAME` to `NAME_FILE`, where the value was read from a file.
    from_file: BTreeMap<String, String>,
}

impl MergedEnvironment {
    /// Merges the two environments; `secrets` are the declared names that may be given as `NAME_FILE`.
    pub(crate) fn merge(sources: &Sources, secrets: &[&str], problems: &mut Problems) -> Self {
        let mut merged = Self { values: sources.environment.clone(), ..Self::default() };
        if let Some((path, text)) = &sources.dotenv {
            let (values, faults) = dotenv::parse(text);
            for (line, fault) in faults {
                problems.error(
                    Place::Dotenv(line),
                    format!("failed to parse {}: line {line}: {fault}", path.display()),
                );
            }
            for (name, value) in values {
                if !sources.environment.contains_key(&name) {
                    merged.from_dotenv.insert(name.clone());
                    merged.values.insert(name, value);
                }
            }
        }
        merged.resolve_files(&sources.working_directory, secrets, problems);
        merged
    }

    fn resolve_files(&mut self, directory: &Path, secrets: &[&str], problems: &mut Problems) {
        let pairs: Vec<(String, String)> = (self.values.keys())
            .filter_map(|file_name| {
                let name = file_name.strip_suffix("_FILE")?;
                (secrets.contains(&name) || known::is_provider_secret(name))
                    .then(|| (name.to_owned(), file_name.clone()))
            })
            .collect();
        for (name, file_name) in pairs {
            let Some(path) = self.get(&file_name).map(str::to_owned) else { continue };
            if self.get(&name).is_some() {
                problems.error(Place::Environment, format!("both {name} and {file_name} are set; keep one"));
                continue;
            }
            match read_trimmed(directory, &path) {
                Ok(content) => {
                    self.values.insert(name.clone(), content);
                    self.from_file.insert(name, file_name);
                }
                Err(fault) => {
                    problems.error(Place::Environment, format!("invalid value for {file_name}: {fault}"))
                }
            }
        }
    }

    /// The value of `name`, unless it is unset or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Names with a value.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }

    /// Where the value of `name` came from.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        let written = self.from_file.get(name).map_or(name, String::as_str);
        if self.from_dotenv.contains(written) {
            Origin::Dotenv(written.to_owned())
        } else {
            Origin::Environment(written.to_owned())
        }
    }

    /// The plain map.
    pub(crate) const fn values(&self) -> &Environment {
        &self.values
    }

    /// The plain map, for those who read provider variables.
    pub(crate) fn into_values(self) -> Environment {
        self.values
    }

    #[cfg(test)]
    pub(crate) fn of_pairs(pairs: &[(&str, &str)]) -> Self {
        let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { values, ..Self::default() }
    }
}
