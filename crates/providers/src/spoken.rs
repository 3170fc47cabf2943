//! How a provider speaks one dialect: a part of its row, as constant data (spec 02 §2.2, B30; 03 §1.1; 04 §2.4, B21).
//! In: nothing. Out: what `definition` holds in the order of preference, and `channel` makes ready per instance.
//! Invariant: the order in a row is the order for translated calls; a call in the client's own dialect takes that one
//! wherever it is offered.

use config::ResponsesSupport;
use dialects::conversation::loss_table::Feature;
use vocabulary::Dialect;

use crate::definition::Auth;
use crate::settings::{ApiMode, InstanceSettings};

/// One dialect of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Spoken {
    /// The dialect.
    pub dialect: Dialect,
    /// Which instances offer it.
    pub offered: Offered,
    /// Which models speak it.
    pub models: SpeakingModels,
    /// Where calls go.
    pub path: SpokenPath,
    /// Where tokens are counted before a call.
    pub count_path: Option<SpokenPath>,
    /// How the key travels, if not as the row says.
    pub auth: Option<Auth>,
    /// Headers of this dialect, unless the configuration sets them. On native forwarding the client's own wins.
    pub headers: &'static [(&'static str, &'static str)],
    /// Features that this provider takes although its dialect in general does not.
    pub keeps: &'static [Feature],
    /// True if the provider has a web search of its own in this dialect.
    pub has_web_search: bool,
    /// True if the provider reads chat's `reasoning: {"effort", "max_tokens"}` in full.
    pub nested_reasoning: bool,
    /// True if the provider answers with a stream only; a whole answer is read out of it.
    pub always_streams: bool,
    /// What a body may hold.
    pub body: BodyRule,
}

/// Which instances of a type offer a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// All.
    Always,
    /// All but those with `responses: via_chat`.
    UnlessViaChat,
    /// Those with `responses: native` (B30).
    IfNative,
    /// Those in this mode.
    InMode(ApiMode),
}

/// Which models of a provider speak a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeakingModels {
    /// All.
    All,
    /// Those that are configured to speak the Messages dialect (spec 03 §12).
    MessagesModels,
    /// All others.
    OtherModels,
}

/// Where the calls of a dialect go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpokenPath {
    /// Behind the base URL.
    Base(&'static str),
    /// Behind the base URL without one of these endings.
    Root {
        /// The endings that are cut off, longest first; the first that is there.
        cut: &'static [&'static str],
        /// The path.
        path: &'static str,
    },
    /// Behind the base URL, with the model in the path and the method behind it.
    PerModel {
        /// What stands between base URL and model.
        before: &'static str,
        /// What stands behind the model in a call that does not stream.
        whole: &'static str,
        /// What stands behind the model in a call that streams.
        streamed: &'static str,
    },
}

/// What a body may hold beyond what the row's edits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyRule {
    /// Whatever the dialect has.
    Any,
    /// The members that the ChatGPT backend takes, and no other (spec 03 §11.2); see `adapt::chatgpt`.
    ChatGpt,
}

impl Spoken {
    /// OpenAI's chat completions, behind the base URL.
    pub const CHAT: Self = Self {
        dialect: Dialect::OpenAiChat,
        offered: Offered::Always,
        models: SpeakingModels::All,
        path: SpokenPath::Base("/chat/completions"),
        count_path: None,
        auth: None,
        headers: &[],
        keeps: &[],
        has_web_search: false,
        nested_reasoning: false,
        always_streams: false,
        body: BodyRule::Any,
    };

    /// Chat with the sampling members that open models' servers read beside OpenAI's.
    pub const SAMPLING_CHAT: Self = Self { keeps: &[Feature::TopK, Feature::MinP], ..Self::CHAT };

    /// OpenAI's Responses, behind the base URL of a provider that has them.
    pub const RESPONSES: Self = Self {
        dialect: Dialect::OpenAiResponses,
        offered: Offered::UnlessViaChat,
        path: SpokenPath::Base("/responses"),
        ..Self::CHAT
    };

    /// Responses that the operator vouches for.
    pub const RESPONSES_IF_NATIVE: Self = Self { offered: Offered::IfNative, ..Self::RESPONSES };

    /// Anthropic's Messages, behind the base URL, with the key in `x-api-key`.
    pub const MESSAGES: Self = Self {
        dialect: Dialect::AnthropicMessages,
        path: SpokenPath::Base("/messages"),
        auth: Some(Auth::Header("x-api-key")),
        headers: &[("anthropic-version", "2023-06-01")],
        ..Self::CHAT
    };

    /// True if an instance offers the dialect.
    pub fn is_offered(&self, settings: &InstanceSettings) -> bool {
        match self.offered {
            Offered::Always => true,
            Offered::UnlessViaChat => settings.responses != Some(ResponsesSupport::ViaChat),
            Offered::IfNative => settings.responses == Some(ResponsesSupport::Native),
            Offered::InMode(mode) => settings.api_mode == mode,
        }
    }

    /// True if a model of an instance speaks the dialect.
    pub fn is_spoken_by(&self, model: &str, settings: &InstanceSettings) -> bool {
        let is_listed = || {
            let name = last_segment(model);
            settings.messages_models.iter().any(|listed| last_segment(listed) == name)
        };
        match self.models {
            SpeakingModels::All => true,
            SpeakingModels::MessagesModels => is_listed(),
            SpeakingModels::OtherModels => !is_listed(),
        }
    }
}

fn last_segment(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}
