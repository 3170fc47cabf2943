//! What the tests of this crate start from: settings out of an environment and a file, and instances made from them.

use std::path::PathBuf;

use config::{Settings, Sources, load};
use runtime::Supervisor;

use crate::declare::{Declared, declare};
use crate::instance::Instance;

/// Settings as the process would load them, without `.env` and without a folder for caches.
pub(crate) fn settings(environment: &[(&str, &str)], file: &str) -> Settings {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let sources = Sources {
        environment: environment.chain([("GOMODEL_CACHE_DIR".to_owned(), "none".to_owned())]).collect(),
        file: (!file.is_empty()).then(|| (PathBuf::from("config.yaml"), file.to_owned())),
        ..Sources::default()
    };
    match load(&sources) {
        Ok(loaded) => loaded.settings,
        Err(errors) => panic!("{errors}"),
    }
}

/// What an environment and a file declare.
pub(crate) fn declared(environment: &[(&str, &str)], file: &str) -> Declared {
    declare(&settings(environment, file))
}

/// The only instance of a type, with further keys of its entry in the file.
pub(crate) fn instance(kind: &str, further: &str) -> Instance {
    let base = if further.contains("base_url") { "" } else { "\n    base_url: http://127.0.0.1:9/v1" };
    let further: String = further.lines().map(|line| format!("\n    {line}")).collect();
    let file = format!("providers:\n  one:\n    type: {kind}\n    api_key: k-1{base}{further}\n");
    let mut declared = declared(&[("CONFIG_STRICT", "false")], &file);
    assert_eq!(declared.skipped, []);
    assert_eq!(declared.instances.len(), 1, "{file}");
    Instance::new(declared.instances.remove(0), &Supervisor::new()).unwrap()
}
