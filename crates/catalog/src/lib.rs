//! The catalogue room: which models exist, where, and what is known about them.
//! In: instance profiles, listings from providers, the public catalogue, a cache file. Out: snapshots that resolve a
//! selector to a model of an instance, the model listing, and prices.
//! Invariant: pure. No runtime, no network; files only in `cache::{load, save}`, which callers run on a blocking thread.
//! Reading order: `registry` (the writers), `inventory` (what a listing does), `snapshot` (what a call reads),
//! `layers` over `metadata` (what is known), `catalogue` and `book` (who knows it).

mod book;
pub mod cache;
mod catalogue;
#[cfg(test)]
mod fixtures;
mod inventory;
mod layers;
mod metadata;
mod offer;
mod pricing;
mod profile;
mod registry;
mod slugs;
mod snapshot;
mod status;

pub use cache::{CacheError, CacheImage, CachedInstance};
pub use catalogue::{Catalogue, CatalogueError, CatalogueFacts, MAX_CATALOGUE_BYTES};
pub use metadata::{Decimal, Metadata, PriceField, PriceSource, Pricing, Ranking, Tier, Word};
pub use offer::Model;
pub use pricing::PricedCall;
pub use profile::{ConfiguredModel, DiscoveredModel, InstanceProfile, Listing, ModelsMode};
pub use registry::{RefreshError, Refreshed, Registry};
pub use snapshot::{Resolution, Snapshot};
pub use status::{InstanceStatus, Times};
