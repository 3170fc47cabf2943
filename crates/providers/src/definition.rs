//! What a provider type is: one row of constant data, and small functions only where a provider is really peculiar.
//! In: nothing. Out: the shape that `definitions` fills and that `declare`, `adapt` and `discovery` read.
//! Invariant: nobody outside a row asks for a provider's name; what differs between providers is a field here.
//! Source: spec 02 §§2.1, 2.2, 3.2, 4 and B26–B29.

use std::time::Duration;

use dialects::json::{Edits, RawObject};
use upstream::HeaderList;
use vocabulary::{ApiError, Code, ProviderType};

use crate::adapt::CallContext;
use crate::settings::InstanceSettings;
use crate::spoken::Spoken;

/// One provider type.
#[derive(Debug)]
pub struct Definition {
    /// The name of the type.
    pub kind: ProviderType,
    /// Where calls go if nothing else is configured; `None` means that a base URL is required.
    pub base_url: Option<&'static str>,
    /// True if the provider can be called without a key.
    pub keyless: bool,
    /// True for servers that their user runs, whose inventory nobody but them knows (B2).
    pub self_hosted: bool,
    /// True if the server itself reads `<PREFIX>_MODELS`, as the name of a directory (B20).
    pub shares_models_variable: bool,
    /// How the key travels.
    pub auth: Auth,
    /// Whether and under which name the provider takes our request id.
    pub request_id: RequestId,
    /// How paths are formed from the base URL.
    pub endpoints: Endpoints,
    /// The dialects that it speaks, in the order of preference for translated calls.
    pub dialects: &'static [Spoken],
    /// What becomes of an embeddings call.
    pub embeddings: Embeddings,
    /// How the key of an embeddings call travels, if not as `auth` says.
    pub embeddings_auth: Option<Auth>,
    /// What is said if no key is set, if it is not the usual text.
    pub missing_key: Option<&'static str>,
    /// Edits of a chat body.
    pub chat: ChatEdits,
    /// Headers that every call carries, unless the configuration sets them.
    pub default_headers: &'static [DefaultHeader],
    /// Headers that depend on the call.
    pub call_headers: Option<CallHeaders>,
    /// Headers of a 429 that the caller gets to see, in lower case.
    pub relayed_on_429: &'static [&'static str],
    /// How the models are listed.
    pub listing: Listing,
    /// How long an idle connection is kept: below the time after which the peer closes it.
    pub idle_timeout: Duration,
}

/// How the key travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// The key alone in a header of this name.
    Header(&'static str),
    /// `x-api-key`, but a bearer token and a beta flag for the tokens of a Claude subscription.
    Anthropic,
    /// A bearer token, and the account that it names.
    ChatGpt,
}

/// Whether a provider takes our request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestId {
    /// It does not.
    Unsent,
    /// In this header.
    Sent(&'static str),
    /// In this header, if the id is printable ASCII of at most 512 bytes; else the provider would refuse the call.
    Strict(&'static str),
}

/// How paths are formed from the base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// The path of the operation behind the base URL.
    Appended,
    /// The deployment forms of Azure OpenAI (B29), with `api-version` in the query.
    AzureDeployments {
        /// The version if none is configured.
        default_version: &'static str,
    },
    /// Google's own API behind the base URL, and OpenAI's dialect below it (spec 03 §4.1).
    GoogleWithCompat {
        /// The official base URL of Google's own API.
        official: &'static str,
        /// What stands behind a base URL for OpenAI's dialect.
        compat: &'static str,
    },
}

/// What becomes of an embeddings call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embeddings {
    /// Sent on as it came.
    Native,
    /// Translated to Ollama's `/api/embed`.
    OllamaEmbed,
    /// Refused here.
    Unsupported(Refusal),
}

/// How an operation is refused that a provider does not have (spec 03 §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400 `<type> does not support embeddings`.
    Plain,
    /// 400 with this text.
    Text(&'static str),
    /// 501 `unsupported_provider_operation` with this text.
    NotOffered(&'static str),
}

impl Refusal {
    /// What the caller of an embeddings call is told.
    pub fn of_embeddings(self, kind: ProviderType) -> ApiError {
        match self {
            Self::Plain => ApiError::invalid_request(format!("{kind} does not support embeddings")),
            Self::Text(text) => ApiError::invalid_request(text),
            Self::NotOffered(text) => ApiError::new(Code::UnsupportedProviderOperation, text),
        }
    }
}

/// A member that the provider knows under another name.
#[derive(Clone, Copy, Debug)]
pub struct Rename {
    /// The name in the dialect.
    pub from: &'static str,
    /// The provider's name. If the caller sent it as well, it wins and `from` is dropped.
    pub to: &'static str,
}

/// A number that the provider takes only within limits.
#[derive(Clone, Copy, Debug)]
pub struct Clamp {
    /// The member.
    pub member: &'static str,
    /// Values at or below become `replacement`.
    pub above: f64,
    /// Values beyond become `replacement`.
    pub up_to: f64,
    /// What is sent instead, as JSON.
    pub replacement: &'static str,
}

/// How the provider wants to be told how hard to think (B26).
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// It knows `reasoning: {"effort": …}`: sent on as it came.
    Nested,
    /// As `reasoning_effort`, in the levels that the function gives for a model.
    Flat(fn(model: &str, effort: &str) -> Level),
    /// As `thinking: {"type": "enabled" | "disabled"}`.
    Thinking,
}

