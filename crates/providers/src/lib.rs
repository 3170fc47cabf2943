//! Providers: who they are, how they are declared, what each of them is sent, and which models they offer.
//! In: settings, decoded requests. Out: instances that can be called, prepared requests, listings for the registry.
//! Invariant: a provider is a row of data; what a row cannot say is one small function beside it. On the raw path a body
//! leaves as it came but for the row's edits, each named if it loses something.
//! Read in this order: `definition`, `definitions`, `declare`, `instance`, `adapt`, `discovery`, `demo`.
//! Not here: the wire (`upstream`), attempts and retries (`pipeline`), resolution of names (`catalog`).

pub mod adapt;
mod base_url;
mod breakers;
mod channel;
mod credentials;
pub mod declare;
mod definition;
mod definitions;
pub mod demo;
pub mod discovery;
mod endpoints;
#[cfg(test)]
mod fixture;
mod instance;
mod instances;
mod jwt;
mod settings;
mod spoken;

pub use adapt::{AnswerForm, CallContext, Prepared, Target};
pub use base_url::{BaseUrl, BaseUrlError};
pub use breakers::Breakers;
pub use channel::Channel;
pub use credentials::{ANTHROPIC_BETA, names_flag};
pub use declare::{Declared, Skipped, declare, environment_prefixes};
pub use definition::{
    Auth, CallHeaderInput, ChatEdits, Clamp, DefaultHeader, Definition, Effort, Embeddings, Endpoints,
    Extras, Level, Listing, ListingPlace, ReasoningIds, Refusal, Rename, RequestId,
};
pub use definitions::{Kind, definitions, find};
pub use discovery::{Discovery, RefreshOutcome};
pub use endpoints::InvalidPath;
pub use instance::{Instance, InstanceError};
pub use instances::Instances;
pub use settings::{ApiMode, Fingerprint, InstanceSettings, Network};
pub use spoken::{BodyRule, Offered, SpeakingModels, Spoken, SpokenPath};
