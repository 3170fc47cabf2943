//! What the tests of this crate start from: settings out of an environment and a file, and instances made from them.

use std::path::PathBuf;

use bytes::Bytes;
use config::{Settings, Sources, load};
use dialects::conversation::Strictness;
use dialects::ingress::ClientRequest;
use runtime::Supervisor;
use vocabulary::Dialect;

use crate::adapt::{CallContext, Prepared, Target};
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

/// Where a call goes.
pub(crate) fn target<'a>(model: &'a str, context: CallContext<'a>) -> Target<'a> {
    Target {
        model,
        max_output_tokens: None,
        default_max_tokens: 4096,
        enforce_usage: true,
        strictness: Strictness::Lenient,
        context,
    }
}

/// A chat call, as an instance that speaks chat gets it.
pub(crate) fn prepare_chat(
    instance: &Instance,
    body: impl Into<Bytes>,
    model: &str,
    context: CallContext<'_>,
) -> Prepared {
    let request = ClientRequest::chat(body.into()).unwrap();
    let channel = instance.spoken(Dialect::OpenAiChat, model).unwrap();
    instance.prepare_native(&request, channel, &target(model, context)).unwrap()
}
