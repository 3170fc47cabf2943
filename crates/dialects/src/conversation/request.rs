//! What was asked for: turns of parts, tools, sampling, reasoning, the form of the answer.
//! Invariant: a decoder notes every member that some target cannot express, with its JSON path in the client's own words
//! (`Request::note`), in request order; `losses` decides from these notes.

use std::collections::HashSet;

use super::loss_table::{Feature, column, rows};
use super::losses::Note;
use super::{Extras, Json, Number, Part, Text};
use vocabulary::Dialect;

/// A request for an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The conversation so far, system turns included.
    pub turns: Vec<Turn>,
    /// The tools that the model may call.
    pub tools: Vec<Tool>,
    /// Those of `tools` that stand in a namespace of the client's dialect.
    pub namespaced_tools: Vec<NamespacedTool>,
    /// Whether it must or must not.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// The caller wants a stream.
    pub stream: bool,
    /// Limit of the answer's tokens, reasoning included.
    pub max_output_tokens: Option<u64>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// How many answers are wanted, if not one.
    pub candidates: Option<u64>,
    /// Log probabilities of the answer's tokens.
    pub logprobs: Option<LogprobsWish>,
    /// How hard to think.
    pub reasoning: Option<ReasoningWish>,
    /// The form of the answer.
    pub output: OutputFormat,
    /// How long-winded the answer shall be: `low`, `medium`, `high`.
    pub verbosity: Option<Text>,
    /// An id of the caller's own user.
    pub user: Option<Text>,
    /// An object of texts that the provider keeps.
    pub metadata: Option<Json>,
    /// The class of service that is paid for.
    pub service_tier: Option<Text>,
    /// Whether the provider shall keep the answer.
    pub store: Option<bool>,
    /// What groups requests for the provider's prompt cache.
    pub prompt_cache_key: Option<Text>,
    /// Who asks, as OpenAI wants to know it for its safety checks.
    pub safety_identifier: Option<Text>,
    /// A prompt-cache marker on the whole request, as Anthropic and OpenRouter spell it.
    pub cache_control: Option<Json>,
    /// Settings that Google has, and that OpenAI chat carries as extensions for it.
    pub google: GoogleSettings,
    /// Top-level members that only the client's dialect knows.
    pub extras: Option<Extras>,
    /// What some target cannot express, with its path, in request order.
    pub notes: Vec<Note>,
}

/// Settings that only Google knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoogleSettings {
    /// `safetySettings`: an array of objects.
    pub safety_settings: Option<Json>,
    /// `cachedContent`: the name of an object that holds the beginning of the prompt.
    pub cached_content: Option<Text>,
    /// `thinkingConfig`, in Google's spelling; wins over `reasoning`.
    pub thinking_config: Option<Json>,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said. May be empty.
    pub parts: Vec<Part>,
    /// The speaker's name, where the dialect has one.
    pub name: Option<Text>,
    /// Members that only one dialect knows.
    pub extras: Option<Extras>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The operator's instructions; wherever it stands.
    System,
    /// The same with OpenAI's newer name.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The tools: `ToolResult` parts and nothing else.
    Tool,
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// What kind of tool.
    pub kind: ToolKind,
    /// Its name; for hosted tools their type.
    pub name: Text,
    /// What it is for.
    pub description: Option<Text>,
    /// Where it stands in the client's body, such as `tools[0]`.
    pub path: String,
    /// A prompt-cache marker.
    pub cache_control: Option<Json>,
    /// Members that only one dialect knows.
    pub extras: Option<Extras>,
}

/// A tool whose client groups tools in namespaces, which other dialects do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespacedTool {
    /// Its name in the conversation: both in one.
    pub qualified: Text,
    /// The namespace.
    pub namespace: Text,
    /// Its name there.
    pub name: Text,
}

impl NamespacedTool {
    /// A tool of a namespace.
    pub fn new(namespace: Text, name: Text) -> Self {
        Self { qualified: format!("{namespace}__{name}").into(), namespace, name }
    }
}

/// What kind of tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolKind {
    /// Takes JSON arguments.
    Function {
        /// The schema of the arguments: an object.
        parameters: Option<Json>,
        /// The arguments must match the schema.
        strict: Option<bool>,
    },
    /// Takes plain text (OpenAI's `custom`).
    Custom {
        /// A grammar for the text.
        format: Option<Json>,
    },
    /// Runs at the provider: search, code, computers.
    Hosted(HostedTool),
}

/// A tool that runs at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedTool {
    /// Whose it is.
    pub dialect: Dialect,
    /// True if it searches the web, which several providers have under their own names.
    pub is_web_search: bool,
    /// The definition as it came.
    pub raw: Json,
}

/// Whether the model must call a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// It must not.
    None,
    /// It must call one.
    Required,
    /// It must call this one.
    Tool(Text),
    /// It may, or must, call one of these.
    Allowed {
        /// It must.
        is_required: bool,
        /// The names.
        names: Vec<Text>,
    },
}

