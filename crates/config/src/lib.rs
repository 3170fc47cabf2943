//! Every setting of the gateway, declared once (`settings`, `provider_block`) and read from defaults, a YAML file and the environment.
//! In: `Sources`: the environment, `.env`, the file. Out: typed `Settings`, warnings, and the effective values with their origin.
//! Invariants: all problems are reported together, none shows a secret, and nothing outside `sources` reads the process environment.
//! Read in this order: `settings` (what there is), `declare` (how a declaration becomes code), `load` (the steps), `reader`, `resolver`.

mod declare;
mod dotenv;
mod env_check;
mod environment;
mod expand;
mod json;
mod kind;
mod known;
mod list_kind;
mod load;
mod model_block;
mod near;
mod places;
mod problems;
mod provider_block;
mod reader;
mod reference;
mod resolver;
mod settings;
mod sources;
mod values;
mod walk;
mod yaml;

pub use declare::{EffectiveValue, Origin};
pub use load::{Loaded, Settings, load};
pub use model_block::{ModelMetadataBlock, PricingBlock, ProviderModel, RankingBlock};
pub use places::{default_cache_dir, default_data_dir, default_pid_file};
pub use problems::LoadErrors;
pub use provider_block::{
    BreakerOverrides, ProviderBlock, ResilienceBlock, ResponsesSupport, RetryOverrides, TimeoutsBlock,
};
pub use reference::{reference_markdown, render_effective};
pub use settings::{
    BreakerScope, BreakerSettings, ConfiguredModelsMode, DemoMode, HttpSettings, LocalCacheSettings,
    LogFormat, LogLevel, LogSettings, LoggingSettings, MetricsSettings, ModelCacheSettings,
    ModelListSettings, ModelSettings, ProcessSettings, RetrySettings, ServerSettings, TranslationSettings,
    UsageSettings,
};
pub use sources::{Environment, Sources};
pub use values::parse_duration;

#[cfg(test)]
mod tests;
