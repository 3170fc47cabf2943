//! The list of cases, the models that they are sent to, and their files.
//! In: a case's name. Out: the bytes of its files. Invariant: every folder in `cases/` is a case of the list and the other way round.

use std::path::PathBuf;

use bytes::Bytes;
use vocabulary::Dialect;

/// One case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// Its folder.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) about: &'static str,
    /// The model of a Messages provider.
    pub(crate) messages_model: &'static str,
    /// The model of a Gemini provider.
    pub(crate) gemini_model: &'static str,
}

const fn case(name: &'static str, about: &'static str) -> Case {
    Case { name, about, messages_model: "claude-sonnet-4-6", gemini_model: "gemini-3-pro-preview" }
}

const fn with_older_models(case: Case, messages_model: &'static str, gemini_model: &'static str) -> Case {
    Case { messages_model, gemini_model, ..case }
}

/// Every case.
pub(crate) const CASES: &[Case] = &[
    case("text", "one question, one answer"),
    case("system", "instructions in front and in the middle"),
    case("turns", "many turns, neighbours of one role, empty parts, names"),
    case("tool_call", "one call with its result, and another call as the answer"),
    case("parallel_tools", "two calls at once, in history and answer"),
    case("tool_choice", "one of two tools, and no more than one call"),
    case("tool_choice_none", "tools that must not be called"),
    case("images", "an image in the prompt"),
    case("image_url", "an image at an address"),
    case("tool_result_image", "an image in a tool's result"),
    case("documents", "documents in the prompt"),
    case("document_url", "a document at an address"),
    case("file_id", "a document that a provider keeps"),
    case("audio", "sound in the prompt"),
    case("sampling", "hints, most of which not everybody has"),
    case("effort", "how hard to think"),
    with_older_models(
        case("effort_of_older_models", "how hard to think, for models that take a budget"),
        "claude-haiku-4-5",
        "gemini-2.5-pro",
    ),
    case("no_thinking", "no thinking, please"),
    case("reasoning", "thoughts with state, in history and answer"),
    case("reasoning_call", "thoughts with state in front of a call"),
    case("sealed", "history with sealed state of other issuers"),
    case("json_schema", "an answer that matches a schema"),
    with_older_models(
        case("json_schema_by_tool", "the same from a model that has no schemas for answers"),
        "claude-3-5-haiku-20241022",
        "gemini-2.5-flash",
    ),
    case("json_object", "an answer that is any JSON object"),
    case("stop", "stop sequences, and an answer that met one"),
    case("length", "an answer that was cut at the limit"),
    case("refusal", "a model that declines, a filter that intervenes"),
    case("content_filter", "a filter that intervenes, a prompt that is blocked"),
    case("usage_cache", "markers for the prompt cache, and what was read from it"),
    case("custom_tool", "a tool that takes plain text"),
    case("hosted_tool", "tools that run at the provider, not forced"),
    case("hosted_tool_forced", "a tool that runs at the provider, forced"),
    case("citations", "an answer that names its sources"),
    case("logprobs", "log probabilities"),
    case("candidates", "two answers"),
    case("failure", "an answer that fails part-way"),
    case("cut", "a stream that ends without its end"),
];

/// The folder of all cases.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix/cases"))
}

/// The dialect's name in file names.
pub(crate) fn short_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiChat => "chat",
        Dialect::OpenAiResponses => "responses",
        Dialect::AnthropicMessages => "messages",
        Dialect::Gemini => "gemini",
    }
}

impl Case {
    /// The body of a client's request.
    pub(crate) fn request(&self, client: Dialect) -> Option<Bytes> {
        self.file(client, "request.json")
    }

    /// A provider's whole answer.
    pub(crate) fn answer(&self, provider: Dialect) -> Option<Bytes> {
        self.file(provider, "answer.json")
    }

    /// A provider's stream.
    pub(crate) fn stream(&self, provider: Dialect) -> Option<Bytes> {
        self.file(provider, "stream")
    }

    /// The model that a provider is asked for.
    pub(crate) fn model(&self, provider: Dialect) -> &'static str {
        match provider {
            Dialect::OpenAiChat | Dialect::OpenAiResponses => "gpt-5.1",
            Dialect::AnthropicMessages => self.messages_model,
            Dialect::Gemini => self.gemini_model,
        }
    }

    fn file(&self, dialect: Dialect, kind: &str) -> Option<Bytes> {
        let path = folder().join(self.name).join(format!("{}.{kind}", short_name(dialect)));
        std::fs::read(path).ok().map(Bytes::from)
    }
}

#[test]
fn every_folder_is_a_case() {
    let mut folders: Vec<String> = std::fs::read_dir(folder())
        .expect("the cases")
        .map(|entry| entry.expect("a folder").file_name().to_string_lossy().into_owned())
        .collect();
    let mut names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    folders.sort_unstable();
    names.sort_unstable();
    assert_eq!(folders, names);
}