impl Effort {
    /// True if an effort of `none` is a switch that the provider knows.
    pub fn has_off_switch(&self, model: &str) -> bool {
        match self {
            Self::Nested | Self::Thinking => true,
            Self::Flat(level) => level(model, "none") == Level::Disabled,
        }
    }
}

/// What an effort becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The word that the caller used.
    AsGiven,
    /// This word.
    Word(&'static str),
    /// No thinking at all: `thinking: {"type": "disabled"}`.
    Disabled,
}

/// Which model ids are taken for OpenAI's reasoning models (spec 02 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningIds {
    /// The whole id: `o3-mini`, `gpt-5`.
    Bare,
    /// Also the id behind a vendor: `openai/gpt-5` (B27).
    VendorPrefixed,
}

/// Edits of a chat body that the row declares.
#[derive(Clone, Copy, Debug)]
pub struct ChatEdits {
    /// Members with another name.
    pub renames: &'static [Rename],
    /// Members that the provider refuses; named in `X-GoModel-Dropped`.
    pub drops: &'static [&'static str],
    /// Numbers with limits.
    pub clamps: &'static [Clamp],
    /// The form of the reasoning effort.
    pub effort: Effort,
    /// Which ids are reasoning models.
    pub reasoning_ids: ReasoningIds,
    /// True if a stream reports usage only when asked through `stream_options`.
    pub usage_on_request: bool,
    /// An edit that fits none of the above.
    pub quirk: Option<Quirk>,
}

/// An edit of the body that only one provider needs.
pub(crate) type Quirk = for<'a> fn(&'a RawObject, &mut Edits<'a>);

/// A header that every call carries.
#[derive(Clone, Copy, Debug)]
pub struct DefaultHeader {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
    /// The environment variable that replaces the value.
    pub env: Option<&'static str>,
    /// Headers that make this one superfluous when the configuration sets them.
    pub unless: &'static [&'static str],
}

/// Adds the headers that depend on the call.
pub(crate) type CallHeaders = fn(&CallHeaderInput<'_>, &mut HeaderList);

/// What a header of one call may depend on.
pub struct CallHeaderInput<'a> {
    /// The instance's settings.
    pub settings: &'a InstanceSettings,
    /// The call.
    pub context: &'a CallContext<'a>,
    /// The upstream's model id.
    pub model: &'a str,
    /// The chat body as it came; `None` for other operations.
    pub chat: Option<&'a RawObject>,
}

/// How the models are listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Where the list is.
    pub place: ListingPlace,
    /// What an entry tells beyond id, owner and time.
    pub extras: Extras,
}

/// Where the list of models is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingPlace {
    /// A path and query behind the base URL.
    Base(&'static str),
    /// A path behind the base URL without this ending.
    Root {
        /// The ending that is cut off, if it is there.
        cut: &'static str,
        /// The path.
        path: &'static str,
    },
    /// `/openai/models` of the resource; a deployment-scoped base URL offers its deployment alone (B8).
    AzureResource,
    /// The provider has no list: the configured one counts, else these models.
    BuiltIn(&'static [&'static str]),
    /// A fixed list.
    Fixed(&'static [&'static str]),
}

/// What an entry of the list tells beyond id, owner and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extras {
    /// A `metadata` object, if the upstream is a gateway like this one.
    Standard,
    /// Modalities and context length of OpenRouter.
    OpenRouter,
    /// Limits, features and prices of Chutes.
    Chutes,
    /// `meta` of llama.cpp, completed by `/props`.
    LlamaCpp,
    /// Capabilities from Ollama's `/api/show`.
    Ollama,
    /// `capabilities.inference` of Azure.
    Azure,
    /// Names, limits and abilities of Anthropic.
    Anthropic,
    /// Names, limits and methods of Google.
    Google,
}

/// Passes the caller's word on.
pub(crate) fn as_given(_model: &str, _effort: &str) -> Level {
    Level::AsGiven
}

impl ChatEdits {
    /// What holds for a provider that does what OpenAI does.
    pub const PLAIN: Self = Self {
        renames: &[],
        drops: &[],
        clamps: &[],
        effort: Effort::Flat(as_given),
        reasoning_ids: ReasoningIds::Bare,
        usage_on_request: true,
        quirk: None,
    };
}

impl Definition {
    /// The row that all others start from: keyed, plain, listed at `/models`, without request id and embeddings.
    pub const OPENAI_COMPATIBLE: Self = Self {
        kind: ProviderType(""),
        base_url: None,
        keyless: false,
        self_hosted: false,
        shares_models_variable: false,
        auth: Auth::Bearer,
        request_id: RequestId::Unsent,
        endpoints: Endpoints::Appended,
        dialects: &[Spoken::CHAT, Spoken::RESPONSES_IF_NATIVE],
        embeddings: Embeddings::Unsupported(Refusal::Plain),
        embeddings_auth: None,
        missing_key: None,
        chat: ChatEdits::PLAIN,
        default_headers: &[],
        call_headers: None,
        relayed_on_429: &[],
        listing: Listing { place: ListingPlace::Base("/models"), extras: Extras::Standard },
        // Load balancers in front of hosted providers commonly close after 60 s.
        idle_timeout: Duration::from_secs(55),
    };

    /// True for the provider that answers inside the gateway.
    pub fn answers_in_process(&self) -> bool {
        matches!(self.listing.place, ListingPlace::Fixed(_))
    }
}
