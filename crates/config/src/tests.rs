//! Loading as a whole: what a file, `.env` and an environment become. No test touches the process environment.

mod files;
mod go_gateway;
mod precedence;
mod problems;
mod providers;
mod reference;
mod robustness;

use std::path::PathBuf;

use crate::{Loaded, Sources, load};

/// Sources under construction; a test names only what it is about.
struct Given(Sources);

fn given() -> Given {
    let working_directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    Given(Sources { working_directory, ..Sources::default() })
}

impl Given {
    fn env<const N: usize>(mut self, pairs: [(&str, &str); N]) -> Self {
        self.0.environment.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self
    }

    fn dotenv(mut self, text: &str) -> Self {
        self.0.dotenv = Some((".env".into(), text.to_owned()));
        self
    }

    fn yaml(mut self, text: &str) -> Self {
        self.0.file = Some(("config.yaml".into(), text.to_owned()));
        self
    }

    fn load(&self) -> Loaded {
        load(&self.0).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn errors(&self) -> String {
        load(&self.0).err().expect("the configuration is refused").to_string()
    }

    fn warnings(&self) -> String {
        self.load().warnings.join("\n")
    }

    /// `value  # origin` of one key of `print-config`.
    fn effective(&self, key: &str) -> String {
        let loaded = self.load();
        let value = loaded.values.iter().find(|value| value.key == key).unwrap_or_else(|| panic!("no {key}"));
        format!("{} # {}", value.value, value.origin)
    }
}