/// How tokens are chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sampling {
    /// 0 to 2.
    pub temperature: Option<Number>,
    /// 0 to 1.
    pub top_p: Option<Number>,
    /// How many tokens are considered.
    pub top_k: Option<Number>,
    /// The smallest probability relative to the best token.
    pub min_p: Option<Number>,
    /// For repeatable answers.
    pub seed: Option<Number>,
    /// −2 to 2.
    pub presence_penalty: Option<Number>,
    /// −2 to 2.
    pub frequency_penalty: Option<Number>,
    /// Token ids and their bias.
    pub logit_bias: Option<Json>,
    /// Texts that end the answer.
    pub stop: Vec<Text>,
}

/// Log probabilities of the answer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogprobsWish {
    /// How many likely tokens at each place.
    pub top: Option<u64>,
}

/// How hard to think. Every member that is not given is the provider's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasoningWish {
    /// In words.
    pub effort: Option<Effort>,
    /// In tokens.
    pub budget_tokens: Option<u64>,
    /// Whether at all.
    pub mode: Option<ReasoningMode>,
    /// Which summary of the thoughts is wanted: `auto`, `concise`, `detailed`.
    pub summary: Option<Text>,
    /// Whether thoughts are shown (Gemini's `includeThoughts`).
    pub include_thoughts: Option<bool>,
    /// Encrypted reasoning shall come back (Responses' `include`).
    pub include_encrypted: bool,
}

/// Whether to think at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningMode {
    /// Not.
    Disabled,
    /// As much as the model finds right.
    Adaptive,
    /// Up to the budget.
    Enabled,
}

/// How hard to think, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not at all.
    None,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// Ordinarily.
    Medium,
    /// Hard.
    High,
    /// Harder.
    XHigh,
    /// As hard as the model can.
    Max,
}

/// The form of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// The schema's name, where the dialect has one.
        name: Option<Text>,
        /// What it is for.
        description: Option<Text>,
        /// The schema.
        schema: Json,
        /// The answer must match it.
        strict: Option<bool>,
    },
}

impl Request {
    /// Notes a member that some target cannot express.
    pub fn note(&mut self, feature: Feature, path: impl Into<String>) {
        self.notes.push(Note { feature, path: path.into(), refusal: None });
    }

    /// The same, with the text of the refusal, should the target refuse it.
    pub fn note_with(&mut self, feature: Feature, path: impl Into<String>, refusal: impl Into<String>) {
        self.notes.push(Note { feature, path: path.into(), refusal: Some(refusal.into()) });
    }

    /// Where a feature stands in the client's body; the feature's own name if it was not noted.
    pub fn path_of(&self, feature: Feature) -> &str {
        let note = self.notes.iter().find(|note| note.feature == feature);
        note.map_or(feature.name(), |note| &note.path)
    }

    /// Leaves out the tools that stand in namespaces, and notes that.
    pub fn leave_out_namespaces(&mut self) {
        let is_namespace = |note: &&mut Note| note.feature == Feature::ToolNamespace;
        let mut namespaces = HashSet::new();
        for note in self.notes.iter_mut().filter(is_namespace) {
            note.feature = Feature::HostedTool;
            namespaces.insert(note.path.clone());
        }
        let is_inside = |path: &str| {
            path.match_indices('.')
                .any(|(end, _)| path.get(..end).is_some_and(|start| namespaces.contains(start)))
        };
        self.tools.retain(|tool| !is_inside(&tool.path));
        self.notes.retain(|note| !is_inside(&note.path));
        self.namespaced_tools.clear();
    }

    /// Where a member of the translated body stands in the client's; the member's own name if the client had no such thing.
    pub fn path_in_client(&self, member: &str, target: Dialect) -> String {
        let mut rows = rows().iter();
        let row = rows.find(|row| row.feature.name() == member || row.spelled[column(target)] == member);
        let note = row.and_then(|row| self.notes.iter().find(|note| note.feature == row.feature));
        note.map_or(member, |note| &note.path).to_owned()
    }
}

impl ToolChoice {
    /// The names that a choice leaves, if it leaves some only.
    pub(crate) fn allowed(choice: Option<&Self>) -> Option<HashSet<&str>> {
        match choice {
            Some(Self::Allowed { names, .. }) => Some(names.iter().map(|name| &**name).collect()),
            _ => None,
        }
    }
}

impl Turn {
    /// A turn without a name.
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts, name: None, extras: None }
    }
}

impl Effort {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::None, "none"),
        (Self::Minimal, "minimal"),
        (Self::Low, "low"),
        (Self::Medium, "medium"),
        (Self::High, "high"),
        (Self::XHigh, "xhigh"),
        (Self::Max, "max"),
    ];

    /// Reads a word in any case, with white space around it; `None` if it is not one of ours.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::WORDS.iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(effort, _)| *effort)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(effort, _)| *effort == self).map_or("medium", |(_, word)| word)
    }
}
